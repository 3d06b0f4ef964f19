use super::{
    hash::{EMPTY_ROOT, Hash, node_hash},
    proof::HashReader,
};
use crate::{Error, ErrorKind, Result};

/// Says that leaves are those of a range of a tree, all of them and in order: the roots of the complete subtrees before and behind it.
///
/// A stretch of leaves is parted from the left, each time into the largest subtree that begins there and fits; so are the leaves before
/// the range, then those behind it. These are at most 126 hashes, whatever the range.
///
/// ```
/// use beleg::audit::{HashReader, RangeProof, leaf_hash, node_hash, root_of};
///
/// # fn main() -> beleg::Result<()> {
/// let leaves: Vec<_> = (0..7u8).map(|n| leaf_hash(&[n])).collect();
/// // Before leaf 3: leaves 0 and 1, then 2. Behind leaf 4: 5, then 6.
/// let hashes = vec![node_hash(&leaves[0], &leaves[1]), leaves[2], leaves[5], leaves[6]];
/// let proof = RangeProof { first: 3, end: 5, size: 7, hashes };
/// proof.verify(leaves[3..5].iter().copied(), &root_of(&leaves))?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeProof {
    /// The first leaf of the range, from 0.
    pub first: u64,
    /// The one behind its last.
    pub end: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The subtrees before the range, then those behind it, both from the left.
    pub hashes: Vec<Hash>,
}

/// The subtrees into which the leaves from `at` to before `end` are parted: of each the height, and its first leaf.
fn subtrees(mut at: u64, end: u64) -> impl Iterator<Item = (u32, u64)> {
    std::iter::from_fn(move || {
        let height = end.checked_sub(at)?.checked_ilog2()?.min(at.trailing_zeros());
        let first = at;
        at += 1 << height;
        Some((height, first))
    })
}

impl RangeProof {
    /// Makes the proof for the leaves from `first` to before `end` in the tree of `size` leaves.
    ///
    /// # Errors
    /// `audit.range` for a range without leaves or one that the tree does not have, and what `hashes` returns.
    pub fn prove(first: u64, end: u64, size: u64, hashes: &mut dyn HashReader) -> Result<Self> {
        if first >= end || end > size {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.range", "the tree has no such range of leaves")
                .with("first", first.to_string())
                .with("end", end.to_string())
                .with("size", size.to_string()));
        }
        let beside = subtrees(0, first).chain(subtrees(end, size));
        let hashes = beside.map(|(height, at)| hashes.hash(height, at >> height)).collect::<Result<_>>()?;
        Ok(Self { first, end, size, hashes })
    }

    /// The root to which the proof leads from `leaves`.
    ///
    /// # Errors
    /// `audit.range_shape` when the range, the leaves or the hashes are not as many as the others say.
    pub fn root(&self, leaves: impl IntoIterator<Item = Hash>) -> Result<Hash> {
        let wrong = || {
            Error::new(ErrorKind::Malformed, "audit.range_shape", "a proof does not have the hashes that its range asks for")
                .with("first", self.first.to_string())
                .with("end", self.end.to_string())
                .with("size", self.size.to_string())
        };
        if self.first >= self.end || self.end > self.size {
            return Err(wrong());
        }
        let (mut hashes, mut peaks, mut next) = (self.hashes.iter(), Peaks::default(), self.first);
        for (height, _) in subtrees(0, self.first) {
            peaks.push(height, *hashes.next().ok_or_else(wrong)?);
        }
        for leaf in leaves {
            if next == self.end {
                return Err(wrong());
            }
            peaks.push(0, leaf);
            next += 1;
        }
        for (height, _) in subtrees(self.end, self.size) {
            peaks.push(height, *hashes.next().ok_or_else(wrong)?);
        }
        if next < self.end || hashes.next().is_some() { Err(wrong()) } else { Ok(peaks.root()) }
    }

    /// Checks that `leaves` are those of the range in the tree of `root`.
    ///
    /// # Errors
    /// `audit.range_shape`, and `audit.range_differs` when the proof leads to another root.
    pub fn verify(&self, leaves: impl IntoIterator<Item = Hash>, root: &Hash) -> Result<()> {
        if self.root(leaves)? == *root {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Corrupt, "audit.range_differs", "the entries are not those of the range in the log")
            .with("first", self.first.to_string())
            .with("end", self.end.to_string())
            .with_hint("an entry, the proof or the checkpoint was changed: get all of them again from the log"))
    }
}

/// Complete subtrees from the left, each lower than the one before it.
#[derive(Default)]
struct Peaks(Vec<(u32, Hash)>);

impl Peaks {
    /// Adds the subtree that stands behind all of them.
    fn push(&mut self, mut height: u32, mut hash: Hash) {
        while let Some((_, left)) = self.0.pop_if(|(peak, _)| *peak == height) {
            (height, hash) = (height + 1, node_hash(&left, &hash));
        }
        self.0.push((height, hash));
    }

    fn root(&self) -> Hash {
        let root = self.0.iter().rev().map(|(_, hash)| *hash).reduce(|right, left| node_hash(&left, &right));
        root.unwrap_or(EMPTY_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_parted_into_the_largest_subtrees_that_fit() {
        let heights = |at, end| subtrees(at, end).map(|(height, _)| height).collect::<Vec<_>>();
        assert_eq!(heights(0, 0), [0; 0]);
        assert_eq!(heights(0, 13), [3, 2, 0]);
        assert_eq!(heights(5, 13), [0, 1, 2, 0]);
        assert_eq!(heights(0, u64::MAX).len(), 64);
        assert_eq!(heights(1, u64::MAX).len(), 126);
    }

    #[test]
    fn hostile_numbers_are_refused() {
        for (first, end, size, count) in [
            (0, 0, 0, 0),
            (1, 1, 1, 0),
            (0, 2, 1, 0),
            (3, 2, 4, 1),
            (0, u64::MAX, 1, 0),
            (0, 1, 2, 0),
            (0, 1, 2, 2),
            (0, 1, u64::MAX, 200),
        ] {
            let proof = RangeProof { first, end, size, hashes: vec![EMPTY_ROOT; count] };
            assert_eq!(proof.root([EMPTY_ROOT]).unwrap_err().code(), "audit.range_shape", "{first}..{end} of {size}, {count}");
        }
        let fine = RangeProof { first: u64::MAX - 1, end: u64::MAX, size: u64::MAX, hashes: vec![EMPTY_ROOT; 63] };
        assert_eq!(fine.verify([EMPTY_ROOT], &EMPTY_ROOT).unwrap_err().code(), "audit.range_differs");
    }
}
