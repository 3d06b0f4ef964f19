use super::AzureOpenAiSettings;
use crate::provider::{
    ChatRequest,
    openai_compatible::{Dialect, StructuredOutput, body},
};

/// Chat completions of a deployment.
pub(super) const OPERATION: [&str; 2] = ["chat", "completions"];

/// What is sent there.
pub(super) fn content(request: &ChatRequest, settings: &AzureOpenAiSettings) -> Vec<u8> {
    let access = settings.access();
    let dialect = Dialect {
        model: access.model(),
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
