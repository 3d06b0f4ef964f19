//! AWS Bedrock: Converse and ConverseStream, signed by SigV4 or with a bearer token.

mod chat;
mod events;
mod frames;
mod request;
mod settings;
#[cfg(test)]
mod tests;

pub use chat::BedrockChat;
pub use settings::{BedrockSettings, Guardrail};

#[cfg(feature = "aws-metadata")]
pub use crate::wire::aws::AwsCredentials;
