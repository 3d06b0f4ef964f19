//! Numbers with what stands before and behind them: unit, scale, sign.

use super::{
    Quantity, Value,
    literal::{Notation, Reading},
    scan::{Prefix, Scanner},
    unit::{self, Meaning, Unit},
};

/// Bytes that a symbol of currency or a word like `TEUR` may stand before its number.
const PREFIX: usize = 12;

impl Scanner<'_> {
    /// The unit behind a number that ends at `end`, and where it ends; `end` when there is none.
    pub(super) fn unit_behind(&self, end: usize, money: bool) -> (Option<Meaning>, usize) {
        let mut at = end;
        // "5-prozentig", "3-fach", "5-year"
        if self.rest(at).starts_with(['-', '‑'])
            && self.rest(at + self.char_at(at).map_or(1, char::len_utf8)).starts_with(char::is_alphabetic)
        {
            at += self.char_at(at).map_or(1, char::len_utf8);
        } else {
            at = self.blanks(end);
        }
        let Some((meaning, to)) = self.unit_at(at, money) else { return (None, end) };
        match meaning.unit {
            Unit::Bare => {
                // "4,2 Mio. EUR", "4.2 million US dollars"
                let next = self.blanks(to + usize::from(self.rest(to).starts_with('.')));
                match self.unit_at(next, false) {
                    Some((second, to)) if second.unit != Unit::Bare => {
                        (Some(Meaning { unit: second.unit, scale: meaning.scale + second.scale }), to)
                    }
                    Some((second, to)) if second.scale >= 3 => {
                        // "zwei Tausend Millionen": two scales
                        (Some(Meaning { unit: Unit::Bare, scale: meaning.scale + second.scale }), to)
                    }
                    _ => (Some(meaning), to),
                }
            }
            Unit::Percent => {
                // "Prozent-Punkte", "percentage points" is one of unit_at
                let rest = self.rest(to);
                let points = ["-Punkte", "-Punkt", " Punkte", "punkte", " points"];
                match points.iter().find(|p| rest.starts_with(**p)) {
                    Some(p) => (Some(Meaning { unit: Unit::Points, ..meaning }), self.letters(to + p.len())),
                    None => (Some(meaning), to),
                }
            }
            _ => (Some(meaning), to),
        }
    }

    /// The unit that begins at `at`, of one or two words.
    pub(super) fn unit_at(&self, at: usize, money: bool) -> Option<(Meaning, usize)> {
        let c = self.char_at(at)?;
        if matches!(c, '%' | '‰' | '€' | '$' | '£' | '¥' | '°') {
            let end = at + c.len_utf8();
            if c == '°' {
                let end = end + usize::from(self.rest(end).starts_with('C'));
                return Some((unit::meaning("°C")?, end));
            }
            return Some((unit::meaning(&self.text[at..end])?, end));
        }
        let end = self.letters(at);
        let word = self.text.get(at..end).filter(|w| !w.is_empty())?;
        let rest = self.rest(end);
        if let Some(symbol) = rest.chars().next().filter(|c| matches!(c, '€' | '$' | '²' | '³')) {
            let to = end + symbol.len_utf8();
            if let Some(meaning) = unit::meaning(&self.text[at..to]) {
                return Some((meaning, to));
            }
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let two = |second: &[&str]| {
            let from = self.blanks(end + usize::from(rest.starts_with(['.', '-'])));
            let to = self.letters(from);
            second.contains(&&self.text[from..to]).then_some(to)
        };
        let currency = |code| Meaning { unit: Unit::Currency(code), scale: 0 };
        match word {
            "per" => return two(&["cent"]).map(|to| (Meaning { unit: Unit::Percent, scale: 0 }, to)),
            "v" => {
                return two(&["H", "h"])
                    .map(|to| (Meaning { unit: Unit::Percent, scale: 0 }, to + usize::from(self.rest(to).starts_with('.'))));
            }
            "vom" => return two(&["Hundert"]).map(|to| (Meaning { unit: Unit::Percent, scale: 0 }, to)),
            "percentage" => return two(&["points", "point"]).map(|to| (Meaning { unit: Unit::Points, scale: 0 }, to)),
            "basis" | "Basis" => {
                return two(&["points", "point", "Punkte"]).map(|to| (Meaning { unit: Unit::Points, scale: -2 }, to));
            }
            "US" if rest.starts_with('$') => return Some((currency("USD"), end + 1)),
            "US" | "U" => return two(&["Dollar", "Dollars", "dollar", "dollars"]).map(|to| (currency("USD"), to)),
            "m" | "M" if money => return Some((Meaning { unit: Unit::Bare, scale: 6 }, end)),
            "b" | "B" if money => return Some((Meaning { unit: Unit::Bare, scale: 9 }, end)),
            "x" => return Some((Meaning { unit: Unit::Measure("times"), scale: 0 }, end)),
            "m" => {
                // "4.2m euros"
                let next = self.blanks(end);
                let money = next > end && self.unit_at(next, true).is_some_and(|(m, _)| matches!(m.unit, Unit::Currency(_)));
                let unit =
                    if money { Meaning { unit: Unit::Bare, scale: 6 } } else { Meaning { unit: Unit::Measure("m"), scale: 0 } };
                return Some((unit, end));
            }
            _ => {}
        }
        let mut meaning = unit::meaning(word)?;
        // A German Billion is a million millions.
        if word == "Billion" && self.notation == Some(Notation::Comma) {
            meaning.scale = 12;
        }
        let stop = usize::from(rest.starts_with('.') && matches!(word, "Mio" | "Mrd" | "Tsd" | "Std" | "Bio" | "mio" | "mrd"));
        Some((meaning, end + stop))
    }

    /// The prefix that belongs to a number at `start`.
    pub(super) fn near_prefix(&self, start: usize) -> Option<Prefix> {
        self.prefix.filter(|prefix| {
            let between = self.text.get(prefix.end..start).unwrap_or("x");
            between.len() <= PREFIX
                && between.chars().all(|c| c.is_whitespace() && c != '\t' || matches!(c, '.' | '-' | '−' | '–' | '+' | '(' | ':'))
                && !between.contains("..")
        })
    }

    pub(super) fn is_signed(&self, start: usize) -> bool {
        self.sign(start).0
    }

    /// Whether a minus stands before the number at `start`, and where sign and number begin.
    pub(super) fn sign(&self, start: usize) -> (bool, usize) {
        let head = &self.text[..start];
        let Some(sign) = head.chars().next_back().filter(|c| matches!(c, '-' | '−' | '–' | '\u{fe63}' | '\u{ff0d}')) else {
            let (from, to) = self.words[0];
            let minus = to > from && self.text[from..to].eq_ignore_ascii_case("minus") && self.text[to..start].trim().is_empty();
            return (minus, if minus { from } else { start });
        };
        let at = start - sign.len_utf8();
        let alone = head[..at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '€' | '$' | '£' | ':' | '|'));
        (alone, if alone { at } else { start })
    }

    pub(super) fn quantity(&mut self, start: usize, end: usize, first: Reading, other: Option<Reading>, behind: Option<Meaning>) {
        let number = self.text[start..].find(|c: char| c.is_alphanumeric()).map_or(start, |i| start + i);
        let before = self.near_prefix(number).or_else(|| self.near_prefix(start));
        let (mut begin, mut end) = (before.map_or(start, |p| p.start.min(start)), end);
        let unit = match (behind, before) {
            (Some(behind), Some(before)) if behind.unit == Unit::Bare => {
                Meaning { unit: before.meaning.unit, scale: before.meaning.scale + behind.scale }
            }
            (Some(behind), Some(before)) if before.meaning.unit == Unit::Bare => {
                Meaning { unit: behind.unit, scale: behind.scale + before.meaning.scale }
            }
            (Some(behind), _) => behind,
            (None, Some(before)) => before.meaning,
            (None, None) => Meaning { unit: Unit::Bare, scale: 0 },
        };
        // Within a table's row, brackets are a minus.
        let opened = self.text[..begin].ends_with('(');
        let closed = self.rest(end).starts_with(')');
        let line = self.text[..begin].rfind('\n').map_or(0, |i| i + 1);
        let bracketed = opened && closed && {
            let from = line.max(begin.saturating_sub(400));
            let row = self.text.get(self.text.ceil_char_boundary(from)..begin).is_some_and(|l| l.contains('\t'));
            row || self.rest(end + 1).chars().take(2).any(|c| c == '\t')
        };
        if bracketed {
            begin -= 1;
            end += 1;
        }
        let sign = |reading: Reading| if bracketed { reading.negated() } else { reading };
        let Some(reading) = sign(first).scaled(unit.scale) else {
            self.label(start, end);
            return;
        };
        let other = other.and_then(|other| sign(other).scaled(unit.scale));
        let mut quantity = Quantity { reading, other, unit: unit.unit, scale: unit.scale, bracketed };
        self.share_unit(begin, &mut quantity);
        self.push(begin, end, Value::Quantity(quantity));
    }

    /// "10 bis 20 Mio. EUR", "EUR 1.9 to 2.3 million": both numbers have the unit and scale of either.
    pub(super) fn share_unit(&mut self, start: usize, second: &mut Quantity) {
        let Some(last) = self.out.last_mut() else { return };
        let Some(between) = self.text.get(last.span.end as usize..start) else { return };
        let range = matches!(between.trim(), "-" | "–" | "—" | "bis" | "to" | "bis zu" | "und" | "and")
            && !between.contains(['\t', '\n']);
        let Value::Quantity(first) = &mut last.value else { return };
        // "zwischen 380 und 392 Mio. €", but "2 und 3 Mio. €" is no range.
        let joined = matches!(between.trim(), "und" | "and");
        let head = self.text[..last.span.start as usize].trim_end();
        if !range || joined && !(head.ends_with("zwischen") || head.ends_with("between")) {
            return;
        }
        if second.unit == Unit::Bare && matches!(first.unit, Unit::Currency(_)) {
            second.unit = first.unit;
        }
        if first.scale == 0
            && (first.unit == Unit::Bare || first.unit == second.unit)
            && (second.unit != first.unit || second.scale != 0)
        {
            let Some(reading) = first.reading.scaled(second.scale) else { return };
            (first.reading, first.unit, first.scale) = (reading, second.unit, second.scale);
            first.other = first.other.and_then(|other| other.scaled(second.scale));
        }
    }
}
