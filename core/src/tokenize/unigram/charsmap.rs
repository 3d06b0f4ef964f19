//! SentencePiece's `precompiled_charsmap`: a trie (of darts-clone) from strings to their replacements.

/// The table. Damaged ones find nothing; they do not panic.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Charsmap {
    /// As it stands in a `tokenizer.json`.
    bytes: Vec<u8>,
    trie: Vec<u32>,
    /// Where the replacements begin in `bytes`. Each ends with a zero byte.
    replacements: usize,
}

impl Charsmap {
    /// Reads `u32` bytes of trie, the trie, the replacements; all little-endian. `None` when it is cut or no UTF-8.
    pub(super) fn new(bytes: Vec<u8>) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let trie_bytes = u32::from_le_bytes(*size) as usize;
        let trie = rest.get(..trie_bytes)?.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
        std::str::from_utf8(&rest[trie_bytes..]).ok()?;
        Some(Self { replacements: 4 + trie_bytes, trie, bytes })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The replacement of the shortest beginning of `text` that has one.
    pub(super) fn get(&self, text: &str) -> Option<&str> {
        let mut node = self.offset(0)?;
        for byte in text.bytes().take_while(|byte| *byte != 0) {
            node ^= usize::from(byte);
            let unit = *self.trie.get(node)?;
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                return None;
            }
            node ^= self.offset(node)?;
            if unit >> 8 & 1 == 1 {
                let start = self.replacements + (self.trie.get(node)? & !(1 << 31)) as usize;
                let rest = self.bytes.get(start..)?;
                let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
                return std::str::from_utf8(&rest[..end]).ok();
            }
        }
        None
    }

    /// Whether spaces, line ends and tabs stay white space.
    pub(super) fn keeps_spaces(&self) -> bool {
        [" ", "\n", "\t", "\r", "\r\n"].iter().all(|space| self.get(space).is_none_or(|space| space == " "))
    }

    fn offset(&self, node: usize) -> Option<usize> {
        let unit = *self.trie.get(node)?;
        Some(((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize)
    }
}

impl std::fmt::Debug for Charsmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Charsmap({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_of_anyone_do_no_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,9}") {
            if let [size, b, c, d, ..] = bytes.as_mut_slice() {
                (*size, *b, *c, *d) = (*size & 0x7c, 0, 0, 0);
            }
            if let Some(map) = Charsmap::new(bytes) {
                map.get(&text);
            }
        }
    }
}
