//! The inner loops: plain loops over slices, which the compiler vectorises, once for each
//! level of instructions; which of them runs is found out at the first call.

use multiversion::multiversion;

use super::{codes, words::PLANES};

/// Sums that run side by side. Their number fixes the order of additions, so that every machine rounds alike.
pub(super) const LANES: usize = 64;
/// Half codes that lie in that many bytes.
pub(super) const HALVES: usize = 2 * LANES;

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

/// Dot products of `query` with each row of `rows`, half codes of `query.len()` dimensions.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma+bmi1+bmi2+popcnt", "aarch64+neon"))]
pub(super) fn half_dots(rows: &[u8], query: &[f32], out: &mut [f32]) {
    let (query_lanes, query_rest) = query.as_chunks::<HALVES>();
    let (lower, upper) = query_rest.split_at(query_rest.len().div_ceil(2));
    for (row, out) in rows.chunks_exact(codes::half_bytes(query.len())).zip(out) {
        let (lanes, rest) = row.split_at(query_lanes.len() * LANES);
        let mut sums = [0f32; LANES];
        for (bytes, values) in lanes.as_chunks::<LANES>().0.iter().zip(query_lanes) {
            for i in 0..LANES {
                sums[i] += f32::from(codes::lower_half(bytes[i])) * values[i];
                sums[i] += f32::from(codes::upper_half(bytes[i])) * values[LANES + i];
            }
        }
        for ((sum, &byte), value) in sums.iter_mut().zip(rest).zip(lower) {
            *sum += f32::from(codes::lower_half(byte)) * value;
        }
        for ((sum, &byte), value) in sums.iter_mut().zip(rest).zip(upper) {
            *sum += f32::from(codes::upper_half(byte)) * value;
        }
        *out = total(sums);
    }
}

/// The dot product of `unit` with its half codes, when it is scaled by `factor`, and that of the codes with themselves.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2+fma+bmi1+bmi2+popcnt", "aarch64+neon"))]
pub(super) fn half_fit(unit: &[f32], factor: f32) -> (f32, f32) {
    let (mut dots, mut squares) = ([0f32; LANES], [0f32; LANES]);
    let (lanes, rest) = unit.as_chunks::<LANES>();
    for values in lanes {
        for i in 0..LANES {
            let code = codes::half(values[i] * factor);
            dots[i] += code * values[i];
            squares[i] += code * code;
        }
    }
    for ((dot, square), value) in dots.iter_mut().zip(&mut squares).zip(rest) {
        let code = codes::half(value * factor);
        *dot += code * value;
        *square += code * code;
    }
    (total(dots), total(squares))
}

/// The sum of all lanes: of halves, of their halves, and so on.
#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[width + i];
        }
        width /= 2;
    }
    sums[0]
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
