//! AES and the hashes by the names that files give them.

use aes::{
    Aes128, Aes192, Aes256, Block,
    cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockSizeUser, KeyInit, KeyIvInit, consts::U16},
};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Of AES, in bytes.
pub(super) const BLOCK: usize = 16;

/// A hash that Office uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By its name in an encryption descriptor.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SHA1" | "SHA-1" => Self::Sha1,
            "SHA256" | "SHA-256" => Self::Sha256,
            "SHA384" | "SHA-384" => Self::Sha384,
            "SHA512" | "SHA-512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The hash of the parts one behind the other.
    pub(super) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => of::<Sha1>(parts),
            Self::Sha256 => of::<Sha256>(parts),
            Self::Sha384 => of::<Sha384>(parts),
            Self::Sha512 => of::<Sha512>(parts),
        }
    }

    /// Hashes `password` so often that guessing costs: each round takes its number and the hash before it.
    pub(super) fn stretched(self, salt: &[u8], password: &[u8], rounds: u32) -> Vec<u8> {
        match self {
            Self::Sha1 => stretched::<Sha1>(salt, password, rounds),
            Self::Sha256 => stretched::<Sha256>(salt, password, rounds),
            Self::Sha384 => stretched::<Sha384>(salt, password, rounds),
            Self::Sha512 => stretched::<Sha512>(salt, password, rounds),
        }
    }

    /// Whether `mac` is that of `data` under `key`.
    pub(super) fn authenticates(self, key: &[u8], data: &[u8], mac: &[u8]) -> bool {
        fn check<M: Mac + KeyInit>(key: &[u8], data: &[u8], mac: &[u8]) -> bool {
            <M as KeyInit>::new_from_slice(key).is_ok_and(|keyed| keyed.chain_update(data).verify_slice(mac).is_ok())
        }
        match self {
            Self::Sha1 => check::<Hmac<Sha1>>(key, data, mac),
            Self::Sha256 => check::<Hmac<Sha256>>(key, data, mac),
            Self::Sha384 => check::<Hmac<Sha384>>(key, data, mac),
            Self::Sha512 => check::<Hmac<Sha512>>(key, data, mac),
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(D::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
}

fn stretched<D: Digest>(salt: &[u8], password: &[u8], rounds: u32) -> Vec<u8> {
    let mut hash = D::new().chain_update(salt).chain_update(password).finalize();
    for round in 0..rounds {
        hash = D::new().chain_update(round.to_le_bytes()).chain_update(&hash).finalize();
    }
    hash.to_vec()
}

/// `bytes` cut, or filled up with `0x36`, to `length` (section 2.3.4.11).
pub(super) fn fitted(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length, 0x36);
    bytes
}

/// Decrypts the whole blocks of `data` in place, each with the one before it. `None` for keys and vectors that AES has not.
pub(super) fn cbc(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<()> {
    fn run<C: BlockCipherDecrypt + KeyInit + BlockSizeUser<BlockSize = U16>>(key: &[u8], iv: &[u8], data: &mut [u8]) -> Option<()>
    where
        cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt + BlockSizeUser<BlockSize = U16>,
    {
        let (blocks, _) = Block::slice_as_chunks_mut(data);
        cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_blocks(blocks);
        Some(())
    }
    match key.len() {
        16 => run::<Aes128>(key, iv, data),
        24 => run::<Aes192>(key, iv, data),
        32 => run::<Aes256>(key, iv, data),
        _ => None,
    }
}

/// Decrypts the whole blocks of `data` in place, each for itself. `None` for keys that AES has not.
pub(super) fn ecb(key: &[u8], data: &mut [u8]) -> Option<()> {
    let (blocks, _) = Block::slice_as_chunks_mut(data);
    match key.len() {
        16 => Aes128::new_from_slice(key).ok()?.decrypt_blocks(blocks),
        24 => Aes192::new_from_slice(key).ok()?.decrypt_blocks(blocks),
        32 => Aes256::new_from_slice(key).ok()?.decrypt_blocks(blocks),
        _ => return None,
    }
    Some(())
}
