use std::{collections::VecDeque, time::Duration};

use super::Call;
use crate::{
    Error, Result,
    http::Response,
    provider::{ChatEvent, ChatStream},
};

/// How long the end of a body is waited for after the end of the answer, so that the connection can be used again.
const GRACE: Duration = Duration::from_millis(50);

/// Makes events of the bytes of an answer, however they are cut.
pub(in crate::provider) trait Decode: Send + 'static {
    /// Reads more bytes. What was read before an error counts.
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<()>;

    /// Whether the answer has ended, so that nothing more is read.
    fn has_ended(&self) -> bool;

    /// Nothing more comes.
    ///
    /// # Errors
    /// [`Failure::CutOff`](crate::provider::Failure::CutOff) when the answer is not whole.
    fn end(&mut self, events: &mut Vec<ChatEvent>) -> Result<()>;
}

/// The events of an answer that is streamed.
pub(in crate::provider) fn stream(response: Response, decode: impl Decode, call: Call) -> ChatStream {
    let state = State { response: Some(response), decode, call, ready: VecDeque::new(), error: None };
    ChatStream::new(futures::stream::unfold(state, State::next))
}

struct State<D> {
    /// Gone once nothing more is read.
    response: Option<Response>,
    decode: D,
    call: Call,
    ready: VecDeque<ChatEvent>,
    /// Comes after all that is ready, and is the end.
    error: Option<Error>,
}

impl<D: Decode> State<D> {
    async fn next(mut self) -> Option<(Result<ChatEvent>, Self)> {
        loop {
            if self.response.is_some() && self.decode.has_ended() && self.ready.len() <= 1 {
                let mut response = self.response.take()?;
                if !response.is_last() {
                    let _ = tokio::time::timeout(GRACE, response.chunk()).await;
                }
            }
            if let Some(event) = self.ready.pop_front() {
                return Some((Ok(event), self));
            }
            if let Some(error) = self.error.take() {
                self.response = None;
                return Some((Err(error), self));
            }
            let read = self.response.as_mut()?.chunk().await;
            let mut events = Vec::new();
            match read {
                Ok(Some(bytes)) => self.error = self.decode.push(&bytes, &mut events).err(),
                Ok(None) => {
                    self.response = None;
                    self.error = self.decode.end(&mut events).err();
                }
                // An answer that was whole already is none that broke off.
                Err(error) => {
                    self.response = None;
                    self.error = self.decode.end(&mut events).err().map(|_| self.call.transport(error));
                }
            }
            self.ready.extend(events);
        }
    }
}

/// The events of an answer that comes in one piece.
pub(in crate::provider) async fn whole(
    mut response: Response,
    call: &Call,
    read: impl FnOnce(&[u8], &mut Vec<ChatEvent>) -> Result<()>,
) -> Result<ChatStream> {
    let body = response.whole().await.map_err(|error| call.transport(error))?;
    let mut events = Vec::new();
    read(&body, &mut events)?;
    Ok(ChatStream::new(futures::stream::iter(events.into_iter().map(Ok))))
}
