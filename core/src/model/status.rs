//! What is there and what is missing: data for `beleg doctor` and `beleg model list`.

use std::path::PathBuf;

use serde::Serialize;

use super::folder;
use crate::{
    embed::onnx::{ModelConfig, library},
    error::ErrorRecord,
    platform::cache,
};

/// Everything that embedding needs.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Beleg's cache folder, when there is one.
    pub cache: Option<PathBuf>,
    /// ONNX Runtime.
    pub runtime: Found<RuntimeFound>,
    /// The models in the cache folder, the default first.
    pub models: Vec<ModelFound>,
    /// The default model.
    pub default_model: Found<ModelFound>,
    /// Whether something is missing, and the one line that brings it.
    pub fix: Option<String>,
}

/// Something that is there, or why it is not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found<T> {
    /// It is there.
    Present(T),
    /// It is not there, or cannot be used; the error's hint says what to do.
    Missing(ErrorRecord),
}

/// An ONNX Runtime library.
#[derive(Debug, Clone, Serialize)]
pub struct RuntimeFound {
    /// Where it is.
    pub path: PathBuf,
    /// Its version.
    pub version: String,
}

/// A model folder.
#[derive(Debug, Clone, Serialize)]
pub struct ModelFound {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes on disk.
    pub bytes: u64,
    /// Length of its vectors, when its configuration says so.
    pub dimensions: Option<usize>,
    /// Tokens of one run at most.
    pub max_tokens: usize,
    /// Whether it is used when none is named.
    pub is_default: bool,
}

/// Looks at what is there. Loads ONNX Runtime to learn its version; opens no model.
pub fn status() -> Status {
    let runtime = library::find().and_then(|path| {
        let version = library::version(&path)?;
        Ok(RuntimeFound { path, version })
    });
    let mut models: Vec<_> = cached_models();
    models.sort_by(|a, b| (!a.is_default, &a.name).cmp(&(!b.is_default, &b.name)));
    let default_model = match models.first().filter(|model| model.is_default) {
        Some(model) => Ok(model.clone()),
        None => folder(super::DEFAULT).and_then(|folder| read(folder, true)),
    };
    let missing = runtime.is_err() || default_model.is_err();
    Status {
        cache: cache::folder().ok(),
        fix: missing.then(|| {
            let hints = [runtime.as_ref().err().and_then(|e| e.hint()), default_model.as_ref().err().and_then(|e| e.hint())];
            hints.into_iter().flatten().next().unwrap_or("run `beleg model fetch`").to_owned()
        }),
        runtime: runtime.into(),
        default_model: default_model.into(),
        models,
    }
}

impl<T> From<crate::Result<T>> for Found<T> {
    fn from(result: crate::Result<T>) -> Self {
        match result {
            Ok(found) => Self::Present(found),
            Err(error) => Self::Missing(ErrorRecord::from(&error)),
        }
    }
}

fn cached_models() -> Vec<ModelFound> {
    let Ok(entries) = folder("")
        .and_then(|models| std::fs::read_dir(&models).map_err(|error| crate::Error::io(error, "list the models", &models)))
    else {
        return Vec::new();
    };
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let whole = folders.filter(|path| path.extension().is_none_or(|extension| extension != "part"));
    whole
        .filter_map(|path| {
            let is_default = path.file_name().is_some_and(|name| name == super::DEFAULT_FOLDER);
            read(path, is_default).ok()
        })
        .collect()
}

fn read(path: PathBuf, is_default: bool) -> crate::Result<ModelFound> {
    let config = ModelConfig::read(&path)?;
    let files = std::fs::read_dir(&path).map_err(|error| crate::Error::io(error, "list the model folder", &path))?;
    let bytes = files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum();
    Ok(ModelFound { name: config.name, path, bytes, dimensions: config.dimensions, max_tokens: config.max_tokens, is_default })
}
