//! Logs to test with, in memory and in a folder.

use std::{collections::BTreeMap, fs, path::Path};

use beleg::{
    Result,
    audit::{
        Checkpoint, Ed25519Signer, Edge, InclusionProof, LogReport, LogSource, Signer, TileHashes, TlogProof, bundle_path,
        encode_bundle, leaf_hash, sign_checkpoint, verify_log,
    },
};

pub(crate) const ORIGIN: &str = "beleg/0192d3a8-7b6c-7a31-8f02-5a2b1c3d4e5f/0";

pub(crate) fn signer() -> Ed25519Signer {
    Ed25519Signer::from_seed(ORIGIN, [7; 32]).unwrap()
}

/// A generator of chance that is the same in every run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }
}

/// A log as files.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) entries: Vec<Vec<u8>>,
}

impl LogSource for Log {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }
}

impl Log {
    /// A log of `count` small entries of different lengths.
    pub(crate) fn of(count: usize) -> Self {
        Self::with((0..count).map(|i| format!(r#"{{"n":{i},"v":"{}"}}"#, "x".repeat(i % 37)).into_bytes()).collect())
    }

    pub(crate) fn with(entries: Vec<Vec<u8>>) -> Self {
        let mut files = BTreeMap::new();
        let (mut edge, mut full) = (Edge::new(), Vec::new());
        for (index, bundle) in (0..).zip(entries.chunks(256)) {
            let bytes = encode_bundle(bundle.iter().map(Vec::as_slice)).unwrap();
            files.insert(bundle_path(index, bundle.len() as u16), bytes);
            for entry in bundle {
                edge.push(leaf_hash(entry), &mut full);
            }
        }
        files.extend(full.into_iter().chain(edge.partial()).map(|tile| (tile.path, tile.bytes)));
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size: edge.size(), root: edge.root(), extensions: vec![] };
        files.insert("checkpoint".into(), sign_checkpoint(&checkpoint, &[&signer()]).unwrap().into_bytes());
        Self { files, entries }
    }

    pub(crate) fn verify(&self) -> LogReport {
        verify_log(&mut self.clone(), &[signer().verifier_key().clone()], &mut |_, _| ()).unwrap()
    }

    pub(crate) fn proof(&self, index: u64) -> TlogProof {
        let size = self.entries.len() as u64;
        let mut read = |path: &str| Ok(self.files.get(path).cloned());
        let proof = InclusionProof::prove(index, size, &mut TileHashes::new(size, &mut read)).unwrap();
        TlogProof { extra: None, proof, checkpoint: self.files["checkpoint"].clone() }
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
}
