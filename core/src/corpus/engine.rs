use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

use lance::session::Session;

use super::IndexOptions;
use crate::{
    Result,
    chunk::ChunkOptions,
    document::Limits,
    embed::EmbeddingModel,
    env::{Clock, Random, System},
    record::{NoLog, Recorder},
    store::{CacheSizes, session},
};

/// Models, pools and limits of one process, shared by all corpora that it opens.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) options: EngineOptions,
    pub(super) model: Arc<dyn EmbeddingModel>,
    pub(super) recorder: Arc<dyn Recorder>,
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
    /// Creates a corpus also in a folder on a network drive, or in one that a client synchronises: for who knows that locks and
    /// renames hold there, and that nobody else touches the files.
    pub any_folder: bool,
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
    /// An engine with an embedding model. It keeps no record.
    pub fn new(model: Arc<dyn EmbeddingModel>, options: EngineOptions) -> Result<Self> {
        Self::with_recorder(model, options, Arc::new(NoLog))
    }

    /// An engine whose actions go on the record of `recorder`.
    pub fn with_recorder(model: Arc<dyn EmbeddingModel>, options: EngineOptions, recorder: Arc<dyn Recorder>) -> Result<Self> {
        let session = session(options.caches);
        Ok(Self(Arc::new(Inner { options, model, recorder, clock: Arc::new(System), random: Arc::new(System), session })))
    }

    /// Its settings.
    pub fn options(&self) -> &EngineOptions {
        &self.0.options
    }

    /// Its embedding model.
    pub fn model(&self) -> &Arc<dyn EmbeddingModel> {
        &self.0.model
    }

    /// How many things it does at a time.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.0.options.threads.unwrap_or_else(cores).get()
    }
}
