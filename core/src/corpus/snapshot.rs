//! What a reader holds of the newest published version.

use std::{collections::HashMap, sync::Arc};

use super::Access;
use crate::{
    Error, ErrorKind, Result,
    index::{IndexMemory, catalog, chunks, vectors::Centring, versions, versions::IndexVersion},
    store::{Blobs, Datasets},
    types::{Coverage, DocumentRecord, DocumentStatus},
};

/// The documents of one version.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// By name. A name may stand there more than once: who brought in the second could not see the first.
    pub(super) records: Vec<DocumentRecord>,
    by_key: HashMap<String, usize>,
}

impl Catalog {
    fn new(records: Vec<DocumentRecord>) -> Self {
        let by_key = records.iter().enumerate().map(|(at, r)| (chunks::key(r.document.id, r.document.version), at)).collect();
        Self { records, by_key }
    }

    /// The document version with a key of the index.
    fn by_key(&self, key: &str) -> Option<&DocumentRecord> {
        self.by_key.get(key).map(|at| &self.records[*at])
    }

    /// Those whose names begin with `prefix`.
    fn beginning_with(&self, prefix: &str) -> &[DocumentRecord] {
        let start = self.records.partition_point(|record| record.document.name.as_str() < prefix);
        let rest = &self.records[start..];
        &rest[..rest.partition_point(|record| record.document.name.starts_with(prefix))]
    }
}

/// The documents of a version that there are for a caller.
#[derive(Clone)]
pub(super) struct Visible {
    catalog: Arc<Catalog>,
    access: Access,
    pending: u32,
}

impl Visible {
    /// Whether these are all documents.
    pub(super) fn is_whole(&self) -> bool {
        self.access.is_all()
    }

    /// By name.
    pub(super) fn records(&self) -> impl Iterator<Item = &DocumentRecord> {
        self.catalog.records.iter().filter(|record| self.access.permits(&record.labels))
    }

    /// The document version with a key of the index.
    pub(super) fn by_key(&self, key: &str) -> Option<&DocumentRecord> {
        self.catalog.by_key(key).filter(|record| self.access.permits(&record.labels))
    }

    /// The documents of a name: one, but for a caller who sees what others do not see of each other.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &DocumentRecord> {
        let beginning = self.catalog.beginning_with(name);
        let same = &beginning[..beginning.partition_point(|record| record.document.name == name)];
        same.iter().filter(|record| self.access.permits(&record.labels))
    }

    /// The document of a name or an id.
    ///
    /// # Errors
    /// `document.not_found`, `document.ambiguous`.
    pub(super) fn find(&self, wanted: &str) -> Result<&DocumentRecord> {
        let mut named = self.named(wanted);
        match (named.next(), named.next()) {
            (Some(_), Some(_)) => {
                return Err(Error::new(ErrorKind::Conflict, "document.ambiguous", "several documents have this name")
                    .with("document", wanted)
                    .with_hint("give the id; `beleg documents CORPUS --json` has it"));
            }
            (Some(record), None) => return Ok(record),
            (None, _) => {}
        }
        if let Some(record) = self.records().find(|record| record.document.id.to_string() == wanted) {
            return Ok(record);
        }
        let name = wanted.rsplit('/').next().unwrap_or(wanted).to_lowercase();
        let near = self.records().find(|record| record.document.name.to_lowercase().ends_with(&name));
        let error =
            Error::new(ErrorKind::NotFound, "document.not_found", "the corpus has no such document").with("document", wanted);
        Err(match near {
            Some(near) => error.with_hint(format!("did you mean {:?}?", near.document.name)),
            None => error.with_hint("`beleg documents CORPUS` lists them"),
        })
    }

    /// What lies inside a document: its parts, and theirs.
    pub(super) fn inside(&self, document: &DocumentRecord) -> Vec<&DocumentRecord> {
        let inside = self.catalog.beginning_with(&format!("{}!/", document.document.name)).iter();
        // A container comes before its parts.
        let mut containers = vec![document.document.id];
        inside
            .filter(|part| {
                // Rows of an early version do not name their container.
                let is_inside = part.container.is_none_or(|container| containers.contains(&container));
                if is_inside {
                    containers.push(part.document.id);
                }
                is_inside && self.access.permits(&part.labels)
            })
            .collect()
    }

    /// Documents by name or id and all that lies inside them, by name, each once.
    ///
    /// # Errors
    /// Those of [`Visible::find`], when there is one of them that it does not find.
    pub(super) fn with_parts(&self, wanted: &[impl AsRef<str>]) -> Result<Vec<DocumentRecord>> {
        let mut found: Vec<DocumentRecord> = Vec::new();
        for wanted in wanted {
            let record = self.find(wanted.as_ref())?;
            found.extend(std::iter::once(record).chain(self.inside(record)).cloned());
        }
        found.sort_by(|a, b| (&a.document.name, a.document.id).cmp(&(&b.document.name, b.document.id)));
        found.dedup_by_key(|record| record.document.id);
        Ok(found)
    }

    /// What the documents that `permits` lets through come to.
    pub(super) fn coverage(&self, permits: impl Fn(&DocumentRecord) -> bool, filter: bool) -> Coverage {
        let mut coverage = Coverage { filter, pending: self.pending, ..Coverage::default() };
        for record in self.records().filter(|record| permits(record)) {
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
    /// The documents that there are for a caller with `access`.
    pub(super) fn visible(&self, access: &Access) -> Visible {
        let version = self.version.as_ref();
        // What is still to come counts for those who will see it.
        let pending = version.filter(|version| access.permits(&version.pending_labels)).map_or(0, |version| version.pending);
        Visible { catalog: self.catalog.clone(), access: access.clone(), pending }
    }

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
