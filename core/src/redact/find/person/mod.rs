//! Names of persons, by lists of names and by what stands before them.
//!
//! A run of words that may be parts of a name is read from each place on and judged by what it has: a first name and a surname, a
//! surname behind a title, a label or an office, a surname with an initial, `Surname, First`. A surname that no list has is taken behind a first
//! name or a title when it is no German noun; a surname alone when it is in the list and no word of another meaning.

mod judge;
mod lead;
mod part;

use std::ops::Range;

use judge::judge;
use lead::{Lead, lead};

use super::Candidate;
use crate::redact::{
    kind::Kind,
    lexicon::{Classes, LEXICON},
    pseudonyms::Name,
    words::Words,
};

/// Finds all of them.
pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    let mut i = 0;
    while i < words.len() {
        match at(words, i) {
            Some((span, name)) => {
                let from = span.start;
                if let (Some(first), Some(last)) = (words.get(from), span.end.checked_sub(1).and_then(|last| words.get(last))) {
                    let end = without_genitive(words, span.end - 1, last.span.clone());
                    found.push(Candidate { span: first.span.start..end, kind: Kind::Person, name: Some(name) });
                }
                i = span.end.max(i + 1);
            }
            None => i += 1,
        }
    }
}

/// The words of the name that begins at a word or behind titles that begin there.
fn at(words: &Words<'_>, i: usize) -> Option<(Range<usize>, Name)> {
    let word = words.get(i)?;
    if !word.letters {
        return None;
    }
    if let Some((lead, from)) = lead(words, i)
        && let Some(found) = judge(words, from, lead)
    {
        return Some(found);
    }
    // Not in the middle of a chain.
    if i > 0
        && matches!(words.gap(i - 1), "-" | "'" | "’" | "_" | "." | "/")
        && words.get(i - 1).is_some_and(|before| before.letters && before.span.len() > 1)
    {
        return None;
    }
    judge(words, i, Lead::Nothing)
}

/// The surname without a genitive's ending: where the list has it so and not with the ending.
fn genitive_stem(words: &Words<'_>, last: usize, surname: &str) -> Option<String> {
    let folded = words.folded(last);
    let stem = folded.strip_suffix('s')?;
    let is_name = |folded: &str| LEXICON.classes(folded).has(Classes::LAST.and(Classes::FIRST));
    (!is_name(folded) && is_name(stem)).then(|| surname.strip_suffix('s').unwrap_or(surname).to_owned())
}

/// Where a name ends, a genitive's `s` left outside.
fn without_genitive(words: &Words<'_>, last: usize, span: Range<usize>) -> usize {
    let ends = words.text[..span.end].ends_with(['s', 'S']);
    if ends && genitive_stem(words, last, words.folded(last)).is_some() { span.end - 1 } else { span.end }
}
