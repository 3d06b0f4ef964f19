//! What witnesses sign: <https://c2sp.org/tlog-cosignature>.

use super::{
    checkpoint::Checkpoint,
    key::KeyKind,
    note::{NoteSignature, SignedNote},
    signer::Signer,
};
use crate::{Error, ErrorKind, Result};

/// The latest time of a cosignature, in seconds since 1970.
pub const COSIGNATURE_TIME_MAX: u64 = i64::MAX as u64;

/// The time before a signature, and the signature.
pub(super) fn split(signature: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = signature.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*time), signature)).filter(|(time, _)| *time <= COSIGNATURE_TIME_MAX)
}

/// What an Ed25519 cosignature signs: that `body` was the latest at `time`.
pub(super) fn ed25519_message(body: &str, time: u64) -> Result<Vec<u8>> {
    Checkpoint::parse(body)?;
    Ok(format!("cosignature/v1\ntime {time}\n{body}").into_bytes())
}

/// What an ML-DSA-44 cosignature signs, the structure `cosigned_message`: the checkpoint without its extensions.
pub(super) fn ml_dsa_message(name: &str, body: &str, time: u64) -> Result<Vec<u8>> {
    let checkpoint = Checkpoint::parse(body)?;
    let mut message = b"subtree/v1\n\0".to_vec();
    let short = |text: &str| {
        u8::try_from(text.len()).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "audit.long_name", "names that ML-DSA-44 signs have at most 255 bytes")
        })
    };
    message.push(short(name)?);
    message.extend_from_slice(name.as_bytes());
    message.extend_from_slice(&time.to_be_bytes());
    message.push(short(&checkpoint.origin)?);
    message.extend_from_slice(checkpoint.origin.as_bytes());
    message.extend_from_slice(&0u64.to_be_bytes());
    message.extend_from_slice(&checkpoint.size.to_be_bytes());
    message.extend_from_slice(&checkpoint.root.0);
    Ok(message)
}

/// A witness's signature over the checkpoint of `note`: that it saw it at `time`, in seconds since 1970, and no other log of that
/// origin before. The caller adds it to the note.
///
/// # Errors
/// `audit.signer` for a key that is no witness's, `audit.time` for a time after [`COSIGNATURE_TIME_MAX`], `audit.checkpoint` when
/// the note is no checkpoint, and what the signer returns.
pub fn cosign(note: &SignedNote, signer: &dyn Signer, time: u64) -> Result<NoteSignature> {
    let key = signer.verifier_key();
    if time > COSIGNATURE_TIME_MAX {
        return Err(
            Error::new(ErrorKind::InvalidInput, "audit.time", "a cosignature has no such time").with("time", time.to_string())
        );
    }
    let message = match key.kind() {
        KeyKind::Cosignature => ed25519_message(&note.text, time)?,
        KeyKind::MlDsa44 => ml_dsa_message(key.name(), &note.text, time)?,
        KeyKind::Ed25519 => {
            return Err(
                Error::new(ErrorKind::InvalidInput, "audit.signer", "a log's own key is no witness's").with("key", key.name())
            );
        }
    };
    let mut signature = time.to_be_bytes().to_vec();
    signature.extend_from_slice(&signer.sign(&message)?);
    Ok(NoteSignature { name: key.name().to_owned(), id: key.id(), signature })
}

/// The signature of a log's own key under `text`.
pub(super) fn log_signature(text: &str, signer: &dyn Signer) -> Result<NoteSignature> {
    let key = signer.verifier_key();
    let signature = match key.kind() {
        KeyKind::Ed25519 => signer.sign(text.as_bytes())?,
        // Without a statement on what is the latest, the time is zero.
        KeyKind::MlDsa44 => [&[0; 8][..], &signer.sign(&ml_dsa_message(key.name(), text, 0)?)?].concat(),
        KeyKind::Cosignature => {
            return Err(
                Error::new(ErrorKind::InvalidInput, "audit.signer", "a witness's key signs no log").with("key", key.name())
            );
        }
    };
    Ok(NoteSignature { name: key.name().to_owned(), id: key.id(), signature })
}
