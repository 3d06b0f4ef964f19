//! The evidence bundle: one answer with all that it takes to check it, as a ZIP that is verified offline and without Beleg.
//!
//! Its layout is described in `docs/audit-log.md`. It is deterministic: files sorted by name, stored and not compressed, without times.

mod archive;
mod cited;
pub mod gobd;
mod range;
mod report;
mod verify;

pub use archive::write_bundle;
pub use cited::{CitedPage, ShownBlock};
pub use range::{ShownRange, range_files};
pub use report::{Assurance, BundleChecked, BundleReport, ExistedBefore, Integrity, Selection, SignerAssurance};
pub use verify::verify_bundle;

/// Entries of a bundle by their places.
type Entries = std::collections::BTreeMap<u64, crate::audit::Leaf>;

/// What the manifest says of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the shape, 1.
    pub v: u32,
    /// `beleg-evidence`.
    pub r#type: String,
    /// The corpus.
    pub corpus: uuid::Uuid,
    /// Whose it is.
    pub tenant: uuid::Uuid,
    /// The epoch of the log.
    pub epoch: u32,
    /// The name of the log.
    pub origin: String,
    /// The size of the checkpoint.
    pub size: u64,
    /// The answer.
    pub answer: uuid::Uuid,
    /// The entries, by their places.
    pub entries: Vec<ManifestEntry>,
    /// Payloads that were erased.
    pub erased: Vec<ManifestPayload>,
    /// Payloads that are there and were not exported.
    pub withheld: Vec<ManifestPayload>,
    /// SHA-256 of every file but the manifest and the page that verifies it, by name.
    pub files: std::collections::BTreeMap<String, String>,
}

/// An entry in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Its place in the log.
    pub index: u64,
    /// Its id.
    pub id: uuid::Uuid,
    /// Its type.
    pub r#type: String,
}

/// A payload of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestPayload {
    /// The place of the entry.
    pub index: u64,
    /// Its place among the payloads of the entry.
    pub ordinal: u64,
    /// Its name.
    pub name: String,
}

/// The file of an entry.
pub fn entry_file(index: u64) -> String {
    format!("entries/{index}.json")
}

/// The file of the proof of an entry.
pub fn proof_file(index: u64) -> String {
    format!("proofs/{index}.tlog-proof")
}

/// The file of a payload, and the one of its salt.
pub fn payload_files(index: u64, ordinal: usize, media_type: &str) -> (String, String) {
    let kind = match media_type {
        "application/json" => "json",
        "text/plain" => "txt",
        _ => "bin",
    };
    (format!("payloads/{index}/{ordinal:03}.{kind}"), format!("payloads/{index}/{ordinal:03}.salt"))
}

/// The file of a cited page.
pub fn page_file(document: uuid::Uuid, version: u32, page: u32) -> String {
    format!("pages/{document}-{version}/{page}.json")
}
