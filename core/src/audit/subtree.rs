use super::{
    edge::partial_tile,
    hash::{Hash, complete},
    proof::HashReader,
    tile::{TILE_WIDTH, read_tile},
};
use crate::{Error, ErrorKind, Result};

/// How many tiles are kept: a proof over the largest tree needs 8 levels, twice.
const CACHED: usize = 16;

/// Hashes of complete subtrees, read from tiles, for proofs over a tree of a given size. The tiles read last are kept.
///
/// Tiles are taken as they are: a proof made of them is to be verified against a signed root before it is believed.
pub struct TileHashes<'a> {
    size: u64,
    read: &'a mut dyn FnMut(&str) -> Result<Option<Vec<u8>>>,
    /// Level, index, hashes; the one used last stands at the end.
    cache: Vec<(u8, u64, Vec<Hash>)>,
}

impl<'a> TileHashes<'a> {
    /// Over a log of `size` entries. `read` is that of [`Edge::read`](super::Edge::read).
    pub fn new(size: u64, read: &'a mut dyn FnMut(&str) -> Result<Option<Vec<u8>>>) -> Self {
        Self { size, read, cache: Vec::new() }
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash]> {
        let kept = self.cache.iter().position(|(l, i, _)| (*l, *i) == (level, index));
        let tile = match kept {
            Some(at) => self.cache.remove(at),
            None => {
                let (edge, edge_width) = partial_tile(self.size, level);
                let width = if index == edge { edge_width } else { TILE_WIDTH as u16 };
                let hashes = read_tile(level, index, width, self.read)?;
                if self.cache.len() == CACHED {
                    self.cache.remove(0);
                }
                (level, index, hashes)
            }
        };
        self.cache.push(tile);
        Ok(self.cache.last().map_or(&[], |(_, _, hashes)| hashes))
    }
}

impl HashReader for TileHashes<'_> {
    fn hash(&mut self, height: u32, index: u64) -> Result<Hash> {
        let end = index.checked_add(1).filter(|_| height < u64::BITS).and_then(|end| end.checked_mul(1 << height));
        if end.is_none_or(|end| end > self.size) {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.subtree", "the tree has no such subtree")
                .with("size", self.size.to_string()));
        }
        let level = (height / 8) as u8;
        let width = 1u64 << (height % 8);
        // No overflow: `end` times 2^height is none, and a tile's level is not higher than `height`.
        let first = index * width;
        let within = (first % TILE_WIDTH) as usize;
        let hashes = self.tile(level, first / TILE_WIDTH)?;
        match hashes.get(within..within + width as usize) {
            Some(hashes) => Ok(complete(hashes)),
            None => Err(Error::new(ErrorKind::Internal, "audit.subtree_width", "a tile is narrower than the tree's size says")),
        }
    }
}

impl std::fmt::Debug for TileHashes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TileHashes").field("size", &self.size).finish_non_exhaustive()
    }
}
