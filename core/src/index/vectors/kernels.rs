//! The inner loops: plain loops over slices, which the compiler vectorises, once for each
//! level of instructions; which of them runs is found out at the first call.

use multiversion::multiversion;

/// Sums that run side by side. Their number fixes the order of additions, so that every machine rounds alike.
const LANES: usize = 64;

/// Dot products of `query` with each row of `rows`, a matrix of `query.len()` columns.
///
/// The codes are widened to `f32`: the query keeps its precision, and compilers make five times as fast a loop of it
/// as of the product of integers.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma+bmi1+bmi2+popcnt", "aarch64+neon"))]
pub(super) fn dots(rows: &[i8], query: &[f32], out: &mut [f32]) {
    let (query_lanes, query_rest) = query.as_chunks::<LANES>();
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let (lanes, rest) = row.as_chunks::<LANES>();
        let mut sums = [0f32; LANES];
        for (codes, values) in lanes.iter().zip(query_lanes) {
            for i in 0..LANES {
                sums[i] += f32::from(codes[i]) * values[i];
            }
        }
        let rest: f32 = rest.iter().zip(query_rest).map(|(&code, value)| f32::from(code) * value).sum();
        *out = sums.iter().sum::<f32>() + rest;
    }
}

/// Bits in which `query` differs from each row of `rows`, a matrix of `query.len()` columns.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vpopcntdq+avx512bitalg",
    "x86_64+avx2+fma+bmi1+bmi2+popcnt",
    "aarch64+neon"
))]
pub(super) fn distances(rows: &[u64], query: &[u64], out: &mut [u16]) {
    // A vector of 384 dimensions has six words: a loop of known length is unrolled.
    if let Ok(query) = <&[u64; 6]>::try_from(query) {
        for (row, out) in rows.as_chunks::<6>().0.iter().zip(out) {
            let mut bits = 0;
            for i in 0..6 {
                bits += (row[i] ^ query[i]).count_ones();
            }
            *out = bits as u16;
        }
        return;
    }
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        *out = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>() as u16;
    }
}
