//! What a word is in names, addresses and companies: from `lists/`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

const FIRST_NAMES: &str = include_str!("lists/first_names.txt");
const SURNAMES: &str = include_str!("lists/surnames.txt");
const RARE_SURNAMES: &str = include_str!("lists/rare_surnames.txt");
const COMMON_WORDS: &str = include_str!("lists/common_words.txt");
const BY_HAND: &str = include_str!("lists/by_hand.txt");
const DISTRICTS: &str = include_str!("lists/districts.txt");

/// Bytes of one word of a name at most.
const LONGEST_NAME: usize = 40;

/// Every list, for the identity of what finds.
pub(super) const LISTS: [&str; 6] = [FIRST_NAMES, SURNAMES, RARE_SURNAMES, COMMON_WORDS, BY_HAND, DISTRICTS];

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

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The classes of words by their folded form.
pub(super) struct Lexicon(FxHashMap<Box<str>, Classes>);

/// The one that ships.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::shipped);

impl Lexicon {
    fn shipped() -> Self {
        let mut lexicon = Self(FxHashMap::default());
        let rare = Classes::LAST.and(Classes::RARE);
        let lists =
            [(FIRST_NAMES, Classes::FIRST), (SURNAMES, Classes::LAST), (RARE_SURNAMES, rare), (COMMON_WORDS, Classes::COMMON)];
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
                        let classes = lexicon.0.entry(word.into()).or_default();
                        *classes = classes.without(Classes::COMMON);
                    }
                    Some("street") => lexicon.add(word, Classes::STREET),
                    Some("last") => {
                        let classes = lexicon.0.entry(word.into()).or_default();
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
            lexicon.add(&super::words::key(district), Classes::DISTRICT);
        }
        lexicon
    }

    fn add(&mut self, word: &str, class: Classes) {
        let classes = self.0.entry(word.into()).or_default();
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
        if folded.len() > LONGEST_NAME
            || self.classes(folded).has(Classes::COMMON)
            || folded.len() > 6 && ENDINGS.iter().any(|ending| folded.ends_with(ending))
        {
            return true;
        }
        // A compound: the last part of five letters or more, the longest first; with an ending of the plural or the genitive.
        ["", "s", "n", "en", "e", "es", "er"].iter().filter_map(|ending| folded.strip_suffix(ending)).any(|stem| {
            (4..=stem.len().saturating_sub(3))
                .filter_map(|from| stem.get(from..).filter(|part| part.len() >= 5))
                .any(|part| self.classes(part).has(Classes::COMMON) && !self.classes(part).has(Classes::LAST.and(Classes::FIRST)))
        })
    }
}

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
        for list in [FIRST_NAMES, SURNAMES, RARE_SURNAMES, COMMON_WORDS, BY_HAND] {
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
            assert!(!LEXICON.is_noun(name), "{name}");
        }
    }
}
