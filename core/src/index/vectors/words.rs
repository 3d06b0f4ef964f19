//! The vectors of a chunk's words, one bit a dimension, packed for one value of a binary column.
//!
//! ```text
//! byte 0      1, the version of this format
//! byte 1      0
//! bytes 2-3   dimensions, u16, little-endian, at least 1
//! then for each word, in order
//!   8 bytes for every 64 dimensions or part of them: little-endian u64, the first dimension in the lowest bit;
//!   a bit is set where the vector, of length 1, lies above its centre
//! ```
//!
//! A question's word is held against them with four bits a dimension. Everything is counted in integers, so that every
//! machine finds the same.

use super::{codes, kernels, packed};
use crate::Result;

/// Bits that a dimension of a question's word has.
pub(super) const PLANES: usize = 4;
const LEVELS: f32 = ((1 << PLANES) - 1) as f32;

/// Packs the vectors of words, see the [module](self).
#[derive(Debug, Clone)]
pub struct WordBuilder {
    dimensions: usize,
    bytes: Vec<u8>,
}

impl WordBuilder {
    /// For vectors of `dimensions` values.
    ///
    /// # Errors
    /// `vectors.dimensions` unless it is between 1 and 8192.
    pub fn new(dimensions: usize) -> Result<Self> {
        Ok(Self { dimensions, bytes: packed::header(dimensions)? })
    }

    /// Adds the vector of the next word; `centre` is what it is seen from.
    ///
    /// # Errors
    /// `vectors.dimensions` if either has another length, `vectors.value` if the vector has no direction.
    pub fn push(&mut self, vector: &[f32], centre: &[f32]) -> Result<()> {
        let unit = codes::unit(vector, self.dimensions)?;
        if centre.len() != self.dimensions {
            return Err(codes::wrong_length(self.dimensions, centre.len()));
        }
        for (unit, centre) in unit.chunks(64).zip(centre.chunks(64)) {
            let bits = unit.iter().zip(centre).enumerate();
            let word = bits.fold(0u64, |word, (i, (value, centre))| word | u64::from(value > centre) << i);
            self.bytes.extend(word.to_le_bytes());
        }
        Ok(())
    }

    /// The bytes of the format.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// A question's word, made ready for many comparisons.
#[derive(Debug, Clone)]
pub struct WordQuery {
    dimensions: usize,
    /// Value of the lowest level, and what a level adds.
    low: f32,
    step: f32,
    /// The levels' bits: of each 64 dimensions all planes, the lowest first.
    planes: Vec<u64>,
    /// Sum of all values.
    sum: f32,
}

impl WordQuery {
    /// `vector`, scaled to length 1.
    ///
    /// # Errors
    /// `vectors.dimensions` and `vectors.value` as for any query.
    pub fn new(vector: &[f32]) -> Result<Self> {
        let unit = codes::unit(vector, vector.len())?;
        let (low, high) = unit.iter().fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        let step = ((high - low) / LEVELS).max(f32::MIN_POSITIVE);
        let mut planes = vec![0u64; unit.len().div_ceil(64) * PLANES];
        let mut levels = 0u32;
        for (i, value) in unit.iter().enumerate() {
            let level = ((value - low) / step).round() as u32;
            levels += level;
            for plane in 0..PLANES {
                planes[i / 64 * PLANES + plane] |= u64::from(level >> plane & 1) << (i % 64);
            }
        }
        let sum = low * unit.len() as f32 + step * levels as f32;
        Ok(Self { dimensions: unit.len(), low, step, planes, sum })
    }

    /// The cosine, as far as bits tell, with a word of which `set` dimensions lie above the centre and whose levels there sum
    /// up to `levels`.
    fn likeness(&self, (set, levels): (u32, u32)) -> f32 {
        (2.0 * (self.low * set as f32 + self.step * levels as f32) - self.sum) / (self.dimensions as f32).sqrt()
    }
}

/// Packed words, read in place.
#[derive(Debug, Clone, Copy)]
pub struct WordCodes<'a> {
    dimensions: usize,
    rows: &'a [u8],
}

impl<'a> WordCodes<'a> {
    /// Reads the bytes of the format.
    ///
    /// # Errors
    /// `vectors.format` if they are of a newer version or cut.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let (dimensions, rows) = packed::read(bytes, "words", |dimensions| dimensions.div_ceil(64) * 8)?;
        Ok(Self { dimensions, rows })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.rows.len() / (self.dimensions.div_ceil(64) * 8)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How like each word of a question its likest word here is: -1 to 1. `None` if there is no word, or it is of another length.
    pub fn best(&self, queries: &[WordQuery]) -> Option<Vec<f32>> {
        if self.is_empty() || queries.iter().any(|query| query.dimensions != self.dimensions) {
            return None;
        }
        let rows: Vec<u64> = self.rows.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let mut counts = vec![(0, 0); self.len()];
        let best = queries.iter().map(|query| {
            kernels::plane_counts(&rows, &query.planes, &mut counts);
            counts.iter().map(|counts| query.likeness(*counts)).fold(f32::MIN, f32::max)
        });
        Some(best.collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(words: &[Vec<f32>], centre: &[f32]) -> Vec<u8> {
        let mut builder = WordBuilder::new(centre.len()).unwrap();
        words.iter().for_each(|word| builder.push(word, centre).unwrap());
        builder.finish()
    }

    proptest! {
        /// Against the sum that the format describes, in floats.
        #[test]
        fn likeness_is_the_products_with_the_signs(
            (words, centre, query) in (1usize..200).prop_flat_map(|dimensions| {
                let vector = move || proptest::collection::vec(-1.0f32..1.0, dimensions);
                (proptest::collection::vec(vector(), 1..6), proptest::collection::vec(-0.1f32..0.1, dimensions), vector())
            })
        ) {
            let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
            prop_assume!(words.iter().chain([&query]).all(|v| length(v) > 0.1));
            let dimensions = centre.len() as f32;
            let expected = words.iter().map(|word| {
                let sign = |i: usize| if word[i] / length(word) > centre[i] { 1.0 } else { -1.0 };
                (0..centre.len()).map(|i| query[i] / length(&query) * sign(i)).sum::<f32>() / dimensions.sqrt()
            }).fold(f32::MIN, f32::max);
            let bytes = packed(&words, &centre);
            let found = WordCodes::new(&bytes).unwrap().best(&[WordQuery::new(&query).unwrap()]).unwrap();
            // Half a level off in every dimension at most.
            prop_assert!((found[0] - expected).abs() <= dimensions.sqrt() / LEVELS, "{} {}", found[0], expected);
        }

        #[test]
        fn bytes_of_any_kind_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(codes) = WordCodes::new(&bytes) {
                prop_assert_eq!(codes.best(&[]).is_none(), codes.is_empty());
            }
        }
    }

    #[test]
    fn a_word_is_likest_to_itself() {
        let words: Vec<Vec<f32>> = (0..5).map(|w| (0..96).map(|i| ((i * (w + 3) % 17) as f32 - 8.0) / 8.0).collect()).collect();
        let centre = vec![0.0; 96];
        let alone: Vec<f32> = words
            .iter()
            .map(|word| {
                let bytes = packed(std::slice::from_ref(word), &centre);
                WordCodes::new(&bytes).unwrap().best(&[WordQuery::new(&words[2]).unwrap()]).unwrap()[0]
            })
            .collect();
        assert!((0..5).filter(|w| *w != 2).all(|w| alone[w] < alone[2] - 0.1), "{alone:?}");
        let bytes = packed(&words, &centre);
        assert_eq!(WordCodes::new(&bytes).unwrap().best(&[WordQuery::new(&words[2]).unwrap()]).unwrap(), [alone[2]]);
    }

    #[test]
    fn of_no_word_nothing_is_told() {
        let bytes = packed(&[], &[0.0; 64]);
        assert_eq!(WordCodes::new(&bytes).unwrap().best(&[WordQuery::new(&[1.0; 64]).unwrap()]), None);
    }

    /// The format, byte for byte.
    #[test]
    fn the_format_is_frozen() {
        let mut word = vec![-0.1f32; 70];
        (word[0], word[9], word[69]) = (0.9, 0.8, 0.7);
        assert_eq!(packed(&[word], &[0.0; 70]), [1, 0, 70, 0, 1, 2, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0]);
    }
}
