//! Beleg: answers from audit documents, with citations that are checked byte for byte.
#![cfg_attr(all(feature = "model", feature = "lance", feature = "document"), doc = include_str!("../../README.md"))]

#[cfg(feature = "answer")]
pub mod answer;
#[cfg(feature = "audit")]
pub mod audit;
#[cfg(feature = "audit-log")]
pub mod audit_log;
pub mod chunk;
#[cfg(feature = "config")]
pub mod config;
#[cfg(all(feature = "document", feature = "onnx", feature = "lance"))]
pub mod corpus;
#[cfg(feature = "document")]
pub mod document;
pub mod embed;
pub mod env;
pub mod error;
mod hex;
#[cfg(feature = "providers")]
pub mod http;
pub mod index;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "onnx")]
mod onnx;
pub mod platform;
#[cfg(any(feature = "answer", feature = "providers", feature = "redact"))]
pub mod provider;
pub mod record;
#[cfg(feature = "redact")]
pub mod redact;
#[cfg(feature = "lance")]
pub mod retrieve;
#[cfg(any(feature = "answer", feature = "document", feature = "audit-log", feature = "providers"))]
mod seconds;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokenize;
pub mod types;
#[cfg(any(feature = "answer", feature = "providers", feature = "redact"))]
mod wire;

pub use error::{Error, ErrorKind, Result};
