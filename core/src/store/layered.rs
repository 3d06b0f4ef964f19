use std::{collections::BTreeSet, ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{Blobs, Etag, Lock, LockHolder};
use crate::{Error, ErrorKind, Result};

/// Objects over others that lie where nothing can be written: all of them are read, and what is new goes above. An object from below is
/// never replaced or removed.
pub struct LayeredBlobs {
    above: Arc<dyn Blobs>,
    below: Arc<dyn Blobs>,
}

impl LayeredBlobs {
    /// `above` is written; `below` is not.
    pub fn new(above: Arc<dyn Blobs>, below: Arc<dyn Blobs>) -> Self {
        Self { above, below }
    }
}

fn unwritable(name: &str) -> Error {
    Error::new(ErrorKind::Environment, "store.unwritable", "what is to be changed lies where nothing can be written")
        .with("name", name)
        .with_hint("change it where the corpus can be written; keys that are destroyed make it unreadable here as well")
}

#[async_trait]
impl Blobs for LayeredBlobs {
    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Etag)>> {
        match self.above.get(name).await? {
            None => self.below.get(name).await,
            found => Ok(found),
        }
    }

    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        match self.above.get_range(name, range.clone()).await? {
            None => self.below.get_range(name, range).await,
            found => Ok(found),
        }
    }

    async fn length(&self, name: &str) -> Result<Option<u64>> {
        match self.above.length(name).await? {
            None => self.below.length(name).await,
            found => Ok(found),
        }
    }

    async fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        Ok(self.below.length(name).await?.is_none() && self.above.put_if_absent(name, bytes).await?)
    }

    async fn put_all_if_absent(&self, objects: Vec<(String, Vec<u8>)>) -> Result<()> {
        let mut new = Vec::with_capacity(objects.len());
        for (name, bytes) in objects {
            if self.below.length(&name).await?.is_none() {
                new.push((name, bytes));
            }
        }
        self.above.put_all_if_absent(new).await
    }

    async fn put_if_match(&self, name: &str, bytes: &[u8], expected: &Etag) -> Result<Option<Etag>> {
        if self.above.length(name).await?.is_none()
            && let Some((_, etag)) = self.below.get(name).await?
        {
            return if etag == *expected { Err(unwritable(name)) } else { Ok(None) };
        }
        self.above.put_if_match(name, bytes, expected).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let below = self.below.list(prefix).await?;
        let names: BTreeSet<String> = self.above.list(prefix).await?.into_iter().chain(below).collect();
        Ok(names.into_iter().collect())
    }

    async fn delete(&self, name: &str) -> Result<bool> {
        let is_gone = self.above.delete(name).await?;
        if self.below.length(name).await?.is_some() { Err(unwritable(name)) } else { Ok(is_gone) }
    }

    async fn delete_below(&self, prefix: &str) -> Result<()> {
        self.above.delete_below(prefix).await?;
        match self.below.list(prefix).await?.first() {
            Some(name) => Err(unwritable(name)),
            None => Ok(()),
        }
    }

    async fn lock(&self, name: &str, holder: &LockHolder, wait: Duration) -> Result<Lock> {
        self.above.lock(name, holder, wait).await
    }
}

#[cfg(all(test, feature = "testing", feature = "audit-log"))]
mod tests {
    use super::*;
    use crate::{store::MemoryBlobs, testing::blobs_conform};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_lies_above_keeps_the_promises_of_all_storage() {
        let empty = || Arc::new(MemoryBlobs::default());
        blobs_conform(|| Arc::new(LayeredBlobs::new(empty(), empty()))).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_lies_below_is_read_and_never_changed() {
        let (above, below) = (Arc::new(MemoryBlobs::default()), Arc::new(MemoryBlobs::default()));
        below.put_if_absent("a/old", b"old").await.unwrap();
        below.put_if_absent("a/both", b"below").await.unwrap();
        above.put_if_absent("a/both", b"above").await.unwrap();
        let blobs = LayeredBlobs::new(above.clone(), below.clone());
        let (bytes, etag) = blobs.get("a/old").await.unwrap().unwrap();
        assert_eq!((bytes.as_slice(), blobs.length("a/old").await.unwrap()), (&b"old"[..], Some(3)));
        assert_eq!(blobs.get_range("a/old", 1..9).await.unwrap().unwrap(), b"ld");
        assert_eq!(blobs.get("a/both").await.unwrap().unwrap().0, b"above");
        assert!(!blobs.put_if_absent("a/old", b"new").await.unwrap());
        let objects = vec![("a/old".to_owned(), b"new".to_vec()), ("a/new".to_owned(), b"new".to_vec())];
        blobs.put_all_if_absent(objects).await.unwrap();
        assert_eq!(blobs.list("a").await.unwrap(), ["a/both", "a/new", "a/old"]);
        assert_eq!(blobs.put_if_match("a/old", b"new", &etag).await.unwrap_err().code(), "store.unwritable");
        assert_eq!(blobs.put_if_match("a/old", b"new", &Etag("other".to_owned())).await.unwrap(), None);
        assert_eq!(blobs.put_if_match("a/none", b"new", &etag).await.unwrap(), None);
        assert_eq!(blobs.delete("a/old").await.unwrap_err().code(), "store.unwritable");
        assert!(blobs.delete("a/new").await.unwrap() && !blobs.delete("a/none").await.unwrap());
        assert_eq!(blobs.delete_below("a").await.unwrap_err().code(), "store.unwritable");
        assert_eq!((above.list("a").await.unwrap().len(), below.list("a").await.unwrap().len()), (0, 2));
    }
}
