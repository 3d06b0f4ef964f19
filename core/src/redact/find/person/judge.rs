//! Whether a run of words is a name, and which of them are.

use std::ops::Range;

use super::{
    genitive_stem,
    lead::{Lead, follows_title},
    part::{Part, run},
};
use crate::redact::{
    lexicon::{Classes, LEXICON},
    pseudonyms::Name,
    words::Words,
};

/// Judges the run from a word on.
pub(super) fn judge(words: &Words<'_>, from: usize, lead: Lead) -> Option<(Range<usize>, Name)> {
    let first_word = words.get(from)?;
    let particle = lead == Lead::Title && LEXICON.classes(words.folded(from)).has(Classes::PARTICLE);
    if !first_word.capital && !particle {
        return lower_case(words, from);
    }
    let (parts, breaks_off) = run(words, from, lead);
    let part = |k: usize| parts.get(k).map(|(part, _)| *part);
    let joined = |k: usize| parts.get(k).is_some_and(|(_, joined)| *joined);
    if breaks_off && lead != Lead::Title {
        return None;
    }

    // First names and initials, those joined by hyphens whole.
    let mut k = 0;
    while let Some(own) = part(k) {
        let followed =
            matches!(part(k + 1), Some(Part::Listed { .. } | Part::Unknown | Part::Noun | Part::Particle | Part::Initial));
        let given = match own {
            Part::Initial => true,
            Part::Listed { first: true, last, .. } => followed || !last,
            // A first name that no list has.
            Part::Unknown => {
                k == 0 && followed && !joined(k + 1) && (lead == Lead::Title || part(k + 1).is_some_and(Part::is_sure_last))
            }
            _ => joined(k) && followed,
        };
        if !given {
            break;
        }
        k += 1;
    }
    // The last of several first names may be the surname: Herr Peter, Anna Simon.
    let givens = k;
    while matches!(part(k), Some(Part::Particle)) {
        k += 1;
    }
    let particles = k - givens;
    let mut end = k;
    let is_surname = |part: Option<Part>| matches!(part, Some(Part::Listed { .. } | Part::Unknown | Part::Noun));
    if is_surname(part(end)) {
        end += 1;
        while joined(end) && is_surname(part(end)) {
            end += 1;
        }
        // Garcia Lopez
        if part(end).is_some_and(Part::is_sure_last)
            && part(end - 1).is_some_and(Part::is_last)
            && !words.gap(from + end - 1).contains('\n')
        {
            end += 1;
        }
    }
    let (givens, surname) = match end - k {
        0 if givens > 1 && particles == 0 => (givens - 1, givens - 1..givens),
        0 => (givens, givens..givens),
        _ => (givens, k..end),
    };
    let end = surname.end.max(givens);
    let range = from..from + end + usize::from(has_suffix(words, from + end));
    let last = part(surname.start);
    let has_surname = !surname.is_empty();

    // Surname, First; Surname-Surname, First
    let chain = (1..parts.len()).take_while(|k| joined(*k)).count() + 1;
    let own = (0..chain).filter_map(part).max_by_key(|part| (part.is_sure_last(), part.is_last()));
    let is_chain = chain == 1 || (0..chain).all(|k| !matches!(part(k), None | Some(Part::Noun)));
    if parts.len() <= chain && is_chain && surname_first(words, from + chain - 1, own, lead) {
        let given = from + chain;
        let mut stop = given + 1;
        while stop < given + 3
            && LEXICON.classes(words.folded(stop)).has(Classes::FIRST)
            && matches!(words.gap(stop - 1), " " | "-")
            && words.get(stop).is_some_and(|word| word.capital)
        {
            stop += 1;
        }
        let surname = words.joined(from, from + chain).to_owned();
        return Some((from..stop, Name { given: vec![words.folded(given).to_owned()], surname }));
    }

    let first = part(0)?;
    let known_given = (0..givens).any(|k| part(k).is_some_and(Part::is_sure_first));
    let weak_given = (0..givens).any(|k| part(k).is_some_and(Part::is_first));
    let initial = givens > 0 && (0..givens).all(|k| part(k) == Some(Part::Initial));
    let sure_last = last.is_some_and(Part::is_sure_last) || particles > 0 && last.is_some_and(Part::is_last);
    let accepted = match lead {
        // Unterzeichnet. Anschrift: …: a noun is a name behind a form of address alone.
        Lead::Title if last == Some(Part::Noun) => known_given || weak_given || follows_title(words, from),
        Lead::Title => has_surname || weak_given,
        Lead::Greeting => known_given || weak_given && has_surname || sure_last && has_surname,
        Lead::Role => {
            has_surname && (sure_last || known_given || weak_given && last.is_some_and(Part::is_last) || initial)
                || known_given && !has_surname
        }
        Lead::Nothing if !has_surname => false,
        // Luthers Werk, Astra-Satellit: a genitive or a compound.
        Lead::Nothing if known_given && last == Some(Part::Noun) => {
            !is_genitive(words, from + givens - 1) && !joined(surname.start)
        }
        Lead::Nothing if known_given => true,
        Lead::Nothing if weak_given => sure_last,
        Lead::Nothing if initial => {
            let dotted = words.gap(from).starts_with('.');
            // z. B., d. h., i. d. R.: an abbreviation goes before.
            let abbreviation = from > 0 && words.folded(from - 1).len() <= 2 && words.gap(from - 1).starts_with('.');
            dotted
                && !abbreviation
                && first_word.span.len() <= 2
                && (last.is_some_and(|last| last.is_last() || last.is_sure_first())
                    || last == Some(Part::Unknown) && !follows_number(words, from))
        }
        // A first name that no list has, or none at all: then the surname is a frequent one.
        Lead::Nothing => {
            let known = |k: usize| {
                let classes = LEXICON.classes(words.folded(from + k));
                classes.has(Classes::LAST) && !classes.has(Classes::RARE)
            };
            sure_last && (givens > 0 || first != Part::Particle && surname.clone().any(known))
        }
    };
    if !accepted || lead != Lead::Title && is_company(words, range.end) {
        return None;
    }
    // Capitals throughout are a heading as often as a name.
    let listed = |k: usize| matches!(part(k), Some(Part::Listed { .. } | Part::Particle | Part::Initial));
    if lead == Lead::Nothing
        && first_word.upper
        && first_word.span.len() > 2
        && !(givens > 0 && sure_last && (0..end).all(listed))
    {
        return None;
    }
    let folded = |k: usize| words.folded(from + k).to_owned();
    let mut name = Name {
        given: (0..givens).map(folded).collect(),
        surname: words.joined(from + surname.start, from + surname.end).to_owned(),
    };
    if let Some(nominative) = genitive_stem(words, from + end - 1, &name.surname) {
        name.surname = nominative;
    }
    Some((range, name))
}

/// Whether a word tells the bearers of one name apart: Koch II, Müller jun.
fn has_suffix(words: &Words<'_>, i: usize) -> bool {
    let suffix = matches!(words.folded(i), "ii" | "iii" | "jun" | "jr" | "sen" | "sr");
    i > 0 && suffix && matches!(words.gap(i - 1), " " | ", " | "\u{a0}")
}

/// `Annas`, of a name that has no `s` in the list.
fn is_genitive(words: &Words<'_>, i: usize) -> bool {
    let folded = words.folded(i);
    let is_first = |folded: &str| LEXICON.classes(folded).has(Classes::FIRST.and(Classes::LAST));
    folded.strip_suffix('s').is_some_and(|stem| is_first(stem) && !is_first(folded))
}

/// `Müller, Thomas`: a surname, and a listed first name behind a comma that no surname follows.
fn surname_first(words: &Words<'_>, i: usize, part: Option<Part>, lead: Lead) -> bool {
    let given = LEXICON.classes(words.folded(i + 1));
    let sure_given = given.has(Classes::FIRST) && !given.has(Classes::COMMON);
    let sure = match part {
        Some(part) if part.is_last() => sure_given || part.is_sure_last() && given.has(Classes::FIRST),
        Some(Part::Unknown | Part::Noun | Part::Listed { .. }) => sure_given,
        _ => false,
    };
    // Thomas, Anna Müller und …: a surname follows, so it is a list.
    let last = if words.gap(i + 1) == "-" { i + 2 } else { i + 1 };
    let alone = lead == Lead::Title || words.gap(last) != " " || !words.get(last + 1).is_some_and(|word| word.capital);
    sure && alone && matches!(words.gap(i), ", " | "," | ",\u{a0}") && words.get(i + 1).is_some_and(|word| word.capital)
}

/// `thomas müller`, as people type: both sure, both of some length.
fn lower_case(words: &Words<'_>, i: usize) -> Option<(Range<usize>, Name)> {
    let (first, last) = (words.folded(i), words.folded(i + 1));
    let sure = |folded: &str, class: Classes| {
        let classes = LEXICON.classes(folded);
        folded.len() >= 4 && classes.has(class) && !classes.has(Classes::COMMON.and(Classes::RARE_FIRST))
    };
    let fits = words.gap(i) == " "
        && sure(first, Classes::FIRST)
        && sure(last, Classes::LAST)
        && words.get(i + 1).is_some_and(|word| !word.capital);
    fits.then(|| (i..i + 2, Name { given: vec![first.to_owned()], surname: last.to_owned() }))
}

/// Whether a company's form follows: `Thomas Müller GmbH`, `Müller Maschinenbau GmbH & Co. KG`, `Müller & Söhne AG`.
fn is_company(words: &Words<'_>, end: usize) -> bool {
    for k in end..(end + 4).min(words.len()) {
        let gap = words.gap(k.saturating_sub(1));
        if !(gap == " " || gap == "-" || gap.trim() == "&" || gap.trim() == "+" || gap == "\u{a0}") {
            return false;
        }
        let word = words.folded(k);
        if LEXICON.classes(word).has(Classes::LEGAL)
            && words.get(k).is_some_and(|word| word.capital || word.upper || words.folded(k).ends_with("mbh"))
        {
            return !matches!(word, "ek");
        }
        if !words.get(k).is_some_and(|word| word.capital) && !matches!(word, "und" | "and") {
            return false;
        }
    }
    false
}

fn follows_number(words: &Words<'_>, i: usize) -> bool {
    i > 0 && words.get(i - 1).is_some_and(|before| before.digits)
}
