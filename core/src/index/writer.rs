use std::{collections::HashSet, sync::Arc};

use futures::TryStreamExt;
use jiff::Timestamp;
use lance::{
    Dataset,
    dataset::optimize::{CompactionOptions, compact_files},
    index::{DatasetIndexExt, vector::VectorIndexParams},
};
use lance_index::{
    IndexType,
    optimize::OptimizeOptions,
    scalar::InvertedIndexParams,
    vector::{hnsw::builder::HnswBuildParams, ivf::IvfBuildParams, sq::builder::SQBuildParams},
};
use uuid::Uuid;

use super::{
    catalog, chunks,
    staging::{PendingRows, RowStage},
    versions::{DatasetVersion, DatasetVersions, IndexVersion, MadeWith},
};
use crate::{
    Error, ErrorKind, Result,
    store::{Datasets, lance_error},
    types::DocumentRecord,
};

/// Rows without an entry in the full-text index that a search may have to read one by one.
const UNINDEXED_ROWS: usize = 4_000;
/// The same for the index of vectors, which costs more to add to.
const UNINDEXED_VECTORS: usize = 50_000;
/// Parts of the index of vectors that are joined into one: each search goes through all of them.
const VECTOR_PARTS: usize = 8;
/// Rows of one graph. A search goes through all graphs, up to [`super::on_disk::GRAPHS`].
const GRAPH_ROWS: usize = 1 << 20;
/// Columns with an index, and the names of these.
const TERMS: &str = "terms";
const VECTOR: &str = "vector";
/// Rows that are copied at a time.
const COPIED_ROWS: usize = 1_024;
/// More fragments than this are joined when an ingest ends.
const FRAGMENTS: usize = 64;

/// Writes the datasets of an index. Whoever has one holds the index lock.
///
/// What it wrote is invisible until [`IndexWriter::version`] is published.
pub struct IndexWriter {
    datasets: Datasets,
    catalog: Option<Dataset>,
    chunks: Option<Dataset>,
    catalog_path: String,
    chunks_path: String,
    published: u64,
    made_with: MadeWith,
    unindexed: usize,
    unindexed_vectors: usize,
    vectors_in_memory: usize,
}

impl IndexWriter {
    /// Continues after `published`. Whatever a writer before this one left behind unpublished is taken back first.
    pub async fn open(datasets: Datasets, published: Option<&IndexVersion>, made_with: MadeWith) -> Result<Self> {
        let (mut catalog, mut chunks) = (None, None);
        let (mut catalog_path, mut chunks_path) = (catalog::PATH.to_owned(), "index/chunks-1".to_owned());
        if let Some(version) = published {
            catalog_path.clone_from(&version.datasets.catalog.path);
            catalog = Some(take_back(&datasets, &version.datasets.catalog).await?);
            if let Some(at) = &version.datasets.chunks {
                chunks = Some(take_back(&datasets, at).await?);
                chunks_path.clone_from(&at.path);
            }
        }
        Ok(Self {
            datasets,
            catalog,
            chunks,
            catalog_path,
            chunks_path,
            published: published.map_or(0, |version| version.n),
            made_with,
            unindexed: UNINDEXED_ROWS,
            unindexed_vectors: 0,
            vectors_in_memory: usize::MAX,
        })
    }

    /// Builds an index of vectors for more than so many chunks.
    #[must_use]
    pub fn with_vectors_in_memory(mut self, chunks: usize) -> Self {
        self.vectors_in_memory = chunks;
        self
    }

    /// Starts an index of its own beside the published one, for a rebuild: all rows are to be written anew.
    pub fn beside(datasets: Datasets, published: &IndexVersion, made_with: MadeWith) -> Self {
        let chunks_path = format!("index/chunks-{}", published.n + 1);
        Self {
            datasets,
            catalog: None,
            chunks: None,
            catalog_path: published.datasets.catalog.path.clone(),
            chunks_path,
            published: published.n,
            made_with,
            unindexed: 0,
            unindexed_vectors: 0,
            vectors_in_memory: usize::MAX,
        }
    }

    /// Writes catalog and chunks anew, in datasets of their own, without documents: nothing that is written anew holds a word of
    /// them, in rows, in dictionaries or in an index. Nothing is embedded again.
    pub async fn without(
        datasets: Datasets,
        published: &IndexVersion,
        made_with: MadeWith,
        gone: &HashSet<Uuid>,
    ) -> Result<Self> {
        let mut writer = Self::beside(datasets, published, made_with);
        writer.catalog_path = format!("{}-{}", catalog::PATH, published.n + 1);
        let old = writer.datasets.open(&published.datasets.catalog.path, published.datasets.catalog.version).await?;
        let (gone, records): (Vec<_>, Vec<_>) =
            catalog::read(&old).await?.into_iter().partition(|record| gone.contains(&record.document.id));
        let batch = catalog::batch(&records)?;
        writer.catalog = Some(writer.datasets.create(&writer.catalog_path, batch).await?);
        if let Some(at) = &published.datasets.chunks {
            let old = writer.datasets.open(&at.path, at.version).await?;
            let dimensions = writer.made_with.dimensions as usize;
            let mut new = writer.datasets.create(&writer.chunks_path, chunks::batch(&[], dimensions)?).await?;
            let failed = |error| lance_error(error, "copy rows");
            let mut scan = old.scan();
            scan.batch_size(COPIED_ROWS);
            let keys: Vec<_> =
                gone.iter().map(|record| format!("'{}'", chunks::key(record.document.id, record.document.version))).collect();
            if !keys.is_empty() {
                scan.filter(&format!("document NOT IN ({})", keys.join(", "))).map_err(failed)?;
            }
            let mut rows = scan.try_into_stream().await.map_err(failed)?;
            while let Some(batch) = rows.try_next().await.map_err(failed)? {
                writer.unindexed_vectors += batch.num_rows();
                let staged = writer.datasets.stage(&writer.chunks_path, Some(&new), batch).await?;
                new = writer.datasets.append(&new, staged).await?;
            }
            writer.chunks = Some(new);
        }
        Ok(writer)
    }

    /// Where its catalog lies.
    pub fn catalog_path(&self) -> &str {
        &self.catalog_path
    }

    /// Removes the rows of document versions.
    pub async fn remove(&mut self, gone: &[(Uuid, u32)]) -> Result<()> {
        for part in gone.chunks(catalog::KEYS) {
            if let Some(catalog) = &mut self.catalog {
                catalog.delete(&catalog::condition(part)).await.map_err(|error| lance_error(error, "delete documents"))?;
            }
            if let Some(chunks) = &mut self.chunks {
                let keys: Vec<_> = part.iter().map(|(id, version)| format!("'{}'", chunks::key(*id, *version))).collect();
                chunks
                    .delete(&format!("document IN ({})", keys.join(", ")))
                    .await
                    .map_err(|error| lance_error(error, "delete chunks"))?;
            }
        }
        Ok(())
    }

    /// Where its chunks lie, or will.
    pub fn chunks_path(&self) -> &str {
        &self.chunks_path
    }

    /// Where rows may be staged that [`IndexWriter::add`] takes.
    pub fn stage(&self) -> RowStage {
        RowStage {
            datasets: self.datasets.clone(),
            path: self.chunks_path.clone(),
            onto: self.chunks.clone(),
            dimensions: self.made_with.dimensions as usize,
        }
    }

    /// Puts the records of documents in the place of those that are there under the same version. Their chunks stay.
    pub async fn replace(&mut self, records: &[DocumentRecord]) -> Result<()> {
        let Some(dataset) = self.catalog.as_mut().filter(|_| !records.is_empty()) else { return Ok(()) };
        let ids: Vec<_> = records.iter().map(|record| (record.document.id, record.document.version)).collect();
        for part in ids.chunks(catalog::KEYS) {
            dataset.delete(&catalog::condition(part)).await.map_err(|error| lance_error(error, "change documents"))?;
        }
        self.add(records, PendingRows::default()).await
    }

    /// Adds documents and their chunks, as one version of each dataset.
    pub async fn add(&mut self, records: &[DocumentRecord], rows: PendingRows) -> Result<()> {
        if !rows.is_empty() {
            let dimensions = self.made_with.dimensions as usize;
            self.unindexed += rows.len();
            self.unindexed_vectors += rows.len();
            let (waiting, mut staged) = rows.into_parts();
            let dataset = match &self.chunks {
                Some(dataset) => dataset.clone(),
                None => self.datasets.create(&self.chunks_path, chunks::batch(&[], dimensions)?).await?,
            };
            if !waiting.is_empty() {
                let batch = chunks::batch(&waiting, dimensions)?;
                staged.extend(self.datasets.stage(&self.chunks_path, Some(&dataset), batch).await?);
            }
            self.chunks = Some(self.datasets.append(&dataset, staged).await?);
        }
        if !records.is_empty() {
            let batch = catalog::batch(records)?;
            self.catalog = Some(match &self.catalog {
                Some(dataset) => {
                    let staged = self.datasets.stage(&self.catalog_path, Some(dataset), batch).await?;
                    self.datasets.append(dataset, staged).await?
                }
                None => self.datasets.create(&self.catalog_path, batch).await?,
            });
        }
        if self.unindexed >= UNINDEXED_ROWS {
            self.index_text().await?;
        }
        if self.unindexed_vectors >= UNINDEXED_VECTORS {
            self.index_vectors().await?;
        }
        Ok(())
    }

    /// Brings the indices up to date and joins small fragments: what the end of an ingest is for.
    pub async fn settle(&mut self) -> Result<()> {
        for dataset in [&mut self.chunks, &mut self.catalog].into_iter().flatten() {
            if dataset.count_fragments() > FRAGMENTS {
                let options = CompactionOptions { num_threads: Some(1), ..CompactionOptions::default() };
                compact_files(dataset, options, None).await.map_err(|error| lance_error(error, "compact a dataset"))?;
            }
        }
        self.index_text().await?;
        self.index_vectors().await
    }

    async fn index_text(&mut self) -> Result<()> {
        let Some(dataset) = &mut self.chunks else { return Ok(()) };
        let failed = |error| lance_error(error, "build the full-text index");
        if dataset.load_indices_by_name(TERMS).await.map_err(failed)?.is_empty() {
            // The column holds terms that are analysed already: they are to be taken as they are.
            let params = InvertedIndexParams::new("whitespace".into(), lance_index::scalar::inverted::Language::English)
                .lower_case(false)
                .stem(false)
                .remove_stop_words(false)
                .ascii_folding(false)
                .max_token_length(None)
                .with_position(false);
            dataset.create_index(&[TERMS], IndexType::Inverted, Some(TERMS.into()), &params, true).await.map_err(failed)?;
        } else if self.unindexed > 0 {
            let options = OptimizeOptions::append().index_names(vec![TERMS.to_owned()]);
            dataset.optimize_indices(&options).await.map_err(failed)?;
        }
        self.unindexed = 0;
        Ok(())
    }

    /// For more vectors than are held in memory: a graph over all of them, to which parts are added as rows come. Rows that are
    /// not in it yet are compared one by one by each search.
    async fn index_vectors(&mut self) -> Result<()> {
        let Some(dataset) = &mut self.chunks else { return Ok(()) };
        let failed = |error| lance_error(error, "build the index of vectors");
        self.unindexed_vectors = 0;
        if dataset.count_rows(None).await.map_err(failed)? <= self.vectors_in_memory {
            return Ok(());
        }
        let parts = dataset.load_indices_by_name(VECTOR).await.map_err(failed)?.len();
        if parts == 0 {
            // Of vectors of length 1 the nearest by distance are the nearest by cosine.
            let Ok(distance) = "l2".try_into() else {
                return Err(Error::new(ErrorKind::Internal, "index.distance", "Lance does not know the distance"));
            };
            let params = VectorIndexParams::with_ivf_hnsw_sq_params(
                distance,
                IvfBuildParams::with_target_partition_size(GRAPH_ROWS),
                HnswBuildParams::default(),
                SQBuildParams::default(),
            );
            dataset.create_index(&[VECTOR], IndexType::Vector, Some(VECTOR.into()), &params, true).await.map_err(failed)?;
            return Ok(());
        }
        let options = if parts < VECTOR_PARTS { OptimizeOptions::append() } else { OptimizeOptions::merge(parts) };
        dataset.optimize_indices(&options.index_names(vec![VECTOR.to_owned()])).await.map_err(failed)
    }

    /// What is written by now, as the version to publish next.
    pub fn version(
        &self,
        operation: &str,
        intent: Uuid,
        created: Timestamp,
        added: Vec<(Uuid, u32)>,
        removed: Vec<(Uuid, u32)>,
        pending: u32,
    ) -> Option<IndexVersion> {
        let at = |path: &str, dataset: &Dataset| DatasetVersion { path: path.to_owned(), version: dataset.version_id() };
        Some(IndexVersion {
            n: self.published + 1,
            operation: operation.to_owned(),
            intent,
            created,
            datasets: DatasetVersions {
                catalog: at(&self.catalog_path, self.catalog.as_ref()?),
                chunks: self.chunks.as_ref().map(|dataset| at(&self.chunks_path, dataset)),
            },
            added,
            removed,
            pending,
            pending_labels: Vec::new(),
            relabelled: Vec::new(),
            made_with: self.made_with.clone(),
        })
    }

    /// Goes on after `version` was published.
    pub fn published(&mut self, version: &IndexVersion) {
        self.published = version.n;
    }

    /// The documents of its catalog.
    pub async fn documents(&self) -> Result<Vec<DocumentRecord>> {
        match &self.catalog {
            Some(dataset) => catalog::read(dataset).await,
            None => Ok(Vec::new()),
        }
    }

    /// Takes the published catalog over into a rebuild, which changes chunks alone.
    pub async fn keep_catalog(&mut self, published: &IndexVersion) -> Result<()> {
        self.catalog = Some(take_back(&self.datasets, &published.datasets.catalog).await?);
        Ok(())
    }
}

/// The dataset at its published version: newer ones that nobody published are undone by a version that equals it.
async fn take_back(datasets: &Datasets, at: &DatasetVersion) -> Result<Dataset> {
    let published = datasets.open(&at.path, at.version).await?;
    let latest = datasets.latest(&at.path).await?.map_or(at.version, |latest| latest.version_id());
    if latest == at.version {
        return Ok(Arc::unwrap_or_clone(published));
    }
    let mut dataset = Arc::unwrap_or_clone(published);
    dataset.restore().await.map_err(|error| lance_error(error, "take back what was not published"))?;
    Ok(dataset)
}
