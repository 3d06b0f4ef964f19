//! Claim and evidence side by side: where the claim keeps the evidence's words, and what it puts in the place of others.

use std::ops::Range;

use super::words::Word;

/// Cells of the comparison: longer texts are not compared word by word.
const CELLS: usize = 120_000;
/// Words in one place that may have been exchanged; more were worded anew.
const SLOT: usize = 5;

/// Share of a claim's words in the evidence's order from which it is taken for a repetition.
const REPEATS: f32 = 0.6;

/// The longest sequence of words that both have, in order.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    /// Words of claim and evidence that are the same, ascending in both.
    pairs: Vec<(usize, usize)>,
    claim: usize,
}

/// A place where claim and evidence have other words between the same ones.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) claim: Range<usize>,
    pub(super) evidence: Range<usize>,
}

impl Alignment {
    pub(super) fn new(claim: &[Word], evidence: &[Word]) -> Self {
        let (n, m) = (claim.len(), evidence.len());
        if n == 0 || m == 0 || n * m > CELLS {
            return Self::default();
        }
        // Length of the longest sequence from word i of the claim and word j of the evidence on.
        let width = m + 1;
        let mut length = vec![0u16; (n + 1) * width];
        for i in (0..n).rev() {
            for j in (0..m).rev() {
                length[i * width + j] = if claim[i].is_same(&evidence[j]) {
                    length[(i + 1) * width + j + 1] + 1
                } else {
                    length[(i + 1) * width + j].max(length[i * width + j + 1])
                };
            }
        }
        let mut pairs = Vec::new();
        let (mut i, mut j) = (0, 0);
        while i < n && j < m {
            if claim[i].is_same(&evidence[j]) {
                pairs.push((i, j));
                (i, j) = (i + 1, j + 1);
            } else if length[(i + 1) * width + j] >= length[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
        Self { pairs, claim: n }
    }

    /// Share of the claim's words that stand in the evidence in the same order.
    pub(super) fn share(&self) -> f32 {
        self.pairs.len() as f32 / self.claim.max(1) as f32
    }

    /// Whether the claim repeats the evidence, so that another word in the place of one is a change.
    pub(super) fn repeats(&self) -> bool {
        self.share() >= REPEATS
    }

    /// Where few words of the claim stand in the place of few words of the evidence.
    pub(super) fn slots(&self, evidence: usize) -> Vec<Slot> {
        let mut slots = Vec::new();
        let start = (0, self.pairs.first().map_or(0, |(_, j)| j.saturating_sub(SLOT)));
        let mut last = start;
        let end = (self.claim, self.pairs.last().map_or(evidence, |(_, j)| (j + 1 + SLOT).min(evidence)));
        for (i, j) in self.pairs.iter().copied().chain([end]) {
            let slot = Slot { claim: last.0..i, evidence: last.1..j };
            if (1..=SLOT).contains(&slot.claim.len()) && (1..=SLOT).contains(&slot.evidence.len()) {
                slots.push(slot);
            }
            last = (i + 1, j + 1);
        }
        slots
    }
}
