use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::RwLock;

use super::{
    Engine,
    budget::Ledger,
    caller::Standing,
    layout,
    layout::Layout,
    restate::Restated,
    snapshot::{Snapshot, Sources},
};
use crate::{
    Error, ErrorKind, Result,
    audit_log::{AuditLog, AuditSeams, Published},
    document::EXTRACTOR,
    env::new_id,
    index::{
        VectorOptions, analysis, chunks,
        versions::{self, MadeWith},
    },
    platform::{self, Unfit},
    record::Recorder,
    retrieve::Calibration,
    store::{Blobs, Datasets, LocalBlobs, Lock, LockHolder},
};

/// A collection of documents with its index, in a folder.
///
/// Cheap to clone; all clones share one view of the index, which every call brings up to date. Calls are made by the actor
/// `local`, who sees everything, unless [`Corpus::with`] says who makes them.
#[derive(Clone)]
pub struct Corpus(pub(super) Arc<Shared>, pub(super) Arc<Standing>);

pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) folder: PathBuf,
    pub(super) layout: Layout,
    pub(super) blobs: Arc<LocalBlobs>,
    pub(super) datasets: Datasets,
    pub(super) snapshot: RwLock<Snapshot>,
    pub(super) log: AuditLog,
    /// Read by each answer in the making.
    pub(super) answering: Arc<RwLock<()>>,
    pub(super) ledger: Ledger,
    pub(super) restated: Restated,
}

/// The lock of those who write to the index.
const INDEX_LOCK: &str = "index";
/// The lock of those who hold something, and of those who take away what could be held. Whoever has both takes the index lock first.
const HOLDS_LOCK: &str = "holds";
/// How long a second writer waits before it is told who holds the lock.
const LOCK_WAIT: Duration = Duration::from_secs(5);

impl Engine {
    /// Opens a corpus that exists.
    ///
    /// # Errors
    /// `corpus.not_found`, `corpus.not_a_corpus`, `corpus.newer_format`, `corpus.other_model`.
    pub async fn open(&self, folder: impl AsRef<Path>) -> Result<Corpus> {
        let folder = absolute(folder.as_ref())?;
        let layout = layout::read(&folder)?.ok_or_else(|| not_found(&folder))?;
        self.start(folder, layout)?.checked().await
    }

    /// Opens a corpus whose rows may be of another model, to make them anew.
    pub(super) async fn open_for_rebuild(&self, folder: impl AsRef<Path>) -> Result<Corpus> {
        let folder = absolute(folder.as_ref())?;
        self.start(folder.clone(), layout::read(&folder)?.ok_or_else(|| not_found(&folder))?)
    }

    /// Opens a corpus; creates it in a folder that is new or empty. The second value says whether it was created.
    ///
    /// # Errors
    /// Those of [`Engine::open`], and `corpus.unsafe_folder` for a folder on a network drive or one that a client synchronises.
    pub async fn open_or_create(&self, folder: impl AsRef<Path>) -> Result<(Corpus, bool)> {
        let folder = absolute(folder.as_ref())?;
        if let Some(layout) = layout::read(&folder)? {
            return Ok((self.start(folder, layout)?.checked().await?, false));
        }
        self.check_place(&folder)?;
        std::fs::create_dir_all(&folder).map_err(|error| Error::io(error, "create the corpus", &folder))?;
        let new = || new_id(self.0.clock.as_ref(), self.0.random.as_ref());
        let (name, bytes) = layout::object(&Layout { format: layout::FORMAT, id: new(), tenant: new() });
        let blobs = LocalBlobs::new(&folder);
        let created = blobs.put_if_absent(name, &bytes).await?;
        let layout = layout::read(&folder)?
            .ok_or_else(|| Error::new(ErrorKind::Internal, "corpus.create", "the corpus was not created"))?;
        Ok((self.start(folder, layout)?, created))
    }

    /// A corpus that exists is opened wherever it lies: refusing it then would lock its owner out.
    fn check_place(&self, folder: &Path) -> Result<()> {
        if self.0.options.any_folder {
            return Ok(());
        }
        let context = match platform::unfit(folder, &platform::Machine) {
            None => return Ok(()),
            Some(Unfit::Network { file_system }) => [("why", "it lies on a network drive".into()), ("file_system", file_system)],
            Some(Unfit::Synchronised { client, folder }) => {
                [("why", format!("{client} copies its files")), ("synchronised", folder.display().to_string())]
            }
        };
        let error = Error::new(ErrorKind::InvalidInput, "corpus.unsafe_folder", "a corpus is not safe in this folder")
            .with("path", folder.display().to_string());
        Err(context.into_iter().fold(error, |error, (key, value)| error.with(key, value)).with_hint(
            "name a folder on a local disk, and copy it elsewhere as a backup; `--any-folder` creates it all the same",
        ))
    }

    fn start(&self, folder: PathBuf, layout: Layout) -> Result<Corpus> {
        let blobs = Arc::new(LocalBlobs::new(&folder));
        let seams = AuditSeams {
            corpus: layout.id,
            tenant: layout.tenant,
            blobs: blobs.clone(),
            keys: self.0.keys.clone(),
            clock: self.0.clock.clone(),
            random: self.0.random.clone(),
        };
        let shared = Shared {
            log: AuditLog::local(&folder, seams, self.0.options.audit.clone())?,
            engine: self.clone(),
            blobs,
            datasets: Datasets::local(&folder, self.0.session.clone())?,
            folder,
            layout,
            snapshot: RwLock::new(Snapshot::default()),
            answering: Arc::default(),
            ledger: Ledger::default(),
            restated: Restated::default(),
        };
        Ok(Corpus(Arc::new(shared), Arc::new(Standing::local())))
    }
}

impl Corpus {
    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Its id, wherever it lies.
    pub fn id(&self) -> uuid::Uuid {
        self.0.layout.id
    }

    /// Its audit log.
    pub fn audit(&self) -> &AuditLog {
        &self.0.log
    }

    /// Whether its actions go into its own audit log.
    pub(super) fn has_log(&self) -> bool {
        self.0.engine.0.recorder.is_none()
    }

    /// What actions go on.
    pub(super) fn recorder(&self) -> &dyn Recorder {
        self.0.engine.0.recorder.as_deref().unwrap_or(&self.0.log)
    }

    /// Waits for answers in the making, and until all that was done is covered by a checkpoint of the audit log, and ends its opening in
    /// order. Streams of answers that are held and not read are waited for: drop them before. A corpus that is dropped instead loses
    /// nothing: whoever opens it next publishes what is durable.
    pub async fn close(&self) -> Result<Option<Published>> {
        let _none = self.0.answering.write().await;
        self.0.log.close().await
    }

    /// The engine it was opened with.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What rows are made with today.
    pub(super) fn made_with(&self) -> MadeWith {
        let engine = &self.0.engine;
        let model = engine.model();
        MadeWith {
            extractor: EXTRACTOR.to_owned(),
            analysis: analysis::VERSION.to_string(),
            rows: chunks::VERSION,
            chunking: serde_json::to_value(&engine.options().chunking).unwrap_or_default(),
            model: model.name().to_owned(),
            model_identity: model.identity().to_owned(),
            dimensions: model.dimensions() as u32,
        }
    }

    /// Vectors of two models do not compare: the corpus is searched with the one that it was made with.
    async fn checked(self) -> Result<Self> {
        if let Some(version) = versions::newest(self.0.blobs.as_ref(), None).await? {
            self.check_model(&version)?;
        }
        self.purge_erased().await?;
        Ok(self)
    }

    fn check_model(&self, version: &versions::IndexVersion) -> Result<()> {
        let (was, is) = (&version.made_with, self.made_with());
        if was.model_identity == is.model_identity {
            if (&was.analysis, was.rows) == (&is.analysis, is.rows) {
                return Ok(());
            }
            return Err(Error::new(ErrorKind::Conflict, "corpus.other_index", "the index was made by another version of Beleg")
                .with("path", self.0.folder.display().to_string())
                .with_hint("make it anew from the documents with `beleg rebuild CORPUS`"));
        }
        Err(Error::new(ErrorKind::Conflict, "corpus.other_model", "the corpus was made with another embedding model")
            .with("path", self.0.folder.display().to_string())
            .with("corpus_model", format!("{} ({})", was.model, short(&was.model_identity)))
            .with("this_model", format!("{} ({})", is.model, short(&is.model_identity)))
            .with_hint("open it with that model, or embed it anew with `beleg rebuild CORPUS`"))
    }

    /// Brings the shared view up to date.
    pub(super) async fn refresh(&self) -> Result<()> {
        let shared = &self.0;
        let current = shared.snapshot.read().await.version.as_ref().map(|version| version.n);
        let newer = match current {
            Some(n) => versions::is_behind(shared.blobs.as_ref(), n).await?,
            None => true,
        };
        if newer {
            // Another process may have made the index anew since this one opened it.
            if let Some(version) = versions::newest(shared.blobs.as_ref(), None).await? {
                self.check_model(&version)?;
            }
            shared.snapshot.write().await.refresh(&self.sources()).await?;
        }
        Ok(())
    }

    /// What versions are read with.
    fn sources(&self) -> Sources<'_> {
        let shared = &self.0;
        let model = shared.engine.model();
        let centring = Calibration::of(model.identity()).centring.clone().map(Arc::new);
        let in_memory = shared.engine.options().index.vectors_in_memory;
        let vectors = VectorOptions { dimensions: model.dimensions(), centring, in_memory };
        Sources { blobs: shared.blobs.as_ref(), datasets: &shared.datasets, vectors }
    }

    /// A version that need not be the newest one, for as long as the caller has it.
    pub(super) async fn snapshot_of(&self, version: &versions::IndexVersion) -> Result<Snapshot> {
        Snapshot::of(version, &self.sources()).await
    }

    /// Whether a version was made by what reads it today.
    pub(super) fn reads(&self, version: &versions::IndexVersion) -> bool {
        let (was, is) = (&version.made_with, self.made_with());
        (&was.model_identity, &was.analysis, was.rows) == (&is.model_identity, &is.analysis, is.rows)
    }

    /// Takes the index lock.
    pub(super) async fn lock(&self, operation: &str) -> Result<Lock> {
        self.lock_named(INDEX_LOCK, operation).await
    }

    /// Takes the lock under which holds do not change. An ingest does not have it, so that a hold need not wait for one.
    pub(super) async fn lock_holds(&self, operation: &str) -> Result<Lock> {
        self.lock_named(HOLDS_LOCK, operation).await
    }

    async fn lock_named(&self, name: &str, operation: &str) -> Result<Lock> {
        let holder = LockHolder { operation: operation.to_owned(), pid: std::process::id(), since: self.0.engine.0.clock.now() };
        self.0.blobs.lock(name, &holder, LOCK_WAIT).await
    }
}

pub(super) fn not_found(folder: &Path) -> Error {
    Error::new(ErrorKind::NotFound, "corpus.not_found", "there is no corpus")
        .with("path", folder.display().to_string())
        .with_hint("create one with `beleg ingest CORPUS PATH`")
}

/// The first digits of an identity, enough for people.
fn short(identity: &str) -> &str {
    &identity[..identity.len().min(12)]
}

pub(super) fn absolute(folder: &Path) -> Result<PathBuf> {
    std::path::absolute(folder).map_err(|error| Error::io(error, "open the corpus", folder))
}
