use serde_json::{Map, Value, json};

use super::{AnthropicSettings, PromptCaching};
use crate::provider::{ChatFormat, ChatRequest, ChatRole, wire};

/// The body of a request for a message.
///
/// Where the model cites, each passage is a document with citations; a blank one is left out, as the provider refuses it, so that
/// the documents are [`cited`] and not the passages. Citations and a schema exclude each other.
pub(super) fn body(request: &ChatRequest, settings: &AnthropicSettings) -> Vec<u8> {
    let can = settings.can();
    let schema = match &request.format {
        ChatFormat::Json { schema, .. } if can.json_schema => Some(schema),
        _ => None,
    };
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    put("model", Some(settings.model.as_str().into()));
    put("max_tokens", Some(request.max_tokens.unwrap_or(settings.max_tokens).into()));
    let system = match schema {
        Some(_) => request.system.clone(),
        None => wire::in_words(request.system.as_deref(), &request.format),
    };
    let kept = settings.prompt_caching != PromptCaching::Off;
    put("system", system.map(|text| json!([cached(json!({"type": "text", "text": text}), kept)])));
    put("messages", Some(messages(request, settings)));
    put("temperature", request.temperature.filter(|_| can.temperature).map(wire::number));
    let mut output = Map::new();
    if let Some(schema) = schema {
        output.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    if let Some(effort) = &settings.effort {
        output.insert("effort".to_owned(), effort.as_str().into());
    }
    put("output_config", (!output.is_empty()).then_some(Value::Object(output)));
    put("stream", Some(settings.stream.into()));
    Value::Object(body).to_string().into_bytes()
}

/// Which passage each document of the request is.
pub(super) fn cited(request: &ChatRequest, settings: &AnthropicSettings) -> Vec<usize> {
    if !cites(request, settings) {
        return Vec::new();
    }
    let passages = request.passages.iter().enumerate().filter(|(_, passage)| !passage.text.trim().is_empty());
    passages.map(|(place, _)| place).collect()
}

fn cites(request: &ChatRequest, settings: &AnthropicSettings) -> bool {
    settings.can().citations && request.format == ChatFormat::Text
}

fn messages(request: &ChatRequest, settings: &AnthropicSettings) -> Value {
    let role = |role: ChatRole| match role {
        ChatRole::User => "user",
        ChatRole::Assistant => "assistant",
    };
    if !cites(request, settings) {
        return request
            .rendered()
            .into_iter()
            .map(|message| json!({"role": role(message.role), "content": message.text}))
            .collect();
    }
    let places = cited(request, settings);
    let documents = places.iter().enumerate().filter_map(|(at, place)| {
        let passage = request.passages.get(*place)?;
        let document = json!({
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": passage.text},
            "title": passage.title,
            "citations": {"enabled": true},
        });
        let kept = settings.prompt_caching == PromptCaching::Passages && at + 1 == places.len();
        Some(cached(document, kept))
    });
    let mut documents = Some(documents.collect::<Vec<_>>());
    let last = request.messages.len().saturating_sub(1);
    let messages = request.messages.iter().enumerate().map(|(at, message)| {
        let mut content = if at == last { documents.take().unwrap_or_default() } else { Vec::new() };
        content.push(json!({"type": "text", "text": message.text}));
        json!({"role": role(message.role), "content": content})
    });
    messages.collect()
}

/// The provider keeps all up to here.
fn cached(mut block: Value, kept: bool) -> Value {
    if kept && let Some(block) = block.as_object_mut() {
        block.insert("cache_control".to_owned(), json!({"type": "ephemeral"}));
    }
    block
}
