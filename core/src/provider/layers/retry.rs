use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::Deserialize;

use super::{
    generate::{Events, attempt, generate},
    queue::ceil,
    settings::must_be_positive,
};
use crate::{
    Error, Result,
    env::{Random, Timer},
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, Failure, WaitReason},
};

/// When a request is tried again.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySettings {
    /// Tries, the first one included.
    pub attempts: u32,
    /// The wait before the second try at most; before each further one it doubles.
    #[serde(rename = "base_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub base: Duration,
    /// The wait before a try at most, where the provider does not say.
    #[serde(rename = "longest_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub longest: Duration,
    /// All waits of a request together at most. What a provider says to wait beyond that is told and not waited for.
    #[serde(rename = "max_wait_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub max_wait: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { attempts: 4, base: Duration::from_millis(500), longest: seconds(8), max_wait: seconds(60) }
    }
}

/// Asks again after a failure that may pass: the only place where that is done.
///
/// It waits as long as the provider says and up to `base` longer, so that not all come back in the same moment; where the provider says
/// nothing, a random time up to twice that of the try before. Once words of the answer were handed out there is no other try: an answer is not
/// begun twice. What a try had cost before it failed is paid.
#[derive(Clone)]
pub struct Retry {
    inner: Arc<dyn ChatModel>,
    settings: RetrySettings,
    timer: Arc<dyn Timer>,
    random: Arc<dyn Random>,
}

impl Retry {
    /// Around a model.
    ///
    /// # Errors
    /// `provider.layers` when there would be no try at all.
    pub fn new(
        inner: Arc<dyn ChatModel>,
        settings: RetrySettings,
        timer: Arc<dyn Timer>,
        random: Arc<dyn Random>,
    ) -> Result<Self> {
        must_be_positive("retry.attempts", settings.attempts > 0)?;
        Ok(Self { inner, settings, timer, random })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let (mut tries, mut waited) = (1u32, Duration::ZERO);
        loop {
            let Err(failed) = attempt(self.inner.as_ref(), request.clone(), &events).await else { return Ok(()) };
            let error = failed.error;
            if failed.begun || !Failure::may_retry(&error) {
                return Err(told(error, tries));
            }
            let asked = error.retry_after();
            let wait = match asked {
                Some(asked) => asked.saturating_add(self.jitter(self.settings.base)),
                None => self.jitter(self.backoff(tries)),
            };
            // Without what is only there to spread tries.
            let least = asked.unwrap_or(wait);
            if tries >= self.settings.attempts || waited.saturating_add(least) > self.settings.max_wait {
                let error = told(error, tries);
                return Err(match asked {
                    Some(asked) => error.with("wait_seconds", ceil(asked).to_string()),
                    None => error,
                });
            }
            events.send(ChatEvent::Waiting { seconds: ceil(wait), why: WaitReason::Retry }).await;
            self.timer.sleep(wait).await;
            waited = waited.saturating_add(wait);
            tries += 1;
        }
    }

    fn backoff(&self, tries: u32) -> Duration {
        let doubled = 2u32.checked_pow(tries - 1).and_then(|factor| self.settings.base.checked_mul(factor));
        doubled.map_or(self.settings.longest, |wait| wait.min(self.settings.longest))
    }

    /// A random time up to `most`.
    fn jitter(&self, most: Duration) -> Duration {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        most.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
    }
}

fn told(error: Error, tries: u32) -> Error {
    if tries > 1 { error.with("tries", tries.to_string()) } else { error }
}

#[async_trait]
impl ChatModel for Retry {
    super::as_inner!();

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let retry = self.clone();
        Ok(generate(move |events| retry.run(request, events)))
    }
}
