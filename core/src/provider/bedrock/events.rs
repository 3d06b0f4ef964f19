use aws_smithy_types::event_stream::Message;
use serde_json::Value;

use super::frames::Frames;
use crate::{
    Result,
    provider::{
        ChatEvent, StopReason, Usage,
        wire::{Call, Decode, Said, count},
    },
    wire::aws,
};

/// Events of Converse, streamed or whole.
///
/// `metadata` comes after `messageStop` and is the only one with usage. What a block cites comes behind its text. Thoughts and calls
/// of tools are passed over, and so is any event that is not known.
pub(super) struct BedrockEvents {
    frames: Frames,
    call: Call,
    /// The id of the request, which is the only one that there is.
    id: Option<String>,
    /// Which passage each search result is.
    cited: Vec<usize>,
    started: bool,
    citations: Vec<ChatEvent>,
    usage: Usage,
    stop: Option<StopReason>,
    has_ended: bool,
}

impl BedrockEvents {
    pub(super) fn new(max_event_bytes: u64, call: Call, id: Option<String>, cited: Vec<usize>) -> Self {
        Self {
            frames: Frames::new(max_event_bytes),
            call,
            id,
            cited,
            started: false,
            citations: Vec::new(),
            usage: Usage::default(),
            stop: None,
            has_ended: false,
        }
    }

    /// An answer in one piece.
    pub(super) fn whole(mut self, body: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let answer: Value = serde_json::from_slice(body).map_err(|_| self.call.malformed("json"))?;
        if let Some(said) = aws::in_body(&answer) {
            return Err(self.call.failed(&said));
        }
        self.starts(events);
        for block in answer.pointer("/output/message/content").and_then(Value::as_array).into_iter().flatten() {
            push_text(block, events);
            let cited = block.get("citationsContent").unwrap_or(&Value::Null);
            for text in cited.get("content").and_then(Value::as_array).into_iter().flatten() {
                push_text(text, events);
            }
            for citation in cited.get("citations").and_then(Value::as_array).into_iter().flatten() {
                self.cite(citation);
            }
            events.append(&mut self.citations);
        }
        self.stops(&answer);
        self.takes(&answer);
        self.end(events).map_err(|_| self.call.malformed("no_answer"))
    }

    fn message(&mut self, message: &Message, events: &mut Vec<ChatEvent>) -> Result<()> {
        let header = |name: &str| {
            let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
            header.value().as_string().ok().map(|value| value.as_str())
        };
        let payload: Value = match message.payload().as_ref() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).map_err(|_| self.call.malformed("json"))?,
        };
        match header(":message-type") {
            Some("event") => {}
            Some("exception") => {
                let name = header(":exception-type").unwrap_or_default();
                return Err(aws::in_stream(&self.call, name, &payload));
            }
            Some("error") => {
                let (code, message) = (header(":error-code"), header(":error-message"));
                let said = Said { code: code.map(str::to_owned), message: message.map(str::to_owned), ..Said::default() };
                return Err(self.call.failed(&said));
            }
            _ => return Err(self.call.malformed("message_type")),
        }
        match header(":event-type") {
            Some("messageStart") => self.starts(events),
            Some("contentBlockDelta") => {
                self.starts(events);
                let delta = payload.get("delta").unwrap_or(&Value::Null);
                push_text(delta, events);
                if let Some(citation) = delta.get("citation") {
                    self.cite(citation);
                }
            }
            Some("contentBlockStop") => events.append(&mut self.citations),
            Some("messageStop") => self.stops(&payload),
            Some("metadata") => {
                self.takes(&payload);
                if self.stop.is_some() {
                    return self.end(events);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn starts(&mut self, events: &mut Vec<ChatEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            events.push(ChatEvent::Started { id: self.id.take(), model: None });
        }
    }

    /// One that points at no passage is none.
    fn cite(&mut self, citation: &Value) {
        let at = citation.pointer("/location/searchResultLocation/searchResultIndex").and_then(Value::as_u64);
        let passage = at.and_then(|at| usize::try_from(at).ok()).and_then(|at| self.cited.get(at).copied());
        let texts = citation.get("sourceContent").and_then(Value::as_array).into_iter().flatten();
        let quote: String = texts.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
        if let Some(passage) = passage.filter(|_| !quote.is_empty()) {
            self.citations.push(ChatEvent::Citation { passage, quote });
        }
    }

    /// Input is told without what came from the cache or went into it.
    fn takes(&mut self, payload: &Value) {
        let Some(usage) = payload.get("usage").filter(|usage| usage.is_object()) else { return };
        let cached = count(usage, "/cacheReadInputTokens");
        let kept = count(usage, "/cacheWriteInputTokens");
        self.usage = Usage {
            input_tokens: count(usage, "/inputTokens").saturating_add(cached).saturating_add(kept),
            cached_tokens: cached,
            cache_write_tokens: kept,
            output_tokens: count(usage, "/outputTokens"),
        };
    }

    fn stops(&mut self, payload: &Value) {
        self.stop = match payload.get("stopReason").and_then(Value::as_str) {
            None => return,
            Some("end_turn" | "stop_sequence") => Some(StopReason::End),
            Some("max_tokens" | "model_context_window_exceeded") => Some(StopReason::MaxTokens),
            Some("guardrail_intervened" | "content_filtered") => Some(StopReason::ContentFilter),
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

impl Decode for BedrockEvents {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let mut messages = Vec::new();
        let pushed = self.frames.push(bytes, &mut messages);
        for message in &messages {
            self.message(message, events)?;
            if self.has_ended {
                return Ok(());
            }
        }
        pushed.map_err(|_| self.call.malformed("event_stream"))
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
