//! Where the embedding model and ONNX Runtime come from: fetched by pinned version and checksum, made, kept in the user's
//! cache folder, found again.

#[cfg(feature = "model")]
mod digest;
#[cfg(feature = "model")]
pub mod fetch;
#[cfg(feature = "hub")]
mod hub;
#[cfg(feature = "model")]
mod make;
#[cfg(feature = "model")]
mod pins;
#[cfg(feature = "model")]
mod pip;
mod status;
#[cfg(all(feature = "model", feature = "testing"))]
pub mod testing;

pub use status::{Found, ModelFound, RuntimeFound, Status, status};

use std::path::PathBuf;

use crate::{Result, platform::cache};

/// The embedding model that is used when none is named.
pub const DEFAULT: &str = "multilingual-e5-small-int8";

/// Where [`DEFAULT`] is kept: by the beginning of its identity, so that versions of Beleg with other weights do not take each
/// other's place.
const DEFAULT_FOLDER: &str = "multilingual-e5-small-int8-629dfe8a";

/// The same model as its authors publish it: other weights, another identity.
pub const HUB: &str = "multilingual-e5-small-hub";

/// The folder in which a fetched model is kept; other names are taken as they are.
///
/// # Errors
/// `model.no_cache`.
pub fn folder(name: &str) -> Result<PathBuf> {
    let name = if name == DEFAULT { DEFAULT_FOLDER } else { name };
    Ok(cache::folder()?.join("models").join(name))
}
