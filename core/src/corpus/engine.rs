use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

use lance::session::Session;

use super::{Budgets, IndexOptions};
use crate::{
    Result,
    audit_log::{self, AuditOptions, KeyStore, MemoryKeyStore},
    chunk::ChunkOptions,
    document::Limits,
    embed::EmbeddingModel,
    env::{Clock, Random, System},
    provider::{ChatModel, PriceList},
    record::Recorder,
    redact::{ClassifierOptions, RedactSettings, Redactor},
    store::{CacheSizes, session},
};

/// Models, pools and limits of one process, shared by all corpora that it opens.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) options: EngineOptions,
    pub(super) model: Arc<dyn EmbeddingModel>,
    pub(super) chat_models: Vec<Arc<dyn ChatModel>>,
    pub(super) prices: Arc<PriceList>,
    pub(super) redactor: Arc<Redactor>,
    pub(super) keys: Arc<dyn KeyStore>,
    /// Takes the place of the audit logs.
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) session: Arc<Session>,
}

/// Settings of an [`Engine`].
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineOptions {
    /// How many documents are read, and how many texts embedded, at a time. All cores when not given.
    pub threads: Option<NonZeroUsize>,
    /// Where documents are parsed.
    pub extraction: Extraction,
    /// What one document may cost.
    pub limits: Limits,
    /// How documents are cut.
    pub chunking: ChunkOptions,
    /// Memory for postings and metadata.
    pub caches: CacheSizes,
    /// What an index may cost.
    pub index: IndexOptions,
    /// What chat models may cost.
    pub budgets: Budgets,
    /// What is taken out of prompts.
    pub redaction: RedactionOptions,
    /// How the audit logs are kept.
    pub audit: AuditOptions,
    /// Where keys lie; `beleg/keys` in the user's data folder when it is not given. Never inside of a corpus.
    pub keys: Option<PathBuf>,
    /// Creates a corpus also in a folder on a network drive, or in one that a client synchronises: for who knows that locks and
    /// renames hold there, and that nobody else touches the files.
    pub any_folder: bool,
}

/// What is taken out of prompts before they are sent. For providers outside it always is, unless the corpus allows otherwise on record.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedactionOptions {
    /// For models on the operator's own machines as well.
    pub local: bool,
    /// What is looked for.
    pub settings: RedactSettings,
    /// A token classifier that is asked for names beside rules and lists.
    pub classifier: Option<ClassifierOptions>,
}

/// Where documents are parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extraction {
    /// In this process, with the limits that a thread can keep: no parser survives every hostile file, and one that takes
    /// the process down takes the host with it. For trusted files.
    #[default]
    InProcess,
    /// In worker processes with limits on memory and time and without network: the program and the arguments that make it
    /// serve as a worker. `beleg worker` is one.
    Worker {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

impl Engine {
    /// An engine with an embedding model. Each corpus keeps its audit log; the keys lie in [`EngineOptions::keys`], and the key that signs is the
    /// one in the environment (`BELEG_SIGNING_KEY`, `BELEG_SIGNING_KEY_FILE`) when there is one.
    ///
    /// # Errors
    /// `keys.no_folder` where the user has no data folder and none is given; `keys.signing_key`.
    pub fn new(model: Arc<dyn EmbeddingModel>, options: EngineOptions) -> Result<Self> {
        let keys = Arc::new(audit_log::local_keys(options.keys.as_deref())?);
        Self::with(model, options, keys, None)
    }

    /// An engine with keys of the host's own.
    pub fn with_keys(model: Arc<dyn EmbeddingModel>, options: EngineOptions, keys: Arc<dyn KeyStore>) -> Result<Self> {
        Self::with(model, options, keys, None)
    }

    /// An engine whose actions go on the record of `recorder`, in place of the audit logs.
    pub fn with_recorder(model: Arc<dyn EmbeddingModel>, options: EngineOptions, recorder: Arc<dyn Recorder>) -> Result<Self> {
        Self::with(model, options, Arc::new(MemoryKeyStore::default()), Some(recorder))
    }

    fn with(
        model: Arc<dyn EmbeddingModel>,
        options: EngineOptions,
        keys: Arc<dyn KeyStore>,
        recorder: Option<Arc<dyn Recorder>>,
    ) -> Result<Self> {
        let session = session(options.caches);
        let (clock, random) = (Arc::new(System), Arc::new(System));
        let (chat_models, prices) = (Vec::new(), Arc::new(PriceList::listed()?));
        let redactor = Arc::new(Redactor::open(options.redaction.settings.clone(), options.redaction.classifier.as_ref())?);
        Ok(Self(Arc::new(Inner { options, model, chat_models, prices, redactor, keys, recorder, clock, random, session })))
    }

    /// The same engine by another clock.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { clock, ..Inner::clone(&self.0) }))
    }

    /// The same engine with one more chat model. The first words all answers that ask for no other one by its name.
    #[must_use]
    pub fn with_chat_model(&self, model: Arc<dyn ChatModel>) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.chat_models.push(model);
        Self(Arc::new(inner))
    }

    /// The same engine with other prices: of a contract, of a deployment.
    #[must_use]
    pub fn with_prices(&self, prices: PriceList) -> Self {
        Self(Arc::new(Inner { prices: Arc::new(prices), ..Inner::clone(&self.0) }))
    }

    /// What chat models cost.
    pub fn prices(&self) -> &PriceList {
        &self.0.prices
    }

    /// The same engine with another redaction: one that asks a [`NameFinder`](crate::redact::NameFinder) as well.
    #[must_use]
    pub fn with_redactor(&self, redactor: Redactor) -> Self {
        Self(Arc::new(Inner { redactor: Arc::new(redactor), ..Inner::clone(&self.0) }))
    }

    /// What takes personal data out of prompts.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.0.redactor
    }

    /// Its settings.
    pub fn options(&self) -> &EngineOptions {
        &self.0.options
    }

    /// Its embedding model.
    pub fn model(&self) -> &Arc<dyn EmbeddingModel> {
        &self.0.model
    }

    /// Its chat models.
    pub fn chat_models(&self) -> &[Arc<dyn ChatModel>] {
        &self.0.chat_models
    }

    /// How many things it does at a time.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.0.options.threads.unwrap_or_else(cores).get()
    }
}
