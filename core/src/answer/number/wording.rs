//! What the words around a figure say of it, from `lexicon/wording.txt`.

use std::sync::LazyLock;

/// Beginnings of words by what they say.
static KINDS: LazyLock<Vec<(&str, Vec<(bool, &str)>)>> = LazyLock::new(|| {
    include_str!("../lexicon/wording.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(kind, words)| {
            let words = words.split_whitespace().map(|w| w.strip_prefix('=').map_or((false, w), |whole| (true, whole)));
            (kind, words.collect())
        })
        .collect()
});

/// What the words of a text say of its figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wording {
    pub(crate) sum: bool,
    pub(crate) difference: bool,
    pub(crate) share: bool,
    pub(crate) factor: bool,
    pub(crate) up: bool,
    pub(crate) down: bool,
    pub(crate) prior: bool,
    pub(crate) loss: bool,
}

impl Wording {
    pub(crate) fn of(text: &str) -> Self {
        let mut wording = Self::default();
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() >= 2) {
            let lower = word.to_lowercase();
            for (kind, words) in KINDS.iter() {
                if words.iter().any(|(whole, w)| if *whole { lower == *w } else { lower.starts_with(w) }) {
                    match *kind {
                        "sum" => wording.sum = true,
                        "difference" => wording.difference = true,
                        "share" => wording.share = true,
                        "factor" => wording.factor = true,
                        "up" => wording.up = true,
                        "down" => wording.down = true,
                        "prior" => wording.prior = true,
                        _ => wording.loss = true,
                    }
                }
            }
        }
        wording
    }

    /// Whether the text says that something rose, or fell: one of both.
    pub(crate) fn direction(self) -> Option<bool> {
        (self.up != self.down).then_some(self.up)
    }
}
