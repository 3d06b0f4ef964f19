//! Agile encryption ([MS-OFFCRYPTO], sections 2.3.4.10 to 2.3.4.15): the password opens a key, the key opens the package in
//! segments of 4096 bytes, and a keyed hash over all of it tells that nothing was changed.

use mail_parser::decoders::base64::base64_decode;

use super::{
    cipher::{BLOCK, Hash, cbc, fitted},
    damaged, unsupported,
};
use crate::{
    Result,
    document::ooxml::{Element, Token, Xml},
};

const SEGMENT: usize = 4096;

/// What each key is for (section 2.3.4.13 and 2.3.4.14).
const VERIFIER_INPUT: [u8; 8] = [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79];
const VERIFIER_HASH: [u8; 8] = [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e];
const KEY_VALUE: [u8; 8] = [0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6];
const HMAC_KEY: [u8; 8] = [0x5f, 0xb2, 0xad, 0x01, 0x0c, 0xb9, 0xe1, 0xf6];
const HMAC_VALUE: [u8; 8] = [0xa0, 0x67, 0x7f, 0x02, 0xb2, 0x2c, 0x84, 0x33];

/// The encryption descriptor.
pub(super) struct Agile {
    package: Parameters,
    /// Key and value of the keyed hash, encrypted. Programs may leave it out.
    integrity: Option<(Vec<u8>, Vec<u8>)>,
    password: Parameters,
    rounds: u32,
    verifier_input: Vec<u8>,
    verifier_hash: Vec<u8>,
    key_value: Vec<u8>,
}

struct Parameters {
    salt: Vec<u8>,
    hash: Hash,
    key_bytes: usize,
}

impl Parameters {
    fn read(element: &Element<'_>) -> Result<Self> {
        let is = |name, value| element.attribute(name).as_deref() == Some(value);
        if !is("cipherAlgorithm", "AES") || !is("cipherChaining", "ChainingModeCBC") || !is("blockSize", "16") {
            return Err(unsupported());
        }
        let hash = element.attribute("hashAlgorithm").and_then(|name| Hash::named(&name)).ok_or_else(unsupported)?;
        let key_bytes = match element.number("keyBits") {
            Some(bits @ (128 | 192 | 256)) => bits / 8,
            _ => return Err(unsupported()),
        };
        Ok(Self { salt: binary(element, "saltValue")?, hash, key_bytes })
    }

    /// The vector with which something is encrypted whose purpose is `block`.
    fn vector(&self, block: &[u8]) -> Vec<u8> {
        fitted(self.hash.of(&[&self.salt, block]), BLOCK)
    }
}

fn binary(element: &Element<'_>, name: &str) -> Result<Vec<u8>> {
    element.attribute(name).and_then(|text| base64_decode(text.as_bytes())).ok_or_else(damaged)
}

impl Agile {
    /// Reads the descriptor, an XML document.
    pub(super) fn read(descriptor: &[u8]) -> Result<Self> {
        let mut xml = Xml::new(descriptor, "EncryptionInfo", 16);
        let (mut package, mut integrity) = (None, None);
        loop {
            match xml.next().map_err(|_| damaged())? {
                Token::Start(element) => match element.name() {
                    "keyData" => package = Some(Parameters::read(&element)?),
                    "dataIntegrity" => {
                        integrity = Some((binary(&element, "encryptedHmacKey")?, binary(&element, "encryptedHmacValue")?));
                    }
                    // There may be one for a certificate before it, which counts no rounds.
                    "encryptedKey" => {
                        if let Some(rounds) = element.number("spinCount") {
                            return Ok(Self {
                                package: package.ok_or_else(damaged)?,
                                integrity,
                                password: Parameters::read(&element)?,
                                rounds,
                                verifier_input: binary(&element, "encryptedVerifierHashInput")?,
                                verifier_hash: binary(&element, "encryptedVerifierHashValue")?,
                                key_value: binary(&element, "encryptedKeyValue")?,
                            });
                        }
                    }
                    _ => {}
                },
                Token::Eof => return Err(unsupported()),
                Token::End | Token::Text(_) => {}
            }
        }
    }

    pub(super) fn rounds(&self) -> u64 {
        self.rounds.into()
    }

    /// The key of the package, when `password` (UTF-16) is right.
    pub(super) fn key(&self, password: &[u8]) -> Result<Option<Vec<u8>>> {
        let Parameters { salt, hash, key_bytes } = &self.password;
        let stretched = hash.stretched(salt, password, self.rounds);
        let open = |encrypted: &[u8], purpose: &[u8]| {
            let key = fitted(hash.of(&[&stretched, purpose]), *key_bytes);
            let mut opened = encrypted.to_vec();
            cbc(&key, &fitted(salt.clone(), BLOCK), &mut opened).map(|()| opened).ok_or_else(damaged)
        };
        let input = open(&self.verifier_input, &VERIFIER_INPUT)?;
        let expected = open(&self.verifier_hash, &VERIFIER_HASH)?;
        // As long as the salt; what is behind it fills up the block.
        let input = &input[..salt.len().min(input.len())];
        if expected.get(..hash.bytes()) != Some(&hash.of(&[input])[..]) {
            return Ok(None);
        }
        let mut key = open(&self.key_value, &KEY_VALUE)?;
        if key.len() < self.package.key_bytes {
            return Err(damaged());
        }
        key.truncate(self.package.key_bytes);
        Ok(Some(key))
    }

    /// Checks that the stream of the package is the one that was written.
    pub(super) fn check(&self, key: &[u8], stream: &[u8]) -> Result<()> {
        let Some((hmac_key, hmac_value)) = &self.integrity else { return Ok(()) };
        let hash = self.package.hash;
        let open = |encrypted: &[u8], purpose: &[u8]| {
            let mut opened = encrypted.to_vec();
            cbc(key, &self.package.vector(purpose), &mut opened)?;
            opened.truncate(hash.bytes());
            (opened.len() == hash.bytes()).then_some(opened)
        };
        let opened = open(hmac_key, &HMAC_KEY).zip(open(hmac_value, &HMAC_VALUE));
        let holds = opened.is_some_and(|(key, value)| hash.authenticates(&key, stream, &value));
        if holds { Ok(()) } else { Err(damaged()) }
    }

    /// Decrypts the package in place.
    pub(super) fn decrypt(&self, key: &[u8], package: &mut [u8]) -> Result<()> {
        for (segment, number) in package.chunks_mut(SEGMENT).zip(0u32..) {
            cbc(key, &self.package.vector(&number.to_le_bytes()), segment).ok_or_else(damaged)?;
        }
        Ok(())
    }
}
