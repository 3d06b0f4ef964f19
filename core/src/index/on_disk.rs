//! Nearest chunks of an index whose vectors are too many for memory.

use arrow_array::{
    Float32Array, RecordBatch,
    cast::AsArray,
    types::{Float32Type, UInt8Type, UInt64Type},
};
use futures::TryStreamExt;

use super::{
    IndexMemory, chunks,
    memory::Permitted,
    vectors::{Bitmap, dot},
};
use crate::{Error, ErrorKind, Result, store::lance_error};

/// Up to so many permitted chunks each is compared: no graph leads to few among many, and a filter must lose nothing.
const COMPARED: usize = 4_096;
/// Rows read at a time when each is compared.
const BATCH_ROWS: usize = 1_024;
/// The graph is built over vectors as they are. Where they are compared relative to the mean of their language, the best are among
/// so many times as many of it.
const WIDER: usize = 4;
/// And of those so many times as many are taken by their 8-bit codes, to be ranked by their full values.
const REFINED: u32 = 2;
/// Graphs of about a million rows that are searched: of fewer all, so that none is left out by the mean of its rows.
pub(super) const GRAPHS: usize = 16;
/// The columns that are compared.
const COLUMNS: [&str; 2] = ["language", "vector"];

impl IndexMemory {
    pub(super) async fn nearest_on_disk(
        &self,
        query: &[f32],
        centred: &[f32],
        limit: usize,
        permitted: &Permitted,
    ) -> Result<Vec<(u32, f32)>> {
        let mut found = match &permitted.ordinals {
            Some(ordinals) if ordinals.len() <= COMPARED => self.compare_each(centred, ordinals).await?,
            _ => self.follow_graph(query, centred, limit, permitted).await?,
        };
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
        Ok(found)
    }

    /// The cosines of all permitted chunks.
    async fn compare_each(&self, centred: &[f32], ordinals: &Bitmap) -> Result<Vec<(u32, f32)>> {
        let failed = |error| lance_error(error, "read vectors");
        let schema = self.dataset().schema().project(&COLUMNS).map_err(|error| failed(error.into()))?;
        let ordinals: Vec<u32> = ordinals.iter().collect();
        let mut found = Vec::with_capacity(ordinals.len());
        for part in ordinals.chunks(BATCH_ROWS) {
            let rows: Vec<u64> = part.iter().map(|ordinal| self.row_id(*ordinal)).collect();
            let batch = self.dataset().take_rows(&rows, schema.clone()).await.map_err(failed)?;
            let scores = self.scores(&batch, centred)?;
            if scores.len() != part.len() {
                return Err(damaged());
            }
            found.extend(part.iter().copied().zip(scores));
        }
        Ok(found)
    }

    /// The cosines of those that Lance's index leads to, and of rows that are not in it yet.
    async fn follow_graph(&self, query: &[f32], centred: &[f32], limit: usize, permitted: &Permitted) -> Result<Vec<(u32, f32)>> {
        let failed = |error| lance_error(error, "search the vectors");
        let pool = if self.options.centring.is_some() { limit * WIDER } else { limit };
        let mut scan = self.dataset().scan();
        scan.project(&COLUMNS).map_err(failed)?;
        // Before the search is set up: it is what makes the mask hold before the nearest are chosen.
        scan.prefilter(true);
        if let Some(rows) = &permitted.rows {
            scan.with_row_id_prefilter(rows.clone());
        }
        scan.nearest("vector", &Float32Array::from(query.to_vec()), pool).map_err(failed)?;
        scan.minimum_nprobes(GRAPHS).refine(REFINED).ef(pool * REFINED as usize * 2).with_row_id();
        let mut stream = scan.try_into_stream().await.map_err(failed)?;
        let mut found = Vec::with_capacity(pool);
        while let Some(batch) = stream.try_next().await.map_err(failed)? {
            let rows = batch.column_by_name("_rowid").and_then(|column| column.as_primitive_opt::<UInt64Type>());
            let rows = rows.ok_or_else(damaged)?.values();
            let scores = self.scores(&batch, centred)?;
            found.extend(rows.iter().zip(scores).filter_map(|(row, score)| Some((self.ordinal(*row)?, score))));
        }
        Ok(found)
    }

    fn scores(&self, batch: &RecordBatch, centred: &[f32]) -> Result<Vec<f32>> {
        let column = |name: &str| batch.column_by_name(name).ok_or_else(damaged);
        let languages = column("language")?.as_primitive_opt::<UInt8Type>().ok_or_else(damaged)?;
        let vectors = column("vector")?.as_fixed_size_list_opt().ok_or_else(damaged)?;
        let score = |i: usize| {
            let value = vectors.value(i);
            let vector = value.as_primitive_opt::<Float32Type>().ok_or_else(damaged)?.values();
            Ok(dot(centred, &self.options.centred(vector, chunks::language_of(languages.value(i)))))
        };
        (0..batch.num_rows()).map(score).collect()
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "index.row_damaged", "a row of the index is not well-formed").with_hint("run `beleg rebuild`")
}
