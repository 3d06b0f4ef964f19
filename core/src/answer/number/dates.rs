//! Days, months, quarters and years in a text.

use super::{
    Quantity, Value, literal,
    literal::{Notation, Reading},
    period::{self, Period},
    scan::Scanner,
    unit::Unit,
};

impl Scanner<'_> {
    /// `Q3`, `Q3 2025`, `Q3/2025`, `H1 2025`, `FY25`, from the digits on.
    pub(super) fn short_period(&mut self, word: &str, at: usize) -> Option<(Period, usize)> {
        let (number, length) = self.integer(at)?;
        let end = at + length;
        if self.rest(end).starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        if matches!(word, "FY" | "GJ") {
            let year = if length == 2 { 2000 + number } else { number };
            let (period, to) = self.fiscal(year, end).unwrap_or((Period::Year(year as u16), end));
            return ((length == 2 || length == 4) && (1500..=2100).contains(&year)).then_some((period, to));
        }
        let period = match word {
            "Q" if length == 1 && (1..=4).contains(&number) => Period::Quarter { year: None, quarter: number as u8 },
            "H" | "HJ" if length == 1 && (1..=2).contains(&number) => Period::Half { year: None, half: number as u8 },
            _ => return None,
        };
        Some(self.year_behind(period, end))
    }

    /// The period with the year that follows it, if one does: `3. Quartal 2025`, `Q3/2025`, `third quarter of 2025`.
    pub(super) fn year_behind(&self, period: Period, end: usize) -> (Period, usize) {
        let mut at = end;
        at += usize::from(self.rest(at).starts_with(['/', '-', ',']));
        at = self.blanks(at);
        for word in ["of ", "in ", "des Jahres ", "des Geschäftsjahres ", "'"] {
            at += if self.rest(at).starts_with(word) { word.len() } else { 0 };
        }
        match self.integer(at) {
            Some((year, 4)) if (1500..=2100).contains(&year) && !self.rest(at + 4).starts_with(|c: char| c.is_alphanumeric()) => {
                (period.of_year(year as u16), at + 4)
            }
            Some((year, 2))
                if self.rest(end).starts_with('/') && !self.rest(at + 2).starts_with(|c: char| c.is_alphanumeric()) =>
            {
                (period.of_year(2000 + year as u16), at + 2)
            }
            _ => (period, end),
        }
    }

    /// `December 31, 2025`, `Dezember 2025`, `May 5`, from the word on.
    pub(super) fn month_first(&mut self, word: &str, start: usize, digits: usize) -> bool {
        let Some(month) = period::month(word) else { return false };
        let Some((first, length)) = self.integer(digits) else { return false };
        let mut end = digits + length;
        if self.rest(end).starts_with(['.', ',', ':']) && self.rest(end + 1).starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        if length == 4 {
            if (1000..=2999).contains(&first) {
                self.push(
                    start,
                    end,
                    Value::Period { period: Period::Month { year: first as u16, month: month as u8 }, other: None },
                );
                return true;
            }
            return false;
        }
        if ["st", "nd", "rd", "th"].iter().any(|ending| self.rest(end).starts_with(ending)) {
            end += 2;
        }
        let comma = self.rest(end).trim_start_matches(' ').starts_with(',');
        let year_at = if comma { self.blanks(end + self.rest(end).find(',').unwrap_or(0) + 1) } else { self.blanks(end) };
        if let Some((year, 4)) = self.integer(year_at)
            && let Some(period) = Period::day(year, month, first)
        {
            self.push(start, year_at + 4, Value::Period { period, other: None });
            return true;
        }
        match Period::day_of_year(month, first) {
            Some(period) => {
                self.push(start, end, Value::Period { period, other: None });
                true
            }
            None => false,
        }
    }

    /// `third quarter of 2025`, `zweites Halbjahr`, `im dritten Jahr`: quarters, halves, and places in an order.
    pub(super) fn ordinal_period(&mut self, word: &str, start: usize) -> bool {
        let Some(n) = literal::ordinal(word) else { return false };
        let end = self.at;
        let after = self.blanks(end);
        let next = self.letters(after);
        if let Some(period) = part_of_year(n, &self.text[after..next]) {
            let (period, to) = self.year_behind(period, next);
            self.push(start, to, Value::Period { period, other: None });
        } else if word != "second" {
            let reading = Reading { value: n.into(), exponent: 0 };
            self.push(
                start,
                end,
                Value::Quantity(Quantity { reading, other: None, unit: Unit::Ordinal, scale: 0, bracketed: false }),
            );
        } else {
            return false;
        }
        true
    }

    /// A date that begins with digits: the reading that is likelier, the other one, and its end.
    pub(super) fn date(&self, start: usize) -> Option<(Period, Option<Period>, usize)> {
        self.date_in_digits(start).or_else(|| {
            // 31. Dezember 2025, 31st of December 2025, 31. Dezember
            let (day, length @ 1..=2) = self.integer(start)? else { return None };
            let mut at = start + length;
            if self.rest(at).starts_with('.') {
                at += 1;
            } else if ["st", "nd", "rd", "th"].iter().any(|ending| self.rest(at).starts_with(ending)) {
                at += 2;
            }
            at = self.blanks(at);
            at += if self.rest(at).starts_with("of ") { 3 } else { 0 };
            let end = self.letters(at);
            let month = period::month(&self.text[at..end])?;
            let stop = usize::from(self.rest(end).starts_with('.'));
            let year_at = self.blanks(end + if stop > 0 { stop } else { usize::from(self.rest(end).starts_with(',')) });
            if let Some((year, 4)) = self.integer(year_at)
                && let Some(period) = Period::day(year, month, day)
            {
                return Some((period, None, year_at + 4));
            }
            Some((Period::day_of_year(month, day)?, None, end))
        })
    }

    /// `31.12.2025`, `31. 12. 2025`, `31.12.`, `2025-12-31`, `31/12/2025`.
    fn date_in_digits(&self, start: usize) -> Option<(Period, Option<Period>, usize)> {
        let mut at = start;
        let mut fields = [(0u32, 0usize); 3];
        let mut separator = ' ';
        for i in 0..3 {
            if i > 0 {
                let found = self.char_at(at).filter(|c| matches!(c, '.' | '-' | '/' | '‑'))?;
                if i == 2 && found != separator {
                    return None;
                }
                separator = found;
                at += found.len_utf8();
                let blank = at + usize::from(found == '.' && matches!(self.char_at(at), Some(' ')));
                if self.integer(blank).is_some_and(|(_, length)| length > 0) {
                    at = blank;
                }
            }
            let Some((value, length)) = self.integer(at) else {
                // 31.12. with nothing behind it
                let [(day, a), (month, b), _] = fields;
                let short = i == 2 && separator == '.' && (1..=2).contains(&a) && (1..=2).contains(&b);
                return short.then(|| Period::day_of_year(month, day)).flatten().map(|period| (period, None, at));
            };
            fields[i] = (value, length);
            at += length;
        }
        let rest = self.rest(at);
        let more = rest.starts_with(['.', '-', '/', ',', ':']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if rest.starts_with(|c: char| c.is_alphanumeric()) || more {
            return None;
        }
        let [(a, a_len), (b, b_len), (c, c_len)] = fields;
        if a_len == 4 && b_len == 2 && c_len == 2 && separator != '.' {
            return Period::day(a, b, c).map(|period| (period, None, at));
        }
        let fits = (1..=2).contains(&a_len) && (1..=2).contains(&b_len) && (c_len == 4 || c_len == 2 && separator == '.');
        let year = if c_len == 4 {
            c
        } else if c < 70 {
            2000 + c
        } else {
            1900 + c
        };
        let (day_first, month_first) = (Period::day(year, b, a), Period::day(year, a, b));
        let month_first = month_first.filter(|_| separator == '/');
        if !fits {
            return None;
        }
        match (day_first, month_first) {
            (Some(d), Some(m)) if d != m && self.notation == Some(Notation::Point) => Some((m, Some(d), at)),
            (Some(d), m) => Some((d, m.filter(|m| *m != d), at)),
            (None, m) => m.map(|m| (m, None, at)),
        }
    }

    /// `2024/25` and `2024/2025`, from the slash on.
    pub(super) fn fiscal(&self, year: u32, at: usize) -> Option<(Period, usize)> {
        let from = at + usize::from(self.rest(at).starts_with('/'));
        let (next, length) = self.integer(from).filter(|_| from > at)?;
        let follows = match length {
            2 => next == (year + 1) % 100,
            4 => next == year + 1,
            _ => false,
        };
        let ends = !self.rest(from + length).starts_with(|c: char| c.is_alphanumeric());
        (follows && ends && (1500..=2100).contains(&year)).then_some((Period::Fiscal(year as u16), from + length))
    }
}

/// The quarter or half that an ordinal and the word behind it name.
pub(super) fn part_of_year(n: u32, word: &str) -> Option<Period> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "quartal" | "quartals" | "quartale" | "quarter" if (1..=4).contains(&n) => {
            Some(Period::Quarter { year: None, quarter: n as u8 })
        }
        "halbjahr" | "halbjahrs" | "halbjahres" | "half" if (1..=2).contains(&n) => {
            Some(Period::Half { year: None, half: n as u8 })
        }
        _ => None,
    }
}
