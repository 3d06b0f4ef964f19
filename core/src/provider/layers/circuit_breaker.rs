use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use serde::Deserialize;

use super::{
    generate::{Events, generate, pass},
    queue::ceil,
    settings::must_be_positive,
};
use crate::{
    Error, ErrorKind, Result,
    env::Timer,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, Failure},
};

/// As many outcomes are remembered.
const REMEMBERED: usize = 256;

/// When a provider that fails is left alone.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitBreakerSettings {
    /// Failures within the window that open it, when they are at least half of what ended within it.
    pub failures: u32,
    /// The window.
    #[serde(rename = "window_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub window: Duration,
    /// How long nothing is sent then; after that one request tries.
    #[serde(rename = "open_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub open: Duration,
}

impl Default for CircuitBreakerSettings {
    fn default() -> Self {
        Self { failures: 5, window: Duration::from_secs(60), open: Duration::from_secs(30) }
    }
}

/// Leaves a provider alone that fails again and again, so that nobody waits for it and it can recover.
///
/// What counts is that the provider has no capacity, fails, takes too long, cannot be reached or breaks off. What it says to a single request
/// (it is rejected, too long, filtered; the key is wrong, the budget used up, there is no such model) is an answer: the next request may
/// fare better, or the failure comes at once and costs nobody time. A rate that is exceeded is not counted either: [`RateLimit`](super::RateLimit)
/// knows how long it lasts. What is no answer of this provider comes of a wrong address or a proxy, and does not pass by waiting. An answer that its
/// reader drops says nothing.
#[derive(Clone)]
pub struct CircuitBreaker {
    inner: Arc<dyn ChatModel>,
    settings: CircuitBreakerSettings,
    timer: Arc<dyn Timer>,
    circuit: Arc<Mutex<Circuit>>,
}

impl CircuitBreaker {
    /// The code of its error.
    pub(super) const CODE: &'static str = "provider.suspended";

    /// Around a model. All who ask through this, or a clone of it, share what is known of the provider.
    ///
    /// # Errors
    /// `provider.layers` when it would open without a failure.
    pub fn new(inner: Arc<dyn ChatModel>, settings: CircuitBreakerSettings, timer: Arc<dyn Timer>) -> Result<Self> {
        must_be_positive("circuit_breaker.failures", settings.failures > 0)?;
        Ok(Self { inner, settings, timer, circuit: Arc::default() })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let mut watch = self.enter()?;
        let passed = match self.inner.chat(request).await {
            Ok(answer) => {
                let look = |event: &ChatEvent| match event {
                    ChatEvent::Ended { .. } => watch.ends(Outcome::Good),
                    // A probe has found out what it is for.
                    ChatEvent::Text(_) | ChatEvent::Citation { .. } => watch.answers(),
                    _ => {}
                };
                pass(answer, &events, look).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &passed {
            watch.ends(outcome(error));
        }
        passed
    }

    fn enter(&self) -> Result<Watch> {
        let now = self.timer.now();
        let mut circuit = self.circuit();
        match circuit.state {
            State::Closed => {}
            State::Open { until } if now < until => return Err(self.suspended(until.saturating_duration_since(now))),
            State::Open { .. } => {
                circuit.state = State::Probing;
                circuit.generation += 1;
            }
            // How long the probe takes is not known.
            State::Probing => return Err(self.suspended(Duration::from_secs(1))),
        }
        Ok(Watch { breaker: self.clone(), generation: circuit.generation, has_ended: false })
    }

    fn suspended(&self, wait: Duration) -> Error {
        Error::new(ErrorKind::Busy, "provider.suspended", "the provider failed too often and is left alone for a while")
            .with("provider", self.inner.provider())
            .with("model", self.inner.name())
            .with("wait_seconds", ceil(wait).to_string())
            .with_retry_after(wait)
            .with_hint("ask again later, or name another model to fall back to")
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Circuit {
    state: State,
    /// Of what ended lately, oldest first: when, and whether it failed.
    outcomes: VecDeque<(Instant, bool)>,
    /// Changes with the state, so that what began before does not count after.
    generation: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// One request tries.
    Probing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    Bad,
    /// It says nothing of the provider.
    Neither,
}

fn outcome(error: &Error) -> Outcome {
    match Failure::of(error) {
        Some(Failure::Overloaded | Failure::ServerError | Failure::TimedOut | Failure::Unreachable | Failure::CutOff) => {
            Outcome::Bad
        }
        Some(
            Failure::Unauthorized
            | Failure::QuotaExhausted
            | Failure::NoModel
            | Failure::Rejected
            | Failure::ContentFiltered
            | Failure::TooLong,
        ) => Outcome::Good,
        Some(Failure::RateLimited | Failure::Malformed) | None => Outcome::Neither,
    }
}

impl Circuit {
    fn turn(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
        self.outcomes.clear();
    }

    /// Whether it opens by this.
    fn remember(&mut self, now: Instant, is_bad: bool, settings: &CircuitBreakerSettings) -> bool {
        if self.outcomes.len() >= REMEMBERED.max(2 * settings.failures as usize) {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((now, is_bad));
        let is_old = |at: Instant| now.saturating_duration_since(at) > settings.window;
        while self.outcomes.front().is_some_and(|(at, _)| is_old(*at)) {
            self.outcomes.pop_front();
        }
        let bad = self.outcomes.iter().filter(|(_, is_bad)| *is_bad).count();
        is_bad && bad >= settings.failures as usize && 2 * bad >= self.outcomes.len()
    }
}

/// One request, until it is known how it ended; when it is dropped before, it says nothing.
struct Watch {
    breaker: CircuitBreaker,
    generation: u64,
    has_ended: bool,
}

impl Watch {
    /// Words came: the provider works.
    fn answers(&mut self) {
        let mut circuit = self.breaker.circuit();
        if self.generation == circuit.generation && matches!(circuit.state, State::Probing) {
            circuit.turn(State::Closed);
            self.generation = circuit.generation;
        }
    }

    fn ends(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let breaker = self.breaker.clone();
        let (now, settings) = (breaker.timer.now(), &breaker.settings);
        let mut circuit = breaker.circuit();
        if self.generation != circuit.generation {
            return;
        }
        let open = || State::Open { until: now + settings.open };
        match (&circuit.state, outcome) {
            (State::Closed, Outcome::Neither) | (State::Open { .. }, _) => {}
            (State::Closed, outcome) => {
                if circuit.remember(now, outcome == Outcome::Bad, settings) {
                    circuit.turn(open());
                }
            }
            (State::Probing, Outcome::Good) => circuit.turn(State::Closed),
            (State::Probing, Outcome::Bad) => circuit.turn(open()),
            // The next one tries.
            (State::Probing, Outcome::Neither) => circuit.turn(State::Open { until: now }),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ends(Outcome::Neither);
    }
}

#[async_trait]
impl ChatModel for CircuitBreaker {
    super::as_inner!();

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let breaker = self.clone();
        Ok(generate(move |events| breaker.run(request, events)))
    }
}
