//! What is no longer kept goes: old versions of the index, and what nobody names any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
};

use jiff::SignedDuration;

use super::{Corpus, write::Writer};
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
        let corpus = self.corpus();
        let kept = corpus.forget_old_versions().await?;
        let mut named: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        let datasets = kept.iter().flat_map(|version| [Some(&version.datasets.catalog), version.datasets.chunks.as_ref()]);
        for dataset in datasets.flatten() {
            named.entry(&dataset.path).or_default().insert(dataset.version);
        }
        for (path, versions) in &named {
            corpus.0.datasets.clean_up(path, versions).await?;
        }
        corpus.remove_old_indices(|path| named.contains_key(path) || path == self.chunks_path())?;
        corpus.0.blobs.clear_temporary(corpus.engine().0.clock.now() - TEMPORARY)
    }
}

impl Corpus {
    /// Forgets versions that are no longer kept; returns the others, oldest first.
    async fn forget_old_versions(&self) -> Result<Vec<IndexVersion>> {
        let (blobs, keep) = (self.0.blobs.as_ref(), self.engine().options().index.keep);
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

    /// Removes indices that nobody names: those before a rebuild, and of rebuilds that were never published.
    fn remove_old_indices(&self, is_named: impl Fn(&str) -> bool) -> Result<()> {
        let folder = self.folder().join("index");
        let failed = |error| Error::io(error, "remove an old index", &folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with("chunks-")) else { continue };
            if !is_named(&format!("index/{name}")) {
                fs::remove_dir_all(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}
