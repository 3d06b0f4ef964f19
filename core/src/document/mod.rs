//! Bytes → pages with spans and boxes. One file a format.
//!
//! [`extract`] knows a document by its content, not by its name, and hands each page to a [`Sink`] as soon as it is read,
//! so that a document of any length needs the memory of one page. It runs in a worker process (`worker`) unless the
//! host decides otherwise.

mod archive;
mod builder;
mod charset;
mod csv;
mod detect;
mod dispatch;
mod docx;
mod eml;
mod guard;
mod html;
pub mod invariants;
mod json;
mod limits;
mod markdown;
mod names;
mod ooxml;
mod ordinal;
mod passwords;
pub mod pdf;
mod pptx;
#[cfg(test)]
mod testing;
mod text;
mod tree;
pub mod worker;
mod xlsx;
mod xml;
mod zip;

use std::sync::Arc;

use jiff::civil::Date;

pub use crate::types::Notice;
use crate::{Result, error::ErrorRecord, types::Page};
pub use detect::detect;
pub use dispatch::extract;
pub use limits::Limits;
pub use names::is_ignored;

/// Names this version of all extractors together. Text that was extracted under one version stays addressable under it.
/// Change it whenever the same bytes would give other pages.
pub const EXTRACTOR: &str = "beleg-2";

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// Word, Office Open XML.
    Docx,
    /// Excel, Office Open XML.
    Xlsx,
    /// PowerPoint, Office Open XML.
    Pptx,
    /// HTML and XHTML.
    Html,
    /// Markdown (CommonMark with tables).
    Markdown,
    /// Plain text.
    Text,
    /// Values with separators.
    Csv,
    /// A mail message (RFC 5322).
    Eml,
    /// JSON.
    Json,
    /// XML of no kind known better.
    Xml,
    /// A ZIP archive: has parts and no pages.
    Zip,
}

/// A file to extract.
pub struct Input<'a> {
    /// Its name, for messages and as a hint where content alone does not tell (Markdown from text).
    pub name: &'a str,
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
    /// Passwords to try on an encrypted file, in this order.
    pub passwords: &'a [String],
}

/// A file inside a file: a member of an archive, an attachment of a mail. It is ingested as a document of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name inside its container, with `/`, made safe: no root, no `..`, no NUL.
    pub name: String,
    /// Its bytes, or why they could not be had.
    pub bytes: Result<Vec<u8>, ErrorRecord>,
}

/// Takes what is extracted, as it is extracted. An error ends the extraction.
pub trait Sink {
    /// A page. They come in order, counted from 1 without a gap; a page that failed comes as such.
    fn page(&mut self, page: Page) -> Result<()>;
    /// A file inside the file.
    fn part(&mut self, part: Part) -> Result<()>;
}

/// What is known of a document once it was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// What it is.
    pub format: Format,
    /// Its title by its own properties or first heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The day it bears: sent, created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// What a reader of the completeness report should know although the pages were read: macros that were not
    /// followed, external relations, hidden sheets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}
