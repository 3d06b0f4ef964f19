//! Azure OpenAI: deployments of a resource, by the classic addresses or by v1, with a key or a token of Entra ID. The language is
//! that of [`openai_compatible`](super::openai_compatible).

mod chat;
mod request;
mod settings;
#[cfg(test)]
mod tests;

pub use chat::AzureOpenAiChat;
pub use settings::AzureOpenAiSettings;

pub use crate::wire::azure::{AzureApi, Entra, Token, TokenSource};
