use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures::{Stream, StreamExt};

use crate::{
    Error, Result,
    provider::{ChatEvent, ChatModel, ChatRequest, ChatStream, Failure},
};

/// A stream of what a future sends; its error comes last. The future lives in the stream and runs only while the stream is polled, so
/// that dropping the stream drops all that the future holds.
pub(super) fn generate<F>(run: impl FnOnce(Events) -> F) -> ChatStream
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let events = Events::default();
    ChatStream::new(Generated { future: Some(Box::pin(run(events.clone()))), events, error: None })
}

/// Where a layer sends the events of the answer that it makes.
#[derive(Clone, Default)]
pub(super) struct Events(Arc<Mutex<Option<ChatEvent>>>);

impl Events {
    /// Hands an event out. Done when more is asked for, which may be never.
    pub(super) async fn send(&self, event: ChatEvent) {
        *self.slot() = Some(event);
        // Whoever polls the stream takes the event as soon as this pauses, and wakes it by asking for the next one.
        poll_fn(|_| if self.slot().is_none() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn slot(&self) -> MutexGuard<'_, Option<ChatEvent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Generated {
    future: Option<Pin<Box<dyn Future<Output = Result<()>> + Send>>>,
    events: Events,
    error: Option<Error>,
}

impl Stream for Generated {
    type Item = Result<ChatEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(future) = &mut self.future
            && let Poll::Ready(done) = future.as_mut().poll(context)
        {
            self.future = None;
            self.error = done.err();
        }
        let event = self.events.slot().take();
        match event {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None if self.future.is_some() => Poll::Pending,
            None => Poll::Ready(self.error.take().map(Err)),
        }
    }
}

/// Hands out what comes of an answer, up to its end, and shows each event to `look` before. The answer beneath is gone before its end is
/// handed out: whoever holds a stream that has ended holds nothing else.
///
/// # Errors
/// Those of the answer; [`Failure::CutOff`] when it ends without saying why.
pub(super) async fn pass(mut answer: ChatStream, events: &Events, mut look: impl FnMut(&ChatEvent) + Send) -> Result<()> {
    while let Some(event) = answer.next().await {
        let event = event?;
        look(&event);
        if matches!(event, ChatEvent::Ended { .. }) {
            drop(answer);
            events.send(event).await;
            return Ok(());
        }
        events.send(event).await;
    }
    Err(Failure::CutOff.error())
}

/// As many events are kept back as may come before the first word; more are no sign of a failure at the beginning.
const KEPT: usize = 64;

/// A try that failed.
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether words of the answer were handed out, so that there is no other try.
    pub(super) begun: bool,
}

/// Asks a model and hands out what comes. `Started` and what filters found are kept back until the first words or the end, so that a
/// try that fails before them leaves nothing behind, and an answer starts once.
pub(super) async fn attempt(model: &dyn ChatModel, request: ChatRequest, events: &Events) -> Result<(), Failed> {
    let mut kept = Vec::new();
    let mut begun = false;
    let failed = |error: Error, begun| {
        let error = error.with("provider", model.provider()).with("model", model.name());
        Err(Failed { error, begun })
    };
    let mut answer = match model.chat(request).await {
        Ok(answer) => answer,
        Err(error) => return failed(error, begun),
    };
    while let Some(event) = answer.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => return failed(error, begun),
        };
        match event {
            ChatEvent::Started { .. } | ChatEvent::Filter(_) if !begun && kept.len() < KEPT => kept.push(event),
            ChatEvent::Waiting { .. } | ChatEvent::Switched { .. } => events.send(event).await,
            ChatEvent::Ended { .. } => {
                drop(answer);
                for event in kept.into_iter().chain([event]) {
                    events.send(event).await;
                }
                return Ok(());
            }
            ChatEvent::Started { .. } | ChatEvent::Text(_) | ChatEvent::Citation { .. } | ChatEvent::Filter(_) => {
                begun = true;
                for event in kept.drain(..).chain([event]) {
                    events.send(event).await;
                }
            }
        }
    }
    failed(Failure::CutOff.error(), begun)
}
