use super::{
    decimal,
    hash::Hash,
    key::{KeyKind, VerifierKey},
    note::SignedNote,
    signer::Signer,
};
use crate::{Error, ErrorKind, Result};

/// A log's tree head: <https://c2sp.org/tlog-checkpoint>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log; its key has the same name. One line, not empty.
    pub origin: String,
    /// How many entries the log has.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// Further lines, not empty each. Beleg writes none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        let mut body = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            body.push_str(line);
            body.push('\n');
        }
        body
    }

    /// Reads the text of a checkpoint, the note's text without signatures.
    ///
    /// # Errors
    /// `audit.checkpoint` for anything but three lines or more, none of them empty, the second a number without leading zeros,
    /// the third a hash.
    pub fn parse(body: &str) -> Result<Self> {
        let malformed = |why: &'static str| {
            Error::new(ErrorKind::Malformed, "audit.checkpoint", "this is no checkpoint of a log").with("because", why)
        };
        let body = body.strip_suffix('\n').ok_or_else(|| malformed("its last line does not end"))?;
        if body.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(malformed("it has control characters"));
        }
        let mut lines = body.split('\n');
        let mut next =
            || lines.next().filter(|line| !line.is_empty()).ok_or_else(|| malformed("it has an empty line or too few"));
        let origin = next()?.to_owned();
        let size = decimal(next()?).ok_or_else(|| malformed("its size is no number in its one spelling"))?;
        let root = next()?.parse().map_err(|_| malformed("its root is no hash in its one spelling"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(malformed("it has an empty line or too few"));
        }
        Ok(Self { origin, size, root, extensions })
    }
}

/// Signs a checkpoint: the note that a log publishes. A key of the kind ML-DSA-44 signs without a time.
///
/// # Errors
/// `audit.bad_checkpoint` when a line of it could not be read back, `audit.signer` for a witness's key or one that has not the
/// origin's name, and what a signer returns.
pub fn sign_checkpoint(checkpoint: &Checkpoint, signers: &[&dyn Signer]) -> Result<String> {
    let body = checkpoint.body();
    if Checkpoint::parse(&body).ok().as_ref() != Some(checkpoint) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "audit.bad_checkpoint",
            "origin and extensions of a checkpoint are lines that are not empty",
        ));
    }
    if signers.iter().any(|signer| signer.verifier_key().name() != checkpoint.origin) {
        return Err(Error::new(ErrorKind::InvalidInput, "audit.signer", "this key does not sign checkpoints of this log")
            .with("origin", checkpoint.origin.clone())
            .with_hint("a log's key has the log's origin for a name; witnesses cosign"));
    }
    Ok(SignedNote::sign(&body, signers)?.to_string())
}

/// A kind of keys of this checkpoint's log that are among `keys` and of which none signed. Who gives keys of two kinds asks for both:
/// one of Ed25519 that was broken signs nothing then.
pub(super) fn missing_kind(checkpoint: &Checkpoint, signers: &[&VerifierKey], keys: &[VerifierKey]) -> Option<KeyKind> {
    let own = |key: &&VerifierKey| key.kind().signs_logs() && key.name() == checkpoint.origin;
    let has_signed = |kind| signers.iter().copied().filter(own).any(|key| key.kind() == kind);
    keys.iter().filter(own).map(VerifierKey::kind).find(|kind| !has_signed(*kind))
}

/// Reads a checkpoint that one of `log_keys` signed, whose name is the origin. Other signatures are kept and not looked at.
///
/// # Errors
/// `audit.note`, `audit.checkpoint`, `audit.signature` when a known key's signature is wrong, `audit.unsigned` when none of
/// the keys signed, `audit.origin` when the one that did is another log's.
pub fn open_checkpoint(note: &[u8], log_keys: &[VerifierKey]) -> Result<(Checkpoint, SignedNote)> {
    let note = SignedNote::parse(note)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let signers = note.signed_by(log_keys)?;
    if !signers.iter().any(|key| key.kind().signs_logs()) {
        return Err(Error::new(ErrorKind::Corrupt, "audit.unsigned", "none of the known keys signed this checkpoint")
            .with("origin", checkpoint.origin)
            .with_hint("compare the key with the one that the log's operator gave out"));
    }
    if !signers.iter().any(|key| key.kind().signs_logs() && key.name() == checkpoint.origin) {
        return Err(Error::new(ErrorKind::Corrupt, "audit.origin", "the checkpoint is signed by the key of another log")
            .with("origin", checkpoint.origin));
    }
    Ok((checkpoint, note))
}
