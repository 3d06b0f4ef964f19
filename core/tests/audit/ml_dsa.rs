//! Logs that sign with ML-DSA-44 beside Ed25519: who knows the second kind checks it, and everybody else passes it over.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use beleg::audit::{
    Checkpoint, MlDsaSigner, Signer, VerifierKey, bundle::verify_bundle, open_checkpoint, sign_checkpoint, verify_log,
};

use crate::{
    bundle::Bundle,
    foreign::{good, python},
    log::{Log, ORIGIN, signer},
};

fn second() -> MlDsaSigner {
    MlDsaSigner::from_seed(ORIGIN, [9; 32]).unwrap()
}

fn both() -> [VerifierKey; 2] {
    [signer().verifier_key().clone(), second().verifier_key().clone()]
}

/// A checkpoint that Ed25519 signed, signed by both.
fn signed_twice(note: &[u8]) -> Vec<u8> {
    let (checkpoint, _): (Checkpoint, _) = open_checkpoint(note, &both()[..1]).unwrap();
    sign_checkpoint(&checkpoint, &[&signer(), &second()]).unwrap().into_bytes()
}

fn log() -> Log {
    let mut log = Log::of(300);
    let note = signed_twice(&log.files["checkpoint"]);
    log.files.insert("checkpoint".into(), note);
    log
}

fn bundle() -> Bundle {
    let mut bundle = Bundle::example();
    let plain = bundle.files["checkpoint"].clone();
    let twice = signed_twice(&plain);
    for (name, content) in &mut bundle.files {
        if name == "checkpoint" || name.starts_with("proofs/") {
            let before = content.len() - plain.len();
            content.splice(before.., twice.iter().copied());
        }
    }
    bundle
}

#[test]
fn who_knows_ed25519_alone_passes_the_second_line_over() {
    let place = tempfile::tempdir().unwrap();
    log().write(&place.path().join("log"));
    good(&place.path().join("log"));
    let file = place.path().join("evidence.zip");
    fs::write(&file, bundle().zip()).unwrap();
    good(&file);
    // Cloudflare's, in Rust.
    let key = signed_note::StandardVerifier::new(&both()[0].to_string()).unwrap();
    let note = signed_note::Note::from_bytes(&log().files["checkpoint"]).unwrap();
    let (verified, unverified) = note.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 1));
}

#[test]
fn who_gives_keys_of_both_kinds_asks_for_both() {
    let plain = Log::of(300);
    let mut good = log();
    let kinds = |log: &mut Log, keys: &[VerifierKey]| -> Vec<&'static str> {
        verify_log(log, keys, &mut |_, _| ()).unwrap().findings.iter().map(|finding| finding.kind).collect()
    };
    for keys in [&both()[..], &both()[..1], &both()[1..]] {
        assert_eq!(kinds(&mut good, keys), [""; 0]);
        assert!(verify_bundle(&bundle().zip(), keys).unwrap().ok);
    }
    assert_eq!(kinds(&mut plain.clone(), &both()), ["audit.unsigned"], "the second line was taken away");
    let report = verify_bundle(&Bundle::example().zip(), &both()).unwrap();
    assert!(!report.ok && report.findings.iter().any(|finding| finding.kind == "signature"), "{:?}", report.findings);
    assert!(verify_bundle(&Bundle::example().zip(), &both()[..1]).unwrap().ok);
    // A key of another log asks for nothing, and a former one of the same kind is as good.
    let other = MlDsaSigner::from_seed("example.com/other", [9; 32]).unwrap().verifier_key().clone();
    let former = MlDsaSigner::from_seed(ORIGIN, [10; 32]).unwrap().verifier_key().clone();
    assert_eq!(kinds(&mut plain.clone(), &[both()[0].clone(), other]), [""; 0]);
    assert_eq!(kinds(&mut good, &[&both()[..], &[former]].concat()), [""; 0]);
    // Only the Ed25519 line was forged, or only the other one.
    for line in [0, 1] {
        let mut note = beleg::audit::SignedNote::parse(&good.files["checkpoint"]).unwrap();
        note.signatures[line].signature[20] ^= 1;
        let mut forged = good.clone();
        forged.files.insert("checkpoint".into(), note.to_string().into_bytes());
        assert_eq!(kinds(&mut forged, &both()), ["audit.signature"]);
    }
}

#[test]
fn python_verifies_the_second_line_and_reads_its_key() {
    const SCRIPT: &str = r"
import base64, hashlib, struct, sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
pem, vkey, note = sys.stdin.read().split('\0')
origin, size, root, empty, first, second = note.removesuffix('\n').split('\n')
name, key_id, key = vkey.split('+', 2)
key = base64.b64decode(key)
assert hashlib.sha256(name.encode() + b'\n' + key).hexdigest()[:8] == key_id and key[0] == 6 and name == origin
line = base64.b64decode(second.removeprefix('— ' + name + ' '), validate=True)
assert line[:4].hex() == key_id and line[4:12] == bytes(8) and len(line) == 12 + 2420
short = bytes([len(name)]) + name.encode()
message = b'subtree/v1\n\0' + short + bytes(8) + short + struct.pack('>QQ', 0, int(size)) + base64.b64decode(root)
public = MLDSA44PublicKey.from_public_bytes(key[1:])
public.verify(line[12:], message)
private = s.load_pem_private_key(pem.encode(), None)
assert private.public_key().public_bytes_raw() == key[1:]
print(private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode(), end='')
";
    let note = String::from_utf8(log().files["checkpoint"].clone()).unwrap();
    let input = [second().to_pkcs8_pem().as_str(), &both()[1].to_string(), &note].join("\0");
    let mut child = Command::new(python()).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), *second().to_pkcs8_pem(), "both write the same file");
}
