use super::{AzureApi, AzureOpenAiSettings};
use crate::{
    Result,
    http::Address,
    provider::{
        ChatRequest,
        openai_compatible::{Dialect, StructuredOutput, body},
    },
};

/// Where chat completions of a deployment are. The endpoint may be given as any of the portal's pages shows it.
pub(super) fn address(settings: &AzureOpenAiSettings) -> Result<Address> {
    let endpoint = settings.endpoint.trim().trim_end_matches('/');
    let endpoint = endpoint.strip_suffix("/openai/v1").or_else(|| endpoint.strip_suffix("/openai")).unwrap_or(endpoint);
    let resource = Address::parse(endpoint)?;
    Ok(match settings.api {
        AzureApi::V1 => resource.below(&["openai", "v1", "chat", "completions"]),
        AzureApi::Classic => resource
            .below(&["openai", "deployments", &settings.deployment, "chat", "completions"])
            .with_query(&[("api-version", &settings.api_version)]),
    })
}

/// What is sent there.
pub(super) fn content(request: &ChatRequest, settings: &AzureOpenAiSettings) -> Vec<u8> {
    let dialect = Dialect {
        model: (settings.api == AzureApi::V1).then_some(settings.deployment.as_str()),
        can: settings.can(),
        structured_output: StructuredOutput::JsonSchema,
        reasoning: settings.reasoning,
        effort: settings.effort.as_deref(),
        max_tokens: settings.max_tokens,
        stream: settings.stream,
        stream_usage: settings.stream_usage,
    };
    body(request, &dialect)
}
