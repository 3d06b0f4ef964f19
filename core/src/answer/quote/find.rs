//! One part of a quote, looked up in one text.

use std::ops::Range;

use memchr::memmem::Finder;
use unicode_normalization::char::is_combining_mark;

use super::{
    NotFoundReason,
    fold::{Gap, Solid, is_hyphen, is_invisible, is_quotation_mark},
    source::Source,
};
use crate::{
    answer::{evidence, number},
    types::Language,
};

/// Places that look like the quote and turn out to be none, before the search is given up: texts in which it matters are made
/// to cost time.
const CANDIDATES: usize = 200;
/// Bytes on each side of a quote's end in which a number is recognised.
const WINDOW: usize = 40;

/// What is looked for.
pub(super) struct Needle<'a> {
    quote: &'a str,
    solid: Solid,
    finder: Finder<'static>,
}

impl<'a> Needle<'a> {
    pub(super) fn new(quote: &'a str) -> Self {
        let solid = Solid::new(quote, 0, quote.len());
        let finder = Finder::new(&solid.text).into_owned();
        Self { quote, solid, finder }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.solid.text.is_empty()
    }

    /// Whether it says enough to be evidence: two words, one of which is a number or has three letters, or a number of two
    /// digits or more.
    pub(super) fn has_substance(&self) -> bool {
        let quote = evidence::reading(self.quote);
        let mut words = quote.split(|c: char| !c.is_alphanumeric() && !is_invisible(c) && !is_combining_mark(c));
        let digits = self.quote.chars().filter(char::is_ascii_digit).count();
        let long = words.clone().any(|w| w.chars().count() >= 3 || w.contains(|c: char| c.is_ascii_digit()));
        digits >= 2 || long && words.by_ref().filter(|w| !w.is_empty()).nth(1).is_some()
    }

    /// Where in `source`, from `from` on (a byte of its solid text), the quote first stands: bytes of the source, and the byte
    /// of its solid text behind it.
    pub(super) fn find(&self, source: &Source, from: usize) -> Result<(Range<usize>, usize), NotFoundReason> {
        let (hay, needle) = (&source.solid.text, &self.solid.text);
        let mut from = from;
        let mut reason = NotFoundReason::Absent;
        if needle.is_empty() {
            return Err(NotFoundReason::TooShort);
        }
        for _ in 0..CANDIDATES {
            let Some(found) = hay.as_bytes().get(from..).and_then(|rest| self.finder.find(rest)) else { break };
            let at = from + found;
            let end = at + needle.len();
            if self.agrees(&source.solid, &source.text, at) {
                let range = source.solid.at(at)..source.solid.end(end - 1, &source.text);
                match cut(source, at, end, &range) {
                    None => return Ok((range, end)),
                    Some(cut) => reason = cut,
                }
            }
            from = at + hay[at..].chars().next().map_or(1, char::len_utf8);
        }
        Err(reason)
    }

    /// Whether all that stands between the characters is the same to a reader.
    fn agrees(&self, hay: &Solid, text: &str, at: usize) -> bool {
        let needle = &self.solid.text;
        (1..needle.len()).all(|i| {
            if hay.touches(at + i) && self.solid.touches(i) || !needle.is_char_boundary(i) {
                return true;
            }
            let (theirs, ours) = (between(hay, text, at + i), between(&self.solid, self.quote, i));
            if theirs.is_empty() && ours.is_empty() {
                return true;
            }
            let before = needle[..i].chars().rfind(|c| !is_combining_mark(*c)).unwrap_or_default();
            let after = needle[i..].chars().next().unwrap_or_default();
            Gap::of(theirs).agrees(Gap::of(ours), before, after)
        })
    }
}

/// What stands in the source before the character of the byte `i`.
fn between<'a>(solid: &Solid, source: &'a str, i: usize) -> &'a str {
    if solid.same_character(i) {
        return "";
    }
    source.get(solid.end(i - 1, source)..solid.at(i)).unwrap_or_default()
}

/// What the ends of a place cut, if anything: part of a character, of a word, of a number.
fn cut(source: &Source, at: usize, end: usize, range: &Range<usize>) -> Option<NotFoundReason> {
    let text = &source.text;
    let character = source.solid.same_character(at) || source.solid.same_character(end);
    if character || goes_on_before(text, range.start) || goes_on_behind(text, range.end) {
        return Some(NotFoundReason::CutsWord);
    }
    cuts_number(text, range).then_some(NotFoundReason::CutsNumber)
}

/// Whether the word at `at` began before: `kein` for `ein`, `E-Mail` for `Mail`, `Rück-⏎stellung` for `stellung`.
fn goes_on_before(text: &str, at: usize) -> bool {
    let Some(first) = text[at..].chars().next().filter(|c| c.is_alphanumeric()) else { return false };
    let mut ahead = text[..at].chars().rev().filter(|c| !is_invisible(*c)).peekable();
    let mut breaks = false;
    while ahead.peek().is_some_and(|c| c.is_whitespace()) && first.is_lowercase() {
        breaks |= ahead.next() == Some('\n');
    }
    let blank = breaks || text[..at].ends_with(char::is_whitespace);
    match ahead.next() {
        Some(c) if is_hyphen(c) && breaks => ahead.next().is_some_and(char::is_alphabetic),
        Some(_) if blank => false,
        Some(c) if c.is_alphanumeric() || is_combining_mark(c) => true,
        Some(c) if is_hyphen(c) || is_quotation_mark(c) && first.is_alphabetic() => {
            ahead.next().is_some_and(char::is_alphanumeric)
        }
        _ => false,
    }
}

/// Whether the word before `at` goes on: `einig` for `ein`, `can't` for `can`, `Vertriebs- und` for `Vertriebs`.
fn goes_on_behind(text: &str, at: usize) -> bool {
    let mut behind = text[at..].chars().filter(|c| !is_invisible(*c));
    let next = behind.next();
    if next.is_some_and(is_combining_mark) {
        return true;
    }
    let Some(last) = text[..at].chars().rfind(|c| !is_combining_mark(*c)).filter(|c| c.is_alphanumeric()) else { return false };
    match next {
        Some(c) if c.is_alphanumeric() => true,
        Some(c) if is_hyphen(c) => match behind.next() {
            Some(after) if after.is_whitespace() => last.is_alphabetic() && matches!(c, '-' | '\u{2010}' | '\u{2011}'),
            after => after.is_some_and(char::is_alphanumeric),
        },
        Some(c) if is_quotation_mark(c) => matches!(behind.next(), Some('t' | 'T')) && last.is_alphabetic(),
        _ => false,
    }
}

/// Whether a number, with its sign and unit, goes on beyond an end of the range: `1.234` in `51.234,00`, `4,2` in `4,2 Mio.`.
fn cuts_number(text: &str, range: &Range<usize>) -> bool {
    let near_digit = |i: usize| {
        let from = text.floor_char_boundary(i.saturating_sub(WINDOW));
        let to = text.ceil_char_boundary((i + WINDOW).min(text.len()));
        text[from..to].bytes().any(|b| b.is_ascii_digit()).then_some((from, to))
    };
    [range.start, range.end].into_iter().any(|edge| {
        let Some((mut from, mut to)) = near_digit(edge) else { return false };
        // The window begins and ends between words.
        while from > 0 && from < edge && !text[..from].ends_with(char::is_whitespace) {
            from = text.ceil_char_boundary(from + 1);
        }
        while to < text.len() && to > edge && !text[to..].starts_with(char::is_whitespace) {
            to = text.floor_char_boundary(to - 1);
        }
        let figures = number::figures(&text[from..to], Language::Other);
        figures.iter().any(|figure| {
            let span = figure.span.range();
            from + span.start < edge && edge < from + span.end
        })
    })
}
