//! One bit a dimension: on which side of the centre of all vectors a vector lies.
//!
//! Embeddings of text crowd into a narrow cone: the mean of e5-small's has length 0.87. Signs around zero are then nearly
//! the same for all (recall@10 of 0.34 with 1,600 of 100,000 vectors chosen); signs around the mean of the vectors spread.

use super::kernels;

/// Words of a sketch.
pub(super) fn words(dimensions: usize) -> usize {
    dimensions.div_ceil(64)
}

/// Appends the sketch of a vector of length 1, or of its codes times their scale.
pub(super) fn sketch(unit: impl Iterator<Item = f32>, centre: &[f32], bits: &mut Vec<u64>) {
    let start = bits.len();
    bits.resize(start + words(centre.len()), 0);
    for (i, (x, c)) in unit.zip(centre).enumerate() {
        bits[start + i / 64] |= u64::from(x > *c) << (i % 64);
    }
}

/// Distances of a query's sketch to those of all rows, and how often each occurs.
pub(super) struct Distances {
    rows: Vec<u16>,
    counts: Vec<u32>,
}

impl Distances {
    pub(super) fn new(rows: usize, dimensions: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), counts: vec![0; dimensions + 1] }
    }

    /// Compares the query with the next `rows` sketches. Only rows that `permitted` has (64 a word) are counted.
    pub(super) fn scan(&mut self, sketches: &[u64], query: &[u64], permitted: impl Iterator<Item = u64>) {
        let start = self.rows.len();
        self.rows.resize(start + sketches.len() / query.len(), 0);
        kernels::distances(sketches, query, &mut self.rows[start..]);
        for (rows, word) in self.rows[start..].chunks(64).zip(permitted) {
            if word == u64::MAX {
                rows.iter().for_each(|&d| self.counts[usize::from(d)] += 1);
            } else {
                super::bitmap::ones(word).for_each(|i| self.counts[usize::from(rows[i as usize])] += 1);
            }
        }
    }

    /// The least distance within which `wanted` permitted rows lie.
    pub(super) fn radius(&self, wanted: usize) -> u16 {
        let mut seen = 0;
        for (distance, &count) in self.counts.iter().enumerate() {
            seen += count as usize;
            if seen >= wanted {
                return distance as u16;
            }
        }
        u16::MAX
    }

    /// Distances by ordinal.
    pub(super) fn rows(&self) -> &[u16] {
        &self.rows
    }
}
