//! For the tests of this crate and of those who implement its seams.

#[cfg(feature = "audit-log")]
mod blobs;
mod disk;
mod recorder;
#[cfg(feature = "audit-log")]
mod sequencer;

#[cfg(feature = "audit-log")]
pub use blobs::blobs_conform;
pub use disk::{Fault, FaultyDisk};
pub use recorder::{Observer, RecordingRecorder};
#[cfg(feature = "audit-log")]
pub use sequencer::sequencer_conforms;
