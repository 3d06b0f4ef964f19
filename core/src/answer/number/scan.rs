//! Text → its figures.

use super::{
    Bound, Figure, Quantity, Value, literal,
    literal::{Notation, Reading},
    period::{self, Period},
    unit::{self, Meaning, Unit},
};
use crate::types::{Language, Span};

/// Longest identifier, in bytes.
const LONGEST_LABEL: usize = 64;
/// Bytes that a symbol of currency or a word like `TEUR` may stand before its number.
const PREFIX: usize = 12;

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
    scanner.out
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
struct Prefix {
    start: usize,
    end: usize,
    meaning: Meaning,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    notation: Option<Notation>,
    prefix: Option<Prefix>,
    /// The last words, the nearest first.
    words: [(usize, usize); 3],
    out: Vec<Figure>,
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

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The end of the letters from `at` on.
    fn letters(&self, at: usize) -> usize {
        let rest = self.rest(at);
        let inside = |c: char| c.is_alphabetic() || c == '\u{ad}' || unicode_normalization::char::is_combining_mark(c);
        at + rest.find(|c: char| !inside(c)).unwrap_or(rest.len())
    }

    /// The place behind blanks, and at most one line break, from `at` on.
    fn blanks(&self, at: usize) -> usize {
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

    fn word(&mut self) {
        let start = self.at;
        let end = self.letters(start);
        let word = &self.text[start..end];
        self.at = end;
        let follows = self.char_at(end).unwrap_or(' ');
        // T€, k€
        if matches!(word, "T" | "k" | "M") && follows == '€' {
            self.at = end + '€'.len_utf8();
            if let Some(meaning) = unit::meaning(&self.text[start..self.at]) {
                self.prefix = Some(Prefix { start, end: self.at, meaning });
            }
            return;
        }
        let digit_next = follows.is_ascii_digit();
        let joined = matches!(follows, '-' | '_' | '/' | '‑')
            && self.rest(end + follows.len_utf8()).starts_with(|c: char| c.is_ascii_digit());
        if (digit_next || joined) && self.joined_word(word, start, end, digit_next) {
            return;
        }
        let after = self.blanks(end + usize::from(follows == '.'));
        let digits_after = after > end && self.rest(after).starts_with(|c: char| c.is_ascii_digit());
        let handled = digits_after
            && (self.month_first(word, start, after)
                || reference_word(word).is_some_and(|key| self.reference(key, start, after))
                || self.acronym(word, start, after));
        if !handled && !self.ordinal_period(word, start) && !self.number_word(word, start) {
            self.unit_word(word, start, end);
        }
        self.words = [(start, end), self.words[0], self.words[1]];
    }

    /// A word with digits right behind it or behind a hyphen: `Q3`, `FY25`, `EUR5`, `RE-2025-001`.
    fn joined_word(&mut self, word: &str, start: usize, end: usize, digit_next: bool) -> bool {
        if digit_next {
            if matches!(word, "Q" | "H" | "FY" | "GJ" | "HJ") {
                if let Some((period, to)) = self.short_period(word, end) {
                    self.push(start, to, Value::Period { period, other: None });
                    return true;
                }
            }
            if let Some(meaning) = unit::meaning(word).filter(|m| matches!(m.unit, Unit::Currency(_))) {
                self.prefix = Some(Prefix { start, end, meaning });
                return true;
            }
        }
        let capital = word.chars().any(char::is_uppercase);
        if !digit_next && (!capital || unit::meaning(word).is_some() || word.chars().count() > 12) {
            return false;
        }
        let to = self.token(start);
        self.label(start, to);
        true
    }

    /// The end of letters, digits and single connectors between them.
    fn token(&self, start: usize) -> usize {
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

    fn label(&mut self, start: usize, end: usize) {
        let key: String = self.text[start..end].chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if key.len() <= LONGEST_LABEL {
            self.push(start, end, Value::Label(key));
        }
        self.at = end;
        self.prefix = None;
    }

    /// `Q3`, `Q3 2025`, `Q3/2025`, `H1 2025`, `FY25`, from the digits on.
    fn short_period(&mut self, word: &str, at: usize) -> Option<(Period, usize)> {
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
    fn year_behind(&self, period: Period, end: usize) -> (Period, usize) {
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

    /// An integer of up to four digits: its value and how many.
    fn integer(&self, at: usize) -> Option<(u32, usize)> {
        let rest = self.rest(at);
        let length = rest.bytes().take(5).take_while(u8::is_ascii_digit).count();
        if length > 4 {
            return None;
        }
        Some((rest[..length].parse().ok()?, length))
    }

    /// `December 31, 2025`, `Dezember 2025`, `May 5`, from the word on.
    fn month_first(&mut self, word: &str, start: usize, digits: usize) -> bool {
        let Some(month) = period::month(word) else { return false };
        let Some((first, length)) = self.integer(digits) else { return false };
        let mut end = digits + length;
        if self.rest(end).starts_with(|c: char| matches!(c, '.' | ',' | ':'))
            && self.rest(end + 1).starts_with(|c: char| c.is_ascii_digit())
        {
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

    /// A number that a word introduces: `Art. 5`, `Tz. 12`. Its key is the word's and the number.
    fn reference(&mut self, key: &str, start: usize, at: usize) -> bool {
        let at = self.blanks(at);
        let rest = self.rest(at);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letter = rest[digits..].chars().next().filter(char::is_ascii_lowercase);
        let length = digits + usize::from(letter.is_some() && !rest[digits + 1..].starts_with(|c: char| c.is_alphanumeric()));
        let goes_on = rest[length..].starts_with(['.', ',']) && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit());
        if digits == 0 || digits > 9 || goes_on && key != "§" || rest[length..].starts_with(|c: char| c.is_alphanumeric()) {
            return false;
        }
        self.push(start, at + length, Value::Label(format!("{key}{}", &rest[..length])));
        true
    }

    /// `IFRS 16`, `HRB 4711`, `ISO 27001`: capitals and an integer that is no year behind a company's form.
    fn acronym(&mut self, word: &str, start: usize, at: usize) -> bool {
        let capitals = (2..=6).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
        if !capitals || unit::meaning(word).is_some() || self.text[start..at].contains('\n') || self.text[start..at].contains('.')
        {
            return false;
        }
        let digits = self.rest(at).bytes().take_while(u8::is_ascii_digit).count();
        let year = digits == 4 && matches!(self.rest(at).as_bytes()[0], b'1' | b'2');
        let rest = self.rest(at + digits);
        let more = rest.starts_with(['.', ',']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if digits > 6 || year || more || rest.starts_with(|c: char| c.is_alphanumeric() || c == '%') || rest.starts_with(" %") {
            return false;
        }
        let key = format!("{}{}", word.to_lowercase(), &self.rest(at)[..digits]);
        self.push(start, at + digits, Value::Label(key));
        true
    }

    /// `third quarter of 2025`, `zweites Halbjahr`, `im dritten Jahr`: quarters, halves, and places in an order.
    fn ordinal_period(&mut self, word: &str, start: usize) -> bool {
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

    /// A number in words, with what follows it.
    fn number_word(&mut self, word: &str, start: usize) -> bool {
        if matches!(word, "Hälfte" | "half" | "Half") {
            self.push(start, self.at, Value::Label("1/2".to_owned()));
            return true;
        }
        // twenty-five
        let mut end = self.at;
        if self.rest(end).starts_with('-') {
            let to = self.letters(end + 1);
            if literal::word(&self.text[start..to], false).is_some() {
                end = to;
            }
        }
        let Some(mut n) = literal::word(&self.text[start..end], true) else { return false };
        let after = self.blanks(end);
        let next_end = self.letters(after);
        let next = &self.text[after..next_end];
        if matches!(next, "hundred") && n < 10 {
            n *= 100;
            end = next_end;
        }
        let denominator = match next.to_lowercase().as_str() {
            "drittel" | "third" | "thirds" => 3,
            "viertel" | "quarters" | "fourths" => 4,
            "fünftel" | "fifth" | "fifths" => 5,
            "zehntel" | "tenth" | "tenths" => 10,
            _ => 0,
        };
        if denominator > 0 {
            self.push(start, next_end, Value::Label(format!("{n}/{denominator}")));
            return true;
        }
        let reading = Reading { value: n.into(), exponent: 0 };
        let (meaning, to) = self.unit_behind(end, false);
        if n == 1
            && !matches!(
                meaning,
                Some(Meaning { unit: Unit::Percent | Unit::Points | Unit::Currency(_), .. }) | Some(Meaning { scale: 3.., .. })
            )
        {
            return false;
        }
        let to = if meaning.is_some() { to } else { end };
        self.quantity(start, to, reading, None, meaning);
        true
    }

    /// Remembers a unit that may stand before its number: `EUR`, `TEUR`, `Mio. EUR`, `US`.
    fn unit_word(&mut self, word: &str, start: usize, end: usize) {
        let Some(meaning) = unit::meaning(word) else {
            return;
        };
        let scale = match self.prefix {
            Some(prefix) if prefix.meaning.unit == Unit::Bare && start - prefix.end <= 2 => Some(prefix),
            _ => None,
        };
        match meaning.unit {
            Unit::Currency(_) => {
                let scaled = Meaning { scale: meaning.scale + scale.map_or(0, |p| p.meaning.scale), ..meaning };
                self.prefix = Some(Prefix { start: scale.map_or(start, |p| p.start), end, meaning: scaled });
            }
            Unit::Bare if word.len() > 1 => self.prefix = Some(Prefix { start, end, meaning }),
            _ => {}
        }
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

    /// The unit behind a number that ends at `end`, and where it ends; `end` when there is none.
    fn unit_behind(&self, end: usize, money: bool) -> (Option<Meaning>, usize) {
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
    fn unit_at(&self, at: usize, money: bool) -> Option<(Meaning, usize)> {
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
    fn near_prefix(&self, start: usize) -> Option<Prefix> {
        self.prefix.filter(|prefix| {
            let between = self.text.get(prefix.end..start).unwrap_or("x");
            between.len() <= PREFIX
                && between.chars().all(|c| c.is_whitespace() && c != '\t' || matches!(c, '.' | '-' | '−' | '–' | '+' | '(' | ':'))
                && !between.contains("..")
        })
    }

    fn is_signed(&self, start: usize) -> bool {
        self.sign(start).0
    }

    /// Whether a minus stands before the number at `start`, and where sign and number begin.
    fn sign(&self, start: usize) -> (bool, usize) {
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

    fn quantity(&mut self, start: usize, end: usize, first: Reading, other: Option<Reading>, behind: Option<Meaning>) {
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
    fn share_unit(&mut self, start: usize, second: &mut Quantity) {
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

    fn push(&mut self, start: usize, end: usize, value: Value) {
        let (bound, approximate) = self.bound(start);
        self.out.push(Figure { span: Span::new(start, end), value, bound, approximate });
        self.at = self.at.max(end);
        self.prefix = None;
    }

    /// What the words right before `start` say of how the number bounds: `mindestens`, `more than`, `rund`.
    fn bound(&self, start: usize) -> (Option<Bound>, bool) {
        let mut at = start;
        let mut found = [""; 3];
        for (slot, (from, to)) in found.iter_mut().zip(self.words.iter().filter(|(from, _)| *from < start)) {
            if *to > at || to == from || !self.text[*to..at].chars().all(|c| matches!(c, ' ' | '\u{a0}' | '\n' | '.' | '(' | '~'))
            {
                break;
            }
            *slot = &self.text[*from..*to];
            at = *from;
        }
        if found[0].is_empty() {
            return (None, self.text[..start].trim_end().ends_with('~'));
        }
        let [one, two, three] = found.map(str::to_lowercase);
        let (one, two, three) = (one.as_str(), two.as_str(), three.as_str());
        let approximate = self.text[..start].trim_end().ends_with('~')
            || matches!(
                one,
                "rund"
                    | "etwa"
                    | "ca"
                    | "circa"
                    | "zirka"
                    | "ungefähr"
                    | "annähernd"
                    | "nahezu"
                    | "fast"
                    | "knapp"
                    | "about"
                    | "around"
                    | "approximately"
                    | "roughly"
                    | "nearly"
                    | "almost"
                    | "approx"
                    | "some"
                    | "gut"
            );
        let bound = match (two, one) {
            ("mehr" | "höher" | "größer" | "more" | "greater" | "higher" | "larger" | "longer", "als" | "than") => {
                let negated = matches!(three, "nicht" | "no" | "not");
                Some(if negated { Bound::AtMost } else { Bound::MoreThan })
            }
            ("weniger" | "kleiner" | "niedriger" | "less" | "fewer" | "lower" | "smaller" | "shorter", "als" | "than") => {
                let negated = matches!(three, "nicht" | "no" | "not");
                Some(if negated { Bound::AtLeast } else { Bound::LessThan })
            }
            ("at", "least") => Some(Bound::AtLeast),
            ("at", "most") | ("up", "to") | ("bis", "zu") => Some(Bound::AtMost),
            (_, "mindestens" | "wenigstens" | "minimum") => Some(Bound::AtLeast),
            (_, "höchstens" | "maximal" | "maximum") => Some(Bound::AtMost),
            (_, "über" | "over" | "above" | "exceeding" | "exceeds" | "exceeded" | "oberhalb") => Some(Bound::MoreThan),
            (_, "unter" | "below" | "under" | "unterhalb") => Some(Bound::LessThan),
            _ => None,
        };
        (bound, approximate)
    }

    /// A date that begins with digits: the reading that is likelier, the other one, and its end.
    fn date(&self, start: usize) -> Option<(Period, Option<Period>, usize)> {
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
    fn fiscal(&self, year: u32, at: usize) -> Option<(Period, usize)> {
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
fn part_of_year(n: u32, word: &str) -> Option<Period> {
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

/// What a word before a number makes it: one key for both languages.
fn reference_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "Paragraph" | "Paragraf" | "Section" | "section" => "§",
        "Art" | "Artikel" | "Article" | "article" => "art",
        "Abs" | "Absatz" | "para" | "paragraph" => "abs",
        "Satz" | "sentence" => "satz",
        "Nr" | "Nummer" | "No" | "Number" | "number" => "nr",
        "Ziffer" | "Ziff" | "Tz" | "Textziffer" | "Rn" | "Rz" => "tz",
        "Seite" | "page" | "Page" => "page",
        "Anlage" | "Anhang" | "Appendix" | "Annex" => "annex",
        "Konto" | "account" | "Account" => "account",
        "Kapitel" | "chapter" | "Chapter" => "chapter",
        "Abschnitt" | "Note" | "note" | "Ziffern" => "note",
        "Stufe" | "Level" | "level" | "Phase" | "phase" => "level",
        _ => return None,
    })
}
