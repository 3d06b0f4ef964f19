//! SentencePiece Unigram vocabularies (XLM-RoBERTa and its kin), compactly.
//!
//! The same ids as the `tokenizers` crate, from a `tokenizer.json` whose parts are: a Unigram model without byte fallback,
//! white space split off and each word led by `▁`, one of the normalizers in [`normalize`], special tokens put around by a
//! template. Everything else is not this room's: [`UnigramTokenizer::compile`] says so.
//!
//! One thing differs on purpose: names of special tokens in a text are text, as in SentencePiece itself.

mod charsmap;
mod compiled;
mod double_array;
mod normalize;
mod source;
#[cfg(test)]
mod tests;
mod viterbi;
mod word_cache;

use compiled::Compiled;
use viterbi::Scratch;
use word_cache::WordCache;

use super::{SpecialTokens, Tokenizer};
use crate::Result;

/// A token of a word: its id, and where it ends in bytes from the word's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    id: u32,
    end: u32,
}

/// A tokenizer for one Unigram vocabulary.
pub struct UnigramTokenizer {
    vocabulary: Compiled,
    cache: WordCache,
}

impl UnigramTokenizer {
    /// Compiles a `tokenizer.json` with this digest; `None` when it is of another kind, or damaged.
    pub(super) fn compile(json: &[u8], digest: [u8; 32]) -> Option<Self> {
        Some(Self::new(source::read(json)?.compile(digest)?))
    }

    /// What [`Self::to_bytes`] wrote for the source with this digest; `None` for anything else.
    pub(super) fn from_bytes(bytes: &[u8], digest: [u8; 32]) -> Option<Self> {
        Compiled::from_bytes(bytes, digest).map(Self::new)
    }

    /// A form that loads without work.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.vocabulary.to_bytes()
    }

    /// Ids below this number exist.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary.size as usize
    }

    fn new(vocabulary: Compiled) -> Self {
        Self { vocabulary, cache: WordCache::default() }
    }

    /// Calls `found` with each token of `text` and the end that it has in `text`, until `found` is false.
    fn each(&self, text: &str, mut found: impl FnMut(u32, u32) -> bool) {
        let mut scratch = Scratch::default();
        let mut tokens = Vec::new();
        for (start, chunk) in self.vocabulary.normalizer.chunks(text) {
            tokens.clear();
            self.cache.get_or(chunk, &mut tokens, |tokens| self.vocabulary.split(chunk, &mut scratch, tokens));
            for token in &tokens {
                if !found(token.id, start as u32 + token.end) {
                    return;
                }
            }
        }
    }
}

impl Tokenizer for UnigramTokenizer {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        let (before, after) = (&self.vocabulary.before, &self.vocabulary.after);
        let room = max_tokens.saturating_sub(self.special_tokens().count());
        let mut ids = before.clone();
        if room > 0 {
            self.each(text, |id, _| {
                ids.push(id);
                ids.len() < before.len() + room
            });
        }
        ids.extend_from_slice(after);
        Ok(ids)
    }

    fn count(&self, text: &str) -> Result<usize> {
        let mut count = 0;
        self.each(text, |_, _| {
            count += 1;
            true
        });
        Ok(count)
    }

    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let mut ends = Vec::with_capacity(text.len() / 3);
        self.each(text, |_, end| {
            ends.push(end);
            true
        });
        Ok(ends)
    }

    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens { before: self.vocabulary.before.len(), after: self.vocabulary.after.len() }
    }
}
