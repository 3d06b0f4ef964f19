//! The terms of a question.

use rustc_hash::FxHashMap;

use super::{analyzer::Words, scan::Sink};
use crate::types::Language;

/// What a term stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TermKind {
    /// The stem of a word.
    Word,
    /// The stem of a part of a German compound.
    CompoundPart,
    /// The stem that a word has in the other language.
    Variant,
    /// A number, percentage or amount.
    Number,
    /// A date, a month or a year.
    Date,
    /// A paragraph of a law or a standard.
    Reference,
    /// An invoice or account number, an IBAN, an address.
    Identifier,
}

impl TermKind {
    /// How much a term of this kind says, beside a word.
    fn weight(self) -> f32 {
        match self {
            Self::Word | Self::Number | Self::Date => 1.0,
            Self::CompoundPart | Self::Variant => 0.5,
            Self::Reference | Self::Identifier => 1.5,
        }
    }
}

/// A term of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The term, as it stands in the index.
    pub term: String,
    /// What it stands for.
    pub kind: TermKind,
    /// How much it says: a factor for its part of the score.
    pub weight: f32,
}

/// Gathers the terms of a question.
pub(super) struct Collector<'a> {
    words: &'a Words,
    language: Language,
    terms: Vec<QueryTerm>,
    known: FxHashMap<String, usize>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(words: &'a Words, language: Language) -> Self {
        Self { words, language, terms: Vec::new(), known: FxHashMap::default() }
    }

    pub(super) fn finish(self) -> Vec<QueryTerm> {
        self.terms
    }

    /// Adds a term; of one that comes again the greater weight stays.
    fn add(&mut self, kind: TermKind, term: &str) {
        let weight = kind.weight();
        match self.known.get(term) {
            Some(&i) if self.terms[i].weight >= weight => {}
            Some(&i) => (self.terms[i].kind, self.terms[i].weight) = (kind, weight),
            None => {
                self.known.insert(term.to_owned(), self.terms.len());
                self.terms.push(QueryTerm { term: term.to_owned(), kind, weight });
            }
        }
    }
}

impl Sink for Collector<'_> {
    fn word(&mut self, word: &str) {
        let words = self.words;
        let before = self.terms.len();
        let mut any = false;
        words.terms(word, self.language, |kind, term| {
            any = true;
            self.add(kind, term);
        });
        let other = match self.language {
            Language::De => Language::En,
            Language::En => Language::De,
            Language::Other => return,
        };
        // A stop word of the question's language says nothing in the other one either.
        if any {
            words.terms(word, other, |_, term| self.add(TermKind::Variant, term));
        }
        debug_assert!(self.terms.len() >= before);
    }

    fn term(&mut self, kind: TermKind, term: &str) {
        self.add(kind, term);
    }
}
