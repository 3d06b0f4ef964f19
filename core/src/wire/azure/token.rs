use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{Result, platform::Secret, wire::Source};

/// A token of Entra ID.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub value: Secret,
    /// How long it is good for from now on.
    pub valid_for: Duration,
}

/// Where tokens of Entra ID come from. A host that has its own way to them gives it to
/// [`AzureOpenAiChat::with_tokens`](crate::provider::AzureOpenAiChat::with_tokens).
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A new token. Its answer is kept until shortly before its end, and asked for once at a time.
    ///
    /// # Errors
    /// Passed on to who asks the model, unless the token before it is still good.
    async fn token(&self) -> Result<Token>;
}

/// Tokens that are kept.
pub(super) struct Tokens(pub(super) Arc<dyn TokenSource>);

#[async_trait]
impl Source<Secret> for Tokens {
    async fn fetch(&self) -> Result<(Secret, Duration)> {
        let Token { value, valid_for } = self.0.token().await?;
        Ok((value, valid_for))
    }
}
