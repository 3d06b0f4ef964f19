//! Words that are figures, or make one of what follows: `twenty-five`, `Q3`, `RE-2025-001`, `Art. 5`, `IFRS 16`, `EUR`.

use super::{
    Value, literal,
    literal::Reading,
    scan::{Prefix, Scanner},
    unit::{self, Meaning, Unit},
};

impl Scanner<'_> {
    pub(super) fn word(&mut self) {
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

    /// A number that a word introduces: `Art. 5`, `Tz. 12`. Its key is the word's and the number.
    pub(super) fn reference(&mut self, key: &str, start: usize, at: usize) -> bool {
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
