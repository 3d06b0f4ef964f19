//! The chunker: documents of any length, page by page.

use std::sync::Arc;

use super::{Chunk, ChunkOptions, pack::Packer, pages::Pages};
use crate::{Error, ErrorKind, Result, tokenize::Tokenizer, types::Page};

/// Fewest tokens that a chunk can be made of.
const LEAST_TOKENS: usize = 16;

/// Cuts documents into chunks.
#[derive(Clone)]
pub struct Chunker {
    tokenizer: Arc<dyn Tokenizer>,
    options: ChunkOptions,
}

impl Chunker {
    /// A chunker that counts with `tokenizer`. Fails with `chunk.max_tokens` for a budget of less than 16 tokens.
    pub fn new(tokenizer: Arc<dyn Tokenizer>, options: ChunkOptions) -> Result<Self> {
        if options.max_tokens < LEAST_TOKENS {
            return Err(Error::new(ErrorKind::InvalidInput, "chunk.max_tokens", "the budget of a chunk is too small")
                .with("max_tokens", options.max_tokens.to_string())
                .with_hint(format!("give at least {LEAST_TOKENS} tokens")));
        }
        Ok(Self { tokenizer, options })
    }

    /// Begins a document.
    pub fn document(&self) -> DocumentChunker {
        DocumentChunker {
            pages: Pages::new(self.options.table_rows),
            packer: Packer::new(Arc::clone(&self.tokenizer), self.options.clone()),
        }
    }

    /// All chunks of a document that is in memory.
    pub fn chunk<'a>(&self, pages: impl IntoIterator<Item = &'a Page>) -> Result<Vec<Chunk>> {
        let mut document = self.document();
        let mut chunks = Vec::new();
        for page in pages {
            chunks.extend(document.push(page)?);
        }
        chunks.extend(document.finish()?);
        Ok(chunks)
    }
}

/// A document that is being cut. It keeps a few chunks' worth of text, however long the document is, and its chunks do
/// not depend on when they are asked for.
pub struct DocumentChunker {
    pages: Pages,
    packer: Packer,
}

impl DocumentChunker {
    /// Takes the next page and returns the chunks that are complete with it. After an error the document is to be begun
    /// anew.
    pub fn push(&mut self, page: &Page) -> Result<Vec<Chunk>> {
        let packer = &mut self.packer;
        if let Some(page) = self.pages.read(page, &mut |units| packer.push(units))? {
            self.packer.trail(page);
        }
        Ok(self.packer.done())
    }

    /// Ends the document and returns the rest of its chunks.
    pub fn finish(mut self) -> Result<Vec<Chunk>> {
        let packer = &mut self.packer;
        self.pages.finish(&mut |units| packer.push(units))?;
        self.packer.finish()
    }
}
