//! Whether a figure is of what the claim says that it is of.

use std::ops::Range;

use super::{ClaimVerdict, Compared, Reason, words::Word};
use crate::answer::{
    lexicon,
    number::{Cited, CitedFigures, FigureReport, Standing, Unit, Value},
};

/// Finds figures that stand in the evidence, but of something else: a rival's clause or column has more of the words that the claim
/// says of it. `Gewinn 5 Mio.` of `Umsatz 5 Mio., Gewinn 1 Mio.`
pub(super) fn bound_to_others(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, texts, figures, cited, finder, .. } = *compared;
    let length = compared.input.claim.len();
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
        let words = |span: &Range<usize>| -> Vec<&Word> {
            own_words(claim, span, &ours, length).map(|at| &claim[at]).filter(|word| word.is_content()).collect()
        };
        let own = words(&spans[i]);
        // "stieg von X auf Y": both are of the same, and the order tells them apart.
        if ours.iter().any(|other| *other != spans[i] && words(other).is_empty())
            || theirs.len() == 2 && is_paired(claim, figures, i)
        {
            continue;
        }
        let places: Vec<Vec<usize>> = own.iter().map(|word| finder.places(word, chosen.evidence)).collect();
        let spans: Vec<Range<usize>> = theirs.iter().map(|other| other.figure.span.range()).collect();
        // Which of the claim's words a figure has.
        let score = |at: usize| -> Vec<bool> {
            match theirs[at].column {
                Some(column) => own.iter().map(|word| names(column, word)).collect(),
                None => {
                    let has: Vec<usize> = own_words(&text.words, &spans[at], &spans, text.length).collect();
                    places.iter().map(|places| places.iter().any(|place| has.contains(place))).collect()
                }
            }
        };
        let scores: Vec<Vec<bool>> = (0..theirs.len()).map(score).collect();
        let more = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| **a && !**b).count();
        let value = |at: usize| theirs[at].figure.value == chosen.figure.value;
        // Where the same value stands more than once, one that fits suffices.
        let fits = (0..theirs.len()).filter(|at| value(*at)).any(|at| {
            (0..theirs.len()).filter(|rival| !value(*rival)).all(|rival| {
                let theirs = more(&scores[rival], &scores[at]);
                theirs == 0 || more(&scores[at], &scores[rival]) > theirs
            })
        });
        if !fits {
            against.push((ClaimVerdict::NumberMismatch, Reason::FigureOfOther { figure: i }));
        }
    }
    order(claim, figures, cited, against);
}

/// `von X auf Y` is not `von Y auf X`: figures that share their words stand in the order of the evidence, or behind the same prepositions.
fn order(
    claim: &[Word],
    figures: &[(FigureReport, Option<usize>)],
    cited: &CitedFigures,
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let Some((from, to)) = from_to(claim, figures, cited) else { return };
    let turned = from.evidence == to.evidence && from.figure.span.start > to.figure.span.start;
    // The evidence may name the new value first: "auf Y nach X".
    let is_new = |cited: &Cited| cited.before.is_some_and(|word| matches!(word, "auf" | "to"));
    let (said, contrary) = (is_new(to) && !is_new(from), is_new(from) && !is_new(to));
    if turned && !said || contrary {
        against.push((ClaimVerdict::Partly, Reason::Order));
    }
}

/// The figures of "von X auf Y" and "from X to Y".
fn from_to<'c, 'a>(
    claim: &[Word],
    figures: &[(FigureReport, Option<usize>)],
    cited: &'c CitedFigures<'a>,
) -> Option<(&'c Cited<'a>, &'c Cited<'a>)> {
    figures.windows(2).enumerate().find_map(|(at, pair)| {
        let [(_, from_by), (_, to_by)] = pair else { return None };
        let cited = |by: &Option<usize>| by.and_then(|by| cited.figures.get(by));
        if begins_pair(claim, figures, at) { Some((cited(from_by)?, cited(to_by)?)) } else { None }
    })
}

/// Whether a figure of the claim is either of such two.
fn is_paired(claim: &[Word], figures: &[(FigureReport, Option<usize>)], at: usize) -> bool {
    begins_pair(claim, figures, at) || at > 0 && begins_pair(claim, figures, at - 1)
}

fn begins_pair(claim: &[Word], figures: &[(FigureReport, Option<usize>)], at: usize) -> bool {
    let before = |at: usize| {
        let start = figures.get(at)?.0.span.start as usize;
        claim.iter().rfind(|word| word.range.end <= start).map(|word| word.lower.as_str())
    };
    matches!((before(at), before(at + 1)), (Some("von" | "from"), Some("auf" | "to")))
}

/// Whether the figures themselves prove the direction that the claim speaks of: it rose from X to Y, and Y is more.
pub(super) fn direction(claim: &[Word], figures: &[(FigureReport, Option<usize>)], cited: &CitedFigures) -> bool {
    let Some((from, to)) = from_to(claim, figures, cited) else { return false };
    let (up, down) = lexicon::direction();
    let says = |side| claim.iter().any(|word| word.classes.has(side));
    let value = |cited: &Cited| cited.quantities(false).first().map(|(reading, unit, _)| (reading.value, *unit));
    match (value(from), value(to)) {
        (Some((a, unit)), Some((b, other))) if unit == other => {
            says(up) && !says(down) && b > a || says(down) && !says(up) && b < a
        }
        _ => false,
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
