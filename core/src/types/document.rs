use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::error::ErrorRecord;

/// What identifies one version of one document in a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct DocumentRef {
    /// Random and stable over all versions of the document.
    pub id: Uuid,
    /// The path relative to its root, in NFC, with `/`; `a.zip!/b.pdf` and `mail.eml!/scan.pdf` for parts.
    pub name: String,
    /// SHA-256 of the original bytes, in lower-case hex; empty when its bytes could not be had.
    pub sha256: String,
    /// 1 for the first bytes seen under the name, then counting.
    pub version: u32,
}

/// What became of a document when it was ingested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentStatus {
    /// Not known before.
    New,
    /// The same bytes are there already.
    Unchanged,
    /// Other bytes than before: a new version.
    Updated,
    /// Searchable, but some of its pages could not be read.
    Partial,
    /// Nothing of it could be read.
    Failed,
    /// Of a kind that Beleg does not read.
    Unsupported,
    /// Needs a password that was not given.
    Encrypted,
    /// No document: a system file, a lock file, an empty folder entry.
    Ignored,
}

/// How many pages a document has, and what became of them. `seen` is the sum of the other four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct PageCounts {
    /// All pages that were found.
    pub seen: u32,
    /// Pages whose text was read.
    pub extracted: u32,
    /// Pages with neither text nor picture.
    pub empty: u32,
    /// Pages that show a picture and have no text.
    pub scanned: u32,
    /// Pages that have content which could not be read.
    pub failed: u32,
}

impl std::ops::AddAssign for PageCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.extracted += other.extracted;
        self.empty += other.empty;
        self.scanned += other.scanned;
        self.failed += other.failed;
    }
}

/// How much of what was handed over an answer could draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Coverage {
    /// Documents that were searched.
    pub documents: u32,
    /// Pages of them with text.
    pub pages: u32,
    /// Pages that are there and could not be read: scanned or failed.
    pub unread_pages: u32,
    /// Documents of which nothing could be read, for a defect, a limit or a missing password.
    pub failed: u32,
    /// Documents of a kind that Beleg does not read.
    pub unsupported: u32,
    /// Documents that an ingest in progress still has before it.
    pub pending: u32,
    /// Whether a filter narrowed the search: the counts are then those behind the filter.
    pub filter: bool,
}

/// The language that text is analysed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
    /// Any other, or too little text to tell.
    #[default]
    Other,
}

/// Something worth knowing about a document that is no failure.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// A stable code such as `ooxml.external_relation`.
    pub code: String,
    /// A sentence for people, without text of the document.
    pub message: String,
}

/// A page that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UnreadPage {
    /// 1-based.
    pub page: u32,
    /// `page.scanned`, or the code of the failure.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// All that a corpus keeps of one document beside its text.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DocumentRecord {
    /// Which document, in which version.
    #[serde(flatten)]
    pub document: DocumentRef,
    /// Where it was ingested from: documents of one name from two roots are not the same.
    pub root: String,
    /// The archive or mail that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Uuid>,
    /// What became of it. [`DocumentStatus::Unchanged`] is never stored.
    pub status: DocumentStatus,
    /// What it is by its content: `pdf`, `xlsx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The day it bears, by the host or by its own properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// What most of its text is written in.
    #[serde(default)]
    pub language: Language,
    /// The host's labels, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Whom it concerns, as opaque ids of the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// The host's own data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Length of the original.
    pub bytes: u64,
    /// Its pages.
    pub pages: PageCounts,
    /// Chunks in the index.
    pub chunks: u32,
    /// The version of the extractors that read it.
    pub extractor: String,
    /// Why it could not be read, or not wholly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
    /// Pages that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadPage>,
    /// What else is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// When this version was ingested.
    pub ingested: Timestamp,
}

impl DocumentRecord {
    /// Whether any of its text can be found.
    pub fn is_searchable(&self) -> bool {
        matches!(self.status, DocumentStatus::New | DocumentStatus::Updated | DocumentStatus::Partial)
    }
}
