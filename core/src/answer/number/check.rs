//! Whether the figures of a claim are borne out by the cited ones.

use super::{
    Cited, CitedFigures, Expression, Figure, FigureReader, Period, Quantity, Reading, Unit, Value,
    cited::{is_prior, paired_periods},
    compare::{Fit, Match, compare, fits, literal_of},
    compute::{Target, compute},
    figures,
    wording::Wording,
};
use crate::{
    answer::evidence::{self, Evidence},
    types::{Language, Span},
};

/// Figures of a claim that are looked up; further ones count as missing.
const MOST: usize = 200;

/// What became of one figure of a claim.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FigureReport {
    /// Where it stands in the claim.
    pub span: Span,
    /// As the claim writes it.
    pub text: String,
    /// Whether it is borne out, and how.
    pub standing: Standing,
    /// The cited figure that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cited: Option<CitedFigure>,
    /// How it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
}

/// A figure of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CitedFigure {
    /// Which evidence, from 0.
    pub evidence: usize,
    /// As it is written; empty for one that heading, column, name or date of the document say.
    pub text: String,
}

/// How a figure of a claim stands to the cited ones, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It stands there, with the same value and unit.
    Stated,
    /// It is a period or a reference that headings, names of columns, name or date of the document say.
    Context,
    /// It is what stands there, correctly rounded to the digits that the claim writes.
    Rounded,
    /// It is a limit that what stands there keeps, not far from it: `über 4 Mio. EUR` of `4,2 Mio. EUR`.
    Within,
    /// It is computed from what stands there.
    Computed,
    /// It stands in the sentence, outside of what is quoted.
    NotQuoted,
    /// What stands there is a limit and the claim's figure is none, or another.
    BoundDiffers,
    /// What stands there is of another period.
    PeriodDiffers,
    /// What stands there has the other sign.
    SignDiffers,
    /// The number stands there without any unit; the claim's is a guess.
    UnitUnproven,
    /// The number stands there with another unit or scale.
    UnitDiffers,
    /// It comes from the question alone.
    AskedOnly,
    /// It stands nowhere and cannot be computed.
    Missing,
}

impl Standing {
    /// Whether the figure is borne out.
    pub fn holds(self) -> bool {
        self <= Self::Computed
    }
}

/// A standing and what it was found by.
struct Found {
    standing: Standing,
    cited: Option<CitedFigure>,
    expression: Option<Expression>,
    /// The place of the cited figure in [`CitedFigures::figures`].
    by: Option<usize>,
}

impl From<Standing> for Found {
    fn from(standing: Standing) -> Self {
        Self { standing, cited: None, expression: None, by: None }
    }
}

impl Found {
    fn cited(standing: Standing, cited: &Cited) -> Self {
        Self { cited: Some(CitedFigure { evidence: cited.evidence, text: cited.text.to_owned() }), ..standing.into() }
    }

    fn context(evidence: usize) -> Self {
        Self { cited: Some(CitedFigure { evidence, text: String::new() }), ..Standing::Context.into() }
    }
}

/// Checks each figure of `claim`, in `language`, against the evidence. What the `question` says of the period that is asked for goes for
/// a claim that says nothing of it.
pub fn check_figures(claim: &str, language: Language, question: &str, evidence: &[Evidence]) -> Vec<FigureReport> {
    let read = evidence::read(evidence);
    let evidence = evidence::as_read(evidence, &read);
    let mut reader = FigureReader::default();
    let cited = CitedFigures::new(&evidence, &mut reader);
    let asked = reader.of(question, language);
    check(claim, &figures(claim, language), language, &asked, &evidence, &cited).into_iter().map(|(report, _)| report).collect()
}

/// The same for the figures `found` in a claim and those of the question, with the place in `cited` of the figure that bears each one out.
pub(crate) fn check(
    claim: &str,
    found: &[Figure],
    language: Language,
    asked: &[Figure],
    evidence: &[Evidence],
    cited: &CitedFigures,
) -> Vec<(FigureReport, Option<usize>)> {
    if found.is_empty() {
        return Vec::new();
    }
    let check = Check { claim, language, evidence, cited, wording: Wording::of(claim), asked, all: found };
    let periods = paired_periods(claim, found);
    let only_asked = match asked.iter().filter_map(period_of).collect::<Vec<_>>().as_slice() {
        [one] if !found.iter().any(|f| period_of(f).is_some()) => Some(*one),
        _ => None,
    };
    let mut last = 0;
    found
        .iter()
        .zip(periods)
        .enumerate()
        .map(|(i, (figure, period))| {
            let before = &claim[last..figure.span.start as usize];
            last = figure.span.end as usize;
            let Found { standing, cited, expression, by } = match &figure.value {
                _ if i >= MOST => Standing::Missing.into(),
                Value::Quantity(quantity) => check.quantity(figure, quantity, period.or(only_asked), is_prior(before, i > 0)),
                Value::Period { period, other } => check.period(*period, *other),
                Value::Label(label) => check.label(label),
            };
            let text = figure.span.of(claim).unwrap_or_default().to_owned();
            (FigureReport { span: figure.span, text, standing, cited, expression }, by)
        })
        .collect()
}

fn period_of(figure: &Figure) -> Option<Period> {
    match figure.value {
        Value::Period { period, .. } => Some(period),
        _ => None,
    }
}

struct Check<'a> {
    claim: &'a str,
    language: Language,
    evidence: &'a [Evidence<'a>],
    cited: &'a CitedFigures<'a>,
    wording: Wording,
    asked: &'a [Figure],
    all: &'a [Figure],
}

impl Check<'_> {
    fn quantity(&self, figure: &Figure, own: &Quantity, period: Option<Period>, prior: bool) -> Found {
        let mut best = Found::from(Standing::Missing);
        for (i, cited) in self.cited.figures.iter().enumerate() {
            let Some(standing) = self.against(figure, own, period, prior, cited).filter(|s| *s < best.standing) else { continue };
            best = Found { by: Some(i), ..Found::cited(standing, cited) };
        }
        if best.standing.holds() {
            return best;
        }
        let target = Target { reading: own.reading, unit: own.unit, text: figure.span.of(self.claim).unwrap_or_default() };
        if let Some(expression) = compute(&target, self.wording, self.evidence, self.cited, self.all, own) {
            return Found { expression: Some(expression), ..Standing::Computed.into() };
        }
        // A figure that the question brought: "over 10,000".
        if best.standing == Standing::Missing && self.asked.iter().any(|asked| asked.value == figure.value) {
            return Standing::AskedOnly.into();
        }
        best
    }

    /// How one cited figure stands to a quantity of the claim; `None` when it has nothing to do with it.
    fn against(&self, figure: &Figure, own: &Quantity, period: Option<Period>, prior: bool, cited: &Cited) -> Option<Standing> {
        let evidence = self.evidence.get(cited.evidence)?;
        let written = literal_of(figure.span.of(self.claim)?);
        let same = written == literal_of(cited.text);
        let either = self.language == Language::Other || evidence.language == Language::Other;
        let mut best: Option<Standing> = None;
        let mut keep = |standing: Standing| {
            if best.as_ref().is_none_or(|best| standing < *best) {
                best = Some(standing);
            }
        };
        // Where a language is not known, both notations are tried.
        let readings = [Some(own.reading), own.other.filter(|_| either)];
        for (reading, unit, scale) in cited.quantities(either) {
            for claimed in readings.into_iter().flatten() {
                // What is written alike is read alike.
                let unscaled = |reading: Reading, scale: i32| reading.exponent - scale;
                if same && either && unscaled(reading, scale) != unscaled(claimed, own.scale) {
                    continue;
                }
                let fit = fits(own, unit);
                let loss = self.wording.loss() && reading.value.is_sign_negative() != claimed.value.is_sign_negative();
                let reading = if loss { reading.negated() } else { reading };
                let Some(match_) = compare(figure, claimed, reading, cited) else {
                    if claimed.value == -reading.value && fit == Fit::Same {
                        keep(Standing::SignDiffers);
                    }
                    continue;
                };
                keep(match fit {
                    Fit::Differs => Standing::UnitDiffers,
                    Fit::Unproven => Standing::UnitUnproven,
                    Fit::Same => match match_ {
                        Match::BoundDiffers => Standing::BoundDiffers,
                        _ if !self.period_fits(evidence, cited, period, prior) => Standing::PeriodDiffers,
                        _ if !cited.quoted => Standing::NotQuoted,
                        Match::Same => Standing::Stated,
                        Match::Rounded => Standing::Rounded,
                        Match::Within => Standing::Within,
                    },
                });
            }
        }
        if best.is_none() && cited.quantity().is_some_and(|q| q.scale != own.scale || q.unit != own.unit) {
            // The same digits with another scale: "4,2 Mio." for "4,2 Mrd.".
            let unit = cited.quantities(false).first().is_none_or(|(_, unit, _)| *unit == Unit::Bare);
            best = (same && written.len() > 1).then_some(if unit { Standing::UnitUnproven } else { Standing::UnitDiffers });
        }
        best
    }

    /// Whether a cited quantity is of the period that the claim speaks of.
    fn period_fits(&self, evidence: &Evidence, cited: &Cited, period: Option<Period>, prior: bool) -> bool {
        let year = evidence.date.map(|date| date.year());
        let before =
            |claimed: Period| claimed.year().zip(year).is_some_and(|(claimed, year)| i32::from(claimed) + 1 == i32::from(year));
        match (cited.prior, prior) {
            (true, true) => true,
            (true, false) => period.is_some_and(|claimed| before(claimed) || cited.period.is_some_and(|own| own.proves(claimed))),
            (false, true) => cited.period.is_some_and(before),
            (false, false) => match (cited.period, period) {
                (Some(own), Some(claimed)) => {
                    let years = own.year().zip(claimed.year());
                    own.proves(claimed) || claimed.proves(own) || years.is_some_and(|(a, b)| a == b)
                }
                // Of a period that brackets beside it have for a figure of their own.
                (None, Some(claimed)) => !self.cited.figures.iter().any(|other| {
                    let proves = matches!(&other.figure.value, Value::Period { period, .. } if period.proves(claimed));
                    other.aside && !cited.aside && other.evidence == cited.evidence && proves
                }),
                _ => true,
            },
        }
    }

    fn period(&self, claimed: Period, other: Option<Period>) -> Found {
        let proves = |value: &Value| match value {
            Value::Period { period, other: second } => {
                period.proves(claimed) || second.is_some_and(|s| s.proves(claimed)) || other.is_some_and(|o| period.proves(o))
            }
            Value::Quantity(q) => {
                matches!(claimed, Period::Year(year) if q.unit == Unit::Bare && q.reading.value == year.into() && q.reading.exponent == 0)
            }
            Value::Label(_) => false,
        };
        if let Some(cited) = self.cited.figures.iter().find(|cited| proves(&cited.figure.value)) {
            return Found::cited(Standing::Stated, cited);
        }
        // "Vorjahr" of a document of 2025 is 2024.
        for (i, evidence) in self.evidence.iter().enumerate() {
            let before = |year: Option<u16>| claimed.year().zip(year).is_some_and(|(claimed, year)| claimed + 1 == year);
            let said =
                Wording::of(evidence.sentence).prior() || evidence.header.is_some_and(|header| Wording::of(header).prior());
            let dated = self.cited.context.iter().any(|(of, value)| *of == i && before(year_of(value)));
            let own = self.cited.figures.iter().any(|cited| cited.evidence == i && before(year_of(&cited.figure.value)));
            if said && (dated || own) {
                return Found::context(i);
            }
        }
        // A sentence that names other years is not of the one that its document bears.
        let differing = self.cited.figures.iter().find(|cited| match (&cited.figure.value, claimed.year()) {
            (Value::Period { period, .. }, Some(year)) if !cited.aside => period.year().is_some_and(|own| own != year),
            _ => false,
        });
        let context = self.cited.context.iter().find(|(_, value)| proves(value));
        match (context, differing) {
            (Some((evidence, _)), None) => Found::context(*evidence),
            (_, Some(cited)) => Found::cited(Standing::PeriodDiffers, cited),
            _ if self.asked.iter().any(|asked| proves(&asked.value)) => Standing::AskedOnly.into(),
            _ => Standing::Missing.into(),
        }
    }

    fn label(&self, claimed: &str) -> Found {
        let same = |value: &Value| matches!(value, Value::Label(label) if label == claimed);
        if let Some(cited) = self.cited.figures.iter().find(|cited| same(&cited.figure.value)) {
            return Found::cited(Standing::Stated, cited);
        }
        if let Some((evidence, _)) = self.cited.context.iter().find(|(_, value)| same(value)) {
            return Found::context(*evidence);
        }
        if self.asked.iter().any(|asked| same(&asked.value)) {
            return Standing::AskedOnly.into();
        }
        Standing::Missing.into()
    }
}

fn year_of(value: &Value) -> Option<u16> {
    match value {
        Value::Period { period, .. } => period.year(),
        _ => None,
    }
}
