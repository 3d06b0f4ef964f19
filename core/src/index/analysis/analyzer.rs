//! Text → the terms that are indexed.

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;

use super::{
    compound::{self, Lexicon},
    fold,
    query::{Collector, QueryTerm, TermKind},
    scan::{Sink, scan},
    stop_words,
};
use crate::types::Language;

/// Words whose terms are remembered, a language.
const CACHED: usize = 1 << 15;

/// Longest term of a word, in bytes; what is longer is cut, in the index and in the query alike.
const LONGEST_WORD: usize = 64;

/// Turns text into terms, and remembers the terms of the words that it has seen: keep one a thread.
///
/// Its memory is bounded: some megabytes, whatever it is given.
pub struct Analyzer {
    words: Words,
    caches: [Cache; 3],
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyzer {
    /// An analyzer that has seen nothing yet.
    pub fn new() -> Self {
        Self { words: Words::new(), caches: Default::default() }
    }

    /// Appends the terms of `text`, each followed by a blank: what a column of terms holds. A term comes as often as the
    /// text has it.
    pub fn index_text(&mut self, text: &str, language: Language, out: &mut String) {
        let text = fold::normalize(text);
        let cache = &mut self.caches[language as usize];
        scan(&text, &mut Indexer { words: &self.words, cache, language, out });
    }

    /// Calls `each` with every term of `text`.
    pub fn index_terms(&mut self, text: &str, language: Language, each: impl FnMut(&str)) {
        let mut out = String::new();
        self.index_text(text, language, &mut out);
        out.split(' ').filter(|t| !t.is_empty()).for_each(each);
    }

    /// The stem of one word of letters, as `index_text` has it first; empty for a stop word. Compounds are not taken apart.
    #[cfg(feature = "answer")]
    pub(crate) fn stem(&self, word: &str, language: Language) -> String {
        let mut plain = String::with_capacity(word.len());
        fold::plain(word, &mut plain);
        let mut folded = plain.clone();
        fold::digraphs(&mut folded, 0);
        if language == Language::En {
            if stop_words::is_english(&plain) {
                return String::new();
            }
            let mut stem = self.words.english.stem(&plain).into_owned();
            fold::digraphs(&mut stem, 0);
            return stem;
        }
        if stop_words::is_german(&folded) { String::new() } else { self.words.german.stem(&folded).into_owned() }
    }

    /// The terms of a question, each once, the first occurrence first. `language` is the question's: of a word that another
    /// language stems in another way both stems are there, the foreign one as [`TermKind::Variant`], so that names and
    /// foreign words are found in documents of either language.
    pub fn query_terms(&self, text: &str, language: Language) -> Vec<QueryTerm> {
        let mut collector = Collector::new(&self.words, language);
        scan(&fold::normalize(text), &mut collector);
        collector.finish()
    }
}

/// The terms of single words.
pub(super) struct Words {
    lexicon: &'static Lexicon,
    german: Stemmer,
    english: Stemmer,
}

impl Words {
    fn new() -> Self {
        Self {
            lexicon: compound::lexicon(),
            german: Stemmer::create(Algorithm::German),
            english: Stemmer::create(Algorithm::English),
        }
    }

    /// Calls `each` with the terms of a word as text in `language` is indexed: its stem, and the stems of its parts.
    pub(super) fn terms(&self, word: &str, language: Language, mut each: impl FnMut(TermKind, &str)) {
        let mut plain = String::with_capacity(word.len());
        fold::plain(word, &mut plain);
        if plain.len() > LONGEST_WORD {
            let end = (0..=LONGEST_WORD).rev().find(|&i| plain.is_char_boundary(i)).unwrap_or(0);
            plain.truncate(end);
        }
        let mut folded = plain.clone();
        fold::digraphs(&mut folded, 0);
        let stop = match language {
            Language::De => stop_words::is_german(&folded),
            Language::En => stop_words::is_english(&plain),
            Language::Other => stop_words::is_german(&folded) || stop_words::is_english(&plain),
        };
        let letter = plain.len() == 1 && !word.starts_with(char::is_uppercase);
        if stop || letter || plain.is_empty() {
            return;
        }
        let german = self.german.stem(&folded);
        if language != Language::En {
            each(TermKind::Word, &german);
            let parts = self.lexicon.split(&folded);
            for (i, part) in parts.iter().enumerate() {
                let stem = self.german.stem(part);
                if stem != german && !parts[..i].contains(part) {
                    each(TermKind::CompoundPart, &stem);
                }
            }
        }
        if language != Language::De {
            let mut english = self.english.stem(&plain).into_owned();
            fold::digraphs(&mut english, 0);
            if language == Language::En || english != german {
                each(TermKind::Word, &english);
            }
        }
    }
}

/// Terms by word as written: a slice of one long string, each term followed by a blank.
#[derive(Default)]
struct Cache {
    places: FxHashMap<Box<str>, (u32, u32)>,
    terms: String,
}

struct Indexer<'a> {
    words: &'a Words,
    cache: &'a mut Cache,
    language: Language,
    out: &'a mut String,
}

impl Sink for Indexer<'_> {
    fn word(&mut self, word: &str) {
        if let Some(&(start, end)) = self.cache.places.get(word) {
            self.out.push_str(&self.cache.terms[start as usize..end as usize]);
            return;
        }
        let from = self.out.len();
        self.words.terms(word, self.language, |_, term| {
            self.out.push_str(term);
            self.out.push(' ');
        });
        if word.len() > LONGEST_WORD {
            return;
        }
        if self.cache.places.len() >= CACHED {
            *self.cache = Cache::default();
        }
        let start = self.cache.terms.len();
        self.cache.terms.push_str(&self.out[from..]);
        self.cache.places.insert(word.into(), (start as u32, self.cache.terms.len() as u32));
    }

    fn term(&mut self, _: TermKind, term: &str) {
        self.out.push_str(term);
        self.out.push(' ');
    }
}
