//! The seams to storage, local and in memory.
//!
//! [`Blobs`] holds whole objects under names; `Datasets` opens Lance datasets so that what they acknowledge is
//! durable; [`Sequencer`] gives the entries of the audit log their places. Whoever brings another storage implements these and runs the conformance suite in `testing`.

mod blobs;
#[cfg(feature = "lance")]
mod datasets;
mod layered;
mod local;
mod memory;
mod pages;
#[cfg(feature = "audit-log")]
mod sequencer;

pub use blobs::{Blobs, Etag, Lock, LockHolder};
#[cfg(feature = "lance")]
pub(crate) use datasets::lance_error;
#[cfg(feature = "lance")]
pub use datasets::{CacheSizes, Datasets, StagedRows, session};
pub use layered::LayeredBlobs;
pub use local::{LocalBlobs, StagedObject};
pub use memory::MemoryBlobs;
pub use pages::{PageReader, PageWriter, text_name};
#[cfg(feature = "audit-log")]
pub(crate) use sequencer::poisoned;
#[cfg(feature = "audit-log")]
pub use sequencer::{Appended, BlobSequencer, LocalSequencer, ReadableSequencer, Sequencer, Visitor};
