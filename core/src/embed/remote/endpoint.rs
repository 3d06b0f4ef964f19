use async_trait::async_trait;

use crate::{Result, embed::Purpose};

/// One model of a provider, as it is asked.
#[async_trait]
pub(super) trait Endpoint: Send + Sync {
    /// A vector for each text, in their order and as they came. One request.
    ///
    /// # Errors
    /// A [`Failure`](crate::wire::Failure).
    async fn embed(&self, purpose: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>>;
}

/// What is known of a model before it was asked anything.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) provider: &'static str,
    pub(super) name: String,
    pub(super) is_external: bool,
    /// What else makes its vectors what they are: what is sent along with a text.
    pub(super) along: Vec<(&'static str, String)>,
    /// Length of its vectors, when it is known.
    pub(super) dimensions: Option<usize>,
    pub(super) limits: Limits,
    /// What is sent in front of a passage and counts against its tokens.
    pub(super) passage_prefix: String,
}

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Texts of one request.
    pub(super) texts: usize,
    /// Bytes of the texts of one request, unless a single one has more.
    pub(super) bytes: usize,
    /// Requests at a time.
    pub(super) parallel: usize,
    /// Tokens of one text, special tokens included.
    pub(super) tokens: usize,
    /// Characters of one text.
    pub(super) chars: usize,
}
