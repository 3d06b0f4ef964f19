//! Entries around one, for an evidence bundle that shows among which it was chosen.

use super::{
    AuditLog,
    inspect::{blocking, covered, published},
    parts::Parts,
    read,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{self, Leaf, RangeProof, TILE_WIDTH, TileHashes},
};

/// Which entries around one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntriesAround {
    /// All of its epoch that the checkpoint covers.
    Epoch,
    /// Those of the same day in UTC, by the clock of the machine: from the first behind the last of another day before it, to before the first
    /// of another day behind it.
    Day,
    /// Those from one place to before another, which must hold it.
    Places {
        /// The first.
        first: u64,
        /// The one behind the last.
        end: u64,
    },
}

/// Entries of a range of the log, and the proof that they are all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRange {
    /// Over the checkpoint that was asked for.
    pub proof: RangeProof,
    /// As they are hashed, in order.
    pub entries: Vec<Vec<u8>>,
}

impl AuditLog {
    /// The entries around the one at `index` that the checkpoint of `size` entries covers, with their proof. They hold nothing that can be guessed
    /// back: who gets them sees how often what was done, under which pseudonyms.
    ///
    /// # Errors
    /// `audit.range_too_long` when they have more than `most_bytes`; `audit.range` when they do not hold the entry, or the checkpoint does
    /// not cover them; `audit.no_checkpoint`.
    pub async fn entries_around(&self, index: u64, around: EntriesAround, size: u64, most_bytes: u64) -> Result<LoggedRange> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let size = published(parts, Some(size))?.checkpoint.size;
            let outside = || {
                Error::new(ErrorKind::InvalidInput, "audit.range", "the checkpoint does not cover such a range around the entry")
                    .with("index", index.to_string())
                    .with("size", size.to_string())
                    .with_hint("name places before the size of the checkpoint, the first one not behind the entry")
            };
            if index >= size {
                return Err(outside());
            }
            let (first, end) = match around {
                EntriesAround::Epoch => (0, size),
                EntriesAround::Day => day(parts, index, size)?,
                EntriesAround::Places { first, end } => (first, end),
            };
            if !(first..end.min(size)).contains(&index) || end > size {
                return Err(outside());
            }
            let mut entries = Vec::new();
            let mut bytes = 0;
            for number in first / TILE_WIDTH..end.div_ceil(TILE_WIDTH) {
                each(parts, number, size, &mut |at, entry| {
                    if (first..end).contains(&at) {
                        bytes += entry.len() as u64;
                        entries.push(entry.to_vec());
                    }
                    Ok(())
                })?;
                if bytes > most_bytes {
                    return Err(Error::new(ErrorKind::Limit, "audit.range_too_long", "the entries around this one are too many")
                        .with("first", first.to_string())
                        .with("end", end.to_string())
                        .with("most_bytes", most_bytes.to_string())
                        .with_hint("take fewer, by their places, or raise the limit"));
                }
            }
            let mut tiles = |path: &str| read::tile(parts, path);
            let proof = RangeProof::prove(first, end, size, &mut TileHashes::new(covered(parts)?, &mut tiles))?;
            Ok(LoggedRange { proof, entries })
        })
        .await
    }
}

/// Shows the entries of a bundle of a log of `size` entries.
fn each(parts: &Parts, number: u64, size: u64, visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let bundle = read::bundle(parts, number, size)?;
    let first = number * TILE_WIDTH;
    (first..size).zip(audit::decode_bundle(&bundle)?).try_for_each(|(at, entry)| visit(at, entry))
}

/// The range of the entries of the day of the one at `index`. What is no entry of Beleg is of the day around it.
fn day(parts: &Parts, index: u64, size: u64) -> Result<(u64, u64)> {
    let of = |entry: &[u8]| Leaf::parse(entry).ok().and_then(|leaf| leaf.time.get(..10).map(str::to_owned));
    let (own, mut wanted) = (index / TILE_WIDTH, None);
    each(parts, own, size, &mut |at, entry| {
        if at == index {
            wanted = of(entry);
        }
        Ok(())
    })?;
    let Some(wanted) = wanted else { return Ok((index, index + 1)) };
    let is_other = |entry: &[u8]| of(entry).is_some_and(|day| day != wanted);
    let mut first = None;
    for number in (0..=own).rev() {
        each(parts, number, size, &mut |at, entry| {
            if at < index && is_other(entry) {
                first = Some(at + 1);
            }
            Ok(())
        })?;
        if first.is_some() {
            break;
        }
    }
    let mut end = None;
    for number in own..size.div_ceil(TILE_WIDTH) {
        each(parts, number, size, &mut |at, entry| {
            if at > index && end.is_none() && is_other(entry) {
                end = Some(at);
            }
            Ok(())
        })?;
        if end.is_some() {
            break;
        }
    }
    Ok((first.unwrap_or(0), end.unwrap_or(size)))
}
