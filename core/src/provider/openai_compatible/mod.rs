//! Whatever speaks OpenAI's chat completions: Ollama, vLLM, LM Studio, llama.cpp, gateways.

mod chat;
mod events;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod thoughts;

pub use super::models::ListedModel;
pub use chat::OpenAiCompatibleChat;
pub(super) use chat::answer;
pub(super) use request::{Dialect, body};
pub use settings::{OpenAiCompatibleSettings, StructuredOutput};

pub(super) use crate::wire::openai::classify;
