//! What belongs to the user who runs the process: folders of data and configurations.

use std::{ffi::OsString, path::PathBuf};

/// The user's data folder: `XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%LOCALAPPDATA%`.
pub fn data_folder() -> Option<PathBuf> {
    data_folder_by(own)
}

/// The user's folder of configurations: `XDG_CONFIG_HOME` or `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
pub fn config_folder() -> Option<PathBuf> {
    folder_by(own, "APPDATA", ("XDG_CONFIG_HOME", &[".config"]))
}

fn own(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn data_folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    folder_by(variable, "LOCALAPPDATA", ("XDG_DATA_HOME", &[".local", "share"]))
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>, windows: &str, (unix, below_home): (&str, &[&str])) -> Option<PathBuf> {
    if cfg!(windows) {
        return variable(windows).map(PathBuf::from);
    }
    if cfg!(target_os = "macos") {
        return Some(PathBuf::from(variable("HOME")?).join("Library").join("Application Support"));
    }
    match variable(unix).map(PathBuf::from).filter(|folder| folder.is_absolute()) {
        Some(folder) => Some(folder),
        None => Some(below_home.iter().fold(PathBuf::from(variable("HOME")?), |path, part| path.join(part))),
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
