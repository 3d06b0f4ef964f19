//! What a reader holds of the newest published version.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use lance::Dataset;
use uuid::Uuid;

use crate::{
    Result,
    index::{IndexMemory, VectorOptions, catalog, chunks, versions, versions::IndexVersion},
    store::{Blobs, Datasets},
    types::{Coverage, DocumentRecord, DocumentStatus},
};

/// More documents than this are read with all others rather than by their ids.
const READ_BY_ID: usize = 2_000;

/// The documents of one version.
#[derive(Debug, Default, Clone)]
pub(super) struct Catalog {
    /// By name.
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
    pub(super) fn by_key(&self, key: &str) -> Option<&DocumentRecord> {
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

/// What is read with what.
pub(super) struct Sources<'a> {
    pub(super) blobs: &'a dyn Blobs,
    pub(super) datasets: &'a Datasets,
    pub(super) vectors: VectorOptions,
}

impl Snapshot {
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
        let told = |version: &IndexVersion| matches!(version.operation.as_str(), "ingest" | "delete" | "rebuild");
        if first.n != known.n + 1 || !news.iter().all(told) {
            return Ok(false);
        }
        let (mut gone, mut wanted) = (HashSet::new(), BTreeSet::new());
        for version in news {
            for key in &version.removed {
                gone.insert(*key);
                wanted.remove(key);
            }
            gone.extend(&version.added);
            wanted.extend(&version.added);
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
