use serde_json::{Value, json};

use super::{
    errors::classify,
    events::AnthropicEvents,
    request::{body, cited},
    *,
};
use crate::{
    Error,
    provider::{
        ChatEvent, ChatFormat, ChatMessage, ChatPassage, ChatRequest, ChatRole, Failure, StopReason, Usage,
        wire::{
            Said,
            testing::{call, cut_at_every_byte, text},
        },
    },
};

/// The events of a stream, wherever it is cut, to a request whose second passage was blank.
fn read(stream: &str) -> (Vec<ChatEvent>, Option<Error>) {
    cut_at_every_byte(|| AnthropicEvents::new(1 << 20, call("Wie hoch?", classify), vec![0, 2]), stream.as_bytes())
}

fn ending(events: &[ChatEvent]) -> (StopReason, Usage) {
    match events.last() {
        Some(ChatEvent::Ended { stop, usage }) => (stop.clone(), *usage),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pings_mean_nothing_and_input_counts_what_came_from_the_cache_and_what_went_into_it() {
    let (events, error) = read(include_str!("streams/ping.sse"));
    assert!(error.is_none());
    let model = Some("claude-sonnet-5".to_owned());
    assert_eq!(events.first(), Some(&ChatEvent::Started { id: Some("msg_1".to_owned()), model }));
    assert_eq!(text(&events), "Die Rückstellung 📄");
    assert_eq!(
        ending(&events),
        (StopReason::End, Usage { input_tokens: 1225, cached_tokens: 1000, cache_write_tokens: 200, output_tokens: 15 })
    );
}

#[test]
fn thoughts_are_no_answer_and_the_last_numbers_count() {
    let (events, _) = read(include_str!("streams/thoughts_first.sse"));
    assert_eq!(text(&events), "2025");
    assert_eq!(ending(&events).1, Usage { input_tokens: 35, cached_tokens: 5, cache_write_tokens: 0, output_tokens: 40 });
}

#[test]
fn citations_come_behind_the_text_that_they_are_for_and_name_the_passage_that_was_meant() {
    let (events, error) = read(include_str!("streams/citations.sse"));
    assert!(error.is_none());
    let shown: Vec<String> = events[1..events.len() - 1]
        .iter()
        .map(|event| match event {
            ChatEvent::Text(text) => text.clone(),
            ChatEvent::Citation { passage, quote } => format!("[{passage}: {quote}]"),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = ["Laut Bericht ", "sind es ", "1.234 TEUR", "[0: 💶 1.234 TEUR.]", "[2: Summe: 1.234 ]", ".", " Ende"];
    assert_eq!(shown, expected, "the second document is the third passage, and the tenth is none");
}

#[test]
fn an_overload_after_status_200_is_an_error_and_what_came_before_it_counts() {
    let (events, error) = read(include_str!("streams/overloaded_after_200.sse"));
    assert_eq!((text(&events).as_str(), Failure::of(&error.unwrap())), ("Die ", Some(Failure::Overloaded)));
}

#[test]
fn calls_of_tools_and_events_that_are_not_known_are_passed_over() {
    let (events, _) = read(include_str!("streams/tool_call_id_once.sse"));
    assert_eq!((text(&events).as_str(), ending(&events).0), ("Gut.", StopReason::Other("tool_use".to_owned())));
    let (events, _) = read(include_str!("streams/unknown_events.sse"));
    assert_eq!((text(&events).as_str(), ending(&events).0), ("Vorab", StopReason::MaxTokens));
}

#[test]
fn an_answer_that_ends_without_saying_why_broke_off_and_a_refusal_did_not() {
    assert_eq!(Failure::of(&read(include_str!("streams/cut.sse")).1.unwrap()), Some(Failure::CutOff));
    assert_eq!(ending(&read(include_str!("streams/refusal.sse")).0).0, StopReason::Refusal);
}

#[test]
fn a_message_in_one_piece_gives_the_same_events() {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "max_tokens",
        "content": [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "text", "text": "Es sind 5.", "citations": [{"type": "char_location", "cited_text": "5", "document_index": 1, "start_char_index": 0, "end_char_index": 1}]},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    });
    let mut events = Vec::new();
    AnthropicEvents::new(1, call("Wie?", classify), vec![4, 7]).whole(message.to_string().as_bytes(), &mut events).unwrap();
    assert_eq!(
        events[1..3],
        [ChatEvent::Text("Es sind 5.".to_owned()), ChatEvent::Citation { passage: 7, quote: "5".to_owned() }]
    );
    assert_eq!(ending(&events).0, StopReason::MaxTokens);
    let error = json!({"type": "error", "error": {"type": "api_error", "message": "x"}}).to_string();
    let error = AnthropicEvents::new(1, call("Wie?", classify), Vec::new()).whole(error.as_bytes(), &mut events).unwrap_err();
    assert_eq!(Failure::of(&error), Some(Failure::ServerError));
}

#[test]
fn a_spending_limit_is_told_from_a_rate_limit_and_is_never_worth_another_try() {
    let said = |status: u16, error: Value| Said { status: Some(status), ..Said::of(&json!({"type": "error", "error": error})) };
    for (status, error, failure) in [
        (429, json!({"type": "rate_limit_error", "message": "x"}), Failure::RateLimited),
        (
            429,
            json!({"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}),
            Failure::QuotaExhausted,
        ),
        (
            400,
            json!({"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}),
            Failure::QuotaExhausted,
        ),
        (
            400,
            json!({"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}),
            Failure::TooLong,
        ),
        (400, json!({"type": "invalid_request_error", "message": "temperature: range"}), Failure::Rejected),
        (529, json!({"type": "overloaded_error"}), Failure::Overloaded),
        (529, json!({}), Failure::Overloaded),
        (404, json!({"type": "not_found_error"}), Failure::NoModel),
        (403, json!({"type": "permission_error"}), Failure::Unauthorized),
    ] {
        assert_eq!(classify(&said(status, error.clone())).failure, failure, "{status} {error}");
    }
    let mut spend = said(429, json!({"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}));
    spend.hints.retry = Some(true);
    let error = call("Wie?", classify).failed(&spend);
    assert!(!Failure::may_retry(&error) && error.retry_after().is_none());
}

fn asked() -> ChatRequest {
    let passage = |title: &str, text: &str| ChatPassage { title: title.to_owned(), text: text.to_owned() };
    let message = |role, text: &str| ChatMessage { role, text: text.to_owned() };
    ChatRequest {
        system: Some("Nur aus den Stellen.".to_owned()),
        passages: vec![passage("a.pdf", "💶 eins"), passage("b.pdf", " \n"), passage("c.pdf", "drei <3")],
        messages: vec![message(ChatRole::User, "Wer?"), message(ChatRole::Assistant, "Er."), message(ChatRole::User, "Wann?")],
        temperature: Some(0.2),
        ..ChatRequest::default()
    }
}

fn sent(request: &ChatRequest, settings: Value) -> Value {
    let mut all = json!({"model": "claude-sonnet-5", "api_key": "k"});
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    serde_json::from_slice(&body(request, &serde_json::from_value(all).unwrap())).unwrap()
}

#[test]
fn passages_are_documents_with_citations_in_the_last_message_and_blank_ones_are_left_out() {
    let sent = sent(&asked(), json!({"prompt_caching": "passages"}));
    let last = sent["messages"][2]["content"].as_array().unwrap();
    assert_eq!(last.iter().map(|block| block["type"].as_str().unwrap()).collect::<Vec<_>>(), ["document", "document", "text"]);
    assert_eq!(
        (&last[1]["source"]["data"], &last[1]["citations"], &last[1]["title"]),
        (&json!("drei <3"), &json!({"enabled": true}), &json!("c.pdf"))
    );
    assert_eq!(cited(&asked(), &AnthropicSettings::default()), [0, 2]);
    assert!(last[0].get("cache_control").is_none() && last[1].get("cache_control").is_some());
    assert!(sent["system"][0].get("cache_control").is_some());
    assert!(sent.get("temperature").is_none(), "not unless the model takes one");
    assert_eq!(sent["max_tokens"], 4096);
    assert_eq!(sent["messages"][1], json!({"role": "assistant", "content": [{"type": "text", "text": "Er."}]}));
}

#[test]
fn a_schema_excludes_citations() {
    let format = ChatFormat::Json { name: "answer".to_owned(), schema: json!({"type": "object"}) };
    let request = ChatRequest { format, ..asked() };
    let by_schema = sent(&request, json!({"prompt_caching": "off", "effort": "low"}));
    let expected = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}, "effort": "low"});
    assert_eq!(by_schema["output_config"], expected);
    assert!(by_schema["messages"][2]["content"].as_str().unwrap().contains("<passage number=\"3\""));
    assert!(!by_schema.to_string().contains("citations") && !by_schema.to_string().contains("cache_control"));
    assert!(cited(&request, &AnthropicSettings::default()).is_empty());
    let in_words = sent(&request, json!({"capabilities": {"json_schema": false}}));
    assert!(
        in_words.get("output_config").is_none()
            && in_words["system"][0]["text"].as_str().unwrap().ends_with(r#"{"type":"object"}"#)
    );
}

#[test]
fn a_key_of_the_environment_is_for_anthropics_own_address() {
    let variables = |name: &str| (name == "ANTHROPIC_API_KEY").then(|| "k".to_owned());
    assert!(AnthropicSettings::default().with_environment(&variables).unwrap().api_key.is_some());
    let other = AnthropicSettings { base_url: "https://gateway.example".to_owned(), ..AnthropicSettings::default() };
    assert!(other.with_environment(&variables).unwrap().api_key.is_none());
}
