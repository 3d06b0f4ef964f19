//! Standard encryption, of Office 2007 ([MS-OFFCRYPTO], sections 2.3.4.4 to 2.3.4.9): AES block by block under a key from
//! the password. Nothing tells that the package was changed but the checksums inside of it.

use super::{
    cipher::{Hash, ecb},
    damaged, unsupported,
};
use crate::Result;

/// Of hashing a password.
pub(super) const ROUNDS: u32 = 50_000;

const CRYPTO_API: u32 = 0x04;
const EXTERNAL: u32 = 0x10;
const AES: u32 = 0x20;

/// Header and verifier.
pub(super) struct Standard {
    key_bytes: usize,
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32> {
        Ok(self.take(4)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

impl Standard {
    /// Reads the stream `EncryptionInfo` behind its version.
    pub(super) fn read(info: &[u8]) -> Result<Self> {
        let mut fields = Fields(info);
        let flags = fields.number()?;
        if flags & (CRYPTO_API | AES) != CRYPTO_API | AES || flags & EXTERNAL != 0 {
            return Err(unsupported());
        }
        let header_bytes = fields.number()?;
        let mut header = Fields(fields.take(header_bytes as usize)?);
        let (_flags, _size_extra, cipher, hash) = (header.number()?, header.number()?, header.number()?, header.number()?);
        let key_bytes = match cipher {
            0x660e => 16,
            0x660f => 24,
            0x6610 => 32,
            _ => return Err(unsupported()),
        };
        // 0 stands for what goes with the cipher.
        if !matches!(hash, 0 | 0x8004) {
            return Err(unsupported());
        }
        let salt_bytes = fields.number()?;
        let salt = fields.take(salt_bytes as usize)?.to_vec();
        let verifier = fields.take(16)?.to_vec();
        let _hash_bytes = fields.number()?;
        Ok(Self { key_bytes, salt, verifier, verifier_hash: fields.take(32)?.to_vec() })
    }

    /// The key, when `password` (UTF-16) is right.
    pub(super) fn key(&self, password: &[u8]) -> Result<Option<Vec<u8>>> {
        let hash = Hash::Sha1;
        let stretched = hash.stretched(&self.salt, password, ROUNDS);
        let last = hash.of(&[&stretched, &0u32.to_le_bytes()]);
        // As the function CryptDeriveKey of Windows does it.
        let half = |filler: u8| {
            let mut block = [filler; 64];
            for (byte, of_hash) in block.iter_mut().zip(&last) {
                *byte ^= of_hash;
            }
            hash.of(&[&block])
        };
        let mut key = [half(0x36), half(0x5c)].concat();
        key.truncate(self.key_bytes);
        let (mut verifier, mut expected) = (self.verifier.clone(), self.verifier_hash.clone());
        ecb(&key, &mut verifier).and_then(|()| ecb(&key, &mut expected)).ok_or_else(damaged)?;
        Ok((expected.get(..hash.bytes()) == Some(&hash.of(&[&verifier])[..])).then_some(key))
    }
}
