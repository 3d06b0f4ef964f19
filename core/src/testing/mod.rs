//! For the tests of this crate and of those who implement its seams.

#[cfg(feature = "lance")]
mod blobs;
mod recorder;

#[cfg(feature = "lance")]
pub use blobs::blobs_conform;
pub use recorder::{Observer, RecordingRecorder};
