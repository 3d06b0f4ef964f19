//! Frozen vectors, made by Go's `golang.org/x/mod/sumdb` and Python's `cryptography`: see `tests/vectors/audit/README.md`.

use std::{fs, path::PathBuf};

use beleg::audit::{
    Checkpoint, ConsistencyProof, Ed25519Signer, Edge, Hash, InclusionProof, LogSource, SignedNote, Signer, TlogProof,
    VerifierKey, commitment, cosign, is_committed, leaf_hash, open_checkpoint, parse_canonical, root_at, sign_checkpoint,
    to_canonical, verify_log,
};
use serde_json::Value;

use crate::{log::Log, reference::Subtrees};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/audit")
}

fn file(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&file(name)).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = text(hex);
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(|hash| text(hash).parse().unwrap()).collect()
}

/// As the generators make it.
fn entry(index: usize) -> Vec<u8> {
    format!("entry {index} {}", "x".repeat(index % 7)).into_bytes()
}

fn log_signer() -> Ed25519Signer {
    let keys = json("keys.json");
    Ed25519Signer::from_seed(text(&keys["log"]["name"]), bytes(&keys["log"]["seed"]).try_into().unwrap()).unwrap()
}

#[test]
fn roots_and_proofs_are_those_of_the_checksum_database() {
    let vectors = json("tree.json");
    let leaves: Vec<Hash> = (0..1025).map(|i| leaf_hash(&entry(i))).collect();
    let mut subtrees = Subtrees::new(&leaves);
    let mut seen = 0;
    for tree in vectors["trees"].as_array().unwrap() {
        let size = tree["size"].as_u64().unwrap();
        let root = root_at(size, &mut subtrees).unwrap();
        assert_eq!(root.to_string(), text(&tree["root"]), "size {size}");
        for proof in tree["inclusion"].as_array().unwrap() {
            let index = proof["index"].as_u64().unwrap();
            let ours = InclusionProof::prove(index, size, &mut subtrees).unwrap();
            assert_eq!(ours.hashes, hashes(&proof["hashes"]), "leaf {index} of {size}");
            ours.verify(&leaves[index as usize], &root).unwrap();
            seen += 1;
        }
        for proof in tree["consistency"].as_array().unwrap() {
            let old = proof["old"].as_u64().unwrap();
            let ours = ConsistencyProof::prove(old, size, &mut subtrees).unwrap();
            assert_eq!(ours.hashes, hashes(&proof["hashes"]), "{old} to {size}");
            ours.verify(&root_at(old, &mut subtrees).unwrap(), &root).unwrap();
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// A folder of the vectors.
struct Folder(PathBuf);

impl LogSource for Folder {
    fn read(&mut self, path: &str) -> beleg::Result<Option<Vec<u8>>> {
        Ok(fs::read(self.0.join(path)).ok())
    }
}

#[test]
fn a_log_that_go_wrote_verifies_and_is_written_by_us_byte_for_byte() {
    let key: VerifierKey = text(&json("keys.json")["log"]["vkey"]).parse().unwrap();
    let report = verify_log(&mut Folder(folder().join("log")), std::slice::from_ref(&key), &mut |_, _| ()).unwrap();
    assert_eq!((report.findings, report.size), (vec![], 600));
    let ours = Log::with((0..600).map(entry).collect());
    for (path, content) in ours.files.iter().filter(|(path, _)| *path != "checkpoint") {
        assert_eq!(&file(&format!("log/{path}")), content, "{path}");
    }
    let mut edge = Edge::new();
    (0..600).for_each(|i| edge.push(leaf_hash(&entry(i)), &mut Vec::new()));
    let signer = log_signer();
    assert_eq!(signer.verifier_key(), &key);
    let checkpoint = Checkpoint { origin: key.name().into(), size: 600, root: edge.root(), extensions: vec![] };
    assert_eq!(
        sign_checkpoint(&checkpoint, &[&signer]).unwrap().into_bytes(),
        file("log/checkpoint"),
        "Ed25519 has one signature"
    );
}

#[test]
fn a_proof_file_is_that_of_the_vectors() {
    let key: VerifierKey = text(&json("keys.json")["log"]["vkey"]).parse().unwrap();
    let proof = TlogProof::parse(&file("450.tlog-proof")).unwrap();
    assert_eq!(proof.proof.index, 450);
    assert_eq!(proof.verify(&leaf_hash(&entry(450)), &[key]).unwrap().size, 600);
    assert_eq!(proof.to_string().into_bytes(), file("450.tlog-proof"));
    let ours = Log::with((0..600).map(entry).collect()).proof(450);
    assert_eq!(TlogProof { checkpoint: file("log/checkpoint"), ..ours }.to_string().into_bytes(), file("450.tlog-proof"));
}

#[test]
fn cosignatures_are_those_of_the_vectors() {
    let keys = json("keys.json");
    let note = SignedNote::parse(&file("checkpoint-cosigned")).unwrap();
    open_checkpoint(note.to_string().as_bytes(), &[text(&keys["log"]["vkey"]).parse().unwrap()]).unwrap();
    let witness = &keys["witness"];
    let key: VerifierKey = text(&witness["vkey"]).parse().unwrap();
    let verified = note.verified(std::slice::from_ref(&key)).unwrap();
    let time = witness["time"].as_u64().unwrap();
    assert_eq!(verified[0].1.time(), Some(time));
    let signer = Ed25519Signer::witness_from_seed(key.name(), bytes(&witness["seed"]).try_into().unwrap()).unwrap();
    assert_eq!(signer.verifier_key(), &key);
    assert_eq!(&cosign(&note, &signer, time).unwrap(), verified[0].1);
}

#[cfg(feature = "ml-dsa")]
#[test]
fn ml_dsa_cosignatures_are_those_of_the_vectors() {
    let keys = json("keys.json");
    let witness = &keys["witness_ml_dsa"];
    let key: VerifierKey = text(&witness["vkey"]).parse().unwrap();
    let signer = beleg::audit::MlDsaSigner::from_seed(key.name(), bytes(&witness["seed"]).try_into().unwrap()).unwrap();
    assert_eq!(signer.verifier_key(), &key, "both make the same key of the seed");
    let note = SignedNote::parse(&file("checkpoint-cosigned")).unwrap();
    let verified = note.verified(std::slice::from_ref(&key)).unwrap();
    assert_eq!(verified[0].1.time(), witness["time"].as_u64());
}

#[cfg(feature = "ml-dsa")]
#[test]
fn the_second_line_of_a_log_is_that_of_the_vectors() {
    let keys = json("keys.json");
    let first: VerifierKey = text(&keys["log"]["vkey"]).parse().unwrap();
    let second: VerifierKey = text(&keys["log_ml_dsa"]["vkey"]).parse().unwrap();
    let signer =
        beleg::audit::MlDsaSigner::from_seed(second.name(), bytes(&keys["log_ml_dsa"]["seed"]).try_into().unwrap()).unwrap();
    assert_eq!(signer.verifier_key(), &second, "both make the same key of the seed");
    let note = file("checkpoint-ml-dsa");
    for known in [&[first.clone()][..], &[second.clone()], &[first.clone(), second.clone()]] {
        let (checkpoint, note) = open_checkpoint(&note, known).unwrap();
        assert_eq!((checkpoint.size, note.signed_by(known).unwrap().len()), (600, known.len()));
    }
    // The signature is randomised; the rest of the line is not.
    let theirs = SignedNote::parse(&note).unwrap().signatures.pop().unwrap();
    let ours = sign_checkpoint(&open_checkpoint(&note, &[first]).unwrap().0, &[&log_signer(), &signer]).unwrap();
    let ours = SignedNote::parse(ours.as_bytes()).unwrap().signatures.pop().unwrap();
    assert_eq!((&ours.name, ours.id, &ours.signature[..8]), (&theirs.name, theirs.id, &theirs.signature[..8]));
}

#[test]
fn commitments_are_those_of_the_vectors() {
    let vectors = json("commitments.json");
    for vector in vectors.as_array().unwrap() {
        let salt: [u8; 32] = bytes(&vector["salt"]).try_into().unwrap();
        let (name, payload, expected) = (text(&vector["name"]), bytes(&vector["payload"]), bytes(&vector["commitment"]));
        assert_eq!(commitment(&salt, name, &payload)[..], expected, "{name}");
        let expected: [u8; 32] = expected.try_into().unwrap();
        assert!(is_committed(&salt, name, &payload, &expected));
        assert!(!is_committed(&salt, "other", &payload, &expected));
        assert!(!is_committed(&[0; 32], name, &payload, &expected));
        assert!(!is_committed(&salt, name, &[&payload[..], b"x"].concat(), &expected));
        assert!(!is_committed(&salt, &format!("{name}\0"), &payload, &expected));
    }
    assert!(vectors.as_array().unwrap().len() >= 4);
}

#[test]
fn canonical_json_is_that_of_the_vectors() {
    for vector in json("canonical.json").as_array().unwrap() {
        let input = text(&vector["input"]);
        match &vector["canonical"] {
            Value::String(canonical) => {
                let ours = to_canonical(&serde_json::from_str(input).unwrap()).unwrap();
                assert_eq!(String::from_utf8(ours).unwrap(), *canonical, "{input}");
                parse_canonical(canonical.as_bytes()).unwrap();
                assert_eq!(parse_canonical(input.as_bytes()).is_ok(), input == canonical, "{input}");
            }
            _ => assert!(parse_canonical(input.as_bytes()).is_err(), "{input}"),
        }
    }
}
