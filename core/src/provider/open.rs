use std::sync::Arc;

use super::{
    AnthropicChat, AnthropicSettings, AzureOpenAiChat, AzureOpenAiSettings, BedrockChat, BedrockSettings, ChatModel,
    OpenAiCompatibleChat, OpenAiCompatibleSettings,
};
use crate::{Error, ErrorKind, Result, http::Http, platform::Variables};

/// A chat model by a name such as `anthropic/claude-…`, with addresses and keys from the vendor's own variables. What else there is to set
/// is set on the settings of its provider.
///
/// # Errors
/// `provider.name` when there is no such provider; `provider.settings` when an address or a key is missing.
pub fn open_chat(name: &str, variables: Variables<'_>, http: Http) -> Result<Arc<dyn ChatModel>> {
    let (provider, model) = name.split_once('/').filter(|(_, model)| !model.is_empty()).ok_or_else(|| unknown(name))?;
    let model = model.to_owned();
    Ok(match provider {
        "openai-compatible" => {
            let settings = OpenAiCompatibleSettings { model, ..OpenAiCompatibleSettings::default() };
            Arc::new(OpenAiCompatibleChat::new(settings.with_environment(variables)?, http)?)
        }
        "azure" => {
            let settings = AzureOpenAiSettings { deployment: model, ..AzureOpenAiSettings::default() };
            Arc::new(AzureOpenAiChat::new(settings.with_environment(variables)?, http)?)
        }
        "anthropic" => {
            let settings = AnthropicSettings { model, ..AnthropicSettings::default() };
            Arc::new(AnthropicChat::new(settings.with_environment(variables)?, http)?)
        }
        "bedrock" => {
            let settings = BedrockSettings { model, ..BedrockSettings::default() };
            Arc::new(BedrockChat::new(settings.with_environment(variables)?, http)?)
        }
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "provider.name", "this names no chat model")
        .with("name", name)
        .with_hint("PROVIDER/MODEL: openai-compatible/NAME, azure/DEPLOYMENT, anthropic/NAME, bedrock/ID")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpSettings;

    #[test]
    fn each_provider_is_opened_by_its_name_and_the_vendors_variables() {
        let variables = |name: &str| {
            let value = match name {
                "OPENAI_BASE_URL" => "http://127.0.0.1:8080/v1",
                "AZURE_OPENAI_ENDPOINT" => "https://r.openai.azure.com",
                "AZURE_OPENAI_API_KEY" | "ANTHROPIC_API_KEY" | "AWS_BEARER_TOKEN_BEDROCK" => "k",
                "AWS_REGION" => "eu-central-1",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let open = |name: &str| open_chat(name, &variables, Http::new(HttpSettings::default()).unwrap());
        for (name, provider, is_external) in [
            ("openai-compatible/org/model:7b", "openai", false),
            ("azure/my-deployment", "azure.ai.openai", true),
            ("anthropic/claude-sonnet-4-5", "anthropic", true),
            ("bedrock/eu.anthropic.claude-v1:0", "aws.bedrock", true),
        ] {
            let chat = open(name).unwrap();
            assert_eq!(chat.name(), name.split_once('/').unwrap().1);
            assert_eq!(chat.is_external(), is_external, "{name}");
            assert!(provider == chat.provider() || name.starts_with("openai-compatible"), "{}", chat.provider());
        }
        for name in ["", "gpt-5", "anthropic/", "mistral/large"] {
            assert_eq!(open(name).err().unwrap().code(), "provider.name", "{name}");
        }
        let nothing = open_chat("anthropic/x", &|_| None, Http::new(HttpSettings::default()).unwrap());
        assert_eq!(nothing.err().unwrap().code(), "provider.settings");
    }
}
