//! Azure OpenAI: deployments of a resource, by the classic addresses or by v1, with a key or a token of Entra ID. The language is
//! that of [`openai_compatible`](super::openai_compatible).

mod chat;
mod entra;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod token;

pub use chat::AzureOpenAiChat;
pub use settings::{AzureApi, AzureOpenAiSettings, Entra};
pub use token::{Token, TokenSource};
