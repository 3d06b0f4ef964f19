mod estimate;
mod ledger;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::Deserialize;

use self::ledger::Ledger;
use super::{
    CircuitBreaker, TpmPreset,
    generate::{Events, generate, pass},
    queue::{Held, Queue},
    settings::must_be_positive,
};
use crate::{
    Error, ErrorKind, Result,
    env::Timer,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, Failure, Usage, WaitReason},
};

/// For how long nothing is sent after a refusal that does not say when to come back.
const REFUSED: Duration = Duration::from_secs(1);

/// Tokens and requests a minute of one deployment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Tokens a minute, of prompts and answers together.
    pub tokens_a_minute: Option<u64>,
    /// Tokens a minute by the number of people who ask, where `tokens_a_minute` is not set. Without either there is no limit.
    pub preset: Option<TpmPreset>,
    /// Requests a minute. They are spread: in any ten seconds a sixth of them.
    pub requests_a_minute: Option<u64>,
    /// How long a request waits at most.
    #[serde(rename = "max_wait_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub max_wait: Duration,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self { tokens_a_minute: None, preset: None, requests_a_minute: None, max_wait: Duration::from_secs(60) }
    }
}

impl RateLimitSettings {
    /// Tokens a minute, in whatever way they are set.
    pub fn tokens(&self) -> Option<u64> {
        self.tokens_a_minute.or(self.preset.map(TpmPreset::tokens_a_minute))
    }
}

/// Keeps to the tokens and requests a minute of a deployment, for all who ask through it, caller after caller.
///
/// What a request takes is estimated before it is sent, rather too high: a token for three letters, for two digits and for every other sign,
/// and all tokens that the answer may have (4,096 where nothing says how many), as providers count it. In no 60 seconds more is sent than the limit
/// by that estimate; there is no burst beyond it. When the answer is over, its [`Usage`] takes the place of the estimate; of an answer that
/// breaks off or is dropped, what came of it; a request that the model never worked on takes nothing.
///
/// When the provider refuses a request for its rate, nothing is sent for as long as it says, and a second where it does not say.
#[derive(Clone)]
pub struct RateLimit {
    inner: Arc<dyn ChatModel>,
    tokens: Option<u64>,
    queue: Arc<Queue<Ledger>>,
}

impl RateLimit {
    /// Around a model. All who ask through this, or a clone of it, share its limits.
    ///
    /// # Errors
    /// `provider.layers` when there would be no token or no request at all.
    pub fn new(inner: Arc<dyn ChatModel>, settings: &RateLimitSettings, timer: Arc<dyn Timer>) -> Result<Self> {
        must_be_positive("rate_limit.tokens_a_minute", settings.tokens_a_minute != Some(0))?;
        must_be_positive("rate_limit.requests_a_minute", settings.requests_a_minute != Some(0))?;
        let tokens = settings.tokens();
        let ledger = Ledger::new(tokens, settings.requests_a_minute);
        Ok(Self { inner, tokens, queue: Queue::new(ledger, timer, WaitReason::RateLimit, settings.max_wait) })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let input = estimate::input(&request);
        let wanted = input.saturating_add(estimate::output(&request, &self.inner.capabilities()));
        if let Some(limit) = self.tokens.filter(|limit| wanted > *limit) {
            return Err(self.too_large(wanted, limit));
        }
        let held = self.queue.acquire(request.caller.as_deref(), wanted, &events).await?;
        let mut sent = Sent { queue: self.queue.clone(), held: Some(held), input, output: 0 };
        let answer = match self.inner.chat(request).await {
            Ok(answer) => answer,
            Err(error) => {
                sent.failed(&error);
                return Err(error);
            }
        };
        let passed = pass(answer, &events, |event| sent.look(event)).await;
        if let Err(error) = &passed {
            sent.failed(error);
        }
        passed
    }

    fn too_large(&self, wanted: u64, limit: u64) -> Error {
        Error::new(ErrorKind::Limit, "provider.over_limit", "a single request takes more tokens than there are a minute")
            .with("provider", self.inner.provider())
            .with("model", self.inner.name())
            .with("tokens", wanted.to_string())
            .with("tokens_a_minute", limit.to_string())
            .with_hint("ask for fewer passages or a shorter answer, or allow more tokens a minute")
    }
}

/// A request that was sent, until it is known what it took.
struct Sent {
    queue: Arc<Queue<Ledger>>,
    held: Option<Held<Ledger>>,
    input: u64,
    /// Of what came so far.
    output: u64,
}

impl Sent {
    fn look(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Text(text) => self.output = self.output.saturating_add(estimate::text(text)),
            ChatEvent::Ended { usage, .. } => {
                let told = usage.input_tokens.saturating_add(usage.output_tokens);
                // A server that does not count says 0.
                self.settle(if *usage == Usage::default() { self.input.saturating_add(self.output) } else { told });
            }
            _ => {}
        }
    }

    /// What a failure says of the limit and of what was taken.
    fn failed(&mut self, error: &Error) {
        let failure = Failure::of(error);
        match (failure, error.retry_after()) {
            (Some(Failure::RateLimited), wait) => {
                self.queue.curtail(|ledger, now| ledger.close(now, wait.unwrap_or(REFUSED)));
            }
            (Some(Failure::Overloaded), Some(wait)) => self.queue.curtail(|ledger, now| ledger.close(now, wait)),
            _ => {}
        }
        if error.code() == CircuitBreaker::CODE {
            // Never sent: all of it is given back.
            self.held = None;
        } else if self.output == 0 && failure.is_none_or(was_not_worked_on) {
            self.settle(0);
        } else {
            self.settle(self.input.saturating_add(self.output));
        }
    }

    fn settle(&mut self, tokens: u64) {
        if let Some(share) = self.held.take().and_then(Held::used) {
            self.queue.change(|ledger, _| ledger.settle(share, tokens));
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.settle(self.input.saturating_add(self.output));
    }
}

/// Failures in which the provider did not let the model begin.
fn was_not_worked_on(failure: Failure) -> bool {
    match failure {
        Failure::RateLimited
        | Failure::Unreachable
        | Failure::Unauthorized
        | Failure::QuotaExhausted
        | Failure::NoModel
        | Failure::Rejected
        | Failure::TooLong => true,
        Failure::Overloaded
        | Failure::ServerError
        | Failure::TimedOut
        | Failure::CutOff
        | Failure::ContentFiltered
        | Failure::Malformed => false,
    }
}

#[async_trait]
impl ChatModel for RateLimit {
    super::as_inner!();

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let limit = self.clone();
        Ok(generate(move |events| limit.run(request, events)))
    }
}
