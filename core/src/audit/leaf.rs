//! What stands in the log: entries in canonical JSON, without anything that can be guessed back.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{parse_canonical, to_canonical};
use crate::{Error, ErrorKind, Result};

/// The version of the shape.
pub const LEAF_VERSION: u32 = 1;

/// One entry as it is hashed: types, phases, times, random ids, versions, counts and keyed commitments. Names, questions, digests and text
/// are payloads, which the log commits to and does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// [`LEAF_VERSION`].
    pub v: u32,
    /// What is being done: `ingest`, `retrieval`, `answer`, `boot`.
    pub r#type: String,
    /// Random and time-ordered (UUIDv7).
    pub id: Uuid,
    /// When, by the clock of the machine: RFC 3339 in UTC with milliseconds.
    pub time: String,
    /// The epoch of the log.
    pub epoch: u32,
    /// The opening of the log that it was written by.
    pub boot: Uuid,
    /// Counts the entries of a boot from 0, without gaps.
    pub seq: u64,
    /// Whose corpus it is.
    pub tenant: Uuid,
    /// Who.
    pub actor: LeafActor,
    /// The pseudonym of whom the actor acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Uuid>,
    /// The trace of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<LeafTrace>,
    /// `intent`, `release`, `outcome`, `denied`.
    pub phase: String,
    /// `complete`, `aborted`, `failed`; outcomes alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// Versions and random ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// What it commits to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads: Vec<LeafPayload>,
    /// Ids of the entries that it continues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<Uuid>,
    /// The version of the host's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// What wrote it.
    pub software_version: String,
}

/// Who, in an entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafActor {
    /// A random name; whose it is stands in the key store until it is erased.
    pub pseudonym: Uuid,
    /// The host's roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How the host knew who it was: `oidc`, `mtls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authn: Option<String>,
}

/// Where in the host's trace.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafTrace {
    /// 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits.
    pub span_id: String,
}

/// What an entry commits to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafPayload {
    /// Which content it is.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub length: u64,
    /// [`commitment`](super::commitment), in hex.
    pub commitment: String,
}

impl Leaf {
    /// The bytes that are hashed.
    ///
    /// # Errors
    /// `audit.entry_too_long` for an entry of more than 65,535 bytes, which the format cannot hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let value =
            serde_json::to_value(self).map_err(|error| Error::new(ErrorKind::Internal, "audit.entry", error.to_string()))?;
        let bytes = to_canonical(&value)?;
        if bytes.len() > usize::from(u16::MAX) {
            return Err(Error::new(ErrorKind::Limit, "audit.entry_too_long", "an entry of the audit log is too long")
                .with("bytes", bytes.len().to_string())
                .with_hint("pass fewer roles, subjects or passages in one call"));
        }
        Ok(bytes)
    }

    /// Reads an entry; only its canonical form is one.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let value = parse_canonical(bytes)?;
        serde_json::from_value(value).map_err(|error| {
            Error::new(
                ErrorKind::Malformed,
                "audit.entry_malformed",
                format!("this is no entry of an audit log of Beleg: {error}"),
            )
        })
    }
}
