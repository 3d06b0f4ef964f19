//! Vectors and full text, over Lance.
//!
//! Lance keeps the rows, versioned and durable, and searches their terms. Vectors are searched in memory, exactly. What
//! belongs together is said by one file a version ([`versions`]); readers know nothing else.

pub mod analysis;
#[cfg(feature = "lance")]
pub mod catalog;
#[cfg(feature = "lance")]
pub mod chunks;
#[cfg(feature = "lance")]
mod memory;
pub mod sketch;
pub mod vectors;
#[cfg(feature = "lance")]
pub mod versions;
#[cfg(feature = "lance")]
mod writer;

#[cfg(feature = "lance")]
pub use memory::IndexMemory;
#[cfg(feature = "lance")]
pub use writer::IndexWriter;
