//! What a reader holds of the newest published version.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Result,
    index::{IndexMemory, catalog, chunks, vectors::Centring, versions, versions::IndexVersion},
    store::{Blobs, Datasets},
    types::{Coverage, DocumentRecord, DocumentStatus},
};

/// The documents of one version.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// By name.
    pub(super) records: Vec<DocumentRecord>,
    by_key: HashMap<String, usize>,
}

impl Catalog {
    fn new(records: Vec<DocumentRecord>) -> Self {
        let by_key = records.iter().enumerate().map(|(at, r)| (chunks::key(r.document.id, r.document.version), at)).collect();
        Self { records, by_key }
    }

    /// The document version with a key of the index.
    pub(super) fn by_key(&self, key: &str) -> Option<&DocumentRecord> {
        self.by_key.get(key).map(|at| &self.records[*at])
    }

    /// The document of a name.
    pub(super) fn by_name(&self, name: &str) -> Option<&DocumentRecord> {
        self.records.binary_search_by(|record| record.document.name.as_str().cmp(name)).ok().map(|at| &self.records[at])
    }

    /// What lies inside the document of a name: its parts, and theirs.
    pub(super) fn inside(&self, name: &str) -> &[DocumentRecord] {
        let prefix = format!("{name}!/");
        let start = self.records.partition_point(|record| record.document.name < prefix);
        let rest = &self.records[start..];
        &rest[..rest.partition_point(|record| record.document.name.starts_with(&prefix))]
    }

    /// What the documents that `permits` lets through come to.
    pub(super) fn coverage(&self, permits: impl Fn(&DocumentRecord) -> bool, filter: bool) -> Coverage {
        let mut coverage = Coverage { filter, ..Coverage::default() };
        for record in self.records.iter().filter(|record| permits(record)) {
            match record.status {
                DocumentStatus::Failed | DocumentStatus::Encrypted => coverage.failed += 1,
                DocumentStatus::Unsupported => coverage.unsupported += 1,
                DocumentStatus::Ignored => {}
                _ => coverage.documents += 1,
            }
            coverage.pages += record.pages.extracted;
            coverage.unread_pages += record.pages.scanned + record.pages.failed;
        }
        coverage
    }
}

/// The state that all handles of an open corpus share.
#[derive(Default)]
pub(super) struct Snapshot {
    pub(super) version: Option<IndexVersion>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) memory: Option<IndexMemory>,
}

impl Snapshot {
    /// Goes to the newest published version, when there is a newer one.
    pub(super) async fn refresh(
        &mut self,
        blobs: &dyn Blobs,
        datasets: &Datasets,
        dimensions: usize,
        centring: Option<Arc<Centring>>,
    ) -> Result<()> {
        let Some(version) = versions::newest(blobs, self.version.as_ref()).await? else { return Ok(()) };
        let at = &version.datasets.catalog;
        let catalog = Arc::new(Catalog::new(catalog::read(datasets.open(&at.path, at.version).await?.as_ref()).await?));
        let live = |key: &str| catalog.by_key(key).is_some();
        if let Some(at) = &version.datasets.chunks {
            let dataset = datasets.open(&at.path, at.version).await?;
            match &mut self.memory {
                Some(memory) if memory.path() == at.path => memory.advance(dataset, &live).await?,
                _ => self.memory = Some(IndexMemory::load(&at.path, dataset, dimensions, centring, &live).await?),
            }
        }
        self.catalog = catalog;
        self.version = Some(version);
        Ok(())
    }
}
