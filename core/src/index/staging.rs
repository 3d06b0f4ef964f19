//! Rows on their way into the index.
//!
//! A document may be larger than memory. So its rows wait in memory only up to a limit; what is more is written to files
//! that no version of the dataset names, and becomes part of one together with the rest, when the document is published.

use lance::Dataset;

use super::chunks::{self, ChunkRow};
use crate::{
    Result,
    store::{Datasets, StagedRows},
};

/// Rows of documents that are published together: some in memory, the others written already.
#[derive(Default)]
pub struct PendingRows {
    waiting: Vec<ChunkRow>,
    staged: StagedRows,
    len: usize,
}

impl PendingRows {
    /// All rows, wherever they are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Rows that are in memory.
    pub fn in_memory(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a row, in memory.
    pub fn push(&mut self, row: ChunkRow) {
        self.waiting.push(row);
        self.len += 1;
    }

    /// Takes the rows of `other`.
    pub fn extend(&mut self, other: Self) {
        self.waiting.extend(other.waiting);
        self.staged.extend(other.staged);
        self.len += other.len;
    }

    pub(super) fn into_parts(self) -> (Vec<ChunkRow>, StagedRows) {
        (self.waiting, self.staged)
    }
}

/// Writes rows of an index before they are part of it. Several threads may do so at a time, while the index lock is held.
#[derive(Clone)]
pub struct RowStage {
    pub(super) datasets: Datasets,
    pub(super) path: String,
    pub(super) onto: Option<Dataset>,
    pub(super) dimensions: usize,
}

impl RowStage {
    /// Writes the rows that are in memory; none are there afterwards.
    pub async fn write(&self, rows: &mut PendingRows) -> Result<()> {
        if !rows.waiting.is_empty() {
            let batch = chunks::batch(&rows.waiting, self.dimensions)?;
            rows.waiting = Vec::new();
            rows.staged.extend(self.datasets.stage(&self.path, self.onto.as_ref(), batch).await?);
        }
        Ok(())
    }
}
