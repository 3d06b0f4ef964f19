//! All epochs of a corpus: what lies in those before is read, proved and erased like what lies in the newest one.

use super::{
    AuditLog,
    inspect::blocking,
    publish::{self, published},
    read::{self, Search, wait},
};
use crate::{Error, ErrorKind, Result, store::Blobs};

/// The epochs that there are, ascending; none for a corpus without a log.
pub(super) fn all(blobs: &dyn Blobs) -> Result<Vec<u32>> {
    let names = wait(blobs.list("audit"))?;
    let mut epochs: Vec<u32> = names.iter().filter_map(|name| name.split('/').nth(1)?.parse().ok()).collect();
    epochs.sort_unstable();
    epochs.dedup();
    Ok(epochs)
}

/// An entry with its place among all epochs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedEntry {
    /// The epoch.
    pub epoch: u32,
    /// Its place in it.
    pub index: u64,
    /// What is hashed.
    pub bytes: Vec<u8>,
}

/// What is shown an entry: the log of its epoch, its place, its bytes.
pub(super) type Wanted<'a, T> = dyn FnMut(&AuditLog, u64, &[u8]) -> Result<Search<T>> + 'a;

impl AuditLog {
    /// The epochs that there are, up to this one, ascending. Reads a listing of the log the first time.
    pub fn epochs(&self) -> Result<Vec<u32>> {
        let parts = self.parts();
        if let Some(known) = parts.epochs.get() {
            return Ok(known.clone());
        }
        let mut epochs = all(parts.blobs.as_ref())?;
        epochs.retain(|epoch| *epoch < parts.epoch);
        epochs.push(parts.epoch);
        Ok(parts.epochs.get_or_init(|| epochs).clone())
    }

    /// The log in an epoch before, or in this one. One before is read, proved and verified, its payloads are removed, and it takes no
    /// entries. After a copy it has the origin of what was copied.
    ///
    /// # Errors
    /// `audit.no_epoch`.
    pub fn in_epoch(&self, epoch: u32) -> Result<Self> {
        let parts = self.parts();
        if epoch == parts.epoch {
            return Ok(self.clone());
        }
        let epochs = self.epochs()?;
        if !epochs.contains(&epoch) {
            return Err(Error::new(ErrorKind::NotFound, "audit.no_epoch", "the log has no such epoch")
                .with("epoch", epoch.to_string())
                .with("epochs", epochs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")));
        }
        Ok(Self::of(parts.in_past(epoch)?))
    }

    /// Entries go into the newest epoch alone.
    pub(super) fn check_newest(&self) -> Result<()> {
        if !self.parts().is_past {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Conflict, "audit.past_epoch", "a later epoch goes on after this one: it takes no entries")
            .with("epoch", self.epoch().to_string()))
    }

    /// The last `n` entries of all epochs in order, those included that no checkpoint covers yet.
    pub async fn latest(&self, n: u64) -> Result<Vec<PlacedEntry>> {
        let mut latest: Vec<PlacedEntry> = Vec::new();
        for epoch in self.epochs()?.into_iter().rev() {
            let left = n.saturating_sub(latest.len() as u64);
            if left == 0 {
                break;
            }
            let (first, entries) = self.in_epoch(epoch)?.last_entries(None, left).await?;
            let placed = (first..).zip(entries).map(|(index, bytes)| PlacedEntry { epoch, index, bytes });
            latest.splice(0..0, placed);
        }
        Ok(latest)
    }

    /// Finds the last entry that `wanted` accepts, from the end of the newest epoch to the beginning of the first. See [`read::find_last`].
    pub(super) fn find_last<T>(
        &self,
        needle: &str,
        since: Option<jiff::Timestamp>,
        wanted: &mut Wanted<'_, T>,
    ) -> Result<Option<T>> {
        for epoch in self.epochs()?.into_iter().rev() {
            let log = self.in_epoch(epoch)?;
            let sequencer = log.parts().sequencer();
            let found =
                read::find_last(log.parts(), sequencer.as_ref(), needle, since, &mut |index, entry| wanted(&log, index, entry))?;
            match found {
                Search::Found(found) => return Ok(Some(found)),
                Search::Over => return Ok(None),
                Search::Further => {}
            }
        }
        Ok(None)
    }

    /// Removes what is sealed beside entries, in ascending order, of an epoch before; returns beside how many something was left. Nothing is written when
    /// nothing is: it may lie where nothing can be.
    pub(super) async fn remove_past_payloads(&self, indices: Vec<u64>) -> Result<u64> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let sequencer = parts.sequencer();
            let size = published(parts)?.map_or(0, |published| published.checkpoint.size);
            let mut sealed = Vec::new();
            for index in indices.iter().take_while(|index| **index < size) {
                // Of the vault alone: bundles may be missing in an epoch that could not go on.
                if read::sealed(parts, *index)?.is_some_and(|left| !left.is_empty()) {
                    sealed.push(*index);
                }
            }
            sequencer.read(size, &mut |index, _, left| {
                if !left.is_empty() && indices.binary_search(&index).is_ok() {
                    sealed.push(index);
                }
                Ok(())
            })?;
            if sealed.is_empty() {
                return Ok(0);
            }
            let covered = &sealed[..sealed.partition_point(|index| *index < size)];
            if !covered.is_empty() {
                publish::remove_sealed(parts, covered)?;
            }
            // What is published may lie in the write-ahead file as well, and the rest lies there alone.
            sequencer.release(publish::settled_size(parts)?)?;
            sequencer.strip(&sealed)?;
            Ok(sealed.len() as u64)
        })
        .await
    }
}
