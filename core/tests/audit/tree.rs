use beleg::audit::{
    ConsistencyProof, Edge, Hash, HashReader, InclusionProof, RangeProof, TileHashes, TlogProof, empty_root, leaf_hash,
    node_hash, root_at,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use crate::{
    log::{Log, signer},
    reference::{self, Subtrees},
};
use beleg::audit::Signer;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn flat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn every_leaf_of_every_tree_up_to_1025_leaves_has_a_proof_that_verifies() {
    let leaves = leaves(1025);
    let mut subtrees = Subtrees::new(&leaves);
    for size in 1..=1025 {
        let root = root_at(size, &mut subtrees).unwrap();
        for index in 0..size {
            let proof = InclusionProof::prove(index, size, &mut subtrees).unwrap();
            proof.verify(&leaves[index as usize], &root).unwrap();
        }
    }
}

#[test]
fn every_two_trees_up_to_1025_leaves_are_consistent() {
    let mut subtrees = Subtrees::new(&leaves(1025));
    let roots: Vec<Hash> = (0..=1025).map(|size| root_at(size, &mut subtrees).unwrap()).collect();
    for new in 0..=1025 {
        for old in 0..=new {
            let proof = ConsistencyProof::prove(old, new, &mut subtrees).unwrap();
            proof.verify(&roots[old as usize], &roots[new as usize]).unwrap();
        }
    }
}

#[test]
fn every_range_of_every_tree_up_to_66_leaves_has_a_proof_that_verifies_for_it_alone() {
    let leaves = leaves(67);
    let mut subtrees = Subtrees::new(&leaves);
    for size in 1..=66 {
        let root = reference::root(&leaves[..size]);
        for first in 0..size {
            for end in first + 1..=size {
                let proof = RangeProof::prove(first as u64, end as u64, size as u64, &mut subtrees).unwrap();
                let leads =
                    |proof: &RangeProof, from: usize, to: usize| proof.verify(leaves[from..to].iter().copied(), &root).is_ok();
                assert!(leads(&proof, first, end), "{first}..{end} of {size}");
                assert!(!leads(&proof, first, end - 1) && !leads(&proof, first, end + 1) && !leads(&proof, first + 1, end + 1));
            }
        }
    }
    for (first, end, size) in [(0, 0, 5), (3, 3, 5), (4, 3, 5), (0, 6, 5)] {
        assert_eq!(RangeProof::prove(first, end, size, &mut subtrees).unwrap_err().code(), "audit.range");
    }
}

proptest! {
    #[test]
    fn a_changed_range_or_proof_leads_elsewhere(size in 1usize..2000, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let (a, b) = (a.index(size), b.index(size));
        let (first, end) = (a.min(b), a.max(b) + 1);
        let root = reference::root(&leaves);
        let proof = RangeProof::prove(first as u64, end as u64, size as u64, &mut Subtrees::new(&leaves)).unwrap();
        let range = leaves[first..end].to_vec();
        prop_assert!(proof.verify(range.iter().copied(), &root).is_ok());
        let mut hashes = [&proof.hashes[..], &range[..]].concat();
        let bit = bit.index(hashes.len() * 256);
        hashes[bit / 256].0[bit / 8 % 32] ^= 1 << (bit % 8);
        let range = hashes.split_off(proof.hashes.len());
        let changed = RangeProof { hashes, ..proof };
        prop_assert!(changed.verify(range, &root).is_err());
    }
}

#[test]
fn roots_and_proofs_are_those_of_rfc_6962_and_of_ct_merkle() {
    let leaves = leaves(1025);
    let mut subtrees = Subtrees::new(&leaves);
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut edge = Edge::new();
    for size in 1..=leaves.len() {
        theirs.push((size - 1).to_be_bytes().to_vec());
        edge.push(leaves[size - 1], &mut Vec::new());
        let tree = &leaves[..size];
        assert_eq!(edge.root(), reference::root(tree), "size {size}");
        assert_eq!(edge.root().0[..], theirs.root().as_bytes()[..], "size {size}");
        for other in [0, size / 3, size / 2, (size.next_power_of_two() / 2).saturating_sub(1), size - 1] {
            let ours = InclusionProof::prove(other as u64, size as u64, &mut subtrees).unwrap();
            assert_eq!(ours.hashes, reference::path(other, tree), "leaf {other} of {size}");
            assert_eq!(flat(&ours.hashes), theirs.prove_inclusion(other).as_bytes(), "leaf {other} of {size}");
            let old = other + 1;
            let ours = ConsistencyProof::prove(old as u64, size as u64, &mut subtrees).unwrap();
            assert_eq!(ours.hashes, reference::consistency(old, tree, true), "{old} to {size}");
            if old < size {
                assert_eq!(flat(&ours.hashes), theirs.prove_consistency(size - old).as_bytes(), "{old} to {size}");
            }
        }
    }
}

/// The tiles of a log, as `tlog_tiles` reads them; it wants them complete and of exactly the asked width.
struct Theirs<'a>(&'a Log);

impl tlog_tiles::TileReader for Theirs<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        Ok(tiles.iter().map(|tile| self.0.files[&tile.path().replacen("tile/8/", "tile/", 1)].clone()).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_reads_our_tiles_and_makes_the_same_proofs() {
    for size in [1, 2, 255, 256, 257, 700, 70_000] {
        let log = Log::of(size);
        let proof = log.proof(0);
        let root = {
            let mut read = |path: &str| Ok(log.files.get(path).cloned());
            root_at(size as u64, &mut TileHashes::new(size as u64, &mut read)).unwrap()
        };
        let theirs = Theirs(&log);
        let reader = tlog_tiles::TileHashReader::new(size as u64, tlog_tiles::Hash(root.0), &theirs);
        assert_eq!(tlog_tiles::tree_hash(size as u64, &reader).unwrap().0, root.0);
        let mut chance = crate::log::Chance(42);
        for index in (0..20).map(|_| chance.below(size)).chain([0, size - 1]) {
            let ours = log.proof(index as u64).proof;
            let leaf = leaf_hash(&log.entries[index]);
            let their_proof = tlog_tiles::prove_record(size as u64, index as u64, &reader).unwrap();
            assert_eq!(ours.hashes.iter().map(|h| h.0).collect::<Vec<_>>(), their_proof.iter().map(|h| h.0).collect::<Vec<_>>());
            let (root, leaf) = (tlog_tiles::Hash(root.0), tlog_tiles::Hash(leaf.0));
            tlog_tiles::check_record(&their_proof, size as u64, root, index as u64, leaf).unwrap();

            let mut read = |path: &str| Ok(log.files.get(path).cloned());
            let ours =
                ConsistencyProof::prove(index as u64 + 1, size as u64, &mut TileHashes::new(size as u64, &mut read)).unwrap();
            let their_proof = tlog_tiles::prove_tree(size as u64, index as u64 + 1, &reader).unwrap();
            assert_eq!(ours.hashes.iter().map(|h| h.0).collect::<Vec<_>>(), their_proof.iter().map(|h| h.0).collect::<Vec<_>>());
        }
        let parsed = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
        assert_eq!(parsed, proof);
        parsed.verify(&leaf_hash(&log.entries[0]), &[signer().verifier_key().clone()]).unwrap();
    }
}

#[test]
fn an_edge_that_is_read_goes_on_as_the_one_that_was_never_put_down() {
    for size in [0u64, 1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000] {
        let (mut edge, mut tiles) = (Edge::new(), Vec::new());
        for i in 0..size {
            edge.push(leaf_hash(&i.to_be_bytes()), &mut tiles);
        }
        tiles.extend(edge.partial());
        let mut read = |path: &str| Ok(tiles.iter().find(|tile| tile.path == path).map(|tile| tile.bytes.clone()));
        let mut again = Edge::read(size, &mut read).unwrap();
        assert_eq!(again.root(), edge.root(), "size {size}");
        assert_eq!(again.partial(), edge.partial(), "size {size}");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for i in size..size + 600 {
            edge.push(leaf_hash(&i.to_be_bytes()), &mut ours);
            again.push(leaf_hash(&i.to_be_bytes()), &mut theirs);
        }
        assert_eq!((ours, edge.root(), edge.partial()), (theirs, again.root(), again.partial()), "size {size}");
    }
}

#[test]
fn where_a_partial_tile_is_gone_the_full_or_a_wider_one_is_read() {
    let (mut edge, mut tiles) = (Edge::new(), Vec::new());
    for i in 0..100u64 {
        edge.push(leaf_hash(&i.to_be_bytes()), &mut tiles);
    }
    let early = edge.clone();
    for until in [130u64, 256] {
        for i in edge.size()..until {
            edge.push(leaf_hash(&i.to_be_bytes()), &mut tiles);
        }
        let tile = if until == 256 { tiles[0].clone() } else { edge.partial().remove(0) };
        let read = Edge::read(100, &mut |path| Ok((path == tile.path).then(|| tile.bytes.clone()))).unwrap();
        assert_eq!(read.root(), early.root());
        let error = Edge::read(100, &mut |path| Ok((path == tile.path).then(|| tile.bytes[1..].to_vec()))).unwrap_err();
        assert_eq!(error.code(), "audit.tile");
    }
    assert_eq!(Edge::read(100, &mut |_| Ok(None)).unwrap_err().code(), "audit.tile_missing");
}

#[test]
fn what_is_not_in_the_tree_is_an_error_and_no_panic() {
    let mut subtrees = Subtrees::new(&leaves(5));
    assert_eq!(InclusionProof::prove(5, 5, &mut subtrees).unwrap_err().code(), "audit.index");
    assert_eq!(InclusionProof::prove(0, 0, &mut subtrees).unwrap_err().code(), "audit.index");
    assert_eq!(ConsistencyProof::prove(3, 2, &mut subtrees).unwrap_err().code(), "audit.sizes");
    let mut read = |_: &str| Ok(Some(vec![0; 32 * 256]));
    let mut tiles = TileHashes::new(u64::MAX, &mut read);
    for (height, index) in [(64, 0), (u32::MAX, 0), (63, 1), (0, u64::MAX), (8, u64::MAX >> 8)] {
        assert_eq!(tiles.hash(height, index).unwrap_err().code(), "audit.subtree", "{height}, {index}");
    }
    assert!(Edge::read(u64::MAX, &mut |_| Ok(None)).is_err());
}

#[test]
fn empty_trees_are_consistent_with_everything_and_contain_nothing() {
    let root = reference::root(&leaves(3));
    ConsistencyProof { old: 0, new: 3, hashes: vec![] }.verify(&empty_root(), &root).unwrap();
    ConsistencyProof { old: 0, new: 0, hashes: vec![] }.verify(&empty_root(), &empty_root()).unwrap();
    assert!(ConsistencyProof { old: 0, new: 3, hashes: vec![] }.verify(&root, &root).is_err());
    assert!(ConsistencyProof { old: 0, new: 3, hashes: vec![root] }.verify(&empty_root(), &root).is_err());
    assert!(ConsistencyProof { old: 3, new: 3, hashes: vec![root] }.verify(&root, &root).is_err());
    assert!(ConsistencyProof { old: 2, new: 3, hashes: vec![] }.verify(&root, &root).is_err());
}

proptest! {
    #[test]
    fn a_proof_is_of_one_leaf_at_one_place_in_one_tree(size in 2usize..600, index in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), bit in 0usize..256) {
        let leaves = leaves(size);
        let (index, other) = (index.index(size), other.index(size));
        let root = reference::root(&leaves);
        let proof = InclusionProof::prove(index as u64, size as u64, &mut Subtrees::new(&leaves)).unwrap();
        prop_assert!(proof.verify(&leaves[index], &root).is_ok());
        if other != index {
            prop_assert!(proof.verify(&leaves[other], &root).is_err());
            let elsewhere = InclusionProof { index: other as u64, ..proof.clone() };
            prop_assert!(elsewhere.verify(&leaves[index], &root).is_err());
        }
        let mut flipped = proof.clone();
        let at = which.index(proof.hashes.len());
        flipped.hashes[at].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(flipped.verify(&leaves[index], &root).is_err());
        let mut longer = proof.clone();
        longer.hashes.push(root);
        prop_assert!(longer.verify(&leaves[index], &root).is_err());
        let mut shorter = proof;
        shorter.hashes.pop();
        prop_assert!(shorter.verify(&leaves[index], &root).is_err());
    }

    #[test]
    fn a_consistency_proof_is_of_two_trees_and_no_others(new in 2usize..600, old in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), bit in 0usize..256) {
        let leaves = leaves(new);
        let old = 1 + old.index(new - 1);
        let (old_root, new_root) = (reference::root(&leaves[..old]), reference::root(&leaves));
        let proof = ConsistencyProof::prove(old as u64, new as u64, &mut Subtrees::new(&leaves)).unwrap();
        prop_assert!(proof.verify(&old_root, &new_root).is_ok());
        prop_assert!(proof.verify(&new_root, &old_root).is_err());
        prop_assert!(proof.verify(&old_root, &node_hash(&new_root, &old_root)).is_err());
        let mut flipped = proof.clone();
        let at = which.index(proof.hashes.len());
        flipped.hashes[at].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(flipped.verify(&old_root, &new_root).is_err());
    }

    #[test]
    fn hostile_proofs_never_panic(index in any::<u64>(), size in any::<u64>(), count in 0usize..70) {
        let hash = empty_root();
        let _ = InclusionProof { index, size, hashes: vec![hash; count] }.verify(&hash, &hash);
        let _ = ConsistencyProof { old: index, new: size, hashes: vec![hash; count] }.verify(&hash, &hash);
    }
}
