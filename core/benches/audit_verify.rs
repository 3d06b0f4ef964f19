//! Verification of a whole log: signature, every entry, every tile. 200,000 entries of 256 bytes, on one core.

use std::{collections::HashMap, fs, hint::black_box, path::PathBuf, time::Duration};

use beleg::{
    Result,
    audit::{
        Checkpoint, Ed25519Signer, Edge, LogSource, Signer, VerifierKey, bundle_path, encode_bundle, leaf_hash, node_hash,
        sign_checkpoint, verify_log,
    },
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ENTRIES: usize = 200_000;
const ENTRY_BYTES: usize = 256;

struct Memory(HashMap<String, Vec<u8>>);

impl LogSource for Memory {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

struct Folder(PathBuf);

impl LogSource for Folder {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(fs::read(self.0.join(path)).ok())
    }
}

fn log() -> (HashMap<String, Vec<u8>>, VerifierKey) {
    let signer = Ed25519Signer::from_seed("example.com/log", [7; 32]).expect("a name");
    let (mut files, mut edge, mut full) = (HashMap::new(), Edge::new(), Vec::new());
    let entries: Vec<Vec<u8>> = (0..ENTRIES).map(|i| format!("{i:0ENTRY_BYTES$}").into_bytes()).collect();
    for (index, bundle) in (0..).zip(entries.chunks(256)) {
        let bytes = encode_bundle(bundle.iter().map(Vec::as_slice)).expect("short entries");
        files.insert(bundle_path(index, bundle.len() as u16), bytes);
        bundle.iter().for_each(|entry| edge.push(leaf_hash(entry), &mut full));
    }
    files.extend(full.into_iter().chain(edge.partial()).map(|tile| (tile.path, tile.bytes)));
    let checkpoint = Checkpoint { origin: "example.com/log".into(), size: edge.size(), root: edge.root(), extensions: vec![] };
    files.insert("checkpoint".into(), sign_checkpoint(&checkpoint, &[&signer]).expect("a checkpoint").into_bytes());
    (files, signer.verifier_key().clone())
}

fn verify(c: &mut Criterion) {
    let (files, key) = log();
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    let mut group = c.benchmark_group("verify_log");
    group.throughput(Throughput::Elements(ENTRIES as u64)).sample_size(10).measurement_time(Duration::from_secs(5));
    let mut memory = Memory(files);
    let keys = [key];
    group.bench_function("memory", |b| {
        b.iter(|| assert!(verify_log(&mut memory, &keys, &mut |_, _| ()).expect("readable").is_good()));
    });
    let mut folder = Folder(folder.path().to_owned());
    group.bench_function("warm files", |b| {
        b.iter(|| assert!(verify_log(&mut folder, &keys, &mut |_, _| ()).expect("readable").is_good()));
    });
    group.finish();
    let entry = [7; ENTRY_BYTES];
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    c.bench_function("leaf_hash of 256 bytes", |b| b.iter(|| leaf_hash(black_box(&entry))));
    c.bench_function("node_hash", |b| b.iter(|| node_hash(black_box(&left), black_box(&right))));
}

criterion_group!(benches, verify);
criterion_main!(benches);
