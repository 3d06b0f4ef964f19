//! The inner loops: plain loops over slices, which the compiler vectorises, once for each
//! level of instructions; which of them runs is found out at the first call.

use multiversion::multiversion;

use super::words::PLANES;

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

/// For each row of `rows`, as many words long as `planes` has words a plane: how many bits are set, and the sum over them of the
/// levels that `planes` spells, all planes of a word side by side.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vpopcntdq+avx512bitalg",
    "x86_64+avx2+fma+bmi1+bmi2+popcnt",
    "aarch64+neon"
))]
pub(super) fn plane_counts(rows: &[u64], planes: &[u64], out: &mut [(u32, u32)]) {
    let planes = planes.as_chunks::<PLANES>().0;
    for (row, out) in rows.chunks_exact(planes.len()).zip(out) {
        let (mut set, mut levels) = (0, [0; PLANES]);
        for (bits, planes) in row.iter().zip(planes) {
            set += bits.count_ones();
            for plane in 0..PLANES {
                levels[plane] += (bits & planes[plane]).count_ones();
            }
        }
        *out = (set, (0..PLANES).map(|plane| levels[plane] << plane).sum());
    }
}
