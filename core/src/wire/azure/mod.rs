//! Azure OpenAI: where a deployment of a resource is, and who may ask it.

mod entra;
mod errors;
mod resource;
mod token;

pub use entra::Entra;
pub(crate) use errors::classify;
pub use resource::AzureApi;
pub(crate) use resource::{Access, Resource};
pub use token::{Token, TokenSource};

pub(crate) const PROVIDER: &str = "azure.ai.openai";
