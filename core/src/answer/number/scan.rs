//! Text → its figures.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    Figure, Quantity, Value,
    dates::part_of_year,
    literal,
    literal::{Notation, Reading},
    period::Period,
    unit::{self, Meaning, Unit},
};
use crate::types::{Language, Span};

/// Longest identifier, in bytes.
const LONGEST_LABEL: usize = 64;
/// The figures of `text`, in order and apart. `language` says what `1.234` means where the text itself does not.
pub(crate) fn figures(text: &str, language: Language) -> Vec<Figure> {
    if text.len() > u32::MAX as usize {
        return Vec::new();
    }
    let mut scanner =
        Scanner { text, at: 0, notation: notation(text, language), prefix: None, words: [(0, 0); 3], out: Vec::new() };
    while scanner.at < text.len() {
        scanner.step();
    }
    share_units(text, &mut scanner.out);
    scanner.out
}

/// `von 2,8 auf 3,6 %`, `4 to 5 million euros`: the unit behind the second figure is that of the first as well.
fn share_units(text: &str, figures: &mut [Figure]) {
    for at in (1..figures.len()).rev() {
        let (before, behind) = figures.split_at_mut(at);
        let (Some(first), Some(second)) = (before.last_mut(), behind.first()) else { continue };
        let words = text.get(first.span.range().end..second.span.range().start).unwrap_or_default().trim();
        let joined = matches!(words, "auf" | "bis" | "und" | "oder" | "to" | "and" | "or" | "–" | "-" | "bzw.");
        if let (true, Value::Quantity(first), Value::Quantity(second)) = (joined, &mut first.value, &second.value)
            && (first.unit, first.scale) == (Unit::Bare, 0)
            && matches!(second.unit, Unit::Bare | Unit::Percent | Unit::Points | Unit::Currency(_))
            && let Some(reading) = first.reading.scaled(second.scale)
        {
            first.other = first.other.and_then(|other| other.scaled(second.scale));
            (first.reading, first.unit, first.scale) = (reading, second.unit, second.scale);
        }
    }
}

/// Reads texts that are read again and again: those that several claims cite, and the question.
#[derive(Debug, Default)]
pub(crate) struct FigureReader {
    /// By language.
    seen: [FxHashMap<Box<str>, Arc<[Figure]>>; 3],
}

/// Texts that are remembered, a language, and the longest of them in bytes: some megabytes, whatever they are.
const SEEN: usize = 64;
const LONGEST_SEEN: usize = 2048;

impl FigureReader {
    /// The same as [`figures`].
    pub(crate) fn of(&mut self, text: &str, language: Language) -> Arc<[Figure]> {
        let seen = &mut self.seen[language as usize];
        if let Some(figures) = seen.get(text) {
            return figures.clone();
        }
        let found: Arc<[Figure]> = figures(text, language).into();
        if text.len() <= LONGEST_SEEN {
            if seen.len() >= SEEN {
                seen.clear();
            }
            seen.insert(text.into(), found.clone());
        }
        found
    }
}

/// The notation of a text: what its unambiguous numbers say, else what its language says.
fn notation(text: &str, language: Language) -> Option<Notation> {
    let (mut comma, mut point) = (0, 0);
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let length = literal::literal(&text[at + found..]);
        match literal::notation(&text[at + found..at + found + length]) {
            Some(Notation::Comma) => comma += 1,
            Some(Notation::Point) => point += 1,
            None => {}
        }
        at += found + length;
    }
    match (comma, point, language) {
        (c, p, _) if c > 2 * p => Some(Notation::Comma),
        (c, p, _) if p > 2 * c => Some(Notation::Point),
        (_, _, Language::De) => Some(Notation::Comma),
        (_, _, Language::En) => Some(Notation::Point),
        _ => None,
    }
}

/// A unit in front of a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) meaning: Meaning,
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) notation: Option<Notation>,
    pub(super) prefix: Option<Prefix>,
    /// The last words, the nearest first.
    pub(super) words: [(usize, usize); 3],
    pub(super) out: Vec<Figure>,
}

impl<'a> Scanner<'a> {
    fn step(&mut self) {
        let Some(c) = self.char_at(self.at) else {
            self.at = self.text.len();
            return;
        };
        if c.is_ascii_digit() {
            self.number();
        } else if c.is_alphabetic() {
            self.word();
        } else if let Some(meaning) = self.symbol(self.at) {
            let start = self.prefix_start(self.at);
            self.at += c.len_utf8();
            self.prefix = Some(Prefix { start, end: self.at, meaning });
        } else if c == '§' {
            let start = self.at;
            while self.rest(self.at).starts_with('§') {
                self.at += '§'.len_utf8();
            }
            self.reference("§", start, self.at);
        } else {
            self.at += c.len_utf8();
        }
    }

    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The end of the letters from `at` on.
    pub(super) fn letters(&self, at: usize) -> usize {
        let rest = self.rest(at);
        let inside = |c: char| c.is_alphabetic() || c == '\u{ad}' || unicode_normalization::char::is_combining_mark(c);
        at + rest.find(|c: char| !inside(c)).unwrap_or(rest.len())
    }

    /// The place behind blanks, and at most one line break, from `at` on.
    pub(super) fn blanks(&self, at: usize) -> usize {
        let mut end = at;
        for c in self.rest(at).chars().take(3) {
            match c {
                ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}' | '\n' => end += c.len_utf8(),
                _ => break,
            }
        }
        end
    }

    /// What the symbol at `at` means before or behind a number.
    fn symbol(&self, at: usize) -> Option<Meaning> {
        let c = self.char_at(at).filter(|c| matches!(c, '€' | '$' | '£' | '¥'))?;
        unit::meaning(c.encode_utf8(&mut [0; 4]))
    }

    /// Where a prefix that ends at `at` begins: with `T` or `US` right before a symbol.
    fn prefix_start(&self, at: usize) -> usize {
        match self.words[0] {
            (start, end) if end == at && end - start <= 3 && matches!(&self.text[start..end], "US" | "T" | "k" | "M") => start,
            _ => at,
        }
    }

    /// The end of letters, digits and single connectors between them.
    pub(super) fn token(&self, start: usize) -> usize {
        let mut end = start;
        let mut chars = self.rest(start).char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let connector = matches!(c, '-' | '_' | '/' | '.' | '‑' | ':');
            // COVID-19-Pandemie: a word that follows is none of the number.
            let digits = self.text[start..start + i].bytes().any(|b| b.is_ascii_digit());
            let tail = self.rest(start + i + c.len_utf8());
            let letters = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            if connector && digits && letters > 2 && !tail[letters..].starts_with(|c: char| c.is_ascii_digit()) {
                break;
            }
            if c.is_alphanumeric() || connector && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()) {
                end = start + i + c.len_utf8();
            } else {
                break;
            }
        }
        end
    }

    pub(super) fn label(&mut self, start: usize, end: usize) {
        let key: String = self.text[start..end].chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if key.len() <= LONGEST_LABEL {
            self.push(start, end, Value::Label(key));
        }
        self.at = end;
        self.prefix = None;
    }

    /// An integer of up to four digits: its value and how many.
    pub(super) fn integer(&self, at: usize) -> Option<(u32, usize)> {
        let rest = self.rest(at);
        let length = rest.bytes().take(5).take_while(u8::is_ascii_digit).count();
        if length > 4 {
            return None;
        }
        Some((rest[..length].parse().ok()?, length))
    }

    fn number(&mut self) {
        let start = self.at;
        if let Some((period, other, end)) = self.date(start) {
            self.push(start, end, Value::Period { period, other });
            return;
        }
        let end = start + literal::literal(self.rest(start));
        let written = &self.text[start..end];
        let rest = self.rest(end);
        let next = rest.chars().next().unwrap_or(' ');
        // 14:30, 1/3, 2024/25
        if matches!(next, ':' | '/') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            if next == '/'
                && let Some((year, 4)) = self.integer(start)
                && let Some((period, to)) = self.fiscal(year, end)
            {
                self.push(start, to, Value::Period { period, other: None });
                return;
            }
            let to = self.token(start);
            let fraction = next == '/' && to - start <= 5 && !self.text[start..to].contains(|c: char| c.is_alphabetic());
            if fraction {
                self.push(start, to, Value::Label(self.text[start..to].to_owned()));
            } else {
                self.label(start, to);
            }
            return;
        }
        // 25-4471: two runs of digits that are no range of numbers.
        let run = self.rest(end + next.len_utf8()).bytes().take_while(u8::is_ascii_digit).count();
        if next == '-'
            && written.bytes().all(|b| b.is_ascii_digit())
            && (run >= written.len() + 2 || run > 4 || written.len() >= run + 2 && run > 0)
        {
            self.label(start, self.token(start));
            return;
        }
        let (mut first, mut other) = literal::readings(written, self.notation);
        if first.is_none() {
            self.label(start, self.token(start).max(end));
            return;
        }
        let plain = written.bytes().all(|b| b.is_ascii_digit());
        if let Some(to) = self.attached(start, end, plain) {
            self.at = to;
            return;
        }
        let money = self.near_prefix(start).is_some();
        let (meaning, to) = self.unit_behind(end, money);
        if plain && meaning.is_none() && !money {
            // 3. Quartal 2025
            if let Some((n, 1..=2)) = self.integer(start)
                && next == '.'
                && let after = self.blanks(end + 1)
                && let Some(period) = part_of_year(n, &self.text[after..self.letters(after)])
            {
                let (period, to) = self.year_behind(period, self.letters(after));
                self.push(start, to, Value::Period { period, other: None });
                return;
            }
            if let Some((year, 4)) = self.integer(start)
                && (1500..=2100).contains(&year)
                && !self.is_signed(start)
            {
                self.push(start, end, Value::Period { period: Period::Year(year as u16), other: None });
                return;
            }
        }
        let (sign, begin) = self.sign(start);
        if sign {
            (first, other) = (first.map(Reading::negated), other.map(Reading::negated));
        }
        if let Some(first) = first {
            self.quantity(begin, to, first, other, meaning);
        }
    }

    /// What letters right behind a number make of it: `5th`, `1990s`, `B2B`. The end, when it was taken.
    fn attached(&mut self, start: usize, end: usize, plain: bool) -> Option<usize> {
        let letters = self.letters(end);
        if letters == end {
            return None;
        }
        let suffix = &self.text[end..letters];
        let follows = self.rest(letters);
        let ends = !follows.starts_with(|c: char| c.is_alphanumeric());
        if plain && ends && matches!(suffix, "st" | "nd" | "rd" | "th") {
            let reading = Reading { value: self.text[start..end].parse().ok()?, exponent: 0 };
            let after = self.blanks(letters);
            let next = self.letters(after);
            let n = self.integer(start).map_or(0, |(n, _)| n);
            if let Some(period) = part_of_year(n, &self.text[after..next]) {
                let (period, to) = self.year_behind(period, next);
                self.push(start, to, Value::Period { period, other: None });
                return Some(to);
            }
            self.push(
                start,
                letters,
                Value::Quantity(Quantity { reading, other: None, unit: Unit::Ordinal, scale: 0, bracketed: false }),
            );
            return Some(letters);
        }
        if plain && end - start == 4 && matches!(suffix, "s" | "er" | "ern") {
            self.push(start, letters, Value::Label(format!("{}s", &self.text[start..end])));
            return Some(letters);
        }
        let money = self.near_prefix(start).is_some() && matches!(suffix, "m" | "M" | "b" | "B");
        if ends
            && (money || unit::meaning(suffix).is_some() || suffix == "x" || suffix == "m" || self.rest(end).starts_with("T€"))
        {
            return None;
        }
        self.label(start, self.token(start).max(letters));
        Some(self.at)
    }

    pub(super) fn push(&mut self, start: usize, end: usize, value: Value) {
        let (bound, approximate) = self.bound(start);
        self.out.push(Figure { span: Span::new(start, end), value, bound, approximate });
        self.at = self.at.max(end);
        self.prefix = None;
    }
}
