//! The seam at which entries of the audit log get their places.

mod blob;
mod local;
mod readable;
mod wal;

pub use blob::BlobSequencer;
pub use local::LocalSequencer;
pub use readable::ReadableSequencer;

use crate::{Error, ErrorKind, Result};

/// What is appended as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The entry.
    pub entry: Vec<u8>,
    /// What lies beside it and is not part of the log: sealed payloads.
    pub sealed: Vec<u8>,
}

/// Sees an entry: its index, and what was appended.
pub type Visitor<'a> = dyn FnMut(u64, &[u8], &[u8]) -> Result<()> + 'a;

/// Gives entries their places, durably and once.
///
/// It is where an entry is acknowledged; what is derived from it (tiles, checkpoints, the vault) may come later and be made
/// anew. Calls block: they are made from threads that may. After an error of [`append_batch`](Self::append_batch) it is not
/// known whether the batch is there, and every later call fails with `audit.poisoned`: whoever goes on opens another one.
pub trait Sequencer: Send + Sync {
    /// Makes a batch durable behind all that is there, by whomever, in one write and one sync; returns the index of its first
    /// entry. Indices are consecutive.
    fn append_batch(&self, batch: &[Appended]) -> Result<u64>;

    /// How many entries there are, those of other writers included.
    fn size(&self) -> Result<u64>;

    /// Shows the entries from `from` on, in order. None of them may have been released.
    fn read(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()>;

    /// Entries before `size` are durable elsewhere, and need not be kept.
    fn release(&self, size: u64) -> Result<()>;

    /// What was released is in no file any more when this returns; what is sealed beside the last entry included.
    fn clear(&self) -> Result<()>;

    /// What is sealed beside these entries, in ascending order, is in no file any more when this returns. The entries stay; those that were
    /// released are passed over.
    fn strip(&self, entries: &[u64]) -> Result<()>;
}

/// The error of a sequencer after one that left an outcome unknown.
pub(crate) fn poisoned() -> Error {
    Error::new(ErrorKind::Environment, "audit.poisoned", "the audit log stopped after a write that failed")
        .with_hint("nothing is retried on it; it opens itself again once the disk can be written")
}

/// The error of entries that were read where they no longer are.
pub(crate) fn released(from: u64) -> Error {
    Error::new(ErrorKind::Internal, "audit.released", "entries were read that are kept elsewhere by now")
        .with("from", from.to_string())
}
