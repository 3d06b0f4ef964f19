//! Chat models: what words an answer. One trait, whatever the provider; a provider is a room below this one.

mod chat;
mod stream;

pub use chat::{ChatMessage, ChatModel, ChatRequest, ChatResponse, ChatRole, StopReason, Usage};
pub use stream::{ChatEvent, ChatStream};
