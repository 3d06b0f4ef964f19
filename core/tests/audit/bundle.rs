//! Evidence bundles to test verifiers with: a stand-in for the export.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use beleg::audit::{Hash, InclusionProof, Policy, Signer, commitment, leaf_hash, root_at, to_canonical};
use serde_json::{Value, json};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{
    log::{Log, ORIGIN, signer},
    reference::Subtrees,
};

/// The corpus of [`ORIGIN`].
const CORPUS: &str = "0192d3a8-7b6c-7a31-8f02-5a2b1c3d4e5f";
const ANSWER: &str = "0192d3a8-7b6c-7a31-8f02-5a2b1c3d4e61";
const DOCUMENT: &str = "0192d3a8-7b6c-7a31-8f02-5a2b1c3d4e60";

/// A bundle as files, and the manifest.
#[derive(Clone)]
pub(crate) struct Bundle {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) manifest: Value,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical(value: &Value) -> Vec<u8> {
    to_canonical(value).unwrap()
}

fn id(number: u8) -> String {
    format!("0192d3a8-7b6c-7a31-8f02-0000000000{number:02x}")
}

/// A leaf, its payloads (name, kind of file, bytes) and their salts.
struct Recorded {
    leaf: Value,
    payloads: Vec<(&'static str, &'static str, Vec<u8>, [u8; 32])>,
}

impl Recorded {
    fn new(number: u8, kind: &str, payloads: Vec<(&'static str, &'static str, Vec<u8>)>) -> Self {
        let salt = |ordinal: usize| [number * 16 + ordinal as u8 + 1; 32];
        let payloads: Vec<_> =
            payloads.into_iter().enumerate().map(|(i, (name, ending, bytes))| (name, ending, bytes, salt(i))).collect();
        let listed: Vec<Value> = payloads
            .iter()
            .map(|(name, ending, bytes, salt)| {
                let media_type = match *ending {
                    "json" => "application/json",
                    "txt" => "text/plain",
                    _ => "application/octet-stream",
                };
                json!({"name": name, "media_type": media_type, "length": bytes.len(), "commitment": hex(&commitment(salt, name, bytes))})
            })
            .collect();
        let mut leaf = json!({
            "v": 1, "type": kind, "id": id(number), "time": "2026-11-26T12:00:00.000Z", "epoch": 0, "boot": id(7), "seq": number, "tenant": id(8),
            "actor": {"pseudonym": id(6)}, "phase": "outcome", "result": "complete", "payloads": listed, "software_version": "beleg/0",
        });
        if kind == "answer" {
            leaf["versions"] = json!({"answer": ANSWER});
        }
        Self { leaf, payloads }
    }
}

/// A tree over `leaves` as root and proofs.
fn tree(leaves: &[Hash]) -> (Hash, impl Fn(u64) -> Vec<Value> + '_) {
    let size = leaves.len() as u64;
    let root = root_at(size, &mut Subtrees::new(leaves)).unwrap();
    let path = move |index| {
        let proof = InclusionProof::prove(index, size, &mut Subtrees::new(leaves)).unwrap();
        proof.hashes.iter().map(|hash| json!(hash.to_string())).collect()
    };
    (root, path)
}

impl Bundle {
    /// An answer with what led to it, among other entries: a payload is erased, another withheld, two blocks of a page shown.
    pub(crate) fn example() -> Self {
        Self::with_log().0
    }

    /// The same with the log that it is from. In it are three more answers, one of them by whoever asked for the one in the bundle.
    pub(crate) fn with_log() -> (Self, Log) {
        let blocks: Vec<Vec<u8>> = (0..5)
            .map(|i| {
                canonical(
                    &json!({"boxes": [["1.5", "2", "3", "4"]], "start": i * 10, "end": i * 10 + 7, "text": format!("Zeile {i}")}),
                )
            })
            .collect();
        let salted = |i: usize| [[200 + i as u8; 32].to_vec(), blocks[i].clone()].concat();
        let block_leaves: Vec<Hash> = (0..blocks.len()).map(|i| leaf_hash(&salted(i))).collect();
        let (page_root, block_path) = tree(&block_leaves);
        let page_leaves: Vec<Hash> = (1..=7u8).map(|page| leaf_hash(&if page == 3 { page_root.0 } else { [page; 32] })).collect();
        let (pages_root, page_path) = tree(&page_leaves);

        let document = canonical(&json!({"id": DOCUMENT, "version": 2, "pages_root": pages_root.to_hex()}));
        let answer = canonical(&json!({"text": "eile 1", "citations": [{
            "document": {"id": DOCUMENT, "version": 2}, "quote": "eile 1\nZeile",
            "segments": [{"page": 3, "span": {"start": 11, "end": 17}}, {"page": 3, "span": {"start": 40, "end": 45}}],
        }]}));
        let recorded = [
            Recorded::new(1, "ingest", vec![("document", "json", document), ("name", "txt", b"bericht.pdf".to_vec())]),
            Recorded::new(2, "retrieval", vec![("query", "txt", "Wie hoch?".into()), ("vector", "bin", vec![0, 255, 10, 13])]),
            Recorded::new(3, "answer", vec![("answer", "json", answer), ("empty", "txt", vec![])]),
        ];
        let mut entries: Vec<Vec<u8>> = (0..300).map(|i| format!(r#"{{"other":{i}}}"#).into_bytes()).collect();
        let indexes = [17usize, 255, 299];
        for (index, recorded) in indexes.into_iter().zip(&recorded) {
            entries[index] = canonical(&recorded.leaf);
        }
        for (index, number, actor) in [(20, 9, 6), (100, 10, 5), (299 - 1, 11, 5)] {
            let mut other = Recorded::new(number, "answer", vec![]).leaf;
            (other["actor"]["pseudonym"], other["versions"]["answer"]) = (json!(id(actor)), json!(id(number)));
            entries[index] = canonical(&other);
        }
        let log = Log::with(entries);

        let mut files = BTreeMap::new();
        files.insert("checkpoint".to_owned(), log.files["checkpoint"].clone());
        files.insert("README.txt".to_owned(), b"read me".to_vec());
        let policy = Policy::of_log(signer().verifier_key().clone()).unwrap();
        files.insert("policy".to_owned(), policy.to_string().into_bytes());
        for (index, recorded) in indexes.into_iter().zip(&recorded) {
            files.insert(format!("entries/{index}.json"), log.entries[index].clone());
            files.insert(format!("proofs/{index}.tlog-proof"), log.proof(index as u64).to_string().into_bytes());
            for (ordinal, (name, ending, bytes, salt)) in recorded.payloads.iter().enumerate() {
                if !matches!(*name, "name" | "vector") {
                    files.insert(format!("payloads/{index}/{ordinal:03}.{ending}"), bytes.clone());
                    files.insert(format!("payloads/{index}/{ordinal:03}.salt"), salt.to_vec());
                }
            }
        }
        let shown: Vec<Value> = [1usize, 4]
            .into_iter()
            .map(|i| {
                let (block, salt) = (STANDARD.encode(&blocks[i]), STANDARD.encode([200 + i as u8; 32]));
                json!({"index": i, "block": block, "salt": salt, "path": block_path(i as u64)})
            })
            .collect();
        let page = json!({"v": 1, "document": DOCUMENT, "version": 2, "page": 3, "pages": 7, "blocks": 5, "shown": shown, "path": page_path(2)});
        files.insert(format!("pages/{DOCUMENT}-2/3.json"), canonical(&page));
        files.insert(format!("pages/{DOCUMENT}-2/3-0.png"), b"\x89PNG".to_vec());
        let manifest = json!({
            "v": 1, "type": "beleg-evidence", "corpus": CORPUS, "tenant": id(8), "epoch": 0, "origin": ORIGIN, "size": 300, "answer": ANSWER,
            "entries": [{"index": 17, "id": id(1), "type": "ingest"}, {"index": 255, "id": id(2), "type": "retrieval"}, {"index": 299, "id": id(3), "type": "answer"}],
            "erased": [{"index": 17, "ordinal": 1, "name": "name"}], "withheld": [{"index": 255, "ordinal": 1, "name": "vector"}],
        });
        (Self { files, manifest }, log)
    }

    /// The page that is shown.
    pub(crate) fn page() -> String {
        format!("pages/{DOCUMENT}-2/3.json")
    }

    /// Changes a JSON file.
    pub(crate) fn edit(&mut self, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut value = serde_json::from_slice(&self.files[name]).unwrap();
        edit(&mut value);
        self.files.insert(name.to_owned(), canonical(&value));
    }

    /// The archive, with a manifest that lists the files as they are: whoever tampers would see to that.
    pub(crate) fn zip(&self) -> Vec<u8> {
        let files: serde_json::Map<String, Value> =
            self.files.iter().map(|(name, bytes)| (name.clone(), json!(hex(&sha2::Digest::finalize(digest(bytes)))))).collect();
        let mut manifest = self.manifest.clone();
        manifest["files"] = Value::Object(files);
        self.zip_with(&canonical(&manifest))
    }

    /// The archive with a given manifest.
    pub(crate) fn zip_with(&self, manifest: &[u8]) -> Vec<u8> {
        let mut files = self.files.clone();
        files.insert("manifest.json".to_owned(), manifest.to_vec());
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
        for (name, bytes) in files {
            zip.start_file(name, options).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

fn digest(bytes: &[u8]) -> sha2::Sha256 {
    let mut digest = sha2::Sha256::default();
    sha2::Digest::update(&mut digest, bytes);
    digest
}
