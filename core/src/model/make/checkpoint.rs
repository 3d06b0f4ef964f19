//! The packed file `E5S1`: shape, vocabulary, normalization map, directory of tensors, tensors. All little-endian.

use std::{
    collections::BTreeMap,
    io::{Read, Seek, SeekFrom},
};

use super::damaged;
use crate::Result;

/// Weights of one block: an fp16 scale, then 16 bytes whose low halves are the weights 0..16 and whose high halves are the
/// weights 16..32, each plus 8 (`Q4_0` of ggml).
pub(super) const BLOCK: usize = 32;

/// Bytes of one block.
pub(super) const BLOCK_BYTES: usize = 18;

/// No vocabulary or tensor of this model comes near; a damaged file could ask for more.
const MOST_BYTES: u64 = 1 << 28;

/// Sizes of the transformer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) feed_forward: usize,
    pub(super) vocabulary: usize,
    pub(super) positions: usize,
    pub(super) epsilon: f32,
}

/// Ids of the special tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Special {
    pub(super) begin: u32,
    pub(super) end: u32,
    pub(super) padding: u32,
    pub(super) unknown: u32,
}

/// An open checkpoint.
pub(super) struct Checkpoint<R> {
    source: R,
    pub(super) shape: Shape,
    pub(super) special: Special,
    /// Pieces with the logarithms of their probabilities; the index is the id.
    pub(super) pieces: Vec<(String, f32)>,
    /// Offset and length in bytes of each tensor.
    tensors: BTreeMap<String, (u64, u64)>,
}

impl<R: Read + Seek> Checkpoint<R> {
    pub(super) fn read(source: R) -> Result<Self> {
        let mut reader = Reader(source);
        if &reader.bytes(4)? != b"E5S1" {
            return Err(damaged("it does not begin with E5S1"));
        }
        reader.u32()?;
        let [hidden, layers, heads, feed_forward, vocabulary, positions, _] = reader.sizes::<7>()?;
        let epsilon = f32::from_bits(reader.u32()?);
        reader.u32()?;
        let shape = Shape { hidden, layers, heads, feed_forward, vocabulary, positions, epsilon };
        if hidden == 0 || heads == 0 || hidden % BLOCK != 0 || feed_forward % BLOCK != 0 || hidden % heads != 0 {
            return Err(damaged("its sizes do not fit each other"));
        }
        let count = reader.u32()? as usize;
        let special = Special { begin: reader.u32()?, end: reader.u32()?, padding: reader.u32()?, unknown: reader.u32()? };
        let pieces = reader.pieces(count)?;
        reader.skip_normalization()?;
        let mut tensors = BTreeMap::new();
        for _ in 0..reader.u32()? {
            let length = reader.u16()?;
            let name = reader.text(u64::from(length))?;
            reader.bytes(1 + 4)?;
            tensors.insert(name, (reader.u64()?, reader.u64()?));
        }
        Ok(Self { source: reader.0, shape, special, pieces, tensors })
    }

    /// The tensor's bytes, of which there must be `length`.
    pub(super) fn tensor(&mut self, name: &str, length: usize) -> Result<Vec<u8>> {
        let (offset, stored) = *self.tensors.get(name).ok_or_else(|| damaged(&format!("there is no tensor {name}")))?;
        if stored != length as u64 {
            return Err(damaged(&format!("tensor {name} has another size")));
        }
        self.source.seek(SeekFrom::Start(offset)).map_err(|error| damaged("it is cut").with_source(error))?;
        Reader(&mut self.source).bytes(stored)
    }

    /// A tensor of `count` f32 values, which may be the first of more.
    pub(super) fn floats(&mut self, name: &str, count: usize) -> Result<Vec<f32>> {
        let stored = self.tensors.get(name).map_or(0, |(_, length)| *length as usize);
        if stored < count * 4 {
            return Err(damaged(&format!("tensor {name} has another size")));
        }
        let bytes = self.tensor(name, stored)?;
        Ok(bytes.as_chunks::<4>().0.iter().take(count).map(|value| f32::from_le_bytes(*value)).collect())
    }
}

struct Reader<R>(R);

impl<R: Read> Reader<R> {
    fn bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        if length > MOST_BYTES {
            return Err(damaged("a length is too large"));
        }
        let mut bytes = Vec::new();
        let read = (&mut self.0).take(length).read_to_end(&mut bytes);
        match read {
            Ok(read) if read as u64 == length => Ok(bytes),
            Ok(_) => Err(damaged("it is cut")),
            Err(error) => Err(damaged("it cannot be read").with_source(error)),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).map_err(|error| damaged("it is cut").with_source(error))?;
        Ok(bytes)
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn sizes<const N: usize>(&mut self) -> Result<[usize; N]> {
        let mut sizes = [0; N];
        for size in &mut sizes {
            *size = self.u32()? as usize;
        }
        Ok(sizes)
    }

    fn text(&mut self, length: u64) -> Result<String> {
        String::from_utf8(self.bytes(length)?).map_err(|_| damaged("a name is no UTF-8"))
    }

    /// Length of all pieces, their starts and the end, their scores, their text.
    fn pieces(&mut self, count: usize) -> Result<Vec<(String, f32)>> {
        let length = self.u64()?;
        let words =
            |bytes: Vec<u8>| -> Vec<u32> { bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect() };
        let starts = words(self.bytes((count as u64 + 1) * 4)?);
        let scores = words(self.bytes(count as u64 * 4)?);
        let text = self.text(length)?;
        let mut pieces = Vec::with_capacity(count);
        for (place, score) in starts.windows(2).zip(scores) {
            let piece = text.get(place[0] as usize..place[1] as usize).ok_or_else(|| damaged("a piece lies outside"))?;
            pieces.push((piece.to_owned(), f32::from_bits(score)));
        }
        Ok(pieces)
    }

    /// Number and bytes of what single code points become. A tokenizer says it by the names of normal forms instead.
    fn skip_normalization(&mut self) -> Result<()> {
        self.u32()?;
        let length = self.u32()?;
        self.bytes(u64::from(length)).map(drop)
    }
}
