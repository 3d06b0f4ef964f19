//! Any `tokenizer.json`, read by the `tokenizers` crate.

use std::path::Path;

use super::{SpecialTokens, Tokenizer};
use crate::{Error, ErrorKind, Result};

/// A tokenizer of the `tokenizers` crate.
///
/// Names of special tokens that occur in a text are text: a document that spells out `</s>` closes nothing.
pub struct HfTokenizer {
    inner: tokenizers::Tokenizer,
    special_tokens: SpecialTokens,
}

impl HfTokenizer {
    /// Reads a `tokenizer.json`. What the file says about truncation and padding is not used: lengths are the caller's.
    ///
    /// # Errors
    /// `model.file_missing`, and `model.wrong_file` for one that is no such file.
    pub fn open(path: &Path) -> Result<Self> {
        let json = std::fs::read(path).map_err(|error| super::unreadable(error, path))?;
        Self::from_json(&json, path)
    }

    pub(super) fn from_json(json: &[u8], path: &Path) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(|error| super::wrong_file(path).with_source(error))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(failed)?;
        inner.set_encode_special_tokens(true);
        let around = inner.encode_fast("a", true).map_err(failed)?;
        let is_special = around.get_special_tokens_mask();
        let before = is_special.iter().take_while(|special| **special == 1).count();
        let all = inner.encode_fast("", true).map_err(failed)?.len();
        let special_tokens = SpecialTokens { before: before.min(all), after: all.saturating_sub(before) };
        Ok(Self { inner, special_tokens })
    }

    /// Ids below this number exist.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }
}

impl Tokenizer for HfTokenizer {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        let mut content = self.inner.encode_fast(text, false).map_err(failed)?;
        content.truncate(max_tokens.saturating_sub(self.special_tokens.count()), 0, tokenizers::TruncationDirection::Right);
        let whole = self.inner.post_process(content, None, true).map_err(failed)?;
        Ok(whole.get_ids().to_vec())
    }

    fn count(&self, text: &str) -> Result<usize> {
        Ok(self.inner.encode_fast(text, false).map_err(failed)?.len())
    }

    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.inner.encode(text, false).map_err(failed)?;
        let mut last = 0;
        Ok(encoding
            .get_offsets()
            .iter()
            .map(|&(_, end)| {
                // Tokens that share one character (byte-level vocabularies) end together; an empty one ends where the last did.
                last = last.max(end as u32);
                last
            })
            .collect())
    }

    fn special_tokens(&self) -> SpecialTokens {
        self.special_tokens
    }
}

fn failed(error: tokenizers::Error) -> Error {
    // The source may quote the text: it stays behind.
    drop(error);
    Error::new(ErrorKind::Internal, "tokenize.failed", "the tokenizer could not split a text")
}
