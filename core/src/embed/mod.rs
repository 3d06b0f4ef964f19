//! Text → vectors.

#[cfg(any(test, feature = "testing"))]
mod fake;
#[cfg(feature = "onnx")]
pub mod onnx;

#[cfg(any(test, feature = "testing"))]
pub use fake::FakeModel;

use std::sync::Arc;

use crate::{Result, tokenize::Tokenizer};

/// Turns text into vectors of length 1.
///
/// A vector is a function of its own text alone: never of the texts that happen to be embedded with it.
pub trait EmbeddingModel: Send + Sync {
    /// SHA-256 over weights, vocabulary, normalization, pooling and prefixes, in lower-case hex. A corpus keeps it and
    /// refuses another.
    fn identity(&self) -> &str;

    /// What people call it.
    fn name(&self) -> &str;

    /// Length of its vectors.
    fn dimensions(&self) -> usize;

    /// Tokens of a passage at most, prefix and special tokens taken off already.
    fn max_tokens(&self) -> usize;

    /// Its tokenizer.
    fn tokenizer(&self) -> Arc<dyn Tokenizer>;

    /// One vector a text, of texts that are searched for.
    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>>;

    /// The vector of a question.
    fn embed_query(&self, text: &str) -> Result<Vec<f32>>;
}
