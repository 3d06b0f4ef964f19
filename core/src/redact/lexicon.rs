//! What a word is in names, addresses and companies: from `lists/`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

const FIRST_NAMES: &str = include_str!("lists/first_names.txt");
const RARE_FIRST_NAMES: &str = include_str!("lists/rare_first_names.txt");
const SURNAMES: &str = include_str!("lists/surnames.txt");
const RARE_SURNAMES: &str = include_str!("lists/rare_surnames.txt");
const COMMON_WORDS: &str = include_str!("lists/common_words.txt");
const GERMAN_WORDS: &str = include_str!("lists/german_words.txt");
const BY_HAND: &str = include_str!("lists/by_hand.txt");
const DISTRICTS: &str = include_str!("lists/districts.txt");

/// Bytes of one word of a name at most.
const LONGEST_NAME: usize = 40;

/// Of one in a list, with what stands behind it, on average: for the room that all of them need.
const BYTES_OF_A_WORD: usize = 8;

/// Every list, for the identity of what finds.
pub(super) const LISTS: [&str; 8] =
    [FIRST_NAMES, RARE_FIRST_NAMES, SURNAMES, RARE_SURNAMES, COMMON_WORDS, GERMAN_WORDS, BY_HAND, DISTRICTS];

/// A set of classes of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Classes(u32);

impl Classes {
    pub(super) const NONE: Self = Self(0);
    pub(super) const FIRST: Self = Self(1);
    pub(super) const LAST: Self = Self(1 << 1);
    /// More often something else than a name.
    pub(super) const COMMON: Self = Self(1 << 2);
    /// Herr, Ms.
    pub(super) const SALUTATION: Self = Self(1 << 3);
    /// Dr., Prof.
    pub(super) const ACADEMIC: Self = Self(1 << 4);
    /// An office or a profession.
    pub(super) const ROLE: Self = Self(1 << 5);
    /// gez., signed.
    pub(super) const SIGN: Self = Self(1 << 6);
    /// Hallo, Dear.
    pub(super) const GREETING: Self = Self(1 << 7);
    /// What stands before a colon and a name.
    pub(super) const LABEL: Self = Self(1 << 8);
    /// von, van, bin.
    pub(super) const PARTICLE: Self = Self(1 << 9);
    /// GmbH, Ltd.
    pub(super) const LEGAL: Self = Self(1 << 10);
    /// Straße, Road.
    pub(super) const STREET: Self = Self(1 << 11);
    pub(super) const DISTRICT: Self = Self(1 << 12);
    /// A surname that is none when it stands alone.
    pub(super) const RARE: Self = Self(1 << 13);
    /// A first name that is none when it stands alone.
    pub(super) const RARE_FIRST: Self = Self(1 << 14);
    /// A German noun that may be a surname behind a first name.
    pub(super) const NOUN: Self = Self(1 << 15);

    const SECTIONS: [(&str, Self); 11] = [
        ("first", Self::FIRST),
        ("last", Self::LAST),
        ("common", Self::COMMON),
        ("salutation", Self::SALUTATION),
        ("academic", Self::ACADEMIC),
        ("role", Self::ROLE),
        ("sign", Self::SIGN),
        ("greeting", Self::GREETING),
        ("label", Self::LABEL),
        ("particle", Self::PARTICLE),
        ("legal", Self::LEGAL),
    ];

    /// Whether it has one of `other`.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it is a name that stands alone.
    const fn is_frequent_name(self) -> bool {
        self.has(Self::FIRST) && !self.has(Self::RARE_FIRST) || self.has(Self::LAST) && !self.has(Self::RARE)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The classes of words by their folded form.
pub(super) struct Lexicon(FxHashMap<&'static str, Classes>);

/// The one that ships.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::shipped);

impl Lexicon {
    fn shipped() -> Self {
        let words = LISTS.iter().map(|list| list.len()).sum::<usize>() / BYTES_OF_A_WORD;
        let mut lexicon = Self(FxHashMap::with_capacity_and_hasher(words, Default::default()));
        let lists = [
            (FIRST_NAMES, Classes::FIRST),
            (RARE_FIRST_NAMES, Classes::FIRST.and(Classes::RARE_FIRST)),
            (SURNAMES, Classes::LAST),
            (RARE_SURNAMES, Classes::LAST.and(Classes::RARE)),
            (COMMON_WORDS, Classes::COMMON),
            (GERMAN_WORDS, Classes::NOUN),
        ];
        for (list, class) in lists {
            list.split_whitespace().for_each(|word| lexicon.add(word, class));
        }
        let lines = |list: &'static str| list.lines().filter(|line| !line.starts_with('#'));
        let mut section = None;
        for line in lines(BY_HAND) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = Some(name);
                continue;
            }
            for word in line.split_whitespace() {
                match section {
                    Some("name") => {
                        let classes = lexicon.0.entry(word).or_default();
                        *classes = classes.without(Classes::COMMON);
                    }
                    Some("street") => lexicon.add(word, Classes::STREET),
                    Some("first") => {
                        let classes = lexicon.0.entry(word).or_default();
                        *classes = classes.without(Classes::RARE_FIRST).and(Classes::FIRST);
                    }
                    Some("last") => {
                        let classes = lexicon.0.entry(word).or_default();
                        *classes = classes.without(Classes::RARE).and(Classes::LAST);
                    }
                    Some(name) => {
                        let class = Classes::SECTIONS.iter().find(|(section, _)| *section == name);
                        lexicon.add(word, class.map_or(Classes::NONE, |(_, class)| *class));
                    }
                    None => {}
                }
            }
        }
        for district in lines(DISTRICTS).flat_map(str::split_whitespace) {
            // Some hundred short words, once in a process.
            lexicon.add(super::words::key(district).leak(), Classes::DISTRICT);
        }
        lexicon
    }

    fn add(&mut self, word: &'static str, class: Classes) {
        let classes = self.0.entry(word).or_default();
        *classes = classes.and(class);
    }

    /// What a folded word is.
    pub(super) fn classes(&self, folded: &str) -> Classes {
        self.0.get(folded).copied().unwrap_or_default()
    }

    /// Whether a folded word that is no name by the lists is one by its form neither: a noun of German's usual endings, a compound whose
    /// last part is a common word.
    pub(super) fn is_noun(&self, folded: &str) -> bool {
        const ENDINGS: [&str; 22] = [
            "ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "itaet", "itaeten",
            "ismus", "nis", "nisse", "ment", "mente", "lichkeit", "anz", "enz", "isierung", "barkeit",
        ];
        folded.len() > LONGEST_NAME
            || folded.len() > 6 && ENDINGS.iter().any(|ending| folded.ends_with(ending))
            || self.is_word(folded, Classes::COMMON)
    }

    /// Whether it is a noun of the dictionary, or a compound of one, and no such noun as [`Lexicon::is_noun`] knows: more often a word than a
    /// name, and a surname behind a first name.
    pub(super) fn is_dictionary_noun(&self, folded: &str) -> bool {
        folded.len() <= LONGEST_NAME && self.is_word(folded, Classes::NOUN)
    }

    /// Whether a word that may be a name is another word as well.
    pub(super) fn is_other_word(&self, folded: &str) -> bool {
        self.classes(folded).has(Classes::COMMON) || self.is_noun(folded) || self.is_dictionary_noun(folded)
    }

    /// Whether a word, or the last part of a compound, is of these classes; with an ending of the plural or the genitive too.
    fn is_word(&self, folded: &str, of: Classes) -> bool {
        let own = self.classes(folded);
        if own.has(of) || own.is_frequent_name() {
            return own.has(of);
        }
        // A part has five letters or more, the longest is the first to be looked at.
        ["", "s", "n", "en", "e", "es", "er"].iter().filter_map(|ending| folded.strip_suffix(ending)).any(|stem| {
            std::iter::once(0)
                .chain(4..=stem.len().saturating_sub(3))
                .filter_map(|from| stem.get(from..).filter(|part| part.len() >= 5))
                .any(|part| self.classes(part).has(of) && !self.classes(part).is_frequent_name())
        })
    }

    /// Whether a folded word that no list has is built as German first names are: of two elements (`Friedhold`), of two first names
    /// (`Hansjoachim`).
    pub(super) fn is_built_first_name(&self, folded: &str) -> bool {
        if !folded.is_ascii() || !(6..=LONGEST_NAME).contains(&folded.len()) {
            return false;
        }
        let is_first = |part: &str| {
            let classes = self.classes(part);
            part.len() >= 4
                && classes.has(Classes::FIRST)
                && !classes.has(Classes::RARE_FIRST.and(Classes::COMMON).and(Classes::NOUN))
        };
        let elements = FIRST_ELEMENTS.iter().any(|first| {
            folded.strip_prefix(first).is_some_and(|rest| {
                LAST_ELEMENTS.contains(&rest) || rest.strip_suffix(['a', 'e']).is_some_and(|rest| LAST_ELEMENTS.contains(&rest))
            })
        });
        elements || (4..=folded.len() - 4).any(|at| is_first(&folded[..at]) && is_first(&folded[at..]))
    }
}

/// What Germanic first names of two elements begin with, in the spellings of today.
const FIRST_ELEMENTS: &[&str] = &[
    "adal", "adel", "al", "alb", "als", "arn", "balt", "ber", "bern", "bert", "brun", "burk", "burck", "det", "diet", "dieth",
    "eber", "eck", "ecke", "edel", "egin", "engel", "er", "ermin", "fried", "friede", "ger", "gert", "giese", "gis", "god",
    "gott", "gund", "gunt", "hade", "hart", "hed", "heid", "heide", "heil", "heim", "hein", "helm", "her", "herm", "hild",
    "hilde", "hilt", "inge", "irm", "irmen", "isen", "kun", "kuni", "lam", "land", "lieb", "lud", "luit", "man", "mecht", "nor",
    "ort", "os", "ott", "rein", "rose", "rot", "rup", "sieg", "sig", "swant", "theo", "traud", "ul", "volk", "walt", "wend",
    "wern", "wig", "wil", "will", "win", "wolf", "wulf",
];

/// What they end with; `a` and `e` make some of them women's.
const LAST_ELEMENTS: &[&str] = &[
    "bald", "balt", "bert", "brand", "frid", "fried", "gard", "gart", "ger", "gund", "gundis", "hard", "hardt", "hart", "hild",
    "helm", "hold", "lind", "lieb", "lore", "mar", "mund", "mut", "muth", "olf", "old", "rad", "ram", "rich", "rick", "rike",
    "rid", "run", "trud", "traud", "traut", "ulf", "wald", "ward", "wig", "win", "wine", "wolf",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_known_and_every_word_is_folded() {
        for line in BY_HAND.lines().filter_map(|line| line.strip_prefix('[')) {
            let name = line.trim_end_matches(']');
            assert!(
                ["name", "street"].contains(&name) || Classes::SECTIONS.iter().any(|(section, _)| *section == name),
                "{name}"
            );
        }
        for list in LISTS.into_iter().filter(|list| *list != DISTRICTS) {
            for word in list.lines().filter(|l| !l.starts_with(['#', '['])).flat_map(str::split_whitespace) {
                assert_eq!(super::super::words::key(word), word);
            }
        }
    }

    #[test]
    fn names_are_names_and_words_of_an_audit_are_nouns() {
        for name in ["thomas", "ayse", "wolfgang", "mehmet", "charlotte"] {
            assert!(LEXICON.classes(name).has(Classes::FIRST), "{name}");
        }
        for name in ["mueller", "yilmaz", "nowak", "johnson", "schmidt"] {
            assert!(LEXICON.classes(name).has(Classes::LAST) && !LEXICON.classes(name).has(Classes::COMMON), "{name}");
        }
        for noun in ["rechnungen", "umsatzsteuer", "pensionsrueckstellungen", "bewertung", "jahresabschluss", "bankkonto"] {
            assert!(LEXICON.is_noun(noun), "{noun}");
        }
        for name in ["kowalczewski", "lindenthaler", "oezbek", "brzezinski", "gruenwald"] {
            assert!(!LEXICON.is_noun(name) && !LEXICON.is_dictionary_noun(name), "{name}");
        }
        for noun in ["trommler", "seilwinden", "honigtopf"] {
            assert!(LEXICON.is_dictionary_noun(noun) && !LEXICON.is_noun(noun), "{noun}");
        }
    }

    #[test]
    fn a_first_name_that_no_list_has_is_told_by_its_elements() {
        for name in ["friedhold", "hildegart", "edeltrud", "hansjoachim", "burckhardt", "ingetraud"] {
            assert!(LEXICON.is_built_first_name(name), "{name}");
        }
        for word in ["rechnung", "konto", "eigenwillig", "marburg", "wartung", "gerechtigkeit", "", "ä", "straßenbahn"] {
            assert!(!LEXICON.is_built_first_name(word), "{word}");
        }
    }
}
