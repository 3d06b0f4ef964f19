//! What `beleg doctor --probe` says of each thing that can be wrong.

use beleg::{
    error::ErrorRecord,
    provider::{ProbeReport, explained, probe},
    testing::providers::{Reply, anthropic, azure, bedrock, openai},
    types::Language,
};
use serde_json::json;

use crate::support::{PROVIDERS, http, model, server, streamed, turn};

async fn probed(provider: &str, url: &str) -> ProbeReport {
    probe(&*model(provider, url, http(json!({})), &json!({}))).await
}

/// The line in both languages has these words.
fn says(error: &ErrorRecord, en: &str, de: &str) {
    let (english, german) = (explained(error, Language::En), explained(error, Language::De));
    assert!(english.contains(en), "{english}");
    assert!(german.contains(de), "{german}");
    assert!(!english.contains('\n') && !german.contains('\n'));
}

#[tokio::test]
async fn a_model_that_answers_says_who_it_is_and_how_long_it_took() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        fake.queue(streamed(provider, &turn()));
        let report = probed(provider, &fake.url()).await;
        assert!(report.ok && report.usage.is_some() && report.error.is_none(), "{provider}: {report:?}");
    }
}

#[tokio::test]
async fn what_the_provider_refuses_is_explained_in_a_line() {
    for (provider, reply, en, de) in [
        (
            "openai_compatible",
            openai::error(401, "x", Some("invalid_api_key"), "x"),
            "not accepted (401",
            "nicht angenommen (401",
        ),
        ("anthropic", anthropic::error(401, "authentication_error", "x"), "not accepted", "nicht angenommen"),
        ("azure_openai", azure::error(404, "DeploymentNotFound", "x"), "no such model or deployment", "gibt es nicht"),
        ("bedrock", bedrock::error(429, "ThrottlingException", "x"), "set up right", "Richtig eingerichtet"),
        ("openai_compatible", openai::error(429, "x", Some("insufficient_quota"), "x"), "quota is used up", "Kontingent"),
    ] {
        let fake = server(provider, &turn());
        fake.queue(reply);
        let report = probed(provider, &fake.url()).await;
        assert!(!report.ok, "{provider}");
        says(&report.error.unwrap(), en, de);
    }
    let fake = server("openai_compatible", &turn());
    fake.queue(Reply::json(200, &json!({"hello": "world"})));
    let report = probed("openai_compatible", &fake.url()).await;
    says(&report.error.unwrap(), "not as this provider does", "nicht wie dieser Anbieter");
}

#[tokio::test]
async fn what_lies_on_the_way_is_told_from_the_provider() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = probed("openai_compatible", &format!("http://{closed}")).await;
    says(&report.error.unwrap(), "refuses the connection", "nimmt keine Verbindung an");
    let report = probed("openai_compatible", "http://nowhere.invalid").await;
    says(&report.error.unwrap(), "no such host: nowhere.invalid", "Unbekannter Rechner: nowhere.invalid");
    let proxied = http(json!({"proxy": format!("http://{closed}"), "no_proxy": ""}));
    let report = probe(&*model("openai_compatible", "https://model.example", proxied, &json!({}))).await;
    says(&report.error.unwrap(), "proxy", "Proxy");
}
