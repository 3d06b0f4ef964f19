//! The folder in which fetched things are kept.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{Error, ErrorKind, Result};

/// Beleg's cache folder: `BELEG_CACHE`, else `beleg` in the user's cache folder (`XDG_CACHE_HOME` or `~/.cache`,
/// `~/Library/Caches`, `%LOCALAPPDATA%`). It need not exist.
///
/// # Errors
/// `model.no_cache` when the environment names none of these.
pub fn folder() -> Result<PathBuf> {
    folder_by(|name| std::env::var_os(name).filter(|value| !value.is_empty())).ok_or_else(|| {
        Error::new(ErrorKind::Environment, "model.no_cache", "there is no cache folder: this user has no home folder")
            .with_hint("set BELEG_CACHE to a folder that can be written")
    })
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(folder) = variable("BELEG_CACHE") {
        return Some(folder.into());
    }
    let base = if cfg!(windows) {
        PathBuf::from(variable("LOCALAPPDATA")?)
    } else if cfg!(target_os = "macos") {
        PathBuf::from(variable("HOME")?).join("Library").join("Caches")
    } else {
        match variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute()) {
            Some(folder) => folder,
            None => PathBuf::from(variable("HOME")?).join(".cache"),
        }
    };
    Some(base.join("beleg"))
}

/// Writes a whole file or none: under a name of its own, then renamed. Makes its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let own = beside(path);
    let written = fs::write(&own, bytes).and_then(|()| fs::rename(&own, path));
    if written.is_err() {
        let _ = fs::remove_file(&own);
    }
    written
}

/// A path beside `path` that no other call, thread or process uses.
pub(crate) fn beside(path: &Path) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_wins_over_the_users_cache_folder() {
        let folder = folder_by(|name| Some(format!("/{name}").into()));
        assert_eq!(folder, Some(PathBuf::from("/BELEG_CACHE")));
        assert_eq!(folder_by(|_| None), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_relative_xdg_folder_is_not_used() {
        let folder = folder_by(|name| match name {
            "XDG_CACHE_HOME" => Some("cache".into()),
            "HOME" => Some("/home/a".into()),
            _ => None,
        });
        assert_eq!(folder, Some(PathBuf::from("/home/a/.cache/beleg")));
    }
}
