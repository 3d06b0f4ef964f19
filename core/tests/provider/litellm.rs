//! LiteLLM's proxy between our adapter and our fakes: a gateway that our adapter speaks to, and a client that takes each of the
//! fakes for the real one.

use std::{path::Path, process::Command, sync::LazyLock, time::Duration};

use beleg::{
    provider::{ChatEvent, ChatFormat, ChatModel, ChatRequest, Failure, OpenAiCompatibleChat, StopReason, Usage},
    testing::providers::{FakeProvider, Step, Turn, anthropic, azure, bedrock, openai},
};
use serde_json::{Value, json};

use crate::support::{PROVIDERS, Peer, events, http, locked, model, question, said, server, streamed, text, turn};

const KEY: &str = "sk-proxy-1";

/// A proxy in front of a fake of each provider. It takes seconds to start, so that all tests have the same one.
struct Gateway {
    peer: Peer,
    fakes: Vec<FakeProvider>,
}

static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| {
    let fakes: Vec<FakeProvider> = PROVIDERS.iter().map(|provider| server(provider, &turn())).collect();
    let models: Vec<Value> = PROVIDERS
        .iter()
        .zip(&fakes)
        .map(|(provider, fake)| {
            let mut parameters = parameters(provider, &fake.url());
            parameters["max_retries"] = json!(0);
            json!({"model_name": provider, "litellm_params": parameters})
        })
        .collect();
    let configuration = json!({
        "model_list": models,
        "litellm_settings": {"num_retries": 0, "telemetry": false},
        "router_settings": {"num_retries": 0, "disable_cooldowns": true},
        "general_settings": {"master_key": KEY},
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/litellm.py");
    let peer = Peer::start(Command::new(locked("litellm.txt")).args(["-I", "-B"]).arg(script).env_clear(), &configuration);
    // It lists the models behind it once it listens, which must not take what a test queues.
    assert!(fakes[0].sees_requests(1));
    Gateway { peer, fakes }
});

/// How LiteLLM reaches a fake.
fn parameters(provider: &str, url: &str) -> Value {
    match provider {
        "openai_compatible" => {
            json!({"model": format!("openai/{}", openai::MODEL), "api_base": format!("{url}/v1"), "api_key": "sk-1"})
        }
        "azure_openai" => json!({
            "model": format!("azure/{}", azure::DEPLOYMENT), "api_base": url, "api_key": azure::KEY, "api_version": "2024-10-21",
        }),
        "anthropic" => json!({"model": format!("anthropic/{}", anthropic::MODEL), "api_base": url, "api_key": anthropic::KEY}),
        _ => json!({
            "model": format!("bedrock/converse/{}", bedrock::MODEL), "aws_bedrock_runtime_endpoint": url,
            "aws_region_name": "eu-central-1", "aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "s",
        }),
    }
}

fn fake(provider: &str) -> &'static FakeProvider {
    &GATEWAY.fakes[PROVIDERS.iter().position(|its| *its == provider).unwrap()]
}

/// Our adapter, which asks the proxy for what is behind it.
fn through(provider: &str, more: &Value) -> Box<dyn ChatModel> {
    let mut settings = json!({"model": provider, "api_key": KEY});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    model("openai_compatible", &GATEWAY.peer.url, http(json!({})), &settings)
}

/// Asks each fake in turn: what is queued for one must not be taken by another test.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn our_adapter_has_the_same_answer_through_litellm_from_every_fake_streamed_and_whole() {
    let _alone = ONE_AT_A_TIME.lock().await;
    for provider in PROVIDERS {
        for stream in [true, false] {
            let (events, error) = events(&*through(provider, &json!({"stream": stream})), question()).await;
            assert!(error.is_none(), "{provider}: {error:?}");
            assert!(matches!(&events[0], ChatEvent::Started { id: Some(_), model: Some(_) }), "{provider}");
            assert_eq!(text(&events), turn().text(), "{provider}");
            assert!(!stream || events.iter().filter(|event| matches!(event, ChatEvent::Text(_))).count() > 1, "{provider}");
            let usage = Usage { input_tokens: 48, cached_tokens: 8, cache_write_tokens: 0, output_tokens: 3 };
            assert_eq!(events.last(), Some(&ChatEvent::Ended { stop: StopReason::End, usage }), "{provider}");
            // It asked the fake in its own language, and for the same.
            let asked = fake(provider).last().json();
            assert!(asked.to_string().contains("Vorjahr: 1.100 TEUR."), "{asked}");
            let most = asked.get("max_tokens").or(asked.get("max_completion_tokens"));
            assert_eq!(most.or(asked.pointer("/inferenceConfig/maxTokens")), Some(&json!(256)), "{asked}");
        }
    }
}

#[tokio::test]
async fn a_schema_passes_litellm_as_it_is() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let schema = json!({"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"], "additionalProperties": false});
    fake("openai_compatible").queue(openai::whole(&Turn::of(&["{\"count\": ", "7}"])));
    let format = ChatFormat::Json { name: "answer".to_owned(), schema: schema.clone() };
    let request = ChatRequest { format, ..question() };
    let response = through("openai_compatible", &json!({"stream": false})).chat(request).await.unwrap().collect().await.unwrap();
    assert_eq!(response.text, "{\"count\": 7}");
    let asked = fake("openai_compatible").last().json();
    assert_eq!(asked.pointer("/response_format/json_schema/schema"), Some(&schema), "{asked}");
    assert_eq!(asked.pointer("/response_format/json_schema/strict"), Some(&json!(true)));
}

#[tokio::test]
async fn failures_behind_litellm_are_told_as_what_they_are() {
    let _alone = ONE_AT_A_TIME.lock().await;
    // LiteLLM hands on a sentence and no code.
    const LONG: &str = "This model's maximum context length is 8192 tokens.";
    const LONG_ANTHROPIC: &str = "prompt is too long: 210000 tokens > 200000 maximum";
    const LONG_BEDROCK: &str = "Input is too long for requested model.";
    let cases = [
        ("openai_compatible", openai::error(429, "requests", Some("rate_limit_exceeded"), "x"), Failure::RateLimited),
        ("openai_compatible", openai::error(500, "server_error", None, "x"), Failure::ServerError),
        ("openai_compatible", openai::error(503, "server_error", None, "x"), Failure::Overloaded),
        ("openai_compatible", openai::error(401, "invalid_request_error", Some("invalid_api_key"), "x"), Failure::Unauthorized),
        (
            "openai_compatible",
            openai::error(400, "invalid_request_error", Some("context_length_exceeded"), LONG),
            Failure::TooLong,
        ),
        ("azure_openai", azure::error(429, "RateLimitReached", "x"), Failure::RateLimited),
        ("azure_openai", azure::prompt_withheld(), Failure::ContentFiltered),
        ("anthropic", anthropic::error(429, "rate_limit_error", "x"), Failure::RateLimited),
        ("anthropic", anthropic::error(400, "invalid_request_error", LONG_ANTHROPIC), Failure::TooLong),
        ("bedrock", bedrock::error(429, "ThrottlingException", "x"), Failure::RateLimited),
        ("bedrock", bedrock::error(400, "ValidationException", LONG_BEDROCK), Failure::TooLong),
        ("bedrock", bedrock::error(503, "ServiceUnavailableException", "x"), Failure::Overloaded),
    ];
    for (provider, reply, failure) in cases {
        for stream in [true, false] {
            let status = reply.status;
            let reply = reply.clone();
            fake(provider).queue(if status == 429 { reply.header("retry-after", "7") } else { reply });
            let (_, error) = events(&*through(provider, &json!({"stream": stream})), question()).await;
            let error = error.unwrap();
            assert_eq!(Failure::of(&error), Some(failure), "{provider} {status} {stream}: {error}");
            assert_eq!(error.retry_after(), (status == 429).then_some(Duration::from_secs(7)), "{provider} {status}");
            let is_filtered = failure == Failure::ContentFiltered;
            assert_eq!(said(&error, "filtered"), is_filtered.then_some("jailbreak"));
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_behind_litellm_is_never_a_whole_answer() {
    let _alone = ONE_AT_A_TIME.lock().await;
    for provider in PROVIDERS {
        // Up to a word, up to the last word, and up to where only the reason of its end is missing.
        let all = streamed(provider, &turn()).steps.len();
        for kept in [all - 5, all - 4, all - 3] {
            let mut reply = streamed(provider, &turn());
            reply.steps.truncate(kept);
            fake(provider).queue(reply.then(Step::Cut));
            let (events, error) = events(&*through(provider, &json!({})), question()).await;
            let error = error.unwrap();
            assert!(Failure::may_retry(&error), "{provider}: {error}");
            assert!(turn().text().starts_with(&text(&events)), "{provider}");
            assert!(!events.iter().any(|event| matches!(event, ChatEvent::Ended { .. })), "{provider}");
        }
    }
}

#[tokio::test]
async fn the_models_of_litellm_are_listed_and_another_one_is_told_as_such() {
    let (_, error) = events(&*through("no-such-model", &json!({})), question()).await;
    assert_eq!(Failure::of(&error.unwrap()), Some(Failure::NoModel));
    let settings = json!({"base_url": format!("{}/v1", GATEWAY.peer.url), "model": "m", "api_key": KEY});
    let chat = OpenAiCompatibleChat::new(serde_json::from_value(settings).unwrap(), http(json!({}))).unwrap();
    let mut listed: Vec<String> = chat.models().await.unwrap().into_iter().map(|model| model.id).collect();
    listed.sort();
    assert_eq!(listed, ["anthropic", "azure_openai", "bedrock", "openai_compatible"]);
}
