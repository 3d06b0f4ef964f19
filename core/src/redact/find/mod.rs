//! What finds personal data: a file for each family of kinds. All of them read words (`super::words`), look a bounded number of words ahead
//! and behind, and so are linear in the text.

mod address;
mod birth;
mod company;
mod contact;
mod context;
mod document;
mod number;
mod person;
mod plate;

use std::ops::Range;

pub(super) use company::companies;

use super::{kind::Kind, pseudonyms::Name, settings::RedactSettings, words::Words};

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
    pub(super) name: Option<Name>,
}

impl Candidate {
    pub(super) fn new(span: Range<usize>, kind: Kind) -> Self {
        Self { span, kind, name: None }
    }
}

/// Finds everything that is switched on.
pub(super) fn candidates(words: &Words<'_>, settings: &RedactSettings) -> Vec<Candidate> {
    let mut found = Vec::new();
    number::find(words, &mut found);
    document::find(words, &mut found);
    contact::find(words, &mut found);
    plate::find(words, &mut found);
    birth::find(words, &mut found);
    address::find(words, &mut found);
    if settings.is_on(&Kind::Person) {
        person::find(words, &mut found);
    }
    found.retain(|candidate| settings.is_on(&candidate.kind));
    found
}

/// The names of persons alone.
pub(super) fn persons(words: &Words<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    person::find(words, &mut found);
    found
}
