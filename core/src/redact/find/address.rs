//! Postal addresses: street and number, post code and town, and both as one where they stand together.

use super::{Candidate, context::Context};
use crate::redact::{
    kind::Kind,
    lexicon::{Classes, LEXICON},
    words::Words,
};

/// Endings of German names of streets. Of short ones more must stand before them.
const ENDINGS: &[&str] = &[
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "gasse",
    "damm",
    "ufer",
    "chaussee",
    "steig",
    "pfad",
    "stieg",
    "ring",
    "promenade",
    "graben",
    "markt",
    "wall",
    "winkel",
    "kamp",
    "anger",
    "hof",
    "berg",
    "gaesschen",
];
/// Words between street and town at most.
const BETWEEN: usize = 4;
/// Words of a name of a street before `Straße` or `Road` at most.
const NAME: usize = 4;
const LABELS: &[&str] = &[
    "anschrift",
    "adresse",
    "wohnhaft",
    "wohnort",
    "address",
    "strasse",
    "wohnt",
    "residing",
    "livesat",
    "plzort",
    "plz",
    "ort",
    "sitz",
    "postanschrift",
];

pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    let start = found.len();
    for (i, word) in words.iter() {
        if word.letters {
            german_street(words, i, found);
            english_street(words, i, found);
        }
        if word.digits {
            town(words, i, found);
        }
        uk_post_code(words, i, found);
    }
    join(words, start, found);
}

fn push(words: &Words<'_>, from: usize, to: usize, found: &mut Vec<Candidate>) {
    if let (Some(first), Some(last)) = (words.get(from), to.checked_sub(1).and_then(|last| words.get(last))) {
        found.push(Candidate::new(first.span.start..last.span.end, Kind::Address));
    }
}

/// Whether a word is a house's number: `12`, `12a`, `12-14`; how many words it has.
fn house_number(words: &Words<'_>, i: usize) -> Option<usize> {
    let is_number = |i: usize| {
        let folded = words.folded(i);
        let digits = folded.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(folded);
        (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    };
    if !is_number(i) || matches!(words.after(i), Some('%' | '€')) {
        return None;
    }
    let letter = |i: usize| words.folded(i).len() == 1 && words.get(i).is_some_and(|word| word.letters && !word.capital);
    Some(match words.gap(i) {
        "-" | "/" | "–" if is_number(i + 1) || letter(i + 1) => 2,
        " " if letter(i + 1) && !matches!(words.after(i + 1), Some('.')) => 2,
        _ => 1,
    })
}

/// `Musterstraße 12`, `Hauptstr. 5a`, `Lange Gasse 3`, `Am Markt 1`, `Straße des 17. Juni 135`.
fn german_street(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    let folded = words.folded(i);
    let Some(word) = words.get(i) else { return };
    let near = |k: usize| matches!(words.gap(k), " " | ". " | "." | "\u{a0}" | ", " | "  ");
    let alone = LEXICON.classes(folded).has(Classes::STREET);
    let ending = ENDINGS.iter().any(|ending| folded.strip_suffix(ending).is_some_and(|name| name.len() >= 3));
    if word.capital && (ending || alone && i > 0) {
        let Some(number) = house_number(words, i + 1).filter(|_| near(i)) else {
            // Straße des 17. Juni 135, Platz der Republik 1
            if alone && matches!(words.folded(i + 1), "des" | "der" | "am" | "von") {
                let end = (i + 2..i + 2 + NAME).find(|k| {
                    house_number(words, *k).is_some() && words.get(k - 1).is_some_and(|before| before.letters && before.capital)
                });
                if let Some((end, number)) = end.and_then(|end| Some((end, house_number(words, end)?))) {
                    push(words, i, end + number, found);
                }
            }
            return;
        };
        // The words of its name before it: capitals, or `am`, `an der`; or joined by hyphens.
        let mut from = i;
        if alone {
            let Some(before) = i
                .checked_sub(1)
                .filter(|k| words.get(*k).is_some_and(|word| word.capital) && matches!(words.gap(*k), " " | "-" | "\u{a0}"))
            else {
                return;
            };
            from = before;
        }
        while from > 0 && i - from < NAME && words.gap(from - 1) == "-" && words.get(from - 1).is_some_and(|word| word.capital) {
            from -= 1;
        }
        // Words such as `Vertrag` or `Bereich` end alike: a name of a street has none of the common words as its whole.
        let known =
            ["strasse", "str", "weg", "platz", "allee", "gasse", "damm", "chaussee"].iter().any(|sure| folded.ends_with(sure));
        let context = || Context::before(words.text, words.get(from).map_or(0, |word| word.span.start));
        if known && !matches!(folded, "absatz") || alone || followed_by_town(words, i + 1 + number) || context().says(LABELS) {
            push(words, from, i + 1 + number, found);
        }
        return;
    }
    // Am Markt 3, An der Kirche 5, Im Tal 7, Unter den Linden 77: with a town behind or a label before.
    if word.capital
        && matches!(
            folded,
            "am" | "an" | "auf" | "im" | "in" | "unter" | "zum" | "zur" | "hinter" | "vor" | "beim" | "alte" | "alter" | "neue"
        )
        && words.gap(i) == " "
    {
        let name = if matches!(words.folded(i + 1), "der" | "den" | "dem") { i + 2 } else { i + 1 };
        if words.get(name).is_some_and(|word| word.capital && word.letters)
            && matches!(words.gap(name), " " | "\u{a0}")
            && let Some(number) = house_number(words, name + 1)
            && (followed_by_town(words, name + 1 + number) || Context::before(words.text, word.span.start).says(LABELS))
        {
            push(words, i, name + 1 + number, found);
        }
    }
}

fn followed_by_town(words: &Words<'_>, i: usize) -> bool {
    (i..i + 2).any(|k| is_post_code(words, k) && words.get(k + 1).is_some_and(|next| next.capital))
}

fn is_post_code(words: &Words<'_>, i: usize) -> bool {
    let folded = words.folded(i);
    folded.len() == 5 && folded.bytes().all(|b| b.is_ascii_digit()) && folded != "00000"
}

/// `12345 Musterstadt`, `D-12345 Bad Homburg`. Five digits are much else: a street goes before (see [`join`]), `D-`, a label, or a large
/// town follows.
fn town(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    if !is_post_code(words, i)
        || words.gap(i) != " "
        || !words.get(i + 1).is_some_and(|next| next.capital && next.letters && !next.digits)
    {
        return;
    }
    let mut end = i + 2;
    // Bad Homburg, Frankfurt am Main, Rothenburg ob der Tauber, Halle (Saale)
    if matches!(words.folded(i + 1), "bad" | "st" | "sankt" | "neu" | "gross" | "klein" | "alt" | "markt" | "schwaebisch")
        && words.get(i + 2).is_some_and(|next| next.capital)
    {
        end = i + 3;
    }
    if matches!((words.folded(end), words.gap(end - 1)), ("am" | "an" | "im" | "in" | "ob" | "bei" | "a" | "i" | "v", " ")) {
        let more = if matches!(words.folded(end + 1), "der" | "dem" | "den" | "d") { end + 2 } else { end + 1 };
        if words.get(more).is_some_and(|word| word.capital) && words.gap(more - 1).len() <= 2 {
            end = more + 1;
        }
    }
    while end < words.len()
        && end - i < 6
        && matches!(words.gap(end - 1), "-" | " (")
        && words.get(end).is_some_and(|word| word.capital)
    {
        end += 1;
    }
    let prefixed = i > 0 && words.gap(i - 1) == "-" && matches!(words.folded(i - 1), "d" | "de");
    let from = if prefixed { i - 1 } else { i };
    let context = Context::before(words.text, words.get(from).map_or(0, |word| word.span.start));
    let street = |candidate: &Candidate| {
        let start = words.get(from).map_or(0, |word| word.span.start);
        candidate.kind == Kind::Address && candidate.span.end <= start && words.text[candidate.span.end..start].len() <= 40
    };
    let has_street = found.last().is_some_and(street);
    // Königs Wusterhausen
    if has_street
        && end == i + 2
        && words.gap(i + 1) == " "
        && words.get(end).is_some_and(|word| word.capital && !word.digits)
        && !LEXICON.is_noun(words.folded(end))
        && !LEXICON.is_dictionary_noun(words.folded(end))
    {
        end += 1;
    }
    let large = TOWNS.split_whitespace().any(|town| town == words.folded(i + 1));
    if has_street || prefixed || large && !context.is_impersonal() || context.says(LABELS) {
        push(words, from, end, found);
    }
}

/// Towns of more than a hundred thousand people in Germany, and the largest of Austria.
const TOWNS: &str = "berlin hamburg muenchen koeln frankfurt stuttgart duesseldorf leipzig dortmund essen bremen dresden hannover nuernberg duisburg bochum wuppertal bielefeld \
    bonn muenster mannheim karlsruhe augsburg wiesbaden gelsenkirchen moenchengladbach braunschweig kiel aachen chemnitz halle magdeburg freiburg krefeld mainz luebeck erfurt \
    oberhausen rostock kassel hagen potsdam saarbruecken hamm ludwigshafen oldenburg muelheim osnabrueck leverkusen heidelberg darmstadt solingen regensburg herne paderborn \
    ingolstadt offenbach fuerth wuerzburg ulm heilbronn pforzheim wolfsburg goettingen bottrop reutlingen koblenz bremerhaven recklinghausen remscheid bergisch jena erlangen \
    moers siegen hildesheim salzgitter cottbus kaiserslautern guetersloh witten gera iserlohn ludwigsburg hanau esslingen zwickau dueren ratingen tuebingen flensburg luenen \
    konstanz worms marburg minden norderstedt dessau viersen delmenhorst bamberg wien graz linz salzburg innsbruck";

/// `12 High Street`, `221B Baker St.`: a number, one to three capitals, a word for a street.
fn english_street(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    let folded = words.folded(i);
    if !words.get(i).is_some_and(|word| word.capital)
        || !LEXICON.classes(folded).has(Classes::STREET)
        || ENDINGS.contains(&folded)
    {
        return;
    }
    let mut from = i;
    while from > 0 && i - from < NAME && matches!(words.gap(from - 1), " " | "-" | "'") {
        from -= 1;
        let is_name =
            words.get(from).is_some_and(|word| word.letters && !word.digits && (word.capital || words.folded(from) == "s"));
        if is_name {
            continue;
        }
        if house_number(words, from).is_some() && i - from >= 2 {
            // Flat 3, 12 High Street
            let flat = from >= 2
                && matches!(words.folded(from - 2), "flat" | "apt" | "apartment" | "suite" | "unit")
                && words.get(from - 1).is_some_and(|word| word.digits);
            push(words, if flat { from - 2 } else { from }, i + 1, found);
        }
        return;
    }
}

/// `SW1A 1AA`: its form is like nothing else. The town before it belongs to it when it stands on the same line.
fn uk_post_code(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    let (outward, inward) = (words.folded(i), words.folded(i + 1));
    let form = |text: &str| {
        text.chars()
            .map(|c| {
                if c.is_ascii_digit() {
                    '9'
                } else if c.is_ascii_lowercase() {
                    'a'
                } else {
                    '?'
                }
            })
            .collect::<String>()
    };
    if !words.get(i).is_some_and(|word| word.upper && word.digits)
        || words.gap(i) != " "
        || !words.get(i + 1).is_some_and(|word| word.upper)
    {
        return;
    }
    if matches!(form(outward).as_str(), "a9" | "a99" | "aa9" | "aa99" | "a9a" | "aa9a") && form(inward) == "9aa" {
        push(words, i, i + 2, found);
    }
}

/// Parts of one address that stand together become one.
fn join(words: &Words<'_>, start: usize, found: &mut Vec<Candidate>) {
    let mut addresses: Vec<Candidate> = found.drain(start..).collect();
    addresses.sort_by_key(|candidate| (candidate.span.start, candidate.span.end));
    for candidate in addresses {
        match found[start..].last_mut() {
            Some(last) if candidate.span.start <= last.span.end || belongs(&words.text[last.span.end..candidate.span.start]) => {
                last.span.end = last.span.end.max(candidate.span.end);
            }
            _ => found.push(candidate),
        }
    }
}

/// Whether two parts with this between them are one address: punctuation, a line's end, a few words with capitals.
fn belongs(between: &str) -> bool {
    let words = Words::of(between);
    between.len() <= 40
        && words.len() <= BETWEEN
        && !between.contains([';', '(', ':', '|', '\t'])
        && !between.contains("\n\n")
        && !between.contains(". ")
        && words.iter().all(|(_, word)| word.capital && !word.digits || word.span.len() <= 2)
        && between.contains([',', '\n']) | words.iter().next().is_none()
}
