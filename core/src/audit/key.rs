use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::cosignature;
use crate::{Error, ErrorKind, Result, hex::hex};

/// What a key signs, and with which algorithm: the signature types of <https://c2sp.org/signed-note>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// Type 0x01: Ed25519 over the note's text. The kind of a log's own key.
    Ed25519,
    /// Type 0x04: Ed25519 over a checkpoint and the time. The kind of a witness.
    Cosignature,
    /// Type 0x06: ML-DSA-44 over the first three lines of a checkpoint, the signer's name and the time. The kind of a witness or a log.
    /// Keys of it are read in every build and verify with the feature `ml-dsa`.
    MlDsa44,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::Cosignature => "Ed25519 cosignature",
            Self::MlDsa44 => "ML-DSA-44",
        })
    }
}

impl KeyKind {
    pub(super) fn identifier(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
            Self::MlDsa44 => 6,
        }
    }

    pub(super) fn public_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Cosignature => 32,
            Self::MlDsa44 => 1312,
        }
    }

    /// Whether a log may sign its checkpoints with such a key.
    pub fn signs_logs(self) -> bool {
        matches!(self, Self::Ed25519 | Self::MlDsa44)
    }

    /// Whether a witness may cosign with such a key.
    pub fn cosigns(self) -> bool {
        matches!(self, Self::Cosignature | Self::MlDsa44)
    }
}

/// A public key with the name of its owner: `name+hex(id)+base64(type ‖ key)`.
///
/// The name has neither white space nor `+` nor control characters, the id is the one recommended by the specification, and the
/// key has the length of its kind; an Ed25519 key is a point of the curve that is not of small order.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    kind: KeyKind,
    public: Vec<u8>,
}

impl VerifierKey {
    /// The key of `name`, whose public key is `public`.
    ///
    /// # Errors
    /// `audit.key_name`, and `audit.key` when the bytes are no public key of this kind.
    pub fn new(name: &str, kind: KeyKind, public: &[u8]) -> Result<Self> {
        check_name(name)?;
        if public.len() != kind.public_bytes() {
            return Err(bad_key());
        }
        if kind != KeyKind::MlDsa44 {
            ed25519(public)?;
        }
        let id = Sha256::new().chain_update(name).chain_update([b'\n', kind.identifier()]).chain_update(public).finalize();
        Ok(Self { name: name.to_owned(), id: [id[0], id[1], id[2], id[3]], kind, public: public.to_vec() })
    }

    /// The name of its owner: for a log the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key). It is short: it tells keys apart, and proves nothing.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What it signs, and how.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key: 32 bytes of Ed25519 (RFC 8032), 1,312 of ML-DSA-44 (FIPS 204).
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// What people compare: SHA-256 over the key as text, in groups of four digits.
    pub fn fingerprint(&self) -> String {
        let digits = hex(&Sha256::digest(self.to_string().as_bytes()));
        digits.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }

    /// Checks `signature`, as it stands in a note without the key's id, over a note's `text`.
    ///
    /// # Errors
    /// `audit.signature` when it is wrong, `audit.key_unsupported` for ML-DSA-44 in a build without it.
    pub fn verify(&self, text: &str, signature: &[u8]) -> Result<()> {
        let fine = match self.kind {
            KeyKind::Ed25519 => verify_ed25519(&self.public, text.as_bytes(), signature),
            KeyKind::Cosignature => cosignature::split(signature).is_some_and(|(time, signature)| {
                cosignature::ed25519_message(text, time).is_ok_and(|message| verify_ed25519(&self.public, &message, signature))
            }),
            KeyKind::MlDsa44 => match cosignature::split(signature) {
                Some((time, signature)) => match cosignature::ml_dsa_message(&self.name, text, time) {
                    Ok(message) => verify_ml_dsa(&self.public, &message, signature)?,
                    Err(_) => false,
                },
                None => false,
            },
        };
        if fine {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Corrupt, "audit.signature", "a signature does not fit the text that it stands under")
            .with("key", self.name.clone())
            .with("id", hex(&self.id))
            .with_hint("the text or the signature was changed: get it again from the log"))
    }
}

/// Strict: no keys of small order, no signatures in more than one encoding.
fn verify_ed25519(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = <[u8; 64]>::try_from(signature) else { return false };
    ed25519(public).is_ok_and(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature)).is_ok())
}

fn ed25519(public: &[u8]) -> Result<ed25519_dalek::VerifyingKey> {
    let key = ed25519_dalek::VerifyingKey::try_from(public).map_err(|source| bad_key().with_source(source))?;
    if key.is_weak() { Err(bad_key()) } else { Ok(key) }
}

#[cfg(feature = "ml-dsa")]
fn verify_ml_dsa(public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
    use ml_dsa::{EncodedVerifyingKey, MlDsa44, Signature, VerifyingKey};

    let Ok(public) = EncodedVerifyingKey::<MlDsa44>::try_from(public) else { return Ok(false) };
    let Ok(signature) = Signature::<MlDsa44>::try_from(signature) else { return Ok(false) };
    Ok(VerifyingKey::<MlDsa44>::decode(&public).verify_with_context(message, b"", &signature))
}

#[cfg(not(feature = "ml-dsa"))]
fn verify_ml_dsa(_public: &[u8], _message: &[u8], _signature: &[u8]) -> Result<bool> {
    Err(Error::new(ErrorKind::Unsupported, "audit.key_unsupported", "this build does not verify ML-DSA-44")
        .with_hint("build with the feature `ml-dsa`, or leave the key out"))
}

/// Names of keys: not empty, no white space of Unicode, no `+`, no control characters of ASCII.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c < ' ' || c == '+')
}

fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "audit.key_name", "the name of a key is empty or has white space or `+`"))
}

fn bad_key() -> Error {
    Error::new(ErrorKind::InvalidInput, "audit.key", "this is no verifier key")
        .with_hint("it reads `name+id+key`, as `beleg audit key` prints it")
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.identifier()];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, hex(&self.id), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({}+{}, {:?})", self.name, hex(&self.id), self.kind)
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(bad_key()) };
        let bytes = STANDARD.decode(key).map_err(|source| bad_key().with_source(source))?;
        let (kind, public) = match bytes.split_first() {
            Some((1, public)) => (KeyKind::Ed25519, public),
            Some((4, public)) => (KeyKind::Cosignature, public),
            Some((6, public)) => (KeyKind::MlDsa44, public),
            _ => return Err(bad_key()),
        };
        let key = Self::new(name, kind, public)?;
        // Any other id, or another spelling of it, is a key that was mangled.
        if hex(&key.id) == id { Ok(key) } else { Err(bad_key()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification of signed notes.
    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_verifier_key_has_one_spelling() {
        let key: VerifierKey = EXAMPLE.parse().unwrap();
        assert_eq!((key.name(), key.id(), key.kind()), ("example.com/foo", [0x53, 0x0d, 0x90, 0x3a], KeyKind::Ed25519));
        assert_eq!(key.to_string(), EXAMPLE);
        for wrong in [
            "",
            "example.com/foo",
            "example.com/foo+530d903a",
            "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
            "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
            "example.com/ foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_without_and_with_what_is_forbidden() {
        assert!(is_name("beleg/0191/0") && is_name("prüfer.example/ß"));
        assert!(!["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2003}b", "a\u{85}b", "a\0b"].into_iter().any(is_name));
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(VerifierKey::new("a", KeyKind::Ed25519, &neutral).unwrap_err().code(), "audit.key");
        assert_eq!(VerifierKey::new("a", KeyKind::Cosignature, &[0; 32]).unwrap_err().code(), "audit.key");
    }
}
