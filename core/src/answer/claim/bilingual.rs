//! Words that mean the same in German and English, and synonyms within each, from `lexicon/bilingual.txt`.

use std::sync::LazyLock;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{
    forms::{self, Forms},
    words::Reader,
};
use crate::types::Language;

/// A way to say a thing: stems that stand together.
type Way = Box<[Box<str>]>;

/// Lines by the stems that they have.
#[derive(Debug)]
pub(super) struct Bilingual {
    lines: Vec<Line>,
    german: FxHashMap<Box<str>, Vec<Mention>>,
    english: FxHashMap<Box<str>, Vec<Mention>>,
    /// German words as they are written, folded, that may stand in a compound, with their stems.
    heads: FxHashMap<Box<str>, Box<str>>,
    forms: Forms,
}

#[derive(Debug)]
struct Line {
    german: Vec<Way>,
    english: Vec<Way>,
    kind: Kind,
    /// Whether its words are nouns.
    nouns: bool,
}

/// What a line says of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Those of a side mean the same.
    Synonyms,
    /// They translate each other, and those of a side need not mean the same.
    Translation,
    /// They translate each other, and nothing else does: names, months, numbers.
    Name,
}

/// A line that has a stem, and whether the stem stands alone there.
#[derive(Debug, Clone, Copy)]
struct Mention {
    line: u32,
    alone: bool,
}

static LEXICON: LazyLock<Bilingual> = LazyLock::new(Bilingual::new);

/// The lexicon, read once.
pub(super) fn lexicon() -> &'static Bilingual {
    &LEXICON
}

impl Bilingual {
    fn new() -> Self {
        let reader = &mut Reader::new();
        let mut this = Self {
            lines: Vec::new(),
            german: FxHashMap::with_capacity_and_hasher(1 << 13, FxBuildHasher),
            english: FxHashMap::with_capacity_and_hasher(1 << 13, FxBuildHasher),
            heads: FxHashMap::with_capacity_and_hasher(1 << 13, FxBuildHasher),
            forms: Forms::new(reader),
        };
        let mut nouns = false;
        for line in include_str!("../lexicon/bilingual.txt").lines() {
            if let Some(rest) = line.strip_prefix('#') {
                nouns = rest.strip_prefix(": ").map_or(nouns, |of| of == "nouns");
                continue;
            }
            let kind = match line.find(['|', '~', '=']).map(|at| line.as_bytes()[at]) {
                Some(b'|') => Kind::Synonyms,
                Some(b'~') => Kind::Translation,
                _ => Kind::Name,
            };
            let Some((german, english)) = line.split_once(['|', '~', '=']) else { continue };
            let line =
                Line { german: ways(german, Language::De, reader), english: ways(english, Language::En, reader), kind, nouns };
            for word in german.split_whitespace().filter(|word| !word.contains('+')) {
                let head = forms::fold(word);
                // The stem of a word is its beginning.
                let stem = line.german.iter().find(|way| way.len() == 1 && head.starts_with(&*way[0]));
                if let Some(stem) = stem {
                    this.heads.entry(head.into()).or_insert_with(|| stem[0].clone());
                }
            }
            let at = this.lines.len() as u32;
            add(&mut this.german, &line.german, at);
            add(&mut this.english, &line.english, at);
            this.lines.push(line);
        }
        this
    }

    fn side(&self, language: Language) -> &FxHashMap<Box<str>, Vec<Mention>> {
        if language == Language::En { &self.english } else { &self.german }
    }

    /// How `to` says what the stem says in `from`: nothing when the lexicon does not have it.
    pub(super) fn ways(&self, stem: &str, from: Language, to: Language) -> impl Iterator<Item = &Way> {
        let mentions = self.side(from).get(stem).map_or(&[] as &[Mention], Vec::as_slice);
        // A word of a phrase has no synonyms of its own.
        let within =
            move |mention: &&Mention| from != to || mention.alone && self.lines[mention.line as usize].kind == Kind::Synonyms;
        mentions.iter().filter(within).flat_map(move |mention| {
            let line = &self.lines[mention.line as usize];
            if to == Language::En { &line.english } else { &line.german }
        })
    }

    /// Whether the lexicon has a stem.
    pub(super) fn has(&self, stem: &str, language: Language) -> bool {
        self.side(language).contains_key(stem)
    }

    /// Whether a stem is of a name, a month or a number in all lines that have it.
    pub(super) fn is_name(&self, stem: &str, language: Language) -> bool {
        self.all_lines(stem, language, |line| line.kind == Kind::Name)
    }

    /// Whether a stem is a noun in all lines that have it.
    pub(super) fn is_noun(&self, stem: &str, language: Language) -> bool {
        self.all_lines(stem, language, |line| line.nouns)
    }

    fn all_lines(&self, stem: &str, language: Language, is: impl Fn(&Line) -> bool) -> bool {
        let mentions = self.side(language).get(stem).map_or(&[] as &[Mention], Vec::as_slice);
        !mentions.is_empty() && mentions.iter().all(|mention| is(&self.lines[mention.line as usize]))
    }

    /// The stem that the lexicon has for a form whose own stem it has not: `gründ` for `gegründet`, `begin` for `began`.
    pub(super) fn base(&self, stem: &str, language: Language) -> Option<String> {
        if stem.is_empty() || self.has(stem, language) {
            return None;
        }
        self.forms.bases(stem, language).into_iter().find(|base| self.has(base, language))
    }

    /// The stems of the parts of a German compound, all of which the lexicon has; nothing when it has the word itself or not all
    /// parts. `stem` is folded.
    pub(super) fn parts(&self, stem: &str) -> Vec<String> {
        const SHORTEST: usize = 7;
        const LONGEST: usize = 48;
        if !(SHORTEST..=LONGEST).contains(&stem.len())
            || !stem.bytes().all(|b| b.is_ascii_lowercase())
            || self.has(stem, Language::De)
        {
            return Vec::new();
        }
        // Where a part may begin, with the fewest parts before it and the start of the last of them.
        let mut best: Vec<Option<(u8, usize, &str)>> = vec![None; stem.len() + 1];
        best[0] = Some((0, 0, ""));
        let mut end: Option<(u8, usize, &str)> = None;
        for start in 0..stem.len() {
            let Some((count, ..)) = best[start] else { continue };
            let rest = &stem[start..];
            if start > 0
                && rest.len() >= 3
                && let Some(last) = self.last(rest)
                && end.is_none_or(|(fewest, ..)| count < fewest)
            {
                end = Some((count, start, last));
            }
            for length in 3..rest.len().saturating_sub(2) {
                let Some(head) = self.heads.get(&rest[..length]) else { continue };
                for link in ["", "s", "n", "en", "es", "er", "e"] {
                    let next = start + length + link.len();
                    if rest[length..].starts_with(link)
                        && next < stem.len()
                        && best[next].is_none_or(|(fewest, ..)| count + 1 < fewest)
                    {
                        best[next] = Some((count + 1, start, head));
                    }
                }
            }
        }
        let Some((_, mut start, last)) = end else { return Vec::new() };
        let mut parts = vec![last.to_owned()];
        while start > 0 {
            let Some((_, from, head)) = best[start] else { break };
            parts.push(head.to_owned());
            start = from;
        }
        parts.reverse();
        parts
    }

    /// The stem of the last part of a compound, of which the compound's stem may have cut off more than its own has.
    fn last(&self, rest: &str) -> Option<&str> {
        if let Some((stem, _)) = self.german.get_key_value(rest) {
            return Some(stem);
        }
        let heads = ["", "ung", "e", "en"].iter().find_map(|ending| {
            let mut word = String::with_capacity(rest.len() + ending.len());
            word.push_str(rest);
            word.push_str(ending);
            self.heads.get(word.as_str())
        });
        heads.map(|stem| &**stem)
    }
}

fn ways(words: &str, language: Language, reader: &mut Reader) -> Vec<Way> {
    let way = |way: &str| -> Way {
        let stems = way.split('+').map(|word| reader.stem(word, language)).filter(|stem| !stem.is_empty());
        stems.map(String::into_boxed_str).collect()
    };
    words.split_whitespace().map(way).filter(|way| !way.is_empty()).collect()
}

fn add(side: &mut FxHashMap<Box<str>, Vec<Mention>>, ways: &[Way], line: u32) {
    for way in ways {
        let alone = way.len() == 1;
        for stem in way {
            let mentions = side.entry(stem.clone()).or_default();
            match mentions.iter_mut().find(|mention| mention.line == line) {
                Some(mention) => mention.alone |= alone,
                None => mentions.push(Mention { line, alone }),
            }
        }
    }
}

/// The two languages as the lexicon has them: anything but English is looked up as German.
pub(super) fn side(language: Language) -> Language {
    if language == Language::En { Language::En } else { Language::De }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_words_of_both_languages() {
        let lexicon = lexicon();
        assert!(lexicon.lines.len() > 2000);
        for (at, line) in lexicon.lines.iter().enumerate() {
            assert!(!line.german.is_empty() && !line.english.is_empty(), "{at}: {line:?}");
        }
    }

    #[test]
    fn lines_for_translation_only_make_no_synonyms() {
        let german = |stem: &str| lexicon().ways(stem, Language::De, Language::De).count();
        assert!(german("kredit") > 0 && german("gipfel") == 0 && german("zeug") == 0);
    }

    #[test]
    fn a_compound_counts_as_its_parts_and_a_form_as_its_base() {
        let lexicon = lexicon();
        assert_eq!(lexicon.parts("entscheidungsproblem"), ["entscheid", "probl"]);
        assert!(lexicon.parts("xyzproblem").is_empty() && lexicon.parts("problem").is_empty());
        assert_eq!(lexicon.base("began", Language::En).as_deref(), Some("begin"));
        assert_eq!(lexicon.base("uberwacht", Language::De).as_deref(), Some("uberwach"));
        assert_eq!(lexicon.base("vorgeschlag", Language::De).as_deref(), Some("vorschlag"));
    }

    #[test]
    fn words_of_the_list_have_the_stems_that_words_of_texts_have() {
        let reader = &mut Reader::new();
        for word in ["Rückstellungen", "Steuer", "Prüfung", "queries", "Aktien", "abschließen", "fuel"] {
            for language in [Language::De, Language::En] {
                let stem = reader.words(word, language, &[]).first().map(|word| word.stem.clone()).unwrap_or_default();
                assert_eq!(reader.stem(word, language), stem, "{word}");
            }
        }
    }

    #[test]
    fn long_words_are_not_taken_apart() {
        assert!(lexicon().parts(&"haus".repeat(1000)).is_empty());
    }
}
