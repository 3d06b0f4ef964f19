//! Words that decide what a sentence says, by class: from `lexicon/classes.txt` and `lexicon/opposites.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A set of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Classes(u128);

impl Classes {
    pub(crate) const SUM: Self = Self(1);
    pub(crate) const DIFFERENCE: Self = Self(1 << 1);
    pub(crate) const SHARE: Self = Self(1 << 2);
    pub(crate) const FACTOR: Self = Self(1 << 3);
    pub(crate) const PRIOR: Self = Self(1 << 4);
    pub(crate) const LOSS: Self = Self(1 << 5);
    pub(crate) const NEGATION: Self = Self(1 << 6);
    pub(crate) const PLANNED: Self = Self(1 << 7);
    pub(crate) const POSSIBLE: Self = Self(1 << 8);
    pub(crate) const MUST: Self = Self(1 << 9);
    pub(crate) const EVERY: Self = Self(1 << 10);
    pub(crate) const ONLY: Self = Self(1 << 11);
    pub(crate) const MOST: Self = Self(1 << 12);
    pub(crate) const PARTIAL: Self = Self(1 << 13);
    pub(crate) const LIGHT: Self = Self(1 << 14);
    pub(crate) const LACKING: Self = Self(1 << 15);
    /// Both sides of the first pair, `direction`.
    pub(crate) const DIRECTION: Self = Self(0b11 << OPPOSITES);
    /// In the order of the bits.
    const NAMES: [&str; OPPOSITES] = [
        "sum",
        "difference",
        "share",
        "factor",
        "prior",
        "loss",
        "negation",
        "planned",
        "possible",
        "must",
        "every",
        "only",
        "most",
        "partial",
        "light",
        "lacking",
    ];

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The classes that both have.
    pub(crate) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// The first bit of the opposites: two a pair.
const OPPOSITES: usize = 16;

/// A pair of opposites.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opposites {
    pub(crate) name: &'static str,
    /// Whether the words of a side mean the same.
    pub(crate) synonyms: bool,
    pub(crate) left: Classes,
    pub(crate) right: Classes,
}

struct Lexicon {
    /// Beginnings by their first three bytes, the third 0 for those of two: the beginning, whether it is the whole word, its class.
    words: FxHashMap<[u8; 3], Vec<(&'static str, bool, Classes)>>,
    opposites: Vec<Opposites>,
    synonyms: Classes,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon { words: FxHashMap::default(), opposites: Vec::new(), synonyms: Classes::default() };
    for (name, words) in lines(include_str!("lexicon/classes.txt")) {
        if let Some(bit) = Classes::NAMES.iter().position(|n| *n == name) {
            lexicon.add(words, Classes(1 << bit));
        }
    }
    for (i, (name, words)) in lines(include_str!("lexicon/opposites.txt")).enumerate() {
        let (left, right) = words.split_once('|').unwrap_or((words, ""));
        let bit = OPPOSITES + 2 * i;
        let (synonyms, name) = name.strip_suffix('*').map_or((false, name), |name| (true, name));
        let pair = Opposites { name, synonyms, left: Classes(1 << bit), right: Classes(1 << (bit + 1)) };
        lexicon.add(left, pair.left);
        lexicon.add(right, pair.right);
        if synonyms {
            lexicon.synonyms = lexicon.synonyms.and(pair.left).and(pair.right);
        }
        lexicon.opposites.push(pair);
    }
    lexicon
});

impl Lexicon {
    fn add(&mut self, words: &'static str, class: Classes) {
        for word in words.split_whitespace() {
            let (whole, word) = word.strip_prefix('=').map_or((false, word), |word| (true, word));
            if let [a, b, rest @ ..] = word.as_bytes() {
                self.words.entry([*a, *b, rest.first().copied().unwrap_or(0)]).or_default().push((word, whole, class));
            }
        }
    }
}

/// The lines of a list that are no comments: a name and its words.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "))
}

/// The classes of a word in lower case.
pub(crate) fn classes(word: &str) -> Classes {
    let [a, b, rest @ ..] = word.as_bytes() else { return Classes::default() };
    let lexicon = &*LEXICON;
    let third = rest.first().filter(|c| **c != 0).and_then(|c| lexicon.words.get(&[*a, *b, *c]));
    let words = lexicon.words.get(&[*a, *b, 0]).into_iter().chain(third).flatten();
    let of = |(beginning, whole, class): &(&str, bool, Classes)| {
        if if *whole { word == *beginning } else { word.starts_with(beginning) } { *class } else { Classes::default() }
    };
    words.map(of).fold(Classes::default(), Classes::and)
}

/// All pairs of opposites.
pub(crate) fn opposites() -> &'static [Opposites] {
    &LEXICON.opposites
}

/// The sides whose words mean the same.
pub(crate) fn synonyms() -> Classes {
    LEXICON.synonyms
}

/// What makes a sentence speak of a rise, and of a fall.
pub(crate) fn direction() -> (Classes, Classes) {
    let pair = LEXICON.opposites.iter().find(|pair| pair.name == "direction");
    pair.map_or((Classes::default(), Classes::default()), |pair| (pair.left, pair.right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lists_is_read() {
        let names: Vec<&str> = lines(include_str!("lexicon/classes.txt")).map(|(name, _)| name).collect();
        assert!(names.len() == Classes::NAMES.len() && names.iter().all(|name| Classes::NAMES.contains(name)));
        assert!(OPPOSITES + 2 * opposites().len() <= 128, "a bit for each side");
        assert_eq!(opposites()[0].name, "direction");
        for pair in opposites() {
            assert!(pair.left != pair.right && pair.left != Classes::default());
        }
    }

    #[test]
    fn words_have_their_classes() {
        let (up, down) = direction();
        assert!(classes("gestiegen").has(up) && classes("rückgang").has(down) && !classes("rückstellung").has(down));
        assert!(classes("nicht").has(Classes::NEGATION) && classes("betragen").has(Classes::LIGHT));
        assert_eq!(classes("x"), Classes::default());
    }
}
