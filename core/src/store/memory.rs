use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{
    Blobs, Etag, Lock, LockHolder,
    blobs::{busy, check_name},
};
use crate::Result;

/// Objects in memory, with nothing but conditional puts: what a file system would add by itself is missing here, so that
/// no room comes to rely on it.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Arc<[u8]>>,
    locks: BTreeMap<String, LockHolder>,
}

impl MemoryBlobs {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees the lock of a [`MemoryBlobs`].
struct Guard {
    blobs: MemoryBlobs,
    name: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.blobs.state().locks.remove(&self.name);
    }
}

pub(super) fn etag(bytes: &[u8]) -> Etag {
    Etag(crate::hex::hex(&Sha256::digest(bytes)))
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Etag)>> {
        check_name(name)?;
        Ok(self.state().objects.get(name).map(|bytes| (bytes.to_vec(), etag(bytes))))
    }

    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        check_name(name)?;
        Ok(self.state().objects.get(name).map(|bytes| {
            let end = range.end.min(bytes.len() as u64) as usize;
            bytes.get(range.start as usize..end).unwrap_or_default().to_vec()
        }))
    }

    async fn length(&self, name: &str) -> Result<Option<u64>> {
        check_name(name)?;
        Ok(self.state().objects.get(name).map(|bytes| bytes.len() as u64))
    }

    async fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        check_name(name)?;
        let mut state = self.state();
        if state.objects.contains_key(name) {
            return Ok(false);
        }
        state.objects.insert(name.to_owned(), bytes.into());
        Ok(true)
    }

    async fn put_if_match(&self, name: &str, bytes: &[u8], expected: &Etag) -> Result<Option<Etag>> {
        check_name(name)?;
        let mut state = self.state();
        if state.objects.get(name).map(|bytes| etag(bytes)).as_ref() != Some(expected) {
            return Ok(None);
        }
        state.objects.insert(name.to_owned(), bytes.into());
        Ok(Some(etag(bytes)))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        check_name(prefix)?;
        let inside = format!("{prefix}/");
        Ok(self
            .state()
            .objects
            .range(inside.clone()..)
            .take_while(|(name, _)| name.starts_with(&inside))
            .map(|(name, _)| name.clone())
            .collect())
    }

    async fn delete(&self, name: &str) -> Result<bool> {
        check_name(name)?;
        Ok(self.state().objects.remove(name).is_some())
    }

    async fn lock(&self, name: &str, holder: &LockHolder, wait: Duration) -> Result<Lock> {
        check_name(name)?;
        let deadline = Instant::now() + wait;
        loop {
            let held = {
                let mut state = self.state();
                match state.locks.get(name) {
                    Some(other) => other.clone(),
                    None => {
                        state.locks.insert(name.to_owned(), holder.clone());
                        return Ok(Lock::new(Guard { blobs: self.clone(), name: name.to_owned() }));
                    }
                }
            };
            if Instant::now() >= deadline {
                return Err(busy(name, Some(held)));
            }
            super::blobs::pause().await;
        }
    }
}
