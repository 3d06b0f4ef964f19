//! For the tests of this crate and of those who implement its seams.

#[cfg(feature = "audit-log")]
mod blobs;
#[cfg(any(feature = "answer", feature = "providers"))]
mod chat;
mod clock;
mod disk;
mod folder;
#[cfg(feature = "providers")]
pub mod providers;
mod recorder;
#[cfg(feature = "audit-log")]
mod sequencer;
#[cfg(any(feature = "answer", feature = "providers"))]
mod timer;

#[cfg(feature = "audit-log")]
pub use blobs::blobs_conform;
#[cfg(any(feature = "answer", feature = "providers"))]
pub use chat::FakeChat;
pub use clock::SetClock;
pub use disk::{Fault, FaultyDisk};
pub use folder::copy_folder;
pub use recorder::{Observer, RecordingRecorder};
#[cfg(feature = "audit-log")]
pub use sequencer::sequencer_conforms;
#[cfg(any(feature = "answer", feature = "providers"))]
pub use timer::VirtualTimer;
