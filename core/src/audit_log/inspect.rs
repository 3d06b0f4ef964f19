//! What is asked of a log without writing to it: its entries, proofs, and whether it is what it says.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    AuditLog, Subject, VaultRecord, entry,
    parts::Parts,
    publish::{self, Published},
    read::{self, Search},
    vault,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{
        self, ConsistencyProof, InclusionProof, Leaf, LogReport, LogSource, TileHashes, TlogProof, VerifierKey, commitment,
        open_checkpoint,
    },
    hex::hex,
};

/// An entry with its place and what became of its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEntry {
    /// Its place.
    pub index: u64,
    /// What is hashed.
    pub bytes: Vec<u8>,
    /// The same, read.
    pub leaf: Leaf,
    /// Its payloads, in their order; fewer than the leaf lists when records were removed.
    pub payloads: Vec<VaultRecord>,
}

impl LoggedEntry {
    /// The first payload of a name, as far as it was not erased.
    pub fn payload(&self, name: &str) -> Option<&[u8]> {
        let place = self.leaf.payloads.iter().position(|payload| payload.name == name)?;
        match self.payloads.get(place)? {
            VaultRecord::Kept { payload, .. } => Some(payload),
            VaultRecord::Erased => None,
        }
    }
}

/// More entries are not handed out at a time: whoever wants all of them has [`AuditLog::entries`].
const MOST_ENTRIES: u64 = 100_000;

/// Progress of a verification: entries done, entries in all.
pub type VerifyProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

impl AuditLog {
    /// Verifies the log from its files alone: the signature and origin of its checkpoint, every entry, every tile, the root; that it
    /// holds every checkpoint that was published and the one in the key store; and that boots count without gaps. Streams; the
    /// memory does not depend on its size.
    ///
    /// With no `keys` the one of the key store is taken, which its report says.
    pub async fn verify(&self, keys: Vec<VerifierKey>, progress: Option<VerifyProgress>) -> Result<LogVerification> {
        let log = self.clone();
        blocking(move || super::verify::verify(log.parts(), keys, progress.as_deref())).await
    }

    /// Shows entries from `from` on in order, those that no checkpoint covers yet included, until `visit` says no.
    pub async fn entries(&self, from: u64, mut visit: impl FnMut(u64, &[u8]) -> Result<()> + Send + 'static) -> Result<()> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            read::entries(parts, parts.sequencer().as_ref(), from, &mut visit)
        })
        .await
    }

    /// `n` entries from `from` on, or the last ones, as bytes, with the index of the first.
    pub async fn last_entries(&self, from: Option<u64>, n: u64) -> Result<(u64, Vec<Vec<u8>>)> {
        let log = self.clone();
        blocking(move || {
            let (parts, n) = (log.parts(), n.min(MOST_ENTRIES));
            let sequencer = parts.sequencer();
            let covered = covered(parts)?;
            let first = match from {
                Some(from) => from,
                None => {
                    let mut size = covered;
                    sequencer.read(covered, &mut |index, _, _| {
                        size = index + 1;
                        Ok(())
                    })?;
                    size.saturating_sub(n)
                }
            };
            let mut entries = Vec::new();
            let read = read::entries(parts, sequencer.as_ref(), first, &mut |_, entry| {
                if entries.len() as u64 == n {
                    return Err(Error::new(ErrorKind::Cancelled, "audit.enough", "all that was asked for was read"));
                }
                entries.push(entry.to_vec());
                Ok(())
            });
            match read {
                Err(error) if error.code() != "audit.enough" => Err(error),
                _ => Ok((first, entries)),
            }
        })
        .await
    }

    /// One entry with its payloads; `None` when there is none of that index.
    pub async fn entry(&self, index: u64) -> Result<Option<LoggedEntry>> {
        let log = self.clone();
        blocking(move || entry(log.parts(), index)).await
    }

    /// A proof that an entry is in the log, as a file of its own (`c2sp.org/tlog-proof@v1`) with the checkpoint `size`, or the last one.
    ///
    /// # Errors
    /// `audit.not_covered` when that checkpoint does not cover the entry, `audit.no_checkpoint` when it was never published.
    pub async fn prove(&self, index: u64, size: Option<u64>) -> Result<TlogProof> {
        let log = self.clone();
        blocking(move || prove(log.parts(), index, size)).await
    }

    /// A proof that the log of `old` entries is the beginning of the one of `new` entries.
    pub async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let mut tiles = |path: &str| read::tile(parts, path);
            ConsistencyProof::prove(old, new, &mut TileHashes::new(covered(parts)?, &mut tiles))
        })
        .await
    }

    /// The last entry with this id, of this epoch or of one before, as [`Leaf::epoch`] says: its place, proof and payloads are those of
    /// [`AuditLog::in_epoch`]. So it is with all that is found.
    pub async fn find_entry(&self, id: Uuid) -> Result<Option<LoggedEntry>> {
        self.find_id(id, move |leaf| leaf.id == id).await
    }

    /// The outcome of the action that made `id`, which stands in the versions of its entry under the name `name`: `answer`.
    pub async fn find(&self, id: Uuid, name: &'static str) -> Result<Option<LoggedEntry>> {
        let value = id.to_string();
        self.find_id(id, move |leaf| leaf.r#type == name && leaf.phase == "outcome" && leaf.versions.get(name) == Some(&value))
            .await
    }

    /// The outcome of the ingest of a version of a document.
    pub async fn find_document(&self, id: Uuid, version: u32) -> Result<Option<LoggedEntry>> {
        let (document, version) = (id.to_string(), version.to_string());
        self.find_id(id, move |leaf| {
            leaf.r#type == "ingest"
                && leaf.phase == "outcome"
                && leaf.versions.get("document") == Some(&document)
                && leaf.versions.get("document_version") == Some(&version)
        })
        .await
    }

    /// The answer that was given to a request of `actor`, by the host's id of the request, when that was at `since` or later.
    pub async fn find_request(&self, actor: &str, request_id: &str, since: Timestamp) -> Result<Option<LoggedEntry>> {
        let (log, actor, request_id) = (self.clone(), Subject::Person(actor.to_owned()), request_id.to_owned());
        let tag = blocking(move || {
            let parts = log.parts();
            let keys = parts.keys.subjects(parts.corpus, &[actor])?;
            Ok(keys.first().map(|key| entry::request_tag(key, &request_id)))
        });
        let Some(tag) = tag.await? else { return Ok(None) };
        let needle = format!("\"{tag}\"");
        self.find_by(needle, Some(since), move |leaf| {
            leaf.r#type == "answer"
                && leaf.phase == "outcome"
                && leaf.result.as_deref() == Some("complete")
                && leaf.versions.get(entry::REQUEST) == Some(&tag)
        })
        .await
    }

    async fn find_id(&self, id: Uuid, is_it: impl Fn(&Leaf) -> bool + Send + 'static) -> Result<Option<LoggedEntry>> {
        self.find_by(read::needle(id), None, is_it).await
    }

    async fn find_by(
        &self,
        needle: String,
        since: Option<Timestamp>,
        is_it: impl Fn(&Leaf) -> bool + Send + 'static,
    ) -> Result<Option<LoggedEntry>> {
        let log = self.clone();
        blocking(move || {
            let found = log.find_last(&needle, since, &mut |log, index, entry| {
                let leaf = Leaf::parse(entry)?;
                Ok(if !is_it(&leaf) {
                    Search::Further
                } else if since.is_none_or(|since| read::is_since(&leaf, since)) {
                    Search::Found((log.clone(), index))
                } else {
                    Search::Over
                })
            })?;
            match found {
                Some((log, index)) => entry(log.parts(), index),
                None => Ok(None),
            }
        })
        .await
    }

    /// The first checkpoint that was published and covers an entry, or the one of `size`; one is published when none does.
    pub async fn first_covering(&self, index: u64, size: Option<u64>) -> Result<Published> {
        if self.checkpoint()?.is_none_or(|last| last.checkpoint.size <= index) {
            self.publish().await?;
        }
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let size = match size {
                Some(size) => Some(size),
                None => {
                    let names = read::wait(parts.blobs.list(&parts.name("checkpoints")))?;
                    let sizes = names.iter().filter_map(|name| name.rsplit('/').next()?.parse::<u64>().ok());
                    sizes.filter(|size| *size > index).min()
                }
            };
            published(parts, size)
        })
        .await
    }

    /// Removes what is sealed beside entries, from every file; returns beside how many of them something was left. The entries
    /// themselves stay, and commit to what is gone.
    pub async fn remove_payloads(&self, mut indices: Vec<u64>) -> Result<u64> {
        indices.sort_unstable();
        indices.dedup();
        if indices.is_empty() {
            return Ok(0);
        }
        if self.parts().is_past {
            return self.remove_past_payloads(indices).await;
        }
        let covered = self.checkpoint()?.map_or(0, |published| published.checkpoint.size);
        if indices.last().is_some_and(|last| *last >= covered) {
            self.publish().await?;
        }
        let log = self.clone();
        let removed = blocking(move || {
            let parts = log.parts();
            publish::remove_sealed(parts, &indices)
        })
        .await?;
        self.clear().await?;
        Ok(removed)
    }

    /// A checkpoint that was published; the last one when no size is given.
    pub fn published(&self, size: Option<u64>) -> Result<Published> {
        published(self.parts(), size)
    }
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::Internal, "audit.panicked", error.to_string()))?
}

pub(super) fn covered(parts: &Parts) -> Result<u64> {
    Ok(publish::published(parts)?.map_or(0, |published| published.checkpoint.size))
}

pub(super) fn published(parts: &Parts, size: Option<u64>) -> Result<Published> {
    let none = || {
        Error::new(ErrorKind::NotFound, "audit.no_checkpoint", "there is no such checkpoint")
            .with("size", size.map_or_else(|| "the last".to_owned(), |size| size.to_string()))
            .with_hint("`beleg audit checkpoint CORPUS --list` names those that there are")
    };
    match size {
        None => publish::published(parts)?.ok_or_else(none),
        Some(size) => {
            let name = parts.name(&format!("checkpoints/{size}"));
            let (note, _) = read::wait(parts.blobs.get(&name))?.ok_or_else(none)?;
            publish::opened(parts, note)
        }
    }
}

pub(super) fn prove(parts: &Parts, index: u64, size: Option<u64>) -> Result<TlogProof> {
    let published = published(parts, size)?;
    if index >= published.checkpoint.size {
        return Err(Error::new(ErrorKind::InvalidInput, "audit.not_covered", "the checkpoint does not cover the entry")
            .with("index", index.to_string())
            .with("size", published.checkpoint.size.to_string())
            .with_hint("publish one with `beleg audit checkpoint CORPUS --new`"));
    }
    let mut tiles = |path: &str| read::tile(parts, path);
    // The tiles of a later checkpoint hold those of an earlier one.
    let mut hashes = TileHashes::new(covered(parts)?, &mut tiles);
    let proof = InclusionProof::prove(index, published.checkpoint.size, &mut hashes)?;
    Ok(TlogProof { extra: None, proof, checkpoint: published.note })
}

pub(super) fn entry(parts: &Parts, index: u64) -> Result<Option<LoggedEntry>> {
    let sequencer = parts.sequencer();
    let Some((bytes, sealed)) = read::entry(parts, sequencer.as_ref(), index)? else { return Ok(None) };
    let leaf = Leaf::parse(&bytes)?;
    let payloads =
        vault::open(leaf.id, &sealed, &mut |pseudonym| Ok(parts.keys.resolve(parts.corpus, pseudonym)?.map(|(_, key)| key)))?;
    for (payload, record) in leaf.payloads.iter().zip(&payloads) {
        if let VaultRecord::Kept { salt, payload: bytes } = record
            && hex(&commitment(salt, &payload.name, bytes)) != payload.commitment
        {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "audit.payload_changed",
                "a payload is not the one that the entry commits to",
            )
            .with("index", index.to_string())
            .with("payload", payload.name.clone())
            .with_hint("restore the folder `vault` of the corpus from a backup"));
        }
    }
    Ok(Some(LoggedEntry { index, bytes, leaf, payloads }))
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogVerification {
    /// What was checked of the tree.
    pub report: LogReport,
    /// Whether the key was known beforehand, or is the one that lies with this machine's keys.
    pub is_pinned: bool,
    /// Entries that no checkpoint covers yet.
    pub uncovered: u64,
    /// Openings of the log.
    pub boots: u64,
    /// Entries whose time lies before that of the entry before them: a clock was set back.
    pub clock_set_back: u64,
    /// Checkpoints of former sizes that were held against the log.
    pub checkpoints: u64,
}

impl LogVerification {
    /// Whether nothing was found.
    pub fn is_ok(&self) -> bool {
        self.report.findings.is_empty()
    }
}

/// The objects of a log as its verification reads them.
pub(super) struct Objects<'a>(pub(super) &'a Parts);

impl LogSource for Objects<'_> {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        read::tile(self.0, path)
    }
}

/// Opens a note with keys, when any of them made it.
pub(super) fn opens(note: &[u8], keys: &[VerifierKey]) -> Result<audit::Checkpoint> {
    open_checkpoint(note, keys).map(|(checkpoint, _)| checkpoint)
}
