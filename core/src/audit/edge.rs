use super::{
    hash::{EMPTY_ROOT, Hash, complete, fold},
    tile::{TILE_WIDTH, Tile, read_tile},
};
use crate::Result;

/// The right edge of a log: for every level the hashes of the tile that is not full yet. It is all that appending needs, at most
/// 8 × 255 hashes.
///
/// ```
/// use beleg::audit::{Edge, leaf_hash};
///
/// let (mut edge, mut full) = (Edge::new(), Vec::new());
/// for entry in 0..70_000u32 {
///     edge.push(leaf_hash(&entry.to_be_bytes()), &mut full);
/// }
/// assert_eq!(full.len(), 273 + 1);
/// let partial: Vec<_> = edge.partial().into_iter().map(|tile| tile.path).collect();
/// assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    /// Level `l` has `size / 256^l % 256` hashes; the levels up to the highest that is not empty.
    levels: Vec<Vec<Hash>>,
}

/// The index and the width of the tile of `level` that is not full in a log of `size` entries.
pub(super) fn partial_tile(size: u64, level: u8) -> (u64, u16) {
    let shifted = |levels: u32| size.checked_shr(8 * levels).unwrap_or(0);
    (shifted(u32::from(level) + 1), (shifted(level.into()) % TILE_WIDTH) as u16)
}

/// How many levels of tiles a log of `size` entries has: as many as `size` has bytes.
pub(super) fn level_count(size: u64) -> u8 {
    (u64::BITS - size.leading_zeros()).div_ceil(8) as u8
}

impl Edge {
    /// The edge of the log without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the edge of a log of `size` entries; `read` returns a tile's bytes, or `None` when there is no such file. Asked are
    /// the partial tile of exactly that size, then the full one, then wider partial ones.
    ///
    /// What was read is to be trusted when [`Edge::root`] is that of a checkpoint of this size.
    ///
    /// # Errors
    /// `audit.tile_missing`, `audit.tile`, and what `read` returns.
    pub fn read(size: u64, read: &mut dyn FnMut(&str) -> Result<Option<Vec<u8>>>) -> Result<Self> {
        let level = |level| match partial_tile(size, level) {
            (_, 0) => Ok(Vec::new()),
            (index, width) => read_tile(level, index, width, read),
        };
        let levels = (0..level_count(size)).map(level).collect::<Result<_>>()?;
        Ok(Self { size, levels })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; tiles that became full by it are pushed to `full`, from level 0 upwards.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<Tile>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0u8.. {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::with_capacity(TILE_WIDTH as usize));
            }
            let hashes = &mut self.levels[at];
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH as usize {
                return;
            }
            let index = partial_tile(self.size, level).0 - 1;
            full.push(Tile::new(level, index, hashes));
            hash = complete(hashes);
            hashes.clear();
        }
    }

    /// The tiles that are not full, as published with a checkpoint of this size: widths 1 to 255, from level 0 upwards.
    pub fn partial(&self) -> Vec<Tile> {
        (0u8..)
            .zip(&self.levels)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| Tile::new(level, partial_tile(self.size, level).0, hashes))
            .collect()
    }

    /// The root of the tree (RFC 6962, section 2.1).
    pub fn root(&self) -> Hash {
        self.levels.iter().fold(None, |rest, hashes| fold(hashes, rest)).unwrap_or(EMPTY_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{leaf_hash, node_hash};

    #[test]
    fn the_root_is_that_of_rfc_6962() {
        let mut edge = Edge::new();
        assert_eq!(edge.root(), EMPTY_ROOT);
        let leaves: Vec<Hash> = (0..3u8).map(|i| leaf_hash(&[i])).collect();
        edge.push(leaves[0], &mut Vec::new());
        assert_eq!(edge.root(), leaves[0]);
        edge.push(leaves[1], &mut Vec::new());
        edge.push(leaves[2], &mut Vec::new());
        assert_eq!(edge.root(), node_hash(&node_hash(&leaves[0], &leaves[1]), &leaves[2]));
    }

    #[test]
    fn levels_are_counted_without_overflow() {
        assert_eq!([0, 1, 255, 256, 65_535, 65_536, u64::MAX].map(level_count), [0, 1, 1, 2, 2, 3, 8]);
        assert_eq!(partial_tile(u64::MAX, 7), (0, 255));
        assert_eq!(partial_tile(u64::MAX, 0), (u64::MAX >> 8, 255));
    }
}
