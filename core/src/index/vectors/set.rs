//! The vectors of a corpus and the search among them.

use super::{Bitmap, Query, bitmap, codes, kernels, sketch};
use crate::{Error, ErrorKind, Result};

/// Vectors of one block: memory grows by so many at a time.
const BLOCK: usize = 1024;

/// Up to so many permitted vectors, and at least so many candidates of a cascade, are compared by their 4-bit codes.
const EXACT: usize = 4096;

/// Of more permitted vectors, one in so many is a candidate. With 100,000 vectors, 1,550 of e5-small and the others mixtures of
/// two of those with noise of 0.3 of their length, the best 50 for 306 questions hold all of the ten that `f32` finds where the
/// vectors are centred, and 0.997 where they are not.
const CANDIDATE_SHARE: usize = 24;

/// The centre is taken anew whenever the set has doubled, up to this size.
const CENTRED: usize = 1 << 17;

/// Vectors by ordinal, searched by cosine.
///
/// Memory for each vector: five bits a dimension, and 4 bytes and a bit (245 bytes at 384 dimensions), in blocks of 1,024.
///
/// What a search finds is a pool to be scored again with the stored `f32` vectors. Scores are cosines, right within the rounding
/// of 4-bit codes: at 384 dimensions the error has a standard deviation of 0.0055 where vectors are centred, and none of
/// 800,000 was above 0.027. That swaps close neighbours: among 100,000 vectors (those of the candidates' figures) the first ten
/// hold 0.86 of the true ten, the first fifty and the first hundred all; without centring 0.755, 0.997 and 0.998.
///
/// The same calls give the same set, and the same set gives the same answers on every machine.
#[derive(Debug, Clone)]
pub struct VectorSet {
    dimensions: usize,
    blocks: Vec<Block>,
    len: usize,
    alive: Bitmap,
    /// What the sketches are taken around; empty until there are more than [`EXACT`] vectors.
    centre: Vec<f32>,
}

#[derive(Debug, Clone)]
struct Block {
    codes: Vec<u8>,
    scales: Vec<f32>,
    sketches: Vec<u64>,
}

impl VectorSet {
    /// A set for vectors of `dimensions` values.
    ///
    /// # Errors
    /// `vectors.dimensions` unless it is between 1 and 8192.
    pub fn new(dimensions: usize) -> Result<Self> {
        if dimensions == 0 || dimensions > codes::MAX_DIMENSIONS {
            return Err(Error::new(ErrorKind::InvalidInput, "vectors.dimensions", "vectors have 1 to 8192 dimensions")
                .with("found", dimensions.to_string()));
        }
        Ok(Self { dimensions, blocks: Vec::new(), len: 0, alive: Bitmap::new(), centre: Vec::new() })
    }

    /// Length of its vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many vectors were pushed: the next ordinal.
    pub fn pushed(&self) -> u32 {
        self.len as u32
    }

    /// How many vectors are there, without those that were removed.
    pub fn len(&self) -> usize {
        self.alive.len()
    }

    /// Whether no vector is there.
    pub fn is_empty(&self) -> bool {
        self.alive.is_empty()
    }

    /// Bytes that the set holds in memory.
    pub fn bytes(&self) -> usize {
        let block = BLOCK * (codes::half_bytes(self.dimensions) + 4 + 8 * sketch::words(self.dimensions)) + size_of::<Block>();
        self.blocks.len() * block + self.len.div_ceil(8) + 4 * self.centre.len()
    }

    /// Adds a vector, scaled to length 1, and returns its ordinal: 0 for the first, then counting.
    ///
    /// # Errors
    /// `vectors.dimensions` if it has another length, `vectors.value` if it has no direction, `vectors.full` at 2³² vectors.
    pub fn push(&mut self, vector: &[f32]) -> Result<u32> {
        let unit = codes::unit(vector, self.dimensions)?;
        let ordinal = u32::try_from(self.len).ok().filter(|&o| o < u32::MAX).ok_or_else(|| {
            Error::new(ErrorKind::Limit, "vectors.full", "the set has as many vectors as ordinals can count")
                .with_hint("split the corpus")
        })?;
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Block::new(self.dimensions));
        }
        let Some(block) = self.blocks.last_mut() else { unreachable!("a block was pushed when none had room") };
        let scale = codes::encode_half(&unit, &mut block.codes);
        block.scales.push(scale);
        if !self.centre.is_empty() {
            sketch::sketch(unit.into_iter(), &self.centre, &mut block.sketches);
        }
        self.len += 1;
        self.alive.insert(ordinal);
        if self.len.is_power_of_two() && (EXACT..=CENTRED).contains(&self.len) {
            self.take_centre();
        }
        Ok(ordinal)
    }

    /// Removes a vector; false if it was not there. Ordinals of the others stay, and its memory is not given back.
    pub fn remove(&mut self, ordinal: u32) -> bool {
        self.alive.remove(ordinal)
    }

    /// Removes all vectors whose ordinal does not satisfy `keep`.
    pub fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        let gone: Vec<u32> = self.alive.iter().filter(|&o| !keep(o)).collect();
        gone.into_iter().for_each(|o| {
            self.alive.remove(o);
        });
    }

    /// The `k` vectors nearest to `query` among those alive and in `mask`, with their cosines, best first; equal scores in
    /// the order of their ordinals. Fewer if there are fewer. Up to `k` = 400 the answer for a smaller `k` is the beginning
    /// of that for a greater one.
    ///
    /// # Errors
    /// `vectors.dimensions` and `vectors.value` as in [`push`](Self::push).
    pub fn search(&self, query: &[f32], k: usize, mask: Option<&Bitmap>) -> Result<Vec<(u32, f32)>> {
        let query = Query { unit: codes::unit(query, self.dimensions)? };
        let permitted = Permitted { alive: &self.alive, mask };
        let count: usize = (0..self.len.div_ceil(64)).map(|w| permitted.word(w).count_ones() as usize).sum();
        let candidates = (count / CANDIDATE_SHARE).max(EXACT).max(k.saturating_mul(10));
        let mut hits = if k == 0 || count == 0 {
            Vec::new()
        } else if count <= candidates {
            self.score_permitted(&query, &permitted, count)
        } else {
            self.score_candidates(&query, &permitted, candidates)
        };
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if hits.len() > k && k > 0 {
            hits.select_nth_unstable_by(k - 1, order);
            hits.truncate(k);
        }
        hits.sort_unstable_by(order);
        Ok(hits)
    }

    /// The cosine of `query` with one vector, by its 4-bit codes; `None` if it was removed or never pushed.
    pub fn score(&self, query: &Query, ordinal: u32) -> Option<f32> {
        (self.alive.contains(ordinal) && query.dimensions() == self.dimensions).then(|| self.score_row(query, ordinal))
    }

    /// All permitted rows, by their 4-bit codes.
    fn score_permitted(&self, query: &Query, permitted: &Permitted<'_>, count: usize) -> Vec<(u32, f32)> {
        let mut hits = Vec::with_capacity(count);
        let mut dots = [0.0; 64];
        for word in 0..self.len.div_ceil(64) {
            let bits = permitted.word(word);
            if bits.count_ones() < 48 {
                hits.extend(bitmap::ones(bits).map(|bit| {
                    let ordinal = word as u32 * 64 + bit;
                    (ordinal, self.score_row(query, ordinal))
                }));
                continue;
            }
            let (block, first) = (&self.blocks[word * 64 / BLOCK], word * 64 % BLOCK);
            let rows = first..(first + 64).min(block.scales.len());
            let row = codes::half_bytes(self.dimensions);
            kernels::half_dots(&block.codes[rows.start * row..rows.end * row], &query.unit, &mut dots);
            hits.extend(bitmap::ones(bits).map(|bit| {
                let score = cosine(dots[bit as usize], block.scales[first + bit as usize]);
                (word as u32 * 64 + bit, score)
            }));
        }
        hits
    }

    /// The permitted rows whose sketches are nearest, by their 4-bit codes. Rows at the same distance as the last are in, so
    /// the choice does not hang on the order of anything.
    fn score_candidates(&self, query: &Query, permitted: &Permitted<'_>, wanted: usize) -> Vec<(u32, f32)> {
        let mut bits = Vec::new();
        sketch::sketch(query.unit.iter().copied(), &self.centre, &mut bits);
        let mut distances = sketch::Distances::new(self.len, self.dimensions);
        for (i, block) in self.blocks.iter().enumerate() {
            let first = i * BLOCK / 64;
            distances.scan(&block.sketches, &bits, (first..first + BLOCK / 64).map(|w| permitted.word(w)));
        }
        let radius = distances.radius(wanted);
        let mut near = Vec::with_capacity(wanted + wanted / 4);
        for (word, rows) in distances.rows().chunks(64).enumerate() {
            if rows.iter().min().is_none_or(|&nearest| nearest > radius) {
                continue;
            }
            let bits = permitted.word(word);
            for (bit, _) in (0u32..).zip(rows).filter(|&(bit, &distance)| distance <= radius && bits >> bit & 1 == 1) {
                near.push(word as u32 * 64 + bit);
            }
        }
        near.into_iter().map(|ordinal| (ordinal, self.score_row(query, ordinal))).collect()
    }

    fn score_row(&self, query: &Query, ordinal: u32) -> f32 {
        let (block, row) = (&self.blocks[ordinal as usize / BLOCK], ordinal as usize % BLOCK);
        let mut dot = [0.0];
        kernels::half_dots(block.row(row, self.dimensions), &query.unit, &mut dot);
        cosine(dot[0], block.scales[row])
    }

    /// Takes the mean of all vectors as the centre and all sketches anew.
    fn take_centre(&mut self) {
        let mut sum = vec![0f64; self.dimensions];
        let mut codes = vec![0; self.dimensions];
        for block in &self.blocks {
            for (row, &scale) in block.scales.iter().enumerate() {
                codes::decode_half(block.row(row, self.dimensions), &mut codes);
                sum.iter_mut().zip(&codes).for_each(|(s, &c)| *s += f64::from(c) * f64::from(scale));
            }
        }
        self.centre = sum.iter().map(|s| (s / self.len as f64) as f32).collect();
        let words = sketch::words(self.dimensions);
        for block in &mut self.blocks {
            let mut sketches = Vec::with_capacity(BLOCK * words);
            for (row, &scale) in block.scales.iter().enumerate() {
                codes::decode_half(block.row(row, self.dimensions), &mut codes);
                let values = codes.iter().map(|&c| f32::from(c) * scale);
                sketch::sketch(values, &self.centre, &mut sketches);
            }
            block.sketches = sketches;
        }
    }
}

impl Block {
    fn new(dimensions: usize) -> Self {
        Self {
            codes: Vec::with_capacity(BLOCK * codes::half_bytes(dimensions)),
            scales: Vec::with_capacity(BLOCK),
            sketches: Vec::with_capacity(BLOCK * sketch::words(dimensions)),
        }
    }

    fn row(&self, row: usize, dimensions: usize) -> &[u8] {
        let bytes = codes::half_bytes(dimensions);
        &self.codes[row * bytes..(row + 1) * bytes]
    }
}

/// The rows that a search may return.
struct Permitted<'a> {
    alive: &'a Bitmap,
    mask: Option<&'a Bitmap>,
}

impl Permitted<'_> {
    fn word(&self, index: usize) -> u64 {
        self.alive.word(index) & self.mask.map_or(u64::MAX, |mask| mask.word(index))
    }
}

pub(super) fn cosine(dot: f32, scale: f32) -> f32 {
    (dot * scale).clamp(-1.0, 1.0)
}
