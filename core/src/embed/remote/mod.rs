//! Embedding models of providers: OpenAI-compatible servers, Azure OpenAI, AWS Bedrock.
//!
//! **Every text that is embedded is sent to the provider**: all of a corpus when it is ingested, and each question.
//!
//! What a model in this process promises by construction is here the provider's word: that a vector is a function of its text alone
//! (servers compute texts together, and the last digits may differ), and that the model behind a name stays the same. Its identity is
//! a digest over what is known: provider, name, length of the vectors, and what is sent along with a text. Whoever puts other weights
//! behind a name rebuilds the corpus.

mod azure;
mod batch;
mod bedrock;
mod endpoint;
mod model;
mod open;
mod openai;
mod patience;
#[cfg(test)]
mod tests;
mod thread;
mod vector;

pub use azure::AzureOpenAiEmbeddingSettings;
pub use bedrock::{BedrockEmbeddingFamily, BedrockEmbeddingSettings};
pub use model::RemoteModel;
pub use open::{is_remote, open_embedding};
pub use openai::OpenAiCompatibleEmbeddingSettings;
