//! Checkpoints that a log made and does not hold: they show that it is an older copy, or went on otherwise.

use super::{
    parts::Parts,
    publish::{self, Published},
    read::wait,
    witness::put,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Checkpoint, SignedNote},
    store::Sequencer,
};

/// How a log stands to a checkpoint of its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It is of this log.
    Holds,
    /// The log has fewer entries.
    Lacks,
    /// The log has other ones.
    Differs,
}

/// Whether the log holds a checkpoint, those entries included that no checkpoint of its own covers yet. Blocks.
pub(super) fn held(parts: &Parts, sequencer: &dyn Sequencer, checkpoint: &Checkpoint) -> Result<Held> {
    Ok(match publish::root_at(parts, sequencer, checkpoint.size)? {
        Some(root) if root == checkpoint.root => Held::Holds,
        Some(_) => Held::Differs,
        None => Held::Lacks,
    })
}

/// A checkpoint that a witness showed. It stands in the folder for whoever opens the log next, and counts for as long as the log does not
/// hold it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Objection {
    v: u32,
    /// Who showed it, by its name in the policy.
    pub(super) witness: String,
    /// The checkpoint, verbatim.
    note: String,
}

/// An objection that counts.
pub(super) struct Standing {
    pub(super) objection: Objection,
    pub(super) checkpoint: Checkpoint,
    pub(super) held: Held,
}

const NAME: &str = "objection";
const VERSION: u32 = 2;

impl Objection {
    /// What a witness showed, and how the log stands to it; `None` when it holds it.
    pub(super) fn shown(parts: &Parts, witness: &str, shown: &Published) -> Result<Option<Standing>> {
        let note = String::from_utf8_lossy(&shown.note).into_owned();
        Self { v: VERSION, witness: witness.to_owned(), note }.standing(parts)
    }

    /// The objection in the folder that counts.
    pub(super) fn of(parts: &Parts) -> Result<Option<Standing>> {
        let Some((bytes, _)) = wait(parts.blobs.get(&parts.name(NAME)))? else { return Ok(None) };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(objection) if objection.v == VERSION => objection.standing(parts),
            _ => Err(unreadable(parts)),
        }
    }

    fn standing(self, parts: &Parts) -> Result<Option<Standing>> {
        let note = SignedNote::parse(self.note.as_bytes()).map_err(|_| unreadable(parts))?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|_| unreadable(parts))?;
        let held = held(parts, parts.sequencer().as_ref(), &checkpoint)?;
        Ok((held != Held::Holds).then_some(Standing { objection: self, checkpoint, held }))
    }
}

impl Standing {
    /// Puts it into the folder, in place of the one before.
    pub(super) fn raise(&self, parts: &Parts) -> Result<()> {
        let bytes = serde_json::to_vec(&self.objection)
            .map_err(|error| Error::new(ErrorKind::Internal, "audit.entry", error.to_string()))?;
        put(parts, NAME, &|_| Ok(Some(bytes.clone()))).map(drop)
    }

    pub(super) fn error(&self, parts: &Parts) -> Error {
        let error = if self.held == Held::Differs {
            Error::new(ErrorKind::Conflict, "audit.witness_forked", "a witness saw another log than the one in this folder")
        } else {
            Error::new(ErrorKind::Conflict, "audit.witness_ahead", "a witness saw more entries than the log in this folder has")
        };
        let found = publish::published(parts).ok().flatten().map_or(0, |published| published.checkpoint.size);
        error
            .with("witness", self.objection.witness.clone())
            .with("corpus", parts.corpus.to_string())
            .with("witness_size", self.checkpoint.size.to_string())
            .with("log_size", found.to_string())
            .with_hint(
                "folder and keys are an older copy, or went on otherwise: bring back the newer ones, or run `beleg audit resume CORPUS`, which \
                 starts an epoch that names the gap",
            )
    }
}

fn unreadable(parts: &Parts) -> Error {
    Error::new(ErrorKind::Corrupt, "audit.objection", "it cannot be read what a witness showed of this log")
        .with("file", parts.name(NAME))
        .with_hint("`beleg audit witness CORPUS --policy FILE --check` asks the witnesses; restore the file from a backup")
}
