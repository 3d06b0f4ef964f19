//! Text → vectors.

#[cfg(any(test, feature = "testing"))]
mod fake;
#[cfg(feature = "onnx")]
pub mod onnx;
#[cfg(feature = "providers")]
pub mod remote;

#[cfg(any(test, feature = "testing"))]
pub use fake::FakeModel;
#[cfg(feature = "providers")]
pub use remote::{RemoteModel, open_embedding};

use std::{ops::Range, sync::Arc};

use crate::{Result, tokenize::Tokenizer};

/// What a text is embedded for: models may lead questions and passages in with other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It is searched for.
    Passage,
    /// It searches.
    Question,
}

/// A text to embed.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The text.
    pub text: &'a str,
    /// Words of it, as byte ranges, that get vectors of their own.
    pub words: &'a [Range<usize>],
}

/// A text embedded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Embedding {
    /// Its vector, of length 1.
    pub vector: Vec<f32>,
    /// The vector of each word that was asked for, in its context and of no particular length. Empty for a word that the
    /// model's window cut off, and for all words where the model keeps the vectors of tokens to itself.
    pub words: Vec<Vec<f32>>,
}

/// Turns text into vectors of length 1.
///
/// A vector is a function of its own text alone: never of the texts that happen to be embedded with it. Of a model that answers
/// elsewhere this is its provider's word.
pub trait EmbeddingModel: Send + Sync {
    /// SHA-256 over weights, vocabulary, normalization, pooling and prefixes, in lower-case hex; of a model that answers elsewhere, over
    /// what is known of it. A corpus keeps it and refuses another.
    fn identity(&self) -> &str;

    /// What people call it.
    fn name(&self) -> &str;

    /// To whom texts are sent, by the name that a chat model of the same provider has; `None` when they stay in this process.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// Whether texts leave the operator's own machines.
    fn is_external(&self) -> bool {
        false
    }

    /// Length of its vectors.
    fn dimensions(&self) -> usize;

    /// Tokens of a passage at most, prefix and special tokens taken off already.
    fn max_tokens(&self) -> usize;

    /// Its tokenizer.
    fn tokenizer(&self) -> Arc<dyn Tokenizer>;

    /// Embeds texts, in their order.
    fn embed(&self, purpose: Purpose, texts: &[Text<'_>]) -> Result<Vec<Embedding>>;

    /// One vector a text, of texts that are searched for.
    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let texts: Vec<Text<'_>> = texts.iter().map(|text| Text { text, words: &[] }).collect();
        Ok(self.embed(Purpose::Passage, &texts)?.into_iter().map(|embedding| embedding.vector).collect())
    }

    /// The vector of a question.
    fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        let embedded = self.embed(Purpose::Question, &[Text { text, words: &[] }])?;
        Ok(embedded.into_iter().next().map(|embedding| embedding.vector).unwrap_or_default())
    }
}
