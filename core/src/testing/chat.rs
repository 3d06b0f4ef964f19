use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};

use crate::{
    Result,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Failure, StopReason, Usage},
};

/// A chat model that says what it is told to, and remembers what it was asked.
#[derive(Clone)]
pub struct FakeChat {
    state: Arc<Mutex<State>>,
    latency: Duration,
    capabilities: Capabilities,
    external: bool,
}

impl Default for FakeChat {
    fn default() -> Self {
        let capabilities = Capabilities {
            context_tokens: Some(8192),
            json_schema: true,
            temperature: true,
            seed: true,
            ..Capabilities::default()
        };
        Self { state: Arc::default(), latency: Duration::ZERO, capabilities, external: false }
    }
}

#[derive(Default)]
struct State {
    replies: VecDeque<Vec<Result<ChatEvent, Failure>>>,
    requests: Vec<ChatRequest>,
}

impl FakeChat {
    /// Takes so long before the first word.
    #[must_use]
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Can do this and nothing else.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Lies outside of the operator's machines.
    #[must_use]
    pub fn external(mut self) -> Self {
        self.external = true;
        self
    }

    /// Answers the next request with these pieces of text.
    #[must_use]
    pub fn saying(self, pieces: &[&str]) -> Self {
        self.sending(pieces.iter().map(|piece| ChatEvent::Text((*piece).to_owned())).collect())
    }

    /// Answers the next request with these events, between start and end.
    #[must_use]
    pub fn sending(self, events: Vec<ChatEvent>) -> Self {
        self.state().replies.push_back(events.into_iter().map(Ok).collect());
        self
    }

    /// Answers the next request with these pieces and then fails.
    #[must_use]
    pub fn failing_after(self, pieces: &[&str], failure: Failure) -> Self {
        let pieces = pieces.iter().map(|piece| Ok(ChatEvent::Text((*piece).to_owned()))).chain([Err(failure)]);
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
        self.external
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let pieces = {
            let mut state = self.state();
            state.requests.push(request);
            state.replies.pop_front().unwrap_or_default()
        };
        tokio::time::sleep(self.latency).await;
        let words = pieces.iter().flatten().map(|event| match event {
            ChatEvent::Text(text) => text.split_whitespace().count() as u64,
            _ => 0,
        });
        let words = words.sum();
        let fails = pieces.last().is_some_and(std::result::Result::is_err);
        let started = ChatEvent::Started { id: Some("fake-1".to_owned()), model: Some("fake".to_owned()) };
        let pieces = pieces.into_iter().map(|piece| piece.map_err(|failure| failure.error()));
        let usage = Usage { input_tokens: 1, output_tokens: words, ..Usage::default() };
        let ended = (!fails).then_some(Ok(ChatEvent::Ended { stop: StopReason::End, usage }));
        Ok(ChatStream::new(stream::iter([Ok(started)]).chain(stream::iter(pieces.chain(ended).collect::<Vec<_>>()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_collected_and_one_that_breaks_off_is_an_error() {
        let chat =
            FakeChat::default().saying(&["Vier ", "Wörter sind es."]).failing_after(&["Nur "], Failure::Overloaded).saying(&[]);
        let ask = || chat.chat(ChatRequest { system: Some("kurz".to_owned()), ..ChatRequest::default() });
        let response = ask().await.unwrap().collect().await.unwrap();
        assert_eq!(
            (response.text.as_str(), &response.stop, response.usage.output_tokens),
            ("Vier Wörter sind es.", &StopReason::End, 4)
        );
        assert_eq!(ask().await.unwrap().collect().await.unwrap_err().code(), "provider.overloaded");
        assert_eq!(chat.requests().len(), 2);
        let cut = ChatStream::new(stream::iter([Ok(ChatEvent::Text("Halb".to_owned()))]));
        assert_eq!(cut.collect().await.unwrap_err().code(), "provider.cut_off");
    }
}
