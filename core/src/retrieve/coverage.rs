//! How much of a question's words a passage has.
//!
//! Coverage is between 0 and 1: the share of the question's terms, weighed by how rare they are, that occur in the best two
//! neighbouring sentences of a passage. Words that are not the same but alike count by the trigrams that they share: a
//! compound for its part, a name or a loanword in another language.

use std::collections::HashMap;

use super::Question;
use crate::index::{analysis::TermKind, sketch::TermSketch};

/// Words less alike than this are different words.
const ALIKE: f32 = 0.5;
/// Words of fewer characters are the same or not.
const SHORT: usize = 3;

/// Measures passages against one question.
pub(super) struct Coverage {
    terms: Vec<Term>,
    /// Likeness of each word met so far to each term.
    known: HashMap<String, Vec<f32>>,
}

struct Term {
    text: String,
    /// Empty where only the same term counts.
    trigrams: Vec<[char; 3]>,
    weight: f32,
}

impl Coverage {
    pub(super) fn new(question: &Question, sketch: &TermSketch) -> Self {
        let mut terms: Vec<Term> = question
            .content()
            .map(|term| Term {
                trigrams: if term.kind == TermKind::Word { trigrams(&term.term) } else { Vec::new() },
                weight: sketch.idf(&term.term),
                text: term.term.clone(),
            })
            .collect();
        let sum: f32 = terms.iter().map(|term| term.weight).sum();
        terms.iter_mut().for_each(|term| term.weight /= sum.max(f32::MIN_POSITIVE));
        Self { terms, known: HashMap::new() }
    }

    /// The coverage by each sentence, and by the best two neighbours, of sentences given by their terms.
    pub(super) fn of(&mut self, sentences: &[&str]) -> (Vec<f32>, f32) {
        let likeness: Vec<Vec<f32>> = sentences.iter().map(|terms| self.sentence(terms)).collect();
        let weigh = |likeness: &dyn Fn(usize) -> f32| {
            self.terms.iter().enumerate().map(|(i, term)| term.weight * likeness(i)).sum::<f32>()
        };
        let single: Vec<f32> = likeness.iter().map(|own| weigh(&|i| own[i])).collect();
        let pairs = likeness.windows(2).map(|pair| weigh(&|i| pair[0][i].max(pair[1][i])));
        let best = pairs.chain(single.iter().copied()).fold(0.0, f32::max);
        (single, best)
    }

    /// The coverage by what stands around a passage: the name and title of its document, the headings above it.
    pub(super) fn of_context(&mut self, terms: &str) -> f32 {
        let likeness = self.sentence(terms);
        self.terms.iter().zip(likeness).map(|(term, likeness)| term.weight * likeness).sum()
    }

    /// How alike the best word of a sentence is to each term.
    fn sentence(&mut self, words: &str) -> Vec<f32> {
        let mut best = vec![0.0; self.terms.len()];
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            if !self.known.contains_key(word) {
                let likeness = self.likeness(word);
                self.known.insert(word.to_owned(), likeness);
            }
            for (best, likeness) in best.iter_mut().zip(&self.known[word]) {
                *best = likeness.max(*best);
            }
        }
        best
    }

    fn likeness(&self, word: &str) -> Vec<f32> {
        let own = trigrams(word);
        self.terms.iter().map(|term| if term.text == word { 1.0 } else { tversky(&term.trigrams, &own) }).collect()
    }
}

/// The trigrams of `^word$`, sorted; none of short words and numbers.
fn trigrams(word: &str) -> Vec<[char; 3]> {
    if word.chars().count() <= SHORT || !word.chars().all(char::is_alphabetic) {
        return Vec::new();
    }
    let padded: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    let mut trigrams: Vec<[char; 3]> = padded.windows(3).map(|w| [w[0], w[1], w[2]]).collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

/// Tversky's likeness: what is missing of the question's word weighs three times what the other word has beside it.
fn tversky(question: &[[char; 3]], other: &[[char; 3]]) -> f32 {
    if question.is_empty() || other.is_empty() {
        return 0.0;
    }
    let common = question.iter().filter(|trigram| other.binary_search(trigram).is_ok()).count() as f32;
    let likeness = common / (0.75 * question.len() as f32 + 0.25 * other.len() as f32);
    if likeness >= ALIKE { likeness.min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compound_and_its_part_are_alike_and_other_words_are_not() {
        let alike = |a, b| tversky(&trigrams(a), &trigrams(b));
        assert!(alike("pensionsruckstell", "ruckstell") >= ALIKE);
        assert!(alike("panthers", "panther") > 0.7);
        assert_eq!(alike("miete", "zins"), 0.0);
        assert_eq!(alike("2025", "2024"), 0.0);
    }
}
