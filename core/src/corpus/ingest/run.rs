use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    IngestReport, IngestedDocument, Source, SourceBytes,
    read::{Read, Reader},
    source::{self, Found},
};
use crate::{
    Error, ErrorKind, Result,
    audit::PagesTree,
    corpus::{
        Corpus, Phase, Progress, ProgressFn,
        relabel::normalized,
        snapshot::Visible,
        write::{Change, Writer},
    },
    document::{EXTRACTOR, worker::Stop},
    env::new_id,
    error::ErrorRecord,
    hex::hex,
    index::PendingRows,
    record::Action,
    store::StagedObject,
    types::{DocumentRecord, DocumentRef, DocumentStatus},
};

/// What is done is published this often.
const PUBLISH_EVERY: Duration = Duration::from_secs(3);
/// And when this many documents wait for it: each has its files, and the datasets are changed by one condition for all of them.
const PUBLISH_DOCUMENTS: usize = 10_000;

/// How documents are ingested.
#[derive(Clone, Default)]
pub struct IngestOptions {
    /// Goes before each name, with a `/` between: makes other documents of files with the same names.
    pub prefix: Option<String>,
    /// A file of another root takes the place of the document of its name.
    pub replace: bool,
    /// Labels of all documents of this call, beside those of their [`Source`] and those that they have already: an ingest adds
    /// labels and takes none away, [`Corpus::relabel`] sets them. Documents that are unchanged get them without being read again.
    pub labels: Vec<String>,
    /// To try on encrypted files, in this order. With any, encrypted documents of earlier calls are read again.
    pub passwords: Vec<String>,
    /// Reads documents again of which nothing or not all could be read, though their bytes are the same.
    pub retry: bool,
    /// Is told how it goes.
    pub progress: Option<ProgressFn>,
}

impl std::fmt::Debug for IngestOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IngestOptions")
            .field("prefix", &self.prefix)
            .field("replace", &self.replace)
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

impl Corpus {
    /// Ingests a folder or a file. See [`Corpus::ingest_all`].
    pub async fn ingest(&self, path: impl AsRef<Path>, options: IngestOptions) -> Result<IngestReport> {
        self.ingest_all(&[path], options).await
    }

    /// Ingests folders and files: reads what is new or changed, publishes every few seconds, and reports on all of them.
    ///
    /// A document that cannot be read is part of the report and no error. Dropping the future stops the work; what was published stays,
    /// and the next ingest goes on from there.
    ///
    /// # Errors
    /// A path that cannot be read, a lock held by another writer (`store.locked`), a disk that is full or read-only.
    pub async fn ingest_all(&self, paths: &[impl AsRef<Path>], options: IngestOptions) -> Result<IngestReport> {
        let started = Instant::now();
        if let Some(progress) = &options.progress {
            progress(Progress::Phase { phase: Phase::Planning });
        }
        let mut found = Found::default();
        for path in paths {
            source::find(path.as_ref(), &mut found)?;
        }
        // A corpus inside the folder that is ingested must not eat itself.
        let own = std::fs::canonicalize(self.folder()).unwrap_or_else(|_| self.folder().to_path_buf());
        found.sources.retain(|source| !matches!(&source.bytes, SourceBytes::Path(path) if path.starts_with(&own)));
        self.run(found, options, started).await
    }

    /// Adds one document from memory or from a file.
    pub async fn add(&self, source: Source, options: IngestOptions) -> Result<IngestReport> {
        self.run(Found { sources: vec![source], ..Found::default() }, options, Instant::now()).await
    }

    async fn run(&self, found: Found, options: IngestOptions, started: Instant) -> Result<IngestReport> {
        self.check_caller()?;
        // All sources of one call have the same labels: there is one source, or they have none of their own.
        let own = found.sources.first().map_or(&[][..], |source| &source.labels);
        let labels = normalized(own.iter().chain(&options.labels).map(String::as_str))?;
        self.check_labels(&labels)?;
        self.check_embedding().await?;
        let writer = Writer::begin(self, "ingest").await?;
        let cancel = StopOnDrop(Stop::default());
        let reader =
            Reader::new(self.engine(), self.0.blobs.clone(), writer.stage(), options.progress.clone(), cancel.0.clone())?;
        let catalog = self.visible().await;
        let mut run = Run {
            corpus: self,
            shared: Arc::new(Job { reader, options, labels, corpus: self.clone(), catalog }),
            writer,
            queue: found
                .sources
                .into_iter()
                .map(|source| Item { source, depth: 0, container: None, parent: None, error: None })
                .collect(),
            seen: HashMap::new(),
            pending: Pending::default(),
            held: Vec::new(),
            unsettled: self.0.snapshot.read().await.version.as_ref().is_some_and(|version| version.pending > 0),
            published: Instant::now() - PUBLISH_EVERY,
            report: IngestReport::default(),
        };
        found.ignored.into_iter().for_each(|name| run.report.add(IngestedDocument::ignored(name)));
        found.unlisted.iter().for_each(|(name, error)| run.report.add(IngestedDocument::failed(name, error)));
        run.all().await?;
        let mut report = run.report;
        report.documents.sort_by(|a, b| a.name.cmp(&b.name));
        report.seconds = started.elapsed().as_secs_f64();
        self.refresh().await?;
        report.index_version = self.0.snapshot.read().await.version.as_ref().map_or(0, |version| version.n);
        Ok(report)
    }
}

/// Tells the threads that nobody waits for them any more.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A document that is to be read.
struct Item {
    source: Source,
    /// How many containers it lies in.
    depth: u32,
    /// The container that it lies in, in [`Run::held`].
    container: Option<usize>,
    /// The same by its id.
    parent: Option<Uuid>,
    /// Why its bytes could not be had.
    error: Option<ErrorRecord>,
}

/// What the threads of one ingest share.
struct Job {
    corpus: Corpus,
    reader: Reader,
    options: IngestOptions,
    /// Labels of all documents of the call.
    labels: Vec<String>,
    catalog: Visible,
}

/// What became of an item.
enum Done {
    /// Nothing is to be written but labels. A container that is unchanged comes with its parts.
    Reported { lines: Vec<IngestedDocument>, relabelled: Vec<DocumentRecord> },
    /// A new document or version.
    Read(Box<ReadItem>),
}

struct ReadItem {
    record: DocumentRecord,
    replaced: Option<DocumentRecord>,
    read: Read,
    source: Source,
    depth: u32,
}

/// What waits for publication.
#[derive(Default)]
struct Pending {
    added: Vec<DocumentRecord>,
    removed: Vec<DocumentRecord>,
    relabelled: Vec<DocumentRecord>,
    rows: PendingRows,
    objects: Vec<StagedObject>,
    trees: HashMap<Uuid, PagesTree>,
}

/// A container whose parts are not all done. It is published with or after them: one that was published before them would be
/// taken as unchanged, and the rest of its parts never be read, if the work ended in between.
struct Held {
    pending: Pending,
    left: usize,
    container: Option<usize>,
}

struct Run<'a> {
    corpus: &'a Corpus,
    shared: Arc<Job>,
    writer: Writer,
    queue: VecDeque<Item>,
    /// Names of this run, with their roots and files.
    seen: HashMap<String, (String, Option<PathBuf>)>,
    pending: Pending,
    held: Vec<Held>,
    /// Whether the newest version says that documents are still to come, or was published without [`Change::settle`].
    unsettled: bool,
    published: Instant,
    report: IngestReport,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<()> {
        let reader = &self.shared.reader;
        let bytes = self.queue.iter().map(|item| length(&item.source.bytes)).sum();
        reader.emit(Progress::Planned { documents: self.queue.len() as u64, bytes });
        reader.emit(Progress::Phase { phase: Phase::Reading });
        let threads = self.corpus.engine().threads();
        let mut tasks: JoinSet<Result<(Option<usize>, Done)>> = JoinSet::new();
        loop {
            while tasks.len() < threads {
                let Some(item) = self.next() else { break };
                let job = self.shared.clone();
                let container = item.container;
                tasks.spawn_blocking(move || job.run(item).map(|done| (container, done)));
            }
            let Some(done) = tasks.join_next().await else { break };
            let (container, done) = done.map_err(|error| {
                Error::new(ErrorKind::Internal, "ingest.panicked", "a thread of the ingest died").with_source(error)
            })??;
            self.take(container, done);
            let due = self.published.elapsed() >= PUBLISH_EVERY
                || self.pending.rows.in_memory() >= self.corpus.engine().options().index.rows_in_memory / 2
                || self.pending.added.len() >= PUBLISH_DOCUMENTS;
            if due && !self.pending.is_empty() {
                self.publish(tasks.len(), false).await?;
            }
        }
        if !self.pending.is_empty() || self.unsettled {
            self.shared.reader.emit(Progress::Phase { phase: Phase::Settling });
            self.publish(0, true).await?;
            self.writer.prune().await;
        }
        Ok(())
    }

    /// The next document under a name that this run has not met.
    fn next(&mut self) -> Option<Item> {
        loop {
            let mut item = self.queue.pop_front()?;
            if let (Some(prefix), 0) = (&self.shared.options.prefix, item.depth) {
                item.source.name = format!("{}/{}", prefix.trim_end_matches('/'), item.source.name);
            }
            let file = match &item.source.bytes {
                SourceBytes::Path(path) => Some(path.clone()),
                SourceBytes::Bytes(_) => None,
            };
            match self.seen.get(&item.source.name) {
                None => {
                    self.seen.insert(item.source.name.clone(), (item.source.root.clone(), file));
                    return Some(item);
                }
                Some((root, _)) if *root != item.source.root => {
                    let line = IngestedDocument::other_root(&item.source.name, root, &item.source.root);
                    self.report.add(line);
                }
                // The same file twice, by two paths that overlap.
                Some((_, known)) if *known == file && file.is_some() => {}
                Some(_) => self.report.add(IngestedDocument::same_name(&item.source.name)),
            }
            self.finish(item.container);
        }
    }

    fn take(&mut self, container: Option<usize>, done: Done) {
        let reader = &self.shared.reader;
        let item = match done {
            Done::Reported { lines, relabelled } => {
                if let Some(IngestedDocument { name, status, pages, .. }) = lines.first() {
                    reader.emit(Progress::Done { document: name.clone(), status: *status, bytes: 0, pages: pages.seen });
                }
                lines.into_iter().for_each(|line| self.report.add(line));
                self.pending.relabelled.extend(relabelled);
                return self.finish(container);
            }
            Done::Read(item) => *item,
        };
        let ReadItem { record, replaced, read, mut source, depth } = item;
        // Its parts take over all but its bytes, and the labels that it has by now.
        source.bytes = SourceBytes::default();
        source.labels.clone_from(&record.labels);
        let (mut parts, mut items) = (HashSet::new(), Vec::new());
        for part in read.parts {
            let name = format!("{}!/{}", record.document.name, part.name);
            let (bytes, error) = part.bytes.map_or_else(|error| (Vec::new(), Some(error)), |bytes| (bytes, None));
            reader.emit(Progress::Planned { documents: 1, bytes: bytes.len() as u64 });
            let source = Source { name, bytes: SourceBytes::Bytes(bytes), ..source.clone() };
            items.push(Item {
                source,
                depth: depth + 1,
                container: Some(self.held.len()),
                parent: Some(record.document.id),
                error,
            });
            parts.insert(part.name);
        }
        let mut pending = Pending::default();
        if let Some(replaced) = replaced {
            // Parts that the new version no longer has go with the old one; the others see to their own parts.
            let inside = record.document.name.len() + "!/".len();
            let part = |name: &str| name[inside..].split("!/").next().is_some_and(|part| parts.contains(part));
            let inside = self.shared.catalog.inside(&replaced);
            pending.removed.extend(inside.into_iter().filter(|record| !part(&record.document.name)).cloned());
            pending.removed.push(replaced);
        }
        self.report.add(IngestedDocument::of(&record, record.status));
        self.report.bytes += record.bytes;
        self.report.chunks += read.rows.len() as u64;
        self.report.tokens += read.tokens;
        pending.rows = read.rows;
        pending.objects = read.objects;
        pending.trees.extend(read.tree.map(|tree| (record.document.id, tree)));
        pending.added.push(record);
        if items.is_empty() {
            self.done(pending);
            return self.finish(container);
        }
        self.held.push(Held { pending, left: items.len(), container });
        // Before everything else, so that the bytes do not wait in memory.
        items.into_iter().for_each(|item| self.queue.push_front(item));
    }

    /// One part of a container is done; with the last one the container is.
    fn finish(&mut self, mut container: Option<usize>) {
        while let Some(at) = container {
            let held = &mut self.held[at];
            held.left -= 1;
            if held.left > 0 {
                return;
            }
            container = held.container;
            let pending = std::mem::take(&mut held.pending);
            self.done(pending);
        }
    }

    /// Lets a document wait for publication.
    fn done(&mut self, pending: Pending) {
        for DocumentRecord { document, status, bytes, pages, .. } in &pending.added {
            self.shared.reader.emit(Progress::Done {
                document: document.name.clone(),
                status: *status,
                bytes: *bytes,
                pages: pages.seen,
            });
        }
        self.pending.added.extend(pending.added);
        self.pending.removed.extend(pending.removed);
        self.pending.relabelled.extend(pending.relabelled);
        self.pending.rows.extend(pending.rows);
        self.pending.objects.extend(pending.objects);
        self.pending.trees.extend(pending.trees);
    }

    async fn publish(&mut self, running: usize, settle: bool) -> Result<()> {
        let Pending { added, removed, relabelled, rows, objects, trees } = std::mem::take(&mut self.pending);
        let documents = added.len() as u64;
        let held = self.held.iter().filter(|held| held.left > 0).count();
        let pending = (self.queue.len() + running + held) as u32;
        let pending_labels = if pending > 0 { self.shared.labels.clone() } else { Vec::new() };
        let (operation, action) = ("ingest", Action::Ingest);
        let change =
            Change { operation, action, added, trees, rows, objects, removed, relabelled, pending, pending_labels, settle };
        if let Some(version) = self.writer.commit(change).await? {
            self.shared.reader.emit(Progress::Published { version: version.n, documents });
        }
        self.published = Instant::now();
        self.unsettled = !settle;
        Ok(())
    }
}

impl Job {
    /// One document from its bytes to its rows; runs on a thread of its own.
    fn run(&self, item: Item) -> Result<Done> {
        self.reader.check_cancelled()?;
        let Item { source, depth, parent, error, .. } = item;
        self.reader.emit(Progress::Started { document: source.name.clone() });
        // Of bytes that could not be had there is no digest.
        let none = || (String::new(), 0);
        let (error, (mut sha256, mut length)) = match error {
            Some(error) => (Some(error), none()),
            None => source.bytes.digest().map_or_else(|error| (Some((&error).into()), none()), |digest| (None, digest)),
        };
        let previous = match self.previous(&source, &sha256, parent) {
            Ok(previous) => previous,
            Err(error) => return Ok(Done::line(IngestedDocument::failed(&source.name, &error))),
        };
        if let Some(record) = previous {
            if record.document.sha256 == sha256 && !self.is_retried(record) {
                return Ok(self.unchanged(record));
            }
            if record.document.sha256 != sha256 && record.root != source.root && !self.options.replace {
                return Ok(Done::line(IngestedDocument::other_root(&source.name, &record.root, &source.root)));
            }
        }
        if let (Some(why), None) = (&error, parent) {
            // What was read of a file before is worth more than that it cannot be opened today; and one that went since it was
            // listed is no document.
            if previous.is_some_and(|record| !record.document.sha256.is_empty()) || why.code == "io.not_found" {
                return Ok(Done::line(IngestedDocument::failed(&source.name, &why.clone().into())));
            }
        }
        let inner = &self.corpus.engine().0;
        let (id, version) = match previous {
            Some(record) => (record.document.id, record.document.version + 1),
            None => (new_id(inner.clock.as_ref(), inner.random.as_ref()), 1),
        };
        let limits = &self.corpus.engine().options().limits;
        let mut original = None;
        let read = match error.map_or_else(|| source.bytes.read(limits.file_bytes), |error| Err(error.into())) {
            Ok(_) if depth > limits.depth => {
                Err(Error::new(ErrorKind::Limit, "document.too_deep", "the file lies too deep in other files")
                    .with("limit", limits.depth.to_string())
                    .with_hint("unpack it, or raise limits.depth if the file is trusted"))
            }
            Ok(bytes) => {
                // The file may have changed since it was looked at: what is read is what is kept.
                (sha256, length) = (hex(&Sha256::digest(&bytes)), bytes.len() as u64);
                original = keep_original(&self.corpus, &sha256, &bytes)?;
                Ok(self.reader.read(&source.name, &sha256, bytes, &self.options.passwords, id, version)?)
            }
            Err(error) => Err(error),
        };
        let mut read = read.unwrap_or_else(Read::failed);
        read.objects.extend(original);
        // A new version is seen by nobody who did not see the one before, unless the caller says so.
        let inherited = previous.map_or(&source.labels, |record| &record.labels);
        let labels = normalized(inherited.iter().chain(&self.labels).map(String::as_str))?;
        let record = DocumentRecord {
            document: DocumentRef { id, name: source.name.clone(), sha256, version },
            root: source.root.clone(),
            container: parent,
            status: read.status(previous.is_some()),
            format: read
                .summary
                .as_ref()
                .and_then(|summary| serde_json::to_value(summary.format).ok()?.as_str().map(str::to_owned)),
            title: read.summary.as_ref().and_then(|summary| summary.title.clone()),
            date: source.date.or(read.summary.as_ref().and_then(|summary| summary.date)),
            language: read.language,
            labels,
            subjects: source.subjects.clone(),
            metadata: source.metadata.clone(),
            bytes: length,
            pages: read.pages,
            chunks: read.rows.len() as u32,
            extractor: EXTRACTOR.to_owned(),
            error: read.error.as_ref().map(Into::into),
            unread: read.unread.clone(),
            notices: read.summary.as_ref().map(|summary| summary.notices.clone()).unwrap_or_default(),
            ingested: inner.clock.now(),
        };
        Ok(Done::Read(Box::new(ReadItem { record, replaced: previous.cloned(), read, source, depth })))
    }

    /// The document that a source is a version of: of several of its name the one with its root, then the one with its bytes.
    fn previous(&self, source: &Source, sha256: &str, parent: Option<Uuid>) -> Result<Option<&DocumentRecord>> {
        let named = || self.catalog.named(&source.name).filter(|record| record.container.is_none_or(|of| Some(of) == parent));
        let unique = |mut found: Vec<_>| if found.len() == 1 { found.pop() } else { None };
        if named().next().is_none() {
            return Ok(None);
        }
        unique(named().collect())
            .or_else(|| unique(named().filter(|record| record.root == source.root).collect()))
            .or_else(|| named().find(|record| record.root == source.root && record.document.sha256 == sha256))
            .map(Some)
            .ok_or_else(|| {
                Error::new(ErrorKind::Conflict, "document.ambiguous", "several documents have this name")
                    .with_hint("ingest it with `--as PREFIX` as a document of its own")
            })
    }

    /// A document whose bytes are known, with its parts; they get the labels that they do not have yet.
    fn unchanged(&self, record: &DocumentRecord) -> Done {
        let (mut lines, mut relabelled) = (Vec::new(), Vec::new());
        for record in std::iter::once(record).chain(self.catalog.inside(record)) {
            let added: Vec<String> = self.labels.iter().filter(|label| !record.labels.contains(label)).cloned().collect();
            if !added.is_empty() {
                let mut labels = [record.labels.as_slice(), &added].concat();
                labels.sort_unstable();
                relabelled.push(DocumentRecord { labels, ..record.clone() });
            }
            lines.push(IngestedDocument { labels_added: added, ..IngestedDocument::known(record) });
        }
        Done::Reported { lines, relabelled }
    }

    /// Whether a document whose bytes are known is read again, for its own sake or for one of its parts.
    fn is_retried(&self, record: &DocumentRecord) -> bool {
        let (retry, password) = (self.options.retry, !self.options.passwords.is_empty());
        let is_retried = |record: &DocumentRecord| match record.status {
            DocumentStatus::Encrypted => retry || password,
            DocumentStatus::Failed | DocumentStatus::Partial | DocumentStatus::Unsupported => retry,
            _ => false,
        };
        (retry || password) && (is_retried(record) || self.catalog.inside(record).into_iter().any(is_retried))
    }
}

impl Done {
    /// One line of the report and nothing else.
    fn line(line: IngestedDocument) -> Self {
        Self::Reported { lines: vec![line], relabelled: Vec::new() }
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.relabelled.is_empty()
    }
}

impl Read {
    fn failed(error: Error) -> Self {
        Self {
            summary: None,
            pages: Default::default(),
            unread: Vec::new(),
            error: Some(error),
            language: Default::default(),
            rows: PendingRows::default(),
            tokens: 0,
            parts: Vec::new(),
            objects: Vec::new(),
            tree: None,
        }
    }

    fn status(&self, known: bool) -> DocumentStatus {
        match &self.error {
            Some(error) if error.kind() == ErrorKind::Encrypted => DocumentStatus::Encrypted,
            Some(error) if error.kind() == ErrorKind::Unsupported && self.pages.seen == 0 => DocumentStatus::Unsupported,
            Some(_) if self.pages.extracted == 0 => DocumentStatus::Failed,
            Some(_) => DocumentStatus::Partial,
            None if self.pages.failed + self.pages.scanned > 0 => DocumentStatus::Partial,
            None if known => DocumentStatus::Updated,
            None => DocumentStatus::New,
        }
    }
}

fn length(bytes: &SourceBytes) -> u64 {
    match bytes {
        SourceBytes::Bytes(bytes) => bytes.len() as u64,
        SourceBytes::Path(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
    }
}

/// Equal bytes are stored once.
fn keep_original(corpus: &Corpus, sha256: &str, bytes: &[u8]) -> Result<Option<StagedObject>> {
    use std::io::Write;
    let blobs = &corpus.0.blobs;
    let name = original_name(sha256);
    if blobs.path(&name).exists() {
        return Ok(None);
    }
    let mut file = blobs.temporary()?;
    file.write_all(bytes).map_err(|error| Error::io(error, "keep the original of a document", corpus.folder()))?;
    blobs.stage(name, file, false).map(Some)
}

/// The object with the original bytes of digest `sha256`.
pub(in crate::corpus) fn original_name(sha256: &str) -> String {
    format!("documents/{}/{sha256}", &sha256[..2])
}
