//! An embedding model for tests: no weights, no files, the same everywhere.

use std::{ops::Range, sync::Arc};

use super::{Embedding, EmbeddingModel, Purpose, Text};
use crate::{
    Result,
    tokenize::{SpecialTokens, Tokenizer},
};

/// Hashes each lower-case word into a vector: texts that share words are near each other, others are not.
#[derive(Debug, Clone)]
pub struct FakeModel {
    identity: String,
    dimensions: usize,
    max_tokens: usize,
    provider: Option<String>,
}

impl FakeModel {
    /// A model with vectors of `dimensions` values (at least 1).
    pub fn new(dimensions: usize) -> Self {
        let dimensions = dimensions.max(1);
        Self { identity: format!("{dimensions:064x}"), dimensions, max_tokens: 510, provider: None }
    }

    /// The same with another budget for a passage.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = max_tokens;
        self
    }

    /// The same under another identity: for tests that must be refused.
    #[must_use]
    pub fn with_identity(mut self, identity: impl Into<String>) -> Self {
        self.identity = identity.into();
        self
    }

    /// The same outside of the operator's machines, at a provider.
    #[must_use]
    pub fn external(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0f32; self.dimensions];
        // A little of one direction in all, so that a text without words has a length too.
        vector[0] = 0.01;
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let hash = fnv1a(word.to_lowercase().as_bytes());
            for part in [hash, hash >> 32] {
                let at = (part as u32 >> 1) as usize % self.dimensions;
                vector[at] += if part & 1 == 0 { 1.0 } else { -1.0 };
            }
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length == 0.0 {
            vector[0] = 1.0;
        } else {
            vector.iter_mut().for_each(|value| *value /= length);
        }
        spread(&mut vector);
        vector
    }
}

/// Turns vectors of a few values into dense ones, as real models have them, and keeps every cosine: signs by place, then Hadamard's
/// transform, over blocks of powers of two.
fn spread(vector: &mut [f32]) {
    let mut rest = vector;
    while !rest.is_empty() {
        let length = 1 << rest.len().ilog2();
        let (block, behind) = rest.split_at_mut(length);
        for (place, value) in block.iter_mut().enumerate() {
            *value *= if fnv1a(&place.to_le_bytes()).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        }
        let mut half = 1;
        while half < length {
            for pair in block.chunks_exact_mut(2 * half) {
                let (low, high) = pair.split_at_mut(half);
                for (a, b) in low.iter_mut().zip(high) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
            half *= 2;
        }
        let scale = 1.0 / (length as f32).sqrt();
        block.iter_mut().for_each(|value| *value *= scale);
        rest = behind;
    }
}

impl Default for FakeModel {
    /// 64 dimensions.
    fn default() -> Self {
        Self::new(64)
    }
}

impl EmbeddingModel for FakeModel {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn name(&self) -> &str {
        "fake"
    }

    fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    fn is_external(&self) -> bool {
        self.provider.is_some()
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    fn tokenizer(&self) -> Arc<dyn Tokenizer> {
        Arc::new(WordTokenizer)
    }

    fn embed(&self, _: Purpose, texts: &[Text<'_>]) -> Result<Vec<Embedding>> {
        let word = |text: &Text<'_>, range: &Range<usize>| {
            text.text.get(range.clone()).map(|word| self.vector(word)).unwrap_or_default()
        };
        let embed = |text: &Text<'_>| Embedding {
            vector: self.vector(text.text),
            words: text.words.iter().map(|range| word(text, range)).collect(),
        };
        Ok(texts.iter().map(embed).collect())
    }
}

/// A token is a run of letters and digits, or one other character that is no white space. One special token on each side.
#[derive(Debug, Clone, Copy, Default)]
struct WordTokenizer;

impl Tokenizer for WordTokenizer {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        let mut start = 0;
        let content = self.token_ends(text)?.into_iter().take(max_tokens.saturating_sub(2)).map(|end| {
            let token = text[start..end as usize].trim_start();
            start = end as usize;
            // 0 and 1 are the special tokens.
            2 + fnv1a(token.as_bytes()) as u32 % 30_000
        });
        let content: Vec<u32> = content.collect();
        Ok([&[0], content.as_slice(), &[1]].concat())
    }

    fn count(&self, text: &str) -> Result<usize> {
        Ok(self.token_ends(text)?.len())
    }

    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let mut ends: Vec<u32> = Vec::new();
        let mut in_word = false;
        for (at, c) in text.char_indices() {
            let end = (at + c.len_utf8()) as u32;
            match ends.last_mut() {
                _ if c.is_whitespace() => {}
                Some(last) if in_word && c.is_alphanumeric() => *last = end,
                _ => ends.push(end),
            }
            in_word = c.is_alphanumeric();
        }
        Ok(ends)
    }

    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens { before: 1, after: 1 }
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn texts_that_share_words_are_nearer() {
        let model = FakeModel::default();
        let query = model.embed_query("Rückstellungen für Pensionen").unwrap();
        let texts = model.embed_passages(&["Die Rückstellungen für Pensionen stiegen.", "Der Umsatz fiel."]).unwrap();
        assert!(cosine(&query, &texts[0]) > cosine(&query, &texts[1]) + 0.3);
        for vector in [&query, &texts[0], &model.vector("")] {
            assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn vectors_are_dense_and_as_far_from_each_other_as_their_words() {
        for dimensions in [2, 3, 96, 100, 384] {
            let plain = |place: usize| {
                let mut vector = vec![0.0f32; dimensions];
                (vector[0], vector[place]) = (0.8, 0.6);
                vector
            };
            let spread = |mut vector: Vec<f32>| {
                spread(&mut vector);
                vector
            };
            for place in 1..dimensions {
                for other in 1..dimensions {
                    let expected = cosine(&plain(place), &plain(other));
                    assert!((cosine(&spread(plain(place)), &spread(plain(other))) - expected).abs() < 1e-5, "{dimensions}");
                }
            }
        }
        let vector = FakeModel::new(256).vector("Rückstellungen");
        assert!(vector.iter().filter(|value| value.abs() > 0.01).count() > 100);
    }

    #[test]
    fn its_tokens_are_words_and_signs() {
        let text = "Gewinn:  4,2 Mio.";
        let ends = WordTokenizer.token_ends(text).unwrap();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let tokens: Vec<_> = starts.zip(&ends).map(|(start, end)| text[start as usize..*end as usize].trim()).collect();
        assert_eq!(tokens, ["Gewinn", ":", "4", ",", "2", "Mio", "."]);
        assert_eq!(WordTokenizer.encode(text, 5).unwrap().len(), 5);
    }
}
