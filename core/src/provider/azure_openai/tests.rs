use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::json;

use super::{request::address, token::TokenCache, *};
use crate::{
    Result,
    env::Clock,
    provider::{ChatRequest, Failure},
};

fn settings(json: serde_json::Value) -> AzureOpenAiSettings {
    serde_json::from_value(json).unwrap()
}

#[test]
fn addresses_are_those_of_v1_or_the_classic_ones() {
    let at = |more: serde_json::Value| {
        let mut all = json!({"endpoint": "https://x.openai.azure.com/", "deployment": "mein modell/1"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        address(&settings(all)).unwrap().as_str().to_owned()
    };
    assert_eq!(at(json!({})), "https://x.openai.azure.com/openai/v1/chat/completions");
    assert_eq!(
        at(json!({"endpoint": "https://x.openai.azure.com/openai/v1/"})),
        "https://x.openai.azure.com/openai/v1/chat/completions"
    );
    assert_eq!(
        at(json!({"api": "classic", "api_version": "2025-01-01-preview"})),
        "https://x.openai.azure.com/openai/deployments/mein%20modell%2F1/chat/completions?api-version=2025-01-01-preview"
    );
}

#[test]
fn v1_names_the_deployment_in_the_request_and_the_classic_address_does_not() {
    let model = |api: &str| {
        let settings = settings(json!({"endpoint": "https://x", "deployment": "d", "api": api}));
        let body: serde_json::Value = serde_json::from_slice(&request::content(&ChatRequest::default(), &settings)).unwrap();
        body.get("model").cloned()
    };
    assert_eq!((model("v1"), model("classic")), (Some(json!("d")), None));
}

#[test]
fn settings_are_taken_from_the_environment_and_unknown_ones_are_errors() {
    let variables = |name: &str| match name {
        "AZURE_OPENAI_ENDPOINT" => Some("https://x.openai.azure.com".to_owned()),
        "AZURE_TENANT_ID" | "AZURE_CLIENT_ID" | "AZURE_CLIENT_SECRET" => Some(name.to_lowercase()),
        "IDENTITY_ENDPOINT" => Some("http://localhost:1/token".to_owned()),
        "IDENTITY_HEADER" => Some("header".to_owned()),
        _ => None,
    };
    let taken = settings(json!({"deployment": "d"})).with_environment(&variables).unwrap();
    assert!(matches!(taken.entra, Some(Entra::ClientCredentials { tenant, .. }) if tenant == "azure_tenant_id"));
    let managed =
        settings(json!({"deployment": "d", "entra": {"kind": "managed_identity"}})).with_environment(&variables).unwrap();
    assert!(matches!(managed.entra, Some(Entra::ManagedIdentity { endpoint: Some(_), header: Some(_), .. })));
    let keyed = settings(json!({"deployment": "d", "api_key": "k"})).with_environment(&variables).unwrap();
    assert!(keyed.entra.is_none(), "what is set is not changed");
    assert!(serde_json::from_value::<AzureOpenAiSettings>(json!({"deployement": "d"})).is_err());
    assert!(
        serde_json::from_value::<AzureOpenAiSettings>(json!({"entra": {"kind": "managed_identity", "tenant": "t"}})).is_err()
    );
}

/// Counts how often it is asked, and fails from the `fails_from`th time on.
struct Counting {
    asked: AtomicUsize,
    fails_from: usize,
    valid_for: Duration,
}

#[async_trait]
impl TokenSource for Counting {
    async fn token(&self) -> Result<Token> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        // Gives whoever waits for the same token the chance to ask as well.
        tokio::task::yield_now().await;
        if asked >= self.fails_from {
            return Err(Failure::Unreachable.error());
        }
        Ok(Token { value: format!("token-{asked}").into(), valid_for: self.valid_for })
    }
}

fn cache(fails_from: usize, valid_for: Duration) -> (TokenCache, Arc<Counting>, SetClock) {
    let clock = SetClock(Arc::new(std::sync::Mutex::new("2026-11-26T12:00:00Z".parse().unwrap())));
    let source = Arc::new(Counting { asked: AtomicUsize::new(0), fails_from, valid_for });
    (TokenCache::new(source.clone(), Arc::new(clock.clone())), source, clock)
}

#[derive(Clone)]
struct SetClock(Arc<std::sync::Mutex<jiff::Timestamp>>);

impl SetClock {
    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for SetClock {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_renewed_before_it_ends() {
    let (cache, source, clock) = cache(usize::MAX, Duration::from_secs(3600));
    let all = futures::future::join_all((0..16).map(|_| cache.token())).await;
    assert!(all.iter().all(|token| token.as_ref().unwrap().expose() == "token-1"));
    clock.advance(3600 - 301);
    assert_eq!(cache.token().await.unwrap().expose(), "token-1");
    clock.advance(2);
    assert_eq!(cache.token().await.unwrap().expose(), "token-2");
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_to_its_end_and_not_beyond() {
    let (cache, _, clock) = cache(2, Duration::from_secs(3600));
    cache.token().await.unwrap();
    clock.advance(3599);
    assert_eq!(cache.token().await.unwrap().expose(), "token-1");
    clock.advance(1);
    assert_eq!(Failure::of(&cache.token().await.unwrap_err()), Some(Failure::Unreachable));
}

#[tokio::test]
async fn a_token_that_is_short_lived_is_used_for_half_of_its_life() {
    let (cache, source, clock) = cache(usize::MAX, Duration::from_secs(60));
    cache.token().await.unwrap();
    clock.advance(29);
    cache.token().await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
    clock.advance(1);
    cache.token().await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
}
