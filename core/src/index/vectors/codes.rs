//! `f32` vectors → integers.

use super::kernels::{self, HALVES, LANES};
use crate::{Error, ErrorKind, Result};

/// Vectors may not be longer than this.
pub(super) const MAX_DIMENSIONS: usize = 8192;

/// A query, checked and scaled once for many comparisons. It stays in `f32`: what is lost is the rounding of the stored
/// side alone.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) unit: Vec<f32>,
}

impl Query {
    /// `query`, scaled to length 1.
    ///
    /// # Errors
    /// `vectors.dimensions` if it is empty or longer than 8192, `vectors.value` if its length is 0 or no number.
    pub fn new(query: &[f32]) -> Result<Self> {
        Ok(Self { unit: unit(query, query.len())? })
    }

    /// Length of the vector.
    pub fn dimensions(&self) -> usize {
        self.unit.len()
    }
}

pub(super) fn wrong_length(expected: usize, found: usize) -> Error {
    Error::new(ErrorKind::InvalidInput, "vectors.dimensions", "the vector has the wrong length")
        .with("expected", expected.to_string())
        .with("found", found.to_string())
        .with_hint("compare vectors of one embedding model only")
}

/// `vector` scaled to length 1.
pub(super) fn unit(vector: &[f32], dimensions: usize) -> Result<Vec<f32>> {
    if vector.len() != dimensions || vector.is_empty() || vector.len() > MAX_DIMENSIONS {
        return Err(wrong_length(dimensions, vector.len()));
    }
    let norm = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if !norm.is_finite() || norm == 0.0 {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "vectors.value",
            "the vector has no direction: all zero, or not a number",
        ));
    }
    Ok(vector.iter().map(|&x| (f64::from(x) / norm) as f32).collect())
}

/// Appends the 8-bit codes of a vector of length 1; `code × scale` is the value. Returns the scale.
pub(super) fn encode(unit: &[f32], codes: &mut Vec<i8>) -> f32 {
    let scale = unit.iter().fold(0f32, |m, x| m.max(x.abs())) / 127.0;
    codes.extend(unit.iter().map(|x| (x / scale).round() as i8));
    scale
}

/// The greatest half code.
const HALF_MAX: f32 = 120.0;

/// Shares of a vector's greatest value that its half codes may reach to: what lies beyond is cut off, all else has finer steps.
const RANGES: [f32; 6] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5];

/// Bytes of the half codes of a vector.
pub(super) fn half_bytes(dimensions: usize) -> usize {
    dimensions / HALVES * LANES + (dimensions % HALVES).div_ceil(2)
}

/// Appends the half codes of a vector of length 1; `code × scale` is the value. Returns the scale.
///
/// A half code is a byte whose lower half is always 8 and not kept: −120, −104, … −8, 8, … 120. There is no 0, so that signs are
/// kept. Of each 128 dimensions, and of those that are left at the end, the first half lies in the lower halves of the bytes,
/// the second in the upper ones.
///
/// Of [`RANGES`] that is taken whose codes have the greatest cosine with the vector. The scale makes the product of values and
/// vector 1, so that a vector's cosine with itself is right, and that with another is wrong only by what the rounding has in
/// common with the part of the query that is orthogonal to the vector.
pub(super) fn encode_half(unit: &[f32], bytes: &mut Vec<u8>) -> f32 {
    let greatest = unit.iter().fold(0f32, |m, x| m.max(x.abs()));
    let (mut factor, mut product, mut greatest_cosine) = (0.0, 1.0, 0.0);
    for range in RANGES {
        let candidate = HALF_MAX / (greatest * range);
        let (dot, square) = kernels::half_fit(unit, candidate);
        let cosine = dot / square.sqrt();
        if cosine > greatest_cosine {
            (factor, product, greatest_cosine) = (candidate, dot, cosine);
        }
    }
    for part in unit.chunks(HALVES) {
        let (lower, upper) = part.split_at(part.len().div_ceil(2));
        let start = bytes.len();
        bytes.extend(lower.iter().map(|x| half(x * factor) as i8 as u8 >> 4));
        bytes[start..].iter_mut().zip(upper).for_each(|(byte, x)| *byte |= half(x * factor) as i8 as u8 & 0xf0);
    }
    1.0 / product
}

/// Takes the half codes of one vector apart, `codes.len()` of them in the order of their dimensions.
pub(super) fn decode_half(bytes: &[u8], codes: &mut [i8]) {
    for (bytes, codes) in bytes.chunks(LANES).zip(codes.chunks_mut(HALVES)) {
        let (lower, upper) = codes.split_at_mut(codes.len().div_ceil(2));
        lower.iter_mut().zip(bytes).for_each(|(code, &byte)| *code = lower_half(byte));
        upper.iter_mut().zip(bytes).for_each(|(code, &byte)| *code = upper_half(byte));
    }
}

/// The half code nearest to a value. Of a loop over it the compiler makes instructions on vectors, which it does not when the
/// step is made an integer.
#[inline(always)]
pub(super) fn half(value: f32) -> f32 {
    (value / 16.0 + 7.5).clamp(0.0, 15.0).round_ties_even() * 16.0 - 120.0
}

#[inline(always)]
pub(super) fn lower_half(byte: u8) -> i8 {
    (byte << 4 | 8) as i8
}

#[inline(always)]
pub(super) fn upper_half(byte: u8) -> i8 {
    (byte & 0xf0 | 8) as i8
}
