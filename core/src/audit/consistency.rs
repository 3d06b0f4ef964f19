use super::{
    hash::{EMPTY_ROOT, Hash, node_hash},
    proof::{HashReader, range_root, split},
};
use crate::{Error, ErrorKind, Result};

/// Says that one tree is the beginning of another: nothing was changed or removed, only added (RFC 6962, section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// How many leaves the older tree has.
    pub old: u64,
    /// How many leaves the newer tree has.
    pub new: u64,
    /// Empty when either tree is empty or both are of one size.
    pub hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// Makes the proof that the tree of `old` leaves is the beginning of that of `new` leaves.
    ///
    /// # Errors
    /// `audit.sizes` when the older tree is the larger one, and what `hashes` returns.
    pub fn prove(old: u64, new: u64, hashes: &mut dyn HashReader) -> Result<Self> {
        if old > new {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.sizes", "the older tree has more leaves than the newer one")
                .with("old", old.to_string())
                .with("new", new.to_string()));
        }
        let mut path = Vec::new();
        if old > 0 {
            let (mut start, mut end) = (0, new);
            // Whether the older tree has been taken as one piece so far: its root is known then.
            let mut whole = true;
            while old != end {
                let middle = start + split(end - start);
                if old <= middle {
                    path.push(range_root(middle, end, hashes)?);
                    end = middle;
                } else {
                    path.push(range_root(start, middle, hashes)?);
                    (start, whole) = (middle, false);
                }
            }
            if !whole {
                path.push(range_root(start, end, hashes)?);
            }
            path.reverse();
        }
        Ok(Self { old, new, hashes: path })
    }

    /// Checks that the tree of `old_root` is the beginning of that of `new_root` (RFC 9162, section 2.1.4.2).
    ///
    /// # Errors
    /// `audit.proof_shape` when the proof has not the hashes that the sizes ask for, `audit.inconsistent` when it does not
    /// lead to both roots.
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<()> {
        let wrong = || {
            Error::new(ErrorKind::Malformed, "audit.proof_shape", "a proof does not have the hashes that its tree asks for")
                .with("old", self.old.to_string())
                .with("new", self.new.to_string())
                .with("hashes", self.hashes.len().to_string())
        };
        let judge = |fine: bool| {
            if fine {
                return Ok(());
            }
            Err(Error::new(ErrorKind::Corrupt, "audit.inconsistent", "the newer tree does not begin with the older one")
                .with("old", self.old.to_string())
                .with("new", self.new.to_string())
                .with_hint("the log was rewritten, or the proof is of another log: keep both checkpoints as evidence"))
        };
        if self.old > self.new || ((self.old == 0 || self.old == self.new) && !self.hashes.is_empty()) {
            return Err(wrong());
        }
        if self.old == self.new {
            return judge(old_root == new_root);
        }
        if self.old == 0 {
            return judge(*old_root == EMPTY_ROOT);
        }
        // A complete older tree is a node of the newer one, and the proof leaves it out.
        let (first, rest) = match self.hashes.split_first() {
            Some((_, _)) if self.old.is_power_of_two() => (*old_root, &self.hashes[..]),
            Some((first, rest)) => (*first, rest),
            None => return Err(wrong()),
        };
        let ones = (self.old - 1).trailing_ones();
        let (mut node, mut last) = ((self.old - 1) >> ones, (self.new - 1) >> ones);
        let (mut old, mut new) = (first, first);
        for hash in rest {
            if last == 0 {
                return Err(wrong());
            }
            if node & 1 == 1 || node == last {
                old = node_hash(hash, &old);
                new = node_hash(hash, &new);
                let up = node.trailing_zeros();
                (node, last) = (node >> up, last >> up);
            } else {
                new = node_hash(&new, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        if last != 0 {
            return Err(wrong());
        }
        judge(old == *old_root && new == *new_root)
    }
}
