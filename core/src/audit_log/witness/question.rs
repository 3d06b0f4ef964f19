//! What one witness is asked, and what its answers are worth.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use super::super::{
    parts::Parts,
    publish::{self, Published},
    read,
    transport::{AnchorOptions, Answer, Request, Transport, send_patiently, shown},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{
        self, Checkpoint, ConsistencyProof, NoteSignature, PolicyWitness, SignedNote, TileHashes, VerifierKey, open_checkpoint,
    },
    hex::hex,
};

/// An ML-DSA-44 cosignature has 3.3 kB; a witness may answer with those of several keys.
const ANSWER_BYTES: u64 = 64 << 10;
/// How often the size of one witness may turn out to be another one, as it does when others ask it meanwhile.
const CONFLICTS: usize = 4;

/// What comes of asking one.
pub(super) enum Asked {
    /// Its cosignature, verified.
    Cosigned(NoteSignature),
    /// It says that it saw so many entries, which are fewer than there are; and what it shows.
    Behind(u64, Option<Published>),
    /// It says that it saw something that this log cannot continue; and what it shows.
    Objects(Claim, Option<Published>),
}

impl Asked {
    /// A checkpoint that the log signed.
    pub(super) fn shown(&self) -> Option<&Published> {
        match self {
            Self::Cosigned(_) => None,
            Self::Behind(_, shown) | Self::Objects(_, shown) => shown.as_ref(),
        }
    }
}

/// The bare word of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// It saw this many entries, which are more than there are.
    More(u64),
    /// What it saw at this size is not the beginning of this log.
    Other(u64),
}

impl Claim {
    pub(super) fn size(self) -> u64 {
        match self {
            Self::More(size) | Self::Other(size) => size,
        }
    }

    /// As it is told.
    pub(super) fn error(self, witness: &PolicyWitness, log_size: u64) -> Error {
        let error = match self {
            Self::More(_) => Error::new(
                ErrorKind::Conflict,
                "audit.witness_says_more",
                "the witness has seen more than this log has, as it says: rollback or fork?",
            ),
            Self::Other(_) => Error::new(
                ErrorKind::Conflict,
                "audit.witness_says_other",
                "the witness has seen something else than this log, as it says: fork?",
            ),
        };
        error
            .with("witness", witness.name.clone())
            .with("witness_size", self.size().to_string())
            .with("log_size", log_size.to_string())
            .with_hint(
                "it shows no checkpoint that this log signed, so the log goes on without its signature: ask its operator for the last one, \
                 and compare what backups, other witnesses and exported checkpoints have",
            )
    }
}

/// One answer to one request.
enum Said {
    Cosigned(NoteSignature),
    Has(u64),
    Differs,
}

/// All that it takes to ask one witness.
pub(super) struct Question {
    pub(super) parts: Arc<Parts>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) witness: PolicyWitness,
    /// Keys that sign checkpoints of this log.
    pub(super) log_keys: Arc<[VerifierKey]>,
    pub(super) published: Published,
    pub(super) options: AnchorOptions,
    /// When the whole of it must have ended.
    pub(super) deadline: Option<Instant>,
    /// Whether to prove to it what it has not seen yet.
    pub(super) follow: bool,
    /// The largest checkpoint that it is known to have cosigned.
    pub(super) cosigned: u64,
}

impl Question {
    /// Blocks.
    pub(super) fn ask(self) -> Result<Asked> {
        let url = format!("{}/add-checkpoint", self.prefix()?);
        let note = SignedNote::parse(&self.published.note)?;
        let size = self.published.checkpoint.size;
        // It knows at least what it cosigned, and what it says once.
        let (mut old, mut least) = if self.follow { (self.cosigned.min(size), self.cosigned) } else { (size, self.cosigned) };
        for _ in 0..CONFLICTS {
            let body = submission(&prove(&self.parts, old, &self.published.checkpoint)?, &self.published.note);
            let answer = self.send(&url, Some(("text/plain; charset=utf-8", &body)))?;
            let known = match self.read(&note, &answer).map_err(|error| error.with("url", shown(&url)))? {
                Said::Cosigned(signature) => return Ok(Asked::Cosigned(signature)),
                // Nothing was claimed of an older log.
                Said::Differs if old == 0 => return Err(self.misunderstood("it refuses a log without a proof to refuse")),
                Said::Differs => return Ok(Asked::Objects(Claim::Other(old), self.shows())),
                Said::Has(known) => known,
            };
            if known < least {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "audit.witness_forgot",
                    "the witness has seen less than it cosigned or said before, as it says: what it cosigns proves nothing",
                )
                .with("witness", self.witness.name.clone())
                .with("witness_size", known.to_string())
                .with("former_size", least.to_string())
                .with_hint(
                    "ask its operator whether it was taken back to an older state; the log goes on without its signature",
                ));
            }
            if known > size {
                return Ok(Asked::Objects(Claim::More(known), self.shows()));
            }
            if known == old {
                return Err(self.misunderstood("it refuses the size that it names"));
            }
            if !self.follow {
                // A fork before that size is told by what it shows, and by nothing that it says.
                return Ok(Asked::Behind(known, self.shows()));
            }
            (old, least) = (known, known);
        }
        Err(Error::new(ErrorKind::Busy, "audit.witness_unsettled", "the witness named another size each time")
            .with("witness", self.witness.name.clone())
            .with_hint("others have the same log witnessed; run the command again"))
    }

    /// Before the paths of the protocol.
    fn prefix(&self) -> Result<&str> {
        let url = self.witness.url.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "audit.witness_address", "the policy does not say where the witness is")
                .with("witness", self.witness.name.clone())
                .with_hint("add its address to its line: `witness NAME KEY https://…`")
        })?;
        Ok(url.trim_end_matches('/'))
    }

    fn send(&self, url: &str, content: Option<(&'static str, &[u8])>) -> Result<Answer> {
        let left = self.deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = self.options.timeout.min(left);
        send_patiently(self.transport.as_ref(), &Request { url, content, answer_bytes: ANSWER_BYTES, timeout }, &self.options)
    }

    /// The last checkpoint that it cosigned, when it shows one that the log signed: nobody but the log can have made it. Its own
    /// cosignature adds nothing to that.
    fn shows(&self) -> Option<Published> {
        let origin = self.parts.origin();
        let url = format!("{}/{}/checkpoint", self.prefix().ok()?, hex(&Sha256::digest(&origin)));
        let shows = self.send(&url, None).and_then(|answer| match answer.status {
            200 => {
                let (checkpoint, _) = open_checkpoint(&answer.body, &self.log_keys)?;
                Ok(Some(Published { checkpoint, note: answer.body }))
            }
            _ => Ok(None),
        });
        match shows {
            Ok(shown) => shown.filter(|shown| shown.checkpoint.origin == origin),
            Err(error) => {
                tracing::debug!(code = error.code(), witness = self.witness.name, "a witness shows nothing of use");
                None
            }
        }
    }

    /// Reads what a witness answered. A cosignature is verified; all else is its bare claim.
    fn read(&self, note: &SignedNote, answer: &Answer) -> Result<Said> {
        let of = |error: Error| error.with("witness", self.witness.name.clone());
        match answer.status {
            200 => self.cosignature(note, &answer.body).map(Said::Cosigned),
            409 => {
                let size = known_size(&answer.body).ok_or_else(|| self.misunderstood("it names no size"))?;
                Ok(Said::Has(size))
            }
            422 => Ok(Said::Differs),
            404 => Err(of(Error::new(ErrorKind::NotFound, "audit.witness_unknown_log", "the witness does not know this log"))
                .with_hint(
                    "give its operator the key that `beleg audit key CORPUS` prints; after `resume` it is one of another name",
                )),
            403 => {
                Err(of(Error::new(ErrorKind::Conflict, "audit.witness_other_key", "the witness knows this log by another key"))
                    .with_hint("give its operator the key that `beleg audit key CORPUS` prints"))
            }
            400 => {
                Err(of(Error::new(ErrorKind::Internal, "audit.witness_request", "the witness does not understand the request")))
            }
            status => Err(self.misunderstood("it answered with a status of no meaning here").with("status", status.to_string())),
        }
    }

    /// The verified cosignature in an answer of status 200, which is lines as they stand below a note.
    fn cosignature(&self, note: &SignedNote, lines: &[u8]) -> Result<NoteSignature> {
        let whole = [note.to_string().as_bytes(), lines].concat();
        // Lines that hold a text of their own would make another note of it.
        let whole = SignedNote::parse(&whole)
            .ok()
            .filter(|whole| whole.text == note.text && whole.signatures.len() > note.signatures.len());
        let whole = whole.ok_or_else(|| self.misunderstood("its answer is no lines of signatures"))?;
        let key = &self.witness.key;
        let mut own = whole.signatures.into_iter().skip(note.signatures.len()).filter(|signature| signature.is_of(key));
        let signature = own.next().ok_or_else(|| self.misunderstood("it did not cosign with the key that the policy names"))?;
        key.verify(&note.text, &signature.signature).map_err(|error| match error.code() {
            "audit.signature" => {
                Error::new(ErrorKind::Corrupt, "audit.witness_signature", "the witness's cosignature does not fit the checkpoint")
                    .with("witness", self.witness.name.clone())
                    .with_hint("nothing of it was kept; ask its operator")
            }
            _ => error,
        })?;
        match signature.time() {
            Some(1..) => Ok(signature),
            _ => Err(self.misunderstood("its cosignature says nothing of the time")),
        }
    }

    fn misunderstood(&self, why: &'static str) -> Error {
        Error::new(ErrorKind::Malformed, "audit.witness_answer", "the witness's answer is none of its protocol")
            .with("witness", self.witness.name.clone())
            .with("because", why)
            .with_hint("check its address in the policy: it is the prefix before `/add-checkpoint`")
    }
}

/// The proof that a log of `old` entries is the beginning of the one of the checkpoint, made of tiles that give its root.
fn prove(parts: &Parts, old: u64, checkpoint: &Checkpoint) -> Result<ConsistencyProof> {
    let mut tiles = |path: &str| read::tile(parts, path);
    // The tiles of a later checkpoint hold those of an earlier one.
    let covered = publish::published(parts)?.map_or(0, |published| published.checkpoint.size);
    let mut hashes = TileHashes::new(covered, &mut tiles);
    if audit::root_at(checkpoint.size, &mut hashes)? != checkpoint.root {
        return Err(publish::damaged(checkpoint));
    }
    ConsistencyProof::prove(old, checkpoint.size, &mut hashes)
}

/// The body of a request: the old size, the proof from it, an empty line, the checkpoint.
fn submission(proof: &ConsistencyProof, note: &[u8]) -> Vec<u8> {
    let mut lines = format!("old {}\n", proof.old);
    proof.hashes.iter().for_each(|hash| lines.push_str(&format!("{hash}\n")));
    lines.push('\n');
    [lines.as_bytes(), note].concat()
}

/// The size in an answer of status 409: digits in their one spelling, and a newline.
fn known_size(body: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    digits.parse::<u64>().ok().filter(|size| size.to_string() == digits)
}
