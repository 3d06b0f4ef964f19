//! What belongs to the user who runs the process: the data folder.

use std::{ffi::OsString, path::PathBuf};

/// The user's data folder: `XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%LOCALAPPDATA%`.
pub fn data_folder() -> Option<PathBuf> {
    data_folder_by(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

fn data_folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if cfg!(windows) {
        return variable("LOCALAPPDATA").map(PathBuf::from);
    }
    if cfg!(target_os = "macos") {
        return Some(PathBuf::from(variable("HOME")?).join("Library").join("Application Support"));
    }
    match variable("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute()) {
        Some(folder) => Some(folder),
        None => Some(PathBuf::from(variable("HOME")?).join(".local").join("share")),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_the_one_that_the_environment_names_or_the_one_below_home() {
        let folder = |xdg: Option<&str>, home: Option<&str>| {
            data_folder_by(|name| match name {
                "XDG_DATA_HOME" => xdg.map(Into::into),
                "HOME" => home.map(Into::into),
                _ => None,
            })
        };
        assert_eq!(folder(Some("/data"), Some("/home/a")), Some("/data".into()));
        assert_eq!(folder(Some("relative"), Some("/home/a")), Some("/home/a/.local/share".into()));
        assert_eq!(folder(None, None), None);
    }
}
