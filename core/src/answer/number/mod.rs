//! Figures: amounts, percentages, dates and references in German and English, and whether what a model says of them is borne
//! out by what it cites.
//!
//! A figure is borne out when it stands in a cited text with the same value and unit, whatever the notation and the scale; when it
//! is a correct rounding of one that does; or when it can be computed from figures that do, recomputed in decimals.

mod amount;
mod bound;
mod check;
mod cited;
mod compare;
mod compute;
mod dates;
mod literal;
mod period;
mod scan;
#[cfg(test)]
mod tests;
mod unit;
mod word;
mod wording;

pub(crate) use check::check;
pub use check::{FigureReport, Standing, check_figures};
pub(crate) use cited::{Cited, CitedFigures};
pub use compute::{Expression, Operand, Operation};
pub(crate) use literal::Reading;
pub(crate) use period::Period;
pub(crate) use scan::{FigureReader, figures};
pub(crate) use unit::Unit;

use crate::types::Span;

/// A figure in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Where it stands, with sign and unit.
    pub(crate) span: Span,
    pub(crate) value: Value,
    /// What the words before it make of it.
    pub(crate) bound: Option<Bound>,
    /// Whether it is said to be approximate: `rund`, `about`.
    pub(crate) approximate: bool,
}

/// What a figure says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Quantity(Quantity),
    /// A period, and the other one that the digits may mean: `03/04/2025`.
    Period {
        period: Period,
        other: Option<Period>,
    },
    /// A number that counts nothing: of an invoice, a law, a page, a fraction. Compared as it is, without case and hyphens.
    Label(String),
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// Its value with the scale applied, as the text's notation has it.
    pub(crate) reading: Reading,
    /// The value in the other notation, where the digits allow it.
    pub(crate) other: Option<Reading>,
    pub(crate) unit: Unit,
    /// Power of ten that was applied.
    pub(crate) scale: i32,
    /// Whether brackets were taken for a minus.
    pub(crate) bracketed: bool,
}

/// A limit that a figure is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// `mindestens`, `at least`.
    AtLeast,
    /// `mehr als`, `over`.
    MoreThan,
    /// `höchstens`, `up to`.
    AtMost,
    /// `weniger als`, `below`.
    LessThan,
}
