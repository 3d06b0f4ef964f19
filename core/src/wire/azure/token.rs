use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Result, env::Clock, platform::Secret};

/// How long before its end a token is renewed, if it is good for twice as long at all.
const AHEAD: Duration = Duration::from_secs(5 * 60);

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

/// Keeps a token until it is to be renewed.
pub(super) struct TokenCache {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    value: Secret,
    renewed_at: Timestamp,
    ends_at: Timestamp,
}

impl TokenCache {
    pub(super) fn new(source: Arc<dyn TokenSource>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, kept: Mutex::new(None) }
    }

    /// The token was refused: the next one is a new one.
    pub(super) async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// The token that is to be used now.
    pub(super) async fn token(&self) -> Result<Secret> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.renewed_at) {
            return Ok(kept.value.clone());
        }
        match self.source.token().await {
            Ok(Token { value, valid_for }) => {
                let after = |time: Duration| {
                    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
                    now.checked_add(time).unwrap_or(Timestamp::MAX)
                };
                let renewed_at = after(valid_for - AHEAD.min(valid_for / 2));
                *kept = Some(Kept { value: value.clone(), renewed_at, ends_at: after(valid_for) });
                Ok(value)
            }
            Err(error) => match kept.as_ref().filter(|kept| now < kept.ends_at) {
                Some(kept) => Ok(kept.value.clone()),
                None => Err(error),
            },
        }
    }
}
