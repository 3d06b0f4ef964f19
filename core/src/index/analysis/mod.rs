//! Text → terms, for German and English.
//!
//! Terms are what full text compares: they have no white space, so that a column of terms joined by blanks can be indexed
//! word by word. They are a function of the text and its language alone, not of the corpus, so that what was indexed years
//! ago and what is asked today meet.
//!
//! - Words are folded (compatibility forms, case, ß = ss, ä = ae = a, accents), stripped of stop words and stemmed.
//! - German compounds are indexed whole and by their parts: `Pensionsrückstellung` has the terms of `Pension` and
//!   `Rückstellung`.
//! - Numbers have one form in whatever notation, amounts with `Mio.` or `TEUR` their full value beside it, dates the form
//!   `d2025-12-31` with their month `m2025-12` and year, references such as `§ 253 Abs. 1 HGB` the forms `§253`, `§253.1`
//!   and `§253hgb`, identifiers one form without hyphens and slashes, with their parts beside it.

mod analyzer;
mod compound;
mod date;
mod fold;
mod language;
mod number;
mod query;
mod reference;
mod scan;
mod stop_words;
#[cfg(test)]
mod tests;
mod words;

pub use analyzer::Analyzer;
pub use language::language;
pub use query::{QueryTerm, TermKind};
pub use words::ContentWord;

/// Changes whenever the same text gives other terms: an index built with another number must be built anew.
pub const VERSION: u32 = 1;
