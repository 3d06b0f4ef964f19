use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    cosignature,
    key::{VerifierKey, is_name},
    signer::Signer,
};
use crate::{Error, ErrorKind, Result};

/// The longest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

/// The most signatures that a note may have; the specification asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 128;

/// A text with signatures: <https://c2sp.org/signed-note>. What was parsed is written back as the same bytes.
///
/// The text is to be ignored unless a trusted key is among those of [`SignedNote::signed_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed. It ends with a newline.
    pub text: String,
    /// At least one.
    pub signatures: Vec<NoteSignature>,
}

/// A line below a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The short id of the key.
    pub id: [u8; 4],
    /// The signature, with what its kind has around it, such as the time of a cosignature. Not empty.
    pub signature: Vec<u8>,
}

impl NoteSignature {
    /// Seconds since 1970 of a cosignature. To be believed once its key verified it; for other kinds of keys it means nothing.
    pub fn time(&self) -> Option<u64> {
        cosignature::split(&self.signature).map(|(time, _)| time)
    }

    /// Whether it claims to be made by `key`.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name()
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        if !is_name(name) || signature.is_empty() {
            return None;
        }
        Some(Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    /// The line, without its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "— {} {}", self.name, STANDARD.encode([&self.id[..], &self.signature].concat()))
    }
}

impl SignedNote {
    /// Reads a note: UTF-8 without control characters but newlines, a text, an empty line, one signature or more.
    ///
    /// # Errors
    /// `audit.note` for everything else, and above [`NOTE_BYTES_MAX`] and [`NOTE_SIGNATURES_MAX`].
    pub fn parse(note: &[u8]) -> Result<Self> {
        let malformed =
            |why: &'static str| Error::new(ErrorKind::Malformed, "audit.note", "this is no signed note").with("because", why);
        if note.len() > NOTE_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let note = std::str::from_utf8(note).map_err(|_| malformed("it is not UTF-8"))?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(malformed("it has control characters"));
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(|| malformed("no empty line stands before signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| malformed("its last line does not end"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == NOTE_SIGNATURES_MAX {
                return Err(malformed("it has too many signatures"));
            }
            signatures.push(NoteSignature::parse(line).ok_or_else(|| malformed("a signature line is not well-formed"))?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Signs `text`, which ends with a newline, by keys of the kind Ed25519. Cosignatures are made by [`cosign`](super::cosign).
    ///
    /// # Errors
    /// `audit.text` when the text could not stand in a note, `audit.signer` for keys of another kind, and what a signer returns.
    pub fn sign(text: &str, signers: &[&dyn Signer]) -> Result<Self> {
        if !text.ends_with('\n') || text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "audit.text",
                "the text of a note ends with a newline and has no other control characters",
            ));
        }
        let mut note = Self { text: text.to_owned(), signatures: Vec::new() };
        for signer in signers {
            note.signatures.push(cosignature::log_signature(text, *signer)?);
        }
        if note.signatures.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.no_signer", "a note needs a signer"));
        }
        Ok(note)
    }

    /// The signatures by `keys`, all of them verified. Lines by other keys are passed over, as the specification asks.
    ///
    /// # Errors
    /// `audit.signature` when a line claims to be by one of `keys` and is not: then nothing of the note is to be believed.
    pub fn verified<'s, 'k>(&'s self, keys: &'k [VerifierKey]) -> Result<Vec<(&'k VerifierKey, &'s NoteSignature)>> {
        let mut verified: Vec<(&VerifierKey, &NoteSignature)> = Vec::new();
        for signature in &self.signatures {
            for key in keys.iter().filter(|key| signature.is_of(key)) {
                key.verify(&self.text, &signature.signature)?;
                if !verified.iter().any(|(known, _)| *known == key) {
                    verified.push((key, signature));
                }
            }
        }
        Ok(verified)
    }

    /// Which of `keys` signed, each once.
    ///
    /// # Errors
    /// As for [`SignedNote::verified`].
    pub fn signed_by<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>> {
        Ok(self.verified(keys)?.into_iter().map(|(key, _)| key).collect())
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}
