//! Tokens of Entra ID: by an application, by a machine, by an App Service, by a host.

use std::sync::Arc;

use async_trait::async_trait;
use beleg::{
    Result,
    provider::{
        AzureOpenAiChat, ChatModel, Failure,
        azure_openai::{Token, TokenSource},
    },
    testing::providers::{FakeProvider, azure},
};
use serde_json::{Value, json};

use crate::support::{events, http, question, said, server, text, turn};

fn chat(url: &str, more: Value) -> AzureOpenAiChat {
    let mut settings = json!({"endpoint": url, "deployment": azure::DEPLOYMENT, "api_key": "wrong"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    AzureOpenAiChat::new(serde_json::from_value(settings).unwrap(), http(json!({}))).unwrap()
}

#[tokio::test]
async fn a_token_is_had_by_the_secret_of_an_application_once_and_comes_before_the_key() {
    let scope = "https://cognitiveservices.azure.com/.default";
    let entra = FakeProvider::start(azure::entra_id("tenant-1", "client-1", "s+e/c ret&=", scope));
    let fake = server("azure_openai", &turn());
    let settings = |secret: &str| json!({"entra": {"kind": "client_credentials", "tenant": "tenant-1", "client_id": "client-1", "client_secret": secret, "authority": entra.url()}});
    let model = chat(&fake.url(), settings("s+e/c ret&="));
    for _ in 0..3 {
        assert_eq!(text(&events(&model, question()).await.0), turn().text());
    }
    assert_eq!(entra.received().len(), 1);
    assert!(fake.last().header("api-key").is_none());
    let (_, error) = events(&chat(&fake.url(), settings("geheim")), question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Unauthorized), Some("invalid_client")));
    assert!(!format!("{error:?}").contains("geheim"));
}

#[tokio::test]
async fn a_token_is_had_by_the_identity_of_a_machine_and_of_an_app_service() {
    let machine = FakeProvider::start(azure::machine(None));
    let service = FakeProvider::start(azure::machine(Some("header-1")));
    let fake = server("azure_openai", &turn());
    for entra in [
        json!({"kind": "managed_identity", "endpoint": machine.url(), "client_id": "id-1"}),
        json!({"kind": "managed_identity", "endpoint": format!("{}/msi/token", service.url()), "header": "header-1"}),
    ] {
        let (events, error) = events(&chat(&fake.url(), json!({"entra": entra})), question()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(text(&events), turn().text());
    }
    assert!(machine.last().path.contains("client_id=id-1"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_used_again() {
    let entra = FakeProvider::start(azure::entra_id("t", "c", "s", "https://cognitiveservices.azure.com/.default"));
    let fake = server("azure_openai", &turn());
    let settings =
        json!({"kind": "client_credentials", "tenant": "t", "client_id": "c", "client_secret": "s", "authority": entra.url()});
    let model = chat(&fake.url(), json!({"entra": settings}));
    fake.queue(azure::error(401, "Unauthorized", "The token was revoked."));
    let (_, error) = events(&model, question()).await;
    assert_eq!(Failure::of(&error.unwrap()), Some(Failure::Unauthorized));
    assert_eq!(text(&events(&model, question()).await.0), turn().text());
    assert_eq!(entra.received().len(), 2);
}

struct Host;

#[async_trait]
impl TokenSource for Host {
    async fn token(&self) -> Result<Token> {
        Ok(Token { value: azure::TOKEN.into(), valid_for: std::time::Duration::from_secs(3600) })
    }
}

#[tokio::test]
async fn a_host_gives_its_own_tokens() {
    let fake = server("azure_openai", &turn());
    let model = chat(&fake.url(), json!({})).with_tokens(Arc::new(Host));
    assert_eq!(text(&events(&model, question()).await.0), turn().text());
    assert!(model.is_external());
}
