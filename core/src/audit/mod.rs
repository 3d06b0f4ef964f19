//! The audit log's public formats, and their verification. Sans I/O: bytes come in through callbacks, bytes go out.
//!
//! Everything here is a format that other tools read: [tlog-tiles], [tlog-checkpoint], [signed-note], [tlog-cosignature],
//! [tlog-proof], [tlog-policy] of C2SP, the tree of RFC 6962, the canonical JSON of RFC 8785, the time stamps of RFC 3161. What is parsed is taken for
//! hostile: nothing panics, nothing takes more than linear time, and there is one encoding of everything, so that what was
//! parsed is written back as the same bytes.
//!
//! [tlog-tiles]: https://c2sp.org/tlog-tiles
//! [tlog-checkpoint]: https://c2sp.org/tlog-checkpoint
//! [signed-note]: https://c2sp.org/signed-note
//! [tlog-cosignature]: https://c2sp.org/tlog-cosignature
//! [tlog-proof]: https://c2sp.org/tlog-proof
//! [tlog-policy]: https://c2sp.org/tlog-policy
//!
//! ```
//! use beleg::audit::{Checkpoint, Edge, Ed25519Signer, InclusionProof, Signer, leaf_hash, open_checkpoint, sign_checkpoint};
//!
//! # fn main() -> beleg::Result<()> {
//! let signer = Ed25519Signer::from_seed("example.com/log", [7; 32])?;
//! let mut edge = Edge::new();
//! let mut full = Vec::new();
//! for entry in ["one", "two", "three"] {
//!     edge.push(leaf_hash(entry.as_bytes()), &mut full);
//! }
//! let checkpoint = Checkpoint { origin: "example.com/log".to_owned(), size: edge.size(), root: edge.root(), extensions: vec![] };
//! let note = sign_checkpoint(&checkpoint, &[&signer])?;
//!
//! let (opened, _) = open_checkpoint(note.as_bytes(), &[signer.verifier_key().clone()])?;
//! let left = beleg::audit::node_hash(&leaf_hash(b"one"), &leaf_hash(b"two"));
//! InclusionProof { index: 2, size: 3, hashes: vec![left] }.verify(&leaf_hash(b"three"), &opened.root)?;
//! # Ok(()) }
//! ```

pub mod bundle;
mod canonical;
mod checkpoint;
mod commitment;
mod consistency;
mod cosignature;
mod edge;
mod hash;
mod key;
mod leaf;
mod note;
mod pages;
mod policy;
mod proof;
mod range;
mod signer;
mod subtree;
mod tile;
mod timestamp;
mod tlog_proof;
mod verify;

pub use canonical::{parse_canonical, to_canonical};
pub use checkpoint::{Checkpoint, open_checkpoint, sign_checkpoint};
pub use commitment::{commitment, is_committed};
pub use consistency::ConsistencyProof;
pub use cosignature::{COSIGNATURE_TIME_MAX, cosign};
pub use edge::Edge;
pub use hash::{EMPTY_ROOT, Hash, empty_root, leaf_hash, node_hash};
pub use key::{KeyKind, VerifierKey};
pub use leaf::{LEAF_VERSION, Leaf, LeafActor, LeafPayload, LeafTrace};
pub use note::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NoteSignature, SignedNote};
pub use pages::{BLOCK_BYTES, PagesTree, block_bytes, block_hash, block_hashes, block_salt, blocks, path_of, root_of};
pub use policy::{GroupReport, Policy, PolicyGroup, PolicyLog, PolicyReport, PolicyWitness, WitnessReport};
pub use proof::{HashReader, InclusionProof, root_at};
pub use range::RangeProof;
#[cfg(feature = "ml-dsa")]
pub use signer::MlDsaSigner;
pub use signer::{Ed25519Signer, Signer};
pub use subtree::TileHashes;
pub use tile::{
    BundleEntries, ENTRY_BYTES_MAX, TILE_WIDTH, Tile, bundle_entries, bundle_path, decode_bundle, encode_bundle, index_path,
    tile_path,
};
pub use timestamp::{TIMESTAMP_BYTES_MAX, Timestamp, TimestampRequest};
pub use tlog_proof::TlogProof;
pub use verify::{Finding, LogReport, LogSource, verify_log, verify_log_entries};

/// A decimal number as the formats write it: digits alone, no leading zeros, at most `u64::MAX`.
fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (text.len() == 1 || !text.starts_with('0')) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(super::decimal("0"), Some(0));
        assert_eq!(super::decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "١", "18446744073709551616", "100000000000000000000"]
        {
            assert_eq!(super::decimal(wrong), None, "{wrong:?}");
        }
    }
}
