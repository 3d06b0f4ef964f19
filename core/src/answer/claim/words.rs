//! The words of claim and evidence, as they are compared.

use std::{
    hash::BuildHasher,
    ops::{Deref, Range},
    sync::{Arc, OnceLock},
};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::bilingual;
use crate::{
    answer::{
        lexicon::{self, Classes},
        number::{Figure, Value},
    },
    index::analysis::Analyzer,
    types::Language,
};

/// Longest word that is looked at, in bytes; of a longer one this much.
const LONGEST: usize = 64;
/// Words of a text that are looked at.
const MOST: usize = 2500;

/// A word, with digits where it has some.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) range: Range<usize>,
    form: Arc<Form>,
    /// Those of its form, and with its particle.
    pub(super) classes: Classes,
    /// Begins with a capital.
    pub(super) capital: bool,
    /// Begins a sentence.
    pub(super) initial: bool,
    /// Belongs to a figure.
    pub(super) figure: bool,
    /// Belongs to a figure that is a period.
    pub(super) period: bool,
    /// The verb with its particle, for one whose particle ends the clause: `abdecken` for `deckt … ab`.
    pub(super) particle: Option<String>,
    /// Counts the clauses of the text.
    pub(super) clause: u32,
}

/// What a word is wherever it stands.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) lower: String,
    classes: Classes,
    /// Empty for a stop word.
    pub(super) stem: String,
    /// Stems of the parts of a compound.
    pub(super) parts: Vec<String>,
    /// Keys of `lower` and `stem`.
    keys: (u64, u64),
    /// What else the bilingual lexicon has it by: read when it is first compared across languages.
    across: OnceLock<Across>,
}

/// What the bilingual lexicon has a word by that it does not have itself.
#[derive(Debug, Default)]
pub(super) struct Across {
    /// The stem of its base form.
    pub(super) base: Option<String>,
    /// The stems of the parts of a compound.
    pub(super) parts: Vec<String>,
}

/// What differs only where texts differ, for a quick look.
pub(super) fn key(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

impl Form {
    /// Whether both are the same word, in some form of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.keys.0 == other.keys.0 && self.lower == other.lower
            || self.keys.1 == other.keys.1 && !self.stem.is_empty() && self.stem == other.stem
    }

    /// What the bilingual lexicon has it by, for a word in `language`.
    pub(super) fn across(&self, language: Language) -> &Across {
        self.across.get_or_init(|| {
            let (lexicon, language) = (bilingual::lexicon(), bilingual::side(language));
            let base = lexicon.base(&self.stem, language);
            let parts = if language == Language::De && base.is_none() { lexicon.parts(&self.stem) } else { Vec::new() };
            Across { base, parts }
        })
    }

    /// What it is looked up by, each with its key: the word, its stem, the stems of its parts.
    pub(super) fn keys(&self) -> impl Iterator<Item = (u64, &str)> {
        let own = [(self.keys.0, self.lower.as_str()), (self.keys.1, self.stem.as_str())];
        own.into_iter().filter(|(_, text)| !text.is_empty()).chain(self.parts.iter().map(|part| (key(part), part.as_str())))
    }
}

impl Deref for Word {
    type Target = Form;

    fn deref(&self) -> &Form {
        &self.form
    }
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
            .and(Classes::LIGHT)
            .and(Classes::LACKING);
        !self.figure && !self.stem.is_empty() && self.particle.as_deref() != Some("") && !self.classes.has(APART)
    }
}

/// Text → words, remembering what it has seen.
pub(super) struct Reader {
    analyzer: Analyzer,
    /// By language.
    forms: [FxHashMap<Box<str>, Arc<Form>>; 3],
    /// By language, with figures marked and without.
    texts: [FxHashMap<Box<str>, Arc<[Word]>>; 6],
}

/// Words that are remembered, a language.
const FORMS: usize = 1 << 13;
/// Texts that are remembered, and the longest of them in bytes: claims of one answer cite the same passages, and answer one question.
const TEXTS: usize = 64;
const LONGEST_TEXT: usize = 2048;

impl Reader {
    pub(super) fn new() -> Self {
        Self { analyzer: Analyzer::new(), forms: Default::default(), texts: Default::default() }
    }

    /// The words of a text that is read again and again; `figures` are all that it has, or `None` when they are not to be marked.
    pub(super) fn text(&mut self, text: &str, language: Language, figures: Option<&[Figure]>) -> Arc<[Word]> {
        let texts = 2 * language as usize + usize::from(figures.is_some());
        if let Some(words) = self.texts[texts].get(text) {
            return words.clone();
        }
        let words: Arc<[Word]> = self.words(text, language, figures.unwrap_or_default()).into();
        if text.len() <= LONGEST_TEXT {
            let texts = &mut self.texts[texts];
            if texts.len() >= TEXTS {
                texts.clear();
            }
            texts.insert(text.into(), words.clone());
        }
        words
    }

    /// The words of `text`; those within a figure are marked.
    pub(super) fn words(&mut self, text: &str, language: Language, figures: &[Figure]) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let (mut clause, mut initial) = (0, true);
        let mut figures =
            figures.iter().map(|figure| (figure.span.range(), matches!(figure.value, Value::Period { .. }))).peekable();
        for range in runs(text).take(MOST) {
            let between = &text[words.last().map_or(0, |word| word.range.end)..range.start];
            // The comma of a decimal parts no clauses, nor does the stop of `165 Mio. Euro`.
            let number = words.last().is_some_and(|last| {
                let within = figures.peek().is_some_and(|(figure, _): &(Range<usize>, bool)| {
                    figure.start <= last.range.start && range.start < figure.end
                });
                let decimal = between.len() == 1 && text[range.start..].starts_with(|c: char| c.is_ascii_digit());
                last.figure && (within || decimal)
            });
            if !number && between.contains([',', ';', ':', '(', ')', '–', '—', '\n', '\t', '.', '!', '?']) {
                clause += 1;
            }
            if !number && between.contains(['.', '!', '?', '\n', '\t', '„', '"', '“', ':']) {
                initial = true;
            }
            let end = text.floor_char_boundary(range.end.min(range.start + LONGEST));
            let written = &text[range.start..end];
            let form = self.form(written, language);
            if is_conjunction(&form.lower) {
                clause += 1;
            }
            while figures.peek().is_some_and(|(figure, _)| figure.end <= range.start) {
                figures.next();
            }
            let figure = figures.peek().is_some_and(|(figure, _)| figure.start < range.end);
            let period = figure && figures.peek().is_some_and(|(_, period)| *period);
            let capital = written.starts_with(char::is_uppercase);
            let classes = form.classes;
            words.push(Word { range, form, classes, capital, initial, figure, period, particle: None, clause });
            initial = false;
        }
        if language != Language::En {
            join_particles(&mut words);
        }
        words
    }

    /// The stem of a word; empty for a stop word.
    pub(super) fn stem(&mut self, word: &str, language: Language) -> String {
        if word.chars().all(char::is_alphabetic) {
            return self.analyzer.stem(word, language);
        }
        self.form(word, language).stem.clone()
    }

    fn form(&mut self, written: &str, language: Language) -> Arc<Form> {
        let forms = &mut self.forms[language as usize];
        if let Some(form) = forms.get(written) {
            return form.clone();
        }
        let plain: String = written.chars().filter(|c| !matches!(c, '\u{ad}' | '\'' | '’')).collect();
        let lower = plain.to_lowercase();
        let mut terms = String::new();
        self.analyzer.index_text(&plain, language, &mut terms);
        let mut terms = terms.split(' ').filter(|term| !term.is_empty()).map(str::to_owned);
        let mut stem = terms.next().unwrap_or_default();
        if language != Language::En
            && let Some(plain) = without_zu(&stem)
        {
            stem = plain;
        }
        let keys = (key(&lower), key(&stem));
        let form = Arc::new(Form {
            classes: lexicon::classes(&lower),
            lower,
            stem,
            parts: terms.collect(),
            keys,
            across: OnceLock::new(),
        });
        if forms.len() >= FORMS {
            forms.clear();
        }
        forms.insert(written.into(), form.clone());
        form
    }
}

/// What parts from a German verb and ends its clause.
pub(super) const PARTICLES: [&str; 22] = [
    "ab", "an", "auf", "aus", "bei", "dar", "ein", "fest", "fort", "frei", "her", "hin", "hervor", "mit", "nach", "um", "vor",
    "weg", "zu", "zurück", "zusammen", "zugrunde",
];

/// `schlagen … vor` is read as `vorschlagen`: the particle that ends a clause goes to the first word of the clause that may be its verb.
fn join_particles(words: &mut [Word]) {
    for end in 0..words.len() {
        let last = words.get(end + 1).is_none_or(|next| next.clause != words[end].clause);
        if !last || !PARTICLES.contains(&words[end].lower.as_str()) {
            continue;
        }
        let clause = words[end].clause;
        let particle = words[end].lower.clone();
        let verb = |word: &&mut Word| {
            word.clause == clause
                && (!word.capital || word.initial)
                && !word.stem.is_empty()
                && !word.figure
                && !word.classes.has(Classes::LIGHT)
        };
        if let Some(verb) = words[..end].iter_mut().find(verb) {
            verb.classes = verb.classes.and(lexicon::classes(&format!("{particle}{}", verb.lower)));
            verb.particle = Some(format!("{particle}{}", verb.stem));
            words[end].particle = Some(String::new());
        }
    }
}

/// `vorleg` for the stem of `vorzulegen`.
fn without_zu(stem: &str) -> Option<String> {
    PARTICLES.iter().find_map(|particle| {
        let rest = stem.strip_prefix(particle)?.strip_prefix("zu").filter(|rest| rest.len() >= 3)?;
        Some(format!("{particle}{rest}"))
    })
}

/// `vorschlag` for the stem of `vorgeschlagen`.
pub(super) fn without_ge(stem: &str) -> Option<String> {
    PARTICLES.iter().find_map(|particle| {
        let rest = stem.strip_prefix(particle)?.strip_prefix("ge").filter(|rest| rest.len() >= 4)?;
        Some(format!("{particle}{rest}"))
    })
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
