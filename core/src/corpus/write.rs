//! One change to the index at a time, published as a whole.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::Corpus;
use crate::{
    Error, ErrorKind, Result,
    audit::PagesTree,
    hex::hex,
    index::{
        IndexWriter, PendingRows, RowStage,
        versions::{self, IndexVersion},
    },
    record::{Action, Content, Ending, Entry, RecordedDocument},
    store::{Lock, StagedObject},
    types::DocumentRecord,
};

/// Holds the index lock and writes versions.
pub(super) struct Writer {
    corpus: Corpus,
    index: IndexWriter,
    _lock: Lock,
}

/// What one version changes.
pub(super) struct Change {
    /// `ingest`, `delete`, `rebuild`, `relabel`.
    pub(super) operation: &'static str,
    /// The same for the record.
    pub(super) action: Action,
    /// Documents that come, or come in another form.
    pub(super) added: Vec<DocumentRecord>,
    /// What the record commits to of their pages.
    pub(super) trees: HashMap<Uuid, PagesTree>,
    /// Their chunks.
    pub(super) rows: PendingRows,
    /// Their originals and their text.
    pub(super) objects: Vec<StagedObject>,
    /// Documents that go, or are replaced.
    pub(super) removed: Vec<DocumentRecord>,
    /// Documents that get other labels and are otherwise as they were.
    pub(super) relabelled: Vec<DocumentRecord>,
    /// Documents that are still to come.
    pub(super) pending: u32,
    /// Labels that they will have.
    pub(super) pending_labels: Vec<String>,
    /// Whether it is the last one for now, which brings the index into its final form.
    pub(super) settle: bool,
}

impl Writer {
    /// Takes the lock, and takes back or publishes what the writer before left behind.
    ///
    /// # Errors
    /// `corpus.sealed` when the corpus is sealed and the caller gives no reason.
    pub(super) async fn begin(corpus: &Corpus, operation: &str) -> Result<Self> {
        let lock = corpus.take_over(operation).await?;
        Self::holding(corpus, lock).await
    }

    /// The same, to finish what was begun and put on record before: nobody is there to be asked for a reason.
    pub(super) async fn resume(corpus: &Corpus, operation: &str) -> Result<Self> {
        let lock = corpus.lock(operation).await?;
        corpus.clear_up().await?;
        Self::holding(corpus, lock).await
    }

    async fn holding(corpus: &Corpus, lock: Lock) -> Result<Self> {
        corpus.refresh().await?;
        let published = corpus.0.snapshot.read().await.version.clone();
        let index = IndexWriter::open(corpus.0.datasets.clone(), published.as_ref(), corpus.made_with()).await?;
        let index = index.with_vectors_in_memory(corpus.engine().options().index.vectors_in_memory);
        Ok(Self { corpus: corpus.clone(), index, _lock: lock })
    }

    /// The same, for an index that is written beside the published one.
    pub(super) async fn begin_beside(corpus: &Corpus) -> Result<Option<Self>> {
        let lock = corpus.take_over("rebuild").await?;
        let Some(published) = versions::newest(corpus.0.blobs.as_ref(), None).await? else { return Ok(None) };
        let mut index = IndexWriter::beside(corpus.0.datasets.clone(), &published, corpus.made_with())
            .with_vectors_in_memory(corpus.engine().options().index.vectors_in_memory);
        index.keep_catalog(&published).await?;
        Ok(Some(Self { corpus: corpus.clone(), index, _lock: lock }))
    }

    /// The documents of the catalog that it continues.
    pub(super) async fn documents(&self) -> Result<Vec<DocumentRecord>> {
        self.index.documents().await
    }

    pub(super) fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Where its chunks lie.
    pub(super) fn chunks_path(&self) -> &str {
        self.index.chunks_path()
    }

    /// Where its catalog lies.
    pub(super) fn catalog_path(&self) -> &str {
        self.index.catalog_path()
    }

    /// Goes on with an index that was written anew, beside the published one, without documents.
    pub(super) async fn write_without(&mut self, published: &IndexVersion, gone: &HashSet<Uuid>) -> Result<()> {
        let shared = &self.corpus.0;
        let index = IndexWriter::without(shared.datasets.clone(), published, self.corpus.made_with(), gone).await?;
        self.index = index.with_vectors_in_memory(shared.engine.options().index.vectors_in_memory);
        Ok(())
    }

    /// Where rows may be staged for the next change.
    pub(super) fn stage(&self) -> RowStage {
        self.index.stage()
    }

    /// Adds rows that the next [`Writer::commit`] publishes.
    pub(super) async fn add_rows(&mut self, rows: PendingRows) -> Result<()> {
        self.index.add(&[], rows).await
    }

    /// Makes a change and publishes it: intent on record, objects in place and rows durable, prepared, outcome on record,
    /// published.
    pub(super) async fn commit(&mut self, mut change: Change) -> Result<Option<IndexVersion>> {
        let chunks = change.rows.len() as u64;
        let corpus = self.corpus.clone();
        let shared = &corpus.0;
        let inner = &shared.engine.0;
        let (clock, random, recorder) = (inner.clock.as_ref(), inner.random.as_ref(), corpus.recorder());
        let intent = Entry::intent(clock, random, corpus.caller(), change.action)
            .because(corpus.caller())
            .count("added", change.added.len() as u64)
            .count("removed", change.removed.len() as u64)
            .count("relabelled", change.relabelled.len() as u64);
        let intent_id = intent.id;
        // One entry for each document, under its own key: so it is shown, or erased, without the others.
        let of_document = |entry: Entry, record: &DocumentRecord| {
            let tree = change.trees.get(&record.document.id);
            let mut entry = entry
                .refers_to(intent_id)
                .version("document", record.document.id)
                .version("document_version", record.document.version)
                .payload_of_document("document", record.document.id, &record.subjects, recorded(record, tree));
            if let Some(tree) = tree {
                let seed = Content::Text(hex(tree.seed()));
                entry = entry.payload_of_document("pages_seed", record.document.id, &record.subjects, seed);
            }
            entry
        };
        let before = |action, record| of_document(Entry::intent(clock, random, corpus.caller(), action), record);
        let mut entries = vec![intent];
        // What is erased has no key any more, and its entry names it.
        let removed = if change.operation == "erase" { &[][..] } else { &change.removed };
        entries.extend(removed.iter().map(|record| before(Action::Delete, record)));
        entries.extend(change.relabelled.iter().map(|record| before(Action::AdminChange, record)));
        recorder.record_all(entries).await?;
        let after = |record| of_document(Entry::outcome(clock, random, corpus.caller(), change.action, Ending::Complete), record);
        let added: Vec<Entry> = change.added.iter().map(after).collect();

        let written = self.write(&mut change, intent_id).await;
        let ending = if written.is_ok() { Ending::Complete } else { Ending::Failed };
        let mut outcome = Entry::outcome(clock, random, corpus.caller(), change.action, ending).refers_to(intent_id);
        let mut entries = Vec::new();
        if written.is_ok() {
            entries = added;
        }
        if let Ok(Some(version)) = &written {
            outcome = outcome.version("index_version", version.n).count("chunks", chunks);
        }
        entries.push(outcome);
        let on_record = recorder.record_all(entries).await;
        let version = match (written, on_record) {
            (Ok(version), Ok(_)) => version,
            // The record comes first: without its outcome nothing is published.
            (_, Err(error)) | (Err(error), _) => return Err(error),
        };
        if let Some(version) = &version {
            versions::publish(shared.blobs.as_ref(), version).await?;
            self.index.published(version);
        }
        Ok(version)
    }

    async fn write(&mut self, change: &mut Change, intent: uuid::Uuid) -> Result<Option<IndexVersion>> {
        let ids = |records: &[DocumentRecord]| {
            records.iter().map(|record| (record.document.id, record.document.version)).collect::<Vec<_>>()
        };
        self.corpus.0.blobs.put_staged(std::mem::take(&mut change.objects))?;
        self.index.remove(&ids(&change.removed)).await?;
        self.index.add(&change.added, std::mem::take(&mut change.rows)).await?;
        self.index.replace(&change.relabelled).await?;
        if change.settle {
            self.index.settle().await?;
        }
        let created = self.corpus.0.engine.0.clock.now();
        let mut version =
            self.index.version(change.operation, intent, created, ids(&change.added), ids(&change.removed), change.pending);
        if let Some(version) = &mut version {
            version.relabelled = ids(&change.relabelled);
            version.pending_labels.clone_from(&change.pending_labels);
            versions::prepare(self.corpus.0.blobs.as_ref(), version).await?;
        }
        Ok(version)
    }
}

fn recorded(record: &DocumentRecord, tree: Option<&PagesTree>) -> Content {
    Content::Document(Box::new(RecordedDocument {
        id: record.document.id,
        version: record.document.version,
        name: record.document.name.clone(),
        sha256: record.document.sha256.clone(),
        status: record.status,
        pages: record.pages,
        extractor: record.extractor.clone(),
        labels: record.labels.clone(),
        pages_root: tree.map(|tree| hex(&tree.root().0)),
    }))
}

impl Corpus {
    /// Takes the index lock for a change that somebody asks for, and clears up after the writer before. The one place where a seal
    /// is checked: whoever changes anything goes through here.
    pub(super) async fn take_over(&self, operation: &str) -> Result<Lock> {
        let lock = self.lock(operation).await?;
        self.check_seal(operation).await?;
        self.clear_up().await?;
        Ok(lock)
    }

    async fn clear_up(&self) -> Result<()> {
        self.0.blobs.clear_staged()?;
        self.recover().await
    }

    /// Settles what a writer that died left behind: what has its outcome on record is published, anything else is put on
    /// record as aborted. Only for the holder of the index lock.
    async fn recover(&self) -> Result<()> {
        let shared = &self.0;
        let blobs = shared.blobs.as_ref();
        let next = versions::newest(blobs, None).await?.map_or(1, |version| version.n + 1);
        // A writer that died right behind its publication leaves what it had prepared.
        versions::discard(blobs, next - 1).await?;
        let Some(prepared) = versions::read_prepared(blobs, next).await? else { return Ok(()) };
        let inner = &shared.engine.0;
        match self.recorder().outcome(prepared.intent).await? {
            Some(true) => return versions::publish(blobs, &prepared).await,
            // It is on record already: its process died, and the log was opened since.
            Some(false) => return versions::discard(blobs, next).await.map(drop),
            None => {}
        }
        let action = match prepared.operation.as_str() {
            "ingest" => Action::Ingest,
            "delete" => Action::Delete,
            "rebuild" | "erase" => Action::IndexBuild,
            "relabel" => Action::AdminChange,
            _ => {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    "corpus.unknown_operation",
                    "a prepared version names an unknown operation",
                ));
            }
        };
        let outcome = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), action, Ending::Aborted);
        self.recorder().record(outcome.refers_to(prepared.intent)).await?;
        versions::discard(blobs, next).await.map(drop)
    }
}
