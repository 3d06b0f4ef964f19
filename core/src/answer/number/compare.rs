//! Two figures against each other: digits, units, values, limits.

use rust_decimal::Decimal;

use super::{Bound, Cited, Figure, Quantity, Reading, Unit};

/// The digits and separators of a figure as it is written.
pub(super) fn literal_of(text: &str) -> &str {
    let digit = |c: char| c.is_ascii_digit();
    match (text.find(digit), text.rfind(digit)) {
        (Some(from), Some(to)) => &text[from..=to],
        _ => text,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Same,
    /// The cited number has no unit.
    Unproven,
    Differs,
}

/// Whether a cited unit is that of the claim's quantity.
pub(super) fn fits(own: &Quantity, cited: Unit) -> Fit {
    match (own.unit, cited) {
        (a, b) if a == b => Fit::Same,
        // "12" of "12 Monate", and "12 Kalendermonate" of either: the words say of what.
        (Unit::Bare, Unit::Measure(_)) | (Unit::Measure(_), Unit::Bare) | (Unit::Ordinal, Unit::Bare) => Fit::Same,
        // An amount without its currency; with a scale it would be another amount.
        (Unit::Bare, Unit::Currency(_)) => Fit::Same,
        (_, Unit::Bare) => Fit::Unproven,
        _ => Fit::Differs,
    }
}

pub(super) enum Match {
    Same,
    Rounded,
    Within,
    BoundDiffers,
}

/// Compares values: exactly, as a rounding to the digits that the claim writes, and as a limit.
pub(super) fn compare(figure: &Figure, claimed: Reading, cited: Reading, by: &Cited) -> Option<Match> {
    if claimed.value == cited.value {
        return Some(if bounds_agree(figure.bound, by.figure.bound) { Match::Same } else { Match::BoundDiffers });
    }
    if let Some(bound) = figure.bound.filter(|_| by.figure.bound.is_none()) {
        let holds = match bound {
            Bound::AtLeast | Bound::MoreThan => cited.value > claimed.value,
            Bound::AtMost | Bound::LessThan => cited.value < claimed.value,
        };
        // A limit that is far away says nothing of the figure: it may be of another.
        let distance = (cited.value - claimed.value).abs();
        let near = claimed.value.abs().checked_mul(Decimal::new(25, 2)).is_some_and(|quarter| distance <= quarter);
        return (holds && near).then_some(Match::Within);
    }
    if is_rounding(claimed, cited, figure.approximate) && bounds_agree(figure.bound, by.figure.bound) {
        return Some(Match::Rounded);
    }
    None
}

fn bounds_agree(claimed: Option<Bound>, cited: Option<Bound>) -> bool {
    let side = |bound: Option<Bound>| match bound {
        Some(Bound::AtLeast) => 1,
        Some(Bound::MoreThan) => 2,
        Some(Bound::AtMost) => 3,
        Some(Bound::LessThan) => 4,
        None => 0,
    };
    side(claimed) == side(cited)
}

/// Whether `claimed` is `exact` rounded to the claim's last digit; the zeros at the end of an approximate number are no digits.
pub(super) fn is_rounding(claimed: Reading, exact: Reading, approximate: bool) -> bool {
    let mut exponent = claimed.exponent;
    if approximate {
        let mut rest = claimed.value.normalize();
        let ten = Decimal::TEN;
        let mut zeros = 0;
        while rest.scale() == 0 && rest.abs() >= ten && (rest % ten).is_zero() {
            rest /= ten;
            zeros += 1;
        }
        exponent = exponent.max(zeros);
    }
    exponent > exact.exponent && rounded(exact.value, exponent) == Some(claimed.value.normalize())
}

/// `value` rounded to the power of ten, half away from zero.
fn rounded(value: Decimal, exponent: i32) -> Option<Decimal> {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    if exponent <= 0 {
        return Some(value.round_dp_with_strategy(exponent.unsigned_abs(), MidpointAwayFromZero).normalize());
    }
    let factor = Decimal::from(10u64.checked_pow(exponent.unsigned_abs())?);
    Some((value.checked_div(factor)?.round_dp_with_strategy(0, MidpointAwayFromZero).checked_mul(factor)?).normalize())
}
