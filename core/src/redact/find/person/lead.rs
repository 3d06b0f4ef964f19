//! Titles, offices, labels and greetings before a name.

use crate::redact::{
    lexicon::{Classes, LEXICON},
    words::Words,
};

/// Words of titles and offices before a name at most.
const TITLES: usize = 8;

/// What stands before a name says how sure it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    Nothing,
    /// Hallo, Dear: a first name suffices.
    Greeting,
    /// An office: a listed name follows.
    Role,
    /// Herr, Dr., gez., `Name:`
    Title,
}

/// Titles, offices, labels and greetings from a word on: what they say, and the word behind them.
pub(super) fn lead(words: &Words<'_>, i: usize) -> Option<(Lead, usize)> {
    let mut lead = None;
    let mut k = i;
    while k < words.len() && k - i < TITLES {
        let word = words.get(k)?;
        let folded = words.folded(k);
        let classes = match (LEXICON.classes(folded), folded.strip_suffix('s')) {
            (Classes::NONE, Some(stem)) => LEXICON.classes(stem),
            (classes, _) => classes,
        };
        let gap = words.gap(k);
        let dot = gap.starts_with('.');
        let colon = gap.trim_start_matches([')', '*', '_', '"']).starts_with(':') || gap.contains('\t') || gap.contains('|');
        let near = gap.len() <= 4 && !gap.contains(['!', '?', ';', '(']) && !(gap.contains(',') && lead != Some(Lead::Greeting));
        let next = if classes.has(Classes::SALUTATION)
            && (word.capital && (word.span.len() > 2 || dot || matches!(words.folded(k), "mr" | "ms")))
        {
            Some(Lead::Title)
        } else if classes.has(Classes::ACADEMIC)
            && (word.capital || lead.is_some())
            && (dot || word.span.len() > 4 || lead.is_some() || matches!(words.folded(k), "dr" | "prof"))
        {
            Some(
                if matches!(
                    words.folded(k),
                    "dr" | "drs" | "prof" | "professor" | "professorin" | "dipl" | "doktor" | "mag" | "univ"
                ) || lead == Some(Lead::Title)
                {
                    Lead::Title
                } else {
                    Lead::Role
                },
            )
        } else if classes.has(Classes::SIGN) && (dot || colon || word.span.len() > 4) && !matches!(words.folded(k), "iv" | "ia") {
            Some(Lead::Title)
        } else if words.folded(k) == "i" && dot && matches!(words.folded(k + 1), "v" | "a") && words.gap(k + 1).starts_with('.') {
            k += 1;
            Some(Lead::Role)
        } else if classes.has(Classes::LABEL) && colon {
            Some(Lead::Title)
        } else if classes.has(Classes::ROLE) && (word.capital || !word.upper) && (near || colon) {
            Some(lead.filter(|lead| *lead == Lead::Title).unwrap_or(Lead::Role))
        } else if classes.has(Classes::GREETING) && word.capital {
            Some(Lead::Greeting)
        } else if lead == Some(Lead::Title) && is_office(words, k) {
            lead
        } else {
            None
        };
        let Some(next) = next else { break };
        let gap = words.gap(k);
        if !(near || colon) || gap.len() > 6 || gap.contains("\n\n") {
            return None;
        }
        lead = Some(match lead {
            Some(Lead::Title) => Lead::Title,
            _ => next,
        });
        k += 1;
    }
    lead.map(|lead| (lead, k))
}

/// `Herr Kassenwart Müller`: a noun between a form of address and a name.
fn is_office(words: &Words<'_>, i: usize) -> bool {
    let folded = words.folded(i);
    let is_capital = |i: usize| words.get(i).is_some_and(|word| word.capital && !word.upper);
    let is_name = LEXICON.classes(folded).has(Classes::LAST.and(Classes::FIRST));
    follows_title(words, i)
        && !is_name
        && words.gap(i) == " "
        && is_capital(i)
        && is_capital(i + 1)
        && (LEXICON.is_noun(folded) || LEXICON.is_dictionary_noun(folded))
        && !(LEXICON.is_noun(words.folded(i + 1)) || LEXICON.is_dictionary_noun(words.folded(i + 1)))
}

/// Whether a form of address stands right before a word.
pub(super) fn follows_title(words: &Words<'_>, i: usize) -> bool {
    i > 0
        && matches!(words.gap(i - 1), " " | ". " | "\u{a0}" | ".\u{a0}")
        && (LEXICON.classes(words.folded(i - 1)).has(Classes::SALUTATION) || matches!(words.folded(i - 1), "dr" | "prof"))
}
