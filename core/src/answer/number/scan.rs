//! Text → its figures.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    Bound, Figure, Quantity, Value,
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
    scanner.out
}

/// Reads texts that are read again and again: those that several claims cite, and the question.
#[derive(Debug, Default)]
pub(crate) struct FigureReader {
    /// By language.
    seen: [FxHashMap<Box<str>, Arc<[Figure]>>; 3],
}

/// Texts that are remembered, a language.
const SEEN: usize = 128;

impl FigureReader {
    /// The same as [`figures`].
    pub(crate) fn of(&mut self, text: &str, language: Language) -> Arc<[Figure]> {
        let seen = &mut self.seen[language as usize];
        if let Some(figures) = seen.get(text) {
            return figures.clone();
        }
        let found: Arc<[Figure]> = figures(text, language).into();
        if seen.len() >= SEEN {
            seen.clear();
        }
        seen.insert(text.into(), found.clone());
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
            if matches!(word, "Q" | "H" | "FY" | "GJ" | "HJ")
                && let Some((period, to)) = self.short_period(word, end)
            {
                self.push(start, to, Value::Period { period, other: None });
                return true;
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

    pub(super) fn push(&mut self, start: usize, end: usize, value: Value) {
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
