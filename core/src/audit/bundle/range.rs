//! Entries around an answer that travel along, so that a reader sees among which it was chosen: they hold nothing that can be guessed back.
//!
//! `range/range.json` has the proof, `range/entries/…` the entries in bundles of 256 as in the log (the last one may have fewer), named by
//! their order in the range as tiles are.

use std::collections::BTreeMap;

use super::{Entries, Manifest};
use crate::{
    Error, ErrorKind, Result,
    audit::{
        Checkpoint, Hash, Leaf, RangeProof, TILE_WIDTH, decode_bundle, encode_bundle, index_path, leaf_hash, parse_canonical,
        to_canonical,
    },
};

const FOLDER: &str = "range/";
const PROOF: &str = "range/range.json";

/// What `range/range.json` says.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofFile {
    /// The version of the shape, 1.
    v: u32,
    first: u64,
    end: u64,
    size: u64,
    /// In base64.
    hashes: Vec<String>,
}

/// What is said of the answers around the one in a bundle: of a range of the log that lies in it as a whole.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShownRange {
    /// The places of its first and its last entry.
    pub range: [u64; 2],
    /// The time of its first entry of Beleg, by the clock of the machine.
    pub since: Option<String>,
    /// That of its last.
    pub until: Option<String>,
    /// Answers in it.
    pub answers: u64,
    /// Those of them that are in the bundle.
    pub exported: u64,
    /// Those of them that whoever asked for the answer in the bundle has asked for; `None` when that answer is not in it.
    pub by_actor: Option<u64>,
}

fn entries_file(part: u64) -> String {
    format!("{FOLDER}entries/{}", index_path(part))
}

/// The files of a range for a bundle: its entries, and the proof that they are all of them.
///
/// # Errors
/// `audit.range_shape` when there are not as many entries as the proof says.
pub fn range_files<'a>(proof: &RangeProof, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<BTreeMap<String, Vec<u8>>> {
    let entries: Vec<&[u8]> = entries.into_iter().collect();
    // That the proof fits them is for those who verify; that they are as many as it says must be right by then.
    proof.root(entries.iter().map(|entry| leaf_hash(entry)))?;
    let hashes = proof.hashes.iter().map(Hash::to_string).collect();
    let file = ProofFile { v: 1, first: proof.first, end: proof.end, size: proof.size, hashes };
    let value =
        serde_json::to_value(file).map_err(|error| Error::new(ErrorKind::Internal, "bundle.encode", error.to_string()))?;
    let mut files = BTreeMap::from([(PROOF.to_owned(), to_canonical(&value)?)]);
    for (part, entries) in (0..).zip(entries.chunks(TILE_WIDTH as usize)) {
        files.insert(entries_file(part), encode_bundle(entries.iter().copied())?);
    }
    Ok(files)
}

/// Whether a bundle has a range.
pub(super) fn is_there(files: &BTreeMap<String, Vec<u8>>) -> bool {
    files.keys().any(|name| name.starts_with(FOLDER))
}

/// Checks the range of a bundle against its checkpoint, and counts.
pub(super) fn verify(
    files: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    checkpoint: &Checkpoint,
    known: &Entries,
) -> Result<ShownRange> {
    let file: ProofFile = files
        .get(PROOF)
        .and_then(|bytes| serde_json::from_value(parse_canonical(bytes).ok()?).ok())
        .filter(|file: &ProofFile| file.v == 1 && file.size == checkpoint.size && file.first < file.end)
        .ok_or_else(|| malformed("its proof is missing, or none over the checkpoint of the bundle"))?;
    let hashes = file.hashes.iter().map(|hash| hash.parse()).collect::<Result<_>>()?;
    let proof = RangeProof { first: file.first, end: file.end, size: file.size, hashes };
    let parts = (proof.end - proof.first).div_ceil(TILE_WIDTH);
    if parts + 1 != files.keys().filter(|name| name.starts_with(FOLDER)).count() as u64 {
        return Err(malformed("it does not have the files that its entries take"));
    }
    let wanted = known.values().find(|leaf| leaf.versions.get("answer") == Some(&manifest.answer.to_string()) && is_answer(leaf));
    let mut shown = ShownRange {
        range: [proof.first, proof.end - 1],
        since: None,
        until: None,
        answers: 0,
        exported: 0,
        by_actor: wanted.map(|_| 0),
    };
    let mut leaves = Vec::new();
    for part in 0..parts {
        let bytes = files.get(&entries_file(part)).ok_or_else(|| malformed("a part of its entries is missing"))?;
        let entries = decode_bundle(bytes)?;
        if part + 1 < parts && (entries.len() as u64) < TILE_WIDTH {
            return Err(malformed("a part of its entries is shorter than it must be"));
        }
        for entry in entries {
            let index = proof.first + leaves.len() as u64;
            leaves.push(leaf_hash(entry));
            // What another program put on this log is in the tree as well.
            if let Ok(leaf) = Leaf::parse(entry) {
                shown.count(index, leaf, known, wanted);
            }
        }
    }
    proof.verify(leaves, &checkpoint.root)?;
    Ok(shown)
}

fn is_answer(leaf: &Leaf) -> bool {
    leaf.r#type == "answer" && leaf.phase == "outcome" && leaf.result.as_deref() == Some("complete")
}

impl ShownRange {
    fn count(&mut self, index: u64, leaf: Leaf, known: &Entries, wanted: Option<&Leaf>) {
        if is_answer(&leaf) {
            self.answers += 1;
            self.exported += u64::from(known.contains_key(&index));
            if let (Some(by_actor), Some(wanted)) = (&mut self.by_actor, wanted) {
                *by_actor += u64::from(leaf.actor.pseudonym == wanted.actor.pseudonym);
            }
        }
        if self.since.is_none() {
            self.since = Some(leaf.time.clone());
        }
        self.until = Some(leaf.time);
    }
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::Malformed, "bundle.range_malformed", format!("the range of entries cannot be read: {why}"))
}
