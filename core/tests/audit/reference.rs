//! RFC 6962, section 2.1, as it is written down: recursive and slow.

use beleg::{
    Result,
    audit::{Hash, HashReader, empty_root, node_hash},
};

fn split(count: usize) -> usize {
    let mut k = 1;
    while 2 * k < count {
        k *= 2;
    }
    k
}

/// MTH.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH.
pub(crate) fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, beside) = if index < k { (path(index, left), right) } else { (path(index - k, right), left) };
    path.push(root(beside));
    path
}

/// SUBPROOF; PROOF is that with `whole`.
pub(crate) fn consistency(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, beside) =
        if old <= k { (consistency(old, left, whole), right) } else { (consistency(old - k, right, false), left) };
    proof.push(root(beside));
    proof
}

/// Every complete subtree, kept.
pub(crate) struct Subtrees(Vec<Vec<Hash>>);

impl Subtrees {
    pub(crate) fn new(leaves: &[Hash]) -> Self {
        let mut rows = vec![leaves.to_vec()];
        while rows.last().is_some_and(|row| row.len() > 1) {
            let above = rows.last().unwrap().as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            rows.push(above);
        }
        Self(rows)
    }
}

impl HashReader for Subtrees {
    fn hash(&mut self, height: u32, index: u64) -> Result<Hash> {
        Ok(self.0[height as usize][index as usize])
    }
}
