//! What a claim is held against.

use jiff::civil::Date;

use crate::types::Language;

/// A verified quote and what gives it its meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The stored text of the quote ([`QuoteIndex::text`](super::quote::QuoteIndex::text)). Figures of a claim must stand in it.
    pub quote: &'a str,
    /// The whole sentences or the row of a table that it stands in ([`QuoteIndex::sentences`](super::quote::QuoteIndex::sentences)).
    pub sentence: &'a str,
    /// The headings in force, and other text that says what the sentence is about.
    pub context: &'a str,
    /// The names of the columns, for a row of a table: cells parted by tabs, as in the row.
    pub header: Option<&'a str>,
    /// Name or title of the document.
    pub document: &'a str,
    /// The day that the document bears.
    pub date: Option<Date>,
    /// What the sentence is written in.
    pub language: Language,
}
