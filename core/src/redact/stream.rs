use std::collections::VecDeque;

use futures::{StreamExt, stream};

use super::{Escape, Pseudonyms, Restorer};
use crate::{
    Result,
    provider::{ChatEvent, ChatStream},
};

/// Puts values back into an answer as it comes. Text keeps its pace but for what may be the beginning of a placeholder; quotes of citations
/// come whole, behind the text that they belong to.
pub fn restore_stream(stream: ChatStream, pseudonyms: &Pseudonyms, escape: Escape) -> ChatStream {
    let state = State {
        stream,
        restorer: pseudonyms.restorer(escape),
        pseudonyms: pseudonyms.clone(),
        ready: VecDeque::new(),
        citations: Vec::new(),
        ended: false,
    };
    ChatStream::new(stream::unfold(state, |mut state| async move {
        loop {
            if let Some(event) = state.ready.pop_front() {
                return Some((event, state));
            }
            if state.ended {
                return None;
            }
            let event = state.stream.next().await;
            state.take(event);
        }
    }))
}

struct State {
    stream: ChatStream,
    restorer: Restorer,
    pseudonyms: Pseudonyms,
    ready: VecDeque<Result<ChatEvent>>,
    /// They came while the end of the text before them was held back.
    citations: Vec<ChatEvent>,
    ended: bool,
}

impl State {
    fn take(&mut self, event: Option<Result<ChatEvent>>) {
        match event {
            Some(Ok(ChatEvent::Text(text))) => self.text(&text),
            Some(Ok(ChatEvent::Citation { passage, quote })) => {
                let citation = ChatEvent::Citation { passage, quote: self.pseudonyms.restore(&quote).into_owned() };
                if self.restorer.is_settled() {
                    self.ready.push_back(Ok(citation));
                } else {
                    self.citations.push(citation);
                }
            }
            Some(Ok(event @ ChatEvent::Ended { .. })) => {
                self.settle();
                self.ready.push_back(Ok(event));
            }
            Some(Ok(event)) => self.ready.push_back(Ok(event)),
            Some(Err(error)) => {
                self.settle();
                self.ready.push_back(Err(error));
            }
            None => {
                self.settle();
                self.ended = true;
            }
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        // A citation goes where the text that it waits for is out.
        while !self.citations.is_empty()
            && let Some(next) = rest.chars().next()
        {
            let (one, behind) = rest.split_at(next.len_utf8());
            rest = behind;
            let out = self.restorer.push(one);
            if !out.is_empty() {
                self.ready.push_back(Ok(ChatEvent::Text(out)));
                self.ready.extend(self.citations.drain(..).map(Ok));
            }
        }
        let out = self.restorer.push(rest);
        if !out.is_empty() {
            self.ready.push_back(Ok(ChatEvent::Text(out)));
        }
    }

    fn settle(&mut self) {
        let out = self.restorer.finish();
        if !out.is_empty() {
            self.ready.push_back(Ok(ChatEvent::Text(out)));
        }
        self.ready.extend(self.citations.drain(..).map(Ok));
    }
}
