//! For the tests of this crate and of those who implement its seams.

#[cfg(feature = "lance")]
mod blobs;
mod disk;
mod recorder;
#[cfg(feature = "lance")]
mod sequencer;

#[cfg(feature = "lance")]
pub use blobs::blobs_conform;
pub use disk::{Fault, FaultyDisk};
pub use recorder::{Observer, RecordingRecorder};
#[cfg(feature = "lance")]
pub use sequencer::sequencer_conforms;
