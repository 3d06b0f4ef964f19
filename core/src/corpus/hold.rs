//! Legal holds: what must be kept, whatever its period and whoever asks for its erasure.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Corpus,
    erase::{Doomed, RecordedAnswer, naming},
};
use crate::{
    Error, ErrorKind, Result,
    audit_log::Subject,
    env::new_id,
    record::{Action, Content},
    store::Blobs,
    types::DocumentRecord,
};

/// What is to be held, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hold {
    /// Documents, by name or id, with all parts of them, those included that come later.
    pub documents: Vec<String>,
    /// People, by the host's ids: their keys, and documents that name them, those included that come later.
    pub subjects: Vec<String>,
    /// Answers, by their ids, with what it takes to read them.
    pub answers: Vec<Uuid>,
    /// Why, for the record.
    pub reason: String,
}

/// A hold as it is kept, in `holds/<id>.json`: without a name and without its reason, which the log commits to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HoldRecord {
    /// Names it, in its entries as well.
    pub id: Uuid,
    /// Since when.
    pub since: Timestamp,
    /// Ids of documents.
    pub documents: Vec<Uuid>,
    /// Pseudonyms of people.
    pub subjects: Vec<Uuid>,
    /// Answers.
    pub answers: Vec<HeldAnswer>,
}

/// An answer that is held.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HeldAnswer {
    /// Its id.
    pub id: Uuid,
    /// The epoch of its entries.
    pub epoch: u32,
    /// Their places.
    pub entries: Vec<u64>,
    /// Pseudonyms of those under whose keys their payloads are sealed: destroying one of them would destroy it.
    pub keys: Vec<Uuid>,
}

impl Corpus {
    /// Holds documents, people's data and answers: erasing, deleting and the end of a period pass them over until the hold is released. It
    /// is on record before it holds, and does not wait for an ingest.
    ///
    /// # Errors
    /// `reason.empty`, `hold.nothing` when nothing is named or nothing is kept of a person, `document.not_found`, `answer.not_found`.
    pub async fn hold(&self, hold: Hold) -> Result<HoldRecord> {
        self.check_caller()?;
        let reason = given(&hold.reason)?;
        let _lock = self.lock_holds("hold").await?;
        self.refresh().await?;
        let record = self.resolve(&hold).await?;
        let intent = self
            .intent(Action::LegalHold)
            .version("change", "hold")
            .version("hold", record.id)
            .count("documents", record.documents.len() as u64)
            .count("subjects", record.subjects.len() as u64)
            .count("answers", record.answers.len() as u64)
            .payload("reason", reason);
        let answers: Vec<Uuid> = record.answers.iter().map(|answer| answer.id).collect();
        let lists = [("documents", &record.documents), ("subjects", &record.subjects), ("answers", &answers)];
        let intent = lists.into_iter().fold(intent, |intent, (name, ids)| naming(intent, name, ids));
        let bytes = serde_json::to_vec_pretty(&record).map_err(|error| damaged(&name(record.id)).with_source(error))?;
        let id = record.id;
        let put = async { self.0.blobs.put_if_absent(&name(id), &bytes).await };
        self.carry_out(intent, put, |outcome, _| outcome.version("change", "hold").version("hold", id)).await?;
        Ok(record)
    }

    /// Releases a hold: what it alone kept may be erased from here on, and goes at the end of its period.
    ///
    /// # Errors
    /// `reason.empty`, `hold.not_found`.
    pub async fn release_hold(&self, id: Uuid, reason: &str) -> Result<HoldRecord> {
        self.check_caller()?;
        self.check_sees_all()?;
        let reason = given(reason)?;
        let _lock = self.lock_holds("release").await?;
        let record = self.read_holds().await?.into_iter().find(|record| record.id == id).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "hold.not_found", "there is no such hold")
                .with("hold", id.to_string())
                .with_hint("`beleg hold CORPUS --list` shows those that there are")
        })?;
        let intent = self.intent(Action::LegalHold).version("change", "release").version("hold", id).payload("reason", reason);
        let delete = async { self.0.blobs.delete(&name(id)).await };
        self.carry_out(intent, delete, |outcome, _| outcome.version("change", "release").version("hold", id)).await?;
        Ok(record)
    }

    /// The holds that there are, oldest first.
    pub async fn holds(&self) -> Result<Vec<HoldRecord>> {
        self.check_caller()?;
        self.check_sees_all()?;
        self.read_holds().await
    }

    async fn read_holds(&self) -> Result<Vec<HoldRecord>> {
        let blobs = self.0.blobs.as_ref();
        let mut holds: Vec<HoldRecord> = Vec::new();
        for name in blobs.list(HOLDS).await? {
            let Some((bytes, _)) = blobs.get(&name).await? else { continue };
            holds.push(serde_json::from_slice(&bytes).map_err(|error| damaged(&name).with_source(error))?);
        }
        holds.sort_by_key(|hold| (hold.since, hold.id));
        Ok(holds)
    }

    /// A hold with what its names mean.
    async fn resolve(&self, hold: &Hold) -> Result<HoldRecord> {
        let inner = &self.engine().0;
        let keys = inner.keys.as_ref();
        let (visible, deleted) = (self.visible().await, self.visible_deleted().await?);
        let mut record = HoldRecord {
            id: new_id(inner.clock.as_ref(), inner.random.as_ref()),
            since: inner.clock.now(),
            documents: Vec::new(),
            subjects: Vec::new(),
            answers: Vec::new(),
        };
        for document in &hold.documents {
            let found = match visible.find(document) {
                Err(error) if error.code() == "document.not_found" => deleted.find(document).map_err(|_| error)?.document.id,
                found => found?.document.id,
            };
            record.documents.push(found);
        }
        for id in &hold.subjects {
            let subject = Subject::Person(id.clone());
            let is_named = visible.records().chain(deleted.records()).any(|document| document.subjects.contains(id));
            let key = match keys.find(self.id(), &subject)? {
                None if is_named => keys.subjects(self.id(), std::slice::from_ref(&subject))?.pop(),
                known => known,
            };
            record.subjects.push(key.ok_or_else(|| nothing("nothing is kept of this person"))?.pseudonym);
        }
        for id in &hold.answers {
            let RecordedAnswer { epoch, entries, .. } = self.recorded_answer(*id).await?;
            let log = self.audit().in_epoch(epoch)?;
            let mut keys = Vec::new();
            for index in &entries {
                keys.extend(log.concerned(*index).await?);
            }
            keys.sort_unstable();
            keys.dedup();
            record.answers.push(HeldAnswer { id: *id, epoch, entries, keys });
        }
        if hold.documents.is_empty() && hold.subjects.is_empty() && hold.answers.is_empty() {
            return Err(nothing("it is not said what to hold"));
        }
        for ids in [&mut record.documents, &mut record.subjects] {
            ids.sort_unstable();
            ids.dedup();
        }
        Ok(record)
    }

    /// What the holds keep. For whoever has the lock of holds, or shows what would be done.
    pub(super) async fn held(&self) -> Result<Held> {
        let holds = self.read_holds().await?;
        let mut held = Held { active: holds.iter().map(|hold| hold.id).collect(), ..Held::default() };
        if holds.is_empty() {
            return Ok(held);
        }
        let keys = self.engine().0.keys.as_ref();
        let (mut named, mut people) = (HashMap::new(), HashMap::new());
        for hold in &holds {
            named.extend(hold.documents.iter().map(|id| (*id, hold.id)));
            for pseudonym in &hold.subjects {
                // Without it nobody can tell what the hold keeps: then nothing goes.
                let (subject, _) = keys.resolve(self.id(), *pseudonym)?.ok_or_else(|| {
                    Error::new(ErrorKind::Environment, "hold.unknown_subject", "the keys do not say whom a hold is about")
                        .with("hold", hold.id.to_string())
                        .with_hint("bring back the folder of the keys, or release the hold")
                })?;
                held.keys.insert(*pseudonym, hold.id);
                if let Subject::Person(id) = subject {
                    people.insert(id, hold.id);
                }
            }
            for answer in &hold.answers {
                held.entries.extend(answer.entries.iter().map(|index| ((answer.epoch, *index), hold.id)));
                held.answer_keys.extend(answer.keys.iter().map(|key| (*key, hold.id)));
            }
        }
        let mut documents = self.all_documents().await;
        documents.extend(self.all_deleted().await?);
        let by_id: HashMap<Uuid, &DocumentRecord> = documents.iter().map(|record| (record.document.id, record)).collect();
        for record in &documents {
            let id = record.document.id;
            let key = keys.find(self.id(), &Subject::Document(id))?.map(|key| key.pseudonym);
            let its = |record: &DocumentRecord| {
                named.get(&record.document.id).or_else(|| record.subjects.iter().find_map(|subject| people.get(subject))).copied()
            };
            // A part is held with what it is a part of.
            let mut chain = containers(record, &by_id);
            if let Some(hold) = chain.find_map(its) {
                held.documents.insert(id, hold);
                held.keys.extend(key.map(|key| (key, hold)));
            } else if let Some(hold) = key.and_then(|key| held.answer_keys.get(&key)) {
                held.documents.insert(id, *hold);
            }
        }
        Ok(held)
    }
}

/// A document, what it is a part of, what that is a part of, and so on.
pub(super) fn containers<'r>(
    record: &'r DocumentRecord,
    by_id: &'r HashMap<Uuid, &'r DocumentRecord>,
) -> impl Iterator<Item = &'r DocumentRecord> {
    // More levels than an archive may have are a circle.
    std::iter::successors(Some(record), |record| record.container.and_then(|id| by_id.get(&id)).copied()).take(64)
}

/// What holds keep, and which hold it is.
#[derive(Default)]
pub(super) struct Held {
    active: Vec<Uuid>,
    documents: HashMap<Uuid, Uuid>,
    /// Keys under which payloads stay, and which stay themselves.
    keys: HashMap<Uuid, Uuid>,
    /// Keys that must stay for the sake of an answer.
    answer_keys: HashMap<Uuid, Uuid>,
    entries: HashMap<(u32, u64), Uuid>,
}

impl Held {
    /// The hold that keeps a document.
    pub(super) fn document(&self, id: Uuid) -> Option<Uuid> {
        self.documents.get(&id).copied()
    }

    /// The hold that keeps what is sealed beside an entry, under those keys.
    pub(super) fn entry(&self, epoch: u32, index: u64, keys: &[Uuid]) -> Option<Uuid> {
        let of_keys = || keys.iter().find_map(|key| self.keys.get(key));
        self.entries.get(&(epoch, index)).or_else(of_keys).copied()
    }

    /// Whether a hold of this id, as an entry names it, is active.
    pub(super) fn is_active(&self, id: &str) -> bool {
        self.active.iter().any(|active| active.to_string() == id)
    }

    /// # Errors
    /// `hold.active`.
    pub(super) fn check_documents(&self, documents: &[DocumentRecord]) -> Result<()> {
        match documents.iter().find_map(|record| Some((record, self.document(record.document.id)?))) {
            Some((record, hold)) => Err(active(hold).with("document", record.document.name.clone())),
            None => Ok(()),
        }
    }

    /// The same of keys that are to be destroyed.
    pub(super) fn check_keys(&self, pseudonyms: &[Uuid]) -> Result<()> {
        let hold = pseudonyms.iter().find_map(|key| self.keys.get(key).or_else(|| self.answer_keys.get(key)));
        hold.map_or(Ok(()), |hold| Err(active(*hold)))
    }
}

impl Corpus {
    /// Whether nothing of what is to be erased is held.
    pub(super) async fn check_holds(&self, doomed: &Doomed, pseudonyms: &[Uuid]) -> Result<()> {
        let held = self.held().await?;
        if held.active.is_empty() {
            return Ok(());
        }
        held.check_documents(&doomed.documents)?;
        held.check_keys(pseudonyms)?;
        for answer in &doomed.answers {
            let log = self.audit().in_epoch(answer.epoch)?;
            for index in &answer.entries {
                if let Some(hold) = held.entry(answer.epoch, *index, &log.concerned(*index).await?) {
                    return Err(active(hold).with("answer", answer.id.to_string()));
                }
            }
        }
        Ok(())
    }
}

/// Where holds lie.
const HOLDS: &str = "holds";

fn name(id: Uuid) -> String {
    format!("{HOLDS}/{id}.json")
}

/// A reason that says something.
pub(super) fn given(reason: &str) -> Result<Content> {
    if reason.trim().is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "reason.empty", "the reason is empty")
            .with_hint("say in a sentence why: who reads the log will ask"));
    }
    Ok(Content::Text(reason.to_owned()))
}

fn active(hold: Uuid) -> Error {
    Error::new(ErrorKind::Conflict, "hold.active", "a legal hold keeps it")
        .with("hold", hold.to_string())
        .with_hint("when it need not be kept any more: `beleg hold CORPUS --release ID --reason TEXT`")
}

fn nothing(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, "hold.nothing", format!("there is nothing to hold: {what}"))
        .with_hint("give documents by name or id, people by the id that the host passed, answers by their ids")
}

fn damaged(name: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "hold.damaged", "a hold of the corpus cannot be read")
        .with("file", name)
        .with_hint("restore the file from a backup: until then nothing is erased")
}
