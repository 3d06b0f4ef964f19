use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures::{
    StreamExt,
    future::{Either, select},
};
use serde::Deserialize;

use super::{
    generate::{Events, generate},
    settings::must_be_positive,
};
use crate::{
    Result,
    env::Timer,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, Failure},
};

/// How long, and how much, may come of a model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutSettings {
    /// Until the first event, and from one event to the next until the first words. A model on a slow machine reads a long prompt for
    /// minutes, and one that reasons says nothing while it does.
    #[serde(rename = "first_event_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub first_event: Duration,
    /// From one event to the next, once there were words.
    #[serde(rename = "idle_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub idle: Duration,
    /// From the request to the end.
    #[serde(rename = "total_seconds", deserialize_with = "crate::seconds::deserialize")]
    pub total: Duration,
    /// Bytes of text and quotes at most; each event counts as one more.
    pub max_output_bytes: u64,
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first_event: seconds(180), idle: seconds(60), total: seconds(600), max_output_bytes: 1 << 20 }
    }
}

/// Ends answers that do not begin, do not go on or do not end. Time in which nobody asks for the next event counts only for all of it.
#[derive(Clone)]
pub struct Timeout {
    inner: Arc<dyn ChatModel>,
    settings: TimeoutSettings,
    timer: Arc<dyn Timer>,
}

impl Timeout {
    /// Around a model.
    ///
    /// # Errors
    /// `provider.layers` when nothing could ever come.
    pub fn new(inner: Arc<dyn ChatModel>, settings: TimeoutSettings, timer: Arc<dyn Timer>) -> Result<Self> {
        must_be_positive("timeout.first_event_seconds", !settings.first_event.is_zero())?;
        must_be_positive("timeout.idle_seconds", !settings.idle.is_zero())?;
        must_be_positive("timeout.total_seconds", !settings.total.is_zero())?;
        must_be_positive("timeout.max_output_bytes", settings.max_output_bytes > 0)?;
        Ok(Self { inner, settings, timer })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let (began, settings) = (self.timer.now(), &self.settings);
        let mut answer =
            self.within(began, settings.first_event, began, "first_event_timeout", self.inner.chat(request)).await??;
        let mut bytes_left = settings.max_output_bytes;
        let (mut is_first, mut has_words) = (true, false);
        loop {
            let next = answer.next();
            let event = if is_first {
                self.within(began, settings.first_event, began, "first_event_timeout", next).await?
            } else {
                let limit = if has_words { settings.idle } else { settings.idle.max(settings.first_event) };
                self.within(self.timer.now(), limit, began, "idle_timeout", next).await?
            };
            let Some(event) = event else { return Err(self.error(Failure::CutOff, "closed")) };
            let event = event?;
            let bytes = match &event {
                ChatEvent::Text(text) => text.len(),
                ChatEvent::Citation { quote, .. } => quote.len(),
                _ => 0,
            };
            let left = bytes_left.checked_sub(bytes as u64 + 1);
            bytes_left = left.ok_or_else(|| self.error(Failure::Malformed, "too_long"))?;
            is_first &= matches!(event, ChatEvent::Waiting { .. } | ChatEvent::Switched { .. });
            has_words |= matches!(event, ChatEvent::Text(_) | ChatEvent::Citation { .. });
            if matches!(event, ChatEvent::Ended { .. }) {
                drop(answer);
                events.send(event).await;
                return Ok(());
            }
            events.send(event).await;
        }
    }

    /// Waits for something no longer than `limit` from `since`, and no longer than all of it may take.
    async fn within<T>(
        &self,
        since: Instant,
        limit: Duration,
        began: Instant,
        reason: &'static str,
        what: impl Future<Output = T> + Send,
    ) -> Result<T> {
        let mut what = pin!(what);
        let now = self.timer.now();
        let total = self.settings.total.saturating_sub(now.saturating_duration_since(began));
        if total.is_zero() {
            return Err(self.error(Failure::TimedOut, "total_timeout"));
        }
        // Most events are there already.
        if let Poll::Ready(done) = futures::poll!(what.as_mut()) {
            return Ok(done);
        }
        let limit = limit.saturating_sub(now.saturating_duration_since(since));
        let (limit, reason) = if total < limit { (total, "total_timeout") } else { (limit, reason) };
        match select(what, self.timer.sleep(limit)).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(_) => Err(self.error(Failure::TimedOut, reason)),
        }
    }

    fn error(&self, failure: Failure, reason: &'static str) -> crate::Error {
        failure.error().with("provider", self.inner.provider()).with("model", self.inner.name()).with("reason", reason)
    }
}

#[async_trait]
impl ChatModel for Timeout {
    super::as_inner!();

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let timeout = self.clone();
        Ok(generate(move |events| timeout.run(request, events)))
    }
}
