//! Tokens, counted by the embedding model's own tokenizer, or estimated where it is not at hand.

mod estimate;
#[cfg(feature = "onnx")]
mod hf;
#[cfg(feature = "onnx")]
mod open;
#[cfg(feature = "onnx")]
mod unigram;

pub use estimate::EstimatingTokenizer;
#[cfg(feature = "onnx")]
pub use hf::HfTokenizer;
#[cfg(feature = "onnx")]
pub use open::{Opened, open, open_with_size};
#[cfg(feature = "onnx")]
use open::{unreadable, wrong_file};
#[cfg(feature = "onnx")]
pub use unigram::UnigramTokenizer;

use crate::Result;

/// Splits text into the tokens of one model.
///
/// Implementations are functions of the text alone and may be called from many threads.
pub trait Tokenizer: Send + Sync {
    /// Token ids of `text` with the special tokens of the model around them, at most `max_tokens` in all: what does not fit
    /// is cut from the end and the closing token kept.
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>>;

    /// How many tokens `text` has, special tokens left out.
    fn count(&self, text: &str) -> Result<usize>;

    /// The end of each token of `text` as a byte offset, ascending, special tokens left out. White space belongs to the
    /// token behind it. `count` is the length of this list.
    fn token_ends(&self, text: &str) -> Result<Vec<u32>>;

    /// How many special tokens `encode` adds.
    fn special_tokens(&self) -> SpecialTokens;
}

/// How many special tokens stand around the tokens of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpecialTokens {
    /// Before the first token of the text.
    pub before: usize,
    /// Behind the last one.
    pub after: usize,
}

impl SpecialTokens {
    /// All of them.
    pub fn count(self) -> usize {
        self.before + self.after
    }
}
