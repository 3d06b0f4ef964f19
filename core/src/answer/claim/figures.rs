//! Whether a figure is of what the claim says that it is of.

use super::{
    ClaimVerdict, Reason, Text,
    coverage::{Finder, Place},
    words::Word,
};
use crate::answer::number::{Cited, CitedFigures, FigureReport, Standing, Unit, Value};

/// Finds figures that stand in the evidence, in a clause or column that speaks of something else in the claim's words less than
/// another figure's does: `Gewinn 5 Mio.` of `Umsatz 5 Mio., Gewinn 1 Mio.`
pub(super) fn bound_to_others(
    claim: &[Word],
    figures: &[(FigureReport, Option<usize>)],
    cited: &CitedFigures,
    texts: &[Text],
    finder: &Finder,
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let spans: Vec<_> = figures.iter().map(|(report, _)| report.span.range()).collect();
    let quantities = figures.iter().filter(|(_, by)| by.is_some()).count();
    for (i, (report, by)) in figures.iter().enumerate() {
        let Some(chosen) = by.and_then(|by| cited.figures.get(by)) else { continue };
        if !matches!(report.standing, Standing::Stated | Standing::Rounded | Standing::Within) {
            continue;
        }
        let Some(text) = texts.get(chosen.evidence) else { continue };
        // The words that the claim says of this figure, by where they stand in the evidence.
        let own: Vec<usize> = claim
            .iter()
            .enumerate()
            .filter(|(at, word)| word.is_content() && (quantities < 2 || belongs(claim, *at, i, &spans)))
            .filter_map(|(_, word)| match finder.place(word) {
                Place::Sentence(text, at) if text == chosen.evidence => Some(at),
                _ => None,
            })
            .collect();
        let score = |figure: &Cited| match figure.column {
            Some(column) => claim.iter().filter(|word| word.is_content() && names(column, word)).count(),
            None => own_words(figure, cited, text).filter(|at| own.contains(at)).count(),
        };
        let best = score(chosen);
        let rival =
            cited.figures.iter().filter(|other| other.evidence == chosen.evidence && rivals(chosen, other)).map(score).max();
        // Where the same value stands more than once, one that fits suffices.
        let same =
            cited.figures.iter().filter(|other| other.figure.value == chosen.figure.value).map(score).max().unwrap_or(best);
        if rival.is_some_and(|rival| rival > same) {
            against.push((ClaimVerdict::NumberMismatch, Reason::FigureOfOther { figure: i }));
        }
    }
}

/// Whether the name of a column has a word.
fn names(column: &str, word: &Word) -> bool {
    let family = |name: &str| {
        let name = name.to_lowercase();
        name == word.lower || word.lower.len() >= 6 && (name.starts_with(&word.stem) && word.stem.len() >= 5)
    };
    column.split(|c: char| !c.is_alphanumeric()).any(family)
}

/// Whether two figures could be taken for each other: of one kind, with other values.
fn rivals(a: &Cited, b: &Cited) -> bool {
    match (&a.figure.value, &b.figure.value) {
        (Value::Quantity(x), Value::Quantity(y)) => {
            let unit = |unit: Unit| matches!(unit, Unit::Bare | Unit::Measure(_));
            x.reading.value != y.reading.value && (x.unit == y.unit || unit(x.unit) && unit(y.unit))
        }
        _ => false,
    }
}

/// Whether the word `at` of the claim stands nearer to figure `figure` than to the others: in its clause, or behind the figure before.
fn belongs(claim: &[Word], at: usize, figure: usize, spans: &[std::ops::Range<usize>]) -> bool {
    let word = &claim[at];
    let clause = |span: &std::ops::Range<usize>| claim.iter().find(|w| w.figure && w.range.end > span.start).map(|w| w.clause);
    let own = clause(&spans[figure]);
    own == Some(word.clause) || !spans.iter().any(|span| clause(span) == Some(word.clause))
}

/// The words of the evidence that a figure is of: those of its column, or of the gaps around it as far as a clause reaches.
fn own_words<'t>(figure: &Cited, cited: &CitedFigures, text: &'t Text) -> impl Iterator<Item = usize> + 't {
    let span = figure.figure.span.range();
    let mut before = 0;
    let mut after = text.length;
    for other in cited.figures.iter().filter(|other| other.evidence == figure.evidence && other.quantity().is_some()) {
        let other = other.figure.span.range();
        if other.end <= span.start {
            before = before.max(other.end);
        } else if other.start >= span.end {
            after = after.min(other.start);
        }
    }
    let clause = text.words.iter().find(|word| word.figure && word.range.end > span.start).map_or(0, |word| word.clause);
    let last = after == text.length;
    text.words.iter().enumerate().filter_map(move |(at, word)| {
        let ahead = word.range.start >= before && word.range.end <= span.start;
        // Behind a figure its own clause goes on; what follows belongs to the next figure.
        let behind = word.range.start >= span.end && word.range.end <= after && (word.clause == clause || last);
        // Ahead of it, the clause of the figure before is that one's.
        let own = ahead && (before == 0 || word.clause == clause || !shares_clause(text, before, word.clause)) || behind;
        own.then_some(at)
    })
}

/// Whether the figure that ends at `end` lies in the clause.
fn shares_clause(text: &Text, end: usize, clause: u32) -> bool {
    text.words.iter().rfind(|word| word.figure && word.range.end <= end).is_some_and(|word| word.clause == clause)
}
