//! What the words around a figure say of it.

use crate::answer::lexicon::{self, Classes};

/// What the words of a text say of its figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wording(Classes);

impl Wording {
    pub(crate) fn of(text: &str) -> Self {
        let mut classes = Classes::default();
        let mut lower = String::new();
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() >= 2) {
            lower.clear();
            lower.push_str(word);
            if word.is_ascii() {
                lower.make_ascii_lowercase();
            } else {
                lower = word.to_lowercase();
            }
            classes = classes.and(lexicon::classes(&lower));
        }
        Self(classes)
    }

    pub(crate) fn sum(self) -> bool {
        self.0.has(Classes::SUM)
    }

    pub(crate) fn difference(self) -> bool {
        self.0.has(Classes::DIFFERENCE)
    }

    pub(crate) fn share(self) -> bool {
        self.0.has(Classes::SHARE)
    }

    pub(crate) fn factor(self) -> bool {
        self.0.has(Classes::FACTOR)
    }

    pub(crate) fn prior(self) -> bool {
        self.0.has(Classes::PRIOR)
    }

    pub(crate) fn loss(self) -> bool {
        self.0.has(Classes::LOSS)
    }

    /// Whether the text says that something rose, or fell: one of both.
    pub(crate) fn direction(self) -> Option<bool> {
        let (up, down) = lexicon::direction();
        (self.0.has(up) != self.0.has(down)).then_some(self.0.has(up))
    }
}
