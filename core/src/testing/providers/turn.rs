/// One answer of a model, in words that every provider has.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Its text, in the pieces in which it comes.
    pub pieces: Vec<String>,
    /// What it cites: the place of a passage, counted from 0, and words of it. Only providers that cite have it.
    pub citations: Vec<(usize, String)>,
    /// Whether it was cut at the number of tokens.
    pub is_cut: bool,
    /// Tokens of the prompt, those from a cache and those written to it not counted.
    pub input_tokens: u64,
    /// Tokens of the prompt that came from a cache.
    pub cached_tokens: u64,
    /// Tokens of the prompt that were written to a cache.
    pub cache_write_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

impl Turn {
    /// An answer that ends by itself.
    pub fn of(pieces: &[&str]) -> Self {
        Self {
            pieces: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            citations: Vec::new(),
            is_cut: false,
            input_tokens: 40,
            cached_tokens: 8,
            cache_write_tokens: 0,
            output_tokens: pieces.len() as u64,
        }
    }

    /// It cites this.
    #[must_use]
    pub fn citing(mut self, passage: usize, words: &str) -> Self {
        self.citations.push((passage, words.to_owned()));
        self
    }

    /// All of its text.
    pub fn text(&self) -> String {
        self.pieces.concat()
    }
}
