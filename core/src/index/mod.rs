//! Vectors and full text, over Lance.
//!
//! Lance keeps the rows, versioned and durable, and searches their terms. Vectors are searched in memory, and above a size by
//! Lance's index. What
//! belongs together is said by one file a version ([`versions`]); readers know nothing else.

pub mod analysis;
#[cfg(feature = "lance")]
pub mod catalog;
#[cfg(feature = "lance")]
pub mod chunks;
#[cfg(feature = "lance")]
mod memory;
#[cfg(feature = "lance")]
mod on_disk;
pub mod sketch;
#[cfg(feature = "lance")]
mod staging;
#[cfg(all(test, feature = "lance"))]
mod tests;
pub mod vectors;
#[cfg(feature = "lance")]
pub mod versions;
#[cfg(feature = "lance")]
mod writer;

#[cfg(feature = "lance")]
pub use memory::{IndexMemory, VectorOptions};
#[cfg(feature = "lance")]
pub use staging::{PendingRows, RowStage};
#[cfg(feature = "lance")]
pub use writer::IndexWriter;
