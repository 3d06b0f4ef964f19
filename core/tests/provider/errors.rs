//! What an error says: the failure, the provider's own words for machines, how long to wait; and never a word of what was asked.

use std::time::Duration;

use beleg::{
    ErrorKind,
    provider::{ChatModel, Failure},
    testing::providers::{Reply, anthropic, azure, bedrock, openai},
};
use serde_json::json;

use crate::support::{PROVIDERS, events, http, model, question, said, server, turn};

async fn error_of(provider: &str, reply: Reply) -> beleg::Error {
    let fake = server(provider, &turn());
    fake.queue(reply);
    let (_, error) = events(&*model(provider, &fake.url(), http(json!({})), &json!({})), question()).await;
    error.unwrap()
}

#[tokio::test]
async fn every_provider_tells_its_failures_in_the_same_language() {
    let cases = [
        (
            "openai_compatible",
            openai::error(401, "invalid_request_error", Some("invalid_api_key"), "x"),
            Failure::Unauthorized,
            "invalid_api_key",
        ),
        (
            "openai_compatible",
            openai::error(404, "invalid_request_error", Some("model_not_found"), "x"),
            Failure::NoModel,
            "model_not_found",
        ),
        (
            "openai_compatible",
            openai::error(429, "insufficient_quota", Some("insufficient_quota"), "x"),
            Failure::QuotaExhausted,
            "insufficient_quota",
        ),
        (
            "openai_compatible",
            openai::error(400, "invalid_request_error", Some("context_length_exceeded"), "x"),
            Failure::TooLong,
            "context_length_exceeded",
        ),
        (
            "openai_compatible",
            openai::error(400, "invalid_request_error", Some("unsupported_parameter"), "x"),
            Failure::Rejected,
            "unsupported_parameter",
        ),
        (
            "openai_compatible",
            Reply::json(503, &json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})),
            Failure::Overloaded,
            "unavailable_error",
        ),
        ("azure_openai", azure::error(404, "DeploymentNotFound", "x"), Failure::NoModel, "DeploymentNotFound"),
        ("azure_openai", azure::error(429, "RateLimitReached", "x"), Failure::RateLimited, "RateLimitReached"),
        ("azure_openai", azure::prompt_withheld(), Failure::ContentFiltered, "content_filter"),
        ("anthropic", anthropic::spending_limit(), Failure::QuotaExhausted, "enforced_spend_limit_reached"),
        ("anthropic", anthropic::error(529, "overloaded_error", "x"), Failure::Overloaded, "overloaded_error"),
        ("anthropic", anthropic::error(413, "request_too_large", "x"), Failure::TooLong, "request_too_large"),
        ("bedrock", bedrock::error(429, "ThrottlingException", "x"), Failure::RateLimited, "ThrottlingException"),
        ("bedrock", bedrock::error(424, "ModelErrorException", "x"), Failure::ServerError, "ModelErrorException"),
        ("bedrock", bedrock::error(408, "ModelTimeoutException", "x"), Failure::TimedOut, "ModelTimeoutException"),
        ("bedrock", bedrock::error(403, "ExpiredTokenException", "x"), Failure::Unauthorized, "ExpiredTokenException"),
        ("bedrock", bedrock::unknown_operation(), Failure::Rejected, "UnknownOperationException"),
    ];
    for (provider, reply, failure, reason) in cases {
        let status = reply.status;
        let error = error_of(provider, reply).await;
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(failure), Some(reason)), "{provider} {status}: {error}");
        assert!(said(&error, "model").is_some() && said(&error, "provider").is_some());
    }
}

#[tokio::test]
async fn a_prompt_that_azure_withheld_says_for_what() {
    let error = error_of("azure_openai", azure::prompt_withheld()).await;
    assert_eq!(
        (said(&error, "filtered"), said(&error, "param"), error.kind()),
        (Some("jailbreak"), Some("prompt"), ErrorKind::Unsupported)
    );
}

#[tokio::test]
async fn an_error_never_repeats_what_was_asked_and_says_the_rest() {
    for provider in PROVIDERS {
        for (message, is_shown) in [
            ("Unsupported value: 'temperature' does not support 0.1 with this model.", true),
            ("Could not parse: 'Wie hoch ist die Rückstellung für Pensionen?'", false),
            ("could not parse \"WIE HOCH IST DIE RÜCK\"", false),
            ("invalid passage Vorjahr:\\n1.100 TEUR", false),
            ("in lage.pdf, S. 3", false),
        ] {
            let reply = match provider {
                "anthropic" => anthropic::error(400, "invalid_request_error", message),
                "bedrock" => bedrock::error(400, "ValidationException", message),
                _ => openai::error(400, "invalid_request_error", None, message),
            };
            let error = error_of(provider, reply).await;
            assert_eq!(Failure::of(&error), Some(Failure::Rejected), "{provider}");
            assert_eq!(said(&error, "message").is_some(), is_shown, "{provider}: {message}");
            let shown = format!("{error} {error:?} {}", error.to_json());
            for word in ["Pensionen", "HOCH", "Vorjahr", "lage.pdf"] {
                assert!(!shown.contains(word), "{provider}: {shown}");
            }
        }
        // A code that is no word of a machine may be anybody's text.
        let reply = Reply::json(
            400,
            &json!({"error": {"code": "Wie hoch ist die", "type": "lage.pdf", "param": "Rückstellung", "message": ["Vorjahr"]}}),
        );
        let shown = error_of(provider, reply).await.to_string();
        assert!(!["hoch", "Rück", "Vorjahr"].iter().any(|word| shown.contains(word)), "{provider}: {shown}");
    }
}

#[tokio::test]
async fn keys_are_in_no_error_and_in_no_description() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        // A server that repeats the key, in its sentence and as a word.
        let message = "Incorrect API key provided: geheim-1";
        fake.queue(match provider {
            "anthropic" => anthropic::error(401, "geheim-1", message),
            "bedrock" => bedrock::error(403, "geheim-1", message),
            _ => openai::error(401, "geheim-1", Some("geheim-1"), message),
        });
        let secrets = match provider {
            "bedrock" => json!({"secret_access_key": "geheim-1", "session_token": "geheim-1"}),
            _ => json!({"api_key": "geheim-1"}),
        };
        let model = model(provider, &fake.url(), http(json!({})), &secrets);
        let (_, error) = events(&*model, question()).await;
        let error = error.unwrap();
        assert_eq!(Failure::of(&error), Some(Failure::Unauthorized));
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }
    let broken = model("openai_compatible", "http://127.0.0.1:9", http(json!({})), &json!({"api_key": "gehe\nim-2"}));
    let (_, error) = events(&*broken, question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Rejected), Some("request")));
    assert!(!format!("{error:?}").contains("im-2"));
}

#[tokio::test]
async fn how_long_to_wait_is_taken_from_the_head_and_a_server_that_forbids_another_try_is_obeyed() {
    let limited = || openai::error(429, "requests", Some("rate_limit_exceeded"), "x");
    for (reply, wait) in [
        (limited().header("retry-after-ms", "1250").header("retry-after", "9"), Some(Duration::from_millis(1250))),
        (limited().header("retry-after", "9"), Some(Duration::from_secs(9))),
        (limited().header("retry-after", "Thu, 26 Nov 2026 12:00:30 GMT"), Some(Duration::from_secs(30))),
        (
            limited().header("x-ratelimit-remaining-tokens", "0").header("x-ratelimit-reset-tokens", "1m2.5s"),
            Some(Duration::from_millis(62_500)),
        ),
        (limited(), None),
    ] {
        let error = error_of("openai_compatible", reply).await;
        assert_eq!((error.retry_after(), Failure::may_retry(&error)), (wait, true));
    }
    // The clock of the tests stands at 12:00.
    let spent = anthropic::error(429, "rate_limit_error", "x")
        .header("anthropic-ratelimit-input-tokens-remaining", "0")
        .header("anthropic-ratelimit-input-tokens-reset", "2026-11-26T12:00:41Z");
    assert_eq!(error_of("anthropic", spent).await.retry_after(), Some(Duration::from_secs(41)));
    let down =
        Reply::json(500, &json!({})).header("x-ratelimit-remaining-tokens", "0").header("x-ratelimit-reset-tokens", "6m0s");
    assert_eq!(
        error_of("openai_compatible", down).await.retry_after(),
        None,
        "a server that fails is not waited for like a limit"
    );
    assert!(!Failure::may_retry(&error_of("openai_compatible", limited().header("x-should-retry", "false")).await));
    let odd = openai::error(400, "x", None, "x").header("x-should-retry", "true");
    assert!(Failure::may_retry(&error_of("openai_compatible", odd).await));
    let spent = anthropic::spending_limit().header("x-should-retry", "true").header("retry-after", "1");
    let error = error_of("anthropic", spent).await;
    assert_eq!((Failure::may_retry(&error), error.retry_after()), (false, None));
}

#[tokio::test]
async fn a_page_of_somebody_else_and_a_redirection_are_no_answer_and_the_redirection_is_not_followed() {
    for provider in PROVIDERS {
        let error = error_of(provider, Reply::whole(502, "text/html", "<html>bad gateway</html>")).await;
        assert_eq!(Failure::of(&error), Some(Failure::ServerError), "{provider}");
        let error = error_of(provider, Reply::whole(200, "text/html; charset=utf-8", "<html>sign in</html>")).await;
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("html")), "{provider}");
        let error = error_of(provider, Reply::json(200, &json!({"hello": "world"}))).await;
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("no_answer")), "{provider}");
        let error = error_of(provider, Reply::whole(200, "application/json", "<html>")).await;
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("json")), "{provider}");
        let elsewhere = server("openai_compatible", &turn());
        let error = error_of(provider, Reply::whole(302, "text/plain", "").header("location", &elsewhere.url())).await;
        assert_eq!(Failure::of(&error), Some(Failure::Malformed), "{provider}");
        assert!(elsewhere.received().is_empty());
    }
}

#[test]
fn what_is_on_this_machine_is_not_external_unless_it_is_said_and_the_three_clouds_always_are() {
    let external =
        |provider: &str, url: &str, more: serde_json::Value| model(provider, url, http(json!({})), &more).is_external();
    assert!(!external("openai_compatible", "http://localhost:11434", json!({})));
    assert!(external("openai_compatible", "https://api.example", json!({})));
    assert!(external("openai_compatible", "http://localhost:11434", json!({"external": true})), "a proxy of a cloud");
    assert!(!external("openai_compatible", "http://10.0.0.7:8000", json!({"external": false})), "a machine of the house");
    for provider in ["azure_openai", "anthropic", "bedrock"] {
        assert!(external(provider, "http://localhost:1", json!({})));
    }
    let _: &dyn ChatModel = &*model("anthropic", "http://localhost:1", http(json!({})), &json!({}));
}
