//! Chat completions and the list of models, as OpenAI and those who speak like it have them.

use serde_json::{Value, json};

use super::{
    Received, Reply, Turn,
    vectors::{bytes, numbers, texts},
};

/// The model that answers.
pub const MODEL: &str = "gpt-5.2-2025-12-11";

/// The embedding model, whose vectors have 256 dimensions unless others are asked for.
pub const EMBEDDING_MODEL: &str = "text-embedding-3-small";

/// Answers as the interface does: a stream when one is asked for, errors for an unknown path and for a missing key.
pub fn respond(turn: Turn) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |received| match (received.header("authorization"), received.path.rsplit('/').next()) {
        (None, _) => error(401, "invalid_request_error", Some("invalid_api_key"), "You didn't provide an API key."),
        (_, Some("models")) => Reply::json(
            200,
            &json!({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "openai"}]}),
        ),
        (_, Some("completions")) => answer(&turn, received),
        (_, Some("embeddings")) if received.json()["model"] == EMBEDDING_MODEL => embeddings(received),
        (_, Some("embeddings")) => error(404, "invalid_request_error", Some("model_not_found"), "The model does not exist."),
        _ => error(404, "invalid_request_error", None, "Invalid URL"),
    }
}

/// An answer in the form that the request asks for.
pub fn answer(turn: &Turn, received: &Received) -> Reply {
    let asked = received.json();
    if asked["stream"] == true { stream(turn, asked["stream_options"]["include_usage"] == true) } else { whole(turn) }
}

/// Vectors in the form that the request asks for; errors for no texts, for an empty one, and for one longer than 8,192 bytes, which
/// stand for tokens.
pub fn embeddings(received: &Received) -> Reply {
    let asked = received.json();
    let refused = |message: &str| error(400, "invalid_request_error", None, message);
    let Some(texts) = texts(&asked["input"]).filter(|texts| (1..=2048).contains(&texts.len())) else {
        return refused("'$.input' is invalid.");
    };
    if texts.contains(&"") {
        return refused("'$.input' is invalid.");
    }
    if texts.iter().any(|text| text.len() > 8192) {
        return refused("This model's maximum context length is 8192 tokens, however you requested more.");
    }
    let dimensions = asked["dimensions"].as_u64().map_or(256, |dimensions| dimensions as usize);
    let form = if asked["encoding_format"] == "base64" { bytes } else { numbers };
    let tokens: usize = texts.iter().map(|text| text.len()).sum();
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": form(text, dimensions)}))
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    Reply::json(200, &json!({"object": "list", "data": data, "model": EMBEDDING_MODEL, "usage": usage}))
}

/// An error, as the interface words it.
pub fn error(status: u16, kind: &str, code: Option<&str>, message: &str) -> Reply {
    let error = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    Reply::json(status, &error).header("x-request-id", "req_fake")
}

fn usage(turn: &Turn) -> Value {
    let input = turn.input_tokens + turn.cached_tokens + turn.cache_write_tokens;
    json!({
        "prompt_tokens": input, "completion_tokens": turn.output_tokens, "total_tokens": input + turn.output_tokens,
        "prompt_tokens_details": {"cached_tokens": turn.cached_tokens, "cache_write_tokens": turn.cache_write_tokens},
    })
}

fn finish(turn: &Turn) -> &'static str {
    if turn.is_cut { "length" } else { "stop" }
}

/// An answer in one piece.
pub fn whole(turn: &Turn) -> Reply {
    let message = json!({"role": "assistant", "content": turn.text(), "refusal": null});
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": finish(turn)});
    let body = json!({"id": "chatcmpl-fake", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": usage(turn)});
    Reply::json(200, &body)
}

/// A stream, an event a piece.
pub fn stream(turn: &Turn, with_usage: bool) -> Reply {
    let chunk = |choices: Value, usage: Value| {
        let mut chunk =
            json!({"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices});
        if with_usage {
            chunk["usage"] = usage;
        }
        event(&chunk)
    };
    let choice =
        |delta: Value, finish: Option<&str>| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let mut events = vec![chunk(choice(json!({"role": "assistant", "content": "", "refusal": null}), None), Value::Null)];
    events.extend(turn.pieces.iter().map(|piece| chunk(choice(json!({"content": piece}), None), Value::Null)));
    events.push(chunk(choice(json!({}), Some(finish(turn))), Value::Null));
    if with_usage {
        events.push(chunk(json!([]), usage(turn)));
    }
    events.push(b"data: [DONE]\n\n".to_vec());
    Reply::stream("text/event-stream; charset=utf-8", events)
}

/// One event of a stream.
pub fn event(data: &Value) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}
