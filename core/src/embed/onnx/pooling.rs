//! From the vectors of the tokens to one vector of length 1.

use super::Pooling;

/// Pools `tokens`, one row of `dimensions` values each, and brings the result to length 1. `None` when it has no length:
/// no row, a zero vector, or a value that is not finite.
pub(super) fn pool(tokens: &[f32], dimensions: usize, pooling: Pooling) -> Option<Vec<f32>> {
    let mut rows = tokens.chunks_exact(dimensions);
    let mut vector = match pooling {
        Pooling::Mean => {
            // Not divided by the number of rows: the length becomes 1 anyway.
            let mut sum = rows.next()?.to_vec();
            for row in rows {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
            sum
        }
        Pooling::Cls => rows.next()?.to_vec(),
        Pooling::LastToken => rows.next_back()?.to_vec(),
        Pooling::Max => {
            let mut most = rows.next()?.to_vec();
            for row in rows {
                most.iter_mut().zip(row).for_each(|(most, value)| *most = most.max(*value));
            }
            most
        }
    };
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length == 0.0 {
        return None;
    }
    vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    Some(vector)
}
