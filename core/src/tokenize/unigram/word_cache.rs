//! Words that were split before.

use std::{
    hash::{BuildHasher, BuildHasherDefault},
    sync::{Mutex, PoisonError},
};

use rustc_hash::{FxHashMap, FxHasher};

use super::Token;

/// Parts with a lock each, so that threads seldom meet.
const PARTS: usize = 16;

/// Words of a part; when it is full it begins anew. With 16 parts about 4 MB in all.
const WORDS: usize = 2_048;

/// Longer ones, in bytes, are rare and not kept.
const LONGEST: usize = 48;

type Words = FxHashMap<Box<str>, Box<[Token]>>;

/// A bounded cache from word to tokens. What it gives is what would be computed: it changes speed alone.
pub(super) struct WordCache {
    parts: [Mutex<Words>; PARTS],
}

impl Default for WordCache {
    fn default() -> Self {
        Self { parts: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl WordCache {
    /// Appends the tokens of `word`, by `split` when they are not known.
    pub(super) fn get_or(&self, word: &str, tokens: &mut Vec<Token>, split: impl FnOnce(&mut Vec<Token>)) {
        if word.len() > LONGEST {
            return split(tokens);
        }
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(word);
        // The high bits: the map itself uses the others.
        let part = &self.parts[(hash >> 60) as usize % PARTS];
        let lock = || part.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(word) {
            tokens.extend_from_slice(known);
            return;
        }
        let start = tokens.len();
        split(tokens);
        let mut part = lock();
        if part.len() >= WORDS {
            part.clear();
        }
        part.insert(word.into(), tokens[start..].into());
    }
}
