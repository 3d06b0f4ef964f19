//! Pages → chunks and sentences, with exact spans.
//!
//! A chunk keeps to a budget of tokens, counted by the embedding model's own tokenizer. The cores of all chunks of a
//! document tile the text of each of its pages: every byte belongs to exactly one core.

use crate::types::Segment;

/// One chunk of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where its own text stands, in reading order, without overlap. White space between blocks belongs to the chunk before it.
    pub core: Vec<Segment>,
    /// The headings above it, outermost first, as reading text.
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
    /// Whether it gets a vector of its own: false for rows of tables above the limit, which are found by their terms.
    pub embed: bool,
}

/// How documents are cut.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChunkOptions {
    /// Tokens of a chunk's text at most, special tokens left out.
    pub max_tokens: usize,
    /// Tokens that a chunk repeats of the one before it.
    pub overlap_tokens: usize,
    /// Sentences and rows shorter than this many characters are joined with their neighbours to one that is embedded.
    pub sentence_chars: usize,
    /// Tables with more rows than this get vectors by chunk alone.
    pub table_rows: usize,
}

impl Default for ChunkOptions {
    fn default() -> Self {
        Self { max_tokens: 256, overlap_tokens: 0, sentence_chars: 0, table_rows: 500 }
    }
}
