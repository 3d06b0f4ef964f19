//! What is no longer kept goes: old versions of the index, and what nobody names any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
};

use jiff::SignedDuration;

use super::{Corpus, KeepVersions, write::Writer};
use crate::{
    Error, Result,
    index::versions::{self, IndexVersion},
};

/// Temporary files are somebody's at work for no longer than this.
const TEMPORARY: SignedDuration = SignedDuration::from_hours(24);

impl Writer {
    /// Drops versions that are no longer kept, and then what no kept version names: rows, indices and files of writers that
    /// died. What cannot be removed now goes the next time, so nothing of this is an error of the work that it comes after.
    pub(super) async fn prune(&self) {
        if let Err(error) = self.try_prune().await {
            tracing::warn!(code = error.code(), "old versions of the index could not be removed: {}", error.message());
        }
    }

    async fn try_prune(&self) -> Result<()> {
        self.prune_to(self.corpus().engine().options().index.keep).await
    }

    /// Drops all versions but the newest, and every file that it does not name. What cannot be removed is an error.
    pub(super) async fn prune_all(&self) -> Result<()> {
        self.prune_to(KeepVersions { count: 1, seconds: 0 }).await
    }

    async fn prune_to(&self, keep: KeepVersions) -> Result<()> {
        let corpus = self.corpus();
        let kept = corpus.forget_old_versions(keep).await?;
        let mut named: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        let datasets = kept.iter().flat_map(|version| [Some(&version.datasets.catalog), version.datasets.chunks.as_ref()]);
        for dataset in datasets.flatten() {
            named.entry(&dataset.path).or_default().insert(dataset.version);
        }
        for (path, versions) in &named {
            corpus.0.datasets.clean_up(path, versions).await?;
        }
        let is_named = |path: &str| named.contains_key(path) || path == self.chunks_path() || path == self.catalog_path();
        corpus.remove_old("index", "chunks-", |name| is_named(&format!("index/{name}")))?;
        corpus.remove_old("", "catalog", is_named)?;
        corpus.0.blobs.clear_temporary(corpus.engine().0.clock.now() - TEMPORARY)
    }
}

impl Corpus {
    /// Forgets versions that are no longer kept; returns the others, oldest first.
    async fn forget_old_versions(&self, keep: KeepVersions) -> Result<Vec<IndexVersion>> {
        let blobs = self.0.blobs.as_ref();
        let since = SignedDuration::try_from(keep.age()).ok().and_then(|age| self.engine().0.clock.now().checked_sub(age).ok());
        let numbers = versions::numbers(blobs).await?;
        let mut kept = Vec::new();
        for (n, newer) in numbers.iter().zip((0..numbers.len() as u64).rev()) {
            let Some(version) = versions::read(blobs, *n).await? else { continue };
            // What is kept has no gaps, whatever the clock did: so whoever is at one of them can go on from it.
            let is_kept = !kept.is_empty() || newer < keep.count.max(1) || since.is_none_or(|since| version.created >= since);
            if is_kept {
                kept.push(version);
            } else {
                versions::forget(blobs, *n).await?;
            }
        }
        Ok(kept)
    }

    /// Removes datasets that nobody names: those before a rebuild or an erasure, and of those that were never published.
    fn remove_old(&self, below: &str, prefix: &str, is_named: impl Fn(&str) -> bool) -> Result<()> {
        let folder = self.folder().join(below);
        let failed = |error| Error::io(error, "remove an old index", &folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else { continue };
            if !is_named(name) {
                fs::remove_dir_all(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}
