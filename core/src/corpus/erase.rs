//! Erasure: keys destroyed, index, text and originals purged, and an entry that says so, while every proof still verifies.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use uuid::Uuid;

use super::{
    Access, Corpus, answer, ingest,
    write::{Change, Writer},
};
use crate::{
    Error, ErrorKind, Result,
    audit::Leaf,
    audit_log::{Erased, LoggedEntry, Subject, VaultRecord},
    index::versions,
    record::{Action, Content, Ending, Entry},
    store::Blobs,
    types::DocumentRecord,
};

/// What is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erase {
    /// All that concerns a person, by the host's id: what it asked and got, and documents that name it as their subject.
    Subject(String),
    /// A document, by name or id, with all parts of it, also one that was deleted.
    Document(String),
    /// An answer, by its id, with its question, its passages and its prompt.
    Answer(Uuid),
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Erasure {
    /// The entry that says so.
    pub id: Uuid,
    /// Documents that are gone.
    pub documents: Vec<Uuid>,
    /// Keys that were destroyed.
    pub keys: u64,
    /// Entries whose payloads were removed.
    pub entries: u64,
    /// The version of the index without them.
    pub index_version: u64,
}

/// What an erasure takes away.
#[derive(Default)]
pub(super) struct Doomed {
    pub(super) documents: Vec<DocumentRecord>,
    pub(super) people: Vec<String>,
    pub(super) answers: Vec<RecordedAnswer>,
}

impl Doomed {
    pub(super) fn document_ids(&self) -> Vec<Uuid> {
        self.documents.iter().map(|record| record.document.id).collect()
    }

    fn subjects(&self) -> Vec<Subject> {
        let people = self.people.iter().cloned().map(Subject::Person);
        people.chain(self.document_ids().into_iter().map(Subject::Document)).collect()
    }
}

/// An answer on record.
pub(super) struct RecordedAnswer {
    pub(super) id: Uuid,
    /// The entry of its outcome.
    entry: Uuid,
    /// The epoch of its entries.
    pub(super) epoch: u32,
    /// Places of that entry and of those that it continues.
    pub(super) entries: Vec<u64>,
}

/// What became of it.
pub(super) struct Taken {
    pub(super) keys: u64,
    pub(super) entries: u64,
    pub(super) index_version: u64,
}

/// Of a version of a document on record, where its original lies.
#[derive(serde::Deserialize)]
struct Former {
    sha256: String,
}

impl Corpus {
    /// Erases. What was acknowledged as erased is in no file of the corpus and in no answer; in a copy or a backup it is unreadable where it was sealed, and purged
    /// before the first read where it was not. The entries stay, and so does every proof.
    ///
    /// # Errors
    /// `document.not_found`, `answer.not_found`, `erase.nothing` when nothing is known of a person, `hold.active` when a hold keeps any of it.
    pub async fn erase(&self, what: Erase) -> Result<Erasure> {
        self.check_caller()?;
        let mut writer = Writer::begin(self, "erase").await?;
        let _holds = self.lock_holds("erase").await?;
        self.refresh().await?;
        let doomed = self.doomed(&what).await?;
        let pseudonyms = self.pseudonyms(&doomed)?;
        self.check_holds(&doomed, &pseudonyms).await?;

        let intent = self
            .intent(Action::Erasure)
            .because(self.caller())
            .count("documents", doomed.documents.len() as u64)
            .count("keys", pseudonyms.len() as u64)
            .count("answers", doomed.answers.len() as u64);
        let intent = naming(naming(intent, "documents", &doomed.document_ids()), "subjects", &pseudonyms);
        let intent = doomed.answers.iter().fold(intent, |intent, answer| intent.refers_to(answer.entry));
        let id = intent.id;
        let documents = doomed.document_ids();
        let work = self.take_away(&mut writer, &doomed);
        let taken = self
            .carry_out(intent, work, |outcome, taken| {
                outcome
                    .count("documents", documents.len() as u64)
                    .count("keys", taken.keys)
                    .count("entries", taken.entries)
                    .version("index_version", taken.index_version)
            })
            .await?;
        let Taken { keys, entries, index_version } = taken;
        Ok(Erasure { id, documents, keys, entries, index_version })
    }

    /// What there is of what is to be erased.
    async fn doomed(&self, what: &Erase) -> Result<Doomed> {
        let mut doomed = Doomed::default();
        match what {
            Erase::Subject(id) => {
                for visible in [self.visible().await, self.visible_deleted().await?] {
                    let concerned: Vec<String> = visible
                        .records()
                        .filter(|record| record.subjects.contains(id))
                        .map(|record| record.document.id.to_string())
                        .collect();
                    doomed.documents.extend(visible.with_parts(&concerned)?);
                }
                let person = Subject::Person(id.clone());
                if doomed.documents.is_empty() && self.engine().0.keys.find(self.id(), &person)?.is_none() {
                    return Err(Error::new(ErrorKind::NotFound, "erase.nothing", "nothing is kept of this person")
                        .with_hint("give the id that the host passed as actor or subject"));
                }
                doomed.people.push(id.clone());
            }
            Erase::Document(name) => doomed.documents = self.kept_with_parts(name).await?,
            Erase::Answer(id) => doomed.answers.push(self.recorded_answer(*id).await?),
        }
        Ok(doomed)
    }

    /// An answer, with the places of the entries that tell of it.
    ///
    /// # Errors
    /// `answer.not_found`.
    pub(super) async fn recorded_answer(&self, id: Uuid) -> Result<RecordedAnswer> {
        let found = self.audit().find(id, "answer").await?;
        let entry = found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "answer.not_found", "the audit log has no such answer")
                .with("answer", id.to_string())
                .with_hint("`beleg audit log CORPUS` lists answers with their ids")
        })?;
        let log = self.audit().in_epoch(entry.leaf.epoch)?;
        let mut entries = BTreeSet::from([entry.index]);
        for part in &entry.leaf.refs {
            let part = log.find_entry(*part).await?.filter(|part| part.leaf.epoch == log.epoch());
            entries.extend(part.map(|part| part.index));
        }
        // An outcome does not name all releases of a long answer. They stand between its intent and itself.
        if entry.leaf.counts.get("releases").is_some_and(|releases| *releases > answer::NAMED_RELEASES)
            && let Some(first) = entries.first().copied()
        {
            let (_, between) = log.last_entries(Some(first), entry.index - first).await?;
            let is_of = |leaf: &Leaf| leaf.phase == "release" && leaf.versions.get("answer") == Some(&id.to_string());
            entries.extend(
                (first..).zip(&between).filter(|(_, bytes)| Leaf::parse(bytes).is_ok_and(|leaf| is_of(&leaf))).map(|(at, _)| at),
            );
        }
        Ok(RecordedAnswer { id, entry: entry.leaf.id, epoch: log.epoch(), entries: entries.into_iter().collect() })
    }

    /// The pseudonyms of the keys that are destroyed with what goes.
    fn pseudonyms(&self, doomed: &Doomed) -> Result<Vec<Uuid>> {
        let keys = self.engine().0.keys.as_ref();
        let found = doomed.subjects().into_iter().filter_map(|subject| keys.find(self.id(), &subject).transpose());
        found.map(|key| key.map(|key| key.pseudonym)).collect()
    }

    /// Destroys the keys of what goes and purges index, text, originals and payloads of it. Its intent is on record, and from here on
    /// an interrupted erasure is finished by whoever opens the corpus next.
    pub(super) async fn take_away(&self, writer: &mut Writer, doomed: &Doomed) -> Result<Taken> {
        let keys = self.engine().0.keys.as_ref();
        let people = doomed.people.iter().filter_map(|id| keys.find(self.id(), &Subject::Person(id.clone())).transpose());
        let people = people.map(|key| key.map(|key| Erased::Person(key.pseudonym))).collect::<Result<Vec<_>>>()?;
        let mut erased: Vec<Erased> = doomed.document_ids().into_iter().map(Erased::Document).collect();
        let answers = doomed.answers.iter();
        erased.extend(answers.map(|answer| {
            let entries = answer.entries.clone();
            Erased::Answer { id: answer.id, epoch: answer.epoch, entries }
        }));
        erased.extend(people);
        keys.remember_erasure(self.id(), &erased)?;
        self.remove_former(&doomed.documents).await?;
        let destroyed = keys.destroy(self.id(), &doomed.subjects())?.len() as u64;
        let index_version = self.purge(writer, &doomed.documents).await?;
        let entries = self.remove_answers(&erased).await?;
        Ok(Taken { keys: destroyed, entries, index_version })
    }

    /// Removes originals and text of the versions that documents had before: their digests stand in the log, sealed with the keys that
    /// are still there.
    async fn remove_former(&self, documents: &[DocumentRecord]) -> Result<()> {
        let mut digests = HashSet::new();
        for DocumentRecord { document, .. } in documents {
            for version in 1..document.version {
                let entry = self.audit().find_document(document.id, version).await?;
                let Some(LoggedEntry { leaf, payloads, .. }) = entry else { continue };
                let place = leaf.payloads.iter().position(|payload| payload.name == "document");
                if let Some(VaultRecord::Kept { payload, .. }) = place.and_then(|place| payloads.into_iter().nth(place))
                    && let Ok(former) = serde_json::from_slice::<Former>(&payload)
                {
                    digests.insert(former.sha256);
                }
            }
        }
        self.remove_originals(digests, &documents.iter().map(|record| record.document.id).collect()).await
    }

    /// Removes originals and text by the digests of the originals, unless a document that stays has the same bytes.
    async fn remove_originals(&self, mut digests: HashSet<String>, gone: &HashSet<Uuid>) -> Result<()> {
        for record in self.all_documents().await.into_iter().chain(self.all_deleted().await?) {
            if !gone.contains(&record.document.id) {
                digests.remove(&record.document.sha256);
            }
        }
        // Of what could not be opened there is no digest.
        digests.remove("");
        if digests.is_empty() {
            return Ok(());
        }
        let blobs = self.0.blobs.as_ref();
        for digest in &digests {
            blobs.delete(&ingest::original_name(digest)).await?;
        }
        // By whatever extractor it was read.
        for name in blobs.list("text").await? {
            let digest = name.rsplit('/').next().and_then(|file| file.strip_suffix(".pages"));
            if digest.is_some_and(|digest| digests.contains(digest)) {
                blobs.delete(&name).await?;
            }
        }
        Ok(())
    }

    /// Takes documents out of index, text and originals, and drops every version that held them.
    async fn purge(&self, writer: &mut Writer, documents: &[DocumentRecord]) -> Result<u64> {
        let published = versions::newest(self.0.blobs.as_ref(), None).await?;
        let Some(published) = published.filter(|_| !documents.is_empty()) else { return Ok(0) };
        let gone: HashSet<Uuid> = documents.iter().map(|record| record.document.id).collect();
        writer.write_without(&published, &gone).await?;
        let known: HashSet<Uuid> = self.all_documents().await.iter().map(|record| record.document.id).collect();
        // Those that were deleted before are in older versions alone.
        let removed = documents.iter().filter(|record| known.contains(&record.document.id)).cloned().collect();
        let (pending, pending_labels) = self.still_to_come().await;
        let change = Change {
            operation: "erase",
            action: Action::IndexBuild,
            added: Vec::new(),
            trees: Default::default(),
            rows: Default::default(),
            objects: Vec::new(),
            removed,
            relabelled: Vec::new(),
            pending,
            pending_labels,
            settle: true,
        };
        let version = writer.commit(change).await?.map_or(0, |version| version.n);
        self.refresh().await?;
        writer.prune_all().await?;
        let digests = documents.iter().map(|record| record.document.sha256.clone()).collect();
        self.remove_originals(digests, &gone).await?;
        self.forget_deleted(&documents.iter().map(|record| record.document.clone()).collect::<Vec<_>>()).await?;
        self.0.blobs.clear_staged()?;
        Ok(version)
    }

    /// Finishes erasures of which this folder does not know: it is older than they are, or they were interrupted. Before anything
    /// of the corpus is read.
    pub(super) async fn purge_erased(&self) -> Result<()> {
        let keys = self.engine().0.keys.as_ref();
        let erasures = keys.erasures(self.id())?;
        if erasures.is_empty() {
            return Ok(());
        }
        self.remove_answers(&erasures).await?;
        self.refresh().await?;
        let known: HashSet<Uuid> =
            erasures.iter().filter_map(|erased| if let Erased::Document(id) = erased { Some(*id) } else { None }).collect();
        let mut found = self.all_documents().await;
        found.extend(self.all_deleted().await?);
        found.retain(|record| known.contains(&record.document.id));
        if found.is_empty() {
            return Ok(());
        }
        let mut writer = Writer::resume(self, "erase").await?;
        self.remove_former(&found).await?;
        // Its keys are gone; a backup may have brought them back.
        let subjects: Vec<Subject> = found.iter().map(|record| Subject::Document(record.document.id)).collect();
        keys.destroy(self.id(), &subjects)?;
        self.purge(&mut writer, &found).await?;
        let inner = &self.engine().0;
        let entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Erasure, Ending::Complete)
            .count("documents", found.len() as u64)
            .version("reason", "restored")
            .payload("note", Content::Text("documents that were erased were in the folder, and were purged".to_owned()));
        self.recorder().record(entry).await.map(drop)
    }
}

impl Corpus {
    /// Removes what is sealed beside the entries of answers; returns of how many there was something left.
    async fn remove_answers(&self, erased: &[Erased]) -> Result<u64> {
        let mut entries: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for erased in erased {
            if let Erased::Answer { epoch, entries: own, .. } = erased {
                entries.entry(*epoch).or_default().extend_from_slice(own);
            }
        }
        if entries.is_empty() {
            return Ok(0);
        }
        let (log, mut removed) = (self.audit(), 0);
        for epoch in log.epochs()? {
            if let Some(entries) = entries.remove(&epoch) {
                removed += log.in_epoch(epoch)?.remove_payloads(entries).await?;
            }
        }
        Ok(removed)
    }

    /// All documents, whoever asks.
    pub(super) async fn all_documents(&self) -> Vec<DocumentRecord> {
        self.0.snapshot.read().await.visible(&Access::all()).records().cloned().collect()
    }
}

/// More ids are not named in an entry; they stand in the entries of the documents.
const NAMED: usize = 200;

/// An entry that names ids, when they are few.
pub(super) fn naming(entry: Entry, name: &'static str, ids: &[Uuid]) -> Entry {
    if ids.is_empty() || ids.len() > NAMED {
        return entry;
    }
    entry.version(name, ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}
