use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use arrow_array::{
    cast::AsArray,
    types::{Float32Type, UInt8Type, UInt32Type, UInt64Type},
};
use futures::TryStreamExt;
use lance::{
    Dataset,
    dataset::scanner::{RowAddrMask, RowAddrTreeMap},
};
use lance_index::scalar::{
    FullTextSearchQuery,
    inverted::query::{BooleanQuery, FtsQuery, MatchQuery, Occur},
};

use super::{
    chunks::{self, Candidate, MEMORY_COLUMNS},
    sketch::TermSketch,
    vectors::{Bitmap, Centring, VectorSet},
};
use crate::{Error, ErrorKind, Result, platform::give_back, store::lance_error, types::Language};

/// How vectors are searched.
#[derive(Clone)]
pub struct VectorOptions {
    /// Their length.
    pub dimensions: usize,
    /// What is taken away from them before they are compared.
    pub centring: Option<Arc<Centring>>,
    /// Up to so many chunks they are held in memory.
    pub in_memory: usize,
}

/// Rows read from Lance at a time.
const BATCH_ROWS: usize = 1024;
/// Bytes that are read ahead of them.
const READ_AHEAD: u64 = 16 << 20;
/// After so many rows were read it is worth while to tidy up.
const MANY_ROWS: usize = 10_000;
/// When more of the rows in memory are gone than this, they are read anew.
const DEAD_SHARE: f64 = 0.3;

/// What a search needs of an index in memory: one code a chunk, and whose it is.
///
/// An ordinal counts the chunks in memory; it means nothing outside of one `IndexMemory`.
pub struct IndexMemory {
    dataset: Arc<Dataset>,
    path: String,
    fragments: BTreeSet<u64>,
    /// By ordinal; ascending, because rows are read in the order of their ids.
    row_ids: Vec<u64>,
    /// By ordinal: the document version in `documents`.
    owners: Vec<u32>,
    documents: Vec<DocumentChunks>,
    slots: HashMap<String, u32>,
    /// `None` when there are too many for memory: then Lance's index finds them.
    vectors: Option<VectorSet>,
    sketch: TermSketch,
    dead: usize,
    pub(super) options: VectorOptions,
}

/// The chunks of one document version.
struct DocumentChunks {
    key: String,
    ordinals: Vec<u32>,
    live: bool,
}

/// Which document versions a search may see.
pub(super) type Permits<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// The permitted chunks of one search, for both engines.
pub struct Permitted {
    pub(super) ordinals: Option<Bitmap>,
    pub(super) rows: Option<RowAddrMask>,
}

impl IndexMemory {
    /// Reads the chunks of `dataset` whose document version `live` knows.
    pub async fn load(path: &str, dataset: Arc<Dataset>, options: VectorOptions, live: Permits<'_>) -> Result<Self> {
        let fit = rows(&dataset).await? <= options.in_memory;
        let mut memory = Self {
            dataset,
            path: path.to_owned(),
            fragments: BTreeSet::new(),
            row_ids: Vec::new(),
            owners: Vec::new(),
            documents: Vec::new(),
            slots: HashMap::new(),
            vectors: fit.then(|| VectorSet::new(options.dimensions)).transpose()?,
            sketch: TermSketch::default(),
            dead: 0,
            options,
        };
        memory.read_new_fragments(live).await?;
        if memory.row_ids.len() >= MANY_ROWS {
            give_back();
        }
        Ok(memory)
    }

    /// Where its dataset lies.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Goes to a newer version of the dataset: adds the chunks that came, drops those that went.
    pub async fn advance(&mut self, dataset: Arc<Dataset>, live: Permits<'_>) -> Result<()> {
        let ids: BTreeSet<u64> = dataset.iter_fragments().map(|fragment| fragment.id).collect();
        let compacted = !self.fragments.is_subset(&ids);
        self.dataset = dataset;
        for slot in 0..self.documents.len() {
            let document = &mut self.documents[slot];
            if document.live && !live(&document.key) {
                document.live = false;
                self.dead += document.ordinals.len();
                self.slots.remove(&document.key);
                let gone = std::mem::take(&mut document.ordinals);
                if let Some(vectors) = &mut self.vectors {
                    for ordinal in gone {
                        vectors.remove(ordinal);
                    }
                }
            }
        }
        // Back into memory only well below the limit, so that it does not go to and fro.
        let most = if self.vectors.is_some() { self.options.in_memory } else { self.options.in_memory / 5 * 4 };
        let fit = rows(&self.dataset).await? <= most;
        let is_sparse = self.dead as f64 > DEAD_SHARE * self.row_ids.len() as f64 + 1000.0;
        if compacted || is_sparse || fit != self.vectors.is_some() {
            *self = Self::load(&self.path, self.dataset.clone(), self.options.clone(), live).await?;
            return Ok(());
        }
        self.read_new_fragments(live).await
    }

    async fn read_new_fragments(&mut self, live: Permits<'_>) -> Result<()> {
        let mut new: Vec<_> =
            self.dataset.iter_fragments().filter(|fragment| !self.fragments.contains(&fragment.id)).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        // Ordinals ascend with row ids, and row ids with fragments.
        new.sort_by_key(|fragment| fragment.id);
        self.fragments.extend(new.iter().map(|fragment| fragment.id));
        let reading = |error| lance_error(error, "read the index");
        let mut scan = self.dataset.scan();
        let columns = MEMORY_COLUMNS.iter().filter(|column| self.vectors.is_some() || **column != "vector");
        scan.project(&columns.collect::<Vec<_>>()).map_err(reading)?;
        scan.with_fragments(new).with_row_id().scan_in_order(true).batch_size(BATCH_ROWS);
        // As much as it would take for speed is many times what is kept of it.
        scan.io_buffer_size(READ_AHEAD).batch_readahead(2).fragment_readahead(1);
        let mut stream = scan.try_into_stream().await.map_err(reading)?;
        while let Some(batch) = stream.try_next().await.map_err(reading)? {
            let damaged = || {
                Error::new(ErrorKind::Corrupt, "index.row_damaged", "a row of the index is not well-formed")
                    .with_hint("run `beleg rebuild`")
            };
            let column = |name: &str| batch.column_by_name(name).ok_or_else(damaged);
            let documents = column("document")?.as_string_opt::<i32>().ok_or_else(damaged)?;
            let buckets = column("term_buckets")?.as_list_opt::<i32>().ok_or_else(damaged)?;
            let languages = column("language")?.as_primitive_opt::<UInt8Type>().ok_or_else(damaged)?;
            let row_ids = column("_rowid")?.as_primitive_opt::<UInt64Type>().ok_or_else(damaged)?;
            let vectors = match self.vectors.is_some() {
                true => Some(column("vector")?.as_fixed_size_list_opt().ok_or_else(damaged)?),
                false => None,
            };
            for i in 0..batch.num_rows() {
                let key = documents.value(i);
                if !live(key) {
                    continue;
                }
                if let (Some(set), Some(vectors)) = (&mut self.vectors, vectors) {
                    let value = vectors.value(i);
                    let vector = value.as_primitive_opt::<Float32Type>().ok_or_else(damaged)?.values();
                    set.push(&self.options.centred(vector, chunks::language_of(languages.value(i))))?;
                }
                let ordinal = self.row_ids.len() as u32;
                self.sketch.add(buckets.value(i).as_primitive_opt::<UInt32Type>().ok_or_else(damaged)?.values());
                let slot = match self.slots.get(key) {
                    Some(slot) => *slot,
                    None => {
                        let slot = self.documents.len() as u32;
                        self.slots.insert(key.to_owned(), slot);
                        self.documents.push(DocumentChunks { key: key.to_owned(), ordinals: Vec::new(), live: true });
                        slot
                    }
                };
                self.documents[slot as usize].ordinals.push(ordinal);
                self.row_ids.push(row_ids.value(i));
                self.owners.push(slot);
            }
        }
        Ok(())
    }

    /// Chunks that can be found.
    pub fn len(&self) -> usize {
        self.row_ids.len() - self.dead
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In how many chunks a term occurs.
    pub fn sketch(&self) -> &TermSketch {
        &self.sketch
    }

    /// The version of the dataset.
    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    /// The row id of a chunk.
    pub fn row_id(&self, ordinal: u32) -> u64 {
        self.row_ids[ordinal as usize]
    }

    /// The chunks of the documents that `permits` lets through: exact for both engines.
    pub fn permitted(&self, permits: Option<Permits<'_>>) -> Permitted {
        let Some(permits) = permits else { return Permitted { ordinals: None, rows: None } };
        let mut ordinals: Vec<u32> =
            self.documents.iter().filter(|d| d.live && permits(&d.key)).flat_map(|d| d.ordinals.iter().copied()).collect();
        ordinals.sort_unstable();
        let rows = RowAddrTreeMap::from_iter(ordinals.iter().map(|ordinal| self.row_id(*ordinal)));
        let mut bitmap = Bitmap::new();
        ordinals.iter().for_each(|ordinal| {
            bitmap.insert(*ordinal);
        });
        Permitted { ordinals: Some(bitmap), rows: Some(RowAddrMask::from_allowed(rows)) }
    }

    /// The `limit` chunks nearest to `query`, with their approximate cosine, best first. `centred` is the same question relative
    /// to the mean of its language, where the model is centred.
    pub async fn nearest(&self, query: &[f32], centred: &[f32], limit: usize, permitted: &Permitted) -> Result<Vec<(u32, f32)>> {
        match &self.vectors {
            Some(vectors) => vectors.search(centred, limit, permitted.ordinals.as_ref()),
            None => self.nearest_on_disk(query, centred, limit, permitted).await,
        }
    }

    /// Whether vectors are held in memory.
    pub fn holds_vectors(&self) -> bool {
        self.vectors.is_some()
    }

    /// The `limit` chunks with the highest BM25 over groups of terms, each with its weight.
    pub async fn matching(
        dataset: &Dataset,
        groups: &[(String, f32)],
        limit: usize,
        permitted: &Permitted,
    ) -> Result<Vec<(u64, f32)>> {
        let reading = |error| lance_error(error, "search the full text");
        let mut parts = groups.iter().filter(|(terms, _)| !terms.trim().is_empty()).map(|(terms, weight)| {
            FtsQuery::Match(MatchQuery::new(terms.clone()).with_column(Some("terms".to_owned())).with_boost(*weight))
        });
        let query = match (parts.next(), parts.next()) {
            (None, _) => return Ok(Vec::new()),
            (Some(only), None) => only,
            (Some(first), Some(second)) => {
                FtsQuery::Boolean(BooleanQuery::new([first, second].into_iter().chain(parts).map(|part| (Occur::Should, part))))
            }
        };
        let mut scan = dataset.scan();
        scan.project::<&str>(&[]).map_err(reading)?;
        scan.full_text_search(FullTextSearchQuery::new_query(query)).map_err(reading)?;
        scan.with_row_id().limit(Some(limit as i64), None).map_err(reading)?;
        if let Some(rows) = &permitted.rows {
            scan.prefilter(true).with_row_id_prefilter(rows.clone());
        }
        let batch = scan.try_into_batch().await.map_err(reading)?;
        let ids = batch.column_by_name("_rowid").and_then(|column| column.as_primitive_opt::<UInt64Type>().cloned());
        let scores = batch.column_by_name("_score").and_then(|column| column.as_primitive_opt::<Float32Type>().cloned());
        let (Some(ids), Some(scores)) = (ids, scores) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "index.text_columns",
                "the full-text engine gave neither ids nor scores",
            ));
        };
        Ok(ids.values().iter().copied().zip(scores.values().iter().copied()).collect())
    }

    /// The ordinal of a row, when it is in memory and alive.
    pub fn ordinal(&self, row_id: u64) -> Option<u32> {
        let at = self.row_ids.binary_search(&row_id).ok()?;
        self.documents[self.owners[at] as usize].live.then_some(at as u32)
    }

    /// Rows by id, in the order asked for.
    pub async fn take(dataset: &Dataset, row_ids: &[u64]) -> Result<Vec<Candidate>> {
        if row_ids.is_empty() {
            return Ok(Vec::new());
        }
        let projection =
            dataset.schema().project(&chunks::CANDIDATE_COLUMNS).map_err(|error| lance_error(error.into(), "read the index"))?;
        let batch = dataset.take_rows(row_ids, projection).await.map_err(|error| lance_error(error, "read the index"))?;
        let found = chunks::candidates(&batch)?;
        if found.len() != row_ids.len() {
            return Err(Error::new(ErrorKind::Corrupt, "index.row_missing", "a row of the index is missing")
                .with_hint("run `beleg rebuild`"));
        }
        Ok(found)
    }
}

impl VectorOptions {
    /// A chunk's vector as it is compared.
    pub(super) fn centred<'v>(&self, vector: &'v [f32], language: Language) -> Cow<'v, [f32]> {
        match &self.centring {
            Some(centring) => Cow::Owned(centring.apply(vector, centring.chunk.of(language))),
            None => Cow::Borrowed(vector),
        }
    }
}

async fn rows(dataset: &Dataset) -> Result<usize> {
    dataset.count_rows(None).await.map_err(|error| lance_error(error, "count the rows"))
}
