use std::{any::Any, ops::Range, time::Duration};

use async_trait::async_trait;

use crate::{Error, ErrorKind, Result};

/// Identifies the content of an object at one moment, for [`Blobs::put_if_match`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Etag(pub String);

/// Whole objects under names: `documents/ab/abcd…`, `versions/7.json`.
///
/// Names are relative, use `/`, and have no empty, `.` or `..` component. What `put_*` acknowledges is durable, and a
/// reader sees an object whole or not at all. There is no rename, no append and no overwriting without a condition, so that
/// an object store can stand behind it.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// The object's bytes and what identifies them; `None` when there is no such object.
    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Etag)>>;

    /// The bytes `range` of an object, cut at its end; `None` when there is no such object.
    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>>;

    /// The object's length in bytes; `None` when there is no such object.
    async fn length(&self, name: &str) -> Result<Option<u64>>;

    /// Creates an object; `false` when one of that name exists, which then stays as it is.
    async fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<bool>;

    /// Creates many objects, durable together when it returns; those that exist stay as they are. None may be missing because
    /// another one exists.
    async fn put_all_if_absent(&self, objects: Vec<(String, Vec<u8>)>) -> Result<()> {
        for (name, bytes) in objects {
            self.put_if_absent(&name, &bytes).await?;
        }
        Ok(())
    }

    /// Replaces an object whose content is still `expected`; `None` when it is another one by now.
    async fn put_if_match(&self, name: &str, bytes: &[u8], expected: &Etag) -> Result<Option<Etag>>;

    /// Names that begin with `prefix` (a whole path component), in ascending byte order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>>;

    /// Removes an object; `false` when there was none.
    async fn delete(&self, name: &str) -> Result<bool>;

    /// Removes all objects below `prefix`, a whole path component. Some of them may stay when it fails.
    async fn delete_below(&self, prefix: &str) -> Result<()> {
        for name in self.list(prefix).await? {
            self.delete(&name).await?;
        }
        Ok(())
    }

    /// Takes the lock `name`, waiting for it at most `wait`. It is free again when the guard is dropped or its process dies.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] names who holds it.
    async fn lock(&self, name: &str, holder: &LockHolder, wait: Duration) -> Result<Lock>;
}

/// Who holds a lock, as shown to those who wait.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LockHolder {
    /// What the lock is held for: `ingest`, `rebuild`.
    pub operation: String,
    /// The process.
    pub pid: u32,
    /// When it was taken.
    pub since: jiff::Timestamp,
}

/// Holds a lock until it is dropped.
pub struct Lock(#[allow(dead_code)] Box<dyn Any + Send + Sync>);

impl Lock {
    /// A lock that is free again when `guard` is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

/// The error of those who waited long enough.
pub(super) fn busy(name: &str, holder: Option<LockHolder>) -> Error {
    let error = Error::new(ErrorKind::Busy, "store.locked", "another process is writing to this corpus").with("lock", name);
    match holder {
        Some(holder) => error
            .with("operation", holder.operation)
            .with("pid", holder.pid.to_string())
            .with("since", holder.since.to_string())
            .with_hint("wait until it is done, or stop that process: nothing that it acknowledged is lost"),
        None => error.with_hint("try again in a moment"),
    }
}

/// Refuses names that could leave the store or mean another object elsewhere.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fine = !name.is_empty()
        && name.len() <= 1024
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !name.contains(['\\', '\0', ':']);
    if fine { Ok(()) } else { Err(Error::new(ErrorKind::Internal, "store.bad_name", "an object's name is not well-formed")) }
}

/// Between two tries for a lock. Outside of a runtime it blocks: whoever calls from a thread of its own may.
pub(super) async fn pause() {
    const PAUSE: Duration = Duration::from_millis(50);
    #[cfg(feature = "audit-log")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return tokio::time::sleep(PAUSE).await;
    }
    std::thread::sleep(PAUSE);
}
