//! The words of claim and evidence, as they are compared.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    answer::{
        lexicon::{self, Classes},
        number::Figure,
    },
    index::analysis::Analyzer,
    types::Language,
};

/// Longest word that is looked at, in bytes; of a longer one this much.
const LONGEST: usize = 64;
/// Words of a text that are looked at.
const MOST: usize = 4000;

/// A word, with digits where it has some.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) range: Range<usize>,
    pub(super) lower: String,
    pub(super) classes: Classes,
    /// Empty for a stop word.
    pub(super) stem: String,
    /// Stems of the parts of a compound.
    pub(super) parts: Vec<String>,
    /// Begins with a capital.
    pub(super) capital: bool,
    /// Begins a sentence.
    pub(super) initial: bool,
    /// Belongs to a figure.
    pub(super) figure: bool,
    /// Counts the clauses of the text.
    pub(super) clause: u32,
}

impl Word {
    /// Whether it says what the sentence is about: no stop word, no figure, and none that is compared by its class.
    pub(super) fn is_content(&self) -> bool {
        const APART: Classes = Classes::NEGATION
            .and(Classes::PLANNED)
            .and(Classes::POSSIBLE)
            .and(Classes::MUST)
            .and(Classes::EVERY)
            .and(Classes::ONLY)
            .and(Classes::MOST)
            .and(Classes::PARTIAL)
            .and(Classes::LIGHT);
        !self.figure && !self.stem.is_empty() && !self.classes.has(APART)
    }
}

/// Text → words, remembering what it has seen.
pub(super) struct Reader {
    analyzer: Analyzer,
    seen: FxHashMap<(Box<str>, Language), Seen>,
}

type Seen = (String, Classes, String, Vec<String>);

/// Words that are remembered.
const SEEN: usize = 1 << 14;

impl Reader {
    pub(super) fn new() -> Self {
        Self { analyzer: Analyzer::new(), seen: FxHashMap::default() }
    }

    /// The words of `text`; those within a figure are marked.
    pub(super) fn words(&mut self, text: &str, language: Language, figures: &[Figure]) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let (mut clause, mut initial) = (0, true);
        let mut figures = figures.iter().map(|figure| figure.span.range()).peekable();
        for range in runs(text).take(MOST) {
            let between = &text[words.last().map_or(0, |word| word.range.end)..range.start];
            if between.contains([',', ';', ':', '(', ')', '–', '—', '\n', '\t', '.', '!', '?']) {
                clause += 1;
            }
            if between.contains(['.', '!', '?', '\n', '\t', '„', '"', '“', ':']) {
                initial = true;
            }
            let end = text.floor_char_boundary(range.end.min(range.start + LONGEST));
            let written = &text[range.start..end];
            let (lower, classes, stem, parts) = self.seen(written, language);
            if is_conjunction(&lower) {
                clause += 1;
            }
            while figures.peek().is_some_and(|figure| figure.end <= range.start) {
                figures.next();
            }
            let figure = figures.peek().is_some_and(|figure| figure.start < range.end);
            let capital = written.starts_with(char::is_uppercase);
            words.push(Word { range, lower, classes, stem, parts, capital, initial, figure, clause });
            initial = false;
        }
        words
    }

    fn seen(&mut self, written: &str, language: Language) -> Seen {
        let key = (Box::from(written), language);
        if let Some(seen) = self.seen.get(&key) {
            return seen.clone();
        }
        let plain: String = written.chars().filter(|c| !matches!(c, '\u{ad}' | '\'' | '’')).collect();
        let lower = plain.to_lowercase();
        let mut terms = String::new();
        self.analyzer.index_text(&plain, language, &mut terms);
        let mut terms = terms.split(' ').filter(|term| !term.is_empty()).map(str::to_owned);
        let stem = terms.next().unwrap_or_default();
        let seen = (lower.clone(), lexicon::classes(&lower), stem, terms.collect());
        if self.seen.len() >= SEEN {
            self.seen.clear();
        }
        self.seen.insert(key, seen.clone());
        seen
    }
}

/// Runs of letters and digits, with the apostrophe of `can't` and without that of `company's`.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(char::is_alphanumeric)?;
        let inside = |c: char| c.is_alphanumeric() || c == '\u{ad}' || unicode_normalization::char::is_combining_mark(c);
        let mut end = start + text[start..].find(|c: char| !inside(c)).unwrap_or(text.len() - start);
        at = end;
        let rest = &text[end..];
        for possessive in ["'s", "’s", "'t", "’t"] {
            if rest.starts_with(possessive) && !rest[possessive.len()..].starts_with(char::is_alphanumeric) {
                at = end + possessive.len();
                if possessive.ends_with('t') {
                    end = at;
                }
            }
        }
        Some(start..end)
    })
}

fn is_conjunction(word: &str) -> bool {
    matches!(
        word,
        "und"
            | "aber"
            | "sondern"
            | "während"
            | "sowie"
            | "jedoch"
            | "weil"
            | "obwohl"
            | "obgleich"
            | "dass"
            | "wobei"
            | "and"
            | "but"
            | "while"
            | "whereas"
            | "although"
            | "though"
            | "because"
            | "which"
            | "who"
    )
}
