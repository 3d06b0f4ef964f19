//! Placeholders: how they are written, and how they are read back from what a model makes of them.
//!
//! `[PERSON_1]` stands for the first value of a kind, `[PERSON_1b]` for a second spelling of it. A model changes their case, puts a blank or
//! a hyphen where `_` was, escapes them for Markdown, or leaves the brackets out. All of that is read; without brackets `_` must stand and
//! no letter or digit may touch it.

/// Letters of a label at most.
const LABEL: usize = 16;
/// Digits of a number at most.
const DIGITS: usize = 7;
/// Letters that tell spellings of one value apart, at most.
const SPELLING: usize = 4;
/// Signs between label and number at most, and backslashes or blanks elsewhere.
const SIGNS: usize = 4;

/// What a placeholder names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference<'t> {
    /// As written: the case is of no account.
    pub(super) label: &'t str,
    pub(super) number: u32,
    /// Counted from 0.
    pub(super) spelling: u32,
    /// Its last letter may be a genitive's.
    pub(super) genitive: Option<u32>,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read<'t> {
    /// A placeholder of so many bytes; of which the last one is no part when it turns out to be a genitive.
    Placeholder { length: usize, reference: Reference<'t>, bracketed: bool },
    /// None begins here.
    Nothing,
    /// That depends on what follows.
    Incomplete,
}

/// Writes a placeholder.
pub(super) fn write(label: &str, number: u32, spelling: u32, out: &mut String) {
    out.push('[');
    out.push_str(label);
    out.push('_');
    out.push_str(&number.to_string());
    out.push_str(&letters(spelling));
    out.push(']');
}

/// Nothing, `b`, `c`, … `z`, `aa`, …
fn letters(spelling: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = if spelling == 0 { 0 } else { spelling + 1 };
    while rest > 0 {
        letters.push(b'a' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|b| *b as char).collect()
}

fn spelling(letters: &[u8]) -> u32 {
    let rank = letters.iter().fold(0u32, |rank, letter| rank * 26 + u32::from(letter.to_ascii_lowercase() - b'a') + 1);
    rank.saturating_sub(1)
}

/// The most that can be told apart: [`SPELLING`] letters.
pub(super) const SPELLINGS: u32 = 26 + 26 * 26 + 26 * 26 * 26;
/// The highest number.
pub(super) const NUMBERS: u32 = 9_999_999;

/// A place in a text that may go on.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
    whole: bool,
}

impl<'t> Cursor<'t> {
    /// Takes bytes while they fit, up to a number; `None` when more may fit behind the end.
    fn take(&mut self, most: usize, fits: impl Fn(u8) -> bool) -> Option<&'t str> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && self.at - start < most && fits(bytes[self.at]) {
            self.at += 1;
        }
        (self.at < bytes.len() || self.at - start == most || self.whole).then(|| &self.text[start..self.at])
    }
}

/// Reads at the beginning of `text`. `touched`: a letter, a digit or `_` stands before it. `whole`: nothing follows it. `is_label` says
/// whether a label, in capitals, is one; `begins_label` whether one begins so.
///
/// In text that the redaction wrote, the placeholders that it put there are read and nothing else: see the tests.
pub(super) fn read<'t>(text: &'t str, touched: bool, whole: bool, labels: &dyn Labels) -> Read<'t> {
    match text.as_bytes().first() {
        Some(b'[' | b'\\') => bracketed(text, whole, labels),
        Some(first) if first.is_ascii_alphabetic() && !touched => bare(text, whole, true, labels),
        _ => Read::Nothing,
    }
}

/// As [`read`], for whoever must not let one through: without brackets it may touch anything.
pub(super) fn look_alike<'t>(text: &'t str, labels: &dyn Labels) -> Read<'t> {
    match text.as_bytes().first() {
        Some(b'[' | b'\\') => bracketed(text, true, labels),
        Some(first) if first.is_ascii_alphabetic() => bare(text, true, false, labels),
        _ => Read::Nothing,
    }
}

/// Which labels there are.
pub(super) trait Labels {
    fn has(&self, label: &str) -> bool;
    fn has_beginning(&self, beginning: &str) -> bool;
}

macro_rules! some {
    ($taken:expr) => {
        match $taken {
            Some(taken) => taken,
            None => return Read::Incomplete,
        }
    };
}

fn bracketed<'t>(text: &'t str, whole: bool, labels: &dyn Labels) -> Read<'t> {
    let mut cursor = Cursor { text, at: 0, whole };
    let opening = some!(cursor.take(2, |b| b == b'\\'));
    if some!(cursor.take(1, |b| b == b'[')).is_empty() {
        return Read::Nothing;
    }
    some!(cursor.take(2, |b| b == b' '));
    let label = match cursor.take(LABEL, |b| b.is_ascii_alphabetic()) {
        Some(label) => label,
        None if labels.has_beginning(&text[cursor.at - trailing_letters(text)..]) => return Read::Incomplete,
        None => return Read::Nothing,
    };
    if !labels.has(label) {
        return Read::Nothing;
    }
    some!(cursor.take(SIGNS, |b| matches!(b, b'_' | b'-' | b' ' | b'\\')));
    let number = some!(cursor.take(DIGITS, |b| b.is_ascii_digit()));
    let Ok(number) = number.parse() else { return Read::Nothing };
    let letters = some!(cursor.take(SPELLING, |b| b.is_ascii_alphabetic()));
    some!(cursor.take(2, |b| b == b' '));
    let closing = some!(cursor.take(2, |b| b == b'\\'));
    if some!(cursor.take(1, |b| b == b']')).is_empty() {
        return Read::Nothing;
    }
    // A backslash in front is the text's own unless the closing bracket has one as well: what the redaction wrote has none.
    if !opening.is_empty() && closing.is_empty() {
        return Read::Nothing;
    }
    Read::Placeholder { length: cursor.at, reference: reference(label, number, letters), bracketed: true }
}

fn bare<'t>(text: &'t str, whole: bool, alone: bool, labels: &dyn Labels) -> Read<'t> {
    let mut cursor = Cursor { text, at: 0, whole };
    let label = match cursor.take(LABEL, |b| b.is_ascii_alphabetic()) {
        Some(label) => label,
        None if labels.has_beginning(text) => return Read::Incomplete,
        None => return Read::Nothing,
    };
    if !labels.has(label) {
        return Read::Nothing;
    }
    some!(cursor.take(2, |b| b == b'\\'));
    if some!(cursor.take(1, |b| b == b'_')).is_empty() {
        return Read::Nothing;
    }
    let number = some!(cursor.take(DIGITS, |b| b.is_ascii_digit()));
    let Ok(number) = number.parse() else { return Read::Nothing };
    let letters = some!(cursor.take(SPELLING, |b| b.is_ascii_alphabetic()));
    if alone {
        // What touches it must be there to be seen; of a character the first byte suffices.
        match text[cursor.at..].chars().next() {
            Some(next) if next.is_alphanumeric() || next == '_' => return Read::Nothing,
            None if !whole => return Read::Incomplete,
            _ => {}
        }
    }
    Read::Placeholder { length: cursor.at, reference: reference(label, number, letters), bracketed: false }
}

fn trailing_letters(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_alphabetic).count()
}

fn reference<'t>(label: &'t str, number: u32, letters: &str) -> Reference<'t> {
    let bytes = letters.as_bytes();
    let genitive = bytes.split_last().filter(|(last, _)| matches!(last, b's' | b'S')).map(|(_, before)| spelling(before));
    Reference { label, number, spelling: spelling(bytes), genitive }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl Labels for Two {
        fn has(&self, label: &str) -> bool {
            ["PERSON", "IBAN"].iter().any(|known| known.eq_ignore_ascii_case(label))
        }

        fn has_beginning(&self, beginning: &str) -> bool {
            ["PERSON", "IBAN"].iter().any(|known| known.get(..beginning.len()).is_some_and(|b| b.eq_ignore_ascii_case(beginning)))
        }
    }

    fn length(text: &str) -> Option<(usize, u32, u32)> {
        match read(text, false, true, &Two) {
            Read::Placeholder { length, reference, .. } => Some((length, reference.number, reference.spelling)),
            Read::Nothing => None,
            Read::Incomplete => panic!("{text:?} is whole"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (number, spelling) in [(1, 0), (12, 1), (9_999_999, 25), (3, 26), (4, 701), (5, 702), (7, SPELLINGS - 1)] {
            let mut text = String::new();
            write("PERSON", number, spelling, &mut text);
            assert_eq!(length(&text), Some((text.len(), number, spelling)), "{text}");
        }
    }

    #[test]
    fn what_models_make_of_a_placeholder_is_read() {
        for text in [
            "[person_1]",
            "[Person_1]",
            "[PERSON 1]",
            "[PERSON-1]",
            "[PERSON1]",
            "[ PERSON_1 ]",
            "[PERSON\\_1]",
            "\\[PERSON\\_1\\]",
            "\\\\[PERSON\\\\_1\\\\]",
            "PERSON_1",
            "PERSON\\_1",
            "person_1",
            "[PERSON_ 1]",
        ] {
            assert_eq!(length(text), Some((text.len(), 1, 0)), "{text}");
        }
        assert_eq!(length("PERSON_1, sagte"), Some((8, 1, 0)));
        assert_eq!(length("PERSON_1é"), None, "a letter touches it");
    }

    #[test]
    fn what_may_be_meant_otherwise_is_not_read() {
        for text in [
            "Person 1",
            "PERSON-1",
            "PERSON1",
            "[PERSON_]",
            "[PERSON]",
            "[PERSONAL_1]",
            "[X_1]",
            "PERSON_1_2",
            "\\[PERSON_1]",
            "[1]",
        ] {
            assert_eq!(length(text), None, "{text}");
        }
        assert_eq!(length("[PERSON_12345678]"), None, "too long a number");
        assert_eq!(read("PERSON_1", true, true, &Two), Read::Nothing, "a letter touches it in front");
    }

    #[test]
    fn a_beginning_is_incomplete_until_it_can_be_none() {
        let text = "\\[PERSON\\_12b\\]";
        for end in 0..text.len() {
            let expected = if end == 0 { Read::Nothing } else { Read::Incomplete };
            assert_eq!(read(&text[..end], false, false, &Two), expected, "{}", &text[..end]);
        }
        for text in ["[PERSON_1", "[P", "PERS", "PERSON_1", "[", "\\"] {
            assert_eq!(read(text, false, false, &Two), Read::Incomplete, "{text}");
        }
        for text in ["[Q", "Per ", "Haus", "PERSON ", "x", "\\n"] {
            assert_eq!(read(text, false, false, &Two), Read::Nothing, "{text}");
        }
    }
}
