//! Settings that are missing or cannot be right.

use beleg::{
    Error,
    embed::{RemoteModel, open_embedding},
    error::ErrorRecord,
    http::Http,
    provider::{AzureOpenAiChat, OpenAiCompatibleChat, explained, open_chat, probe},
    types::Language,
};
use serde_json::{Value, json};

use crate::support::http;

/// What a chat model by that name lacks in an environment.
fn lacking(name: &str, environment: &[(&str, &str)]) -> Error {
    let variables = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    open_chat(name, &variables, http(json!({}))).err().unwrap()
}

fn of_bedrock(more: Value) -> Error {
    let mut settings = json!({
        "model": "x.y", "region": "eu-central-1", "dimensions": 8, "access_key_id": "AKIDEXAMPLE", "secret_access_key": "geheim-1",
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    RemoteModel::bedrock(serde_json::from_value(settings).unwrap(), &http(json!({}))).err().unwrap()
}

#[tokio::test]
async fn a_setting_that_is_missing_or_wrong_is_named_with_what_to_do_in_the_language_that_is_asked_for() {
    let nothing = |_: &str| None;
    let nameless = json!({"base_url": "http://localhost:1/v1", "model": ""});
    let keyless = json!({"endpoint": "https://r.openai.azure.com", "deployment": "d"});
    let keyless = AzureOpenAiChat::new(serde_json::from_value(keyless).unwrap(), http(json!({}))).unwrap();
    let keyless = probe(&keyless).await.error.unwrap();
    let no_machine = ("AWS_EC2_METADATA_DISABLED", "true");
    let region = ("AWS_REGION", "eu-central-1");
    let mut cases: Vec<(ErrorRecord, &str, &str, &str)> = [
        (open_embedding("openai-compatible/bge-m3", &nothing, http(json!({}))).err().unwrap(), "base_url", "listens", "hört"),
        (lacking("openai-compatible/x", &[]), "base_url", "listens", "hört"),
        (
            OpenAiCompatibleChat::new(serde_json::from_value(nameless).unwrap(), http(json!({}))).err().unwrap(),
            "model",
            "lists them",
            "nennt sie",
        ),
        (lacking("azure/x", &[]), "endpoint", "\"Keys and Endpoint\"", "„Schlüssel und Endpunkt“"),
        (lacking("anthropic/x", &[]), "api_key", "set ANTHROPIC", "ANTHROPIC_API_KEY_FILE setzen"),
        (lacking("bedrock/x", &[]), "region", "such as", "Etwa"),
        (lacking("bedrock/x", &[("AWS_REGION", "x.evil.example/")]), "region", "such as", "Etwa"),
        (lacking("bedrock/x", &[region, no_machine]), "access_key_id", "set AWS_BEARER", "AWS_PROFILE setzen"),
        (lacking("bedrock/x", &[region, ("AWS_ACCESS_KEY_ID", "A")]), "secret_access_key", "a secret", "Geheimnis"),
        (of_bedrock(json!({})), "family", "names none", "nennt keine"),
        (of_bedrock(json!({"dimensions": 1 << 20, "family": "titan_v2"})), "dimensions", "1 to", "So viele"),
        (
            Http::new(serde_json::from_value(json!({"proxy": "ftp://me:geheim@p.example"})).unwrap()).err().unwrap(),
            "proxy",
            "it begins with",
            "Sie beginnt mit",
        ),
    ]
    .into_iter()
    .map(|(error, setting, en, de)| (ErrorRecord::from(&error), setting, en, de))
    .collect();
    cases.push((keyless, "api_key", "for a token", "für ein Token"));
    #[cfg(feature = "aws-metadata")]
    cases.extend(of_keys_that_are_asked_for());
    for (error, setting, en, de) in cases {
        let (english, german) = (explained(&error, Language::En), explained(&error, Language::De));
        assert!(english.starts_with(&format!("the setting `{setting}` is missing or cannot be right. ")), "{english}");
        assert!(german.starts_with(&format!("Die Einstellung `{setting}` fehlt oder kann nicht stimmen. ")), "{german}");
        assert!(english.contains(en) && german.contains(de) && !german.contains(en), "{english}\n{german}");
        assert!(!format!("{english}{german}").contains("geheim"));
    }
}

#[cfg(feature = "aws-metadata")]
fn of_keys_that_are_asked_for() -> Vec<(ErrorRecord, &'static str, &'static str, &'static str)> {
    let by = |credentials: Value| {
        let settings = json!({"model": "amazon.titan-embed-text-v2:0", "region": "eu-central-1", "dimensions": 256, "credentials": credentials});
        RemoteModel::bedrock(serde_json::from_value(settings).unwrap(), &http(json!({}))).err().unwrap()
    };
    let sso = json!({"kind": "sso", "region": "x.evil.example/", "account_id": "1", "role_name": "r", "token_file": "/nowhere"});
    [
        (
            lacking("bedrock/x", &[("AWS_REGION", "eu-central-1"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")]),
            "role_arn",
            "a token is given",
            "Ein Token gilt",
        ),
        (
            by(json!({"kind": "container", "uri": "http://192.0.2.1/keys"})),
            "credentials.uri",
            "without https://",
            "Ohne https://",
        ),
        (by(sso), "sso_region", "such as", "`aws configure sso`"),
    ]
    .into_iter()
    .map(|(error, setting, en, de)| (ErrorRecord::from(&error), setting, en, de))
    .collect()
}
