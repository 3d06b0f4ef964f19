//! The vectors of a chunk's sentences, packed for one value of a binary column.
//!
//! ```text
//! byte 0      1, the version of this format
//! byte 1      0
//! bytes 2-3   dimensions, u16, little-endian, at least 1
//! then for each sentence, in order
//!   4 bytes     scale, f32, little-endian, finite, above 0
//!   dimensions  codes, i8; code × scale is the value; the vector has length 1
//! ```

use super::{Query, codes, kernels, packed, set};
use crate::Result;

const SCALE: usize = 4;

/// Packs vectors, see the [module](self).
#[derive(Debug, Clone)]
pub struct SentenceBuilder {
    dimensions: usize,
    bytes: Vec<u8>,
}

impl SentenceBuilder {
    /// For vectors of `dimensions` values.
    ///
    /// # Errors
    /// `vectors.dimensions` unless it is between 1 and 8192.
    pub fn new(dimensions: usize) -> Result<Self> {
        Ok(Self { dimensions, bytes: packed::header(dimensions)? })
    }

    /// Adds the vector of the next sentence.
    ///
    /// # Errors
    /// `vectors.dimensions` if it has another length, `vectors.value` if it has no direction.
    pub fn push(&mut self, vector: &[f32]) -> Result<()> {
        let unit = codes::unit(vector, self.dimensions)?;
        let mut row = Vec::with_capacity(self.dimensions);
        let scale = codes::encode(&unit, &mut row);
        self.bytes.extend(scale.to_le_bytes());
        self.bytes.extend(row.iter().map(|&c| c as u8));
        Ok(())
    }

    /// The bytes of the format.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Packed vectors, read in place.
#[derive(Debug, Clone, Copy)]
pub struct SentenceCodes<'a> {
    dimensions: usize,
    rows: &'a [u8],
}

impl<'a> SentenceCodes<'a> {
    /// Reads the bytes of the format.
    ///
    /// # Errors
    /// `vectors.format` if they are of a newer version or cut.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let (dimensions, rows) = packed::read(bytes, "sentences", |dimensions| dimensions + SCALE)?;
        let this = Self { dimensions, rows };
        if this.iter().any(|(scale, _)| !scale.is_finite() || scale <= 0.0) {
            return Err(packed::wrong("sentences", "have a scale that is no scale"));
        }
        Ok(this)
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.rows.len() / (self.dimensions + SCALE)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The cosine of `query` with each vector, in order; none if the query has another length.
    pub fn scores(&self, query: &Query) -> impl Iterator<Item = f32> {
        let same = query.dimensions() == self.dimensions;
        let mut row = vec![0; self.dimensions];
        self.iter().take_while(move |_| same).map(move |(scale, bytes)| {
            row.iter_mut().zip(bytes).for_each(|(code, &byte)| *code = byte as i8);
            let mut dot = [0.0];
            kernels::dots(&row, &query.unit, &mut dot);
            set::cosine(dot[0], scale)
        })
    }

    /// The vector nearest to `query` and its cosine; the first of equal ones. `None` if there is none.
    pub fn best(&self, query: &Query) -> Option<(usize, f32)> {
        self.scores(query).enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// One vector as `f32`.
    pub fn vector(&self, index: usize) -> Option<Vec<f32>> {
        self.iter().nth(index).map(|(scale, codes)| codes.iter().map(|&c| f32::from(c as i8) * scale).collect())
    }

    fn iter(&self) -> impl Iterator<Item = (f32, &'a [u8])> {
        self.rows.chunks_exact(self.dimensions + SCALE).filter_map(|row| {
            let (scale, codes) = row.split_first_chunk::<SCALE>()?;
            Some((f32::from_le_bytes(*scale), codes))
        })
    }
}
