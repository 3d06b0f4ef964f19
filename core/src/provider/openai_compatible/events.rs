use serde_json::Value;

use super::super::{
    ChatEvent, FilterFinding, FilterReport, FilterSubject, StopReason, Usage,
    wire::{Call, Decode, Said, count, identifier},
};
use super::thoughts::Thoughts;
use crate::{Result, http::SseParser};

/// More categories than this are none of a content filter.
const CATEGORIES: usize = 32;

/// Events of chat completions, streamed or whole.
///
/// A chunk without choices is usage, or what a filter says of the prompt; one without a delta is what an asynchronous filter
/// says of the answer. What a model thinks to itself (`reasoning`, `reasoning_content`, `<think>` at the beginning of the text) and
/// calls of tools are passed over. Only the first choice counts.
pub(in crate::provider) struct OpenAiEvents {
    parser: SseParser,
    call: Call,
    started: bool,
    has_ended: bool,
    stop: Option<StopReason>,
    refused: bool,
    usage: Usage,
    thoughts: Thoughts,
    /// What was reported, the gravest of each category.
    found: Vec<(FilterSubject, FilterFinding)>,
    /// Reports that came before the answer started.
    waiting: Vec<ChatEvent>,
}

impl OpenAiEvents {
    pub(in crate::provider) fn new(max_event_bytes: u64, call: Call) -> Self {
        Self {
            parser: SseParser::new(max_event_bytes),
            call,
            started: false,
            has_ended: false,
            stop: None,
            refused: false,
            usage: Usage::default(),
            thoughts: Thoughts::default(),
            found: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// A body that holds all of the answer.
    pub(in crate::provider) fn whole(mut self, body: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let value: Value = serde_json::from_slice(body).map_err(|_| self.call.malformed("json"))?;
        self.chunk(&value, events)?;
        self.end(events).map_err(|_| self.call.malformed("no_answer"))
    }

    fn chunk(&mut self, value: &Value, events: &mut Vec<ChatEvent>) -> Result<()> {
        let is_error = value.get("error").is_some_and(|error| !error.is_null()) || value.get("object") == Some(&"error".into());
        if is_error {
            return Err(self.call.failed(&Said::of(value)));
        }
        if !value.is_object() {
            return Err(self.call.malformed("chunk"));
        }
        let choices = value.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = identifier(value.get("id"));
        for prompt in value.get("prompt_filter_results").and_then(Value::as_array).into_iter().flatten() {
            self.filter(FilterSubject::Prompt, prompt.get("content_filter_results"), events);
        }
        if !self.started && (id.is_some() || !choices.is_empty()) {
            self.started = true;
            events.push(ChatEvent::Started { id, model: identifier(value.get("model")) });
            events.append(&mut self.waiting);
        }
        for choice in choices.iter().filter(|choice| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0) {
            self.choice(choice, events);
        }
        if let Some(usage) = value.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Usage {
                input_tokens: count(usage, "/prompt_tokens"),
                cached_tokens: count(usage, "/prompt_tokens_details/cached_tokens"),
                cache_write_tokens: count(usage, "/prompt_tokens_details/cache_write_tokens"),
                output_tokens: count(usage, "/completion_tokens"),
            };
        }
        Ok(())
    }

    fn choice(&mut self, choice: &Value, events: &mut Vec<ChatEvent>) {
        // `message` in a whole answer.
        let message = choice.get("delta").or_else(|| choice.get("message"));
        let said = |key: &str| message.and_then(|message| message.get(key)).and_then(Value::as_str).unwrap_or_default();
        let text = self.thoughts.push(said("content"));
        if !text.is_empty() {
            events.push(ChatEvent::Text(text));
        }
        self.refused |= !said("refusal").is_empty();
        self.filter(FilterSubject::Answer, choice.get("content_filter_results"), events);
        match choice.get("finish_reason").and_then(Value::as_str) {
            None | Some("") => {}
            Some("stop") => self.stop = Some(StopReason::End),
            Some("length") => self.stop = Some(StopReason::MaxTokens),
            Some("content_filter") => self.stop = Some(StopReason::ContentFilter),
            Some(other) => self.stop = Some(StopReason::Other(other.chars().take(64).collect())),
        }
    }

    /// Reports what is new or worse than before.
    fn filter(&mut self, subject: FilterSubject, results: Option<&Value>, events: &mut Vec<ChatEvent>) {
        let mut findings = Vec::new();
        for (category, result) in results.and_then(Value::as_object).into_iter().flatten().take(CATEGORIES) {
            let flag = |key: &str| result.get(key).and_then(Value::as_bool);
            let finding = FilterFinding {
                category: category.chars().take(64).collect(),
                severity: identifier(result.get("severity")),
                detected: flag("detected"),
                filtered: flag("filtered").unwrap_or(false),
            };
            let full = self.found.len() >= 2 * CATEGORIES;
            let before = self.found.iter_mut().find(|(its, found)| *its == subject && found.category == finding.category);
            match before {
                Some((_, known)) if gravity(known) >= gravity(&finding) => continue,
                Some((_, known)) => *known = finding.clone(),
                None if full => continue,
                None => self.found.push((subject, finding.clone())),
            }
            findings.push(finding);
        }
        if !findings.is_empty() {
            let report = ChatEvent::Filter(FilterReport { subject, findings });
            if self.started { events.push(report) } else { self.waiting.push(report) }
        }
    }
}

fn gravity(finding: &FilterFinding) -> (bool, bool, usize) {
    let order = ["safe", "low", "medium", "high"];
    let severity = finding.severity.as_deref().and_then(|severity| order.iter().position(|known| *known == severity));
    (finding.filtered, finding.detected.unwrap_or(false), severity.map_or(0, |place| place + 1))
}

impl Decode for OpenAiEvents {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<()> {
        let mut read = Vec::new();
        let pushed = self.parser.push(bytes, &mut read);
        for event in read {
            match event.data.trim() {
                "" => {}
                "[DONE]" => return self.end(events),
                data => {
                    let value: Value = serde_json::from_str(data).map_err(|_| self.call.malformed("json"))?;
                    if event.name.as_deref() == Some("error") {
                        return Err(self.call.failed(&Said::of(&value)));
                    }
                    self.chunk(&value, events)?;
                }
            }
        }
        pushed.map_err(|_| self.call.malformed("too_long"))
    }

    fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// An answer has ended when the server said why.
    fn end(&mut self, events: &mut Vec<ChatEvent>) -> Result<()> {
        let Some(stop) = self.stop.take() else { return Err(self.call.cut_off()) };
        self.has_ended = true;
        let text = self.thoughts.finish();
        if !text.is_empty() {
            events.push(ChatEvent::Text(text));
        }
        let stop = if self.refused { StopReason::Refusal } else { stop };
        events.push(ChatEvent::Ended { stop, usage: self.usage });
        Ok(())
    }
}
