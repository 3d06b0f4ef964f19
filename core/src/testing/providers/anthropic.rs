//! Anthropic's Messages API.

use serde_json::{Value, json};

use super::{Received, Reply, Turn};

/// The model that answers.
pub const MODEL: &str = "claude-sonnet-5";
/// The key that is taken.
pub const KEY: &str = "sk-ant-1";

/// Answers as the interface does: a stream when one is asked for, errors for a wrong key, a wrong path and a missing version.
pub fn respond(turn: Turn) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |received| {
        let asked = received.json();
        if received.header("x-api-key") != Some(KEY) {
            error(401, "authentication_error", "invalid x-api-key")
        } else if received.path.split('?').next() != Some("/v1/messages") {
            error(404, "not_found_error", "Not found")
        } else if received.header("anthropic-version").is_none() || !asked["max_tokens"].is_u64() {
            error(400, "invalid_request_error", "max_tokens: Field required")
        } else if asked["model"] != MODEL {
            error(404, "not_found_error", "model: unknown")
        } else if asked["stream"] == true {
            stream(&turn)
        } else {
            whole(&turn)
        }
    }
}

/// An error, as the interface words it.
pub fn error(status: u16, kind: &str, message: &str) -> Reply {
    let error = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"});
    Reply::json(status, &error).header("request-id", "req_fake")
}

/// A spending limit is used up: a rate limit by its status, and no waiting helps.
pub fn spending_limit() -> Reply {
    let details = json!({"error_code": "enforced_spend_limit_reached"});
    let error = json!({"type": "rate_limit_error", "message": "Spending limit.", "details": details});
    Reply::json(429, &json!({"type": "error", "error": error, "request_id": "req_fake"}))
}

fn citation(turn: &Turn, at: usize) -> Value {
    let (document, words) = &turn.citations[at];
    json!({
        "type": "char_location", "cited_text": words, "document_index": document, "document_title": null,
        "start_char_index": 0, "end_char_index": words.chars().count(), "file_id": null,
    })
}

fn citations(turn: &Turn) -> Vec<Value> {
    (0..turn.citations.len()).map(|at| citation(turn, at)).collect()
}

fn usage(turn: &Turn, output_tokens: u64) -> Value {
    json!({
        "input_tokens": turn.input_tokens, "cache_creation_input_tokens": turn.cache_write_tokens,
        "cache_read_input_tokens": turn.cached_tokens, "output_tokens": output_tokens,
    })
}

fn reason(turn: &Turn) -> &'static str {
    if turn.is_cut { "max_tokens" } else { "end_turn" }
}

fn message(turn: &Turn, content: Value, stop: Option<&str>, output_tokens: u64) -> Value {
    json!({
        "id": "msg_fake", "type": "message", "role": "assistant", "model": MODEL, "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": usage(turn, output_tokens),
    })
}

/// An answer in one piece.
pub fn whole(turn: &Turn) -> Reply {
    let text = json!([{"type": "text", "text": turn.text(), "citations": citations(turn)}]);
    Reply::json(200, &message(turn, text, Some(reason(turn)), turn.output_tokens))
}

/// A stream, an event a piece.
pub fn stream(turn: &Turn) -> Reply {
    let delta = |delta: Value| event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}));
    let mut events = vec![
        event(&json!({"type": "message_start", "message": message(turn, json!([]), None, 1)})),
        event(
            &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": []}}),
        ),
        event(&json!({"type": "ping"})),
    ];
    events.extend(turn.pieces.iter().map(|piece| delta(json!({"type": "text_delta", "text": piece}))));
    events.extend(citations(turn).into_iter().map(|citation| delta(json!({"type": "citations_delta", "citation": citation}))));
    events.push(event(&json!({"type": "content_block_stop", "index": 0})));
    let delta = json!({"stop_reason": reason(turn), "stop_sequence": null});
    events.push(event(&json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": turn.output_tokens}})));
    events.push(event(&json!({"type": "message_stop"})));
    Reply::stream("text/event-stream; charset=utf-8", events)
}

/// One event of a stream.
pub fn event(data: &Value) -> Vec<u8> {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default()).into_bytes()
}
