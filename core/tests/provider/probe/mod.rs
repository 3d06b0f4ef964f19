//! What `beleg doctor --probe` says of each thing that can be wrong: the whole line, in both languages.

mod access;
mod limits;
mod models;
mod network;
mod settings;
mod tls;

use beleg::{
    error::ErrorRecord,
    http::Http,
    provider::{ProbeReport, explained, probe},
    testing::providers::{Reply, anthropic, azure},
    types::Language,
};
use serde_json::{Value, json};

use crate::support::{PROVIDERS, http, model, server, streamed, turn};

async fn probed_by(provider: &str, url: &str, http: Http, more: Value) -> ProbeReport {
    probe(&*model(provider, url, http, &more)).await
}

async fn probed(provider: &str, url: &str) -> ProbeReport {
    probed_by(provider, url, http(json!({})), json!({})).await
}

/// The error of a report is these lines.
fn says(report: ProbeReport, en: &str, de: &str) {
    let error: ErrorRecord = report.error.expect("something is wrong");
    assert_eq!(explained(&error, Language::En), en, "{error:?}");
    assert_eq!(explained(&error, Language::De), de, "{error:?}");
    assert!(!report.ok && !format!("{en}{de}").contains('\n'));
}

/// The error of a report means this, and its line has these words for it in English and in German, and no secret of the tests.
fn means(report: ProbeReport, detail: &str, en: &str, de: &str) {
    let error: ErrorRecord = report.error.expect("something is wrong");
    assert_eq!(error.context.get("detail").map_or("", String::as_str), detail, "{error:?}");
    for (language, words) in [(Language::En, en), (Language::De, de)] {
        let told = explained(&error, language);
        assert!(told.contains(words), "{told}\n{error:?}");
        assert!(!["geheim", azure::KEY, anthropic::KEY].iter().any(|secret| told.contains(secret)), "{told}");
    }
}

/// A server that answers a question by `reply`, and is asked nothing else.
async fn refused(provider: &str, reply: Reply) -> (ProbeReport, String) {
    let fake = server(provider, &turn());
    fake.queue(reply);
    let host = fake.address().to_string();
    (probed(provider, &fake.url()).await, host)
}

#[tokio::test]
async fn a_model_that_answers_says_who_it_is_and_how_long_it_took() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        fake.queue(streamed(provider, &turn()));
        let report = probed(provider, &fake.url()).await;
        assert!(report.ok && report.usage.is_some() && report.error.is_none(), "{provider}: {report:?}");
        assert_eq!(fake.received().len(), 1, "one call");
    }
}
