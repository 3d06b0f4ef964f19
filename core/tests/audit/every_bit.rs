//! Every single bit, flipped one at a time, by all three verifiers: of a log of 256 small entries, and of an evidence bundle.
//!
//! A flip is found, or it is explained by a rule on what the verifier stands for. Those for Go and Python are in `every_bit/`, where
//! programs run each verifier in its own process; no list of places says what may pass.

use std::{
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use beleg::audit::{Ed25519Signer, SignedNote, Signer, VerifierKey, bundle::verify_bundle, cosign, verify_log};
use serde_json::Value;

use crate::{
    bundle::Bundle,
    foreign::{examples, go_build, python, vkey},
    log::{Log, ORIGIN, signer},
};

/// What flips of one program's files came to.
#[derive(Debug, PartialEq)]
struct Flips {
    tried: usize,
    passed: usize,
}

impl Flips {
    /// Of a program's last line.
    fn of(mut command: Command) -> Self {
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(output.status.success(), "{command:?}: {text}");
        let last = text.lines().last().unwrap_or_default();
        let numbers: Vec<usize> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [tried, passed] = numbers[..] else { panic!("{command:?}: {text}") };
        Self { tried, passed }
    }
}

/// Flips each bit of `content`; one with which it `is_good` still must be `explained` by the byte's place or what is there now.
fn every(what: &str, content: &[u8], is_good: &mut dyn FnMut(&[u8]) -> bool, explained: &dyn Fn(usize, &[u8]) -> bool) -> Flips {
    let mut flipped = content.to_vec();
    let mut passed = 0;
    for bit in 0..content.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        if is_good(&flipped) {
            passed += 1;
            assert!(explained(bit / 8, &flipped), "bit {} of byte {} of {what} passes", bit % 8, bit / 8);
        }
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(is_good(&flipped), "{what} is as it was");
    Flips { tried: content.len() * 8, passed }
}

/// 256 small entries; the checkpoint has lines of a witness before, and of another key of the same name behind the log's own.
fn log() -> Log {
    let mut log = Log::with((0..256).map(|i| format!("{i:x}").into_bytes()).collect());
    let mut note = SignedNote::parse(&log.files["checkpoint"]).unwrap();
    let witness = Ed25519Signer::witness_from_seed("witness.example/w1", [9; 32]).unwrap();
    note.signatures.insert(0, cosign(&note, &witness, 1_700_000_000).unwrap());
    let other = Ed25519Signer::from_seed(ORIGIN, [8; 32]).unwrap();
    note.signatures.extend(SignedNote::sign(&note.text, &[&other]).unwrap().signatures);
    log.files.insert("checkpoint".into(), note.to_string().into_bytes());
    log
}

fn bits(log: &Log) -> usize {
    log.files.values().map(|content| content.len() * 8).sum()
}

#[test]
fn rust_finds_every_flipped_bit_of_a_log() {
    let log = log();
    let own: Vec<VerifierKey> = vec![signer().verifier_key().clone()];
    let note = log.files["checkpoint"].clone();
    // A line of another key is to be passed over.
    let foreign = |at: usize, _: &[u8]| {
        let start = note[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = note[start..].split(|byte| *byte == b'\n').next().unwrap();
        let own = SignedNote::parse(&note).unwrap().signatures.into_iter().find(|line| line.is_of(&own[0])).unwrap();
        line.starts_with("— ".as_bytes()) && line != own.to_string().as_bytes()
    };
    let mut tampered = log.clone();
    let mut all = Flips { tried: 0, passed: 0 };
    for (path, content) in &log.files {
        let mut is_good = |flipped: &[u8]| {
            tampered.files.get_mut(path).unwrap().copy_from_slice(flipped);
            verify_log(&mut tampered, &own, &mut |_, _| ()).unwrap().is_good()
        };
        let explained: &dyn Fn(usize, &[u8]) -> bool = if path == "checkpoint" { &foreign } else { &|_, _| false };
        let flips = every(path, content, &mut is_good, explained);
        all = Flips { tried: all.tried + flips.tried, passed: all.passed + flips.passed };
    }
    assert!(all.tried == bits(&log) && all.passed > 0, "{all:?}");
}

#[test]
fn go_finds_every_flipped_bit_of_a_log() {
    let (folder, log) = (tempfile::tempdir().unwrap(), log());
    log.write(folder.path());
    let flips = Flips::of(go("log", &[folder.path().to_str().unwrap(), &vkey()], log.files.keys()));
    assert!(flips.tried == bits(&log) && flips.passed > 0, "{flips:?}");
}

#[test]
fn python_finds_every_flipped_bit_of_a_log() {
    let (folder, log) = (tempfile::tempdir().unwrap(), log());
    log.write(folder.path());
    let flips = Flips::of(python_flips("log", folder.path()));
    assert!(flips.tried == bits(&log) && flips.passed > 0, "{flips:?}");
}

/// The programs that flip, each with the verifier's own file, of which two names are others: its `main` is called by them, and
/// when it exits they go on.
fn go(program: &str, arguments: &[&str], files: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Command {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/every_bit");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("every-bit");
        for program in ["log", "bundle", "quotes"] {
            let place = folder.join(program);
            fs::create_dir_all(&place).unwrap();
            let text = fs::read_to_string(examples().join(format!("go/{program}/main.go"))).unwrap();
            let renamed = text.replace("func main()", "func verifier()").replace("os.Exit(", "exit(");
            assert!(renamed.matches("func verifier()").count() == 1 && renamed.contains("exit(1)"), "{program}");
            fs::write(place.join("verifier.go"), renamed).unwrap();
            for file in ["flips.go".to_owned(), format!("{program}.go")] {
                fs::copy(own.join(&file), place.join(&file)).unwrap();
            }
        }
        for file in ["go.mod", "go.sum"] {
            fs::copy(examples().join("go").join(file), folder.join(file)).unwrap();
        }
        let programs = folder.join("bin");
        go_build(&folder, &programs);
        programs
    });
    let mut command = Command::new(folder.join(program));
    command.args(arguments).args(files);
    command
}

fn python_flips(what: &str, place: &Path) -> Command {
    let mut command = Command::new(python());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/every_bit/flips.py");
    command.arg("-B").arg(program).arg(what).arg(place).arg(vkey()).env("PYTHONPATH", examples().join("python"));
    command
}

/// How many bits a bundle has around its files, of the files for which a verifier stands, of its manifest, and of pages.
fn parts(archive: &[u8]) -> [usize; 4] {
    let files = unpack(archive).unwrap();
    let of =
        |is: &dyn Fn(&str) -> bool| files.iter().filter(|(name, _)| is(name)).map(|(_, bytes)| bytes.len() * 8).sum::<usize>();
    [archive.len() * 8 - of(&|_| true), of(&stands_for), of(&|name| name == "manifest.json"), of(&is_page)]
}

fn stands_for(name: &str) -> bool {
    name == "checkpoint" || ["entries/", "proofs/", "payloads/"].iter().any(|folder| name.starts_with(folder))
}

fn is_page(name: &str) -> bool {
    name.starts_with("pages/") && name.ends_with(".json")
}

/// The files of an archive in their order.
fn unpack(archive: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).ok()?;
    let mut files = Vec::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).ok()?;
        let (name, mut bytes) = (file.name().ok()?.into_owned(), Vec::new());
        file.read_to_end(&mut bytes).ok()?;
        files.push((name, bytes));
    }
    Some(files)
}

#[test]
fn go_finds_every_flipped_bit_of_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let (place, archive) = (folder.path().join("evidence.zip"), Bundle::example().zip());
    let place = place.to_str().unwrap();
    let [around, files, manifest, pages] = parts(&archive);
    for (program, arguments, tried) in
        [("bundle", &[place, &vkey()][..], around + files + manifest), ("quotes", &[place][..], pages)]
    {
        fs::write(place, &archive).unwrap();
        let flips = Flips::of(go(program, arguments, [""; 0]));
        assert!(flips.tried == tried && flips.passed > 0, "{program}: {flips:?}");
    }
}

#[test]
fn python_finds_every_flipped_bit_of_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let (place, archive) = (folder.path().join("evidence.zip"), Bundle::example().zip());
    fs::write(&place, &archive).unwrap();
    let flips = Flips::of(python_flips("bundle", &place));
    assert!(flips.tried == archive.len() * 8 && flips.passed > 0, "{flips:?}");
}

#[test]
fn rust_finds_every_flipped_bit_of_a_bundle() {
    let (bundle, keys) = (Bundle::example(), [signer().verifier_key().clone()]);
    let archive = bundle.zip();
    let is_good = |archive: &[u8]| verify_bundle(archive, &keys).is_ok_and(|report| report.ok);
    let files = unpack(&archive).unwrap();
    // Times, versions and attributes of an archive are read by nobody.
    let same_files = |_: usize, flipped: &[u8]| unpack(flipped).as_ref() == Some(&files);
    every("the archive", &archive, &mut |flipped| is_good(flipped), &same_files);

    let manifest = &files.iter().find(|(name, _)| name == "manifest.json").unwrap().1;
    let with = |bytes: &[u8]| is_good(&bundle.zip_with(bytes));
    // An id in capital letters is the same id.
    let same_meaning = |_: usize, flipped: &[u8]| read_of(flipped) == read_of(manifest);
    every("manifest.json", manifest, &mut |flipped| with(flipped), &same_meaning);

    for (name, content) in &bundle.files {
        let mut changed = bundle.clone();
        let mut is_good = |flipped: &[u8]| {
            changed.files.insert(name.clone(), flipped.to_vec());
            is_good(&changed.zip())
        };
        let shown = |page: &[u8]| {
            let mut page = read_of(page);
            // That there are more or fewer pages or blocks behind one is nothing that a path says.
            page.as_object_mut().unwrap().retain(|name, _| !["pages", "blocks"].contains(&name.as_str()));
            page
        };
        // What is no evidence is held against the manifest alone, which nobody signed.
        let explained = |_: usize, flipped: &[u8]| match is_page(name) {
            true => shown(flipped) == shown(content),
            false => !stands_for(name),
        };
        every(name, content, &mut is_good, &explained);
    }
}

/// What a manifest says, with its ids in their usual spelling.
fn read_of(manifest: &[u8]) -> Value {
    fn spell(value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Ok(id) = text.parse::<uuid::Uuid>() {
                    *text = id.to_string();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(spell),
            Value::Object(members) => members.values_mut().for_each(spell),
            _ => {}
        }
    }
    let mut value = serde_json::from_slice(manifest).unwrap();
    spell(&mut value);
    value
}
