//! AWS Bedrock: Converse, ConverseStream, and InvokeModel of embedding models. Signatures are not checked here: a test does, with AWS's own signer.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

use super::{
    Received, Reply, Turn,
    vectors::{numbers, texts},
};

/// The model that answers, as it is called and as it stands in a path.
pub const MODEL: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const IN_PATH: &str = "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/";

/// Answers as the service does: a stream or one piece by the path, and errors for who shows no key and for another model.
pub fn respond(turn: Turn) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |received| {
        let authorization = received.header("authorization").unwrap_or_default();
        if !authorization.starts_with("AWS4-HMAC-SHA256 ") && !authorization.starts_with("Bearer ") {
            return error(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        let invoked = received.path.strip_prefix("/model/").and_then(|path| path.strip_suffix("/invoke"));
        if let Some(reply) = invoked.and_then(|model| vectors(model, &received.json())) {
            return reply;
        }
        match received.path.strip_prefix(IN_PATH) {
            Some("converse-stream") => stream(&turn),
            Some("converse") => whole(&turn),
            // A path that the service does not know is no failure by its status.
            _ if received.path.matches('/').count() > 3 => unknown_operation(),
            _ => error(400, "ValidationException", "The provided model identifier is invalid."),
        }
    }
}

/// Amazon's embedding model.
pub const TITAN: &str = "amazon.titan-embed-text-v2:0";
/// Cohere's embedding model, the third.
pub const COHERE_V3: &str = "cohere.embed-multilingual-v3";
/// Cohere's embedding model, the fourth, in Europe.
pub const COHERE_V4: &str = "eu.cohere.embed-v4:0";

/// What the embedding models answer, by the model as it stands in a path.
fn vectors(model: &str, asked: &Value) -> Option<Reply> {
    let refused = |message: String| Some(error(400, "ValidationException", &message));
    let too_long = |place: &str, most: usize, found: usize| {
        refused(format!(
            "Malformed input request: #/{place}: expected maxLength: {most}, actual: {found}, please reformat your input and try again."
        ))
    };
    if model == TITAN.replace(':', "%3A") {
        let Some(text) = asked["inputText"].as_str() else { return refused("Malformed input request".to_owned()) };
        if text.chars().count() > 50_000 {
            return too_long("inputText", 50_000, text.chars().count());
        }
        let dimensions = asked["dimensions"].as_u64().unwrap_or(1024) as usize;
        let vector = numbers(text, dimensions);
        let body = json!({"embedding": vector, "embeddingsByType": {"float": vector}, "inputTextTokenCount": text.len()});
        return Some(Reply::json(200, &body).header("x-amzn-requestid", "amzn-fake"));
    }
    let third = model == COHERE_V3;
    if !third && model != COHERE_V4.replace(':', "%3A") {
        return None;
    }
    let (Some(texts), Some(_)) = (texts(&asked["texts"]).filter(|texts| texts.len() <= 96), asked["input_type"].as_str()) else {
        return refused("Malformed input request".to_owned());
    };
    if let Some((place, text)) = texts.iter().enumerate().find(|(_, text)| third && text.chars().count() > 2048) {
        return too_long(&format!("texts/{place}"), 2048, text.chars().count());
    }
    let dimensions = asked["output_dimension"].as_u64().unwrap_or(if third { 1024 } else { 1536 }) as usize;
    // A question has another vector than a passage.
    let vectors: Vec<Value> = texts.iter().map(|text| numbers(&format!("{text} {}", asked["input_type"]), dimensions)).collect();
    let (embeddings, kind) = match &asked["embedding_types"] {
        Value::Null => (json!(vectors), "embeddings_floats"),
        _ => (json!({"float": vectors}), "embeddings_by_type"),
    };
    let body = json!({"id": "fake", "texts": texts, "embeddings": embeddings, "response_type": kind});
    Some(Reply::json(200, &body).header("x-amzn-requestid", "amzn-fake"))
}

/// An error, as the service words it.
pub fn error(status: u16, exception: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
        .header("x-amzn-errortype", &format!("{exception}:http://internal.amazon.com/coral/com.amazon.bedrock/"))
        .header("x-amzn-requestid", "amzn-fake")
}

/// What an unknown path gets, with status 200.
pub fn unknown_operation() -> Reply {
    Reply::json(200, &json!({"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}))
}

fn usage(turn: &Turn) -> Value {
    json!({
        "inputTokens": turn.input_tokens, "outputTokens": turn.output_tokens, "totalTokens": turn.input_tokens + turn.output_tokens,
        "cacheReadInputTokens": turn.cached_tokens, "cacheWriteInputTokens": turn.cache_write_tokens,
    })
}

fn reason(turn: &Turn) -> &'static str {
    if turn.is_cut { "max_tokens" } else { "end_turn" }
}

fn citations(turn: &Turn) -> Vec<Value> {
    let location = |index: &usize| json!({"searchResultLocation": {"searchResultIndex": index, "start": 0, "end": 1}});
    let cited = turn.citations.iter();
    cited.map(|(index, words)| json!({"title": "t", "source": "s", "sourceContent": [{"text": words}], "location": location(index)})).collect()
}

/// An answer in one piece.
pub fn whole(turn: &Turn) -> Reply {
    let text = json!([{"text": turn.text()}]);
    let content = if turn.citations.is_empty() {
        text
    } else {
        json!([{"citationsContent": {"content": text, "citations": citations(turn)}}])
    };
    let body = json!({
        "output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason(turn), "usage": usage(turn),
        "metrics": {"latencyMs": 1},
    });
    Reply::json(200, &body).header("x-amzn-requestid", "amzn-fake")
}

/// A stream, a message a piece.
pub fn stream(turn: &Turn) -> Reply {
    let delta = |delta: Value| event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": delta}));
    let mut events = vec![event("messageStart", &json!({"role": "assistant"}))];
    events.extend(turn.pieces.iter().map(|piece| delta(json!({"text": piece}))));
    events.extend(citations(turn).into_iter().map(|citation| delta(json!({"citation": citation}))));
    events.push(event("contentBlockStop", &json!({"contentBlockIndex": 0})));
    events.push(event("messageStop", &json!({"stopReason": reason(turn)})));
    events.push(event("metadata", &json!({"usage": usage(turn), "metrics": {"latencyMs": 1}})));
    Reply::stream("application/vnd.amazon.eventstream", events).header("x-amzn-requestid", "amzn-fake")
}

/// An event of a stream.
pub fn event(name: &str, payload: &Value) -> Vec<u8> {
    framed("event", ":event-type", name, payload)
}

/// An exception within a stream.
pub fn exception(name: &str, message: &str) -> Vec<u8> {
    framed("exception", ":exception-type", name, &json!({"message": message}))
}

fn framed(kind: &str, name_header: &'static str, name: &str, payload: &Value) -> Vec<u8> {
    let header = |name: &'static str, value: &str| Header::new(name, HeaderValue::String(value.to_owned().into()));
    let message = Message::new(payload.to_string().into_bytes())
        .add_header(header(name_header, name))
        .add_header(header(":content-type", "application/json"))
        .add_header(header(":message-type", kind));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("names and texts that fit into a message");
    bytes
}
