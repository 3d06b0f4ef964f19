//! Names of companies, by their legal form: to be offered as an own list, not taken out by themselves.

use std::ops::Range;

use crate::redact::{
    lexicon::{Classes, LEXICON},
    words::Words,
};

/// Words of a company's name before its legal form at most.
const NAME: usize = 7;
/// Words that begin a sentence or go before a company's name and are no part of it.
const NO_PART: &[&str] = &[
    "der",
    "die",
    "das",
    "den",
    "dem",
    "des",
    "ein",
    "eine",
    "einer",
    "einem",
    "bei",
    "firma",
    "fa",
    "von",
    "vom",
    "mit",
    "an",
    "fuer",
    "durch",
    "gegen",
    "und",
    "oder",
    "the",
    "for",
    "by",
    "with",
    "to",
    "of",
    "from",
    "at",
    "and",
    "in",
    "im",
    "als",
    "laut",
    "kunde",
    "lieferant",
    "mandant",
    "mandantin",
    "auftraggeber",
    "gesellschaft",
    "tochter",
    "tochtergesellschaft",
    "client",
    "customer",
    "supplier",
    "between",
    "zwischen",
    "herr",
    "frau",
    "geschaeftsfuehrer",
    "abschlusspruefer",
];
/// Words in lower case within a name.
const LINKS: &[&str] = &["und", "and", "fuer", "of", "for", "der", "zur", "am", "im", "von", "e"];

/// The spans of names of companies, their legal form included.
pub(in crate::redact) fn companies(words: &Words<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for i in 0..words.len() {
        if !is_form(words, i) || found.last().is_some_and(|last| words.get(i).is_some_and(|word| word.span.start < last.end)) {
            continue;
        }
        let Some(from) = begin(words, i) else { continue };
        // GmbH & Co. KG
        // Of `e. K.` both letters.
        let mut end = i + 1 + usize::from(is_registered(words, i));
        while end < words.len()
            && end - i < 5
            && is_near(words.gap(end - 1))
            && (is_form(words, end) || LEXICON.classes(words.folded(end)).has(Classes::LEGAL))
        {
            end += 1;
        }
        let dot = words.after(end - 1) == Some('.') && matches!(words.folded(end - 1), "co" | "ltd" | "inc" | "corp");
        if let (Some(first), Some(last)) = (words.get(from), words.get(end - 1)) {
            found.push(first.span.start..last.span.end + usize::from(dot));
        }
    }
    found
}

/// A legal form as it is written: capitals, `GmbH`, `mbH`; `Co` alone is none.
fn is_form(words: &Words<'_>, i: usize) -> bool {
    let folded = words.folded(i);
    let Some(word) = words.get(i) else { return false };
    let text = &words.text[word.span.clone()];
    if is_registered(words, i) {
        return true;
    }
    LEXICON.classes(folded).has(Classes::LEGAL)
        && folded != "co"
        && match folded.len() {
            2 => word.upper || text == "eK" || text == "eV" || text == "eG" || text == "As" || text == "Oy",
            _ => word.capital || text == "mbH",
        }
}

/// `e. K.`, `e. V.`, `e. G.`
fn is_registered(words: &Words<'_>, i: usize) -> bool {
    words.folded(i) == "e"
        && matches!(words.folded(i + 1), "k" | "v" | "g")
        && words.get(i + 1).is_some_and(|next| next.upper)
        && words.gap(i).starts_with('.')
}

fn is_near(gap: &str) -> bool {
    matches!(gap, " " | "\u{a0}" | "." | ". " | "-" | "'" | "’" | ".\u{a0}" | " (")
        || matches!(gap.trim(), "&" | "+" | ". &" | ".&") && gap.len() <= 4
}

/// The first word of the name before a legal form.
fn begin(words: &Words<'_>, form: usize) -> Option<usize> {
    let mut from = form;
    let mut k = form;
    while k > 0 && form - k < NAME {
        let gap = words.gap(k - 1);
        // A full stop ends a sentence, unless what goes before is an abbreviation.
        if !is_near(gap) || gap.starts_with('.') && words.get(k - 1).is_some_and(|word| word.span.len() > 3) {
            break;
        }
        k -= 1;
        let word = words.get(k)?;
        let folded = words.folded(k);
        // Another company's form, or what no name has.
        let is_named_for = folded == "gesellschaft" && LINKS.contains(&words.folded(k + 1));
        // The managing director of a company is none.
        let is_office = LEXICON.classes(folded).has(Classes::ROLE) && LINKS.contains(&words.folded(k + 1));
        if word.capital && (NO_PART.contains(&folded) && !is_named_for || is_office) || is_form(words, k) {
            break;
        }
        if word.capital
            || word.digits && word.letters
            || word.digits && (gap.contains('&') || is_near(words.gap(k)) && words.gap(k).contains('&'))
        {
            from = k;
        } else if !LINKS.contains(&folded) || words.gap(k).contains('&') {
            break;
        }
    }
    (from < form).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_its_name_and_its_legal_form() {
        let found = |text: &str| companies(&Words::of(text)).into_iter().map(|span| text[span].to_owned()).collect::<Vec<_>>();
        assert_eq!(
            found("Die Müller Maschinenbau GmbH & Co. KG liefert an die Nordwind AG."),
            ["Müller Maschinenbau GmbH & Co. KG", "Nordwind AG"]
        );
        assert_eq!(found("between Harbour Lights Ltd. and Smith & Sons Inc."), ["Harbour Lights Ltd.", "Smith & Sons Inc."]);
        assert_eq!(
            found("Gesellschaft für Anlagenbau mbH, Bäckerei Schulz e. K."),
            ["Gesellschaft für Anlagenbau mbH", "Bäckerei Schulz e. K"]
        );
        assert_eq!(found("Sie ist Prokuristin der Nordwind GmbH."), ["Nordwind GmbH"]);
        assert!(found("Die AG. Das KG-Modell. 12 SE").is_empty());
    }
}
