//! Witnesses: others who saw the log grow and sign that they did (<https://c2sp.org/tlog-witness>).
//!
//! A witness keeps the size and the root that it saw last, and cosigns a newer checkpoint when it is proved to continue that one. So it
//! notices what nobody notices who has the folder and its keys alone: that both were taken back to an older copy, or went on otherwise.

use std::sync::Arc;

use futures::StreamExt;

use super::{
    AuditLog,
    inspect::{self, blocking},
    log::Parts,
    publish::{self, Published},
    read::{self, wait},
    transport::{AnchorOptions, Post, Posted, Transport, post_patiently, shown},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{
        self, Checkpoint, ConsistencyProof, EMPTY_ROOT, NoteSignature, Policy, PolicyReport, PolicyWitness, SignedNote,
        TileHashes, VerifierKey, sign_checkpoint,
    },
    error::ErrorRecord,
    record::{Action, Caller, Ending, Entry, Recorder},
};

/// An ML-DSA-44 cosignature has 3.3 kB; a witness may answer with those of several keys.
const ANSWER_BYTES: u64 = 64 << 10;
/// Witnesses that are asked at the same time.
const AT_ONCE: usize = 8;
/// How often the size of one witness may turn out to be another one, as it does when others ask it meanwhile.
const CONFLICTS: usize = 4;
/// How often the log may have grown while it was asked for.
const ROUNDS: usize = 4;
/// Notes that are looked into for what a witness saw last: it only saves a request.
const REMEMBERED: usize = 8;
/// How often an object may be replaced by others while one replaces it.
const REPLACED: usize = 8;

/// A checkpoint, and who cosigned it.
#[derive(Debug, Clone)]
pub struct WitnessedCheckpoint {
    /// The checkpoint with all cosignatures that are kept of it.
    pub published: Published,
    /// What each witness of the policy said this time, in the order of the policy.
    pub witnesses: Vec<WitnessAnswer>,
    /// How many cosignatures are new.
    pub new: usize,
    /// What the policy says of all of them.
    pub report: PolicyReport,
}

/// What a witness said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WitnessAnswer {
    /// Its name in the policy.
    pub name: String,
    /// The name of its key.
    pub key: String,
    /// How the log stands with it.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How a log stands with a witness.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It cosigned the checkpoint: it is the latest that it knows.
    Cosigned {
        /// When, in seconds since 1970, by its clock.
        time: u64,
    },
    /// It saw a smaller log, and was not asked to cosign.
    Behind {
        /// What it saw.
        size: u64,
    },
    /// It did not answer, or not as it should.
    Unknown {
        /// Why.
        error: ErrorRecord,
    },
}

/// What comes of asking one.
enum Asked {
    Cosigned(NoteSignature),
    Behind(u64),
    /// It saw this many entries, which are more than there are.
    Ahead(u64),
    /// What it saw at this size is not the beginning of this log.
    Differs(u64),
}

/// One answer to one request.
enum Said {
    Cosigned(NoteSignature),
    Has(u64),
    Differs,
}

impl AuditLog {
    /// Asks the witnesses of a policy to cosign the last published checkpoint, and keeps their cosignatures beside it, as
    /// `cosigned/<size>`; the checkpoint itself stays as it is. An `anchor` entry says who cosigned what. A witness that does not answer,
    /// or answers with anything else than its cosignature, is told in the result and hinders no other.
    ///
    /// The policy is kept for evidence bundles, without addresses.
    ///
    /// # Errors
    /// `audit.witness_ahead` when a witness saw more entries than the log has, `audit.witness_forked` when it saw other ones: the log
    /// takes no entries then, until [`AuditLog::resume`]. `audit.no_checkpoint`, `audit.policy_other_log`.
    pub async fn witness(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
    ) -> Result<WitnessedCheckpoint> {
        let kept = self.evidence_policy(policy)?;
        let (published, asked) = self.ask(policy, transport, options, true).await?;
        let signatures: Vec<NoteSignature> =
            asked.iter().filter_map(|(_, asked)| asked.as_ref().ok()?.cosignature().cloned()).collect();
        let (log, given) = (self.clone(), published.clone());
        let (published, new) = blocking(move || {
            put(log.parts(), "policy", &|_| Ok(Some(kept.to_string().into_bytes())))?;
            keep(log.parts(), given, &signatures)
        })
        .await?;
        let report = policy.satisfied(&SignedNote::parse(&published.note)?)?;
        let witnesses = asked.into_iter().map(answer).collect();
        // Without news there is nothing to put on record, and no entry that the next one would have to cover.
        if !new.is_empty() || report.witnesses.is_empty() {
            let ending = if new.is_empty() { Ending::Failed } else { Ending::Complete };
            let (clock, random) = (self.parts().clock.as_ref(), self.parts().random.as_ref());
            let entry = Entry::outcome(clock, random, &Caller::default(), Action::Anchor, ending)
                .version("anchor", "witness")
                .version("witnesses", new.join(" "))
                .version("root", published.checkpoint.root)
                .count("size", published.checkpoint.size)
                .count("cosignatures", new.len() as u64)
                .count("quorum", u64::from(report.quorum));
            self.record(entry).await?;
        }
        Ok(WitnessedCheckpoint { published, witnesses, new: new.len(), report })
    }

    /// Asks the witnesses of a policy whether they saw more of the log than lies in this folder, and has nothing cosigned but what
    /// they know already. For openings: keys that were restored together with the folder do not tell that both are old.
    ///
    /// # Errors
    /// `audit.witness_ahead`, `audit.witness_forked`: the log takes no entries from here on, in this process and the next, until
    /// [`AuditLog::resume`], or until the witness says otherwise.
    pub async fn check_witnesses(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
    ) -> Result<Vec<WitnessAnswer>> {
        self.evidence_policy(policy)?;
        let (_, asked) = self.ask(policy, transport, options, false).await?;
        Ok(asked.into_iter().map(answer).collect())
    }

    /// The checkpoint of a size with the cosignatures that are kept of it; `None` when no witness cosigned it.
    pub fn cosigned(&self, size: u64) -> Result<Option<Published>> {
        let parts = self.parts();
        match wait(parts.blobs.get(&cosigned_name(parts, size)))? {
            Some((note, _)) => publish::opened(parts, note).map(Some),
            None => Ok(None),
        }
    }

    /// The policy that was last used for witnesses: the log's key, the witnesses' keys and the quorum.
    pub fn policy(&self) -> Result<Option<Policy>> {
        match wait(self.parts().blobs.get(&self.parts().name("policy")))? {
            Some((bytes, _)) => Policy::parse(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// A policy as those need it who verify: this log's key is in it, addresses are not.
    fn evidence_policy(&self, policy: &Policy) -> Result<Policy> {
        let key = self.verifier_key()?;
        if !policy.logs().is_empty() && policy.logs().iter().all(|log| log.key != key) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "audit.policy_other_log",
                "the policy is for other logs, or for a former key",
            )
            .with("origin", key.name())
            .with_hint("put the key that `beleg audit key CORPUS` prints into a line `log`, or have no such line"));
        }
        let mut text = String::new();
        let logs: Vec<&VerifierKey> =
            if policy.logs().is_empty() { vec![&key] } else { policy.logs().iter().map(|log| &log.key).collect() };
        logs.iter().for_each(|key| text.push_str(&format!("log {key}\n")));
        policy.witnesses().iter().for_each(|witness| text.push_str(&format!("witness {} {}\n", witness.name, witness.key)));
        for group in policy.groups() {
            text.push_str(&format!("group {} {} {}\n", group.name, group.threshold, group.members.join(" ")));
        }
        text.push_str(&format!("quorum {}\n", policy.quorum().unwrap_or("none")));
        text.parse()
    }

    /// Asks all, a few at a time. Whoever is ahead makes the log read-only.
    async fn ask(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
        follow: bool,
    ) -> Result<(Published, Vec<(PolicyWitness, Result<Asked>)>)> {
        for _ in 0..ROUNDS {
            let log = self.clone();
            let (published, notes) = blocking(move || Ok((subject(log.parts(), follow)?, notes(log.parts())?))).await?;
            let one = |witness: &PolicyWitness| {
                let question = Question {
                    parts: self.parts().clone(),
                    transport: transport.clone(),
                    witness: witness.clone(),
                    published: published.clone(),
                    options: *options,
                    follow,
                    start: if follow { start(&notes, &witness.key) } else { published.checkpoint.size },
                };
                let witness = witness.clone();
                async move { (witness, blocking(move || question.ask()).await) }
            };
            // Futures of their own, not borrowed: a stream over closures would bind the caller's lifetimes to each other.
            let questions: Vec<_> = policy.witnesses().iter().map(one).collect();
            let asked: Vec<_> = futures::stream::iter(questions).buffered(AT_ONCE).collect().await;
            let objection = asked.iter().find_map(|(witness, asked)| match asked {
                Ok(Asked::Ahead(size)) => Some((witness, *size, false)),
                Ok(Asked::Differs(size)) => Some((witness, *size, true)),
                _ => None,
            });
            let Some((witness, size, differs)) = objection else {
                let answered =
                    asked.iter().filter(|(_, asked)| asked.is_ok()).map(|(witness, _)| witness.key.to_string()).collect();
                let log = self.clone();
                blocking(move || withdraw(log.parts(), answered)).await?;
                return Ok((published, asked));
            };
            // Another process may have published and shown more meanwhile.
            let is_old = |last: Published| last.checkpoint.size > published.checkpoint.size && last.checkpoint.size >= size;
            if !differs && self.checkpoint()?.is_some_and(is_old) {
                continue;
            }
            let mark = Objection {
                v: 1,
                witness: witness.name.clone(),
                key: witness.key.to_string(),
                size,
                found: published.checkpoint.size,
                differs,
            };
            let error = mark.error(self.parts());
            let log = self.clone();
            blocking(move || raise(log.parts(), &mark)).await?;
            self.stop(&error);
            return Err(error);
        }
        Err(Error::new(ErrorKind::Busy, "audit.witness_busy", "the log grew each time while witnesses were asked")
            .with_hint("run the command again when fewer processes have their checkpoints witnessed"))
    }
}

impl Asked {
    fn cosignature(&self) -> Option<&NoteSignature> {
        if let Self::Cosigned(signature) = self { Some(signature) } else { None }
    }
}

fn answer((witness, asked): (PolicyWitness, Result<Asked>)) -> WitnessAnswer {
    let standing = match asked {
        Ok(Asked::Cosigned(signature)) => Standing::Cosigned { time: signature.time().unwrap_or(0) },
        Ok(Asked::Behind(size) | Asked::Ahead(size) | Asked::Differs(size)) => Standing::Behind { size },
        Err(error) => Standing::Unknown { error: ErrorRecord::from(&error) },
    };
    WitnessAnswer { name: witness.name, key: witness.key.name().to_owned(), standing }
}

/// What witnesses are shown: the last checkpoint, as it is kept for good. To ask how the log stands, one of no entries will do: a folder
/// without a log may be one that was taken away.
fn subject(parts: &Parts, follow: bool) -> Result<Published> {
    match publish::published(parts)? {
        Some(last) => inspect::published(parts, Some(last.checkpoint.size)),
        None if follow => inspect::published(parts, None),
        None => {
            let checkpoint = Checkpoint { origin: parts.origin(), size: 0, root: EMPTY_ROOT, extensions: Vec::new() };
            let note = sign_checkpoint(&checkpoint, &[parts.signer()?.as_ref()])?.into_bytes();
            Ok(Published { checkpoint, note })
        }
    }
}

fn cosigned_name(parts: &Parts, size: u64) -> String {
    parts.name(&format!("cosigned/{size}"))
}

/// The last cosigned checkpoints, newest first.
fn notes(parts: &Parts) -> Result<Vec<(u64, SignedNote)>> {
    let names = wait(parts.blobs.list(&parts.name("cosigned")))?;
    let mut sizes: Vec<u64> = names.iter().filter_map(|name| name.rsplit('/').next()?.parse().ok()).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let mut notes = Vec::new();
    for size in sizes.into_iter().take(REMEMBERED) {
        if let Some((note, _)) = wait(parts.blobs.get(&cosigned_name(parts, size)))?
            && let Ok(note) = SignedNote::parse(&note)
        {
            notes.push((size, note));
        }
    }
    Ok(notes)
}

/// What a witness probably saw last.
fn start(notes: &[(u64, SignedNote)], key: &VerifierKey) -> u64 {
    let is_by = |note: &SignedNote| note.signatures.iter().any(|signature| signature.is_of(key));
    notes.iter().find(|(_, note)| is_by(note)).map_or(0, |(size, _)| *size)
}

/// All that it takes to ask one witness.
struct Question {
    parts: Arc<Parts>,
    transport: Arc<dyn Transport>,
    witness: PolicyWitness,
    published: Published,
    options: AnchorOptions,
    /// Whether to prove to it what it has not seen yet.
    follow: bool,
    start: u64,
}

impl Question {
    /// Blocks.
    fn ask(self) -> Result<Asked> {
        let Some(url) = &self.witness.url else {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "audit.witness_address",
                "the policy does not say where the witness is",
            )
            .with("witness", self.witness.name)
            .with_hint("add its address to its line: `witness NAME KEY https://…`"));
        };
        let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
        let note = SignedNote::parse(&self.published.note)?;
        let size = self.published.checkpoint.size;
        let mut old = self.start.min(size);
        for _ in 0..CONFLICTS {
            let body = submission(&prove(&self.parts, old, &self.published.checkpoint)?, &self.published.note);
            let content_type = "text/plain; charset=utf-8";
            let request =
                Post { url: &url, content_type, body: &body, answer_bytes: ANSWER_BYTES, timeout: self.options.timeout };
            let posted = post_patiently(self.transport.as_ref(), &request, &self.options)?;
            match read_answer(&self.witness, &note, &posted).map_err(|error| error.with("url", shown(&url)))? {
                Said::Cosigned(signature) => return Ok(Asked::Cosigned(signature)),
                // Nothing was claimed of an older log.
                Said::Differs if old == 0 => {
                    return Err(misunderstood(&self.witness, "it refuses a log without a proof to refuse"));
                }
                Said::Differs => return Ok(Asked::Differs(old)),
                Said::Has(known) if known > size => return Ok(Asked::Ahead(known)),
                Said::Has(known) if known == old => {
                    return Err(misunderstood(&self.witness, "it refuses the size that it names"));
                }
                Said::Has(known) if !self.follow => return Ok(Asked::Behind(known)),
                Said::Has(known) => old = known,
            }
        }
        Err(Error::new(ErrorKind::Busy, "audit.witness_unsettled", "the witness named another size each time")
            .with("witness", self.witness.name)
            .with_hint("others have the same log witnessed; run the command again"))
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

/// Reads what a witness answered. A cosignature is verified; all else is its bare claim.
fn read_answer(witness: &PolicyWitness, note: &SignedNote, posted: &Posted) -> Result<Said> {
    match posted.status {
        200 => cosignature(witness, note, &posted.body).map(Said::Cosigned),
        409 => {
            let size = known_size(&posted.body).ok_or_else(|| misunderstood(witness, "it names no size"))?;
            Ok(Said::Has(size))
        }
        422 => Ok(Said::Differs),
        404 => Err(Error::new(ErrorKind::NotFound, "audit.witness_unknown_log", "the witness does not know this log")
            .with("witness", witness.name.clone())
            .with_hint(
                "give its operator the key that `beleg audit key CORPUS` prints; after `resume` it is one of another name",
            )),
        403 => Err(Error::new(ErrorKind::Conflict, "audit.witness_other_key", "the witness knows this log by another key")
            .with("witness", witness.name.clone())
            .with_hint("give its operator the key that `beleg audit key CORPUS` prints")),
        400 => Err(Error::new(ErrorKind::Internal, "audit.witness_request", "the witness does not understand the request")
            .with("witness", witness.name.clone())),
        status => Err(misunderstood(witness, "it answered with a status of no meaning here").with("status", status.to_string())),
    }
}

/// The size in an answer of status 409: digits in their one spelling, and a newline.
fn known_size(body: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    digits.parse::<u64>().ok().filter(|size| size.to_string() == digits)
}

/// The verified cosignature in an answer of status 200, which is lines as they stand below a note.
fn cosignature(witness: &PolicyWitness, note: &SignedNote, lines: &[u8]) -> Result<NoteSignature> {
    let whole = [note.to_string().as_bytes(), lines].concat();
    // Lines that hold a text of their own would make another note of it.
    let whole =
        SignedNote::parse(&whole).ok().filter(|whole| whole.text == note.text && whole.signatures.len() > note.signatures.len());
    let whole = whole.ok_or_else(|| misunderstood(witness, "its answer is no lines of signatures"))?;
    let mut own = whole.signatures.into_iter().skip(note.signatures.len()).filter(|signature| signature.is_of(&witness.key));
    let signature = own.next().ok_or_else(|| misunderstood(witness, "it did not cosign with the key that the policy names"))?;
    witness.key.verify(&note.text, &signature.signature).map_err(|error| match error.code() {
        "audit.signature" => {
            Error::new(ErrorKind::Corrupt, "audit.witness_signature", "the witness's cosignature does not fit the checkpoint")
                .with("witness", witness.name.clone())
                .with_hint("nothing of it was kept; ask its operator")
        }
        _ => error,
    })?;
    match signature.time() {
        Some(1..) => Ok(signature),
        _ => Err(misunderstood(witness, "its cosignature says nothing of the time")),
    }
}

fn misunderstood(witness: &PolicyWitness, why: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, "audit.witness_answer", "the witness's answer is none of its protocol")
        .with("witness", witness.name.clone())
        .with("because", why)
        .with_hint("check its address in the policy: it is the prefix before `/add-checkpoint`")
}

/// Adds cosignatures to those that are kept of a checkpoint; returns all, and the names of the keys that are new.
fn keep(parts: &Parts, published: Published, signatures: &[NoteSignature]) -> Result<(Published, Vec<String>)> {
    let plain = SignedNote::parse(&published.note)?;
    let new = std::cell::RefCell::new(Vec::new());
    let with = |found: Option<&[u8]>| {
        let mut note = found.map_or_else(|| Ok(plain.clone()), SignedNote::parse)?;
        if note.text != plain.text {
            return Err(publish::damaged(&published.checkpoint));
        }
        new.borrow_mut().clear();
        for signature in signatures {
            // The first one of a key is the oldest: it says most.
            if !note.signatures.iter().any(|known| (&known.name, known.id) == (&signature.name, signature.id)) {
                note.signatures.push(signature.clone());
                new.borrow_mut().push(signature.name.clone());
            }
        }
        if new.borrow().is_empty() {
            return Ok(None);
        }
        let bytes = note.to_string().into_bytes();
        // What could not be read back is not kept.
        SignedNote::parse(&bytes)?;
        Ok(Some(bytes))
    };
    let note = put(parts, &format!("cosigned/{}", published.checkpoint.size), &with)?.unwrap_or(published.note);
    Ok((Published { checkpoint: published.checkpoint, note }, new.into_inner()))
}

/// Puts an object of the log in place of what is there, or leaves it when `with` gives nothing; returns what is there then.
fn put(parts: &Parts, path: &str, with: &dyn Fn(Option<&[u8]>) -> Result<Option<Vec<u8>>>) -> Result<Option<Vec<u8>>> {
    let name = parts.name(path);
    for _ in 0..REPLACED {
        let found = wait(parts.blobs.get(&name))?;
        let bytes = with(found.as_ref().map(|(bytes, _)| bytes.as_slice()))?;
        let is_put = match (&bytes, &found) {
            (None, _) => return Ok(found.map(|(bytes, _)| bytes)),
            (Some(bytes), None) => wait(parts.blobs.put_if_absent(&name, bytes))?,
            (Some(bytes), Some((old, _))) if bytes == old => true,
            (Some(bytes), Some((_, etag))) => wait(parts.blobs.put_if_match(&name, bytes, etag))?.is_some(),
        };
        if is_put {
            return Ok(bytes);
        }
    }
    Err(Error::new(ErrorKind::Busy, "audit.anchors_busy", "others wrote beside the checkpoint each time")
        .with_hint("run the command again"))
}

/// That a witness saw another log than the one in this folder. It stands in the folder for the next process that opens it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Objection {
    v: u32,
    pub(super) witness: String,
    key: String,
    /// What it saw.
    pub(super) size: u64,
    found: u64,
    pub(super) differs: bool,
}

const OBJECTION: &str = "objection";

impl Objection {
    /// The objection of a witness to this log.
    pub(super) fn of(parts: &Parts) -> Result<Option<Self>> {
        let Some((bytes, _)) = wait(parts.blobs.get(&parts.name(OBJECTION)))? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            Error::new(ErrorKind::Corrupt, "audit.objection", "it cannot be read what a witness objected to this log")
                .with("file", parts.name(OBJECTION))
                .with_hint(
                    "`beleg audit witness CORPUS --policy FILE --check` asks the witnesses; restore the file from a backup",
                )
        })
    }

    pub(super) fn error(&self, parts: &Parts) -> Error {
        let error = if self.differs {
            Error::new(ErrorKind::Conflict, "audit.witness_forked", "a witness saw another log than the one in this folder")
        } else {
            Error::new(ErrorKind::Conflict, "audit.witness_ahead", "a witness saw more entries than the log in this folder has")
        };
        error
            .with("witness", self.witness.clone())
            .with("corpus", parts.corpus.to_string())
            .with("witness_size", self.size.to_string())
            .with("log_size", self.found.to_string())
            .with_hint(
                "folder and keys are an older copy, or went on otherwise: bring back the newer ones, or run `beleg audit resume CORPUS`, which \
                 starts an epoch that names the gap",
            )
    }
}

fn raise(parts: &Parts, objection: &Objection) -> Result<()> {
    let bytes =
        serde_json::to_vec(objection).map_err(|error| Error::new(ErrorKind::Internal, "audit.entry", error.to_string()))?;
    // The first one stays.
    wait(parts.blobs.put_if_absent(&parts.name(OBJECTION), &bytes)).map(drop)
}

/// Takes an objection back when the witness that made it, by its key, makes it no longer.
fn withdraw(parts: &Parts, answered: Vec<String>) -> Result<()> {
    match Objection::of(parts)? {
        Some(objection) if answered.contains(&objection.key) => wait(parts.blobs.delete(&parts.name(OBJECTION))).map(drop),
        _ => Ok(()),
    }
}
