use uuid::Uuid;

/// What identifies one version of one document in a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct DocumentRef {
    /// Random and stable over all versions of the document.
    pub id: Uuid,
    /// The path relative to its root, in NFC, with `/`; `a.zip!/b.pdf` and `mail.eml!/scan.pdf` for parts.
    pub name: String,
    /// SHA-256 of the original bytes, in lower-case hex.
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
