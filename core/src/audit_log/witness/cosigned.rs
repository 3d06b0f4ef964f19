//! Checkpoints with the cosignatures that are kept of them, as `cosigned/<size>`.

use std::cell::RefCell;

use super::super::{
    parts::Parts,
    publish::{self, Published},
    read::wait,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{NoteSignature, SignedNote, VerifierKey},
};

/// Notes that are looked into for what a witness saw last: it only saves a request.
const REMEMBERED: usize = 8;
/// How often an object may be replaced by others while one replaces it.
const REPLACED: usize = 8;

pub(super) fn name(parts: &Parts, size: u64) -> String {
    parts.name(&format!("cosigned/{size}"))
}

/// Sizes of the checkpoints of which cosignatures are kept, newest first.
pub(in crate::audit_log) fn sizes(parts: &Parts) -> Result<Vec<u64>> {
    let names = wait(parts.blobs.list(&parts.name("cosigned")))?;
    let mut sizes: Vec<u64> = names.iter().filter_map(|name| name.rsplit('/').next()?.parse().ok()).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    Ok(sizes)
}

/// The checkpoint of a size with its cosignatures.
pub(in crate::audit_log) fn cosigned(parts: &Parts, size: u64) -> Result<Option<Published>> {
    match wait(parts.blobs.get(&name(parts, size)))? {
        Some((note, _)) => publish::opened(parts, note).map(Some),
        None => Ok(None),
    }
}

/// The last cosigned checkpoints, newest first.
pub(super) fn notes(parts: &Parts) -> Result<Vec<(u64, SignedNote)>> {
    let mut notes = Vec::new();
    for size in sizes(parts)?.into_iter().take(REMEMBERED) {
        if let Some((note, _)) = wait(parts.blobs.get(&name(parts, size)))?
            && let Ok(note) = SignedNote::parse(&note)
        {
            notes.push((size, note));
        }
    }
    Ok(notes)
}

/// The size of the last of these notes that a witness cosigned, by its verified signature; 0 when there is none.
pub(super) fn last_of(notes: &[(u64, SignedNote)], key: &VerifierKey) -> u64 {
    let is_by = |note: &SignedNote| {
        let mut own = note.signatures.iter().filter(|signature| signature.is_of(key));
        own.any(|signature| key.verify(&note.text, &signature.signature).is_ok())
    };
    notes.iter().find(|(_, note)| is_by(note)).map_or(0, |(size, _)| *size)
}

/// Adds cosignatures to those that are kept of a checkpoint; returns all, and the names of the keys that are new.
pub(super) fn keep(parts: &Parts, published: Published, signatures: &[NoteSignature]) -> Result<(Published, Vec<String>)> {
    let plain = SignedNote::parse(&published.note)?;
    let new = RefCell::new(Vec::new());
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
pub(in crate::audit_log) fn put(
    parts: &Parts,
    path: &str,
    with: &dyn Fn(Option<&[u8]>) -> Result<Option<Vec<u8>>>,
) -> Result<Option<Vec<u8>>> {
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
