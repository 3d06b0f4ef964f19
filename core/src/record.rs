//! How an action gets on the record.
//!
//! Every action of the crate states what it is about to do, what it hands out and how it ended, through [`Recorder`]. A
//! recorder that fails stops the action: no document is deleted and no answer is handed out unless its entry is durable.
//!
//! | action | entries |
//! |---|---|
//! | ingest, delete, rebuild, relabel, erase | intent before the first write, outcome before the version is published; beside them one entry for each document |
//! | legal hold, its release, retention rules, seal | intent before it holds, outcome after |
//! | retention | intent before the first document goes, outcome after the last payload |
//! | search, extractive ask, eval, export | outcome alone, before the result is handed out |
//! | ask with a chat model | intent while it searches, prompt before it is sent, release before a sentence is handed out, outcome |
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
    /// Puts entries on the record, in their order and together: one sync. An error means that they are not known to be there: the
    /// action must not go on.
    async fn record_all(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>>;

    /// Puts one entry on the record.
    async fn record(&self, entry: Entry) -> Result<Recorded> {
        Ok(self.record_all(vec![entry]).await?.pop().unwrap_or_default())
    }

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
    /// What is sent to a chat model.
    #[serde(rename = "prompt")]
    Prompt,
    /// An answer.
    #[serde(rename = "answer")]
    Answer,
    /// Quotes are checked against the stored text.
    #[serde(rename = "citation.check")]
    CitationCheck,
    /// Personal data is taken out of what is sent.
    #[serde(rename = "redaction")]
    Redaction,
    /// A person judged an answer.
    #[serde(rename = "human.review")]
    HumanReview,
    /// Somebody logged in at the host.
    #[serde(rename = "login")]
    Login,
    /// The host decided who may do what.
    #[serde(rename = "authz")]
    Authz,
    /// Labels or other administration.
    #[serde(rename = "admin.change")]
    AdminChange,
    /// The log is signed with another key from here on.
    #[serde(rename = "key.rotate")]
    KeyRotate,
    /// What is past its period goes.
    #[serde(rename = "retention.apply")]
    RetentionApply,
    /// Something must be kept, whatever its period.
    #[serde(rename = "legal_hold")]
    LegalHold,
    /// Personal data is erased.
    #[serde(rename = "erasure")]
    Erasure,
    /// Something leaves the corpus as a file.
    #[serde(rename = "export")]
    Export,
    /// The log was opened.
    #[serde(rename = "boot")]
    Boot,
    /// The log is open and nothing happened.
    #[serde(rename = "heartbeat")]
    Heartbeat,
    /// The log failed, and goes on.
    #[serde(rename = "log.failure")]
    LogFailure,
    /// A checkpoint was witnessed or time-stamped.
    #[serde(rename = "anchor")]
    Anchor,
}

impl Action {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Delete => "delete",
            Self::IndexBuild => "index.build",
            Self::Retrieval => "retrieval",
            Self::Prompt => "prompt",
            Self::Answer => "answer",
            Self::CitationCheck => "citation.check",
            Self::Redaction => "redaction",
            Self::HumanReview => "human.review",
            Self::Login => "login",
            Self::Authz => "authz",
            Self::AdminChange => "admin.change",
            Self::KeyRotate => "key.rotate",
            Self::RetentionApply => "retention.apply",
            Self::LegalHold => "legal_hold",
            Self::Erasure => "erasure",
            Self::Export => "export",
            Self::Boot => "boot",
            Self::Heartbeat => "heartbeat",
            Self::LogFailure => "log.failure",
            Self::Anchor => "anchor",
        }
    }
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Ingest,
        Self::Delete,
        Self::IndexBuild,
        Self::Retrieval,
        Self::Prompt,
        Self::Answer,
        Self::CitationCheck,
        Self::Redaction,
        Self::HumanReview,
        Self::Login,
        Self::Authz,
        Self::AdminChange,
        Self::KeyRotate,
        Self::RetentionApply,
        Self::LegalHold,
        Self::Erasure,
        Self::Export,
        Self::Boot,
        Self::Heartbeat,
        Self::LogFailure,
        Self::Anchor,
    ];

    /// What its entries are kept as, unless the rules of the corpus have a class of its own name: see [`retention_classes`].
    pub fn retention_class(self) -> &'static str {
        match self {
            Self::Ingest | Self::Delete | Self::IndexBuild => "documents",
            Self::Retrieval | Self::Prompt | Self::Answer | Self::CitationCheck | Self::Redaction | Self::HumanReview => {
                "answers"
            }
            Self::Login | Self::Authz => "access",
            Self::AdminChange | Self::KeyRotate | Self::RetentionApply | Self::LegalHold | Self::Erasure => "administration",
            Self::Export => "export",
            Self::Boot | Self::Heartbeat | Self::LogFailure | Self::Anchor => "system",
        }
    }
}

/// The retention classes of an entry by its type, the narrowest first: the first one that has a period says how long what the entry
/// commits to is kept. The type alone decides, so that rules hold for entries that are older than they.
pub fn retention_classes(entry_type: &str) -> impl Iterator<Item = &str> {
    let action = Action::ALL.into_iter().find(|action| action.name() == entry_type);
    std::iter::once(entry_type).chain(action.map(Action::retention_class))
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

impl Phase {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Release => "release",
            Self::Outcome => "outcome",
            Self::Denied => "denied",
        }
    }
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

impl Ending {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
        }
    }
}

/// On whose behalf.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    /// The host's id of the person or service; `local` for the bare corpus.
    pub id: String,
    /// Whom it acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// The host's roles. They stand in the clear: names of functions, not of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How the host knew who it was: `oidc`, `mtls`. In the clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authn: Option<String>,
}

impl Default for Actor {
    fn default() -> Self {
        Self { id: "local".to_owned(), on_behalf_of: None, roles: Vec::new(), authn: None }
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
    /// The host's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Why it is done: what a sealed corpus asks of every change, and a payload of its intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
    /// The version of the host's policy.
    pub policy_version: Option<String>,
}

/// Content that the log commits to and keeps elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// Which content of the entry it is.
    pub name: &'static str,
    /// The documents whose keys it is kept under.
    pub documents: Vec<Uuid>,
    /// People whose keys it is kept under, beside those of the call.
    pub subjects: Vec<String>,
    /// Whether the keys of those who made the call are needed as well: yes for what they asked and got, no for what a document
    /// is by itself.
    pub is_of_caller: bool,
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
    /// What a search was asked and found.
    Retrieval(Box<RecordedRetrieval>),
    /// A passage that was handed out.
    Passage(RecordedPassage),
    /// One document.
    Document(Box<RecordedDocument>),
    /// An answer, as it was handed out.
    Json(serde_json::Value),
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
    /// The root over its pages, in hex, when they came in with this entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages_root: Option<String>,
}

/// A search on the record: enough to run it again.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RecordedRetrieval {
    /// The question's vector.
    #[serde(with = "exact")]
    pub vector: Vec<f32>,
    /// The words of the question that were compared, with their vectors.
    pub words: Vec<RecordedWord>,
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

/// A word of a question on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RecordedWord {
    /// Its term.
    pub term: String,
    /// Its vector.
    #[serde(with = "exact")]
    pub vector: Vec<f32>,
}

/// Vectors bit for bit: 32-bit floats, little-endian, in hex.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(vector: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
        serializer.serialize_str(&crate::hex::hex(&bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        let bytes = crate::hex::unhex(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no hex digits"))?;
        let (values, []) = bytes.as_chunks::<4>() else { return Err(D::Error::custom("no 32-bit floats")) };
        Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
    }
}

/// A ranked chunk on the record.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
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
    /// What a chat model was told of where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
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
            policy_version: None,
        }
    }

    /// What is about to be done.
    pub fn intent(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action) -> Self {
        Self::new(clock, random, caller, action, Phase::Intent)
    }

    /// Something is handed out.
    pub fn release(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action) -> Self {
        Self::new(clock, random, caller, action, Phase::Release)
    }

    /// How it ended.
    pub fn outcome(clock: &dyn Clock, random: &dyn Random, caller: &Caller, action: Action, ending: Ending) -> Self {
        Self { ending: Some(ending), ..Self::new(clock, random, caller, action, Phase::Outcome) }
    }

    /// Adds why the caller does it, when the caller says so.
    #[must_use]
    pub fn because(self, caller: &Caller) -> Self {
        match caller.reason.as_ref().filter(|reason| !reason.trim().is_empty()) {
            Some(reason) => self.payload("reason", Content::Text(reason.clone())),
            None => self,
        }
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

    /// Adds a payload of those who make the call.
    #[must_use]
    pub fn payload(self, name: &'static str, content: Content) -> Self {
        self.payload_of(name, &[], content)
    }

    /// Adds a payload of those who make the call and of documents.
    #[must_use]
    pub fn payload_of(mut self, name: &'static str, documents: &[Uuid], content: Content) -> Self {
        self.payloads.push(Payload { name, documents: documents.to_vec(), subjects: Vec::new(), is_of_caller: true, content });
        self
    }

    /// Puts all payloads under the keys of more documents: what was said before may be in any of them.
    #[must_use]
    pub fn of_documents_too(mut self, documents: &[Uuid]) -> Self {
        for payload in &mut self.payloads {
            let new: Vec<Uuid> = documents.iter().filter(|id| !payload.documents.contains(id)).copied().collect();
            payload.documents.extend(new);
        }
        self
    }

    /// Adds a payload of a document, and of the people whom it concerns, alone.
    #[must_use]
    pub fn payload_of_document(mut self, name: &'static str, document: Uuid, subjects: &[String], content: Content) -> Self {
        self.payloads.push(Payload {
            name,
            documents: vec![document],
            subjects: subjects.to_vec(),
            is_of_caller: false,
            content,
        });
        self
    }
}

/// Keeps no record. For tests and measurements: a corpus keeps an audit log.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLog;

#[async_trait]
impl Recorder for NoLog {
    async fn record_all(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        Ok(vec![Recorded::default(); entries.len()])
    }

    async fn outcome(&self, _intent: Uuid) -> Result<Option<bool>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_has_a_retention_class_by_its_type_and_the_documentation_says_which() {
        let names: BTreeSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        let page = include_str!("../../docs/audit-log.md");
        let (_, table) = page.split_once("| class | types of entries |\n|---|---|\n").expect("the table of classes");
        let (table, _) = table.split_once("\n\n").expect("it ends");
        let mut said = BTreeSet::new();
        for line in table.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let class = cells[0].trim_matches('`');
            said.extend(cells[1].split(", ").map(|name| (name.trim_matches('`'), class)));
        }
        let are: BTreeSet<(&str, &str)> = Action::ALL.iter().map(|action| (action.name(), action.retention_class())).collect();
        assert_eq!(said, are);
    }

    #[test]
    fn the_narrower_class_comes_first_and_a_type_that_is_not_known_has_its_own_name_alone() {
        assert_eq!(retention_classes("retrieval").collect::<Vec<_>>(), ["retrieval", "answers"]);
        assert_eq!(retention_classes("of.a.later.version").collect::<Vec<_>>(), ["of.a.later.version"]);
    }
}
