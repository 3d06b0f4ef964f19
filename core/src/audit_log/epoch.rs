//! Epochs: a log that cannot go on from where it was, because its folder is an older copy, goes on as a new one that says so.

use std::cmp::Ordering;

use uuid::Uuid;

use super::{
    AuditLog, Opening,
    entry::Prepared,
    log::known_checkpoint,
    objection::{Held, Objection, held},
    parts::Parts,
    publish::{forked, opened, published},
    read::wait,
    timestamp, witness,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Checkpoint, SignedNote},
    record::{Action, Caller, Content, Ending, Entry, Recorder},
};

/// Checks that the log holds the last checkpoint that its keys signed: a folder that is older, or went on otherwise, is read only.
/// Blocks.
pub(super) fn check_continues(parts: &Parts) -> Result<()> {
    match to_continue(parts)? {
        // Its keys know the epoch before.
        Some(before) => check_continues(&before),
        None => check_own(parts),
    }
}

/// The epoch that this one goes on after, while it has yet to begin.
fn to_continue(parts: &Parts) -> Result<Option<Parts>> {
    match parts.continues {
        Some(before) if published(parts)?.is_none() && parts.sequencer().size()? == 0 => parts.in_past(before).map(Some),
        _ => Ok(None),
    }
}

/// The entry with which an epoch goes on after one that lies where nothing can be written: after which checkpoint, and how many entries
/// there are. For whoever finds it without entries.
pub(super) fn continuation(parts: &Parts) -> Result<Option<Prepared>> {
    let Some(before) = to_continue(parts)? else { return Ok(None) };
    let covered = published(&before)?.map(|covered| covered.checkpoint);
    let mut entry = parts.system_entry(Action::AdminChange)?;
    let versions = &mut entry.leaf.versions;
    versions.insert("change".to_owned(), "elsewhere".to_owned());
    versions.insert("previous_epoch".to_owned(), before.epoch.to_string());
    let found = found(&before, covered.as_ref())?;
    if let Some(covered) = covered {
        versions.insert("found_origin".to_owned(), covered.origin);
        versions.insert("found_root".to_owned(), covered.root.to_string());
    }
    entry.leaf.counts.insert("found_size".to_owned(), found);
    Ok(Some(entry))
}

/// How many entries a log has, those included that its last checkpoint does not cover.
fn found(parts: &Parts, covered: Option<&Checkpoint>) -> Result<u64> {
    let mut found = covered.map_or(0, |covered| covered.size);
    parts.sequencer().read(found, &mut |index, _, _| {
        found = found.max(index + 1);
        Ok(())
    })?;
    Ok(found)
}

fn check_own(parts: &Parts) -> Result<()> {
    if let Some(objection) = Objection::of(parts)? {
        return Err(objection.error(parts));
    }
    check_kept(parts)?;
    let known = known_checkpoint(parts)?;
    let covered = published(parts)?;
    let Some(known) = known else {
        // Keys that have never signed anything belong to a log that is not published yet.
        return match covered {
            None => Ok(()),
            Some(covered) => Err(behind(parts, "its keys are not here, or are older", 0, covered.checkpoint.size)),
        };
    };
    if covered.as_ref().is_some_and(|covered| covered.checkpoint == known) {
        return Ok(());
    }
    let (origin, size) = (parts.origin(), covered.map_or(0, |covered| covered.checkpoint.size));
    if known.origin != origin {
        return match epoch_of(&known.origin, parts.corpus) {
            // The first checkpoint of this epoch is still to come.
            Some(epoch) if epoch < parts.epoch && size == 0 => Ok(()),
            _ => Err(behind(parts, "the key store knows a later epoch", known.size, size)),
        };
    }
    match held(parts, parts.sequencer().as_ref(), &known)? {
        Held::Holds => Ok(()),
        Held::Differs => Err(forked(parts)),
        Held::Lacks => Err(behind(parts, "it is an older copy", known.size, size)),
    }
}

/// Checks that the log holds what was kept of it outside of it: cosigned and stamped checkpoints in the folder, exported ones elsewhere.
fn check_kept(parts: &Parts) -> Result<()> {
    for Kept { name, checkpoint } in kept(parts)? {
        let found = published(parts)?.map_or(0, |covered| covered.checkpoint.size);
        let error = match epoch_of(&checkpoint.origin, parts.corpus).map(|epoch| epoch.cmp(&parts.epoch)) {
            Some(Ordering::Less) => continue,
            Some(Ordering::Greater) => behind(parts, "a checkpoint that was kept is of a later epoch", checkpoint.size, found),
            None => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "audit.known_other_log",
                    "a checkpoint that was kept is of another log",
                )
                .with("file", name)
                .with("origin", checkpoint.origin)
                .with("expected", parts.origin())
                .with_hint("take it out of the settings"));
            }
            Some(Ordering::Equal) => match held(parts, parts.sequencer().as_ref(), &checkpoint)? {
                Held::Holds => continue,
                Held::Differs => Error::new(
                    ErrorKind::Conflict,
                    "audit.forked",
                    "this audit log is another one than a checkpoint that was kept of it",
                )
                .with("corpus", parts.corpus.to_string())
                .with("known_size", checkpoint.size.to_string())
                .with_hint("this folder went on otherwise: bring back the other one, or run `beleg audit resume CORPUS`"),
                Held::Lacks => behind(parts, "a checkpoint that was kept has more entries", checkpoint.size, found),
            },
        };
        return Err(error.with("file", name));
    }
    Ok(())
}

/// A checkpoint, and where it was kept.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) checkpoint: Checkpoint,
}

/// The last checkpoint that witnesses cosigned, the last that was stamped, and those that the settings name.
pub(super) fn kept(parts: &Parts) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    if let Some(size) = witness::sizes(parts)?.first()
        && let Some(cosigned) = witness::cosigned(parts, *size)?
    {
        kept.push(Kept { name: parts.name(&format!("cosigned/{size}")), checkpoint: cosigned.checkpoint });
    }
    if let Some(size) = timestamp::last_size(parts)? {
        let name = parts.name(&format!("checkpoints/{size}"));
        if let Some((note, _)) = wait(parts.blobs.get(&name))? {
            kept.push(Kept { name, checkpoint: opened(parts, note)?.checkpoint });
        }
    }
    for path in &parts.options.known_checkpoints {
        let unreadable = || {
            Error::new(ErrorKind::Environment, "audit.known_checkpoint", "a checkpoint that was kept elsewhere cannot be read")
                .with("file", path.display().to_string())
                .with_hint(
                    "bring the file back: it is what `beleg audit checkpoint CORPUS` printed; or take it out of the settings",
                )
        };
        let note = std::fs::read(path).map_err(|error| unreadable().with_source(error))?;
        let checkpoint = SignedNote::parse(&note).and_then(|note| Checkpoint::parse(&note.text));
        let checkpoint = checkpoint.map_err(|error| unreadable().with_source(error))?;
        kept.push(Kept { name: path.display().to_string(), checkpoint });
    }
    Ok(kept)
}

/// The last checkpoint in the folder, of whatever log: a copy has the one of its original.
fn last(parts: &Parts) -> Result<Option<Checkpoint>> {
    let Some((note, _)) = wait(parts.blobs.get(&parts.name("checkpoint")))? else { return Ok(None) };
    Checkpoint::parse(&SignedNote::parse(&note)?.text).map(Some)
}

pub(super) fn epoch_of(origin: &str, corpus: Uuid) -> Option<u32> {
    origin.strip_prefix(&format!("beleg/{corpus}/"))?.parse().ok()
}

fn behind(parts: &Parts, why: &str, known: u64, found: u64) -> Error {
    Error::new(ErrorKind::Conflict, "audit.behind", format!("the audit log cannot be continued: {why}"))
        .with("corpus", parts.corpus.to_string())
        .with("known_size", known.to_string())
        .with("found_size", found.to_string())
        .with_hint("bring back the newer folder, or the keys; or run `beleg audit resume CORPUS`, which starts an epoch that names the gap")
}

/// How a log goes on that could not.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Resumed {
    /// The new epoch.
    pub epoch: u32,
    /// The one before.
    pub previous_epoch: u32,
    /// The size of the last checkpoint that the keys know of it.
    pub known_size: u64,
    /// How many of its entries were found.
    pub found_size: u64,
}

impl AuditLog {
    /// Starts a new epoch after one that cannot be continued; its first entry names the last checkpoint that the keys know, what was found of
    /// it, and why. Returns the log of the new epoch.
    ///
    /// # Errors
    /// `audit.not_behind` when the log can be continued.
    pub async fn resume(&self, why: &str) -> Result<(Self, Resumed)> {
        self.check_newest()?;
        let parts = self.parts().clone();
        let checked = parts.clone();
        let look = move || {
            let parts = match to_continue(&checked)? {
                Some(before) => before,
                None => checked.again(),
            };
            match check_own(&parts) {
                Ok(()) => {
                    return Err(Error::new(
                        ErrorKind::InvalidInput,
                        "audit.not_behind",
                        "the audit log can be continued as it is",
                    )
                    .with_hint("nothing is to be resumed"));
                }
                // What cannot be read now says nothing of the log.
                Err(error) if matches!(error.kind(), ErrorKind::Environment | ErrorKind::InvalidInput) => return Err(error),
                Err(_) => {}
            }
            let known = known_checkpoint(&parts)?;
            // What can be read of the old epoch becomes durable, where it can be written.
            let _ = parts.sequencer().append_batch(&[]);
            let covered = last(&parts)?;
            // What no checkpoint covers is not lost: it stays where it is, and is counted here.
            let found = found(&parts, covered.as_ref())?;
            // One that cannot be read is no reason to stay where the log is.
            Ok((parts.epoch, known, found, covered, Objection::of(&parts).unwrap_or_default()))
        };
        let (epoch, known, found, covered, objection) = tokio::task::spawn_blocking(look)
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, "audit.panicked", error.to_string()))??;
        let known_size = known.as_ref().map_or(0, |known| known.size);
        let known_epoch = known.as_ref().and_then(|known| epoch_of(&known.origin, parts.corpus)).unwrap_or(0);
        let resumed = Resumed { epoch: epoch.max(known_epoch) + 1, previous_epoch: epoch, known_size, found_size: found };
        let log = Self::of(parts.in_epoch(resumed.epoch));
        // Whoever resumes has seen what there is; witnesses are yet to be given the new key.
        log.has_opened(Opening { witnesses: Vec::new(), quorum: true, findings: Vec::new() });
        let mut entry = Entry::outcome(
            parts.clock.as_ref(),
            parts.random.as_ref(),
            &Caller::default(),
            Action::AdminChange,
            Ending::Complete,
        )
        .version("change", "resume")
        .version("previous_epoch", resumed.previous_epoch)
        .count("known_size", known_size)
        .count("found_size", found)
        .payload("reason", Content::Text(why.to_owned()));
        if let Some(known) = &known {
            entry = entry.version("known_origin", &known.origin).version("known_root", known.root);
        }
        if let Some(covered) = covered {
            entry = entry.version("found_origin", covered.origin).version("found_root", covered.root);
        }
        if let Some(standing) = objection {
            let objection = if standing.held == Held::Differs { "forked" } else { "ahead" };
            entry = entry
                .version("objection", objection)
                .version("witness", standing.objection.witness)
                .version("witness_size", standing.checkpoint.size)
                .version("witness_root", standing.checkpoint.root);
        }
        log.record(entry).await?;
        log.publish().await?;
        Ok((log, resumed))
    }
}
