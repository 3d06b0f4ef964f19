use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    events::BedrockEvents,
    frames::Frames,
    request::{address, body, cited},
    *,
};
use crate::{
    Error,
    provider::{
        ChatEvent, ChatFormat, ChatMessage, ChatPassage, ChatRequest, ChatRole, Failure, StopReason, Usage,
        wire::{
            Said,
            testing::{call, cut_at_every_byte, decoded, text},
        },
    },
    wire::aws::{classify, testing::source_of},
};

fn frame(kind: &str, name_header: &'static str, name: &str, payload: &Value) -> Vec<u8> {
    let header = |name: &'static str, value: &str| Header::new(name, HeaderValue::String(value.to_owned().into()));
    let message = Message::new(payload.to_string().into_bytes())
        .add_header(header(name_header, name))
        .add_header(header(":content-type", "application/json"))
        .add_header(header(":message-type", kind));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(name: &str, payload: Value) -> Vec<u8> {
    frame("event", ":event-type", name, &payload)
}

fn exception(name: &str, message: &str) -> Vec<u8> {
    frame("exception", ":exception-type", name, &json!({"message": message}))
}

fn delta(delta: Value) -> Vec<u8> {
    event("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": delta, "p": "abcd"}))
}

/// The events of a stream, wherever it is cut, to a request whose second passage was blank.
fn read(frames: &[Vec<u8>]) -> (Vec<ChatEvent>, Option<Error>) {
    let make = || BedrockEvents::new(1 << 20, call("Wie hoch?", classify), Some("req-1".to_owned()), vec![0, 2]);
    cut_at_every_byte(make, &frames.concat())
}

fn ending(events: &[ChatEvent]) -> (StopReason, Usage) {
    match events.last() {
        Some(ChatEvent::Ended { stop, usage }) => (stop.clone(), *usage),
        other => panic!("{other:?}"),
    }
}

#[test]
fn usage_comes_after_the_end_of_the_message_and_counts() {
    let (events, error) = read(&[
        event("messageStart", json!({"role": "assistant"})),
        delta(json!({"reasoningContent": {"text": "Hm."}})),
        delta(json!({"text": "Die Rück"})),
        delta(json!({"text": "stellung 📄"})),
        event("contentBlockStop", json!({"contentBlockIndex": 0})),
        event("messageStop", json!({"stopReason": "end_turn"})),
        event(
            "metadata",
            json!({"usage": {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 10}, "metrics": {"latencyMs": 1}}),
        ),
    ]);
    assert!(error.is_none());
    assert_eq!(events.first(), Some(&ChatEvent::Started { id: Some("req-1".to_owned()), model: None }));
    assert_eq!(text(&events), "Die Rückstellung 📄");
    assert_eq!(
        ending(&events),
        (StopReason::End, Usage { input_tokens: 122, cached_tokens: 100, cache_write_tokens: 10, output_tokens: 5 })
    );
}

#[test]
fn a_message_without_metadata_is_whole_and_one_without_a_reason_broke_off() {
    let (events, _) = read(&[delta(json!({"text": "Ja."})), event("messageStop", json!({"stopReason": "guardrail_intervened"}))]);
    assert_eq!((text(&events).as_str(), ending(&events)), ("Ja.", (StopReason::ContentFilter, Usage::default())));
    let (events, error) = read(&[delta(json!({"text": "Ja."})), event("contentBlockStop", json!({}))]);
    assert_eq!((text(&events).as_str(), Failure::of(&error.unwrap())), ("Ja.", Some(Failure::CutOff)));
}

#[test]
fn each_exception_within_status_200_is_the_failure_that_it_names() {
    for (name, message, failure) in [
        ("throttlingException", "Too many tokens", Failure::RateLimited),
        ("modelStreamErrorException", "x", Failure::ServerError),
        ("validationException", "Input is too long for requested model.", Failure::TooLong),
        ("validationException", "x", Failure::Rejected),
        ("serviceUnavailableException", "x", Failure::Overloaded),
        ("internalServerException", "x", Failure::ServerError),
    ] {
        let (events, error) = read(&[delta(json!({"text": "Die "})), exception(name, message)]);
        let error = error.unwrap();
        assert_eq!((text(&events).as_str(), Failure::of(&error)), ("Die ", Some(failure)), "{name}");
        assert!(error.context().any(|said| said == ("reason", name)));
    }
    let header = |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
    let message = Message::new(&b""[..])
        .add_header(header(":message-type", "error"))
        .add_header(header(":error-code", "InternalServerException"))
        .add_header(header(":error-message", "x"));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    assert_eq!(Failure::of(&read(&[bytes]).1.unwrap()), Some(Failure::ServerError));
}

#[test]
fn what_is_cited_comes_behind_its_text_and_names_the_passage_that_was_meant() {
    let citation = |index: u64, parts: &[&str]| {
        let parts: Vec<Value> = parts.iter().map(|part| json!({"text": part})).collect();
        delta(
            json!({"citation": {"title": "x", "source": "passage-1", "sourceContent": parts, "location": {"searchResultLocation": {"searchResultIndex": index, "start": 0, "end": 1}}}}),
        )
    };
    let (events, _) = read(&[
        citation(1, &["💶 1.234", " TEUR"]),
        delta(json!({"text": "Es sind 1.234."})),
        citation(7, &["forged"]),
        event("contentBlockStop", json!({"contentBlockIndex": 0})),
        event("messageStop", json!({"stopReason": "max_tokens"})),
    ]);
    assert_eq!(
        events[1..3],
        [ChatEvent::Text("Es sind 1.234.".to_owned()), ChatEvent::Citation { passage: 2, quote: "💶 1.234 TEUR".to_owned() }]
    );
    assert_eq!(events.len(), 4);
}

#[test]
fn an_answer_in_one_piece_gives_the_same_events_and_an_exception_in_it_is_an_error() {
    let whole = |body: Value| {
        let mut events = Vec::new();
        let reader = BedrockEvents::new(1, call("Wie?", classify), None, vec![5]);
        let error = reader.whole(body.to_string().as_bytes(), &mut events).err();
        (events, error)
    };
    let (events, error) = whole(json!({
        "output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "Hm."}}},
            {"text": "Laut "},
            {"citationsContent": {"content": [{"text": "Bericht 5."}], "citations": [
                {"sourceContent": [{"text": "5"}], "location": {"searchResultLocation": {"searchResultIndex": 0, "start": 0, "end": 1}}}
            ]}},
        ]}},
        "stopReason": "model_context_window_exceeded",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    }));
    assert!(error.is_none());
    assert_eq!((text(&events).as_str(), ending(&events).0), ("Laut Bericht 5.", StopReason::MaxTokens));
    assert!(events.contains(&ChatEvent::Citation { passage: 5, quote: "5".to_owned() }));
    let (_, error) = whole(json!({"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}));
    let error = error.unwrap();
    assert_eq!(Failure::of(&error), Some(Failure::Rejected));
    assert!(error.context().any(|said| said == ("reason", "UnknownOperationException")));
}

#[test]
fn exceptions_are_told_by_their_name_and_where_they_have_none_of_their_own_by_their_words() {
    let said = |status, name: &str, message: &str| Said {
        status: Some(status),
        kind: Some(name.to_owned()),
        message: Some(message.to_owned()),
        ..Said::default()
    };
    let on_demand =
        "Invocation of model ID x with on-demand throughput isn't supported. Retry your request with an inference profile.";
    for (said, failure) in [
        (said(429, "ThrottlingException", "x"), Failure::RateLimited),
        (said(429, "ModelNotReadyException", "x"), Failure::Overloaded),
        (said(408, "ModelTimeoutException", "x"), Failure::TimedOut),
        (said(424, "ModelErrorException", "x"), Failure::ServerError),
        (said(424, "ModelStreamErrorException", "x"), Failure::ServerError),
        (said(503, "ServiceUnavailableException", "x"), Failure::Overloaded),
        (said(403, "AccessDeniedException", "x"), Failure::Unauthorized),
        (said(400, "ValidationException", on_demand), Failure::NoModel),
        (said(400, "ValidationException", "The provided model identifier is invalid."), Failure::NoModel),
        (said(404, "ResourceNotFoundException", "x"), Failure::NoModel),
        (said(400, "ServiceQuotaExceededException", "x"), Failure::QuotaExhausted),
        (said(403, "InvalidSignatureException", "x"), Failure::Unauthorized),
        (said(503, "", "x"), Failure::Overloaded),
    ] {
        assert_eq!(classify(&said).failure, failure, "{said:?}");
    }
}

fn settings(more: Value) -> BedrockSettings {
    let mut all = json!({"region": "eu-central-1", "model": "m", "access_key_id": "AKIDEXAMPLE", "secret_access_key": "s"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

#[test]
fn a_model_is_one_segment_of_the_address_whatever_it_is_called() {
    let at = |model: &str, more: Value| {
        let mut settings = settings(more);
        settings.model = model.to_owned();
        address(&settings).unwrap().as_str().to_owned()
    };
    assert_eq!(
        at("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", json!({})),
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    );
    let arn = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc";
    assert!(at(arn, json!({"stream": false})).ends_with("123456789012%3Aapplication-inference-profile%2Fabc/converse"));
    assert!(at("m", json!({"region": "cn-north-1"})).starts_with("https://bedrock-runtime.cn-north-1.amazonaws.com.cn/"));
    assert!(at("m", json!({"endpoint": "http://localhost:1/gateway/"})).starts_with("http://localhost:1/gateway/model/m/"));
}

fn asked(format: ChatFormat) -> ChatRequest {
    let passage = |title: &str, text: &str| ChatPassage { title: title.to_owned(), text: text.to_owned() };
    let message = |role, text: &str| ChatMessage { role, text: text.to_owned() };
    ChatRequest {
        system: Some("Nur aus den Stellen.".to_owned()),
        passages: vec![passage("a.pdf", "eins"), passage("b.pdf", " "), passage("", "drei")],
        messages: vec![message(ChatRole::User, "Wer?"), message(ChatRole::Assistant, "Er."), message(ChatRole::User, "Wann?")],
        format,
        max_tokens: Some(512),
        temperature: Some(0.0),
        seed: Some(1),
        caller: None,
    }
}

fn sent(format: ChatFormat, more: Value) -> Value {
    serde_json::from_slice(&body(&asked(format), &settings(more))).unwrap()
}

#[test]
fn passages_are_search_results_where_the_model_cites_and_text_where_it_does_not() {
    let citing = json!({"capabilities": {"citations": true}, "prompt_caching": "passages"});
    let by_result = sent(ChatFormat::Text, citing.clone());
    let last = by_result["messages"][2]["content"].as_array().unwrap();
    assert_eq!(last.len(), 4, "two results, a cache point and the question");
    assert_eq!(
        last[1]["searchResult"],
        json!({"source": "passage-3", "title": "passage-3", "content": [{"text": "drei"}], "citations": {"enabled": true}})
    );
    assert_eq!(cited(&asked(ChatFormat::Text), &settings(citing)), [0, 2]);
    assert_eq!(by_result["system"][1], json!({"cachePoint": {"type": "default"}}));
    let as_text = sent(ChatFormat::Text, json!({}));
    assert!(as_text["messages"][2]["content"][0]["text"].as_str().unwrap().starts_with("<passages>"));
    assert_eq!(as_text["inferenceConfig"], json!({"maxTokens": 512, "temperature": 0.0}));
    assert!(as_text.get("outputConfig").is_none() && as_text["system"] == json!([{"text": "Nur aus den Stellen."}]));
}

#[test]
fn a_schema_is_given_as_such_or_in_words_and_a_guardrail_and_metadata_go_along() {
    let form = || ChatFormat::Json { name: "answer".to_owned(), schema: json!({"type": "object"}) };
    let more = json!({
        "capabilities": {"json_schema": true, "citations": true},
        "guardrail": {"identifier": "g", "version": "1"},
        "request_metadata": {"team": "audit"},
    });
    let by_schema = sent(form(), more);
    let structure = &by_schema["outputConfig"]["textFormat"]["structure"];
    assert_eq!(structure, &json!({"jsonSchema": {"name": "answer", "schema": "{\"type\":\"object\"}"}}));
    assert_eq!(by_schema["guardrailConfig"], json!({"guardrailIdentifier": "g", "guardrailVersion": "1"}));
    assert_eq!(by_schema["requestMetadata"], json!({"team": "audit"}));
    assert!(!by_schema.to_string().contains("searchResult"), "a schema excludes citations");
    let in_words = sent(form(), json!({}));
    assert!(in_words["system"][0]["text"].as_str().unwrap().ends_with(r#"{"type":"object"}"#));
}

#[test]
fn keys_come_from_settings_environment_or_profile_in_this_order_and_a_bearer_token_comes_before_all() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".aws")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(".aws").join(name), text).unwrap();
    write(
        "credentials",
        "# keys\n[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key=abc=/+ # mine\n[prod]\naws_access_key_id=AKPROD\naws_secret_access_key=p\naws_session_token=t\n",
    );
    write(
        "config",
        "[default]\nregion=eu-west-1\ns3 =\n  region = us-east-1\n[profile prod]\nregion = eu-central-1\n[profile sso]\nsso_session = x\nregion = eu-north-1\n[sso-session x]\nregion=us-west-2\n",
    );
    let home = folder.path().display().to_string();
    let taken = |settings: Value, set: &[(&str, &str)]| {
        let variables = |name: &str| {
            let set = set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            set.or_else(|| (name == "HOME").then(|| home.clone()))
        };
        serde_json::from_value::<BedrockSettings>(settings).unwrap().with_environment(&variables)
    };
    let shown = |settings: &BedrockSettings| {
        let key = |key: &Option<crate::platform::Secret>| key.as_ref().map(|key| key.expose().to_owned());
        (key(&settings.access_key_id), key(&settings.secret_access_key), settings.region.clone())
    };
    let some = |text: &str| Some(text.to_owned());
    let plain = taken(json!({}), &[]).unwrap();
    assert_eq!(shown(&plain), (some("AKDEFAULT"), some("abc=/+"), "eu-west-1".to_owned()));
    let prod = taken(json!({}), &[("AWS_PROFILE", "prod")]).unwrap();
    assert_eq!(shown(&prod), (some("AKPROD"), some("p"), "eu-central-1".to_owned()));
    assert_eq!(prod.session_token.unwrap().expose(), "t");
    let keys = [("AWS_ACCESS_KEY_ID", "AKENV"), ("AWS_SECRET_ACCESS_KEY", "e"), ("AWS_REGION", "us-east-1")];
    assert_eq!(shown(&taken(json!({}), &keys).unwrap()), (some("AKENV"), some("e"), "us-east-1".to_owned()));
    assert_eq!(shown(&taken(json!({"profile": "prod"}), &keys).unwrap()).0, some("AKPROD"));
    let own = json!({"access_key_id": "AKOWN", "secret_access_key": "o", "region": "eu-south-1"});
    assert_eq!(shown(&taken(own, &keys).unwrap()), (some("AKOWN"), some("o"), "eu-south-1".to_owned()));
    let bearer = taken(json!({}), &[("AWS_BEARER_TOKEN_BEDROCK", "b")]).unwrap();
    assert_eq!((bearer.bearer_token.as_ref().map(|token| token.expose()), shown(&bearer).2.as_str()), (Some("b"), "eu-west-1"));
    // A profile that names a session alone has no keys; where issued ones are asked for, whoever is next in line may have some.
    let refused = if cfg!(feature = "aws-metadata") { &["nobody"][..] } else { &["sso", "nobody"] };
    for named in refused {
        let error = taken(json!({"profile": *named}), &[]).unwrap_err();
        assert_eq!(error.code(), "provider.profile");
        assert!(error.to_string().contains(named));
    }
}

#[test]
fn messages_of_awss_own_data_are_read_and_broken_ones_are_told() {
    let data = source_of("aws-smithy-eventstream").join("test_data");
    let mut seen = 0;
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let (mut frames, mut messages) = (Frames::new(u64::MAX), Vec::new());
        let pushed = bytes.chunks(1).try_for_each(|byte| frames.push(byte, &mut messages));
        if name.starts_with("valid_") {
            assert!(pushed.is_ok() && messages.len() == 1, "{name}");
        } else {
            // A length that is wrong may also wait for bytes that never come.
            assert!(messages.is_empty(), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 11);
}

#[test]
fn a_message_longer_than_it_may_be_is_refused_by_its_first_bytes() {
    let make = |longest| BedrockEvents::new(longest, call("Wie?", classify), None, Vec::new());
    for first in [[0xff; 4], [0, 0, 0, 15], [0, 0, 1, 1]] {
        let (_, error) = decoded(make(256), &[&first]);
        assert_eq!(Failure::of(&error.unwrap()), Some(Failure::Malformed), "{first:?}");
    }
    let (_, error) = decoded(make(u64::MAX), &[&[0x7f, 0xff, 0xff, 0xff]]);
    assert_eq!(Failure::of(&error.unwrap()), Some(Failure::Malformed));
}

proptest! {
    #[test]
    fn bytes_of_whatever_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..200, flip in any::<u8>()) {
        let make = || BedrockEvents::new(1 << 16, call("Wie?", classify), None, vec![0]);
        decoded(make(), &[&bytes]);
        let mut frames = [delta(json!({"text": "Ja."})), event("messageStop", json!({"stopReason": "end_turn"}))].concat();
        let at = at % frames.len();
        frames[at] ^= flip;
        let (events, error) = decoded(make(), &[&frames]);
        // A checksum finds every byte that is changed.
        let has_ended = events.iter().any(|event| matches!(event, ChatEvent::Ended { .. }));
        prop_assert!(flip == 0 || error.is_some() || !has_ended);
    }
}
