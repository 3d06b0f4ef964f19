//! Chat models: what words an answer. One trait, whatever the provider; a provider is a room below this one.

#[cfg(feature = "providers")]
pub mod anthropic;
#[cfg(feature = "providers")]
pub mod azure_openai;
#[cfg(feature = "providers")]
pub mod bedrock;
mod chat;
#[cfg(feature = "providers")]
mod diagnose;
mod filter;
#[cfg(any(feature = "answer", feature = "providers"))]
pub mod layers;
#[cfg(feature = "providers")]
mod models;
#[cfg(feature = "providers")]
mod open;
#[cfg(feature = "providers")]
pub mod openai_compatible;
mod price;
mod probe;
#[cfg(feature = "providers")]
mod settings;
mod stream;
#[cfg(feature = "providers")]
mod wire;

#[cfg(feature = "providers")]
pub use anthropic::{AnthropicChat, AnthropicSettings};
#[cfg(feature = "providers")]
pub use azure_openai::{AzureOpenAiChat, AzureOpenAiSettings};
#[cfg(feature = "providers")]
pub use bedrock::{BedrockChat, BedrockSettings};
pub use chat::{
    Capabilities, ChatFormat, ChatMessage, ChatModel, ChatPassage, ChatRequest, ChatResponse, ChatRole, Destination, StopReason,
    Usage,
};
pub use filter::{FilterFinding, FilterReport, FilterSubject};
#[cfg(feature = "providers")]
pub use open::open_chat;
#[cfg(feature = "providers")]
pub use openai_compatible::{OpenAiCompatibleChat, OpenAiCompatibleSettings};
pub use price::{Cost, Price, PriceList, dollars};
pub use probe::{ProbeReport, explained, probe};
#[cfg(feature = "providers")]
pub use settings::CapabilitySettings;
pub use stream::{ChatEvent, ChatStream, WaitReason};

pub use crate::wire::Failure;
