use std::sync::Arc;

/// What a long call is at.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[non_exhaustive]
pub enum Progress {
    /// It began with another part of the work.
    Phase {
        /// Which.
        phase: Phase,
    },
    /// It found out how much there is to do. Parts of archives and mails add to it as they are found.
    Planned {
        /// Documents.
        documents: u64,
        /// Bytes of them.
        bytes: u64,
    },
    /// A document was begun.
    Started {
        /// Its name.
        document: String,
    },
    /// A document was embedded a bit further.
    Embedded {
        /// Chunks since the last event.
        chunks: u64,
        /// Tokens since the last event.
        tokens: u64,
    },
    /// A document is done, and found from the next publication on.
    Done {
        /// Its name.
        document: String,
        /// What became of it.
        status: crate::types::DocumentStatus,
        /// Its length in bytes.
        bytes: u64,
        /// Its pages.
        pages: u32,
    },
    /// All that was done so far survives from here on, and every search finds it.
    Published {
        /// The version of the index.
        version: u64,
        /// Documents of it that were added or changed by this publication.
        documents: u64,
    },
}

/// Parts of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Looking for files and their digests.
    Planning,
    /// Reading, cutting and embedding.
    Reading,
    /// Bringing the index into its final form.
    Settling,
}

/// Takes [`Progress`]. It is called from several threads and must not block.
pub type ProgressFn = Arc<dyn Fn(Progress) + Send + Sync>;
