//! Chat models: what words an answer. One trait, whatever the provider; a provider is a room below this one.

mod chat;
mod failure;
mod stream;

pub use chat::{
    Capabilities, ChatFormat, ChatMessage, ChatModel, ChatPassage, ChatRequest, ChatResponse, ChatRole, StopReason, Usage,
};
pub use failure::Failure;
pub use stream::{ChatEvent, ChatStream};
