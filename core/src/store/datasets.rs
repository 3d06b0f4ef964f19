use std::{collections::BTreeSet, path::Path, sync::Arc};

use arrow_array::RecordBatch;
use lance::{
    Dataset,
    dataset::{
        CommitBuilder, InsertBuilder, ReadParams, WriteMode, WriteParams,
        builder::DatasetBuilder,
        cleanup::CleanupPolicy,
        transaction::{Operation, TransactionBuilder},
    },
    session::Session,
};
use lance_io::object_store::{ObjectStoreParams, ObjectStoreRegistry, WrappingObjectStore};
use object_store::{ObjectStore, list::PaginatedListStore, local::LocalFileSystem};

use crate::{Error, ErrorKind, Result};

/// Opens Lance datasets below a root so that a version that Lance acknowledges is durable.
#[derive(Clone)]
pub struct Datasets {
    /// `file-object-store:///…`: the scheme whose writes all go through [`object_store`], where [`Synced`] catches them.
    root: String,
    session: Arc<Session>,
}

/// Memory for what Lance keeps of indices and metadata, for all datasets of an engine together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSizes {
    /// Bytes of postings.
    pub index_bytes: usize,
    /// Bytes of manifests and file metadata.
    pub metadata_bytes: usize,
}

impl Default for CacheSizes {
    fn default() -> Self {
        Self { index_bytes: 64 << 20, metadata_bytes: 32 << 20 }
    }
}

/// A session for [`Datasets`], shared by all corpora of an engine.
pub fn session(sizes: CacheSizes) -> Arc<Session> {
    Arc::new(Session::new(sizes.index_bytes, sizes.metadata_bytes, Arc::new(ObjectStoreRegistry::default())))
}

/// Rows in files of their own that no version of a dataset names yet: nobody sees them, and dropped they are litter that the
/// next clean-up removes.
#[derive(Default)]
pub struct StagedRows(Vec<Operation>);

impl StagedRows {
    /// Takes the rows of `other` behind its own.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Datasets {
    /// Below a folder of a local disk, which must be absolute.
    pub fn local(root: &Path, session: Arc<Session>) -> Result<Self> {
        let unusable = || {
            Error::new(ErrorKind::InvalidInput, "store.path", "the corpus path is not valid Unicode")
                .with("path", root.display().to_string())
        };
        let url = url_path(root.to_str().ok_or_else(unusable)?);
        Ok(Self { root: format!("file-object-store://{url}"), session })
    }

    fn uri(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    fn store_params(&self) -> ObjectStoreParams {
        ObjectStoreParams { object_store_wrapper: Some(Arc::new(Synced)), ..ObjectStoreParams::default() }
    }

    /// Opens the dataset `name` at `version`.
    pub async fn open(&self, name: &str, version: u64) -> Result<Arc<Dataset>> {
        let params =
            ReadParams { session: Some(self.session.clone()), store_options: Some(self.store_params()), ..ReadParams::default() };
        let dataset = DatasetBuilder::from_uri(self.uri(name)).with_read_params(params).with_version(version).load().await;
        dataset.map(Arc::new).map_err(|error| lance_error(error, "open a dataset").with("dataset", name))
    }

    /// The newest version that Lance knows of the dataset `name`, published or not; `None` when there is no dataset.
    pub async fn latest(&self, name: &str) -> Result<Option<Dataset>> {
        let params =
            ReadParams { session: Some(self.session.clone()), store_options: Some(self.store_params()), ..ReadParams::default() };
        match DatasetBuilder::from_uri(self.uri(name)).with_read_params(params).load().await {
            Ok(dataset) => Ok(Some(dataset)),
            Err(lance::Error::DatasetNotFound { .. }) => Ok(None),
            Err(error) => Err(lance_error(error, "open a dataset").with("dataset", name)),
        }
    }

    /// Creates the dataset `name` with its first rows.
    pub async fn create(&self, name: &str, batch: RecordBatch) -> Result<Dataset> {
        // What lies there already was never published.
        let params = self.write_params(WriteMode::Overwrite);
        let uri = self.uri(name);
        let created = InsertBuilder::new(uri.as_str()).with_params(&params).execute(vec![batch]).await;
        created.map_err(|error| lance_error(error, "create a dataset").with("dataset", name))
    }

    /// Writes rows durably that are to be appended later. `onto` is the dataset `name` when there is one; its first rows may be
    /// staged before it is created.
    pub async fn stage(&self, name: &str, onto: Option<&Dataset>, batch: RecordBatch) -> Result<StagedRows> {
        let written = match onto {
            Some(dataset) => {
                let params = self.write_params(WriteMode::Append);
                InsertBuilder::new(Arc::new(dataset.clone())).with_params(&params).execute_uncommitted(vec![batch]).await
            }
            None => {
                let (params, uri) = (self.write_params(WriteMode::Overwrite), self.uri(name));
                InsertBuilder::new(uri.as_str()).with_params(&params).execute_uncommitted(vec![batch]).await
            }
        };
        let written = written.map_err(|error| lance_error(error, "write rows").with("dataset", name))?;
        Ok(StagedRows(vec![written.operation]))
    }

    /// Appends rows as the very next version of `dataset`.
    pub async fn append(&self, dataset: &Dataset, rows: StagedRows) -> Result<Dataset> {
        let mut fragments = Vec::new();
        for operation in rows.0 {
            match operation {
                // Which of the two says only whether there was a dataset when they were written.
                Operation::Append { fragments: own } | Operation::Overwrite { fragments: own, .. } => fragments.extend(own),
                _ => return Err(Error::new(ErrorKind::Internal, "store.staged", "rows were staged in an unknown way")),
            }
        }
        let transaction = TransactionBuilder::new(dataset.version_id(), Operation::Append { fragments }).build();
        let next = CommitBuilder::new(Arc::new(dataset.clone()))
            .with_session(self.session.clone())
            .with_skip_auto_cleanup(true)
            .execute(transaction)
            .await
            .map_err(|error| lance_error(error, "append rows"))?;
        if next.version_id() != dataset.version_id() + 1 {
            return Err(Error::new(ErrorKind::Corrupt, "store.foreign_commit", "somebody else wrote to a dataset of the corpus")
                .with_hint("let nothing but Beleg write to the corpus; then run the command again"));
        }
        Ok(next)
    }

    /// Drops all versions of the dataset `name` but the newest and those of `kept`, and every file that none of them names. Only
    /// for who knows that nobody writes to it: what is being written is named by no version.
    pub async fn clean_up(&self, name: &str, kept: &BTreeSet<u64>) -> Result<()> {
        let failed = |error| lance_error(error, "remove old versions").with("dataset", name);
        let Some(newest) = self.latest(name).await? else { return Ok(()) };
        let all = newest.version_refs().await.map_err(failed)?;
        let old = all.iter().map(|at| at.version).filter(|version| !kept.contains(version)).collect();
        let policy = CleanupPolicy {
            versions: Some(old),
            delete_unverified: true,
            error_if_tagged_old_versions: false,
            ..CleanupPolicy::default()
        };
        newest.cleanup_with_policy(policy).await.map(drop).map_err(failed)
    }

    fn write_params(&self, mode: WriteMode) -> WriteParams {
        WriteParams {
            mode,
            store_params: Some(self.store_params()),
            session: Some(self.session.clone()),
            skip_auto_cleanup: true,
            ..WriteParams::default()
        }
    }
}

/// Percent-encodes what a URL's path may not hold.
fn url_path(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// Replaces Lance's own local store by one that syncs each file and its folder before it acknowledges: by default
/// neither Lance nor `object_store` does.
#[derive(Debug)]
struct Synced;

impl WrappingObjectStore for Synced {
    fn wrap(&self, _prefix: &str, _original: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        Arc::new(LocalFileSystem::new().with_fsync(true))
    }

    fn wrap_paginated(&self, _prefix: &str, _original: Arc<dyn PaginatedListStore>) -> Option<Arc<dyn PaginatedListStore>> {
        None
    }
}

/// What Lance reports, as an error of ours.
pub(crate) fn lance_error(error: lance::Error, doing: &str) -> Error {
    let text = error.to_string();
    let (kind, code, hint) = if text.contains("No space left") || text.contains("os error 28") {
        (ErrorKind::Environment, "io.disk_full", "free some space and run the command again: it continues where it stopped")
    } else if text.contains("Permission denied") || text.contains("Read-only file system") {
        (ErrorKind::Environment, "io.permission", "check the rights of the corpus folder")
    } else if matches!(
        error,
        lance::Error::NotFound { .. } | lance::Error::DatasetNotFound { .. } | lance::Error::CorruptFile { .. }
    ) || ["No such file or directory", "os error 2)", "Not found:", "not found: "]
        .iter()
        .any(|missing| text.contains(missing))
    {
        (ErrorKind::Corrupt, "store.damaged", "restore the corpus from a backup, or run `beleg rebuild`")
    } else {
        (ErrorKind::Internal, "store.lance", "run the command again; if it fails again, please report it")
    };
    Error::new(kind, code, format!("cannot {doing} of the corpus")).with_source(error).with_hint(hint)
}
