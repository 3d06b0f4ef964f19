use serde_json::{Map, Value, json};

use super::BedrockSettings;
use crate::{
    Result,
    http::Address,
    provider::{ChatFormat, ChatRequest, ChatRole, anthropic::PromptCaching, wire},
};

/// Where a model is asked.
pub(super) fn address(settings: &BedrockSettings) -> Result<Address> {
    settings.access().address(if settings.stream { "converse-stream" } else { "converse" })
}

/// The body of a request to Converse.
///
/// Where the model cites, each passage is a search result with citations, blank ones left out, so that the results are [`cited`]
/// and not the passages.
pub(super) fn body(request: &ChatRequest, settings: &BedrockSettings) -> Vec<u8> {
    let can = settings.can();
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    let schema = match &request.format {
        ChatFormat::Json { name, schema } if can.json_schema => Some((name, schema)),
        _ => None,
    };
    let system = match schema {
        Some(_) => request.system.clone(),
        None => wire::in_words(request.system.as_deref(), &request.format),
    };
    let system = system.filter(|text| !text.is_empty()).map(|text| {
        let kept = (settings.prompt_caching != PromptCaching::Off).then(cache_point);
        Value::Array([json!({"text": text})].into_iter().chain(kept).collect())
    });
    put("system", system);
    put("messages", Some(messages(request, settings)));
    let mut inference = Map::new();
    if let Some(tokens) = request.max_tokens.or(settings.max_tokens) {
        inference.insert("maxTokens".to_owned(), tokens.into());
    }
    if let Some(temperature) = request.temperature.filter(|_| can.temperature) {
        inference.insert("temperature".to_owned(), wire::number(temperature));
    }
    put("inferenceConfig", (!inference.is_empty()).then_some(Value::Object(inference)));
    let mut output = Map::new();
    if let Some((name, schema)) = schema {
        // The schema is a string here.
        let form = json!({"type": "json_schema", "structure": {"jsonSchema": {"name": name, "schema": schema.to_string()}}});
        output.insert("textFormat".to_owned(), form);
    }
    if let Some(effort) = &settings.effort {
        output.insert("effort".to_owned(), effort.as_str().into());
    }
    put("outputConfig", (!output.is_empty()).then_some(Value::Object(output)));
    let guardrail = settings.guardrail.as_ref();
    put(
        "guardrailConfig",
        guardrail.map(|rail| json!({"guardrailIdentifier": rail.identifier, "guardrailVersion": rail.version})),
    );
    put("requestMetadata", (!settings.request_metadata.is_empty()).then(|| json!(settings.request_metadata)));
    Value::Object(body).to_string().into_bytes()
}

/// Which passage each search result of the request is.
pub(super) fn cited(request: &ChatRequest, settings: &BedrockSettings) -> Vec<usize> {
    if !cites(request, settings) {
        return Vec::new();
    }
    let passages = request.passages.iter().enumerate().filter(|(_, passage)| !passage.text.trim().is_empty());
    passages.map(|(place, _)| place).collect()
}

fn cites(request: &ChatRequest, settings: &BedrockSettings) -> bool {
    settings.can().citations && request.format == ChatFormat::Text
}

fn messages(request: &ChatRequest, settings: &BedrockSettings) -> Value {
    let results = cited(request, settings).into_iter().filter_map(|place| {
        let passage = request.passages.get(place)?;
        let source = format!("passage-{}", place + 1);
        let title = if passage.title.is_empty() { source.as_str() } else { passage.title.as_str() };
        Some(json!({"searchResult": {
            "source": source,
            "title": title,
            "content": [{"text": passage.text}],
            "citations": {"enabled": true},
        }}))
    });
    let mut results: Vec<Value> = results.collect();
    if settings.prompt_caching == PromptCaching::Passages && !results.is_empty() {
        results.push(cache_point());
    }
    let messages = if cites(request, settings) { request.messages.clone() } else { request.rendered() };
    let last = messages.len().saturating_sub(1);
    let messages = messages.into_iter().enumerate().map(|(at, message)| {
        let role = match message.role {
            ChatRole::User => "user",
            ChatRole::Assistant => "assistant",
        };
        let mut content = if at == last { std::mem::take(&mut results) } else { Vec::new() };
        content.push(json!({"text": message.text}));
        json!({"role": role, "content": content})
    });
    messages.collect()
}

fn cache_point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}
