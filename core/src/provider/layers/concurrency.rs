use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use serde::Deserialize;

use super::{
    generate::{Events, generate, pass},
    queue::{Queue, Supply},
    settings::must_be_positive,
};
use crate::{
    Result,
    env::Timer,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, WaitReason},
};

/// How many requests go to a model at once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConcurrencySettings {
    /// Requests at once; for a server of one's own, as many as it works on at once.
    pub at_once: u32,
    /// How long a request waits for a place at most.
    #[serde(rename = "max_wait_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub max_wait: Duration,
}

impl Default for ConcurrencySettings {
    fn default() -> Self {
        Self { at_once: 64, max_wait: Duration::from_secs(120) }
    }
}

/// Lets only so many requests through at once, caller after caller. A place is held until the answer is over or its stream is dropped.
#[derive(Clone)]
pub struct Concurrency {
    inner: Arc<dyn ChatModel>,
    queue: Arc<Queue<Places>>,
}

impl Concurrency {
    /// Around a model. All who ask through this, or a clone of it, share its places.
    ///
    /// # Errors
    /// `provider.layers` when there would be no place at all.
    pub fn new(inner: Arc<dyn ChatModel>, settings: &ConcurrencySettings, timer: Arc<dyn Timer>) -> Result<Self> {
        must_be_positive("concurrency.at_once", settings.at_once > 0)?;
        let queue = Queue::new(Places(settings.at_once), timer, WaitReason::Concurrency, settings.max_wait);
        Ok(Self { inner, queue })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let mut place = Some(self.queue.acquire(request.caller.as_deref(), (), &events).await?);
        let answer = self.inner.chat(request).await?;
        let leave = |event: &ChatEvent| {
            if matches!(event, ChatEvent::Ended { .. }) {
                place.take();
            }
        };
        pass(answer, &events, leave).await
    }
}

/// Places that are free.
struct Places(u32);

impl Supply for Places {
    type Want = ();
    type Share = ();

    fn take(&mut self, (): (), _: Instant) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }

    fn put_back(&mut self, (): ()) {
        self.0 += 1;
    }

    fn forecast(&self, _: &mut dyn Iterator<Item = ()>, _: Instant) -> Option<Duration> {
        None
    }
}

#[async_trait]
impl ChatModel for Concurrency {
    super::as_inner!();

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let concurrency = self.clone();
        Ok(generate(move |events| concurrency.run(request, events)))
    }
}
