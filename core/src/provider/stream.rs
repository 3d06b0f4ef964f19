use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt, stream::BoxStream};

use super::{ChatResponse, Failure, FilterReport, StopReason, Usage};
use crate::Result;

/// What comes of an answer, the same for every provider. One `Started` first, any number of `Text`, one `Ended` last. Before `Started`
/// a model that is wrapped in layers may say what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatEvent {
    /// Nothing is sent for a while, so as to keep to a limit or because a try failed. Comes before `Started` alone.
    Waiting {
        /// At most so long, rounded up. It may come again, when there is more to wait for.
        seconds: u64,
        /// For what.
        why: WaitReason,
    },
    /// A model failed, and another one is asked. Comes before `Started` alone.
    Switched {
        /// The provider of the one that is asked now.
        provider: String,
        /// Its name.
        model: String,
        /// The code of the error of the one before it: `provider.overloaded`.
        because: String,
    },
    /// The provider took the request.
    Started {
        /// Its id of the response.
        id: Option<String>,
        /// The model that answers.
        model: Option<String>,
    },
    /// More of the text.
    Text(String),
    /// What the text before it, since the last citation of another place, rests on; from models that cite by themselves.
    Citation {
        /// The passage in [`ChatRequest::passages`](super::ChatRequest::passages), counted from 0.
        passage: usize,
        /// The words that are cited, as the provider gives them: to be checked like any other.
        quote: String,
    },
    /// What the provider's content filter found, for the record; from providers that say so.
    Filter(FilterReport),
    /// It ended.
    Ended {
        /// Why.
        stop: StopReason,
        /// What it took.
        usage: Usage,
    },
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// Tokens and requests of the minute.
    RateLimit,
    /// Other requests, of which only so many go at once.
    Concurrency,
    /// The next try, after one that failed.
    Retry,
}

/// An answer as it comes. Dropping it ends the request.
pub struct ChatStream(BoxStream<'static, Result<ChatEvent>>);

impl ChatStream {
    /// Over the events of a provider.
    pub fn new(events: impl Stream<Item = Result<ChatEvent>> + Send + 'static) -> Self {
        Self(events.boxed())
    }

    /// Waits for all of it.
    ///
    /// # Errors
    /// Those of the stream; [`Failure::CutOff`] when it ends without saying why.
    pub async fn collect(mut self) -> Result<ChatResponse> {
        let (mut id, mut model, mut text) = (None, None, String::new());
        while let Some(event) = self.next().await {
            match event? {
                ChatEvent::Started { id: its_id, model: its_model } => (id, model) = (its_id, its_model),
                ChatEvent::Text(more) => text.push_str(&more),
                ChatEvent::Waiting { .. } | ChatEvent::Switched { .. } | ChatEvent::Citation { .. } | ChatEvent::Filter(_) => {}
                ChatEvent::Ended { stop, usage } => return Ok(ChatResponse { id, model, text, stop, usage }),
            }
        }
        Err(Failure::CutOff.error())
    }
}

impl Stream for ChatStream {
    type Item = Result<ChatEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream").finish_non_exhaustive()
    }
}
