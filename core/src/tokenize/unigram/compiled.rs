//! A vocabulary, and the file that keeps it.

use sha2::{Digest, Sha256};

use super::{
    charsmap::Charsmap,
    double_array::{DoubleArray, Slot},
    normalize::Normalizer,
};

/// First bytes of the file. The last of them is its version.
const MAGIC: &[u8; 8] = b"BLGUNI\0\x01";

/// A vocabulary, ready for use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compiled {
    /// SHA-256 of the `tokenizer.json`.
    pub(super) digest: [u8; 32],
    /// From piece to id.
    pub(super) pieces: DoubleArray,
    /// Score of each id: the logarithm of its probability.
    pub(super) scores: Vec<f64>,
    /// The least score.
    pub(super) least_score: f64,
    /// Id of what has no piece.
    pub(super) unknown: u32,
    /// Ids below this number exist.
    pub(super) size: u32,
    /// Special tokens in front of a text.
    pub(super) before: Vec<u32>,
    /// Special tokens behind a text.
    pub(super) after: Vec<u32>,
    pub(super) normalizer: Normalizer,
}

impl Compiled {
    /// Little-endian; lists led by their length as `u32`; SHA-256 over all of it at the end.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let slots = self.pieces.slots();
        let mut file = Vec::with_capacity(slots.len() * 8 + self.scores.len() * 8 + 1024);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&self.digest);
        file.extend_from_slice(&self.unknown.to_le_bytes());
        file.extend_from_slice(&self.size.to_le_bytes());
        let mut list = |length: usize, bytes: &mut dyn Iterator<Item = u8>| {
            file.extend_from_slice(&(length as u32).to_le_bytes());
            file.extend(bytes);
        };
        list(self.before.len(), &mut self.before.iter().flat_map(|id| id.to_le_bytes()));
        list(self.after.len(), &mut self.after.iter().flat_map(|id| id.to_le_bytes()));
        match &self.normalizer {
            Normalizer::None => list(0, &mut std::iter::empty()),
            Normalizer::NmtNfkc { tilde } => {
                list(1, &mut (tilde.map_or(0, u32::from)).to_le_bytes().into_iter());
            }
            Normalizer::Charsmap(map) => {
                list(2, &mut std::iter::empty());
                list(map.as_bytes().len(), &mut map.as_bytes().iter().copied());
            }
        }
        list(self.scores.len(), &mut self.scores.iter().flat_map(|score| score.to_le_bytes()));
        list(slots.len(), &mut slots.iter().flat_map(|slot| (u64::from(slot.check) << 32 | u64::from(slot.base)).to_le_bytes()));
        let digest: [u8; 32] = Sha256::digest(&file).into();
        file.extend_from_slice(&digest);
        file
    }

    /// `None` for bytes that [`Self::to_bytes`] did not write, or wrote for another source.
    pub(super) fn from_bytes(file: &[u8], digest: [u8; 32]) -> Option<Self> {
        let (body, seal) = file.split_last_chunk::<32>()?;
        if body.get(..8)? != MAGIC || body.get(8..40)? != digest || <[u8; 32]>::from(Sha256::digest(body)) != *seal {
            return None;
        }
        let mut reader = Reader(&body[40..]);
        let (unknown, size) = (reader.u32()?, reader.u32()?);
        let before = reader.list(u32::from_le_bytes)?;
        let after = reader.list(u32::from_le_bytes)?;
        let normalizer = match reader.u32()? {
            0 => Normalizer::None,
            1 => match reader.u32()? {
                0 => Normalizer::NmtNfkc { tilde: None },
                c => Normalizer::NmtNfkc { tilde: Some(char::from_u32(c)?) },
            },
            2 => Normalizer::Charsmap(Charsmap::new(reader.list(|[byte]| byte)?)?),
            _ => return None,
        };
        let scores = reader.list(f64::from_le_bytes)?;
        let slots = reader.list(|bytes| {
            let slot = u64::from_le_bytes(bytes);
            Slot { base: slot as u32, check: (slot >> 32) as u32 }
        })?;
        let least_score = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let pieces = DoubleArray::from_slots(slots);
        Some(Self { digest, pieces, scores, least_score, unknown, size, before, after, normalizer })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn u32(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*first))
    }

    fn list<const N: usize, T>(&mut self, item: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let length = (self.u32()? as usize).checked_mul(N)?;
        let (items, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(items.as_chunks::<N>().0.iter().map(|bytes| item(*bytes)).collect())
    }
}
