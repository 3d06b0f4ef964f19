//! ONNX Runtime, loaded once in a process.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ort::{environment::Environment, logging::LogLevel};

use super::library;
use crate::{Error, ErrorKind, Result};

/// ONNX Runtime allows one environment a process, and none after it is dropped: this one stays.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// The environment of the runtime at `path`. A process keeps the first one that it loaded. What ONNX Runtime has to say
/// goes to `tracing`, not to standard error.
///
/// # Errors
/// `onnx.runtime_missing`, those of [`library::version`], and `onnx.runtime_taken` when the process has loaded another one.
pub(crate) fn load(path: &Path) -> Result<Environment> {
    let path = path.canonicalize().map_err(|_| library::missing(Some(path)))?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((first, environment)) = &*loaded {
        return if *first == path {
            Ok(environment.clone())
        } else {
            Err(taken(&path).with("loaded", first.display().to_string()))
        };
    }
    // `ort` searches for another library, and panics without one, only when it is given none that can be loaded.
    library::version(&path)?;
    let environment = ort::init_from(&path)
        .map_err(|error| taken(&path).with_source(error))?
        .with_name("beleg")
        .with_telemetry(false)
        .with_logger(Arc::new(|level, _, _, place, message| tracing::debug!(?level, place, message, "ONNX Runtime")))
        .build()
        .map_err(|error| taken(&path).with_source(error))?;
    environment.set_log_level(LogLevel::Warning);
    *loaded = Some((path, environment.clone()));
    Ok(environment)
}

fn taken(path: &Path) -> Error {
    Error::new(ErrorKind::Conflict, "onnx.runtime_taken", "this process has already loaded another ONNX Runtime")
        .with("path", path.display().to_string())
        .with_hint("use one ONNX Runtime for all models of a process")
}
