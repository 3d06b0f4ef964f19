//! `f32` vectors → integers.

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
