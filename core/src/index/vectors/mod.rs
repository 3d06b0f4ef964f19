//! Exact nearest neighbours in memory.
//!
//! [`VectorSet`] holds a corpus's vectors as 4-bit codes with one scale a vector, and a 1-bit sketch of each. Few permitted
//! rows are compared with the query by their 4-bit codes, all of them; many go through a cascade: the sketches choose some
//! thousand candidates, their 4-bit codes rank them. The caller scores the best again with the stored `f32` vectors.
//! [`SentenceCodes`] packs the 8-bit codes of a chunk's sentences into one value of a binary column,
//! [`WordCodes`] one bit a dimension of the vectors of its words.

mod bitmap;
mod centring;
mod codes;
mod kernels;
mod packed;
mod sentences;
mod set;
mod sketch;
#[cfg(test)]
mod tests;
mod words;

pub use bitmap::Bitmap;
pub use centring::{Centring, Means, WordCentring, dot};
pub use codes::Query;
pub use sentences::{SentenceBuilder, SentenceCodes};
pub use set::VectorSet;
pub use words::{WordBuilder, WordCodes, WordQuery};
