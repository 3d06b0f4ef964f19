//! The figures of the cited texts, each with the unit and the period that heading and column give it.

use std::ops::Range;

use super::{
    Figure, FigureReader, Period, Quantity, Reading, Unit, Value,
    unit::{self, Meaning},
    wording::Wording,
};
use crate::answer::evidence::Evidence;

/// Figures of one piece of evidence that are looked at.
const MOST: usize = 400;

/// A figure that may bear out one of the claim.
#[derive(Debug, Clone)]
pub(crate) struct Cited<'a> {
    /// Which evidence, from 0.
    pub(crate) evidence: usize,
    pub(crate) figure: Figure,
    /// As it is written.
    pub(crate) text: &'a str,
    /// Whether it stands in the quote itself.
    pub(crate) quoted: bool,
    /// The units that a bare number may have by its column or heading; empty when none is said.
    pub(super) units: Vec<Meaning>,
    /// The period that it is of, when text or column say.
    pub(crate) period: Option<Period>,
    /// The word right before it.
    pub(crate) before: Option<&'a str>,
    /// The name of its column, in a table whose names are known.
    pub(crate) column: Option<&'a str>,
    /// Whether it is said to be of the year before.
    pub(crate) prior: bool,
    /// Whether it stands in brackets with a period and a quantity of their own, which say nothing of the sentence around.
    pub(crate) aside: bool,
}

/// The figures of all evidence: those of the sentences, then periods and labels that context alone has.
#[derive(Debug, Default)]
pub(crate) struct CitedFigures<'a> {
    pub(crate) figures: Vec<Cited<'a>>,
    /// Figures of headings, names of columns, name and date of the document.
    pub(crate) context: Vec<(usize, Value)>,
}

impl<'a> CitedFigures<'a> {
    pub(crate) fn new(evidence: &[Evidence<'a>], reader: &mut FigureReader) -> Self {
        let mut this = Self::default();
        for (i, one) in evidence.iter().enumerate() {
            this.sentence(i, one, reader);
            let header = one.header.unwrap_or_default();
            for text in [one.context, header, one.document] {
                this.context.extend(reader.of(text, one.language).iter().map(|figure| (i, figure.value.clone())));
            }
            if let Some(date) = one.date
                && let Some(period) = Period::day(date.year().max(0) as u32, date.month() as u32, date.day() as u32)
            {
                this.context.push((i, Value::Period { period, other: None }));
            }
        }
        this
    }

    fn sentence(&mut self, evidence: usize, one: &Evidence<'a>, reader: &mut FigureReader) {
        let quoted = quoted(one);
        let (text, quoted) = match quoted {
            Some(ranges) => (one.sentence, ranges),
            // Not the sentences of this quote: the quote stands for itself.
            None => (one.quote, std::iter::once(0..one.quote.len()).collect()),
        };
        let found = reader.of(text, one.language);
        let found = &found[..found.len().min(MOST)];
        let periods = paired_periods(text, found);
        let context = unit::hints(one.context);
        let mut last = 0;
        let brackets = own_brackets(text, found);
        for ((figure, period), bracket) in found.iter().cloned().zip(periods).zip(brackets) {
            let span = figure.span.range();
            let column = column(text, span.start, one.header);
            let row = row_label(text, span.start);
            let mut units = column.map(unit::hints).unwrap_or_default();
            if units.is_empty() {
                units = row.map(unit::hints).unwrap_or_default();
            }
            if units.is_empty() {
                // "in TEUR" above the names of the rows goes for all columns.
                let first = one.header.and_then(|header| header.lines().next_back()).and_then(|header| header.split('\t').next());
                units = first.map(unit::hints).unwrap_or_default();
            }
            if units.is_empty() {
                units.clone_from(&context);
            }
            let in_column = column.map(|column| reader.of(column, one.language));
            let column_period = in_column.iter().flat_map(|figures| figures.iter()).find_map(|figure| match figure.value {
                Value::Period { period, .. } => Some(period),
                _ => None,
            });
            let line = text[..span.start].rfind('\n').map_or(0, |i| i + 1).max(last);
            let before = &text[line.min(span.start)..span.start];
            let prior = column.is_some_and(|c| Wording::of(c).prior()) || column.is_none() && is_prior(before, last > 0);
            last = span.end;
            self.figures.push(Cited {
                evidence,
                text: &text[span.clone()],
                quoted: quoted.iter().any(|range| range.start <= span.start && span.end <= range.end),
                units,
                before: word_before(&text[..span.start]),
                column,
                period: column_period.or(period),
                prior,
                aside: bracket.is_some(),
                figure,
            });
        }
    }
}

impl Cited<'_> {
    /// What a quantity may be, with the units that heading or column give a bare number, and the power of ten that is in it.
    pub(crate) fn quantities(&self, either_notation: bool) -> Vec<(Reading, Unit, i32)> {
        let Value::Quantity(quantity) = &self.figure.value else {
            // "2025" may be a number of something.
            return match self.figure.value {
                Value::Period { period: Period::Year(year), .. } => {
                    vec![(Reading { value: year.into(), exponent: 0 }, Unit::Bare, 0)]
                }
                _ => Vec::new(),
            };
        };
        let other = quantity.other.filter(|_| either_notation);
        let mut out = Vec::new();
        for reading in [Some(quantity.reading), other].into_iter().flatten() {
            if quantity.unit == Unit::Bare && quantity.scale == 0 && !self.units.is_empty() {
                out.extend(self.units.iter().filter_map(|m| Some((reading.scaled(m.scale)?, m.unit, m.scale))));
            } else {
                out.push((reading, quantity.unit, quantity.scale));
            }
        }
        out
    }

    pub(crate) fn quantity(&self) -> Option<&Quantity> {
        match &self.figure.value {
            Value::Quantity(quantity) => Some(quantity),
            _ => None,
        }
    }
}

/// The last word of a text, `compared` for `compared to`.
fn word_before(text: &str) -> Option<&str> {
    let mut words = text.trim_end().rsplit(|c: char| !c.is_alphabetic());
    let last = words.next().filter(|word| !word.is_empty())?;
    let comparing = if matches!(last, "to" | "with") { words.next().filter(|word| *word == "compared") } else { None };
    Some(comparing.unwrap_or(last))
}

/// Whether the words before a figure say that it is of the year before. Right behind another figure they are that one's: `4.200 TEUR im
/// Vorjahr`, but `4.200 TEUR (Vorjahr: 3.900 TEUR)`.
pub(super) fn is_prior(before: &str, behind_figure: bool) -> bool {
    if before.is_empty() || !Wording::of(before).prior() {
        return false;
    }
    let words: Vec<&str> = before.split_whitespace().collect();
    // "gegenüber dem Vorjahr um 20 %": what changed since is of this year.
    if words.last().is_some_and(|word| matches!(*word, "um" | "by")) {
        return false;
    }
    let said = |words: &[&str]| Wording::of(&words.join(" ")).prior();
    let near = words.len().saturating_sub(4);
    let touches = !before.trim_start().starts_with([',', '(', ';', '/', '–']);
    said(&words[near..]) && !(behind_figure && touches && near > 0 && !said(&words[near.max(3)..]))
        || !behind_figure && said(&words)
}

/// Where the parts of the quote stand in the sentence.
fn quoted(one: &Evidence) -> Option<Vec<Range<usize>>> {
    let mut from = 0;
    if !one.quote.contains('…') {
        let start = one.sentence.find(one.quote)?;
        return Some(std::iter::once(start..start + one.quote.len()).collect());
    }
    one.quote
        .split(" […] ")
        .map(|part| {
            let start = from + one.sentence.get(from..)?.find(part)?;
            from = start + part.len();
            Some(start..from)
        })
        .collect()
}

/// The name of the column that the byte `at` of a row lies in: by counting tabs, when names and cells are as many, or the names lack
/// that of the first column.
fn column<'h>(text: &str, at: usize, header: Option<&'h str>) -> Option<&'h str> {
    let header = header?;
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let row = &text[start..end];
    let cells = row.matches('\t').count() + 1;
    let place = text[start..at].matches('\t').count();
    if cells < 2 {
        return None;
    }
    let names: Vec<&str> = header.lines().next_back()?.split('\t').collect();
    match names.len() {
        n if n == cells => names.get(place).copied(),
        n if n + 1 == cells => place.checked_sub(1).and_then(|place| names.get(place).copied()),
        _ => None,
    }
}

/// The first cell of the row that the byte `at` lies in.
fn row_label(text: &str, at: usize) -> Option<&str> {
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let row = &text[start..];
    let end = row.find(['\t', '\n'])?;
    (start + end < at).then(|| &row[..end])
}

/// For each figure the period that belongs to it. Brackets with a period of their own are by themselves: `518 TEUR (2024: 601 TEUR)`.
pub(crate) fn paired_periods(text: &str, found: &[Figure]) -> Vec<Option<Period>> {
    let groups = own_brackets(text, found);
    let mut paired = vec![None; found.len()];
    let mut done = Vec::new();
    for group in &groups {
        if done.contains(group) {
            continue;
        }
        done.push(*group);
        let places: Vec<usize> = (0..found.len()).filter(|at| groups[*at] == *group).collect();
        let own: Vec<&Figure> = places.iter().map(|at| &found[*at]).collect();
        for (at, period) in places.into_iter().zip(paired_alone(&own)) {
            paired[at] = period;
        }
    }
    paired
}

/// For each figure where the brackets open that it stands in, when they have a period and a quantity of their own.
fn own_brackets(text: &str, found: &[Figure]) -> Vec<Option<usize>> {
    let brackets: Vec<Option<usize>> = found.iter().map(|figure| opened(text, figure.span.start as usize)).collect();
    let has = |bracket: Option<usize>, is: fn(&Value) -> bool| {
        found.iter().zip(&brackets).any(|(figure, other)| *other == bracket && is(&figure.value))
    };
    let own = |bracket: &Option<usize>| {
        bracket.filter(|_| {
            has(*bracket, |value| matches!(value, Value::Period { .. }))
                && has(*bracket, |value| matches!(value, Value::Quantity(_)))
        })
    };
    brackets.iter().map(own).collect()
}

/// Where the bracket opens that a place lies in.
fn opened(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?;
    let open = before.rfind('(')?;
    (!before[open..].contains(')')).then_some(open)
}

/// Where a text has as many periods as quantities they go together one by one, where it has a single period that is all of theirs, else
/// to each quantity goes the one that stands alone between it and the one before.
fn paired_alone(found: &[&Figure]) -> Vec<Option<Period>> {
    let periods: Vec<Period> = found.iter().filter_map(|figure| period_of(figure)).collect();
    let quantities = found.iter().filter(|figure| matches!(figure.value, Value::Quantity(_))).count();
    let mut n = 0;
    let mut paired = Vec::with_capacity(found.len());
    for (at, figure) in found.iter().enumerate() {
        paired.push(match figure.value {
            Value::Quantity(_) => {
                n += 1;
                match periods.len() {
                    1 => periods.first().copied(),
                    all if all == quantities => periods.get(n - 1).copied(),
                    _ => between(&found[..at]),
                }
            }
            _ => None,
        });
    }
    paired
}

/// The only period behind the last quantity.
fn between(before: &[&Figure]) -> Option<Period> {
    let mut periods = before
        .iter()
        .rev()
        .take_while(|figure| !matches!(figure.value, Value::Quantity(_)))
        .filter_map(|figure| period_of(figure));
    let last = periods.next();
    last.filter(|_| periods.next().is_none())
}

fn period_of(figure: &Figure) -> Option<Period> {
    match figure.value {
        Value::Period { period, .. } => Some(period),
        _ => None,
    }
}
