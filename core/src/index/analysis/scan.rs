//! Text → words, and the terms of everything that is no word.

use super::{
    date::{self, Date},
    fold, number,
    query::TermKind,
    reference::{self, Cursor},
};

/// What the scanner finds goes here.
pub(super) trait Sink {
    /// A word as it is written, of letters alone.
    fn word(&mut self, word: &str);
    /// A finished term without white space.
    fn term(&mut self, kind: TermKind, term: &str);
}

/// Identifiers longer than this, in bytes, are cut into their parts only.
const LONGEST_IDENTIFIER: usize = 64;

/// Finds everything in normalised `text`.
pub(super) fn scan(text: &str, sink: &mut impl Sink) {
    let mut scanner = Scanner { text, at: 0, before: "" };
    while scanner.at < text.len() {
        scanner.step(sink);
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The word directly before, for `IDW PS 450`.
    before: &'a str,
}

impl<'a> Scanner<'a> {
    fn step(&mut self, sink: &mut impl Sink) {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            b'a'..=b'z' | b'A'..=b'Z' => self.word(sink),
            b'0'..=b'9' => self.digits(sink),
            byte if byte < 0x80 => self.at += 1,
            _ => match self.text[self.at..].chars().next() {
                Some('§') => self.reference("§", self.at, sink),
                Some(c) if c.is_alphabetic() => self.word(sink),
                Some(c) => self.at += c.len_utf8(),
                None => self.at = bytes.len(),
            },
        }
    }

    /// The end of the letters from `at` on.
    fn letters(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_alphabetic() {
                at += 1;
            } else if byte < 0x80 {
                break;
            } else {
                match self.text[at..].chars().next() {
                    Some(c) if c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c) => at += c.len_utf8(),
                    _ => break,
                }
            }
        }
        at
    }

    /// The end of the letters, digits and single connectors between them from `at` on.
    fn token(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        loop {
            let letters = self.letters(at);
            let run = letters + bytes[letters..].iter().take_while(|b| b.is_ascii_digit()).count();
            if run > at {
                at = run;
                continue;
            }
            let rest = &self.text[at..];
            let connector = rest.chars().next().filter(|c| is_connector(*c)).map_or(0, char::len_utf8);
            let goes_on = connector > 0 && rest[connector..].starts_with(char::is_alphanumeric);
            if !goes_on {
                return at;
            }
            at += connector;
            if self.text[at..].starts_with(|c: char| c.is_alphanumeric() && !c.is_alphabetic() && !c.is_ascii_digit()) {
                return at;
            }
        }
    }

    fn blanks(&self, at: usize) -> usize {
        at + self.text.as_bytes()[at..].iter().take(3).take_while(|b| matches!(b, b' ' | b'\n' | b'\t')).count()
    }

    fn digit_at(&self, at: usize) -> bool {
        self.text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
    }

    fn word(&mut self, sink: &mut impl Sink) {
        let (start, end) = (self.at, self.letters(self.at));
        let rest = &self.text[end..];
        let word = &self.text[start..end];
        let follows = rest.chars().next().unwrap_or(' ');
        if follows.is_ascii_digit() || (is_connector(follows) && rest[follows.len_utf8()..].starts_with(char::is_alphanumeric)) {
            if let Some((term, length)) = reference::iban(&self.text[start..]) {
                sink.term(TermKind::Identifier, &term);
                self.at = start + length;
            } else {
                self.compound_token(start, sink);
            }
            self.before = "";
            return;
        }
        self.at = end;
        sink.word(word);
        let mut next = self.blanks(end + usize::from(follows == '.'));
        if follows == '€' && matches!(word, "T" | "k") {
            next = self.blanks(end + follows.len_utf8());
        }
        if self.digit_at(next) {
            self.before_digits(word, next, sink);
        }
        self.before = word;
    }

    /// A word before digits that belongs to them.
    fn before_digits(&mut self, word: &str, digits: usize, sink: &mut impl Sink) {
        if let Some(sign) = reference::sign(word) {
            self.reference(sign, digits, sink);
        } else if let Some(month) = date::month(word) {
            if let Some((date, end)) = self.month_first(month, digits) {
                date.terms().for_each(|t| sink.term(TermKind::Date, &t));
                self.at = end;
            }
        } else if matches!(word, "TEUR" | "KEUR" | "TUSD" | "TCHF" | "MEUR" | "T" | "k") {
            let end = self.number_end(digits);
            let zeros = if word == "MEUR" { 6 } else { 3 };
            for reading in number::readings(&self.text[digits..end]) {
                sink.term(TermKind::Number, &number::scaled(&reading, zeros));
            }
        } else if (2..=6).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_uppercase())
            && !number::is_currency(word)
            && !self.text[self.at..digits].contains('\n')
        {
            let end = digits + self.text.as_bytes()[digits..].iter().take_while(|b| b.is_ascii_digit()).count();
            let number = &self.text[digits..end];
            if number.len() <= 8 {
                let name = word.to_ascii_lowercase();
                sink.term(TermKind::Reference, &format!("{name}{number}"));
                if self.before == "IDW" {
                    sink.term(TermKind::Reference, &format!("idw{name}{number}"));
                }
            }
        }
    }

    /// `December 31, 2025` and `Dezember 2025`, from the digits on.
    fn month_first(&self, month: u32, digits: usize) -> Option<(Date, usize)> {
        let (first, length, mut at) = self.integer(digits)?;
        if length == 4 {
            return Date::new(first, month, 0).map(|d| (d, at));
        }
        for ending in ["st", "nd", "rd", "th"] {
            at += if self.text[at..].starts_with(ending) { 2 } else { 0 };
        }
        at += usize::from(self.text[at..].starts_with(','));
        let (year, length, end) = self.integer(self.blanks(at))?;
        (length == 4 && first > 0).then(|| Date::new(year, month, first).map(|d| (d, end)))?
    }

    /// `31. Dezember 2025` and `31st December 2025`, from the digits on.
    fn day_first(&self, digits: usize) -> Option<(Date, usize)> {
        let (day, length, mut at) = self.integer(digits)?;
        if length > 2 || day == 0 {
            return None;
        }
        if self.text[at..].starts_with('.') {
            at += 1;
        } else if ["st", "nd", "rd", "th"].iter().any(|e| self.text[at..].starts_with(e)) {
            at += 2;
        }
        let start = self.blanks(at);
        let end = self.letters(start);
        let month = date::month(&self.text[start..end])?;
        let at = self.blanks(end + usize::from(self.text[end..].starts_with(['.', ','])));
        let (year, length, end) = self.integer(at)?;
        (length == 4).then(|| Date::new(year, month, day).map(|d| (d, end)))?
    }

    /// An integer of up to four digits: value, digits, end.
    fn integer(&self, at: usize) -> Option<(u32, usize, usize)> {
        let length = self.text.as_bytes().get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        let value = self.text[at..at + length].parse().ok()?;
        (length <= 4).then_some((value, length, at + length))
    }

    fn reference(&mut self, sign: &str, at: usize, sink: &mut impl Sink) {
        let mut cursor = Cursor::new(self.text, at);
        match cursor.terms(sign) {
            Some(terms) => {
                terms.iter().for_each(|t| sink.term(TermKind::Reference, t));
                self.at = cursor.at;
            }
            None => self.at = self.at.max(at + if self.text[at..].starts_with('§') { '§'.len_utf8() } else { 0 }),
        }
    }

    /// The end of digits with single points, commas and apostrophes between them.
    fn number_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let separator = match self.text[at..].chars().next() {
                Some(c @ ('.' | ',' | '\'' | '’')) => c.len_utf8(),
                _ => return at,
            };
            if !self.digit_at(at + separator) {
                return at;
            }
            at += separator;
        }
    }

    fn digits(&mut self, sink: &mut impl Sink) {
        let start = self.at;
        self.before = "";
        if let Some((dates, length)) = date::in_digits(&self.text[start..]) {
            dates.into_iter().flat_map(Date::terms).for_each(|t| sink.term(TermKind::Date, &t));
            self.at = start + length;
            return;
        }
        if let Some((date, end)) = self.day_first(start) {
            date.terms().for_each(|t| sink.term(TermKind::Date, &t));
            // The month's name is a word as well.
            let letters = self.text[start..end].find(char::is_alphabetic).map_or(end, |i| start + i);
            let month = self.letters(letters);
            if month > letters {
                sink.word(&self.text[letters..month]);
            }
            self.at = end;
            return;
        }
        let (end, token) = (self.number_end(start), self.token(start));
        if token > end {
            let suffix = &self.text[end..token];
            match number::scale(suffix).filter(|_| suffix.bytes().all(|b| b.is_ascii_alphabetic())) {
                Some(zeros) => self.amount(start, end, Some(zeros), sink),
                None => self.compound_token(start, sink),
            }
            self.at = token;
            return;
        }
        let after = self.blanks(end);
        let word_end = self.letters(after);
        let zeros = (after > end && word_end > after).then(|| number::scale(&self.text[after..word_end])).flatten();
        let euros = self.text[after..].starts_with("T€").then_some(3);
        self.amount(start, end, zeros.filter(|_| word_end - after > 1).or(euros), sink);
        if self.text[after..].starts_with('%') {
            for reading in number::readings(&normal_apostrophes(&self.text[start..end])) {
                sink.term(TermKind::Number, &format!("{reading}%"));
            }
        }
        self.at = end;
    }

    fn amount(&self, start: usize, end: usize, zeros: Option<usize>, sink: &mut impl Sink) {
        let written = normal_apostrophes(&self.text[start..end]);
        let readings = number::readings(&written);
        for reading in &readings {
            sink.term(TermKind::Number, reading);
            if let Some(zeros) = zeros {
                sink.term(TermKind::Number, &number::scaled(reading, zeros));
            }
        }
        // 192.168.0.1, 1.2.3: no number, an identifier of numbers
        if readings.is_empty() {
            if written.len() <= LONGEST_IDENTIFIER {
                sink.term(TermKind::Identifier, &written);
            }
            written.split(|c: char| !c.is_ascii_digit()).for_each(|part| sink.term(TermKind::Number, part));
        }
    }

    /// Letters, digits and connectors from `start` on: words joined by hyphens, an address, an identifier.
    fn compound_token(&mut self, start: usize, sink: &mut impl Sink) {
        let end = self.token(start);
        self.at = end;
        let token = &self.text[start..end];
        let mail = token.contains('@');
        let parts = token.split(is_connector);
        let has_digit = token.bytes().any(|b| b.is_ascii_digit());
        if (mail || has_digit) && token.len() <= LONGEST_IDENTIFIER {
            let mut whole = String::with_capacity(token.len());
            fold::plain(token, &mut whole);
            if !mail {
                whole.retain(|c| !is_connector(c));
            }
            sink.term(TermKind::Identifier, &whole);
        } else if !has_digit && token.contains('-') && token.len() <= LONGEST_IDENTIFIER && !token.contains(['.', '/', '@', '_'])
        {
            let joined: String = token.chars().filter(|c| c.is_alphabetic()).collect();
            sink.word(&joined);
        }
        let possessive = token.ends_with("'s") || token.ends_with("’s");
        let count = parts.clone().count();
        for (i, part) in parts.enumerate() {
            if possessive && i + 1 == count {
                break;
            }
            let mut rest = part;
            while !rest.is_empty() {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                if digits > 0 {
                    if digits < token.len() {
                        sink.term(TermKind::Number, &rest[..digits]);
                    }
                    rest = &rest[digits..];
                } else {
                    let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
                    sink.word(&rest[..letters]);
                    rest = &rest[letters..];
                }
            }
        }
    }
}

/// What joins letters and digits to one token.
fn is_connector(c: char) -> bool {
    matches!(c, '-' | '/' | '.' | '_' | '@' | '\'' | '’' | '&')
}

fn normal_apostrophes(number: &str) -> std::borrow::Cow<'_, str> {
    if number.contains('’') { number.replace('’', "'").into() } else { number.into() }
}
