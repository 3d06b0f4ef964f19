use std::{path::PathBuf, process::Command};

use serde_json::Value;

/// The folder of a crate's source.
pub(crate) fn source_of(crate_name: &str) -> PathBuf {
    let listed = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--no-default-features", "--features", "providers"])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("cargo lists the sources");
    let packages = listed["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == crate_name).unwrap();
    PathBuf::from(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_path_buf()
}
