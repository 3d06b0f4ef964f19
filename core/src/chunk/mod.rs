//! Pages → chunks and sentences, with exact spans.
//!
//! A chunk keeps to a budget of tokens, counted by the embedding model's own tokenizer. The cores of all chunks of a
//! document tile the text of each of its pages: every byte belongs to exactly one core, running headers and page numbers
//! ([`BlockKind::is_furniture`](crate::types::BlockKind::is_furniture)) included, which are in no text and no sentence. A
//! document without words has no chunks.

mod chunker;
mod pack;
mod pages;
mod reading;
mod sentence;
#[cfg(test)]
mod tests;
mod unit;
mod words;

use crate::types::Segment;

pub use chunker::{Chunker, DocumentChunker};
pub use sentence::sentences;

/// One chunk of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where its own text stands: by page and byte, without overlap. What stands between two blocks belongs to the chunk of
    /// the first, what stands before all to that of the first on the page.
    pub core: Vec<Segment>,
    /// The headings in force over all of it, outermost first, as reading text, at most 240 bytes each. The heading that a
    /// chunk begins with is one of them.
    pub heading: Vec<String>,
    /// What is embedded: headings, the header row of its table, the overlap with the chunk before, and the core as reading
    /// text. Never more tokens than the budget.
    pub text: String,
    /// Tokens of `text`.
    pub tokens: u32,
    /// What can be quoted from it.
    pub sentences: Vec<Sentence>,
}

/// A sentence, a row of a table, an item of a list: what is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Where it stands; on two pages when it runs over a page break.
    pub segments: Vec<Segment>,
    /// What is embedded of it: its reading text, with the names of its columns if it is a row.
    pub text: String,
    /// Whether it gets a vector of its own: false for headings, rows of names of columns, rows of tables above the limit
    /// (which are found by their terms), and those that another speaks for.
    pub embed: bool,
    /// For how many sentences, this one and those behind it, `text` speaks: more than 1 where short items or rows are
    /// embedded together. 0 if an earlier one speaks for it; its `text` is then its own words.
    pub speaks_for: u32,
}

/// How documents are cut.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChunkOptions {
    /// Tokens of a chunk's text at most, special tokens left out.
    pub max_tokens: usize,
    /// Tokens, in whole sentences of its own section, that a chunk repeats of the one before it. A quarter of the budget at most.
    pub overlap_tokens: usize,
    /// Items, rows and preformatted lines of fewer characters are embedded together with neighbours as short, up to 300
    /// characters. Each stays a sentence of its own.
    pub sentence_chars: usize,
    /// Tables with more rows than this get vectors by chunk alone.
    pub table_rows: usize,
}

impl Default for ChunkOptions {
    fn default() -> Self {
        Self { max_tokens: 256, overlap_tokens: 0, sentence_chars: 40, table_rows: 500 }
    }
}
