//! Chat models: what words an answer. One trait, whatever the provider; a provider is a room below this one.

#[cfg(feature = "providers")]
mod capabilities;
mod chat;
mod failure;
mod filter;
#[cfg(feature = "providers")]
pub mod openai_compatible;
mod stream;
#[cfg(feature = "providers")]
mod wire;

#[cfg(feature = "providers")]
pub use capabilities::CapabilitySettings;
pub use chat::{
    Capabilities, ChatFormat, ChatMessage, ChatModel, ChatPassage, ChatRequest, ChatResponse, ChatRole, StopReason, Usage,
};
pub use failure::Failure;
pub use filter::{FilterFinding, FilterReport, FilterSubject};
#[cfg(feature = "providers")]
pub use openai_compatible::{OpenAiCompatibleChat, OpenAiCompatibleSettings};
pub use stream::{ChatEvent, ChatStream};
