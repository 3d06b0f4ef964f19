//! Somebody else's fake of all four providers: CopilotKit's aimock. What it does not have (signatures, citations, what filters say)
//! our own fakes do.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::Duration,
};

use beleg::provider::{ChatEvent, ChatFormat, ChatMessage, ChatModel, ChatRequest, ChatRole, Failure, StopReason, Usage};
use serde_json::{Value, json};

use crate::support::{PROVIDERS, Peer, events, http, model, question, said, succeeds, text, tools};

const TEXT: &str = "Die Rückstellung beträgt 1.234 TEUR. Sie liegt über dem Vorjahr.";

/// What it answers, by a word of the question. Chunks are of six UTF-16 units.
static MOCK: LazyLock<Peer> = LazyLock::new(|| {
    let usage = json!({"prompt_tokens": 48, "completion_tokens": 9, "input_tokens": 48, "output_tokens": 9});
    let good = json!({"content": TEXT, "usage": usage});
    let with = |more: Value| {
        let mut response = good.clone();
        response.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        response
    };
    let error = |status: u16, kind: &str, code: Option<&str>| json!({"status": status, "retryAfter": 7, "error": {"message": "x", "type": kind, "code": code}});
    let fixtures = json!([
        [{"userMessage": "ganz"}, good, {"chunkSize": 6}],
        [{"userMessage": "gekürzt"}, with(json!({"finishReason": "length"})), {}],
        [{"userMessage": "nachgedacht"}, with(json!({"reasoning": "Das ist geheim."})), {"chunkSize": 6}],
        [{"userMessage": "zählen", "responseFormat": "json_schema"}, {"content": "{\"count\":7}", "usage": usage}, {"chunkSize": 3}],
        [{"userMessage": "zu oft"}, error(429, "rate_limit_error", Some("rate_limit_exceeded")), {}],
        [{"userMessage": "kaputt"}, error(500, "api_error", None), {}],
        [{"userMessage": "überlastet"}, error(503, "overloaded_error", None), {}],
        [{"userMessage": "falscher Schlüssel"}, error(401, "authentication_error", Some("invalid_api_key")), {}],
        [{"userMessage": "abgebrochen"}, good, {"chunkSize": 6, "latency": 20, "truncateAfterChunks": 5}],
        [{"userMessage": "kein JSON"}, good, {"chaos": {"malformedRate": 1.0}}],
        [{"userMessage": "aufgelegt"}, good, {"chaos": {"disconnectRate": 1.0}}],
        [{"userMessage": "gedrosselt"}, good, {"chaos": {"rateLimitRate": 1.0}}],
        [{"userMessage": "fallen gelassen"}, good, {"chaos": {"dropRate": 1.0}}],
    ]);
    Peer::start(
        Command::new("node")
            .arg(installed().join("serve.mjs"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default()),
        &fixtures,
    )
});

/// The package and no other, as the lock file says, without scripts of anybody.
fn installed() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/aimock");
    let (folder, lock) = (tools().join("aimock"), std::fs::read(source.join("package-lock.json")).unwrap());
    let ready = folder.join("ready");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", "package-lock.json", "serve.mjs"] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    if std::fs::read(&ready).ok().as_ref() != Some(&lock) {
        let mut npm = Command::new("npm");
        let options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        let otherwise = "run: apt-get install -y nodejs npm; the package registry of Node must be reachable";
        succeeds(npm.args(options).current_dir(&folder), otherwise);
        std::fs::write(ready, lock).unwrap();
    }
    folder
}

fn chat(provider: &str, more: Value) -> Box<dyn ChatModel> {
    model(provider, &MOCK.url, http(json!({})), &more)
}

fn asking(word: &str) -> ChatRequest {
    ChatRequest { messages: vec![ChatMessage { role: ChatRole::User, text: format!("Bitte {word}.") }], ..question() }
}

#[tokio::test]
async fn every_provider_answers_streamed_and_whole_and_thoughts_are_no_part_of_the_answer() {
    let usage = Usage { input_tokens: 48, output_tokens: 9, ..Usage::default() };
    for provider in PROVIDERS {
        for stream in [true, false] {
            for (word, stop) in [("ganz", StopReason::End), ("nachgedacht", StopReason::End), ("gekürzt", StopReason::MaxTokens)]
            {
                let (events, error) = events(&*chat(provider, json!({"stream": stream})), asking(word)).await;
                assert!(error.is_none(), "{provider} {word}: {error:?}");
                assert_eq!(text(&events), TEXT, "{provider} {word}");
                assert_eq!(events.last(), Some(&ChatEvent::Ended { stop, usage }), "{provider} {word}");
                let pieces = events.iter().filter(|event| matches!(event, ChatEvent::Text(_))).count();
                assert!(!stream || word == "gekürzt" || pieces > 5, "{provider} {word}: {pieces}");
            }
        }
    }
    let classic = chat("azure_openai", json!({"api": "classic"}));
    assert_eq!(text(&events(&*classic, asking("ganz")).await.0), TEXT);
}

#[tokio::test]
async fn an_answer_after_a_schema_comes_whole_from_those_that_look_at_schemas() {
    let schema = json!({"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"], "additionalProperties": false});
    for provider in ["openai_compatible", "azure_openai"] {
        let format = ChatFormat::Json { name: "answer".to_owned(), schema: schema.clone() };
        let request = ChatRequest { format, ..asking("zählen") };
        let response = chat(provider, json!({})).chat(request).await.unwrap().collect().await.unwrap();
        assert_eq!(response.text, "{\"count\":7}", "{provider}");
        // Without one there is no such answer.
        let (_, error) = events(&*chat(provider, json!({})), asking("zählen")).await;
        assert_eq!(Failure::of(&error.unwrap()), Some(Failure::NoModel), "{provider}");
    }
}

#[tokio::test]
async fn failures_are_told_as_what_they_are_with_the_time_to_wait() {
    let cases = [
        ("zu oft", Failure::RateLimited, Some(7)),
        ("gedrosselt", Failure::RateLimited, Some(1)),
        ("kaputt", Failure::ServerError, None),
        ("fallen gelassen", Failure::ServerError, None),
        ("überlastet", Failure::Overloaded, None),
        ("falscher Schlüssel", Failure::Unauthorized, None),
        ("kein JSON", Failure::Malformed, None),
        ("aufgelegt", Failure::Unreachable, None),
    ];
    for provider in PROVIDERS {
        for (word, failure, seconds) in cases {
            for stream in [true, false] {
                let (events, error) = events(&*chat(provider, json!({"stream": stream})), asking(word)).await;
                let error = error.unwrap();
                assert_eq!(Failure::of(&error), Some(failure), "{provider} {word}: {error}");
                assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{provider} {word}");
                assert_eq!(text(&events), "", "{provider} {word}");
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_told_as_such_after_what_came_of_it() {
    for provider in PROVIDERS {
        let (events, error) = events(&*chat(provider, json!({})), asking("abgebrochen")).await;
        let error = error.unwrap();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::CutOff), Some("closed")), "{provider}");
        let text = text(&events);
        assert!(!text.is_empty() && text.len() < TEXT.len() && TEXT.starts_with(&text), "{provider}: {text}");
    }
}
