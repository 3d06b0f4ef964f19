use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// Longer vectors are none that an index takes.
pub(super) const MOST_DIMENSIONS: usize = 8192;

/// A vector as it comes: an array of numbers, or the bytes of its numbers in Base64.
#[derive(Debug)]
pub(super) struct Wire(pub(super) Vec<f32>);

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;

        impl<'de> Visitor<'de> for Numbers {
            type Value = Wire;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a vector")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Wire, A::Error> {
                let mut vector = Vec::new();
                while let Some(number) = numbers.next_element()? {
                    if vector.len() == MOST_DIMENSIONS {
                        return Err(A::Error::custom("a vector that is too long"));
                    }
                    vector.push(number);
                }
                Ok(Wire(vector))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Wire, E> {
                let bytes = STANDARD.decode(text).map_err(|_| E::custom("no Base64"))?;
                let (numbers, rest) = bytes.as_chunks::<4>();
                if !rest.is_empty() || numbers.len() > MOST_DIMENSIONS {
                    return Err(E::custom("no vector"));
                }
                Ok(Wire(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
            }
        }

        deserializer.deserialize_any(Numbers)
    }
}

/// A vector of length 1 in the direction of the mean of `parts`, by their weights. Each part is brought to length 1 first.
///
/// # Errors
/// `dimensions` when a part has another length than `dimensions`; `value` when one holds what is no number, or has no direction, or
/// the mean has none.
pub(super) fn unit(parts: &[(f64, &[f32])], dimensions: usize) -> Result<Vec<f32>, &'static str> {
    let mut mean = vec![0f64; dimensions];
    for (weight, part) in parts {
        if part.len() != dimensions {
            return Err("dimensions");
        }
        let scale = weight / length(part.iter().map(|value| f64::from(*value)))?;
        mean.iter_mut().zip(*part).for_each(|(mean, value)| *mean += scale * f64::from(*value));
    }
    let length = length(mean.iter().copied())?;
    Ok(mean.into_iter().map(|value| (value / length) as f32).collect())
}

fn length(values: impl Iterator<Item = f64>) -> Result<f64, &'static str> {
    let length = values.map(|value| value * value).sum::<f64>().sqrt();
    // Shorter ones are noise of the arithmetic.
    if length.is_finite() && length > 1e-12 { Ok(length) } else { Err("value") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Option<Vec<f32>> {
        serde_json::from_str::<Wire>(json).ok().map(|wire| wire.0)
    }

    #[test]
    fn a_vector_comes_as_numbers_or_as_bytes() {
        assert_eq!(read("[1, -0.5, 1e-3]"), Some(vec![1.0, -0.5, 0.001]));
        assert_eq!(read("\"AACAPwAAAL8=\""), Some(vec![1.0, -0.5]));
        for wrong in ["[1, null]", "[1, \"2\"]", "[[1]]", "\"AACA\"", "\"%\"", "null", "{}", "7", "[1e999]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert!(read(&format!("[{}0]", "0,".repeat(MOST_DIMENSIONS))).is_none());
    }

    #[test]
    fn what_has_no_direction_or_another_length_is_refused() {
        let unit = |part: &[f32]| unit(&[(1.0, part)], 2);
        assert_eq!(unit(&[3.0, 4.0]), Ok(vec![0.6, 0.8]));
        assert_eq!(unit(&[1.0]), Err("dimensions"));
        for wrong in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            assert_eq!(unit(&wrong), Err("value"));
        }
        let apart = super::unit(&[(1.0, &[1.0, 0.0]), (1.0, &[-1.0, 0.0])], 2);
        assert_eq!(apart, Err("value"), "parts that cancel each other");
    }

    proptest! {
        #[test]
        fn a_vector_has_length_1_and_its_direction(values in prop::collection::vec(-1e30f32..1e30, 1..40)) {
            if let Ok(unit) = unit(&[(0.7, &values)], values.len()) {
                let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
                prop_assert!((dot(&unit, &unit) - 1.0).abs() < 1e-6);
                prop_assert!((dot(&unit, &values) / dot(&values, &values).sqrt() - 1.0).abs() < 1e-6);
            } else {
                prop_assert!(values.iter().all(|value| value.abs() < 1e-12));
            }
        }
    }
}
