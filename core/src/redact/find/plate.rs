//! German number plates: a district's code, one or two letters, up to four digits.

use super::{Candidate, context::Context};
use crate::redact::{
    kind::Kind,
    lexicon::{Classes, LEXICON},
    words::Words,
};

const LABELS: &[&str] = &[
    "kennzeichen",
    "kfz",
    "kfzkennzeichen",
    "pkw",
    "lkw",
    "fahrzeug",
    "amtlkennzeichen",
    "numberplate",
    "licenseplate",
    "registration",
    "plate",
    "dienstwagen",
    "wagen",
    "polkz",
];
/// Letters that stand for `number` and the like where a district's code and a hyphen go before.
const NO_PLATE: &[&str] = &["nr", "no", "nn", "id", "art"];

pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    for (i, word) in words.iter() {
        let district = words.folded(i);
        if !word.upper || word.digits || word.span.len() > 4 || !LEXICON.classes(district).has(Classes::DISTRICT) {
            continue;
        }
        if matches!(words.before(i), Some('-' | '/' | '.')) {
            continue;
        }
        let gap = words.gap(i);
        let hyphen = matches!(gap, "-" | " - " | "– " | "–" | "\u{2011}");
        if !hyphen && !matches!(gap, " " | "\u{a0}" | ":") {
            continue;
        }
        // `AB 1234`, `AB-1234`, `AB1234`
        let Some(series) = words.get(i + 1) else { continue };
        let letters: String = words.folded(i + 1).chars().take_while(char::is_ascii_lowercase).collect();
        if !series.upper || !(1..=2).contains(&letters.len()) {
            continue;
        }
        let (digits, last) = if words.folded(i + 1).len() > letters.len() {
            (&words.folded(i + 1)[letters.len()..], i + 1)
        } else if matches!(words.gap(i + 1), " " | "\u{a0}" | "-") {
            (words.folded(i + 2), i + 2)
        } else {
            continue;
        };
        // Electric and historic vehicles have a letter behind.
        let number = digits.strip_suffix(['e', 'h']).unwrap_or(digits);
        let fits = (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
        let goes_on = matches!(words.after(last), Some('/' | '-' | '.' | ','))
            && words.gap(last).len() == 1
            && words.get(last + 1).is_some_and(|next| next.digits);
        if !fits || goes_on {
            continue;
        }
        let context = Context::before(words.text, word.span.start);
        let labelled = context.says(LABELS);
        if (hyphen && !NO_PLATE.contains(&letters.as_str()) || labelled)
            && !context.is_impersonal()
            && let Some(end) = words.get(last)
        {
            found.push(Candidate::new(word.span.start..end.span.end, Kind::Plate));
        }
    }
}
