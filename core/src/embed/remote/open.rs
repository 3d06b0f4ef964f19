use std::sync::Arc;

use super::{AzureOpenAiEmbeddingSettings, BedrockEmbeddingSettings, OpenAiCompatibleEmbeddingSettings, RemoteModel};
use crate::{Error, ErrorKind, Result, embed::EmbeddingModel, http::Http, platform::Variables};

/// An embedding model by a name such as `azure/DEPLOYMENT`, with addresses and keys from the vendor's own variables, as
/// [`open_chat`](crate::provider::open_chat) takes them. What else there is to set is set on the settings of its provider.
///
/// One text, `Beleg`, is embedded to learn the length of the vectors, but for Bedrock, where it is known.
///
/// # Errors
/// `embed.name` when there is no such provider; `provider.settings` when an address or a key is missing; a
/// [`Failure`](crate::provider::Failure) of the first text.
pub fn open_embedding(name: &str, variables: Variables<'_>, http: Http) -> Result<Arc<dyn EmbeddingModel>> {
    let (provider, model) = name.split_once('/').filter(|(_, model)| !model.is_empty()).ok_or_else(|| unknown(name))?;
    let model = model.to_owned();
    let opened = match provider {
        "openai-compatible" => {
            let settings = OpenAiCompatibleEmbeddingSettings { model, ..OpenAiCompatibleEmbeddingSettings::default() };
            RemoteModel::openai_compatible(settings.with_environment(variables)?, &http)?
        }
        "azure" => {
            let settings = AzureOpenAiEmbeddingSettings { deployment: model, ..AzureOpenAiEmbeddingSettings::default() };
            RemoteModel::azure_openai(settings.with_environment(variables)?, &http, None)?
        }
        "bedrock" => {
            let settings = BedrockEmbeddingSettings { model, ..BedrockEmbeddingSettings::default() };
            RemoteModel::bedrock(settings.with_environment(variables)?, &http)?
        }
        _ => return Err(unknown(name)),
    };
    Ok(Arc::new(opened))
}

/// Whether this is the name of an embedding model of a provider, as [`open_embedding`] takes it.
pub fn is_remote(name: &str) -> bool {
    let provider = name.split_once('/').filter(|(_, model)| !model.is_empty()).map(|(provider, _)| provider);
    matches!(provider, Some("openai-compatible" | "azure" | "bedrock"))
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "embed.name", "this names no embedding model of a provider")
        .with("name", name)
        .with_hint("PROVIDER/MODEL: openai-compatible/NAME, azure/DEPLOYMENT, bedrock/ID")
}
