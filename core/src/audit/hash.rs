use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result};

/// A SHA-256 hash of the tree: of a leaf, of a node, of a root.
///
/// As text it is standard base64 with padding, 44 characters, and nothing else is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The root of the tree without leaves: SHA-256 of nothing (RFC 6962, section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64,
    0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// [`EMPTY_ROOT`].
pub fn empty_root() -> Hash {
    EMPTY_ROOT
}

/// The hash of a leaf: SHA-256(0x00 ‖ `entry`) (RFC 6962, section 2.1). The stored bytes are hashed, never a serialisation anew.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of a node: SHA-256(0x01 ‖ `left` ‖ `right`) (RFC 6962, section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [1; 65];
    node[1..33].copy_from_slice(&left.0);
    node[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(node).into())
}

/// The root of a tree whose leaves, or complete subtrees of one height, have `hashes`, with `rest` the root of what stands to
/// their right. `None` when there is neither.
pub(super) fn fold(hashes: &[Hash], mut rest: Option<Hash>) -> Option<Hash> {
    let mut end = hashes.len();
    while end > 0 {
        // The rightmost complete subtree: as wide as the lowest bit that is set.
        let width = end & end.wrapping_neg();
        let subtree = complete(&hashes[end - width..end]);
        rest = Some(rest.map_or(subtree, |rest| node_hash(&subtree, &rest)));
        end -= width;
    }
    rest
}

/// The root of a complete subtree; the number of `hashes` is a power of two.
pub(super) fn complete(hashes: &[Hash]) -> Hash {
    match hashes {
        [hash] => *hash,
        _ => {
            let mut row: Vec<Hash> = hashes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            while row.len() > 1 {
                let half = row.len() / 2;
                for i in 0..half {
                    row[i] = node_hash(&row[2 * i], &row[2 * i + 1]);
                }
                row.truncate(half);
            }
            row.first().copied().unwrap_or(EMPTY_ROOT)
        }
    }
}

impl Hash {
    /// Lower-case hex, as payloads write it.
    pub fn to_hex(&self) -> String {
        crate::hex::hex(&self.0)
    }

    /// Reads 64 characters of lower-case hex.
    ///
    /// # Errors
    /// `audit.hash` for anything else.
    pub fn from_hex(text: &str) -> Result<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut hash = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != hash.len() || !rest.is_empty() {
            return Err(not_a_hash());
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low).ok_or_else(not_a_hash)?;
        }
        Ok(Self(hash))
    }
}

fn not_a_hash() -> Error {
    Error::new(ErrorKind::Malformed, "audit.hash", "this is no SHA-256 hash in its one spelling")
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut bytes = [0; 33];
        match STANDARD.decode_slice(text, &mut bytes) {
            Ok(32) => bytes[..32].try_into().map(Self).map_err(|_| not_a_hash()),
            _ => Err(not_a_hash()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT.0, <[u8; 32]>::from(Sha256::digest(b"")));
        assert_eq!(EMPTY_ROOT.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = EMPTY_ROOT.to_string();
        assert_eq!(text.parse::<Hash>().unwrap(), EMPTY_ROOT);
        let (url, bits, bare) =
            (text.replace('+', "-").replace('/', "_"), text.replace("FU=", "FV="), text.trim_end_matches('='));
        for wrong in ["", "AAAA", bare, &url, &bits, &format!("{text}\n"), &format!(" {text}"), &format!("{text}AAAA")] {
            assert_eq!(wrong.parse::<Hash>().unwrap_err().code(), "audit.hash", "{wrong:?}");
        }
        let hex = EMPTY_ROOT.to_hex();
        assert_eq!(Hash::from_hex(&hex).unwrap(), EMPTY_ROOT);
        for wrong in ["", &hex[1..], &hex.to_uppercase(), &format!("{hex}0"), &hex.replace('e', "é")] {
            assert!(Hash::from_hex(wrong).is_err(), "{wrong:?}");
        }
    }
}
