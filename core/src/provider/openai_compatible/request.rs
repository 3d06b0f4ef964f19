use serde_json::{Map, Value, json};

use super::StructuredOutput;
use crate::provider::{Capabilities, ChatFormat, ChatRequest, ChatRole, wire};

/// How servers differ in what they take.
pub(in crate::provider) struct Dialect<'a> {
    /// Left out where the address names it.
    pub(in crate::provider) model: Option<&'a str>,
    pub(in crate::provider) can: Capabilities,
    pub(in crate::provider) structured_output: StructuredOutput,
    pub(in crate::provider) reasoning: bool,
    pub(in crate::provider) effort: Option<&'a str>,
    pub(in crate::provider) max_tokens: Option<u32>,
    pub(in crate::provider) stream: bool,
    pub(in crate::provider) stream_usage: bool,
}

/// The body of a request for chat completions.
pub(in crate::provider) fn body(request: &ChatRequest, dialect: &Dialect<'_>) -> Vec<u8> {
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    put("model", dialect.model.map(Value::from));
    put("messages", Some(Value::Array(messages(request, dialect))));
    let limit = if dialect.reasoning { "max_completion_tokens" } else { "max_tokens" };
    put(limit, request.max_tokens.or(dialect.max_tokens).map(Value::from));
    put("temperature", request.temperature.filter(|_| dialect.can.temperature).map(wire::number));
    put("seed", request.seed.filter(|_| dialect.can.seed).map(Value::from));
    put("reasoning_effort", dialect.effort.map(Value::from));
    put("response_format", response_format(request, dialect));
    put("stream", Some(dialect.stream.into()));
    put("stream_options", (dialect.stream && dialect.stream_usage).then(|| json!({"include_usage": true})));
    Value::Object(body).to_string().into_bytes()
}

fn messages(request: &ChatRequest, dialect: &Dialect<'_>) -> Vec<Value> {
    let held = held_by(dialect) == StructuredOutput::JsonSchema;
    let system = if held { request.system.clone() } else { wire::in_words(request.system.as_deref(), &request.format) };
    let system = system.map(|text| json!({"role": "system", "content": text}));
    let said = request.rendered().into_iter().map(|message| {
        let role = match message.role {
            ChatRole::User => "user",
            ChatRole::Assistant => "assistant",
        };
        json!({"role": role, "content": message.text})
    });
    system.into_iter().chain(said).collect()
}

fn response_format(request: &ChatRequest, dialect: &Dialect<'_>) -> Option<Value> {
    let ChatFormat::Json { name, schema } = &request.format else { return None };
    match held_by(dialect) {
        StructuredOutput::JsonSchema => {
            Some(json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": schema}}))
        }
        StructuredOutput::JsonObject => Some(json!({"type": "json_object"})),
        StructuredOutput::None => None,
    }
}

/// A capability that is set or taken away comes first.
fn held_by(dialect: &Dialect<'_>) -> StructuredOutput {
    match dialect.structured_output {
        _ if dialect.can.json_schema => StructuredOutput::JsonSchema,
        StructuredOutput::JsonSchema => StructuredOutput::None,
        held => held,
    }
}
