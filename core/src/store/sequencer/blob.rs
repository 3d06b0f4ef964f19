use std::sync::{Arc, Mutex, PoisonError};

use super::{Appended, Sequencer, Visitor, released};
use crate::{Error, ErrorKind, Result, store::Blobs};

/// A sequencer with nothing but conditional puts: a batch is an object that is named after its first index, and whoever creates
/// it owns that place.
pub struct BlobSequencer {
    blobs: Arc<dyn Blobs>,
    prefix: String,
    released: Mutex<u64>,
}

impl BlobSequencer {
    /// Batches go below `prefix`.
    pub fn new(blobs: Arc<dyn Blobs>, prefix: impl Into<String>) -> Self {
        Self { blobs, prefix: prefix.into(), released: Mutex::new(0) }
    }

    fn name(&self, first: u64) -> String {
        format!("{}/{first:020}", self.prefix)
    }

    /// First indices of all batches, ascending.
    fn batches(&self) -> Result<Vec<u64>> {
        let names = wait(self.blobs.list(&self.prefix))?;
        Ok(names.iter().filter_map(|name| name.rsplit('/').next()?.parse().ok()).collect())
    }

    fn batch(&self, first: u64) -> Result<Option<Vec<Appended>>> {
        wait(self.blobs.get(&self.name(first)))?.map(|(bytes, _)| decode(&bytes)).transpose()
    }
}

impl Sequencer for BlobSequencer {
    fn append_batch(&self, batch: &[Appended]) -> Result<u64> {
        let bytes = encode(batch);
        loop {
            let size = self.size()?;
            // A batch of none only marks where the log begins: it would be in the way of the next one.
            if batch.is_empty() || wait(self.blobs.put_if_absent(&self.name(size), &bytes))? {
                return Ok(size);
            }
        }
    }

    fn size(&self) -> Result<u64> {
        loop {
            let Some(last) = self.batches()?.pop() else { return Ok(0) };
            // One that is gone was released meanwhile: there is a later one.
            if let Some(batch) = self.batch(last)? {
                return Ok(last + batch.len() as u64);
            }
        }
    }

    fn read(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()> {
        let batches = self.batches()?;
        if batches.first().is_some_and(|first| *first > from) {
            return Err(released(from));
        }
        for (place, first) in batches.iter().enumerate() {
            if batches.get(place + 1).is_some_and(|next| *next <= from) {
                continue;
            }
            let batch = self.batch(*first)?.ok_or_else(|| released(from))?;
            for (index, item) in (*first..).zip(&batch).filter(|(index, _)| *index >= from) {
                visit(index, &item.entry, &item.sealed)?;
            }
        }
        Ok(())
    }

    fn release(&self, size: u64) -> Result<()> {
        let batches = self.batches()?;
        // The last one stays: it says how many there are.
        for pair in batches.windows(2) {
            if pair[1] <= size {
                wait(self.blobs.delete(&self.name(pair[0])))?;
            }
        }
        *self.released.lock().unwrap_or_else(PoisonError::into_inner) = size;
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        let released = *self.released.lock().unwrap_or_else(PoisonError::into_inner);
        self.release(released)?;
        // The last one keeps its places and loses what is beside them.
        let Some(first) = self.batches()?.pop() else { return Ok(()) };
        let Some((bytes, etag)) = wait(self.blobs.get(&self.name(first)))? else { return Ok(()) };
        let mut batch = decode(&bytes)?;
        if first + batch.len() as u64 <= released {
            batch.iter_mut().for_each(|item| item.sealed.clear());
            wait(self.blobs.put_if_match(&self.name(first), &encode(&batch), &etag))?;
        }
        Ok(())
    }

    fn strip(&self, entries: &[u64]) -> Result<()> {
        for first in self.batches()? {
            // A batch never changes but here: whoever was faster is tried again.
            while let Some((bytes, etag)) = wait(self.blobs.get(&self.name(first)))? {
                let mut batch = decode(&bytes)?;
                let mut has_changed = false;
                for (index, item) in (first..).zip(&mut batch) {
                    if !item.sealed.is_empty() && entries.binary_search(&index).is_ok() {
                        item.sealed.clear();
                        has_changed = true;
                    }
                }
                if !has_changed || wait(self.blobs.put_if_match(&self.name(first), &encode(&batch), &etag))?.is_some() {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

fn encode(batch: &[Appended]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in batch.iter().flat_map(|item| [&item.entry, &item.sealed]) {
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Result<Vec<Appended>> {
    let damaged = || Error::new(ErrorKind::Corrupt, "audit.batch_damaged", "a batch of the audit log cannot be read");
    let mut part = || -> Result<(Vec<u8>, bool)> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
        bytes = rest;
        Ok((part.to_vec(), rest.is_empty()))
    };
    let mut batch = Vec::new();
    loop {
        let (entry, _) = part()?;
        let (sealed, is_last) = part()?;
        batch.push(Appended { entry, sealed });
        if is_last {
            return Ok(batch);
        }
    }
}
