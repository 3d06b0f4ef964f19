//! Numbers as Excel shows them: format codes of ECMA-376 part 1, 18.8.30 and 18.8.31.
//!
//! A file does not say with which separators its reader saw a number: Excel takes them from the system that it runs on.
//! [`Locale`] is therefore a decision for the whole workbook (`xlsx/locale.rs` makes it). With [`Locale::German`] a number is
//! `1.234,56` and the short date `31.12.2025`; with [`Locale::English`] `1,234.56`, and the short date is `2025-12-31`, for
//! nobody can tell whether the reader saw the month or the day first. Names of months follow the format's own language tag.
//!
//! Where this departs from Excel: an integer in the format General is shown with up to 15 digits, as the formula bar does
//! (Excel shows account numbers of twelve digits as `1.23457E+11`); fractions (`# ?/?`) are shown as decimals; padding
//! that aligns columns is left out.

mod code;
mod decimal;
mod moment;
mod render;

pub(crate) use code::{Format, builtin};

/// With which separators and names a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Locale {
    /// `1.234,56`, `31.12.2025`, `WAHR`.
    German,
    /// `1,234.56`, `2025-12-31`, `TRUE`.
    #[default]
    English,
}

impl Locale {
    fn decimal_sign(self) -> char {
        if self == Self::German { ',' } else { '.' }
    }

    fn group_sign(self) -> char {
        if self == Self::German { '.' } else { ',' }
    }

    /// A truth value.
    pub(crate) fn truth(self, value: bool) -> &'static str {
        match (self, value) {
            (Self::German, true) => "WAHR",
            (Self::German, false) => "FALSCH",
            (Self::English, true) => "TRUE",
            (Self::English, false) => "FALSE",
        }
    }
}

#[cfg(test)]
mod tests;
