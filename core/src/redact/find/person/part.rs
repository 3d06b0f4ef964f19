//! What a word may be in a name, and the words that may be one together.

use super::lead::{Lead, follows_title};
use crate::redact::{
    lexicon::{Classes, LEXICON},
    words::Words,
};

/// Words of a name at most, titles left out.
const PARTS: usize = 6;

/// Endings of surnames that few other words have: German, Polish, Czech, Russian, Serbian, Turkish, Greek, Armenian, Georgian.
const SURNAME_ENDINGS: &[&str] = &[
    "mann", "meyer", "meier", "maier", "mayer", "huber", "hofer", "schmidt", "schmitt", "schulz", "mueller", "baecker", "wski",
    "wsky", "inski", "ynski", "owicz", "ewicz", "czyk", "czak", "enko", "ovic", "evic", "ovich", "evich", "oglu", "poulos",
    "akis", "idis", "yan", "shvili", "adze", "nen", "sson",
];

/// What a word may be in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Initial,
    /// A listed name: whether it may be a first name, a surname, and whether it is more often another word.
    Listed {
        first: bool,
        last: bool,
        common: bool,
    },
    Particle,
    /// A capital and no noun that is known.
    Unknown,
    /// A noun, and a surname behind a first name or a title: Adam Trommler, Herr Knappe.
    Noun,
}

impl Part {
    pub(super) fn is_first(self) -> bool {
        matches!(self, Self::Listed { first: true, .. })
    }

    pub(super) fn is_sure_first(self) -> bool {
        matches!(self, Self::Listed { first: true, common: false, .. })
    }

    pub(super) fn is_last(self) -> bool {
        matches!(self, Self::Listed { last: true, .. })
    }

    pub(super) fn is_sure_last(self) -> bool {
        matches!(self, Self::Listed { last: true, common: false, .. })
    }
}

/// What a word may be in a name; `None` ends the run.
fn part(words: &Words<'_>, i: usize, lead: Lead) -> Option<Part> {
    let word = words.get(i)?;
    if word.digits {
        return None;
    }
    let folded = words.folded(i);
    let classes = LEXICON.classes(folded);
    if classes.has(Classes::PARTICLE) && (!word.upper || word.span.len() == 1) && !(word.capital && classes.has(Classes::FIRST)) {
        return Some(Part::Particle);
    }
    if !word.capital {
        return None;
    }
    if words.text[word.span.clone()].chars().count() == 1 {
        return word.letters.then_some(Part::Initial);
    }
    if classes.has(Classes::SALUTATION.and(Classes::LEGAL).and(Classes::ROLE).and(Classes::SIGN))
        && !(classes.has(Classes::LAST) && lead == Lead::Title)
    {
        return None;
    }
    let (first, last) = (classes.has(Classes::FIRST), classes.has(Classes::LAST));
    if first || last {
        return Some(Part::Listed { first, last, common: classes.has(Classes::COMMON) || !last && LEXICON.is_noun(folded) });
    }
    // Of a name in the genitive the list has the nominative.
    if let Some(stem) = folded.strip_suffix('s') {
        let classes = LEXICON.classes(stem);
        let other = Classes::COMMON.and(Classes::ROLE).and(Classes::LABEL).and(Classes::LEGAL).and(Classes::STREET);
        if classes.has(Classes::LAST.and(Classes::FIRST)) && !classes.has(other) {
            return Some(Part::Listed { first: classes.has(Classes::FIRST), last: classes.has(Classes::LAST), common: false });
        }
    }
    if classes.has(Classes::STREET.and(Classes::LABEL)) || folded.len() < 2 {
        return None;
    }
    if LEXICON.is_noun(folded) {
        return (lead == Lead::Title && follows_title(words, i)).then_some(Part::Noun);
    }
    if LEXICON.is_built_first_name(folded) {
        return Some(Part::Listed { first: true, last: false, common: false });
    }
    if LEXICON.is_dictionary_noun(folded) {
        return Some(Part::Noun);
    }
    let ends_as_surname = folded.len() > 6 && SURNAME_ENDINGS.iter().any(|ending| folded.ends_with(ending));
    Some(if ends_as_surname { Part::Listed { first: false, last: true, common: false } } else { Part::Unknown })
}

/// The words of a run: each with what it may be, and whether a hyphen joins it to the one before.
pub(super) fn run(words: &Words<'_>, from: usize, lead: Lead) -> (Vec<(Part, bool)>, bool) {
    let mut parts: Vec<(Part, bool)> = Vec::new();
    let mut k = from;
    while parts.len() < PARTS {
        let joined = k > from && is_hyphen(words.gap(k - 1));
        let Some(part) = part(words, k, lead) else {
            // `Müller-Gruppe`, `Max-Planck-Institut`: the chain is no name.
            return (parts, joined && words.get(k).is_some());
        };
        parts.push((part, joined));
        let gap = words.gap(k);
        let goes_on = match part {
            Part::Initial => matches!(gap, " " | ". " | "." | "\u{a0}" | ".\u{a0}" | "'" | "’" | "-" | ".-"),
            Part::Particle => matches!(gap, " " | "\u{a0}" | "'" | "’" | "-" | ". " | "."),
            // A name that is broken over two lines has listed parts alone; see `judge`.
            _ => matches!(gap, " " | "\u{a0}" | "  " | "'" | "’" | "\n" | "\r\n") || is_hyphen(gap),
        };
        if !goes_on {
            break;
        }
        let over = gap.contains('\n');
        k += 1;
        if over && !matches!(self::part(words, k, lead), Some(Part::Listed { common: false, .. })) {
            break;
        }
    }
    (parts, false)
}

fn is_hyphen(gap: &str) -> bool {
    matches!(gap, "-" | "\u{2010}" | "\u{2011}" | "-\n")
}
