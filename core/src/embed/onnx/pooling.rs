//! From the vectors of the tokens to one vector of length 1.

use super::Pooling;

/// The mean of `tokens`, one row of `dimensions` values each; `None` of no rows, and where a value is not finite.
pub(super) fn mean(tokens: &[f32], dimensions: usize) -> Option<Vec<f32>> {
    let mut sum = sum(tokens, dimensions)?;
    let rows = (tokens.len() / dimensions) as f32;
    sum.iter_mut().for_each(|value| *value /= rows);
    sum.iter().all(|value| value.is_finite()).then_some(sum)
}

fn sum(tokens: &[f32], dimensions: usize) -> Option<Vec<f32>> {
    let mut rows = tokens.chunks_exact(dimensions);
    let mut sum = rows.next()?.to_vec();
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    Some(sum)
}

/// Pools `tokens`, one row of `dimensions` values each, and brings the result to length 1. `None` when it has no length:
/// no row, a zero vector, or a value that is not finite.
pub(super) fn pool(tokens: &[f32], dimensions: usize, pooling: Pooling) -> Option<Vec<f32>> {
    let mut rows = tokens.chunks_exact(dimensions);
    let mut vector = match pooling {
        // Not divided by the number of rows: the length becomes 1 anyway.
        Pooling::Mean => sum(tokens, dimensions)?,
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
