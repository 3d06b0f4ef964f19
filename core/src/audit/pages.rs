//! What an ingest commits to of a document's text: the root over its pages, each the root over salted blocks of whole rows or
//! paragraphs. So one row of a payroll sheet can be shown without the others.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Hash, HashReader, InclusionProof, leaf_hash, node_hash, to_canonical};
use crate::{
    Error, ErrorKind, Result,
    types::{Page, Span},
};

/// No block is longer, in bytes of its text.
pub const BLOCK_BYTES: usize = 4096;

/// The blocks of a page: spans that tile its text, of whole blocks as its author set them where those are short enough.
pub fn blocks(page: &Page) -> Vec<Span> {
    let text = &page.text;
    let mut ends: Vec<usize> = page.blocks.iter().map(|block| block.span.end as usize).filter(|end| *end < text.len()).collect();
    ends.push(text.len());
    let (mut spans, mut start) = (Vec::with_capacity(ends.len()), 0);
    for end in ends {
        while end > start {
            let mut cut = end;
            if end - start > BLOCK_BYTES {
                let longest = text.floor_char_boundary(start + BLOCK_BYTES);
                // At a line's end, else at a word's.
                let piece = &text[start..longest];
                let behind = piece.rfind('\n').or_else(|| piece.rfind(' ')).map(|at| start + at + 1);
                cut = behind.filter(|cut| *cut > start).unwrap_or(longest);
            }
            spans.push(Span::new(start, cut));
            start = cut;
        }
    }
    spans
}

/// The bytes of a block: canonical JSON of its boxes, span and text.
pub fn block_bytes(page: &Page, span: Span) -> Result<Vec<u8>> {
    let text = span.of(&page.text).ok_or_else(|| Error::new(ErrorKind::Internal, "audit.block", "a block is not of its page"))?;
    let boxes: Vec<Vec<String>> =
        page.boxes(span).iter().map(|corners| corners.iter().map(|corner| format!("{corner:.2}")).collect()).collect();
    to_canonical(&serde_json::json!({"boxes": boxes, "end": span.end, "start": span.start, "text": text}))
}

/// The salt of a block, which nobody knows without the document's seed. One of them tells nothing of the others.
pub fn block_salt(seed: &[u8; 32], page: u32, block: u32) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(seed).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    mac.update(b"beleg1 block\0");
    mac.update(&page.to_le_bytes());
    mac.update(&block.to_le_bytes());
    mac.finalize().into_bytes().into()
}

/// The hash of a block with its salt.
pub fn block_hash(salt: &[u8; 32], bytes: &[u8]) -> Hash {
    leaf_hash(&[salt.as_slice(), bytes].concat())
}

/// The hashes of a page's blocks.
pub fn block_hashes(seed: &[u8; 32], page: &Page) -> Result<Vec<Hash>> {
    let hash = |(span, block)| Ok(block_hash(&block_salt(seed, page.number, block), &block_bytes(page, span)?));
    blocks(page).into_iter().zip(0..).map(hash).collect()
}

/// Takes the pages of a document as they come.
#[derive(Clone)]
pub struct PagesTree {
    seed: [u8; 32],
    pages: Vec<Hash>,
}

impl PagesTree {
    /// With a random seed, which is kept as a payload.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, pages: Vec::new() }
    }

    /// The next page.
    pub fn push(&mut self, page: &Page) -> Result<()> {
        let root = root_of(&block_hashes(&self.seed, page)?);
        self.pages.push(leaf_hash(&root.0));
        Ok(())
    }

    /// The seed of the salts.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The root over all pages.
    pub fn root(&self) -> Hash {
        root_of(&self.pages)
    }

    /// The path from a page, counted from 0, to the root.
    pub fn path(&self, page: u64) -> Result<Vec<Hash>> {
        path_of(&self.pages, page)
    }
}

/// The RFC 6962 root over leaves that are hashes already.
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => super::empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The inclusion path of a leaf.
pub fn path_of(leaves: &[Hash], index: u64) -> Result<Vec<Hash>> {
    struct Leaves<'a>(&'a [Hash]);
    impl HashReader for Leaves<'_> {
        fn hash(&mut self, height: u32, index: u64) -> Result<Hash> {
            let start = (index as usize) << height;
            self.0.get(start..start + (1 << height)).map(root_of).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "audit.block", "a subtree lies outside of its tree")
            })
        }
    }
    Ok(InclusionProof::prove(index, leaves.len() as u64, &mut Leaves(leaves))?.hashes)
}

/// The largest power of two below `count`, which is 2 or more.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}
