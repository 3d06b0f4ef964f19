//! Names of persons, by lists of names and by what stands before them.
//!
//! A run of words that may be parts of a name is read from each place on and judged by what it has: a first name and a surname, a
//! surname behind a title, a label or an office, a surname with an initial, `Surname, First`. A surname that no list has is taken behind a first
//! name or a title when it is no German noun; a surname alone when it is in the list and no word of another meaning.

use std::ops::Range;

use super::Candidate;
use crate::redact::{
    kind::Kind,
    lexicon::{Classes, LEXICON},
    pseudonyms::Name,
    words::Words,
};

/// Words of a name at most, titles left out.
const PARTS: usize = 6;
/// Words of titles and offices before a name at most.
const TITLES: usize = 8;

/// Endings of surnames that few other words have: German, Polish, Czech, Russian, Serbian, Turkish, Greek, Armenian, Georgian.
const SURNAME_ENDINGS: &[&str] = &[
    "mann", "meyer", "meier", "maier", "mayer", "huber", "hofer", "schmidt", "schmitt", "schulz", "mueller", "baecker", "wski",
    "wsky", "inski", "ynski", "owicz", "ewicz", "czyk", "czak", "enko", "ovic", "evic", "ovich", "evich", "oglu", "poulos",
    "akis", "idis", "yan", "shvili", "adze", "nen", "sson",
];

/// What stands before a name says how sure it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Nothing,
    /// Hallo, Dear: a first name suffices.
    Greeting,
    /// An office: a listed name follows.
    Role,
    /// Herr, Dr., gez., `Name:`
    Title,
}

/// What a word may be in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
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
}

impl Part {
    fn is_first(self) -> bool {
        matches!(self, Self::Listed { first: true, .. })
    }

    fn is_sure_first(self) -> bool {
        matches!(self, Self::Listed { first: true, common: false, .. })
    }

    fn is_last(self) -> bool {
        matches!(self, Self::Listed { last: true, .. })
    }

    fn is_sure_last(self) -> bool {
        matches!(self, Self::Listed { last: true, common: false, .. })
    }
}

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

/// Titles, offices, labels and greetings from a word on: what they say, and the word behind them.
fn lead(words: &Words<'_>, i: usize) -> Option<(Lead, usize)> {
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
    if folded.chars().count() == 1 {
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
    if LEXICON.is_noun(folded) || classes.has(Classes::STREET.and(Classes::LABEL)) || folded.len() < 2 {
        return None;
    }
    let ends_as_surname = folded.len() > 6 && SURNAME_ENDINGS.iter().any(|ending| folded.ends_with(ending));
    Some(if ends_as_surname { Part::Listed { first: false, last: true, common: false } } else { Part::Unknown })
}

/// The words of a run: each with what it may be, and whether a hyphen joins it to the one before.
fn run(words: &Words<'_>, from: usize, lead: Lead) -> (Vec<(Part, bool)>, bool) {
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

/// Judges the run from a word on.
fn judge(words: &Words<'_>, from: usize, lead: Lead) -> Option<(Range<usize>, Name)> {
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
        let followed = matches!(part(k + 1), Some(Part::Listed { .. } | Part::Unknown | Part::Particle | Part::Initial));
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
    if matches!(part(end), Some(Part::Listed { .. } | Part::Unknown)) {
        end += 1;
        while joined(end) && matches!(part(end), Some(Part::Listed { .. } | Part::Unknown)) {
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
    let range = from..from + end;
    let last = part(surname.start);
    let has_surname = !surname.is_empty();

    // Surname, First
    if end <= 1 && surname_first(words, from, part(0), lead) {
        let given = from + 1;
        let mut stop = given + 1;
        while stop < from + 4
            && LEXICON.classes(words.folded(stop)).has(Classes::FIRST)
            && matches!(words.gap(stop - 1), " " | "-")
            && words.get(stop).is_some_and(|word| word.capital)
        {
            stop += 1;
        }
        let name = Name { given: vec![words.folded(given).to_owned()], surname: words.folded(from).to_owned() };
        return Some((from..stop, name));
    }

    let first = part(0)?;
    let known_given = (0..givens).any(|k| part(k).is_some_and(Part::is_sure_first));
    let weak_given = (0..givens).any(|k| part(k).is_some_and(Part::is_first));
    let initial = givens > 0 && (0..givens).all(|k| part(k) == Some(Part::Initial));
    let sure_last = last.is_some_and(Part::is_sure_last) || particles > 0 && last.is_some_and(Part::is_last);
    let accepted = match lead {
        Lead::Title => has_surname || weak_given,
        Lead::Greeting => known_given || weak_given && has_surname || sure_last && has_surname,
        Lead::Role => {
            has_surname && (sure_last || known_given || weak_given && last.is_some_and(Part::is_last) || initial)
                || known_given && !has_surname
        }
        Lead::Nothing if !has_surname => false,
        Lead::Nothing if known_given => true,
        Lead::Nothing if weak_given => sure_last,
        Lead::Nothing if initial => {
            let dotted = words.gap(from).starts_with('.');
            // z. B., d. h., i. d. R.: an abbreviation goes before.
            let abbreviation = from > 0 && words.folded(from - 1).len() <= 2 && words.gap(from - 1).starts_with('.');
            dotted
                && !abbreviation
                && first_word.span.len() <= 2
                && (last.is_some_and(Part::is_last) || last == Some(Part::Unknown) && !follows_number(words, from))
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

/// `Müller, Thomas`: a surname, and a listed first name behind a comma that no surname follows.
fn surname_first(words: &Words<'_>, i: usize, part: Option<Part>, lead: Lead) -> bool {
    let given = LEXICON.classes(words.folded(i + 1));
    let sure_given = given.has(Classes::FIRST) && !given.has(Classes::COMMON);
    let sure = match part {
        Some(part) if part.is_last() => sure_given || part.is_sure_last() && given.has(Classes::FIRST),
        Some(Part::Unknown | Part::Listed { .. }) => sure_given,
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
        folded.len() >= 4 && LEXICON.classes(folded).has(class) && !LEXICON.classes(folded).has(Classes::COMMON)
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
