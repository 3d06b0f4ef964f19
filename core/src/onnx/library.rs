//! The ONNX Runtime library: which one is used, and its version.

use std::{
    ffi::CStr,
    path::{Path, PathBuf},
};

use libloading::Library;

use crate::{Error, ErrorKind, Result, platform::cache};

/// The version that is fetched. The least one that can be used is [`LEAST`].
pub const VERSION: &str = "1.31.1";

/// The least minor version of ONNX Runtime 1 that can be used.
pub const LEAST: u32 = ort::MINOR_VERSION;

/// What the library is called here.
pub const FILE: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Where the fetched library is kept.
///
/// # Errors
/// `model.no_cache`.
pub fn cached() -> Result<PathBuf> {
    Ok(cache::folder()?.join(format!("onnxruntime-{VERSION}")).join(FILE))
}

/// The library that is used when none is named: the one in `BELEG_ONNXRUNTIME`, else the fetched one, else one of the
/// system's whose version fits.
///
/// # Errors
/// `onnx.runtime_missing`.
pub fn find() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("BELEG_ONNXRUNTIME").filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        return if named.is_file() { Ok(named) } else { Err(missing(Some(&named))) };
    }
    let cached = cached().ok().filter(|path| path.is_file());
    let installed = || system().into_iter().find(|path| path.is_file() && version(path).is_ok());
    cached.or_else(installed).ok_or_else(|| missing(None))
}

/// The version of a library.
///
/// # Errors
/// `onnx.runtime_wrong` for a file that is no ONNX Runtime of this machine, `onnx.runtime_version` for one that is too old.
pub fn version(library: &Path) -> Result<String> {
    let version = said_version(library).map_err(|error| {
        Error::new(ErrorKind::Environment, "onnx.runtime_wrong", "the file is no ONNX Runtime library for this machine")
            .with("path", library.display().to_string())
            .with_hint("run `beleg model fetch`")
            .with_source(error)
    })?;
    let minor = version.strip_prefix("1.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor >= LEAST) {
        return Ok(version);
    }
    Err(Error::new(ErrorKind::Environment, "onnx.runtime_version", "this ONNX Runtime cannot be used")
        .with("path", library.display().to_string())
        .with("found", version)
        .with("needed", format!("1.{LEAST} or newer"))
        .with_hint("run `beleg model fetch`"))
}

fn said_version(library: &Path) -> Result<String, libloading::Error> {
    // SAFETY: the file is one that the user or a package manager installed as ONNX Runtime, and is about to be used as such;
    // `OrtGetApiBase` is declared as in onnxruntime_c_api.h, gives a static structure, and the version in it is a static
    // string. It is copied before the library goes.
    unsafe {
        let library = Library::new(library)?;
        let base = library.get::<unsafe extern "system" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase")?;
        match base().as_ref() {
            Some(base) => Ok(CStr::from_ptr((base.GetVersionString)()).to_string_lossy().into_owned()),
            None => Ok(String::from("none")),
        }
    }
}

/// Where package managers put the library.
fn system() -> Vec<PathBuf> {
    let folders: &[&str] = if cfg!(windows) {
        &[]
    } else if cfg!(target_os = "macos") {
        &["/opt/homebrew/lib", "/usr/local/lib"]
    } else {
        &["/usr/local/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
    };
    folders.iter().map(|folder| Path::new(folder).join(FILE)).collect()
}

/// There is no ONNX Runtime, or none where it was said to be.
pub(super) fn missing(named: Option<&Path>) -> Error {
    let error = Error::new(ErrorKind::Environment, "onnx.runtime_missing", "ONNX Runtime is not installed");
    match named {
        Some(path) => error
            .with("path", path.display().to_string())
            .with_hint("correct the path, or leave it out and run `beleg model fetch`"),
        None => error.with_hint("run `beleg model fetch`"),
    }
}
