//! The commit point: one immutable file for each version of the index.
//!
//! Lance commits one dataset at a time. `versions/<n>.json` says which versions of which datasets belong together, and
//! readers know nothing but these files. A writer first puts `<n>.prepared.json` when everything the version names is
//! durable, then `<n>.json` once the outcome is on record. What was prepared and has its outcome is published by whoever
//! next holds the index lock; anything else is taken back.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Error, ErrorKind, Result, store::Blobs};

/// One version of the index, as published.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IndexVersion {
    /// Counts from 1.
    pub n: u64,
    /// What made it: `ingest`, `delete`, `rebuild`, `relabel`.
    pub operation: String,
    /// The entry on record that announced it.
    pub intent: Uuid,
    /// When it was prepared.
    pub created: Timestamp,
    /// The datasets that belong together.
    pub datasets: DatasetVersions,
    /// Ids of documents that it added or changed, with their versions.
    pub added: Vec<(Uuid, u32)>,
    /// Ids of documents that it removed or replaced, with the versions that are gone.
    pub removed: Vec<(Uuid, u32)>,
    /// Documents that the work in progress still has before it; also after it was interrupted, until it is taken up again.
    #[serde(default)]
    pub pending: u32,
    /// Labels that those documents will have: they count for callers who will see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending_labels: Vec<String>,
    /// Ids of documents whose labels it changed and nothing else, with their versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relabelled: Vec<(Uuid, u32)>,
    /// What the rows were made with.
    pub made_with: MadeWith,
}

/// The datasets of one version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DatasetVersions {
    /// Documents.
    pub catalog: DatasetVersion,
    /// Chunks with their sentences; absent while no document has text.
    pub chunks: Option<DatasetVersion>,
}

/// A Lance dataset at one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DatasetVersion {
    /// Relative to the corpus.
    pub path: String,
    /// Lance's own number.
    pub version: u64,
}

/// What the rows of a version were made with: a corpus whose rows were made otherwise needs `beleg rebuild`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MadeWith {
    /// The version of the extractors.
    pub extractor: String,
    /// The version of the text analysis.
    pub analysis: String,
    /// [`crate::index::chunks::VERSION`]; 1 where it is not said.
    #[serde(default = "first")]
    pub rows: u32,
    /// How documents were cut.
    pub chunking: serde_json::Value,
    /// What people call the embedding model.
    pub model: String,
    /// [`crate::embed::EmbeddingModel::identity`].
    pub model_identity: String,
    /// Length of its vectors.
    pub dimensions: u32,
}

fn first() -> u32 {
    1
}

fn published(n: u64) -> String {
    format!("versions/{n}.json")
}

fn prepared(n: u64) -> String {
    format!("versions/{n}.prepared.json")
}

/// The newest published version, if it is newer than `after`.
pub async fn newest(blobs: &dyn Blobs, after: Option<&IndexVersion>) -> Result<Option<IndexVersion>> {
    Ok(since(blobs, after.map(|version| version.n)).await?.pop())
}

/// What was published after the version `after`, oldest first: all of it, unless some of it is no longer kept; the newest in any
/// case.
pub async fn since(blobs: &dyn Blobs, after: Option<u64>) -> Result<Vec<IndexVersion>> {
    loop {
        let mut found = Vec::new();
        let mut n = match after {
            Some(n) if !is_behind(blobs, n).await? => return Ok(found),
            Some(n) if is_published(blobs, n + 1).await? => n + 1,
            // The next one is no longer kept, or none is known.
            _ => match numbers(blobs).await?.last() {
                Some(last) if Some(*last) > after => *last,
                _ => return Ok(found),
            },
        };
        while let Some(version) = read(blobs, n).await? {
            found.push(version);
            n += 1;
        }
        // Where versions were dropped meanwhile, the row may have ended too soon.
        if let Some(last) = found.last()
            && is_published(blobs, last.n).await?
        {
            return Ok(found);
        }
    }
}

/// Whether there is a newer version than `n`, which was published.
pub async fn is_behind(blobs: &dyn Blobs, n: u64) -> Result<bool> {
    // Versions are dropped oldest first: while `n` is there, a missing one behind it was never published.
    Ok(is_published(blobs, n + 1).await? || !is_published(blobs, n).await?)
}

/// Numbers of all published versions that are kept, ascending.
pub async fn numbers(blobs: &dyn Blobs) -> Result<Vec<u64>> {
    let names = blobs.list("versions").await?;
    let mut numbers: Vec<u64> =
        names.iter().filter_map(|name| name.strip_prefix("versions/")?.strip_suffix(".json")?.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The published version `n`.
pub async fn read(blobs: &dyn Blobs, n: u64) -> Result<Option<IndexVersion>> {
    decode(blobs, &published(n)).await
}

/// Whether the version `n` is published.
pub async fn is_published(blobs: &dyn Blobs, n: u64) -> Result<bool> {
    Ok(blobs.length(&published(n)).await?.is_some())
}

/// The version `n` that was prepared and perhaps not published.
pub async fn read_prepared(blobs: &dyn Blobs, n: u64) -> Result<Option<IndexVersion>> {
    decode(blobs, &prepared(n)).await
}

async fn decode(blobs: &dyn Blobs, name: &str) -> Result<Option<IndexVersion>> {
    let Some((bytes, _)) = blobs.get(name).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "corpus.version_damaged", "a version file of the corpus cannot be read")
            .with("file", name)
            .with_source(error)
            .with_hint("restore the file from a backup")
    })
}

/// Puts what is about to be published beside the published versions.
pub async fn prepare(blobs: &dyn Blobs, version: &IndexVersion) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(version)
        .map_err(|error| Error::new(ErrorKind::Internal, "corpus.version", error.to_string()))?;
    // A leftover of this number is of a writer that died and was taken back: it must not be mistaken for ours.
    blobs.delete(&prepared(version.n)).await?;
    put(blobs, &prepared(version.n), &bytes).await
}

/// Publishes what was prepared: from here on every reader sees it.
pub async fn publish(blobs: &dyn Blobs, version: &IndexVersion) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(version)
        .map_err(|error| Error::new(ErrorKind::Internal, "corpus.version", error.to_string()))?;
    put(blobs, &published(version.n), &bytes).await?;
    blobs.delete(&prepared(version.n)).await?;
    Ok(())
}

/// Drops what was prepared and will not be published.
pub async fn discard(blobs: &dyn Blobs, n: u64) -> Result<bool> {
    blobs.delete(&prepared(n)).await
}

/// Forgets a published version that is no longer kept. The oldest goes first: readers count on it.
pub async fn forget(blobs: &dyn Blobs, n: u64) -> Result<bool> {
    blobs.delete(&published(n)).await
}

async fn put(blobs: &dyn Blobs, name: &str, bytes: &[u8]) -> Result<()> {
    if blobs.put_if_absent(name, bytes).await? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Corrupt, "corpus.version_exists", "another writer published a version of its own")
        .with("file", name)
        .with_hint("the folder does not keep locks: put the corpus on a local disk"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryBlobs;

    fn version(n: u64) -> IndexVersion {
        let made_with = MadeWith {
            extractor: String::new(),
            analysis: String::new(),
            rows: 1,
            chunking: serde_json::Value::Null,
            model: String::new(),
            model_identity: String::new(),
            dimensions: 1,
        };
        IndexVersion {
            n,
            operation: "ingest".into(),
            intent: Uuid::nil(),
            created: Timestamp::UNIX_EPOCH,
            datasets: DatasetVersions { catalog: DatasetVersion { path: "catalog".into(), version: n }, chunks: None },
            added: Vec::new(),
            removed: Vec::new(),
            relabelled: Vec::new(),
            pending: 0,
            pending_labels: Vec::new(),
            made_with,
        }
    }

    async fn since_numbers(blobs: &dyn Blobs, after: Option<u64>) -> Vec<u64> {
        since(blobs, after).await.unwrap().iter().map(|version| version.n).collect()
    }

    #[tokio::test]
    async fn a_reader_gets_all_that_is_new_to_it_and_the_newest_when_some_of_it_is_no_longer_kept() {
        let blobs = MemoryBlobs::default();
        assert_eq!(since_numbers(&blobs, None).await, [0; 0]);
        for n in 1..=5 {
            publish(&blobs, &version(n)).await.unwrap();
        }
        prepare(&blobs, &version(6)).await.unwrap();
        assert_eq!(since_numbers(&blobs, None).await, [5]);
        assert_eq!(since_numbers(&blobs, Some(2)).await, [3, 4, 5]);
        assert_eq!(since_numbers(&blobs, Some(5)).await, [0; 0]);
        assert!(is_behind(&blobs, 4).await.unwrap() && !is_behind(&blobs, 5).await.unwrap());
        for n in 1..=3 {
            forget(&blobs, n).await.unwrap();
        }
        assert_eq!(since_numbers(&blobs, Some(2)).await, [5], "3 is gone");
        assert_eq!(since_numbers(&blobs, Some(3)).await, [4, 5], "it is gone itself");
        assert!(is_behind(&blobs, 1).await.unwrap());
        assert_eq!(newest(&blobs, Some(&version(1))).await.unwrap().unwrap().n, 5);
    }
}
