//! Whether a figure is of what the claim says that it is of.

use std::ops::Range;

use super::{
    ClaimVerdict, Reason, Text,
    coverage::{Finder, Place},
    words::Word,
};
use crate::answer::number::{Cited, CitedFigures, FigureReport, Standing, Unit, Value};

/// Finds figures that stand in the evidence, but of something else: a rival's clause or column has more of the words that the claim
/// says of it. `Gewinn 5 Mio.` of `Umsatz 5 Mio., Gewinn 1 Mio.`
pub(super) fn bound_to_others(
    claim: &[Word],
    length: usize,
    figures: &[(FigureReport, Option<usize>)],
    cited: &CitedFigures,
    texts: &[Text],
    finder: &Finder,
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let spans: Vec<Range<usize>> = figures.iter().map(|(report, _)| report.span.range()).collect();
    for (i, (report, by)) in figures.iter().enumerate() {
        let Some(chosen) = by.and_then(|by| cited.figures.get(by)) else { continue };
        if !matches!(report.standing, Standing::Stated | Standing::Rounded | Standing::Within) {
            continue;
        }
        let Some(text) = texts.get(chosen.evidence) else { continue };
        let alike = |other: &&Cited| other.evidence == chosen.evidence && of_a_kind(chosen, other);
        let theirs: Vec<&Cited> = cited.figures.iter().filter(alike).collect();
        if theirs.len() < 2 {
            continue;
        }
        // Figures of the claim of the same kind part its words among them.
        let kind =
            |other: usize| figures[other].1.and_then(|by| cited.figures.get(by)).is_some_and(|other| of_a_kind(chosen, other));
        let ours: Vec<Range<usize>> =
            (0..spans.len()).filter(|other| *other == i || kind(*other)).map(|other| spans[other].clone()).collect();
        let own = own_words(claim, &spans[i], &ours, length);
        let own: Vec<&Word> = own.map(|at| &claim[at]).filter(|word| word.is_content()).collect();
        let places: Vec<usize> = own
            .iter()
            .filter_map(|word| match finder.place(word) {
                Place::Sentence(text, at) if text == chosen.evidence => Some(at),
                _ => None,
            })
            .collect();
        let spans: Vec<Range<usize>> = theirs.iter().map(|other| other.figure.span.range()).collect();
        let score = |at: usize| match theirs[at].column {
            Some(column) => own.iter().filter(|word| names(column, word)).count(),
            None => own_words(&text.words, &spans[at], &spans, text.length).filter(|at| places.contains(at)).count(),
        };
        let value = |at: usize| theirs[at].figure.value == chosen.figure.value;
        // Where the same value stands more than once, one that fits suffices.
        let best = (0..theirs.len()).filter(|at| value(*at)).map(score).max().unwrap_or(0);
        let rival = (0..theirs.len()).filter(|at| !value(*at)).map(score).max().unwrap_or(0);
        if rival > best {
            against.push((ClaimVerdict::NumberMismatch, Reason::FigureOfOther { figure: i }));
        }
    }
}

/// Whether the name of a column has a word.
fn names(column: &str, word: &Word) -> bool {
    let family = |name: &str| {
        let name = name.to_lowercase();
        name == word.lower || word.stem.len() >= 5 && name.starts_with(&word.stem)
    };
    column.split(|c: char| !c.is_alphanumeric()).any(family)
}

/// Whether two figures could be taken for each other.
fn of_a_kind(a: &Cited, b: &Cited) -> bool {
    match (&a.figure.value, &b.figure.value) {
        (Value::Quantity(x), Value::Quantity(y)) => {
            let counts = |unit: Unit| matches!(unit, Unit::Bare | Unit::Measure(_));
            x.unit == y.unit || counts(x.unit) && counts(y.unit)
        }
        (Value::Period { .. }, Value::Period { .. }) => true,
        _ => false,
    }
}

/// The words that a figure is of: in its own clause those up to the figures beside it, in clauses without figures those that
/// stand between; of a clause with two figures the words between them belong to the second, and to the first behind the last one.
fn own_words<'w>(
    words: &'w [Word],
    span: &Range<usize>,
    all: &[Range<usize>],
    length: usize,
) -> impl Iterator<Item = usize> + 'w {
    let clause_of =
        |span: &Range<usize>| words.iter().find(|word| word.figure && word.range.end > span.start).map_or(0, |word| word.clause);
    let before = all.iter().filter(|other| other.end <= span.start).max_by_key(|other| other.end);
    let after = all.iter().filter(|other| other.start >= span.end).min_by_key(|other| other.start);
    let clause = clause_of(span);
    let (from, from_clause) = before.map_or((0, None), |other| (other.end, Some(clause_of(other))));
    let to = after.map_or(length, |other| other.start);
    let next_clause = after.map(clause_of);
    let span = span.clone();
    words.iter().enumerate().filter_map(move |(at, word)| {
        let ahead = word.range.start >= from
            && word.range.end <= span.start
            && (from_clause != Some(word.clause) || word.clause == clause);
        let behind = word.range.start >= span.end && word.range.end <= to && next_clause != Some(word.clause);
        (ahead || behind).then_some(at)
    })
}
