use async_trait::async_trait;

use super::ChatStream;
use crate::Result;

/// A model that answers in words. Object-safe: a host picks one at run time.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What goes on record as the requested model: `gpt-5.2`, `anthropic.claude-…`.
    fn name(&self) -> &str;

    /// The provider, by its name in OpenTelemetry's `gen_ai.provider.name`: `azure.ai.openai`, `aws.bedrock`, `anthropic`.
    fn provider(&self) -> &str;

    /// Whether what is sent leaves the operator's own machines.
    fn is_external(&self) -> bool;

    /// How many tokens prompt and answer may have together, as far as it is known.
    fn context_tokens(&self) -> Option<u32>;

    /// Sends a request. When it returns, nothing of the answer need have come yet. Dropping the stream ends the request.
    ///
    /// # Errors
    /// What went wrong before the first event; later errors are items of the stream.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream>;
}

/// What is asked of a chat model.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct ChatRequest {
    /// Instructions, apart from what a user or a document says.
    pub system: Option<String>,
    /// The conversation, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Tokens of the answer at most.
    pub max_tokens: Option<u32>,
    /// 0 for the likeliest words.
    pub temperature: Option<f32>,
    /// The same seed is to give the same answer, where the provider can.
    pub seed: Option<u64>,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatMessage {
    /// Whose.
    pub role: ChatRole,
    /// What it says.
    pub text: String,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// The user's.
    User,
    /// The model's.
    Assistant,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatResponse {
    /// The provider's id of the response.
    pub id: Option<String>,
    /// The model that answered, which need not be the one that was asked for.
    pub model: Option<String>,
    /// What it says.
    pub text: String,
    /// Why it ended.
    pub stop: StopReason,
    /// What it took.
    pub usage: Usage,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// It was done.
    End,
    /// It reached the number of tokens; the text is cut.
    MaxTokens,
    /// The provider withheld it.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// Another reason, in the provider's words.
    Other(String),
}

/// Tokens of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Of the prompt, those from a cache included.
    pub input_tokens: u64,
    /// Of the prompt, those that came from the provider's cache.
    pub cached_tokens: u64,
    /// Of the answer, thoughts included.
    pub output_tokens: u64,
}
