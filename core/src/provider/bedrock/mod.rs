//! AWS Bedrock: Converse and ConverseStream, signed by SigV4 or with a bearer token.

mod chat;
mod credentials;
mod errors;
mod events;
mod frames;
mod request;
mod settings;
mod sign;
#[cfg(test)]
mod tests;

pub use chat::BedrockChat;
pub use settings::{BedrockSettings, Guardrail};
