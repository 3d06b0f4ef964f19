//! The real model for tests.

use std::fs::{self, File};

use super::fetch::{Fetched, Origin, fetch};
use crate::{Error, Result, platform::cache};

/// ONNX Runtime and the default model, fetched when they are not there. Processes wait for each other, so that a run of
/// many test programs downloads once.
///
/// # Errors
/// Those of [`fetch`].
pub fn fetched() -> Result<Fetched> {
    let folder = cache::folder()?;
    let path = folder.join("fetch.lock");
    let lock = fs::create_dir_all(&folder).and_then(|()| {
        let lock = File::create(&path)?;
        lock.lock()?;
        Ok(lock)
    });
    let _lock = lock.map_err(|error| Error::io(error, "lock the cache folder", &path))?;
    fetch(&Origin::Registry, &mut |_| {})
}
