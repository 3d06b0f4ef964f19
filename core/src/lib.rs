//! Beleg: answers from audit documents, with citations that are checked byte for byte.

pub mod chunk;
pub mod document;
pub mod embed;
pub mod env;
pub mod error;
pub mod index;
pub mod platform;
pub mod record;
pub mod store;
pub mod tokenize;
pub mod types;

pub use error::{Error, ErrorKind, Result};
