use std::time::Duration;

/// What the index of a corpus may cost, in memory and on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IndexOptions {
    /// Chunks (4 to 8 KB each) of one ingest or rebuild that wait in memory for their publication. A document with more of them
    /// is written in parts while it is read, and published as a whole all the same.
    pub rows_in_memory: usize,
    /// Up to so many chunks their vectors are searched in memory (245 bytes each at 384 dimensions). Of a corpus with more none is
    /// held, and an index on disk finds them: searches are slower, and depend on [`crate::store::CacheSizes::index_bytes`].
    pub vectors_in_memory: usize,
    /// Which versions of the index are kept.
    pub keep: KeepVersions,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self { rows_in_memory: 4_000, vectors_in_memory: 500_000, keep: KeepVersions::default() }
    }
}

impl IndexOptions {
    /// Chunks of one document that wait in memory, when `threads` documents are read at a time: half of all is for them, the other
    /// half for documents that are done.
    pub(super) fn document_rows(&self, threads: usize) -> usize {
        (self.rows_in_memory / 2 / threads.max(1)).max(1)
    }
}

/// Which versions of the index are kept: what any of the two says. The newest is always kept.
///
/// An older version is there for answers that are to be replayed, and for readers that are in the middle of a search. It costs what
/// was replaced or deleted since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeepVersions {
    /// So many of the newest.
    pub count: u64,
    /// All that were published in so many seconds before now.
    pub seconds: u64,
}

impl Default for KeepVersions {
    /// The newest ten, and all of the last day.
    fn default() -> Self {
        Self { count: 10, seconds: 24 * 60 * 60 }
    }
}

impl KeepVersions {
    pub(super) fn age(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
