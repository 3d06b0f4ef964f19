//! How requests leave the process: one client for all providers, with proxy, certificates, time-outs and limits as settings.
//!
//! A client is shared by cloning it. There is no global one, redirections are not followed, and nothing is tried again here.

mod address;
mod client;
mod error;
mod message;
mod proxy;
mod settings;
mod sse;

pub(crate) use address::Address;
pub use client::Http;
pub(crate) use error::{Reason, TransportError};
pub(crate) use message::{Request, Response};
pub use settings::HttpSettings;
pub(crate) use sse::SseParser;
