//! The verifiers of `examples/verify`, in Go and in Python, on our logs and bundles. A tool that is missing fails the test.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use beleg::audit::{Ed25519Signer, SignedNote, Signer, bundle::verify_bundle, cosign};
use serde_json::json;

use crate::{
    bundle::Bundle,
    log::{Chance, Log, ORIGIN, signer},
};

#[derive(Debug, Clone, Copy)]
enum Verifier {
    Go,
    Python,
    /// Our own, for bundles.
    Rust,
}

const BOTH: [Verifier; 2] = [Verifier::Go, Verifier::Python];
const ALL: [Verifier; 3] = [Verifier::Go, Verifier::Python, Verifier::Rust];

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/verify")
}

/// Builds all Go programs of a folder.
pub(crate) fn go_build(source: &Path, output: &Path) {
    // With a separator at its end it is a folder to Go, also before it is there.
    let output = output.join("");
    let build = |go: &str| Command::new(go).args(["build", "-o"]).arg(&output).arg("./...").current_dir(source).output();
    // Where Go's own archive puts it, which is not in every PATH.
    let built = build("go").or_else(|_| build("/usr/local/go/bin/go"));
    let built = built.unwrap_or_else(|error| panic!("go is missing ({error}); run: apt-get install -y golang-go"));
    assert!(built.status.success(), "go build failed: {}", String::from_utf8_lossy(&built.stderr));
}

/// Where the Go programs are, built once.
fn go_programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verify-without-beleg");
        go_build(&examples().join("go"), &folder);
        folder
    })
}

/// Sees that Python has what its verifier needs, once.
pub(crate) fn python() -> &'static str {
    static CHECKED: OnceLock<()> = OnceLock::new();
    CHECKED.get_or_init(|| {
        let checked = Command::new("python3").args(["-c", "import cryptography"]).output();
        let checked = checked.unwrap_or_else(|error| panic!("python3 is missing ({error}); run: apt-get install -y python3"));
        assert!(checked.status.success(), "cryptography is missing; run: python3 -m pip install cryptography");
    });
    "python3"
}

impl Verifier {
    /// Exit code and output of one of its programs.
    fn run(self, program: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = match self {
            Self::Go => Command::new(go_programs().join(program)),
            Self::Python => {
                let mut command = Command::new(python());
                command.arg("-B").arg(examples().join(format!("python/{program}.py")));
                command
            }
            Self::Rust => return rust(arguments),
        };
        let output = command.args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        (output.status.code().unwrap_or(-1), text)
    }

    /// The same of all programs that it takes to verify a log's folder or a bundle, up to the first that finds something.
    fn verify(self, place: &Path) -> (i32, String) {
        let (place_name, key) = (place.to_str().unwrap(), vkey());
        if place.is_dir() {
            return self.run("log", &[place_name, &key]);
        }
        let (code, text) = self.run("bundle", &[place_name, &key]);
        if code != 0 || matches!(self, Self::Rust) {
            return (code, text);
        }
        let (code, more) = self.run("quotes", &[place_name]);
        (code, text + &more)
    }

    fn good(self, place: &Path) -> String {
        let (code, text) = self.verify(place);
        assert_eq!(code, 0, "{self:?}: {text}");
        assert!(text.ends_with("GOOD.\n"), "{self:?}: {text}");
        text
    }

    fn refused(self, place: &Path, why: &str) {
        let (code, text) = self.verify(place);
        assert_eq!(code, 1, "{self:?} on {why}: {text}");
        assert!(
            text.contains("FINDING: ") && text.ends_with("NOT GOOD.\n") && !text.contains("Traceback"),
            "{self:?} on {why}: {text}"
        );
    }
}

#[test]
fn each_program_is_one_file_of_less_than_150_lines_that_an_auditor_can_read() {
    for program in ["log", "bundle", "quotes"] {
        for file in [format!("go/{program}/main.go"), format!("python/{program}.py")] {
            let text = fs::read_to_string(examples().join(&file)).unwrap();
            assert!(text.lines().count() < 150, "{file} has {} lines", text.lines().count());
            let width = |line: &str| line.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum::<usize>();
            assert!(text.lines().all(|line| width(line) <= 120), "{file} has lines that are too long");
        }
    }
}

/// Our own verifier, with an output of the same shape.
fn rust(arguments: &[&str]) -> (i32, String) {
    let [place, key] = arguments else { panic!("a bundle and a key") };
    match verify_bundle(&fs::read(place).unwrap(), &[key.parse().unwrap()]) {
        Ok(report) if report.ok => (0, "GOOD.\n".to_owned()),
        Ok(report) => (1, format!("FINDING: {:?}\nNOT GOOD.\n", report.findings)),
        Err(error) => (1, format!("FINDING: {error}\nNOT GOOD.\n")),
    }
}

/// All verifiers find a log or a bundle good.
pub(crate) fn good(place: &Path) {
    BOTH.iter().for_each(|verifier| drop(verifier.good(place)));
}

pub(crate) fn vkey() -> String {
    signer().verifier_key().to_string()
}

#[test]
fn logs_of_all_shapes_are_good() {
    for size in [0, 1, 255, 256, 257, 4321, 66_000] {
        let folder = tempfile::tempdir().unwrap();
        Log::of(size).write(folder.path());
        for verifier in BOTH {
            let text = verifier.good(folder.path());
            assert!(text.contains(&format!("it covers {size} entries")) && text.contains("is signed by the key"), "{text}");
        }
    }
}

#[test]
fn a_log_that_grew_or_was_cosigned_is_good() {
    let (early, mut log) = (Log::of(300), Log::of(520));
    // A partial tile of a published size may go once the full one stands; that of level 1 does not.
    for path in ["checkpoint", "tile/1/000.p/1"] {
        log.files.insert(path.into(), early.files[path].clone());
    }
    let witness = Ed25519Signer::witness_from_seed("witness.example/w1", [9; 32]).unwrap();
    let mut note = SignedNote::parse(&log.files["checkpoint"]).unwrap();
    note.signatures.insert(0, cosign(&note, &witness, 5).unwrap());
    log.files.insert("checkpoint".into(), note.to_string().into_bytes());
    let folder = tempfile::tempdir().unwrap();
    log.write(folder.path());
    BOTH.iter().for_each(|verifier| drop(verifier.good(folder.path())));
}

/// Runs `verifier` on a log of 1,000 entries, each time with one other bit flipped.
fn flips(verifier: Verifier, of_each_file: usize) {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::of(1000);
    log.write(folder.path());
    let mut chance = Chance(0xf11b);
    for (path, content) in &log.files {
        let file = folder.path().join(path);
        for _ in 0..of_each_file {
            let bit = chance.below(content.len() * 8);
            let mut flipped = content.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, flipped).unwrap();
            verifier.refused(folder.path(), &format!("bit {bit} of {path}"));
        }
        fs::remove_file(&file).unwrap();
        verifier.refused(folder.path(), &format!("{path} missing"));
        fs::write(&file, [&content[..], &[0; 32]].concat()).unwrap();
        verifier.refused(folder.path(), &format!("{path} longer"));
        fs::write(&file, content).unwrap();
    }
    verifier.good(folder.path());
}

#[test]
fn go_finds_flipped_bits() {
    flips(Verifier::Go, 40);
}

#[test]
fn python_finds_flipped_bits() {
    flips(Verifier::Python, 3);
}

#[test]
fn a_log_of_another_key_or_origin_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Log::of(10).write(folder.path());
    let place = folder.path().to_str().unwrap();
    let other = Ed25519Signer::from_seed(ORIGIN, [8; 32]).unwrap().verifier_key().to_string();
    for verifier in BOTH {
        assert_eq!(verifier.run("log", &[place, &other]).0, 1, "{verifier:?}");
    }
}

#[test]
fn wrong_use_is_told_from_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evidence.zip");
    fs::write(&file, b"").unwrap();
    let key = vkey();
    for verifier in BOTH {
        for (program, place) in [("log", folder.path()), ("bundle", &file)] {
            let place = place.to_str().unwrap();
            for arguments in [&[][..], &[place], &[place, "no key"], &["/nowhere/at/all", &key], &[place, &key, "more"]] {
                assert_eq!(verifier.run(program, arguments).0, 2, "{verifier:?} {program} {arguments:?}");
            }
        }
        for arguments in [&[][..], &[file.to_str().unwrap(), "more"]] {
            assert_eq!(verifier.run("quotes", arguments).0, 2, "{verifier:?} {arguments:?}");
        }
        verifier.refused(folder.path(), "an empty folder");
        verifier.refused(&file, "an empty file");
    }
}

#[test]
fn a_bundle_is_good_and_says_what_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("evidence.zip");
    fs::write(&place, Bundle::example().zip()).unwrap();
    Verifier::Rust.good(&place);
    for verifier in BOTH {
        let text = verifier.good(&place);
        for said in ["3 entries is in the log", "1 that are erased and 1 withheld", "2 blocks of page 3", "words of 1 quotes"] {
            assert!(text.contains(said), "{verifier:?}: {text}");
        }
    }
}

/// `bytes` with every `from` replaced by `to` of the same length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// A way to tamper with a bundle.
type Tampering = (&'static str, fn(&mut Bundle));

const TAMPERINGS: &[Tampering] = &[
    ("an entry's byte", |b| b.files.get_mut("entries/255.json").unwrap()[40] ^= 1),
    ("another entry's bytes", |b| {
        b.files.insert("entries/255.json".into(), b.files["entries/299.json"].clone());
    }),
    ("an entry left out", |b| drop(b.files.remove("entries/255.json"))),
    ("a proof left out", |b| drop(b.files.remove("proofs/255.tlog-proof"))),
    ("a proof of another entry", |b| {
        b.files.insert("proofs/255.tlog-proof".into(), b.files["proofs/17.tlog-proof"].clone());
    }),
    ("a proof's first hash", |b| {
        let proof = b.files.get_mut("proofs/255.tlog-proof").unwrap();
        let at = proof.iter().position(|byte| *byte == b'=').unwrap() - 5;
        proof[at] = if proof[at] == b'A' { b'B' } else { b'A' };
    }),
    ("a proof over another checkpoint", |b| {
        b.files.get_mut("proofs/255.tlog-proof").unwrap().extend(b"\xe2\x80\x94 a AAAAAAA=\n")
    }),
    ("the checkpoint", |b| {
        let at = b.files["checkpoint"].len() - 20;
        b.files.get_mut("checkpoint").unwrap()[at] ^= 1;
    }),
    ("no checkpoint", |b| drop(b.files.remove("checkpoint"))),
    ("a payload's byte", |b| b.files.get_mut("payloads/255/000.txt").unwrap()[0] ^= 1),
    ("a payload cut", |b| assert!(b.files.get_mut("payloads/255/000.txt").unwrap().pop().is_some())),
    ("an empty payload that is none", |b| b.files.get_mut("payloads/299/001.txt").unwrap().push(b'x')),
    ("a payload as two files", |b| drop(b.files.insert("payloads/255/000.bin".into(), b"x".to_vec()))),
    ("a salt's bit", |b| b.files.get_mut("payloads/255/000.salt").unwrap()[31] ^= 128),
    ("a salt left out", |b| drop(b.files.remove("payloads/255/000.salt"))),
    ("a longer salt", |b| b.files.get_mut("payloads/255/000.salt").unwrap().push(0)),
    ("a payload left out in silence", |b| {
        b.files.remove("payloads/255/000.txt");
        b.files.remove("payloads/255/000.salt");
    }),
    ("a payload under another name said to be erased", |b| {
        b.files.remove("payloads/255/000.txt");
        b.files.remove("payloads/255/000.salt");
        b.manifest["erased"] = json!([{"index": 255, "ordinal": 0, "name": "answer"}]);
    }),
    ("a payload that belongs to no entry", |b| drop(b.files.insert("payloads/255/009.txt".into(), b"x".to_vec()))),
    ("an entry that is not listed", |b| drop(b.files.insert("entries/5.json".into(), b"{}".to_vec()))),
    ("a proof that is not listed", |b| drop(b.files.insert("proofs/5.tlog-proof".into(), b"".to_vec()))),
    ("an entry listed under another id", |b| b.manifest["entries"][1]["id"] = json!("0192d3a8")),
    ("an entry listed as another type", |b| b.manifest["entries"][1]["type"] = json!("answer")),
    ("an answer that is not there", |b| b.manifest["answer"] = json!("0192d3a8")),
    ("another size", |b| b.manifest["size"] = json!(301)),
    ("another origin", |b| b.manifest["origin"] = json!("beleg/other/0")),
    ("a block's text", |b| {
        b.edit(&Bundle::page(), |page| {
            let block = page["shown"][0]["block"].as_str().unwrap();
            page["shown"][0]["block"] = json!(block.replacen('Z', "A", 1).replacen('e', "f", 1));
        });
    }),
    ("a block's salt", |b| b.edit(&Bundle::page(), |page| page["shown"][0]["salt"] = page["shown"][1]["salt"].clone())),
    ("a block's place", |b| b.edit(&Bundle::page(), |page| page["shown"][0]["index"] = json!(0))),
    ("a block's path", |b| b.edit(&Bundle::page(), |page| drop(page["shown"][0]["path"].as_array_mut().unwrap().pop()))),
    ("a page's path", |b| b.edit(&Bundle::page(), |page| page["path"][0] = page["path"][1].clone())),
    ("a page under another number", |b| {
        b.edit(&Bundle::page(), |page| page["page"] = json!(4));
        let page = b.files.remove(&Bundle::page()).unwrap();
        b.files.insert(Bundle::page().replace("/3.json", "/4.json"), page);
    }),
    ("a page of another document", |b| {
        b.edit(&Bundle::page(), |page| page["document"] = json!("other"));
        let page = b.files.remove(&Bundle::page()).unwrap();
        b.files.insert("pages/other-2/3.json".into(), page);
    }),
    ("a word of a quote", |b| b.edit("payloads/299/000.json", |answer| answer["citations"][0]["quote"] = json!("eile 2\nZeile"))),
    ("a page that shows nothing", |b| b.edit(&Bundle::page(), |page| page["shown"] = json!([]))),
    ("a page of a document that is withheld", |b| {
        b.files.remove("payloads/17/000.json");
        b.files.remove("payloads/17/000.salt");
        b.manifest["withheld"].as_array_mut().unwrap().push(json!({"index": 17, "ordinal": 0, "name": "document"}));
    }),
];

#[test]
fn every_tampering_with_a_bundle_is_refused_even_when_the_manifest_fits() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("evidence.zip");
    for (what, tamper) in TAMPERINGS {
        let mut bundle = Bundle::example();
        tamper(&mut bundle);
        fs::write(&place, bundle.zip()).unwrap();
        ALL.iter().for_each(|verifier| verifier.refused(&place, what));
    }
}

#[test]
fn files_that_differ_from_the_manifest_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("evidence.zip");
    let bundle = Bundle::example();
    let archive = bundle.zip();
    let mut reader = zip::ZipArchive::new(std::io::Cursor::new(&archive)).unwrap();
    let mut manifest = Vec::new();
    std::io::Read::read_to_end(&mut reader.by_name("manifest.json").unwrap(), &mut manifest).unwrap();
    let picture = Bundle::page().replace("/3.json", "/3-0.png");
    let changes: [Tampering; 3] = [
        ("a picture", |b| b.files.get_mut(&Bundle::page().replace("/3.json", "/3-0.png")).unwrap()[1] ^= 1),
        ("a file too few", |b| drop(b.files.remove("README.txt"))),
        ("a file too many", |b| drop(b.files.insert("more.txt".into(), vec![]))),
    ];
    assert!(bundle.files.contains_key(&picture));
    for (what, change) in changes {
        let mut changed = bundle.clone();
        change(&mut changed);
        fs::write(&place, changed.zip_with(&manifest)).unwrap();
        ALL.iter().for_each(|verifier| verifier.refused(&place, what));
    }
    let mut twice = bundle;
    twice.files.insert("entries/256.json".into(), b"{}".to_vec());
    let twice = replaced(&twice.zip(), b"entries/256.json", b"entries/255.json");
    for (what, bytes) in [
        ("a file that is there twice", &twice[..]),
        ("a cut archive", &archive[..archive.len() / 2]),
        ("an empty file", b""),
        ("no archive", b"{}"),
    ] {
        fs::write(&place, bytes).unwrap();
        ALL.iter().for_each(|verifier| verifier.refused(&place, what));
    }
}

#[test]
fn private_keys_go_to_openssl_and_come_back() {
    const SCRIPT: &str = "
import sys
from cryptography.hazmat.primitives import serialization as s
key = s.load_pem_private_key(sys.stdin.buffer.read(), None)
print(key.sign(b'text').hex())
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode(), end='')
";
    let mut child = Command::new(python()).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(signer().to_pkcs8_pem().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (signature, pem) = text.split_once('\n').unwrap();
    let ours: String = signer().sign(b"text").unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, ours);
    assert_eq!(pem, signer().to_pkcs8_pem().as_str(), "both write the same file");
    assert_eq!(Ed25519Signer::from_pkcs8_pem(ORIGIN, pem).unwrap().verifier_key(), signer().verifier_key());
}
