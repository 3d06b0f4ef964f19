//! Figures that a claim computes: recomputed in decimals, the expression kept.
//!
//! Among many numbers some add up to any other by chance. So a computation counts only when the claim speaks of one, when units fit, and
//! among many figures only from operands that the claim itself names. Years, dates and places in an order are never operands.

use std::fmt;

use rust_decimal::Decimal;

use super::{Cited, CitedFigures, Figure, Quantity, Reading, Unit, compare::is_rounding, wording::Wording};
use crate::answer::evidence::Evidence;

/// Figures among which operands are looked for.
const POOL: usize = 12;
/// Figures among which those of a ratio are looked for: one in a hundred pairs gives any percentage by chance.
const RATIO_POOL: usize = 6;
/// Operands of a sum at most.
const OPERANDS: usize = 4;

/// A computation over cited figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Expression {
    /// What was computed.
    pub operation: Operation,
    /// From what, in order.
    pub operands: Vec<Operand>,
    /// The claim's figure, as it writes it.
    pub result: String,
    /// The exact result in its unit.
    pub value: String,
    /// Whether the claim's figure is that result rounded.
    pub rounded: bool,
}

/// A cited figure that was computed with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Operand {
    /// Which evidence, from 0.
    pub evidence: usize,
    /// As it is written.
    pub text: String,
    /// Its value, scale applied.
    pub value: String,
    /// Its unit: `EUR`, `%`, or none.
    pub unit: String,
}

/// What was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// a + b + …
    Sum,
    /// a − b
    Difference,
    /// a ÷ b in percent
    Share,
    /// (a − b) ÷ b in percent
    Change,
    /// a ÷ b
    Ratio,
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<&str> = self.operands.iter().map(|operand| operand.text.as_str()).collect();
        match (self.operation, texts.as_slice()) {
            (Operation::Sum, all) => write!(f, "{}", all.join(" + "))?,
            (Operation::Difference, [a, b]) => write!(f, "{a} − {b}")?,
            (Operation::Change, [a, b]) => write!(f, "({a} − {b}) ÷ {b}")?,
            (_, all) => write!(f, "{}", all.join(" ÷ "))?,
        }
        write!(f, " {} {}", if self.rounded { "≈" } else { "=" }, self.result)
    }
}

/// A figure of a claim that stands nowhere.
pub(super) struct Target<'a> {
    pub(super) reading: Reading,
    pub(super) unit: Unit,
    pub(super) text: &'a str,
}

/// A cited quantity with its unit.
#[derive(Clone, Copy)]
struct Term<'a> {
    cited: &'a Cited<'a>,
    reading: Reading,
    unit: Unit,
}

/// An expression over cited figures whose result is the target.
pub(super) fn compute(
    target: &Target,
    wording: Wording,
    evidence: &[Evidence],
    cited: &CitedFigures,
    claim: &[Figure],
    own: &Quantity,
) -> Option<Expression> {
    let mut pool: Vec<Term> = cited
        .figures
        .iter()
        .filter(|cited| cited.quoted && cited.quantity().is_some_and(|q| q.unit != Unit::Ordinal))
        .filter_map(|cited| {
            cited.quantities(false).first().map(|(reading, unit, _)| Term { cited, reading: *reading, unit: *unit })
        })
        .collect();
    let named = |term: &Term| {
        claim.iter().any(|figure| match &figure.value {
            super::Value::Quantity(q) => q != own && q.reading.value == term.reading.value,
            _ => false,
        })
    };
    let digits = significant(target.reading.value);
    if pool.len() > POOL || pool.len() > 5 && digits < 3 {
        pool.retain(named);
    }
    pool.truncate(POOL);
    let finish = |operation, operands: &[Term], value: Decimal, exponent| finish(target, operation, operands, value, exponent);

    let alike: Vec<Term> = pool.iter().filter(|term| term.unit == target.unit).copied().collect();
    if wording.sum()
        && let Some(operands) = sum(target, &alike)
    {
        let value = operands.iter().map(|term| term.reading.value).sum();
        let exponent = operands.iter().map(|term| term.reading.exponent).min().unwrap_or(0);
        return finish(Operation::Sum, &operands, value, exponent);
    }
    let direction = wording.direction();
    let of_percent: Vec<Term>;
    let differing = if target.unit == Unit::Points {
        of_percent = pool.iter().filter(|term| term.unit == Unit::Percent).copied().collect();
        &of_percent
    } else {
        &alike
    };
    if wording.difference() || direction.is_some() {
        for (a, b) in pairs(differing) {
            let value = a.reading.value - b.reading.value;
            let exponent = a.reading.exponent.min(b.reading.exponent);
            if !value.is_sign_negative()
                && matches(target, value, exponent)
                && target.unit != Unit::Percent
                && direction.is_none_or(|up| goes(up, a, b, evidence))
            {
                return finish(Operation::Difference, &[a, b], value, exponent);
            }
        }
    }
    if pool.len() > RATIO_POOL {
        pool.retain(named);
    }
    // Greater ratios are no percentages, and a decimal holds them a hundred times.
    let ratio = |a: Decimal, b: Decimal| a.checked_div(b).filter(|ratio| ratio.abs() < Decimal::from(1_000_000u32));
    let hundred = Decimal::ONE_HUNDRED;
    for (a, b) in
        pairs(&pool).filter(|(a, b)| a.unit == b.unit && matches!(a.unit, Unit::Currency(_) | Unit::Bare | Unit::Measure(_)))
    {
        let Some(share) = ratio(a.reading.value, b.reading.value) else { continue };
        if target.unit == Unit::Percent {
            let change = (share - Decimal::ONE) * hundred;
            if direction.is_some_and(|up| up != change.is_sign_negative() && goes(true, a, b, evidence) == up)
                && matches(target, change.abs(), -20)
            {
                return finish(Operation::Change, &[a, b], change.abs(), -20);
            }
            if wording.share() && matches(target, share * hundred, -20) && share <= Decimal::ONE {
                return finish(Operation::Share, &[a, b], share * hundred, -20);
            }
        } else if target.unit == Unit::Measure("times") && wording.factor() && matches(target, share, -20) {
            return finish(Operation::Ratio, &[a, b], share, -20);
        }
    }
    None
}

/// Whether what went from the older to the newer of two figures goes up (or down) from the smaller `b` to the greater `a`: `a` is
/// the newer when it goes up. Told by their periods, by `Vorjahr`, or by the cited words themselves.
fn goes(up: bool, a: Term, b: Term, evidence: &[Evidence]) -> bool {
    let (new, old) = if up { (a, b) } else { (b, a) };
    if let (Some(newer), Some(older)) = (new.cited.period, old.cited.period)
        && let (Some(newer), Some(older)) = (newer.year(), older.year())
        && newer != older
    {
        return newer > older;
    }
    if new.cited.prior != old.cited.prior {
        return old.cited.prior;
    }
    let said = |term: Term| evidence.get(term.cited.evidence).and_then(|e| Wording::of(e.sentence).direction());
    let truly_up = a.reading.value >= b.reading.value;
    said(a) == Some(up == truly_up) && said(b) == Some(up == truly_up)
}

fn sum<'a>(target: &Target, pool: &[Term<'a>]) -> Option<Vec<Term<'a>>> {
    fn search<'a>(target: &Target, pool: &[Term<'a>], chosen: &mut Vec<Term<'a>>, sum: Decimal) -> bool {
        if chosen.len() >= 2 {
            let exponent = chosen.iter().map(|term| term.reading.exponent).min().unwrap_or(0);
            let prior = chosen.iter().filter(|term| term.cited.prior).count();
            if matches(target, sum, exponent) && (prior == 0 || prior == chosen.len()) {
                return true;
            }
        }
        if chosen.len() == OPERANDS {
            return false;
        }
        for (i, term) in pool.iter().enumerate() {
            let Some(next) = sum.checked_add(term.reading.value) else { continue };
            chosen.push(*term);
            if search(target, &pool[i + 1..], chosen, next) {
                return true;
            }
            chosen.pop();
        }
        false
    }
    let mut chosen = Vec::new();
    search(target, pool, &mut chosen, Decimal::ZERO).then_some(chosen)
}

fn pairs<'t, 'a>(pool: &'t [Term<'a>]) -> impl Iterator<Item = (Term<'a>, Term<'a>)> + 't {
    let n = pool.len();
    (0..n).flat_map(move |i| (0..n).filter(move |j| *j != i).map(move |j| (pool[i], pool[j])))
}

/// Whether a result is the target, or rounds to it.
fn matches(target: &Target, value: Decimal, exponent: i32) -> bool {
    value.normalize() == target.reading.value.normalize() || is_rounding(target.reading, Reading { value, exponent }, false)
}

fn significant(value: Decimal) -> usize {
    value.normalize().mantissa().unsigned_abs().to_string().trim_end_matches('0').len()
}

fn finish(target: &Target, operation: Operation, operands: &[Term], value: Decimal, exponent: i32) -> Option<Expression> {
    matches(target, value, exponent).then(|| Expression {
        operation,
        operands: operands
            .iter()
            .map(|term| Operand {
                evidence: term.cited.evidence,
                text: term.cited.text.to_owned(),
                value: term.reading.value.normalize().to_string(),
                unit: term.unit.name().to_owned(),
            })
            .collect(),
        result: target.text.to_owned(),
        value: value.normalize().to_string(),
        rounded: value.normalize() != target.reading.value.normalize(),
    })
}
