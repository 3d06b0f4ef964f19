//! Where sentences end: German and English first, and sane for any other language.
//!
//! A stop ends a sentence unless something says that it does not: it belongs to an abbreviation, an ordinal number, an
//! initial, an enumeration, or the text goes on in lower case. German writes nouns in capitals, so that a capital proves
//! little: after an abbreviation that may also end a sentence ("4,2 Mio.", "Co.", "u. a.") it ends only before a word that
//! is written in capitals for no other reason ("Die", "However").

use std::ops::Range;

use super::words::{Abbreviation, abbreviation, begins_sentences, introduces_ordinal, is_counted};

/// Longest abbreviation or number that is looked at, in bytes: a word without end costs no more than a short one.
const WORD: usize = 48;
/// Longest insertion in brackets that is kept whole, in bytes.
const INSERTION: usize = 400;

/// The sentences of `text`, without the white space around them: in order, and all that is not white space is in one.
///
/// `text` is one paragraph: white space of any kind and length parts words and nothing else.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = skip_space(text, 0);
    let mut at = start;
    // Where the last search for a closing bracket gave up, so that a row of open ones is not searched again and again.
    let mut unclosed = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' if at > start && at >= unclosed => match closing(text, at) {
                Some(close) => at = close,
                None => {
                    unclosed = at + INSERTION;
                    at += 1;
                }
            },
            b'.' | b'!' | b'?' | 0x80.. => {
                let Some(mark) = text[at..].chars().next().filter(|c| is_stop(*c)) else {
                    at += text[at..].chars().next().map_or(1, char::len_utf8);
                    continue;
                };
                let stop = Stop::at(text, start, at, mark);
                at = stop.end;
                if stop.ends_sentence() {
                    found.push(start..stop.end);
                    start = skip_space(text, stop.end);
                    at = start;
                }
            }
            _ => at += 1,
        }
    }
    let end = text.trim_end().len();
    if start < end {
        found.push(start..end);
    }
    found
}

/// Whether a sentence that ends with the end of `text` is over when `next` follows it.
pub(super) fn is_over(text: &str, next: &str) -> bool {
    // The rules look back a few words and forward to the next one or two.
    let from = text.ceil_char_boundary(text.len().saturating_sub(4 * WORD));
    let to = next.floor_char_boundary(next.len().min(4 * WORD));
    let both = format!("x {} {}", &text[from..], &next[..to]);
    let seam = 2 + text[from..].trim_end().len();
    sentences(&both).iter().any(|sentence| sentence.end == seam)
}

/// Whether `text` ends with a stop, quotes and brackets behind it aside.
pub(super) fn has_stop(text: &str) -> bool {
    text.trim_end_matches(|c: char| is_closer(c) || is_superscript(c)).ends_with(is_stop)
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‽' | '؟' | '۔' | '।' | '॥') || is_wide_stop(c)
}

/// Stops behind which no space is written.
fn is_wide_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn is_closer(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '"' | '\'' | '”' | '“' | '’' | '‘' | '»' | '«' | '›' | '‹' | '」' | '』' | '）')
}

fn is_opener(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '"' | '\'' | '„' | '“' | '”' | '‚' | '‘' | '»' | '«' | '›' | '‹' | '¿' | '¡' | '*' | '_')
}

fn is_superscript(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹')
}

fn is_roman(word: &str) -> bool {
    !word.is_empty() && word.len() <= 7 && word.bytes().all(|b| matches!(b, b'I' | b'V' | b'X' | b'L' | b'C'))
}

fn skip_space(text: &str, at: usize) -> usize {
    at + (text.len() - at - text[at..].trim_start().len())
}

/// The end of the insertion in brackets that opens at `open`, if it closes soon.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, b) in text.as_bytes()[open..].iter().take(INSERTION).enumerate() {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + i + 1);
        }
    }
    None
}

/// A stop and what stands around it.
struct Stop<'a> {
    text: &'a str,
    /// Where its sentence begins.
    start: usize,
    /// Where it stands.
    at: usize,
    /// Behind it, further stops, and the quotes and brackets that close with it.
    end: usize,
    mark: char,
    /// How many stops stand here.
    marks: usize,
}

/// What follows a stop.
struct Next<'a> {
    /// The first character that is no bracket, quote, bullet or dash.
    first: char,
    /// The word it belongs to: letters alone.
    word: &'a str,
    /// Whether it is an item of an enumeration: "a)", "(b)", "•".
    item: bool,
}

impl<'a> Stop<'a> {
    fn at(text: &'a str, start: usize, at: usize, mark: char) -> Self {
        let mut end = at;
        let mut marks = 0;
        for c in text[at..].chars() {
            if is_stop(c) {
                marks += 1;
            } else if !is_closer(c) && !is_superscript(c) {
                break;
            }
            end += c.len_utf8();
        }
        let mut this = Self { text, start, at, end, mark, marks };
        this.end += this.reference_mark();
        this
    }

    /// Length of the number of a footnote that stands right behind the stop: "hoch.12 Die", "hoch.[3] Die".
    fn reference_mark(&self) -> usize {
        let rest = &self.text[self.end..];
        let digits = |s: &str| s.bytes().take(4).take_while(u8::is_ascii_digit).count();
        if let Some(inner) = rest.strip_prefix('[') {
            let n = digits(inner);
            return if n > 0 && inner[n..].starts_with(']') { n + 2 } else { 0 };
        }
        let n = digits(rest);
        let word = self.word();
        let prose = word.chars().count() >= 4 && word.chars().all(char::is_lowercase) && abbreviation(word).is_none();
        let space = rest[n..].is_empty() || rest[n..].starts_with(char::is_whitespace);
        if (1..=3).contains(&n) && prose && space { n } else { 0 }
    }

    fn ends_sentence(&self) -> bool {
        let rest = &self.text[self.end..];
        if rest.trim_start().is_empty() || is_wide_stop(self.mark) {
            return true;
        }
        if !rest.starts_with(char::is_whitespace) {
            return false;
        }
        let Some(next) = self.next() else { return true };
        if next.item {
            let word = self.word();
            let number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
            return self.marks > 1
                || self.mark != '.'
                || self.known().is_none() && (!number || self.number_ends(word, &next, true));
        }
        if next.first.is_lowercase() || matches!(next.first, ',' | ';' | ':' | ')' | ']' | '/' | '&' | '=' | '%') {
            return false;
        }
        let before = self.text[self.start..self.at].chars().next_back();
        if self.mark == '…' || self.marks > 1 && self.text[self.at..].starts_with("..") {
            // Set off by a space or in brackets, it stands for words that were left out.
            let left_out = before.is_none_or(|c| c.is_whitespace() || is_opener(c));
            return !left_out || begins_sentences(next.word);
        }
        if self.mark != '.' {
            return before.is_none_or(|c| c != '(');
        }
        self.full_stop_ends(&next)
    }

    /// The same for a single full stop with a capital, a digit or a symbol behind it.
    fn full_stop_ends(&self, next: &Next) -> bool {
        let starter = begins_sentences(next.word);
        let word = self.word();
        if word.is_empty() {
            return true;
        }
        let leads = self.text[self.start..self.at].trim_start_matches(is_opener).len() == word.len();
        if leads && (is_roman(word) || word.chars().count() == 1 || word.len() <= 8 && is_numbering(word)) {
            return false;
        }
        if word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'/')) {
            return self.number_ends(word, next, starter);
        }
        match self.known() {
            Some(Abbreviation::Before) => false,
            // "No. The figures are right."
            Some(Abbreviation::BeforeNumber) if leads && word == "No" => !next.first.is_ascii_digit(),
            Some(Abbreviation::BeforeNumber | Abbreviation::Anywhere) => {
                starter && !(is_roman(next.word) && next.word.len() == 1)
            }
            Some(Abbreviation::Closing) => starter || next.first.is_uppercase() && !is_code(next.word),
            None if word.chars().count() == 1 && word.starts_with(char::is_alphabetic) => starter,
            None if is_roman(word) && next.first.is_ascii_digit() => false,
            None if is_roman(word) && introduces_ordinal(&self.before(word).to_lowercase()) => starter,
            None => true,
        }
    }

    /// Whether a number with a stop ends its sentence, or is an ordinal, a date, an item of an enumeration.
    fn number_ends(&self, number: &str, next: &Next, starter: bool) -> bool {
        let parts: Vec<&str> = number.split('.').collect();
        let ordinal = !number.contains([',', '/']) && parts.iter().all(|p| (1..=2).contains(&p.len())) && parts.len() <= 2
            || parts.len() == 1 && number.len() == 3;
        if !ordinal {
            return true;
        }
        if next.first.is_ascii_digit() || is_counted(next.word) {
            return false;
        }
        let before = self.before(number);
        // "Abschnitt II. 3. b)", "31. 12. Rechnung", but "Tz. 12."
        let numbered = before.strip_suffix('.').is_some_and(|b| is_roman(b) || b.bytes().all(|b| b.is_ascii_digit()));
        // "folgende Posten: 1. Kasse, 2. Bank"
        let listed = before.ends_with([':', ',', ';', '–']) || before == "-";
        !numbered && (starter || !listed && !introduces_ordinal(&before.to_lowercase()))
    }

    /// The abbreviation that the stop belongs to.
    fn known(&self) -> Option<Abbreviation> {
        let word = self.word();
        if word.is_empty() || !word.chars().all(|c| c.is_alphabetic() || c == '.') {
            return None;
        }
        let plain: String = word.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect();
        if word.contains('.') {
            let longest = word.split('.').map(|part| part.chars().count()).max().unwrap_or(0);
            return abbreviation(&plain).or((longest <= 2).then_some(Abbreviation::Anywhere));
        }
        // "i. V. m.": the parts before it, as long as each is a letter or three and a stop.
        let mut parts = plain.clone();
        let mut head = self.text[self.start..self.at].strip_suffix(word)?;
        for _ in 0..4 {
            let Some(rest) = head.trim_end().strip_suffix('.') else { break };
            let part = last_word(rest);
            if part.is_empty() || part.chars().count() > 3 || !part.chars().all(char::is_alphabetic) {
                break;
            }
            parts.insert_str(0, &part.to_lowercase());
            if let Some(kind) = abbreviation(&parts) {
                return Some(kind);
            }
            head = &rest[..rest.len() - part.len()];
        }
        let length = plain.chars().count();
        abbreviation(&plain).filter(|_| length > 1 || matches!(word, "S" | "s" | "p" | "f")).or_else(|| {
            // Short and without a vowel, it is no word: an abbreviation of somebody's own.
            let capitals = word.chars().skip(1).any(char::is_uppercase);
            let vowel = plain.contains(['a', 'e', 'i', 'o', 'u', 'y', 'ä', 'ö', 'ü']);
            ((2..=5).contains(&length) && !capitals && !vowel && plain.is_ascii()).then_some(Abbreviation::Anywhere)
        })
    }

    /// The word, number or dotted abbreviation right before the stop.
    fn word(&self) -> &'a str {
        last_word(&self.text[self.start..self.at])
    }

    /// What stands before `word`.
    fn before(&self, word: &str) -> &'a str {
        let head = &self.text[self.start..self.at - word.len()];
        let head = head.trim_end();
        let from = head.ceil_char_boundary(head.len().saturating_sub(WORD));
        let token = head[from..].rsplit(char::is_whitespace).next().unwrap_or_default();
        if token == "–" { token } else { token.trim_start_matches(is_opener) }
    }

    fn next(&self) -> Option<Next<'a>> {
        let rest = self.text[self.end..].trim_start();
        if rest.starts_with(['•', '▪', '‣', '·', '●', '■', '➢', '✓']) {
            return Some(Next { first: '•', word: "", item: true });
        }
        let bare = rest.trim_start_matches(|c: char| is_opener(c) || c.is_whitespace() || matches!(c, '–' | '—' | '-'));
        let mut chars = bare.chars();
        let first = chars.next()?;
        let item = first.is_alphanumeric() && chars.next() == Some(')');
        let length = bare.char_indices().take(WORD).find(|(_, c)| !c.is_alphabetic()).map_or(bare.len().min(WORD), |(i, _)| i);
        Some(Next { first, word: bare.get(..length).unwrap_or_default(), item })
    }
}

/// The last run of characters in `text` that is neither space nor bracket nor hyphen.
fn last_word(text: &str) -> &str {
    let from = text.ceil_char_boundary(text.len().saturating_sub(WORD));
    let parts = |c: char| c.is_whitespace() || is_opener(c) || is_closer(c) || matches!(c, '-' | '–' | '§' | '\u{ad}');
    let word = text[from..].rsplit(parts).next().unwrap_or_default();
    // "und/oder" is one of two words, "15/16" a number.
    match word.rsplit_once('/') {
        Some((_, tail)) if tail.starts_with(char::is_alphabetic) => tail,
        _ => word,
    }
}

/// "1", "2.3", "4.1.2", "1a".
fn is_numbering(word: &str) -> bool {
    word.split('.').all(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        (1..=3).contains(&digits) && part.len() - digits <= 1
    })
}

/// "HGB", "AktG", "InsO": a law or a company's form, no word that begins a sentence.
fn is_code(word: &str) -> bool {
    word.chars().filter(|c| c.is_uppercase()).count() >= 2
}
