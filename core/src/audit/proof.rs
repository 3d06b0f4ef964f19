use super::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::{Error, ErrorKind, Result};

/// Gives hashes of complete subtrees. [`TileHashes`](super::TileHashes) reads them from a log's tiles.
pub trait HashReader {
    /// The root of the complete subtree of the `2^height` leaves from leaf `index × 2^height` on.
    ///
    /// # Errors
    /// When the tree has no such subtree, or it cannot be read.
    fn hash(&mut self, height: u32, index: u64) -> Result<Hash>;
}

/// The largest power of two that is smaller than `count`, which is at least 2: where RFC 6962 parts a tree.
pub(super) fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// The root over the leaves from `start` to `end`, which is behind it. `start` is a multiple of the smallest power of two that is
/// not smaller than their number, as it is for every node of a tree.
pub(super) fn range_root(start: u64, end: u64, hashes: &mut dyn HashReader) -> Result<Hash> {
    let (mut root, mut end) = (None, end);
    while end > start {
        let height = (end - start).trailing_zeros();
        let subtree = hashes.hash(height, (end - 1) >> height)?;
        root = Some(root.map_or(subtree, |root| node_hash(&subtree, &root)));
        end -= 1 << height;
    }
    Ok(root.unwrap_or(EMPTY_ROOT))
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// What `hashes` returns.
pub fn root_at(size: u64, hashes: &mut dyn HashReader) -> Result<Hash> {
    range_root(0, size, hashes)
}

/// Says that a leaf is in a tree: the hashes beside its path, from the leaf's sibling up (RFC 6962, section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which leaf, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// At most 64 of them.
    pub hashes: Vec<Hash>,
}

impl InclusionProof {
    /// Makes the proof of leaf `index` in the tree of `size` leaves.
    ///
    /// # Errors
    /// `audit.index` when there is no such leaf, and what `hashes` returns.
    pub fn prove(index: u64, size: u64, hashes: &mut dyn HashReader) -> Result<Self> {
        if index >= size {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.index", "the tree has no such leaf")
                .with("index", index.to_string())
                .with("size", size.to_string()));
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(range_root(middle, end, hashes)?);
                end = middle;
            } else {
                path.push(range_root(start, middle, hashes)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(Self { index, size, hashes: path })
    }

    /// The root to which the proof leads from `leaf` (RFC 9162, section 2.1.3.2).
    ///
    /// # Errors
    /// `audit.proof_shape` when there is no such leaf, or the proof has not as many hashes as the path has nodes.
    pub fn root(&self, leaf: &Hash) -> Result<Hash> {
        let wrong = || {
            Error::new(ErrorKind::Malformed, "audit.proof_shape", "a proof does not have the hashes that its tree asks for")
                .with("index", self.index.to_string())
                .with("size", self.size.to_string())
                .with("hashes", self.hashes.len().to_string())
        };
        if self.index >= self.size {
            return Err(wrong());
        }
        let (mut node, mut last) = (self.index, self.size - 1);
        let mut root = *leaf;
        for hash in &self.hashes {
            if last == 0 {
                return Err(wrong());
            }
            if node & 1 == 1 || node == last {
                root = node_hash(hash, &root);
                // A node without a right sibling is its own parent.
                let up = node.trailing_zeros();
                (node, last) = (node >> up, last >> up);
            } else {
                root = node_hash(&root, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        if last == 0 { Ok(root) } else { Err(wrong()) }
    }

    /// Checks that `leaf` stands at [`InclusionProof::index`] of the tree of `root`.
    ///
    /// # Errors
    /// `audit.proof_shape`, and `audit.not_included` when the proof leads to another root.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<()> {
        if self.root(leaf)? == *root {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Corrupt, "audit.not_included", "a proof of inclusion does not lead to the tree's root")
            .with("index", self.index.to_string())
            .with("size", self.size.to_string())
            .with_hint("the entry, the proof or the checkpoint was changed: get all three again from the log"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_parted_at_the_largest_power_of_two_below_its_size() {
        assert_eq!([2, 3, 4, 5, 8, 9, u64::MAX].map(split), [1, 2, 2, 4, 4, 8, 1 << 63]);
    }

    #[test]
    fn hostile_numbers_are_refused() {
        for (index, size, count) in
            [(0, 0, 0), (1, 1, 0), (u64::MAX, u64::MAX, 64), (0, 1, 1), (0, u64::MAX, 63), (0, u64::MAX, 65)]
        {
            let proof = InclusionProof { index, size, hashes: vec![EMPTY_ROOT; count] };
            assert_eq!(proof.root(&EMPTY_ROOT).unwrap_err().code(), "audit.proof_shape", "{index} of {size}, {count}");
        }
        let fine = InclusionProof { index: 0, size: u64::MAX, hashes: vec![EMPTY_ROOT; 64] };
        assert_eq!(fine.verify(&EMPTY_ROOT, &EMPTY_ROOT).unwrap_err().code(), "audit.not_included");
    }
}
