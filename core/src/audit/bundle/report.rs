use super::ShownRange;
use crate::audit::Finding;

/// What verifying a bundle came to. It is never `ok` alone: `assurance` says how far that reaches.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BundleReport {
    /// Whether nothing was found.
    pub ok: bool,
    /// How far it reaches.
    pub assurance: Assurance,
    /// What was checked.
    pub checked: BundleChecked,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// How far a verification reaches.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Assurance {
    /// Whether all files are those that the log commits to.
    pub integrity: Integrity,
    /// Whether the key of the log was known beforehand.
    pub signer: SignerAssurance,
    /// Who says when it existed.
    pub existed_before: ExistedBefore,
    /// Whether other answers are known beside it.
    pub selection: Selection,
}

/// Whether all files are those that the log commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// They are.
    Intact,
    /// Some are not, or are missing.
    Broken,
}

/// Whether the key of the log was known beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignerAssurance {
    /// The checkpoint is signed with a key that whoever verified gave.
    Pinned,
    /// It is signed with the key that the bundle itself names: a forger signs everything anew.
    Unpinned,
    /// It is not signed with any of them.
    Unsigned,
}

/// Who says when it existed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExistedBefore {
    /// `operator`: nobody but whoever ran the log; `witnesses`; `timestamps`.
    pub by: &'static str,
    /// Witnesses of the bundle's policy whose cosignatures hold.
    pub witnesses: Vec<String>,
    /// Time stamps that lie beside it; their signatures are checked with `openssl ts -verify`.
    pub timestamps: Vec<String>,
}

/// Whether other answers are known beside it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// It is one answer that somebody chose; nothing is said of others.
    NotShown,
    /// A range of the log lies in the bundle as a whole, with all answers that were given in it.
    Shown(ShownRange),
}

/// What was checked in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct BundleChecked {
    /// Files, against the manifest.
    pub files: u64,
    /// Entries, with their proofs of inclusion.
    pub entries: u64,
    /// Payloads, against the commitments in the entries.
    pub payloads: u64,
    /// Payloads that were erased: no finding.
    pub erased: u64,
    /// Payloads that were not exported.
    pub withheld: u64,
    /// Blocks of cited pages, against the root that was put on record when the document came in.
    pub blocks: u64,
    /// Citations whose words stand in those blocks, byte for byte.
    pub citations: u64,
}
