//! From a `tokenizer.json` to the tokenizer that reads it fastest.

use std::{path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use super::{HfTokenizer, Tokenizer, unigram::UnigramTokenizer};
use crate::{Error, ErrorKind, Result, platform::cache};

/// A tokenizer, and what identifies it.
#[derive(Clone)]
pub struct Opened {
    /// The tokenizer.
    pub tokenizer: Arc<dyn Tokenizer>,
    /// How many ids there are: each id that it gives is below.
    pub vocabulary_size: usize,
    /// SHA-256 of its `tokenizer.json`.
    pub digest: [u8; 32],
}

/// The tokenizer of a `tokenizer.json`.
///
/// # Errors
/// `model.file_missing`, and `model.wrong_file` for one that is no such file.
pub fn open(path: &Path) -> Result<Arc<dyn Tokenizer>> {
    Ok(open_with_size(path)?.tokenizer)
}

/// As [`open`], with size and digest of the vocabulary.
///
/// A Unigram vocabulary is compiled once and kept in the cache folder under the digest of its source; where that folder
/// cannot be written it is compiled each time.
///
/// # Errors
/// Those of [`open`].
pub fn open_with_size(path: &Path) -> Result<Opened> {
    let kept = cache::folder().ok().map(|folder| folder.join("tokenizers"));
    open_kept_in(path, kept.as_deref())
}

pub(super) fn open_kept_in(path: &Path, folder: Option<&Path>) -> Result<Opened> {
    let json = std::fs::read(path).map_err(|error| unreadable(error, path))?;
    let digest: [u8; 32] = Sha256::digest(&json).into();
    let kept = folder.map(|folder| folder.join(format!("{}.bin", crate::hex::hex(&digest))));
    if let Some(unigram) = kept.as_ref().and_then(|kept| UnigramTokenizer::from_bytes(&std::fs::read(kept).ok()?, digest)) {
        return Ok(opened(unigram, digest));
    }
    if let Some(unigram) = UnigramTokenizer::compile(&json, digest) {
        if let Some(kept) = kept {
            keep(&kept, &unigram.to_bytes());
        }
        return Ok(opened(unigram, digest));
    }
    let tokenizer = HfTokenizer::from_json(&json, path)?;
    Ok(Opened { vocabulary_size: tokenizer.vocabulary_size(), tokenizer: Arc::new(tokenizer), digest })
}

fn opened(unigram: UnigramTokenizer, digest: [u8; 32]) -> Opened {
    Opened { vocabulary_size: unigram.vocabulary_size(), tokenizer: Arc::new(unigram), digest }
}

/// Two processes may do this at once: each writes its own file, and the last rename holds. A failure costs time alone.
fn keep(path: &Path, bytes: &[u8]) {
    if let Err(error) = cache::write(path, bytes) {
        tracing::debug!(path = %path.display(), %error, "the compiled vocabulary is not kept");
    }
}

pub(super) fn unreadable(error: std::io::Error, path: &Path) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        Error::new(ErrorKind::NotFound, "model.file_missing", "the model folder lacks a file")
            .with("path", path.display().to_string())
            .with_hint("run `beleg model fetch`, or name a folder with model.onnx, tokenizer.json and config.json")
    } else {
        Error::io(error, "read the tokenizer", path)
    }
}

pub(super) fn wrong_file(path: &Path) -> Error {
    Error::new(ErrorKind::Environment, "model.wrong_file", "a file of the model folder is not what its name says")
        .with("path", path.display().to_string())
        .with_hint("run `beleg model fetch`, or copy the file again from where the model came from")
}
