use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt, stream::BoxStream};
use tokio::sync::mpsc;

use super::{Answer, Citation, Claim, Withheld};
use crate::{Error, ErrorKind, Result, provider::WaitReason, types::Coverage};

/// What comes of a question. One `Retrieved` first, any number of the others, one `Done` last.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum AnswerEvent {
    /// It was searched.
    Retrieved {
        /// How much the answer can draw on.
        coverage: Coverage,
        /// How many passages the chat model is shown.
        passages: usize,
    },
    /// Nothing is sent for a while.
    Waiting {
        /// At most so long.
        seconds: u64,
        /// For what.
        why: WaitReason,
    },
    /// Another chat model is asked than the first one; nobody, when its name is empty: quotes alone answer.
    Switched {
        /// Its provider.
        provider: String,
        /// Its name.
        model: String,
        /// The code of the error of the one before it.
        because: String,
    },
    /// What the chat model writes, unchecked: not an answer yet. With [`AskOptions::draft`](super::AskOptions::draft) alone.
    Draft(String),
    /// A claim that was checked.
    Claim {
        /// It; its citations are places in the list of all that came so far.
        claim: Claim,
        /// Those that are new.
        citations: Vec<Citation>,
    },
    /// A claim that is not handed out.
    Withheld {
        /// Why; its citations are places in the list of all that came so far.
        withheld: Withheld,
        /// Those that are new.
        citations: Vec<Citation>,
    },
    /// All of it, once it is on record.
    Done(Box<Answer>),
}

/// An answer as it comes. Dropping it ends the request.
pub struct AnswerStream(BoxStream<'static, Result<AnswerEvent>>);

impl AnswerStream {
    /// Over what a task sends.
    pub(super) fn new(mut events: mpsc::Receiver<Result<AnswerEvent>>) -> Self {
        Self(futures::stream::poll_fn(move |context| events.poll_recv(context)).boxed())
    }

    /// An answer that is there at once.
    pub(super) fn whole(answer: Answer) -> Self {
        let mut events = vec![Ok(AnswerEvent::Retrieved { coverage: answer.coverage, passages: answer.citations.len() })];
        let mut shown = 0;
        let mut new = |places: &[usize]| {
            let known = places.iter().map(|place| place + 1).max().unwrap_or(0).max(shown).min(answer.citations.len());
            answer.citations[std::mem::replace(&mut shown, known)..known].to_vec()
        };
        for claim in &answer.claims {
            events.push(Ok(AnswerEvent::Claim { claim: claim.clone(), citations: new(&claim.citations) }));
        }
        for withheld in &answer.withheld {
            events.push(Ok(AnswerEvent::Withheld { withheld: withheld.clone(), citations: new(&withheld.citations) }));
        }
        events.push(Ok(AnswerEvent::Done(Box::new(answer))));
        Self(futures::stream::iter(events).boxed())
    }

    /// Waits for all of it.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn answer(mut self) -> Result<Answer> {
        while let Some(event) = self.next().await {
            if let AnswerEvent::Done(answer) = event? {
                return Ok(*answer);
            }
        }
        Err(Error::new(ErrorKind::Internal, "ask.ended", "the task that answers died")
            .with_hint("what it handed out is on record; ask again"))
    }
}

impl Stream for AnswerStream {
    type Item = Result<AnswerEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream").finish_non_exhaustive()
    }
}
