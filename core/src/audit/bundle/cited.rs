use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    audit::{Hash, InclusionProof, block_hash, leaf_hash},
};

/// Blocks of one page of a document, with their paths to the root that is on record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitedPage {
    /// The version of the shape, 1.
    pub v: u32,
    /// The document.
    pub document: Uuid,
    /// Its version.
    pub version: u32,
    /// The page, 1-based.
    pub page: u32,
    /// How many pages the document has.
    pub pages: u64,
    /// How many blocks the page has.
    pub blocks: u64,
    /// Those that are shown.
    pub shown: Vec<ShownBlock>,
    /// From the page to the root over all pages, in base64.
    pub path: Vec<String>,
}

/// A block that is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownBlock {
    /// Its place on the page, from 0.
    pub index: u64,
    /// Its bytes, in base64: canonical JSON of boxes, span and text.
    pub block: String,
    /// Its salt, in base64.
    pub salt: String,
    /// From the block to the root of the page, in base64.
    pub path: Vec<String>,
}

/// Text of a page at a place.
pub(super) struct ShownText {
    pub(super) start: u64,
    pub(super) text: String,
}

impl CitedPage {
    /// Checks every block against the root over the document's pages; returns their texts by place.
    pub(super) fn verify(&self, pages_root: &Hash) -> Result<Vec<ShownText>> {
        let mut texts = Vec::with_capacity(self.shown.len());
        for shown in &self.shown {
            let block = STANDARD.decode(&shown.block).map_err(|_| malformed("a block is not base64"))?;
            let salt: [u8; 32] = STANDARD
                .decode(&shown.salt)
                .ok()
                .and_then(|salt| salt.try_into().ok())
                .ok_or_else(|| malformed("a salt has another length"))?;
            let path = InclusionProof { index: shown.index, size: self.blocks, hashes: hashes(&shown.path)? };
            let page_root = path.root(&block_hash(&salt, &block))?;
            let index = u64::from(self.page).checked_sub(1).ok_or_else(|| malformed("pages count from 1"))?;
            let proof = InclusionProof { index, size: self.pages, hashes: hashes(&self.path)? };
            proof.verify(&leaf_hash(&page_root.0), pages_root)?;
            texts.push(text(&block)?);
        }
        texts.sort_by_key(|text| text.start);
        Ok(texts)
    }
}

fn hashes(path: &[String]) -> Result<Vec<Hash>> {
    path.iter().map(|hash| hash.parse()).collect()
}

fn text(block: &[u8]) -> Result<ShownText> {
    let block = crate::audit::parse_canonical(block)?;
    let number = |name: &str| block.get(name).and_then(serde_json::Value::as_u64);
    match (number("start"), number("end"), block.get("text").and_then(serde_json::Value::as_str)) {
        (Some(start), Some(end), Some(text)) if end.checked_sub(start) == Some(text.len() as u64) => {
            Ok(ShownText { start, text: text.to_owned() })
        }
        _ => Err(malformed("a block has another length than it says")),
    }
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::Malformed, "bundle.page_malformed", format!("a cited page cannot be read: {why}"))
}
