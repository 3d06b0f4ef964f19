//! How an action gets on the record.
//!
//! Every action of the crate states what it is about to do, what it hands out and how it ended, through [`Recorder`]. A
//! recorder that fails stops the action: no document is deleted and no answer is handed out unless its entry is durable.
//!
//! | action | entries |
//! |---|---|
//! | ingest, delete, rebuild, relabel | intent before the first write, outcome before the version is published |
//! | search, extractive ask, eval | outcome alone, before the result is handed out |
//!
//! What an entry says in the clear may be read by anyone who is shown the log: [`Entry::counts`] and [`Entry::versions`] hold
//! numbers, versions and random ids. Names, questions, digests, ranked lists and text are [`Payload`]s, which the log commits
//! to with a key and keeps elsewhere.

use std::collections::BTreeMap;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Result,
    env::{Clock, Random, new_id},
    types::{Coverage, Segment},
};

/// Takes entries. When [`Recorder::record`] returns, the entry is durable.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// Puts an entry on the record. An error means that it is not known to be there: the action must not go on.
    async fn record(&self, entry: Entry) -> Result<Recorded>;

    /// Whether the outcome of an intent is on the record: `Some(true)` when it was completed. Asked when a writer
    /// finds what another left behind.
    async fn outcome(&self, intent: Uuid) -> Result<Option<bool>>;
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Recorded {
    /// Its place in the audit log; `None` without one.
    pub audit: Option<AuditRef>,
}

/// A place in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditRef {
    /// The epoch of the log.
    pub epoch: u32,
    /// The index of the entry.
    pub index: u64,
    /// The size of the first checkpoint that covers it, once there is one.
    pub checkpoint_size: Option<u64>,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Action {
    /// Documents come in.
    #[serde(rename = "ingest")]
    Ingest,
    /// Documents go out of the index.
    #[serde(rename = "delete")]
    Delete,
    /// The index is made anew.
    #[serde(rename = "index.build")]
    IndexBuild,
    /// A search.
    #[serde(rename = "retrieval")]
    Retrieval,
    /// An answer.
    #[serde(rename = "answer")]
    Answer,
    /// Labels or other administration.
    #[serde(rename = "admin.change")]
    AdminChange,
}

/// Where in an action an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// About to do it.
    Intent,
    /// Something is handed out.
    Release,
    /// It ended.
    Outcome,
    /// It was refused.
    Denied,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// As it should.
    Complete,
    /// Stopped before it was done; what was done stands.
    Aborted,
    /// It failed.
    Failed,
}

/// On whose behalf.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    /// The host's id of the person or service; `local` for the bare corpus.
    pub id: String,
    /// Whom it acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

impl Default for Actor {
    fn default() -> Self {
        Self { id: "local".to_owned(), on_behalf_of: None }
    }
}

/// Who makes a call, and what it belongs to: the same in all entries of the call.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// Whom the call concerns, as opaque ids of the host: what must be found again when one of them is to be erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// The trace of the host that the call is part of, such as a W3C `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The host's id of the request. It is carried and nothing more: to hand out the recorded answer for a repeated id takes
    /// a log to read it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Random and time-ordered.
    pub id: Uuid,
    /// What is being done.
    pub action: Action,
    /// Where in it.
    pub phase: Phase,
    /// How it ended; outcomes alone.
    pub ending: Option<Ending>,
    /// Who does it.
    pub actor: Actor,
    /// See [`Caller::subjects`].
    pub subjects: Vec<String>,
    /// See [`Caller::trace`].
    pub trace: Option<String>,
    /// See [`Caller::request_id`].
    pub request_id: Option<String>,
    /// The entries that this one continues: an outcome names its intent.
    pub refs: Vec<Uuid>,
    /// Numbers in the clear.
    pub counts: BTreeMap<&'static str, u64>,
    /// Versions and random ids in the clear.
    pub versions: BTreeMap<&'static str, String>,
    /// What must not be guessed back from the log.
    pub payloads: Vec<Payload>,
}

/// Content that the log commits to and keeps elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// Which content of the entry it is.
    pub name: &'static str,
    /// The document whose key it is kept under, when it is of one document.
    pub document: Option<Uuid>,
    /// The content.
    pub content: Content,
}

/// The contents that actions put on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Content {
    /// Text: a question, an answer.
    Text(String),
    /// What is to be ingested, or was.
    Documents(Vec<RecordedDocument>),
    /// What a search was asked and found.
    Retrieval(Box<RecordedRetrieval>),
    /// A passage that was handed out.
    Passage(RecordedPassage),
}

/// A document on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordedDocument {
    /// Its id.
    pub id: Uuid,
    /// Its version.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What became of it.
    pub status: crate::types::DocumentStatus,
    /// Its pages.
    pub pages: crate::types::PageCounts,
    /// What read it.
    pub extractor: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// A search on the record: enough to check it again.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordedRetrieval {
    /// The question's vector.
    pub vector: Vec<f32>,
    /// The version of the index.
    pub index_version: u64,
    /// The identity of the embedding model.
    pub model_identity: String,
    /// The options of the search.
    pub parameters: serde_json::Value,
    /// What the caller might see; null when all.
    pub access: serde_json::Value,
    /// The ranked list: chunk, and its raw scores.
    pub ranked: Vec<RecordedCandidate>,
    /// How much it could draw on.
    pub coverage: Coverage,
}

/// A ranked chunk on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordedCandidate {
    /// Its document.
    pub document: Uuid,
    /// The document's version.
    pub version: u32,
    /// The chunk in it.
    pub ordinal: u32,
    /// What it was ranked by.
    pub score: f32,
    /// The raw scores behind it.
    pub scores: [f32; 3],
}

/// A passage on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordedPassage {
    /// Its document.
    pub document: Uuid,
    /// The document's version.
    pub version: u32,
    /// Where it stands.
    pub segments: Vec<Segment>,
    /// Its text.
    pub text: String,
}

impl Entry {
    fn new(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action, phase: Phase) -> Self {
        Self {
            id: new_id(clock, random),
            action,
            phase,
            ending: None,
            actor: caller.actor.clone(),
            subjects: caller.subjects.clone(),
            trace: caller.trace.clone(),
            request_id: caller.request_id.clone(),
            refs: Vec::new(),
            counts: BTreeMap::new(),
            versions: BTreeMap::new(),
            payloads: Vec::new(),
        }
    }

    /// What is about to be done.
    pub fn intent(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action) -> Self {
        Self::new(clock, random, caller, action, Phase::Intent)
    }

    /// How it ended.
    pub fn outcome(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action, ending: Ending) -> Self {
        Self { ending: Some(ending), ..Self::new(clock, random, caller, action, Phase::Outcome) }
    }

    /// Continues another entry.
    #[must_use]
    pub fn refers_to(mut self, entry: Uuid) -> Self {
        self.refs.push(entry);
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: u64) -> Self {
        self.counts.insert(name, value);
        self
    }

    /// Adds a version or a random id.
    #[must_use]
    pub fn version(mut self, name: &'static str, value: impl ToString) -> Self {
        self.versions.insert(name, value.to_string());
        self
    }

    /// Adds a payload.
    #[must_use]
    pub fn payload(mut self, name: &'static str, content: Content) -> Self {
        self.payloads.push(Payload { name, document: None, content });
        self
    }

    /// Adds a payload of one document.
    #[must_use]
    pub fn payload_of(mut self, name: &'static str, document: Uuid, content: Content) -> Self {
        self.payloads.push(Payload { name, document: Some(document), content });
        self
    }
}

/// Keeps no record: a corpus of format 0 has no audit log yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLog;

#[async_trait]
impl Recorder for NoLog {
    async fn record(&self, _entry: Entry) -> Result<Recorded> {
        Ok(Recorded::default())
    }

    async fn outcome(&self, _intent: Uuid) -> Result<Option<bool>> {
        Ok(None)
    }
}
