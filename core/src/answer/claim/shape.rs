//! How the words of a claim lie in its evidence: close together, or gathered from all over.

use super::{
    Text,
    coverage::{Coverage, Finder, Place},
    words::Word,
};

/// The tightest stretch of a text that has all words of the claim which the text has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Words of the claim in the stretch, of all that it says something with.
    pub(super) density: f32,
}

impl Shape {
    /// The shape of a claim in the text that has most of its words; `None` when that are fewer than three.
    pub(super) fn of(claim: &[Word], coverage: &Coverage, texts: &[Text], finder: &Finder) -> Option<Self> {
        let mut counts = vec![0usize; texts.len()];
        for (place, _) in coverage.places.iter().flatten() {
            if let Place::Sentence(text, _) = place {
                counts[*text] += 1;
            }
        }
        let text = (0..texts.len()).max_by_key(|text| counts[*text])?;
        // For each word of the claim all its places.
        let places: Vec<Vec<usize>> = claim
            .iter()
            .zip(&coverage.places)
            .filter(|(_, place)| matches!(place, Some((Place::Sentence(of, _), _)) if *of == text))
            .map(|(word, _)| finder.places(word, text))
            .filter(|places| !places.is_empty())
            .collect();
        if places.len() < 3 {
            return None;
        }
        let (from, to) = stretch(&places)?;
        let all = texts[text].words[from..=to].iter().filter(|word| word.is_content()).count();
        let mut distinct: Vec<usize> =
            places.iter().filter_map(|places| places.iter().copied().find(|at| (from..=to).contains(at))).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let density = distinct.len() as f32 / all.max(distinct.len()) as f32;
        Some(Self { density })
    }
}

/// The shortest stretch that has a place of each.
fn stretch(places: &[Vec<usize>]) -> Option<(usize, usize)> {
    let mut all: Vec<(usize, usize)> =
        places.iter().enumerate().flat_map(|(word, at)| at.iter().map(move |at| (*at, word))).collect();
    all.sort_unstable();
    let mut has = vec![0usize; places.len()];
    let (mut missing, mut first) = (places.len(), 0);
    let mut best: Option<(usize, usize)> = None;
    for last in 0..all.len() {
        let (end, word) = all[last];
        missing -= usize::from(has[word] == 0);
        has[word] += 1;
        while missing == 0 {
            let (start, word) = all[first];
            if best.is_none_or(|(from, to)| end - start < to - from) {
                best = Some((start, end));
            }
            has[word] -= 1;
            missing += usize::from(has[word] == 0);
            first += 1;
        }
    }
    best
}
