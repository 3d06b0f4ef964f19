//! What an answer cites is on record in the epoch of the answer, so that its bundle shows it under one checkpoint.
//!
//! An epoch begins after a restore, after a copy, and where a log goes on elsewhere. The documents came in before.

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use super::{Citation, Corpus};
use crate::{
    audit_log::{LoggedEntry, VaultRecord},
    record::{Action, Content, Ending, Entry},
};

/// Versions of documents that are known to be on record in this epoch.
pub(super) type Restated = std::sync::Mutex<HashSet<(Uuid, u32)>>;

impl Corpus {
    /// For each cited document that came in in an epoch before: the entry that says so, once more for this one. What cannot be found or read
    /// there is left out, and the bundle says that it is missing: an answer does not fail for it.
    pub(super) async fn restated(&self, citations: &[Citation]) -> Vec<Entry> {
        let mut entries = Vec::new();
        let is_first = || self.audit().epochs().is_ok_and(|epochs| epochs.len() < 2);
        if citations.is_empty() || !self.has_log() || is_first() {
            return entries;
        }
        let cited: BTreeSet<(Uuid, u32)> = citations.iter().map(|cited| (cited.document.id, cited.document.version)).collect();
        for (id, version) in cited {
            if self.known_here().contains(&(id, version)) {
                continue;
            }
            match self.audit().find_document(id, version).await {
                Ok(Some(found)) if found.leaf.epoch == self.audit().epoch() => drop(self.known_here().insert((id, version))),
                Ok(Some(found)) => entries.extend(self.restate(id, version, &found).await),
                Ok(None) => {}
                Err(error) => tracing::warn!(code = error.code(), "a document of an epoch before: {}", error.message()),
            }
        }
        entries
    }

    fn known_here(&self) -> std::sync::MutexGuard<'_, HashSet<(Uuid, u32)>> {
        self.0.restated.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn restate(&self, id: Uuid, version: u32, found: &LoggedEntry) -> Option<Entry> {
        let inner = &self.engine().0;
        let subjects = self.all_documents().await.into_iter().find(|record| record.document.id == id)?.subjects;
        let kept = |name: &str| {
            let place = found.leaf.payloads.iter().position(|payload| payload.name == name)?;
            match found.payloads.get(place)? {
                VaultRecord::Kept { payload, .. } => Some(payload.as_slice()),
                _ => None,
            }
        };
        let document = serde_json::from_slice(kept("document")?).ok()?;
        let mut entry =
            Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Ingest, Ending::Complete)
                .refers_to(found.leaf.id)
                .version("document", id)
                .version("document_version", version)
                .version("from_epoch", found.leaf.epoch)
                .payload_of_document("document", id, &subjects, Content::Json(document));
        if let Some(seed) = kept("pages_seed") {
            entry =
                entry.payload_of_document("pages_seed", id, &subjects, Content::Text(String::from_utf8_lossy(seed).into_owned()));
        }
        Some(entry)
    }
}
