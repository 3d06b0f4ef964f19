use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};

use crate::{
    Error, ErrorKind, Result,
    provider::{ChatEvent, ChatModel, ChatRequest, ChatStream, StopReason, Usage},
};

/// A chat model that says what it is told to, and remembers what it was asked.
#[derive(Clone, Default)]
pub struct FakeChat {
    state: Arc<Mutex<State>>,
    latency: Duration,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Vec<Result<String, &'static str>>>,
    requests: Vec<ChatRequest>,
}

impl FakeChat {
    /// Takes so long before the first word.
    #[must_use]
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Answers the next request with these pieces of text.
    #[must_use]
    pub fn saying(self, pieces: &[&str]) -> Self {
        self.state().replies.push_back(pieces.iter().map(|piece| Ok((*piece).to_owned())).collect());
        self
    }

    /// Answers the next request with these pieces and then an error with this code.
    #[must_use]
    pub fn failing_after(self, pieces: &[&str], code: &'static str) -> Self {
        let pieces = pieces.iter().map(|piece| Ok((*piece).to_owned())).chain([Err(code)]);
        self.state().replies.push_back(pieces.collect());
        self
    }

    /// What it was asked, in order.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.state().requests.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ChatModel for FakeChat {
    fn name(&self) -> &str {
        "fake"
    }

    fn provider(&self) -> &str {
        "fake"
    }

    fn is_external(&self) -> bool {
        false
    }

    fn context_tokens(&self) -> Option<u32> {
        Some(8192)
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let pieces = {
            let mut state = self.state();
            state.requests.push(request);
            state.replies.pop_front().unwrap_or_default()
        };
        tokio::time::sleep(self.latency).await;
        let words = pieces.iter().flatten().map(|piece| piece.split_whitespace().count() as u64).sum();
        let fails = pieces.last().is_some_and(std::result::Result::is_err);
        let started = ChatEvent::Started { id: Some("fake-1".to_owned()), model: Some("fake".to_owned()) };
        let pieces = pieces.into_iter().map(|piece| {
            piece.map(ChatEvent::Text).map_err(|code| Error::new(ErrorKind::Environment, code, "the chat model was told to fail"))
        });
        let usage = Usage { input_tokens: 1, cached_tokens: 0, output_tokens: words };
        let ended = (!fails).then_some(Ok(ChatEvent::Ended { stop: StopReason::End, usage }));
        Ok(ChatStream::new(stream::iter([Ok(started)]).chain(stream::iter(pieces.chain(ended).collect::<Vec<_>>()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_collected_and_one_that_breaks_off_is_an_error() {
        let chat = FakeChat::default().saying(&["Vier ", "Wörter sind es."]).failing_after(&["Nur "], "chat.lost").saying(&[]);
        let ask = || chat.chat(ChatRequest { system: Some("kurz".to_owned()), ..ChatRequest::default() });
        let response = ask().await.unwrap().collect().await.unwrap();
        assert_eq!(
            (response.text.as_str(), &response.stop, response.usage.output_tokens),
            ("Vier Wörter sind es.", &StopReason::End, 4)
        );
        assert_eq!(ask().await.unwrap().collect().await.unwrap_err().code(), "chat.lost");
        assert_eq!(chat.requests().len(), 2);
        let cut = ChatStream::new(stream::iter([Ok(ChatEvent::Text("Halb".to_owned()))]));
        assert_eq!(cut.collect().await.unwrap_err().code(), "chat.cut_off");
    }
}
