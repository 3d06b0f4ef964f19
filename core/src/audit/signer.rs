use std::fmt;

#[cfg(feature = "ml-dsa")]
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{
    Signer as _, SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes, spki::der::pem::LineEnding},
};
use zeroize::{Zeroize, Zeroizing};

use super::key::{KeyKind, VerifierKey};
use crate::{Error, ErrorKind, Result};

/// Signs. A key management service or a hardware security module implements it.
pub trait Signer: Send + Sync {
    /// The public key that verifies what [`Signer::sign`] returns.
    fn verifier_key(&self) -> &VerifierKey;

    /// The bare signature over `message`: 64 bytes of Ed25519, or 2,420 of ML-DSA-44 with an empty context. What stands around it in
    /// a note (the key's id, the time of a cosignature) is added by the caller.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// An Ed25519 key in memory.
pub struct Ed25519Signer {
    key: SigningKey,
    public: VerifierKey,
}

impl Ed25519Signer {
    /// The key of a log, made of its seed (RFC 8032).
    ///
    /// # Errors
    /// `audit.key_name`.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self> {
        Self::new(name, KeyKind::Ed25519, seed)
    }

    /// The key of a witness, for [`cosign`](super::cosign). A log's own key is never one of a witness.
    ///
    /// # Errors
    /// `audit.key_name`.
    pub fn witness_from_seed(name: &str, seed: [u8; 32]) -> Result<Self> {
        Self::new(name, KeyKind::Cosignature, seed)
    }

    fn new(name: &str, kind: KeyKind, mut seed: [u8; 32]) -> Result<Self> {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        Self::of(name, kind, key)
    }

    fn of(name: &str, kind: KeyKind, key: SigningKey) -> Result<Self> {
        let public = VerifierKey::new(name, kind, key.verifying_key().as_bytes())?;
        Ok(Self { key, public })
    }

    /// The key of a log, from PKCS#8 in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// `audit.key_name`, and `audit.private_key` when it is no such key. The error says nothing of the key.
    pub fn from_pkcs8_pem(name: &str, pem: &str) -> Result<Self> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "audit.private_key", "this is no Ed25519 private key in PKCS#8 and PEM")
                .with_hint("`openssl genpkey -algorithm ed25519` makes one")
        })?;
        Self::of(name, KeyKind::Ed25519, key)
    }

    /// The key as PKCS#8 in PEM, without the public key beside it, which OpenSSL would not read.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        KeypairBytes { secret_key: self.key.to_bytes(), public_key: None }
            .to_pkcs8_pem(LineEnding::LF)
            .expect("48 bytes have a PEM form")
    }
}

impl Signer for Ed25519Signer {
    fn verifier_key(&self) -> &VerifierKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519Signer").field("public", &self.public).finish_non_exhaustive()
    }
}

/// An ML-DSA-44 key in memory (FIPS 204), of a witness or of a log.
#[cfg(feature = "ml-dsa")]
pub struct MlDsaSigner {
    key: ml_dsa::SigningKey<ml_dsa::MlDsa44>,
    public: VerifierKey,
}

#[cfg(feature = "ml-dsa")]
impl MlDsaSigner {
    /// The key made of its seed, the ξ of FIPS 204.
    ///
    /// # Errors
    /// `audit.key_name`.
    pub fn from_seed(name: &str, mut seed: [u8; 32]) -> Result<Self> {
        use ml_dsa::Keypair;

        let key = ml_dsa::SigningKey::from_seed(&seed.into());
        seed.zeroize();
        let public = VerifierKey::new(name, KeyKind::MlDsa44, &key.verifying_key().encode())?;
        Ok(Self { key, public })
    }

    /// The key from PKCS#8 in PEM (RFC 9881) in the form that has the seed alone, as
    /// `openssl genpkey -algorithm ML-DSA-44 -provparam ml-dsa.output_formats=seed-only` writes it.
    ///
    /// # Errors
    /// `audit.key_name`, and `audit.ml_dsa_private_key` when it is no such key. The error says nothing of the key.
    pub fn from_pkcs8_pem(name: &str, pem: &str) -> Result<Self> {
        let lines = pem.trim().strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END));
        let text = Zeroizing::new(lines.unwrap_or_default().split_ascii_whitespace().collect::<String>());
        let der = Zeroizing::new(STANDARD.decode(text.as_bytes()).unwrap_or_default());
        let seed = der.strip_prefix(&SEED_ONLY).and_then(|seed| seed.try_into().ok()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "audit.ml_dsa_private_key",
                "this is no ML-DSA-44 private key in PKCS#8 and PEM that has its seed alone",
            )
            .with_hint("`openssl genpkey -algorithm ML-DSA-44 -provparam ml-dsa.output_formats=seed-only` makes one")
        })?;
        Self::from_seed(name, seed)
    }

    /// The key as PKCS#8 in PEM, its seed alone.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        let der = Zeroizing::new([&SEED_ONLY[..], self.key.as_seed()].concat());
        let text = Zeroizing::new(STANDARD.encode(&*der));
        let (first, second) = text.split_at(64);
        Zeroizing::new(format!("{PEM_BEGIN}\n{first}\n{second}\n{PEM_END}\n"))
    }
}

#[cfg(feature = "ml-dsa")]
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
#[cfg(feature = "ml-dsa")]
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// What stands before the 32 bytes of the seed: version, the algorithm 2.16.840.1.101.3.4.3.17, and that it is a seed (RFC 9881).
#[cfg(feature = "ml-dsa")]
const SEED_ONLY: [u8; 22] = *b"\x30\x34\x02\x01\x00\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11\x04\x22\x80\x20";

#[cfg(feature = "ml-dsa")]
impl Signer for MlDsaSigner {
    fn verifier_key(&self) -> &VerifierKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        use ml_dsa::Signer as _;

        Ok(self.key.sign(message).encode().to_vec())
    }
}

#[cfg(feature = "ml-dsa")]
impl fmt::Debug for MlDsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MlDsaSigner").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_through_pem_and_is_never_shown() {
        let signer = Ed25519Signer::from_seed("example.com/log", [7; 32]).unwrap();
        let pem = signer.to_pkcs8_pem();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcH"), "PKCS#8 version 1");
        let again = Ed25519Signer::from_pkcs8_pem("example.com/log", &pem).unwrap();
        assert_eq!(again.verifier_key(), signer.verifier_key());
        assert_eq!(again.sign(b"text").unwrap(), signer.sign(b"text").unwrap());
        let shown = format!("{signer:?}");
        assert!(!shown.contains("7, 7") && !shown.contains("0707"), "{shown}");
        let error = Ed25519Signer::from_pkcs8_pem("a", &pem.replace("MC4", "MC5")).unwrap_err();
        assert_eq!(error.code(), "audit.private_key");
        assert!(!error.to_string().contains("BwcH"));
    }

    #[cfg(feature = "ml-dsa")]
    #[test]
    fn an_ml_dsa_key_goes_through_pem_and_is_never_shown() {
        // As Python's `cryptography` writes the key of this seed.
        const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
            MDQCAQAwCwYJYIZIAWUDBAMRBCKAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcH\n-----END PRIVATE KEY-----\n";
        let signer = MlDsaSigner::from_seed("example.com/log", [7; 32]).unwrap();
        assert_eq!(signer.to_pkcs8_pem().as_str(), PEM);
        let again = MlDsaSigner::from_pkcs8_pem("example.com/log", PEM).unwrap();
        assert_eq!(again.verifier_key(), signer.verifier_key());
        assert!(!format!("{signer:?}").contains("7, 7"));
        let ed25519 = Ed25519Signer::from_seed("a", [7; 32]).unwrap().to_pkcs8_pem();
        for wrong in ["", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", &PEM.replace("MDQ", "MDU"), &ed25519] {
            let error = MlDsaSigner::from_pkcs8_pem("a", wrong).unwrap_err();
            assert_eq!(error.code(), "audit.ml_dsa_private_key");
            assert!(!error.to_string().contains("BwcH"));
        }
        assert!(Ed25519Signer::from_pkcs8_pem("a", PEM).is_err());
    }
}
