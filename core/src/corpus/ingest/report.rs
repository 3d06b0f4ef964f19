use uuid::Uuid;

use crate::{
    Error, ErrorKind,
    error::ErrorRecord,
    types::{DocumentRecord, DocumentStatus, Notice, PageCounts, UnreadPage},
};

/// The completeness report of an ingest: every file that was handed over stands in it.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct IngestReport {
    /// By name.
    pub documents: Vec<IngestedDocument>,
    /// Sums over `documents`.
    pub totals: IngestTotals,
    /// How long it took.
    pub seconds: f64,
    /// Bytes of the documents that were read.
    pub bytes: u64,
    /// Chunks that were added.
    pub chunks: u64,
    /// Tokens that were embedded.
    pub tokens: u64,
    /// The version of the index that holds it; 0 while nothing is published.
    pub index_version: u64,
}

/// A document in the report.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct IngestedDocument {
    /// Its id; the nil id for a file that is ignored.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What became of it.
    pub status: DocumentStatus,
    /// Its pages.
    pub pages: PageCounts,
    /// What it is by its content.
    pub format: Option<String>,
    /// Why it could not be read, or not wholly.
    pub error: Option<ErrorRecord>,
    /// Pages that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadPage>,
    /// Labels that it has from now on, though it is unchanged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels_added: Vec<String>,
    /// What else is worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}

/// How many documents had which status, and their pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct IngestTotals {
    /// All of them.
    pub documents: u32,
    /// See [`DocumentStatus`].
    pub new: u32,
    /// See [`DocumentStatus`].
    pub unchanged: u32,
    /// See [`DocumentStatus`].
    pub updated: u32,
    /// See [`DocumentStatus`].
    pub partial: u32,
    /// See [`DocumentStatus`].
    pub failed: u32,
    /// See [`DocumentStatus`].
    pub unsupported: u32,
    /// See [`DocumentStatus`].
    pub encrypted: u32,
    /// See [`DocumentStatus`].
    pub ignored: u32,
    /// Documents that were unchanged and got other labels; they count as unchanged as well.
    pub relabelled: u32,
    /// Sums of their pages.
    pub pages: PageCounts,
}

impl IngestReport {
    /// The documents that could not be read or not wholly, to be retried alone.
    pub fn failed(&self) -> impl Iterator<Item = &IngestedDocument> {
        use DocumentStatus::{Encrypted, Failed, Partial};
        self.documents.iter().filter(|document| matches!(document.status, Failed | Encrypted | Partial))
    }

    pub(super) fn add(&mut self, document: IngestedDocument) {
        let totals = &mut self.totals;
        totals.documents += 1;
        totals.pages += document.pages;
        totals.relabelled += u32::from(!document.labels_added.is_empty());
        *match document.status {
            DocumentStatus::New => &mut totals.new,
            DocumentStatus::Unchanged => &mut totals.unchanged,
            DocumentStatus::Updated => &mut totals.updated,
            DocumentStatus::Partial => &mut totals.partial,
            DocumentStatus::Failed => &mut totals.failed,
            DocumentStatus::Unsupported => &mut totals.unsupported,
            DocumentStatus::Encrypted => &mut totals.encrypted,
            DocumentStatus::Ignored => &mut totals.ignored,
        } += 1;
        self.documents.push(document);
    }
}

impl IngestedDocument {
    /// What the corpus keeps of a document, as a line of the report.
    pub(super) fn of(record: &DocumentRecord, status: DocumentStatus) -> Self {
        Self {
            id: record.document.id,
            name: record.document.name.clone(),
            sha256: record.document.sha256.clone(),
            status,
            pages: record.pages,
            format: record.format.clone(),
            error: record.error.clone(),
            unread: record.unread.clone(),
            labels_added: Vec::new(),
            notices: record.notices.clone(),
        }
    }

    /// A document whose bytes are there already. What could not be read, or not wholly, is said each time.
    pub(super) fn known(record: &DocumentRecord) -> Self {
        let whole = matches!(record.status, DocumentStatus::New | DocumentStatus::Updated);
        Self::of(record, if whole { DocumentStatus::Unchanged } else { record.status })
    }

    /// A file that is no document.
    pub(super) fn ignored(name: String) -> Self {
        Self {
            id: Uuid::nil(),
            name,
            sha256: String::new(),
            status: DocumentStatus::Ignored,
            pages: PageCounts::default(),
            format: None,
            error: None,
            unread: Vec::new(),
            labels_added: Vec::new(),
            notices: Vec::new(),
        }
    }
    /// A file that failed without becoming a document.
    pub(super) fn failed(name: &str, error: &Error) -> Self {
        Self { status: DocumentStatus::Failed, error: Some(error.into()), ..Self::ignored(name.to_owned()) }
    }

    /// The name is that of a document of another root.
    pub(super) fn other_root(name: &str, known: &str, this: &str) -> Self {
        let error = Error::new(
            ErrorKind::Conflict,
            "ingest.other_root",
            "another document of this name was ingested from another folder",
        )
        .with("known", known)
        .with("this", this)
        .with_hint("ingest it with `--as PREFIX` as a document of its own, or with `--replace` as its new version");
        Self::failed(name, &error)
    }

    /// Names that differ on disk may be one name here: in NFC, or where bytes are no UTF-8.
    pub(super) fn same_name(name: &str) -> Self {
        let error = Error::new(
            ErrorKind::Conflict,
            "ingest.same_name",
            "another file of this ingest has the same name, when both are written in the same form",
        )
        .with_hint("rename one of the two");
        Self::failed(name, &error)
    }
}
