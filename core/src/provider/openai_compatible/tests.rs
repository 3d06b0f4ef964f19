use serde_json::{Value, json};

use super::{
    events::OpenAiEvents,
    request::{Dialect, body},
    *,
};
use crate::{
    Error,
    provider::{
        Capabilities, ChatEvent, ChatFormat, ChatMessage, ChatPassage, ChatRequest, ChatRole, Failure, FilterSubject, StopReason,
        Usage,
        wire::testing::{call, cut_at_every_byte, text},
    },
};

/// The events of a stream, wherever it is cut.
fn read(stream: &str) -> (Vec<ChatEvent>, Option<Error>) {
    cut_at_every_byte(|| OpenAiEvents::new(1 << 20, call("Wie hoch ist die Rückstellung?", classify)), stream.as_bytes())
}

fn ending(events: &[ChatEvent]) -> (StopReason, Usage) {
    match events.last() {
        Some(ChatEvent::Ended { stop, usage }) => (stop.clone(), *usage),
        other => panic!("{other:?}"),
    }
}

#[test]
fn usage_counts_when_it_comes_without_choices_and_no_character_is_lost_where_a_stream_is_cut() {
    let (events, error) = read(include_str!("streams/usage_without_choices.sse"));
    assert!(error.is_none());
    let model = Some("gpt-5.2-2025-12-11".to_owned());
    assert_eq!(events.first(), Some(&ChatEvent::Started { id: Some("chatcmpl-1".to_owned()), model }));
    assert_eq!(text(&events), "Die Rückstellung beträgt 1.234 T€ 📄.");
    assert_eq!(
        ending(&events),
        (StopReason::End, Usage { input_tokens: 812, cached_tokens: 640, cache_write_tokens: 0, output_tokens: 9 })
    );
}

#[test]
fn the_last_chunk_of_llama_cpp_has_usage_and_no_choices() {
    let (events, _) = read(include_str!("streams/llama_cpp.sse"));
    assert_eq!((text(&events).as_str(), ending(&events).1.input_tokens, ending(&events).1.output_tokens), ("Yes.", 31, 2));
}

#[test]
fn what_a_model_thinks_to_itself_is_no_answer_by_either_name() {
    let (events, _) = read(include_str!("streams/vllm_reasoning.sse"));
    assert_eq!((text(&events).as_str(), ending(&events).0), ("2025", StopReason::End));
}

#[test]
fn thoughts_in_the_text_of_servers_that_do_not_tell_them_apart_are_no_answer() {
    let (events, error) = read(include_str!("streams/thoughts_in_the_text.sse"));
    assert!(error.is_none());
    assert_eq!((text(&events).as_str(), ending(&events).1.output_tokens), ("Die Rückstellung beträgt 1.234 T€.", 31));
    let whole = |content: &str, finish: &str| {
        let answer = json!({"choices": [{"message": {"content": content}, "finish_reason": finish}]});
        let mut events = Vec::new();
        OpenAiEvents::new(1, call("Wie?", classify)).whole(answer.to_string().as_bytes(), &mut events).unwrap();
        (text(&events), ending(&events).0)
    };
    assert_eq!(whole("<think>Hm.</think>\n\nJa.", "stop"), ("Ja.".to_owned(), StopReason::End));
    assert_eq!(whole("<think>Hm, da", "length"), (String::new(), StopReason::MaxTokens));
}

#[test]
fn a_tool_call_whose_id_stands_in_its_first_chunk_alone_is_passed_over() {
    let (events, error) = read(include_str!("streams/tool_call_id_once.sse"));
    assert!(error.is_none());
    assert_eq!((text(&events).as_str(), ending(&events).0), ("Gut.", StopReason::Other("tool_calls".to_owned())));
}

#[test]
fn a_chunk_with_nothing_but_a_role_starts_the_answer() {
    let (events, _) = read(&include_str!("streams/role_once.sse").replace('\n', "\r\n"));
    assert!(matches!(events[0], ChatEvent::Started { .. }));
    assert_eq!((text(&events).as_str(), events.len()), ("Ja.", 3));
}

#[test]
fn an_error_after_status_200_is_an_error_and_what_came_before_it_counts() {
    let (events, error) = read(include_str!("streams/error_after_200.sse"));
    let error = error.unwrap();
    assert_eq!((text(&events).as_str(), Failure::of(&error)), ("Die ", Some(Failure::ServerError)));
    assert!(error.context().any(|said| said == ("reason", "server_error")));
}

#[test]
fn an_event_that_is_called_an_error_is_one_in_whatever_form() {
    let (_, error) = read("event: error\ndata: {\"message\": \"x\", \"type\": \"rate_limit_error\"}\n\n");
    assert_eq!(Failure::of(&error.unwrap()), Some(Failure::RateLimited));
}

#[test]
fn a_body_of_status_200_that_is_an_error_is_an_error_in_every_form() {
    for (body, failure) in [
        (json!({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}), Failure::Overloaded),
        (
            json!({"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error", "code": 400}}),
            Failure::TooLong,
        ),
        (
            json!({"object": "error", "message": "This model's maximum context length is 8192 tokens.", "type": "BadRequestError", "param": null, "code": 400}),
            Failure::TooLong,
        ),
        (json!({"error": "model 'x' not found"}), Failure::ServerError),
        (json!({"error": {"code": "insufficient_quota", "type": "insufficient_quota"}}), Failure::QuotaExhausted),
        (json!({"choices": []}), Failure::Malformed),
        (json!([]), Failure::Malformed),
    ] {
        let (mut events, reader) = (Vec::new(), OpenAiEvents::new(1 << 20, call("Wie?", classify)));
        let error = reader.whole(body.to_string().as_bytes(), &mut events).unwrap_err();
        assert_eq!(Failure::of(&error), Some(failure), "{body}");
    }
}

#[test]
fn an_answer_that_ends_without_saying_why_broke_off_also_when_the_server_says_that_it_is_done() {
    for stream in [include_str!("streams/cut.sse"), include_str!("streams/done_after_a_cut.sse"), ""] {
        assert_eq!(Failure::of(&read(stream).1.unwrap()), Some(Failure::CutOff));
    }
}

#[test]
fn a_refusal_is_told_by_its_reason_and_not_as_text() {
    let (events, _) = read(include_str!("streams/refusal.sse"));
    assert_eq!((text(&events).as_str(), ending(&events).0), ("", StopReason::Refusal));
}

#[test]
fn what_azures_filter_says_of_the_prompt_comes_first_and_is_kept() {
    let (events, error) = read(include_str!("streams/azure_filters.sse"));
    assert!(error.is_none() && matches!(&events[0], ChatEvent::Started { id: Some(id), .. } if id == "chatcmpl-1"));
    let reports: Vec<_> =
        events.iter().filter_map(|event| if let ChatEvent::Filter(report) = event { Some(report) } else { None }).collect();
    assert_eq!(
        reports.iter().map(|report| (report.subject, report.findings.len())).collect::<Vec<_>>(),
        [(FilterSubject::Prompt, 3), (FilterSubject::Answer, 2)]
    );
    assert!(
        reports[0].findings.iter().any(|found| found.category == "jailbreak" && found.detected == Some(true) && !found.filtered)
    );
    assert_eq!((text(&events).as_str(), ending(&events).1.output_tokens), ("Ja, so ist es.", 9));
}

#[test]
fn a_chunk_of_azures_asynchronous_filter_has_no_delta_and_may_end_the_answer() {
    let (events, error) = read(include_str!("streams/azure_asynchronous_filter.sse"));
    assert!(error.is_none());
    assert_eq!((text(&events).as_str(), ending(&events).0), ("Erst das.", StopReason::ContentFilter));
    let withheld = events.iter().any(|event| {
        matches!(event, ChatEvent::Filter(report) if report.findings.iter().any(|found| found.category == "hate" && found.filtered))
    });
    assert!(withheld);
}

#[test]
fn what_is_no_json_or_too_long_is_no_answer() {
    let (_, error) = read("data: {\"choices\": [\n\n");
    assert_eq!(Failure::of(&error.unwrap()), Some(Failure::Malformed));
    let long = OpenAiEvents::new(64, call("Wie?", classify));
    let (_, error) = crate::provider::wire::testing::decoded(long, &[&[b'x'; 65]]);
    assert!(error.unwrap().context().any(|said| said == ("reason", "too_long")));
}

/// What is sent for a question with two passages.
fn sent(format: ChatFormat, change: impl FnOnce(&mut Dialect<'_>)) -> Value {
    let message = |role, text: &str| ChatMessage { role, text: text.to_owned() };
    let request = ChatRequest {
        system: Some("Nur aus den Stellen.".to_owned()),
        passages: vec![ChatPassage { title: "a.pdf, S. 1".to_owned(), text: "1 < 2".to_owned() }],
        messages: vec![message(ChatRole::User, "Wer?"), message(ChatRole::Assistant, "Er."), message(ChatRole::User, "Wann?")],
        format,
        max_tokens: Some(512),
        temperature: Some(0.1),
        seed: Some(7),
        caller: None,
    };
    let can = Capabilities { json_schema: true, temperature: true, seed: true, ..Capabilities::default() };
    let mut dialect = Dialect {
        model: Some("m"),
        can,
        structured_output: StructuredOutput::JsonSchema,
        reasoning: false,
        effort: None,
        max_tokens: None,
        stream: true,
        stream_usage: true,
    };
    change(&mut dialect);
    serde_json::from_slice(&body(&request, &dialect)).unwrap()
}

#[test]
fn a_request_keeps_every_role_and_holds_its_passages_in_the_last_message() {
    let sent = sent(ChatFormat::Text, |_| {});
    let roles: Vec<_> = sent["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    let last = sent["messages"][3]["content"].as_str().unwrap();
    assert!(last.starts_with("<passages>") && last.contains("1 &lt; 2") && last.ends_with("Wann?"));
    assert_eq!((&sent["max_tokens"], &sent["seed"], &sent["model"]), (&json!(512), &json!(7), &json!("m")));
    assert_eq!(sent["temperature"].to_string(), "0.1");
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
}

#[test]
fn a_model_that_reasons_gets_another_limit_and_no_temperature() {
    let sent = sent(ChatFormat::Text, |dialect| {
        dialect.reasoning = true;
        dialect.can.temperature = false;
        dialect.effort = Some("low");
    });
    assert_eq!((&sent["max_completion_tokens"], &sent["reasoning_effort"]), (&json!(512), &json!("low")));
    assert!(sent.get("max_tokens").is_none() && sent.get("temperature").is_none());
}

#[test]
fn a_schema_is_given_as_such_or_in_words_where_the_server_takes_none() {
    let form = || ChatFormat::Json { name: "answer".to_owned(), schema: json!({"type": "object"}) };
    let by_schema = sent(form(), |_| {});
    assert_eq!(
        by_schema["response_format"]["json_schema"],
        json!({"name": "answer", "strict": true, "schema": {"type": "object"}})
    );
    assert_eq!(by_schema["messages"][0]["content"], "Nur aus den Stellen.");
    let by_object = sent(form(), |dialect| {
        (dialect.can.json_schema, dialect.structured_output) = (false, StructuredOutput::JsonObject);
    });
    assert_eq!(by_object["response_format"], json!({"type": "json_object"}));
    let in_words = sent(form(), |dialect| {
        (dialect.can.json_schema, dialect.structured_output) = (false, StructuredOutput::None);
    });
    assert!(in_words.get("response_format").is_none());
    let taken_away = sent(form(), |dialect| dialect.can.json_schema = false);
    assert_eq!(taken_away, in_words);
    let given = sent(form(), |dialect| dialect.structured_output = StructuredOutput::None);
    assert_eq!(given, by_schema, "a capability that is set counts");
    for sent in [by_object, in_words] {
        assert!(sent["messages"][0]["content"].as_str().unwrap().ends_with(r#"{"type":"object"}"#));
    }
}

#[test]
fn a_key_of_the_environment_goes_to_the_address_of_the_environment_alone() {
    let variables = |name: &str| match name {
        "OPENAI_BASE_URL" => Some("https://api.example/v1".to_owned()),
        "OPENAI_API_KEY" => Some("sk-1".to_owned()),
        _ => None,
    };
    let taken = OpenAiCompatibleSettings::default().with_environment(&variables).unwrap();
    assert_eq!((taken.base_url.as_str(), taken.api_key.unwrap().expose()), ("https://api.example/v1", "sk-1"));
    let own = OpenAiCompatibleSettings { base_url: "http://localhost:1/v1".to_owned(), ..OpenAiCompatibleSettings::default() };
    assert!(own.with_environment(&variables).unwrap().api_key.is_none());
}
