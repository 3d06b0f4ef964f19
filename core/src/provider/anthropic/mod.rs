//! Anthropic's Messages API: streams, citations by the model itself, prompt caching.

mod chat;
mod errors;
mod events;
mod request;
mod settings;
#[cfg(test)]
mod tests;

pub use chat::AnthropicChat;
pub use settings::{AnthropicSettings, PromptCaching};
