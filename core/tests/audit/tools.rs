//! Tools of others on our logs: PyPI `tlog-scales`, and Tessera's `fsck` where Go is recent enough for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use beleg::audit::Signer;

use crate::log::{Log, signer};

const SCALES: &str = "tlog-scales==0.0.3";
const FSCK: &str = "github.com/transparency-dev/tessera/cmd/fsck@v1.0.4";
/// What Tessera asks for.
const GO_MINOR: u32 = 24;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools")
}

fn good(command: &mut Command, otherwise: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{error}; {otherwise}"));
    assert!(output.status.success(), "{}{}; {otherwise}", text(&output.stdout), text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The program of `tlog-scales`, in an environment of its own.
fn scales() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let environment = folder().join("scales");
        let program = environment.join("bin/tlog-tiles");
        if !program.exists() {
            good(Command::new("python3").args(["-m", "venv"]).arg(&environment), "run: apt-get install -y python3-venv");
            let pip = environment.join("bin/pip");
            good(Command::new(pip).args(["install", "--quiet", SCALES]), "the package registry of Python must be reachable");
        }
        program
    })
}

#[test]
fn tlog_scales_makes_the_same_proofs_and_finds_a_changed_leaf() {
    let place = tempfile::tempdir().unwrap();
    let log = Log::of(1_000);
    log.write(place.path());
    for index in [0u64, 1, 255, 256, 767, 999] {
        let proof = good(Command::new(scales()).arg("gen-proof").arg(place.path()).arg(index.to_string()), "");
        assert_eq!(text(&proof.stdout), log.proof(index).to_string(), "entry {index}");
        let leaf = good(Command::new(scales()).args(["get-leaf", "--check"]).arg(place.path()).arg(index.to_string()), "");
        assert!(text(&leaf.stdout).contains(text(&log.entries[index as usize]).trim_end()), "entry {index}");
    }
    let bundle = place.path().join("tile/entries/001");
    let mut bytes = fs::read(&bundle).unwrap();
    bytes[10] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    let checked = Command::new(scales()).args(["get-leaf", "--check"]).arg(place.path()).arg("256").output().unwrap();
    assert!(!checked.status.success(), "a changed leaf is found");
}

/// `fsck`, where Go is recent enough.
fn fsck() -> Option<PathBuf> {
    let version = Command::new("go").arg("version").output().ok()?;
    let minor: u32 = text(&version.stdout).split("go1.").nth(1)?.split(['.', ' ']).next()?.parse().ok()?;
    if minor < GO_MINOR {
        return None;
    }
    let program = folder().join("fsck");
    if !program.exists() {
        good(Command::new("go").args(["install", FSCK]).env("GOBIN", folder()), "the module proxy of Go must be reachable");
    }
    Some(program)
}

#[test]
fn tesseras_fsck_finds_our_logs_in_order() {
    // With an older Go it cannot be built; the verifiers of `examples/verify` check the same.
    let Some(fsck) = fsck() else {
        println!("fsck needs Go 1.{GO_MINOR}, and it is not at hand");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let key = place.path().join("vkey");
    fs::write(&key, signer().verifier_key().to_string()).unwrap();
    let check = |folder: &Path| {
        Command::new(&fsck)
            .arg(format!("--storage_url=file://{}/", folder.display()))
            .arg(format!("--public_key={}", key.display()))
            .arg("--ui=false")
            .output()
            .unwrap()
    };
    for size in [1, 256, 257, 70_000] {
        let folder = place.path().join(size.to_string());
        Log::of(size).write(&folder);
        let checked = check(&folder);
        assert!(checked.status.success(), "{size}: {}", text(&checked.stderr));
    }
}
