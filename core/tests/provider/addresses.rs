//! Where a request with a key goes is a matter of the settings alone: neither of a redirection nor of anything else that an answer says.

use std::path::Path;

use beleg::{
    embed::{EmbeddingModel, RemoteModel},
    error::ErrorRecord,
    http::Http,
    provider::{AzureOpenAiChat, BedrockChat, ChatModel, explained, probe},
    testing::providers::{FakeProvider, Received, Reply, azure, bedrock, openai},
    types::Language,
};
use serde_json::{Value, json};

use crate::support::{PROVIDERS, events, http, model, question, server, streamed, text, turn};

/// Embedding models by an address.
fn embedding(provider: &str, url: &str) -> Result<RemoteModel, beleg::Error> {
    let http = http(json!({}));
    match provider {
        "openai_compatible" => {
            let settings = json!({"base_url": url, "model": openai::EMBEDDING_MODEL, "api_key": "geheim-1"});
            RemoteModel::openai_compatible(serde_json::from_value(settings).unwrap(), &http)
        }
        "azure_openai" => {
            let settings = json!({"endpoint": url, "deployment": azure::EMBEDDING_DEPLOYMENT, "api_key": "geheim-1"});
            RemoteModel::azure_openai(serde_json::from_value(settings).unwrap(), &http, None)
        }
        _ => {
            let settings =
                json!({"endpoint": url, "model": bedrock::TITAN, "region": "eu-central-1", "bearer_token": "geheim-1"});
            RemoteModel::bedrock(serde_json::from_value(settings).unwrap(), &http)
        }
    }
}

/// Who is asked for a token or for keys before a model is, each at an address: a model whose own server is `model`.
fn by_somebody_else(url: &str, server: &str, http: &Http, token: &Path) -> Vec<Result<Box<dyn ChatModel>, beleg::Error>> {
    let azure = |entra: Value| {
        let settings = json!({"endpoint": server, "deployment": azure::DEPLOYMENT, "entra": entra});
        Ok(Box::new(AzureOpenAiChat::new(serde_json::from_value(settings).unwrap(), http.clone())?) as Box<dyn ChatModel>)
    };
    let application =
        json!({"kind": "client_credentials", "tenant": "t", "client_id": "c", "client_secret": "geheim-1", "authority": url});
    let mut all = vec![
        azure(application),
        azure(json!({"kind": "managed_identity", "endpoint": url})),
        azure(json!({"kind": "managed_identity", "endpoint": url, "header": "geheim-1"})),
    ];
    all.extend(by_aws(url, server, http, token));
    all
}

#[cfg(not(feature = "aws-metadata"))]
fn by_aws(_: &str, _: &str, _: &Http, _: &Path) -> Vec<Result<Box<dyn ChatModel>, beleg::Error>> {
    Vec::new()
}

#[cfg(feature = "aws-metadata")]
fn by_aws(url: &str, server: &str, http: &Http, token: &Path) -> Vec<Result<Box<dyn ChatModel>, beleg::Error>> {
    let bedrock = |credentials: Value| {
        let settings = json!({"endpoint": server, "model": bedrock::MODEL, "region": "eu-central-1", "credentials": credentials});
        Ok(Box::new(BedrockChat::new(serde_json::from_value(settings).unwrap(), http.clone())?) as Box<dyn ChatModel>)
    };
    vec![
        bedrock(json!({"kind": "machine", "endpoint": url})),
        bedrock(json!({"kind": "container", "uri": url, "token": "geheim-1"})),
        bedrock(json!({"kind": "web_identity", "role_arn": "r", "token_file": token, "endpoint": url})),
        bedrock(
            json!({"kind": "sso", "region": "eu-central-1", "account_id": "1", "role_name": "r", "token_file": token, "endpoint": url}),
        ),
    ]
}

#[tokio::test]
async fn no_request_with_a_key_follows_a_redirection_whoever_is_asked_and_whatever_its_status() {
    let elsewhere = FakeProvider::start(|_: &Received| Reply::json(200, &json!({})));
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), json!({"accessToken": "geheim-1", "expiresAt": "2099-01-01T00:00:00Z"}).to_string()).unwrap();
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/v1", elsewhere.url());
        let redirecting = FakeProvider::start(move |_: &Received| Reply::whole(status, "text/plain", "").header("location", &to));
        let resource = server("azure_openai", &turn());
        for provider in PROVIDERS {
            // The list of models is asked for as well.
            let report = probe(&*model(provider, &redirecting.url(), http(json!({})), &json!({}))).await;
            assert!(!report.ok, "{provider} {status}");
        }
        for provider in ["openai_compatible", "azure_openai", "bedrock"] {
            let url = redirecting.url();
            let asked = move || embedding(provider, &url).and_then(|model| model.embed_query("Beleg")).err();
            let refused = tokio::task::spawn_blocking(asked).await.unwrap();
            assert_eq!(refused.unwrap().code(), "provider.malformed", "{provider} {status}");
        }
        for model in by_somebody_else(&redirecting.url(), &resource.url(), &http(json!({})), token.path()) {
            assert!(!probe(&*model.unwrap()).await.ok, "{status}");
        }
        assert!(redirecting.received().len() >= 10 && resource.received().is_empty());
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn an_address_with_a_name_a_password_or_a_question_or_of_another_scheme_is_refused_and_shown_nowhere() {
    for url in [
        "https://me:geheim-1@models.example/v1",
        "https://geheim-1@models.example",
        "http://:geheim-1@127.0.0.1:1",
        "https://models.example/v1?key=geheim-1",
        "https://models.example/v1#geheim-1",
        "ftp://models.example/geheim-1",
        "file:///geheim-1",
        "unix:///geheim-1.sock",
        "data:text/plain,geheim-1",
        "ws://models.example/geheim-1",
        "models.example/geheim-1",
        "//models.example/geheim-1",
        "https://",
        "https:// geheim-1",
        "http://169.254.169.254@geheim-1.example",
    ] {
        let mut refused = Vec::new();
        for provider in ["openai_compatible", "azure_openai", "bedrock"] {
            let url = url.to_owned();
            let error = tokio::task::spawn_blocking(move || embedding(provider, &url).err()).await.unwrap();
            refused.push(error.unwrap_or_else(|| panic!("{provider}")));
        }
        for provider in PROVIDERS {
            let made = chat(provider, url);
            refused.push(made.err().unwrap_or_else(|| panic!("{provider} {url}")));
        }
        // A question may stand in the address of a container's agent, which is asked for keys and not with them.
        let is_asked = |error: &beleg::Error| error.code() == "http.address";
        let by_others = by_somebody_else(url, "https://models.example", &http(json!({})), Path::new("/nowhere"));
        let others: Vec<beleg::Error> = by_others.into_iter().filter_map(Result::err).filter(is_asked).collect();
        assert!(others.len() >= if cfg!(feature = "aws-metadata") { 6 } else { 3 }, "{url}: {others:?}");
        refused.extend(others);
        for error in refused {
            assert_eq!(error.code(), "http.address", "{url}");
            let record = ErrorRecord::from(&error);
            let (en, de) = (explained(&record, Language::En), explained(&record, Language::De));
            assert!(en.contains("it begins with https:// or http://") && de.contains("beginnt mit https:// oder http://"));
            for shown in [error.to_string(), format!("{error:?}"), error.to_json().to_string(), en, de] {
                assert!(!shown.contains("geheim"), "{shown}");
            }
        }
    }
}

fn chat(provider: &str, url: &str) -> Result<(), beleg::Error> {
    use beleg::provider::{AnthropicChat, OpenAiCompatibleChat};
    let http = http(json!({}));
    match provider {
        "openai_compatible" => {
            let settings = json!({"base_url": url, "model": "m", "api_key": "geheim-1"});
            OpenAiCompatibleChat::new(serde_json::from_value(settings).unwrap(), http).map(drop)
        }
        "azure_openai" => {
            let settings = json!({"endpoint": url, "deployment": "d", "api_key": "geheim-1"});
            let chat = AzureOpenAiChat::new(serde_json::from_value(settings).unwrap(), http);
            chat.map(drop)
        }
        "anthropic" => {
            let settings = json!({"base_url": url, "model": "m", "api_key": "geheim-1"});
            AnthropicChat::new(serde_json::from_value(settings).unwrap(), http).map(drop)
        }
        _ => {
            let settings = json!({"endpoint": url, "model": "m", "region": "eu-central-1", "bearer_token": "geheim-1"});
            BedrockChat::new(serde_json::from_value(settings).unwrap(), http).map(drop)
        }
    }
}

/// An address may be that of a service which is no model's, such as the one at which a machine of a cloud tells its keys.
#[tokio::test]
async fn an_answer_that_is_none_of_a_model_is_quoted_nowhere() {
    let keys = json!({
        "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIAGEHEIM", "SecretAccessKey": "geheim-2", "Token": "geheim-3",
        "Expiration": "2099-01-01T00:00:00Z",
    });
    for reply in [
        Reply::json(200, &keys),
        Reply::json(404, &keys),
        Reply::whole(200, "text/plain", "ami-id\nhostname\ngeheim-2\n"),
        Reply::whole(404, "text/plain", "geheim-2"),
        Reply::whole(200, "text/html", "<html>geheim-2</html>"),
        Reply::whole(200, "text/event-stream", "data: geheim-2\n\n"),
        Reply::whole(301, "text/plain", "geheim-2").header("location", "http://geheim-2.example/"),
    ] {
        let fake = FakeProvider::start(move |_: &Received| reply.clone());
        for provider in PROVIDERS {
            let report = probe(&*model(provider, &fake.url(), http(json!({})), &json!({}))).await;
            let error = report.error.unwrap();
            let lines = [Language::En, Language::De].map(|language| explained(&error, language));
            let shown = format!("{error:?} {lines:?}").to_lowercase();
            assert!(!shown.contains("geheim"), "{provider}: {shown}");
        }
    }
}

#[tokio::test]
async fn nothing_in_the_head_of_an_answer_moves_the_next_request_or_stays_for_it() {
    let elsewhere = server("openai_compatible", &turn());
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        let place = elsewhere.address().to_string();
        let reply = streamed(provider, &turn())
            .header("alt-svc", &format!("h2=\"{place}\"; ma=3600"))
            .header("content-location", &elsewhere.url())
            .header("location", &elsewhere.url())
            .header("refresh", &format!("0; url={}", elsewhere.url()))
            .header("set-cookie", "session=1; Path=/");
        fake.queue(reply);
        let model = model(provider, &fake.url(), http(json!({})), &json!({}));
        for _ in 0..2 {
            assert_eq!(text(&events(&*model, question()).await.0), turn().text(), "{provider}");
        }
        assert_eq!(fake.received().len(), 2);
        assert!(fake.last().header("cookie").is_none(), "{provider}");
    }
    assert!(elsewhere.received().is_empty());
}
