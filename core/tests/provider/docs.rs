//! `docs/providers.md` names every setting.

use beleg::{
    embed::remote::{AzureOpenAiEmbeddingSettings, BedrockEmbeddingSettings, OpenAiCompatibleEmbeddingSettings},
    http::HttpSettings,
    provider::layers::{
        CircuitBreakerSettings, ConcurrencySettings, LayerSettings, RateLimitSettings, RetrySettings, TimeoutSettings,
    },
    provider::{AnthropicSettings, AzureOpenAiSettings, BedrockSettings, CapabilitySettings, OpenAiCompatibleSettings},
};
use serde::de::DeserializeOwned;

/// The settings of a struct, which the error of an unknown one lists.
fn settings<T: DeserializeOwned>() -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>(r#"{"no such setting": 1}"#) else { panic!("an unknown setting is an error") };
    let listed = error.to_string();
    let names = listed.split_once(", expected ").expect("a list of settings").1;
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_setting_is_documented() {
    let page = include_str!("../../../docs/providers.md");
    let all = [
        settings::<HttpSettings>(),
        settings::<CapabilitySettings>(),
        settings::<OpenAiCompatibleSettings>(),
        settings::<AzureOpenAiSettings>(),
        settings::<AnthropicSettings>(),
        settings::<BedrockSettings>(),
        settings::<OpenAiCompatibleEmbeddingSettings>(),
        settings::<AzureOpenAiEmbeddingSettings>(),
        settings::<BedrockEmbeddingSettings>(),
        settings::<LayerSettings>(),
        settings::<RetrySettings>(),
        settings::<ConcurrencySettings>(),
        settings::<RateLimitSettings>(),
        settings::<CircuitBreakerSettings>(),
        settings::<TimeoutSettings>(),
    ];
    assert!(all.iter().all(|settings| settings.len() > 1));
    let missing: Vec<String> = all.concat().into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
