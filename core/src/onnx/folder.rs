//! A folder in which a model comes, as the Hugging Face hub lays it out.

use std::path::{Path, PathBuf};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, ErrorKind, Result};

/// Longest run when no file names a limit, in tokens.
pub(crate) const DEFAULT_MAX_TOKENS: usize = 512;

/// `config.json`, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Transformer {
    #[serde(rename = "_name_or_path")]
    pub(crate) name: Option<String>,
    model_type: Option<String>,
    pub(crate) hidden_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<usize>,
}

/// `tokenizer_config.json`. The length is a float of 1e30 in some: no limit.
#[derive(Debug, Default, Deserialize)]
struct TokenizerConfig {
    model_max_length: Option<f64>,
}

impl Transformer {
    /// RoBERTa's positions start behind the padding id, so that two of its 514 are never used.
    fn positions(&self) -> Option<usize> {
        let all = self.max_position_embeddings?;
        let offset = match self.model_type.as_deref() {
            Some("roberta" | "xlm-roberta" | "camembert" | "mpnet") => self.pad_token_id.unwrap_or(1) + 1,
            _ => 0,
        };
        all.checked_sub(offset)
    }
}

/// # Errors
/// `model.folder_missing`.
pub(crate) fn check(folder: &Path, hint: &'static str) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::NotFound, "model.folder_missing", "there is no such model folder")
        .with("path", folder.display().to_string())
        .with_hint(hint))
}

/// The tokens of one run at most, special ones included, as far as the folder says.
///
/// # Errors
/// `model.wrong_file`.
pub(crate) fn max_tokens(folder: &Path, transformer: &Transformer) -> Result<Option<usize>> {
    let tokenizer: TokenizerConfig = json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
    let length = tokenizer.model_max_length.filter(|length| *length < 1e9).map(|length| length as usize);
    Ok(transformer.positions().into_iter().chain(length).min())
}

/// `tokenizer.json`.
///
/// # Errors
/// `model.file_missing`.
pub(crate) fn tokenizer(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("tokenizer.json");
    if path.is_file() { Ok(path) } else { Err(missing(&path)) }
}

/// The ONNX graph of the folder: the one that is stated, else `model.onnx`, else `onnx/model.onnx`.
///
/// # Errors
/// `model.file_missing`.
pub(crate) fn graph(folder: &Path, stated: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = stated {
        let path = folder.join(path);
        return if path.is_file() { Ok(path) } else { Err(missing(&path)) };
    }
    let here = folder.join("model.onnx");
    let below = folder.join("onnx").join("model.onnx");
    if !here.is_file() && below.is_file() {
        return Ok(below);
    }
    if here.is_file() { Ok(here) } else { Err(missing(&here)) }
}

/// A file of JSON; `None` when it is not there.
///
/// # Errors
/// `model.wrong_file`.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::new(ErrorKind::Environment, "model.wrong_file", format!("a file of the model folder cannot be read: {error}"))
                .with("path", path.display().to_string())
                .with_hint("correct the file, or copy it again from where the model came from")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(error, "read the model's configuration", path)),
    }
}

pub(crate) fn missing(path: &Path) -> Error {
    Error::new(ErrorKind::NotFound, "model.file_missing", "the model folder lacks a file")
        .with("path", path.display().to_string())
        .with_hint("run `beleg model fetch`, or name a folder with model.onnx, tokenizer.json and config.json")
}
