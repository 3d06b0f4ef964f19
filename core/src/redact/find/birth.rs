//! Dates of birth: a date, and a word before it that says so.

use super::{Candidate, contact::is_date, context::Context};
use crate::redact::{kind::Kind, words::Words};

const LABELS: &[&str] = &[
    "geb",
    "gebdat",
    "geboren",
    "geborenam",
    "gebam",
    "geburtsdatum",
    "geburtstag",
    "born",
    "bornon",
    "dob",
    "dateofbirth",
    "birthdate",
    "birthday",
    "jahrgang",
    "datenaissance",
];
/// Words between the label and the date at most: `geboren am 1. Mai 1970`, `geb. in Köln am …`.
const BETWEEN: usize = 5;
const MONTHS: &[&str] = &[
    "januar",
    "jaenner",
    "februar",
    "maerz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
    "january",
    "february",
    "march",
    "may",
    "june",
    "july",
    "october",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "okt",
    "oct",
    "nov",
    "dez",
    "dec",
    "mrz",
];

pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    for (i, word) in words.iter() {
        let is_month = !word.digits && MONTHS.contains(&words.folded(i));
        if !word.digits && !is_month {
            continue;
        }
        let Some(length) = date(words, i, is_month) else { continue };
        let Some(last) = words.get(i + length - 1) else { continue };
        let star =
            words.text[..word.span.start].trim_end().ends_with('*') && !words.text[..word.span.start].trim_end().ends_with("**");
        let from = i.saturating_sub(BETWEEN);
        let near = words.get(from).map_or(0, |first| first.span.start);
        let labelled = Context::before(words.text, word.span.start).says(LABELS)
            && (from..i).any(|k| LABELS.contains(&words.folded(k)) || words.joined(k, (k + 3).min(i)).starts_with("dateofbirth"))
            && !words.text[near..word.span.start].contains("\n\n");
        // Behind a label only dates of its own stand: not one that another date goes before.
        let first = (from..i)
            .rev()
            .take_while(|k| !LABELS.contains(&words.folded(*k)))
            .all(|k| words.get(k).is_none_or(|word| !word.digits));
        if star || labelled && first {
            found.push(Candidate::new(word.span.start..last.span.end, Kind::BirthDate));
        }
    }
}

/// How many words the date has that begins at `i`.
fn date(words: &Words<'_>, i: usize, is_month: bool) -> Option<usize> {
    let number = |k: usize| words.folded(i + k).trim_end_matches(['t', 'h', 's', 'n', 'd', 'r']).parse::<u32>().ok();
    let is_year = |k: usize| words.folded(i + k).len() == 4 && number(k).is_some_and(|year| (1850..2150).contains(&year));
    let is_day = |k: usize| words.folded(i + k).len() <= 4 && number(k).is_some_and(|day| (1..=31).contains(&day));
    if is_month {
        return (is_day(1) && is_year(2)).then_some(3);
    }
    if is_date(words, i) {
        return Some(3);
    }
    let month = MONTHS.contains(&words.folded(i + 1));
    if is_day(0) && month && is_year(2) {
        return Some(3);
    }
    if is_day(0) && words.folded(i + 1) == "of" && MONTHS.contains(&words.folded(i + 2)) && is_year(3) {
        return Some(4);
    }
    // Eight digits: 19700312, 12031970.
    (words.folded(i).len() == 8 && number(0).is_some()).then_some(1)
}
