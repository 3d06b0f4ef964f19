//! Erasure: keys destroyed, index, text and originals purged, and an entry that says so, while every proof still verifies.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    Access, Corpus, ingest,
    write::{Change, Writer},
};
use crate::{
    Error, ErrorKind, Result,
    audit_log::{Erased, Subject},
    index::versions,
    record::{Action, Content, Ending, Entry},
    store::{Blobs, text_name},
    types::DocumentRecord,
};

/// What is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erase {
    /// All that concerns a person, by the host's id: what it asked and got, and documents that name it as their subject.
    Subject(String),
    /// A document, by name or id, with all parts of it.
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

impl Corpus {
    /// Erases. What was acknowledged as erased is in no file of the corpus and in no answer; in a copy or a backup it is unreadable where it was sealed, and purged
    /// before the first read where it was not. The entries stay, and so does every proof.
    ///
    /// # Errors
    /// `document.not_found`, `answer.not_found`, `erase.nothing` when nothing is known of a person.
    pub async fn erase(&self, what: Erase) -> Result<Erasure> {
        self.check_caller()?;
        let mut writer = Writer::begin(self, "erase").await?;
        self.refresh().await?;
        let inner = &self.engine().0;
        let keys = inner.keys.as_ref();
        let (mut documents, mut subjects, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        match &what {
            Erase::Subject(id) => {
                let visible = self.visible().await;
                let concerned: Vec<String> = visible
                    .records()
                    .filter(|record| record.subjects.contains(id))
                    .map(|record| record.document.id.to_string())
                    .collect();
                documents = visible.with_parts(&concerned)?;
                subjects.push(Subject::Person(id.clone()));
                if documents.is_empty() && keys.find(self.id(), &subjects[0])?.is_none() {
                    return Err(Error::new(ErrorKind::NotFound, "erase.nothing", "nothing is kept of this person")
                        .with_hint("give the id that the host passed as actor or subject"));
                }
            }
            Erase::Document(name) => documents = self.visible().await.with_parts(std::slice::from_ref(name))?,
            Erase::Answer(id) => {
                let found = self.audit().find(*id, "answer").await?;
                let entry = found.ok_or_else(|| {
                    Error::new(ErrorKind::NotFound, "answer.not_found", "the audit log has no such answer")
                        .with("answer", id.to_string())
                        .with_hint("`beleg audit log CORPUS` lists answers with their ids")
                })?;
                answers.push((*id, entry));
            }
        }
        subjects.extend(documents.iter().map(|record| Subject::Document(record.document.id)));

        let (clock, random) = (inner.clock.as_ref(), inner.random.as_ref());
        let pseudonyms: Vec<Uuid> = subjects
            .iter()
            .filter_map(|subject| keys.find(self.id(), subject).transpose())
            .map(|key| key.map(|key| key.pseudonym))
            .collect::<Result<_>>()?;
        let mut intent = Entry::intent(clock, random, self.caller(), Action::Erasure)
            .count("documents", documents.len() as u64)
            .count("keys", pseudonyms.len() as u64)
            .count("answers", answers.len() as u64);
        for (name, ids) in [("documents", documents.iter().map(|record| record.document.id).collect()), ("subjects", pseudonyms.clone())] {
            let ids: Vec<Uuid> = ids;
            if !ids.is_empty() && ids.len() <= NAMED {
                intent = intent.version(name, join(&ids));
            }
        }
        intent = answers.iter().fold(intent, |intent, (_, entry)| intent.refers_to(entry.leaf.id));
        let id = intent.id;
        self.recorder().record(intent).await?;

        // From here on an interrupted erasure is finished by whoever opens the corpus next.
        let mut erased: Vec<Erased> = documents.iter().map(|record| Erased::Document(record.document.id)).collect();
        let epoch = self.audit().epoch();
        for (id, entry) in &answers {
            let mut entries = vec![entry.index];
            for part in &entry.leaf.refs {
                entries.extend(self.audit().find_entry(*part).await?.map(|entry| entry.index));
            }
            erased.push(Erased::Answer { id: *id, epoch, entries });
        }
        let people = subjects.iter().zip(&pseudonyms).filter(|(subject, _)| matches!(subject, Subject::Person(_)));
        erased.extend(people.map(|(_, pseudonym)| Erased::Person(*pseudonym)));
        keys.remember_erasure(self.id(), &erased)?;
        let destroyed = keys.destroy(self.id(), &subjects)?.len() as u64;
        let index_version = self.purge(&mut writer, &documents).await?;
        let entries = self.remove_answers(&erased).await?;

        let outcome = Entry::outcome(clock, random, self.caller(), Action::Erasure, Ending::Complete)
            .refers_to(id)
            .count("documents", documents.len() as u64)
            .count("keys", destroyed)
            .count("entries", entries)
            .version("index_version", index_version);
        self.recorder().record(outcome).await?;
        let documents = documents.into_iter().map(|record| record.document.id).collect();
        Ok(Erasure { id, documents, keys: destroyed, entries, index_version })
    }

    /// Takes documents out of index, text and originals, and drops every version that held them.
    async fn purge(&self, writer: &mut Writer, documents: &[DocumentRecord]) -> Result<u64> {
        let published = versions::newest(self.0.blobs.as_ref(), None).await?;
        let Some(published) = published.filter(|_| !documents.is_empty()) else { return Ok(0) };
        let gone: HashSet<Uuid> = documents.iter().map(|record| record.document.id).collect();
        writer.write_without(&published, &gone).await?;
        let (pending, pending_labels) = self.still_to_come().await;
        let change = Change {
            operation: "erase",
            action: Action::IndexBuild,
            added: Vec::new(),
            trees: Default::default(),
            rows: Default::default(),
            objects: Vec::new(),
            removed: documents.to_vec(),
            relabelled: Vec::new(),
            pending,
            pending_labels,
            settle: true,
        };
        let version = writer.commit(change).await?.map_or(0, |version| version.n);
        self.refresh().await?;
        writer.prune_all().await?;
        let kept: HashSet<String> = self.all_documents().await.into_iter().map(|record| record.document.sha256).collect();
        let blobs = self.0.blobs.as_ref();
        for DocumentRecord { document, extractor, .. } in documents {
            // Equal bytes are stored once: another document may still have them.
            if !document.sha256.is_empty() && !kept.contains(&document.sha256) {
                blobs.delete(&ingest::original_name(&document.sha256)).await?;
                blobs.delete(&text_name(&document.sha256, extractor)).await?;
                for name in blobs.list("text").await? {
                    if name.ends_with(&format!("/{}.pages", document.sha256)) {
                        blobs.delete(&name).await?;
                    }
                }
            }
        }
        blobs.clear_staged()?;
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
        found.retain(|record| known.contains(&record.document.id));
        if found.is_empty() {
            return Ok(());
        }
        let mut writer = Writer::begin(self, "erase").await?;
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
        let mut entries = Vec::new();
        for erased in erased {
            if let Erased::Answer { epoch, entries: own, .. } = erased
                && *epoch == self.audit().epoch()
            {
                entries.extend_from_slice(own);
            }
        }
        if entries.is_empty() { Ok(0) } else { self.audit().remove_payloads(entries).await }
    }

    /// All documents, whoever asks.
    async fn all_documents(&self) -> Vec<DocumentRecord> {
        self.0.snapshot.read().await.visible(&Access::all()).records().cloned().collect()
    }
}

/// More ids are not named in an entry; they stand in the entries of the documents.
const NAMED: usize = 200;

fn join(ids: &[Uuid]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
