//! Servers that speak the language of each provider, on this machine: they answer as they are told, remember what they were asked,
//! and break off, hang and dawdle on demand. The vendors' own clients take them for the real ones (`core/tests/provider`).

pub mod anthropic;
pub mod aws;
pub mod azure;
pub mod bedrock;
pub mod openai;
mod reply;
mod server;
mod turn;
mod vectors;

pub use reply::{Reply, Step};
pub use server::{FakeProvider, Received};
pub use turn::Turn;
pub use vectors::vector;
