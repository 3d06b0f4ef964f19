//! Values that are looked for by their folded form, in whatever spelling: `DE89 3704…` and `de893704…`, `MÜLLER & CO. KG` and
//! `Mueller & Co KG`.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::Words;

/// Words of a value at most; a longer one is found by its first ones.
const WORDS: usize = 24;
/// Bytes between two words of a value at most.
const GAP: usize = 4;
/// Letters and digits that a value is looked up by before more is compared.
const PREFIX: usize = 4;
/// Letters and digits of a value at least: a shorter one is compared as it is written.
const SHORTEST: usize = 4;
/// Digits of a value without letters at least: a shorter one may be any figure.
const DIGITS: usize = 8;

/// Values by their folded form, each with what it stands for.
#[derive(Debug, Clone)]
pub(super) struct Dictionary<V> {
    values: FxHashMap<Box<str>, V>,
    /// Shorter ones, as written.
    short: FxHashMap<Box<str>, V>,
    prefixes: FxHashSet<[u8; PREFIX]>,
    longest: usize,
    longest_short: usize,
}

impl<V> Default for Dictionary<V> {
    fn default() -> Self {
        Self {
            values: FxHashMap::default(),
            short: FxHashMap::default(),
            prefixes: FxHashSet::default(),
            longest: 0,
            longest_short: 0,
        }
    }
}

/// Bytes of a short value at most, with its punctuation.
const SHORT: usize = 32;

/// A value found.
#[derive(Debug)]
pub(super) struct Hit<'d, V> {
    pub(super) span: Range<usize>,
    pub(super) value: &'d V,
}

impl<V> Dictionary<V> {
    /// Adds a value unless it is there. What has neither letter nor digit cannot be found.
    pub(super) fn add(&mut self, value: &str, stands_for: V) {
        let words = Words::of(value);
        let key = words.joined(0, words.len().min(WORDS));
        if key.is_empty() {
        } else if key.len() < SHORTEST || key.len() < DIGITS && key.bytes().all(|b| b.is_ascii_digit()) {
            self.longest_short = self.longest_short.max(value.trim().len());
            self.short.entry(value.trim().into()).or_insert(stands_for);
        } else {
            self.prefixes.insert(prefix(key));
            self.longest = self.longest.max(key.len());
            self.values.entry(key.into()).or_insert(stands_for);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.short.is_empty()
    }

    /// Every place where a value stands, the longest from each word on; places may overlap. A genitive's `s` stays outside.
    pub(super) fn find<'d>(&'d self, words: &Words<'_>, found: &mut Vec<Hit<'d, V>>) {
        if self.is_empty() {
            return;
        }
        for (i, word) in words.iter() {
            if let Some(hit) = self.short_at(words.text, word.span.start) {
                found.push(hit);
            }
            let mut end = i + 1;
            while words.joined(i, end).len() < PREFIX && end < words.len() && end - i < WORDS && words.gap(end - 1).len() <= GAP {
                end += 1;
            }
            if !self.prefixes.contains(&prefix(words.joined(i, end))) {
                continue;
            }
            let mut best = None;
            loop {
                let joined = words.joined(i, end);
                if let Some(value) = self.values.get(joined) {
                    best = words.get(end - 1).map(|last| Hit { span: word.span.start..last.span.end, value });
                } else if let Some(value) = joined.strip_suffix('s').and_then(|joined| self.values.get(joined))
                    && let Some(last) = words.get(end - 1).filter(|last| last.letters && last.span.len() > 1)
                    && words.text[..last.span.end].ends_with(['s', 'S'])
                {
                    best = Some(Hit { span: word.span.start..last.span.end - 1, value });
                }
                let goes_on =
                    end < words.len() && end - i < WORDS && words.gap(end - 1).len() <= GAP && joined.len() <= self.longest;
                if !goes_on {
                    break;
                }
                end += 1;
            }
            found.extend(best);
        }
    }

    fn short_at(&self, text: &str, start: usize) -> Option<Hit<'_, V>> {
        (1..=self.longest_short.min(SHORT)).rev().find_map(|length| {
            let span = start..start.checked_add(length)?;
            let value = self.short.get(text.get(span.clone())?)?;
            let ends = !text[span.end..].starts_with(char::is_alphanumeric) || !text[..span.end].ends_with(char::is_alphanumeric);
            ends.then_some(Hit { span, value })
        })
    }
}

fn prefix(key: &str) -> [u8; PREFIX] {
    let mut out = [0; PREFIX];
    out.iter_mut().zip(key.bytes()).for_each(|(to, from)| *to = from);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<String> {
        let mut dictionary = Dictionary::default();
        values.iter().for_each(|value| dictionary.add(value, ()));
        let mut hits = Vec::new();
        dictionary.find(&Words::of(text), &mut hits);
        hits.into_iter().map(|hit| text[hit.span].to_owned()).collect()
    }

    #[test]
    fn a_value_is_found_in_every_spelling_and_nowhere_else() {
        let values = ["Müller & Co. KG", "DE89 3704 0044 0532 0130 00", "Anna Groß"];
        assert_eq!(
            found(&values, "bei der MUELLER & CO KG, DE89370400440532013000."),
            ["MUELLER & CO KG", "DE89370400440532013000"]
        );
        assert_eq!(found(&values, "Anna Gross’ und Anna\nGroßs"), ["Anna Gross", "Anna\nGroß"]);
        assert!(found(&values, "Müller KG, DE89 3704 0044 0532 0130 01, Annagrossen").is_empty());
        assert!(found(&values, "Anna und Groß").is_empty());
    }

    #[test]
    fn a_short_value_is_compared_as_it_is_written() {
        assert_eq!(found(&["C&A", "VW"], "ca. 3 VW bei C&A, vw, C & A, VWL"), ["VW", "C&A"]);
    }
}
