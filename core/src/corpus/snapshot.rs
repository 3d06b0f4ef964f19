//! What a reader holds of the newest published version.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use lance::Dataset;
use uuid::Uuid;

use super::Access;
use crate::{
    Error, ErrorKind, Result,
    index::{IndexMemory, VectorOptions, catalog, chunks, versions, versions::IndexVersion},
    store::{Blobs, Datasets},
    types::{Coverage, DocumentRecord, DocumentStatus},
};

/// More documents than this are read with all others rather than by their ids.
const READ_BY_ID: usize = 2_000;

/// The documents of one version.
#[derive(Debug, Default, Clone)]
pub(super) struct Catalog {
    /// By name. A name may stand there more than once: who brought in the second could not see the first.
    pub(super) records: Vec<DocumentRecord>,
    by_id: HashMap<Uuid, usize>,
}

impl Catalog {
    /// Over records by name.
    fn new(records: Vec<DocumentRecord>) -> Self {
        let by_id = records.iter().enumerate().map(|(at, record)| (record.document.id, at)).collect();
        Self { records, by_id }
    }

    /// The document version with a key of the index.
    fn by_key(&self, key: &str) -> Option<&DocumentRecord> {
        let (id, version) = chunks::parse_key(key)?;
        let record = &self.records[*self.by_id.get(&id)?];
        (record.document.version == version).then_some(record)
    }

    /// Takes out the document versions of `gone`, and those of `added`, which come anew.
    fn change(&mut self, gone: &HashSet<(Uuid, u32)>, added: Vec<DocumentRecord>) {
        let mut records = std::mem::take(&mut self.records);
        records.retain(|record| !gone.contains(&(record.document.id, record.document.version)));
        records.extend(added);
        // Nearly sorted, which this sort is quick with.
        records.sort_by(|a, b| a.document.name.cmp(&b.document.name));
        *self = Self::new(records);
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
    /// Other documents, as the same caller sees them.
    pub(super) fn over(&self, records: Vec<DocumentRecord>) -> Self {
        Self { catalog: Arc::new(Catalog::new(records)), access: self.access.clone(), pending: 0 }
    }

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

/// What is read with what.
pub(super) struct Sources<'a> {
    pub(super) blobs: &'a dyn Blobs,
    pub(super) datasets: &'a Datasets,
    pub(super) vectors: VectorOptions,
}

impl Snapshot {
    /// The documents that there are for a caller with `access`.
    pub(super) fn visible(&self, access: &Access) -> Visible {
        let version = self.version.as_ref();
        // What is still to come counts for those who will see it.
        let pending = version.filter(|version| access.permits(&version.pending_labels)).map_or(0, |version| version.pending);
        Visible { catalog: self.catalog.clone(), access: access.clone(), pending }
    }

    /// What a reader holds of one version.
    pub(super) async fn of(version: &IndexVersion, sources: &Sources<'_>) -> Result<Self> {
        let mut snapshot = Self::default();
        snapshot.advance(std::slice::from_ref(version), sources).await?;
        Ok(snapshot)
    }

    /// Goes to the newest published version, when there is a newer one.
    pub(super) async fn refresh(&mut self, sources: &Sources<'_>) -> Result<()> {
        let after = self.version.as_ref().map(|version| version.n);
        let mut news = versions::since(sources.blobs, after).await?;
        let Some(newest) = news.last().map(|version| version.n) else { return Ok(()) };
        let mut advanced = self.advance(&news, sources).await;
        if advanced.is_err() && versions::is_behind(sources.blobs, newest).await? {
            // It was dropped while it was read: the newest one is there.
            *self = Self::default();
            news = versions::since(sources.blobs, None).await?;
            advanced = self.advance(&news, sources).await;
        }
        if advanced.is_err() {
            // Half of an old version and half of a new one are no state to go on from.
            *self = Self::default();
        }
        advanced
    }

    async fn advance(&mut self, news: &[IndexVersion], sources: &Sources<'_>) -> Result<()> {
        let Some(version) = news.last() else { return Ok(()) };
        let at = &version.datasets.catalog;
        let dataset = sources.datasets.open(&at.path, at.version).await?;
        if !self.apply(news, &dataset).await? {
            self.catalog = Arc::new(Catalog::new(catalog::read(&dataset).await?));
        }
        let catalog = self.catalog.clone();
        let live = |key: &str| catalog.by_key(key).is_some();
        if let Some(at) = &version.datasets.chunks {
            let dataset = sources.datasets.open(&at.path, at.version).await?;
            match &mut self.memory {
                Some(memory) if memory.path() == at.path => memory.advance(dataset, &live).await?,
                _ => self.memory = Some(IndexMemory::load(&at.path, dataset, sources.vectors.clone(), &live).await?),
            }
        }
        self.version = Some(version.clone());
        Ok(())
    }

    /// Changes the catalog by what the versions say of themselves; `false` where that does not do.
    async fn apply(&mut self, news: &[IndexVersion], dataset: &Dataset) -> Result<bool> {
        let (Some(known), Some(first)) = (&self.version, news.first()) else { return Ok(false) };
        // Of another operation it is not known that it lists all that it changed.
        let told = |version: &IndexVersion| matches!(version.operation.as_str(), "ingest" | "delete" | "rebuild" | "relabel");
        if first.n != known.n + 1 || !news.iter().all(told) {
            return Ok(false);
        }
        let (mut gone, mut wanted) = (HashSet::new(), BTreeSet::new());
        for version in news {
            for key in &version.removed {
                gone.insert(*key);
                wanted.remove(key);
            }
            let come = version.added.iter().chain(&version.relabelled);
            gone.extend(come.clone());
            wanted.extend(come);
        }
        if wanted.len() > READ_BY_ID {
            return Ok(false);
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let added = catalog::read_some(dataset, &wanted).await?;
        if added.len() != wanted.len() {
            return Ok(false);
        }
        if !gone.is_empty() {
            Arc::make_mut(&mut self.catalog).change(&gone, added);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DocumentRef;

    fn record(id: u128, version: u32, name: &str) -> DocumentRecord {
        let document = DocumentRef { id: Uuid::from_u128(id), name: name.into(), sha256: String::new(), version };
        DocumentRecord {
            document,
            container: None,
            root: String::new(),
            status: DocumentStatus::New,
            format: None,
            title: None,
            date: None,
            language: Default::default(),
            labels: Vec::new(),
            subjects: Vec::new(),
            metadata: Default::default(),
            bytes: 0,
            pages: Default::default(),
            chunks: 0,
            extractor: String::new(),
            error: None,
            unread: Vec::new(),
            notices: Vec::new(),
            ingested: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_catalog_that_was_changed_is_the_one_that_is_read_anew() {
        let mut catalog = Catalog::new(vec![record(1, 1, "a"), record(2, 1, "c"), record(3, 1, "d")]);
        let gone = [(1, 1), (3, 1), (4, 1)].map(|(id, version)| (Uuid::from_u128(id), version)).into();
        catalog.change(&gone, vec![record(4, 1, "b"), record(3, 2, "d")]);
        let expected = Catalog::new(vec![record(4, 1, "b"), record(2, 1, "c"), record(3, 2, "d")]);
        assert_eq!((&catalog.records, &catalog.by_id), (&expected.records, &expected.by_id));
        let key = |id, version| chunks::key(Uuid::from_u128(id), version);
        assert_eq!(catalog.by_key(&key(3, 2)).map(|record| record.document.name.as_str()), Some("d"));
        for gone in [key(3, 1), key(1, 1), "x.1".into(), key(2, 1).replace(".1", "")] {
            assert_eq!(catalog.by_key(&gone), None, "{gone}");
        }
    }
}
