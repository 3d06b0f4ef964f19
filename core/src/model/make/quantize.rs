//! From `Q4_0` blocks to what ONNX Runtime's operators take.

use super::checkpoint::{BLOCK, BLOCK_BYTES};

/// The weights of one block, 0 to 15 each for -8 to 7.
fn nibbles(block: &[u8; BLOCK_BYTES]) -> [u8; BLOCK] {
    let packed = &block[2..];
    std::array::from_fn(|at| if at < BLOCK / 2 { packed[at] & 15 } else { packed[at - BLOCK / 2] >> 4 })
}

fn scale(block: &[u8; BLOCK_BYTES]) -> f32 {
    half(u16::from_le_bytes([block[0], block[1]]))
}

/// IEEE 754 binary16 to binary32, exactly.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    match exponent {
        // Subnormal: a multiple of 2^-24, which binary32 holds as a normal number.
        0 => f32::from_bits(sign | (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits()),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// As `GatherBlockQuantized` takes it: two neighbours a byte, the first in the low half; and one scale a block.
pub(super) fn to_uint4(blocks: &[u8]) -> (Vec<u8>, Vec<f32>) {
    let blocks = blocks.as_chunks::<BLOCK_BYTES>().0;
    let packed = blocks.iter().flat_map(|block| {
        let nibbles = nibbles(block);
        std::array::from_fn::<u8, { BLOCK / 2 }, _>(|at| nibbles[2 * at] | nibbles[2 * at + 1] << 4)
    });
    (packed.collect(), blocks.iter().map(scale).collect())
}

/// As `DynamicQuantizeMatMul` takes it: signed, one scale an output, transposed.
pub(super) struct Int8 {
    /// `[inputs, outputs]`.
    pub(super) weights: Vec<u8>,
    /// `[outputs]`.
    pub(super) scales: Vec<f32>,
}

/// Quantizes blocks of `[outputs, inputs]` to 8 bits, symmetrically: the largest weight of an output becomes 127.
pub(super) fn to_int8(blocks: &[u8], outputs: usize, inputs: usize) -> Int8 {
    let mut weights = vec![0; outputs * inputs];
    let mut scales = Vec::with_capacity(outputs);
    let mut row = Vec::with_capacity(inputs);
    for (output, blocks) in blocks.chunks_exact(inputs / BLOCK * BLOCK_BYTES).enumerate() {
        row.clear();
        for block in blocks.as_chunks::<BLOCK_BYTES>().0 {
            let scale = scale(block);
            row.extend(nibbles(block).iter().map(|weight| (f32::from(*weight) - 8.0) * scale));
        }
        let largest = row.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
        let scale = largest / 127.0;
        for (input, weight) in row.iter().enumerate() {
            let level = if scale > 0.0 { (weight / scale).round_ties_even().clamp(-127.0, 127.0) } else { 0.0 };
            weights[input * outputs + output] = level as i8 as u8;
        }
        scales.push(scale);
    }
    Int8 { weights, scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_ieee_754_says() {
        let known = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 2.0f32.powi(-24)),
            (0x03ff, 1023.0 * 2.0f32.powi(-24)),
            (0x0400, 2.0f32.powi(-14)),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:#06x}");
        }
    }

    /// A block with scale 0.5 whose weight number `n` is `n % 16 - 8`.
    fn block() -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        block[..2].copy_from_slice(&0x3800u16.to_le_bytes());
        for at in 0..16 {
            block[2 + at] = at as u8 | (at as u8) << 4;
        }
        block
    }

    #[test]
    fn neighbours_share_a_byte() {
        let (packed, scales) = to_uint4(&block());
        assert_eq!(packed[..8], [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
        assert_eq!(packed[8..], packed[..8]);
        assert_eq!(scales, [0.5]);
    }

    #[test]
    fn each_output_has_its_own_scale_and_its_column() {
        let mut zero = block();
        zero[2..].fill(0x88);
        let int8 = to_int8(&[block(), zero].concat(), 2, 32);
        // Weights are n/2 - 4, the largest is 4 and becomes 127.
        assert_eq!(int8.scales, [4.0 / 127.0, 0.0]);
        let first: Vec<i8> = int8.weights.iter().step_by(2).map(|weight| *weight as i8).collect();
        let wanted: Vec<i8> = (0..32).map(|n| ((n % 16) as f32 * 127.0 / 8.0 - 127.0).round_ties_even() as i8).collect();
        assert_eq!(first, wanted);
        assert!(int8.weights.iter().skip(1).step_by(2).all(|weight| *weight == 0));
    }
}
