use serde_json::json;

use super::*;
use crate::provider::ChatRequest;

fn settings(json: serde_json::Value) -> AzureOpenAiSettings {
    serde_json::from_value(json).unwrap()
}

#[test]
fn addresses_are_those_of_v1_or_the_classic_ones() {
    let at = |more: serde_json::Value| {
        let mut all = json!({"endpoint": "https://x.openai.azure.com/", "deployment": "mein modell/1"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings(all).access().address(&request::OPERATION).unwrap().as_str().to_owned()
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
