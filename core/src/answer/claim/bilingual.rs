//! Words that mean the same in German and English, and synonyms within each, from `lexicon/bilingual.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::words::Reader;
use crate::types::Language;

/// Ways to say a thing: any of them, each a set of stems that stand together.
type Ways = Vec<Vec<String>>;

/// By stem: how the other language says it, and how the same does.
#[derive(Debug, Default)]
pub(super) struct Bilingual {
    german: FxHashMap<String, Entry>,
    english: FxHashMap<String, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    other: Ways,
    synonyms: Ways,
}

static LEXICON: LazyLock<Bilingual> = LazyLock::new(Bilingual::new);

/// The lexicon, read once.
pub(super) fn lexicon() -> &'static Bilingual {
    &LEXICON
}

impl Bilingual {
    fn new() -> Self {
        let (mut this, reader) = (Self::default(), &mut Reader::new());
        for line in include_str!("../lexicon/bilingual.txt").lines().filter(|line| !line.starts_with('#')) {
            let Some((german, english)) = line.split_once('|') else { continue };
            let german = ways(german, Language::De, reader);
            let english = ways(english, Language::En, reader);
            add(&mut this.german, &german, &english);
            add(&mut this.english, &english, &german);
        }
        this
    }

    /// How `to` says what the stem says in `from`: nothing when the lexicon does not have it.
    pub(super) fn ways(&self, stem: &str, from: Language, to: Language) -> &[Vec<String>] {
        let side = if from == Language::En { &self.english } else { &self.german };
        side.get(stem).map_or(&[], |entry| if from == to { &entry.synonyms } else { &entry.other })
    }
}

fn ways(words: &str, language: Language, reader: &mut Reader) -> Ways {
    words
        .split_whitespace()
        .map(|way| {
            let words = reader.words(&way.replace('+', " "), language, &[]);
            words.iter().map(|word| word.stem.clone()).filter(|stem| !stem.is_empty()).collect::<Vec<_>>()
        })
        .filter(|way| !way.is_empty())
        .collect()
}

fn add(side: &mut FxHashMap<String, Entry>, own: &Ways, other: &Ways) {
    for way in own {
        for stem in way {
            let entry = side.entry(stem.clone()).or_default();
            entry.other.extend(other.iter().filter(|w| !entry.other.contains(w)).cloned().collect::<Vec<_>>());
            // A word of a phrase has no synonyms of its own.
            if way.len() == 1 {
                entry.synonyms.extend(own.iter().filter(|w| *w != way).cloned());
            }
        }
    }
}

/// The two languages as the lexicon has them: anything but English is looked up as German.
pub(super) fn side(language: Language) -> Language {
    if language == Language::En { Language::En } else { Language::De }
}
