use serde_json::Value;

use crate::{
    Result,
    http::SseParser,
    provider::{
        ChatEvent, StopReason, Usage,
        wire::{Call, Decode, Said, count, identifier},
    },
};

/// Events of a message, streamed or whole.
///
/// What a block cites comes behind its text, wherever it stood in the stream. Thoughts and calls of tools are passed over, and so is
/// any event that is not known.
pub(super) struct AnthropicEvents {
    parser: SseParser,
    call: Call,
    /// Which passage each document is.
    cited: Vec<usize>,
    citations: Vec<ChatEvent>,
    usage: Usage,
    stop: Option<StopReason>,
    has_ended: bool,
}

impl AnthropicEvents {
    pub(super) fn new(max_event_bytes: u64, call: Call, cited: Vec<usize>) -> Self {
        Self {
            parser: SseParser::new(max_event_bytes),
            call,
            cited,
            citations: Vec::new(),
            usage: Usage::default(),
            stop: None,
            has_ended: false,
        }
    }

    /// A message in one piece.
    pub(super) fn whole(mut self, body: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let message: Value = serde_json::from_slice(body).map_err(|_| self.call.malformed("json"))?;
        if message.get("type") == Some(&"error".into()) {
            return Err(self.call.failed(&Said::of(&message)));
        }
        self.starts(&message, events);
        for block in message.get("content").and_then(Value::as_array).into_iter().flatten() {
            self.block(block, events);
            events.append(&mut self.citations);
        }
        self.stops(&message);
        self.end(events).map_err(|_| self.call.malformed("no_answer"))
    }

    fn event(&mut self, event: &Value, events: &mut Vec<ChatEvent>) -> Result<()> {
        let part = |key: &str| event.get(key).unwrap_or(&Value::Null);
        match event.get("type").and_then(Value::as_str) {
            Some("message_start") => self.starts(part("message"), events),
            Some("content_block_start") => self.block(part("content_block"), events),
            Some("content_block_delta") => {
                let delta = part("delta");
                match delta.get("type").and_then(Value::as_str) {
                    Some("text_delta") => push_text(delta, events),
                    Some("citations_delta") => self.cite(delta.get("citation")),
                    _ => {}
                }
            }
            Some("content_block_stop") => events.append(&mut self.citations),
            Some("message_delta") => {
                self.stops(part("delta"));
                self.takes(part("usage"));
            }
            Some("message_stop") => return self.end(events),
            Some("error") => return Err(self.call.failed(&Said::of(event))),
            _ => {}
        }
        Ok(())
    }

    fn starts(&mut self, message: &Value, events: &mut Vec<ChatEvent>) {
        self.takes(message.get("usage").unwrap_or(&Value::Null));
        events.push(ChatEvent::Started { id: identifier(message.get("id")), model: identifier(message.get("model")) });
    }

    fn block(&mut self, block: &Value, events: &mut Vec<ChatEvent>) {
        if block.get("type").and_then(Value::as_str) == Some("text") {
            push_text(block, events);
            for citation in block.get("citations").and_then(Value::as_array).into_iter().flatten() {
                self.cite(Some(citation));
            }
        }
    }

    /// One that points at no passage is none.
    fn cite(&mut self, citation: Option<&Value>) {
        let at = |key: &str| citation?.get(key)?.as_u64().and_then(|at| usize::try_from(at).ok());
        let passage = at("document_index").and_then(|at| self.cited.get(at).copied());
        let quote = citation.and_then(|citation| citation.get("cited_text")).and_then(Value::as_str);
        if let (Some(passage), Some(quote)) = (passage, quote) {
            self.citations.push(ChatEvent::Citation { passage, quote: quote.to_owned() });
        }
    }

    /// Numbers are totals so far; the last ones count, and one that is left out stays. Input is told without what came from the
    /// cache or went into it.
    fn takes(&mut self, usage: &Value) {
        if usage.get("input_tokens").is_some_and(Value::is_u64) {
            let cached = count(usage, "/cache_read_input_tokens");
            let kept = count(usage, "/cache_creation_input_tokens");
            self.usage.input_tokens = count(usage, "/input_tokens").saturating_add(cached).saturating_add(kept);
            (self.usage.cached_tokens, self.usage.cache_write_tokens) = (cached, kept);
        }
        if usage.get("output_tokens").is_some_and(Value::is_u64) {
            self.usage.output_tokens = count(usage, "/output_tokens");
        }
    }

    fn stops(&mut self, said: &Value) {
        self.stop = match said.get("stop_reason").and_then(Value::as_str) {
            None => return,
            Some("end_turn" | "stop_sequence") => Some(StopReason::End),
            Some("max_tokens" | "model_context_window_exceeded") => Some(StopReason::MaxTokens),
            Some("refusal") => Some(StopReason::Refusal),
            Some(other) => Some(StopReason::Other(other.chars().take(64).collect())),
        };
    }
}

fn push_text(part: &Value, events: &mut Vec<ChatEvent>) {
    if let Some(text) = part.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        events.push(ChatEvent::Text(text.to_owned()));
    }
}

impl Decode for AnthropicEvents {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let mut read = Vec::new();
        let pushed = self.parser.push(bytes, &mut read);
        for event in read {
            let data: Value = serde_json::from_str(&event.data).map_err(|_| self.call.malformed("json"))?;
            self.event(&data, events)?;
            if self.has_ended {
                return Ok(());
            }
        }
        pushed.map_err(|_| self.call.malformed("too_long"))
    }

    fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn end(&mut self, events: &mut Vec<ChatEvent>) -> Result<()> {
        let Some(stop) = self.stop.take() else { return Err(self.call.cut_off()) };
        self.has_ended = true;
        events.append(&mut self.citations);
        events.push(ChatEvent::Ended { stop, usage: self.usage });
        Ok(())
    }
}
