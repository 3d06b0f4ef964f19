use std::{cell::RefCell, path::Path, sync::Arc};

use beleg::{
    Error, ErrorKind, Result,
    audit_log::{AuditLog, KeyStore, local_keys},
    config::Config,
    corpus::{self, Access, CallContext, Corpus, Engine, Extraction},
    embed::{
        EmbeddingModel,
        onnx::{OnnxModel, OnnxOptions},
        remote::is_remote,
    },
    model,
    platform::{self, variables},
};

use crate::args::Cli;

/// What one command opens. At its end the audit log of each corpus is closed, so that a checkpoint covers what the command did.
pub(crate) struct Session<'a> {
    cli: &'a Cli,
    opened: RefCell<Vec<Corpus>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(cli: &'a Cli) -> Self {
        Self { cli, opened: RefCell::default() }
    }

    /// The engine of this process: the model that was asked for, and this program as its own worker.
    pub(crate) fn engine(&self) -> Result<Engine> {
        let cli = self.cli;
        let mut config = self.config()?;
        let model = self.model()?;
        let program = std::env::current_exe().map_err(|error| {
            Error::new(ErrorKind::Environment, "worker.start", "this program cannot tell where it lies").with_source(error)
        })?;
        let extraction = Extraction::Worker { program, arguments: vec!["worker".to_owned()] };
        let keys = cli.keys.clone();
        let configured = &mut config.engine;
        if configured.extraction == Extraction::InProcess {
            configured.extraction = extraction;
        }
        configured.threads = cli.threads.or(configured.threads);
        configured.any_folder |= cli.any_folder;
        configured.keys = keys.or(configured.keys.take());
        config.engine(model)
    }

    /// The embedding model of a provider that corpora are opened with, by its name; `None` when it is one of this machine.
    pub(crate) fn provided_model(&self) -> Result<Option<String>> {
        match (self.model_by_name(), &self.cli.model) {
            (Some(name), _) => Ok(Some(name.to_owned())),
            (None, Some(_folder)) => Ok(None),
            (None, None) => Ok(self.config()?.embedding.map(|settings| settings.name())),
        }
    }

    /// `--model`, when it names a model of a provider and no folder.
    fn model_by_name(&self) -> Option<&str> {
        let named = self.cli.model.as_deref().filter(|folder| !folder.exists())?;
        named.to_str().filter(|name| is_remote(name))
    }

    /// The embedding model: of a provider or of this machine.
    pub(crate) fn model(&self) -> Result<Arc<dyn EmbeddingModel>> {
        let named = self.model_by_name();
        if named.is_some() || self.cli.model.is_none() {
            if let Some(model) = self.config()?.embedding_model(named, &variables)? {
                return Ok(model);
            }
        }
        let folder = match &self.cli.model {
            Some(folder) => folder.clone(),
            None => model::folder(model::DEFAULT)?,
        };
        let threads = self.cli.threads.map_or(0, std::num::NonZero::get);
        Ok(Arc::new(OnnxModel::open(folder, &OnnxOptions { threads, runtime: None })?))
    }

    /// The configuration: the file that was named, else the user's own when there is one, under the environment.
    pub(crate) fn config(&self) -> Result<Config> {
        let own =
            || platform::config_folder().map(|folder| folder.join("beleg").join("config.yaml")).filter(|path| path.exists());
        let file = self.cli.config.clone().or_else(own);
        let environment: Vec<_> =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        Config::load(file.as_deref(), &environment)
    }

    /// A corpus that exists.
    pub(crate) async fn corpus(&self, folder: &Path) -> Result<Corpus> {
        Ok(self.keep(self.engine()?.open(folder).await?))
    }

    /// A corpus that exists, asked through a chat model when there is one.
    pub(crate) async fn corpus_with(&self, folder: &Path, chats: &[String]) -> Result<Corpus> {
        let mut engine = self.engine()?;
        if let Some(chat) = self.config()?.chat_model(chats, &variables)? {
            engine = engine.with_chat_model(chat);
        }
        Ok(self.keep(engine.open(folder).await?))
    }

    /// A corpus, and whether it was created.
    pub(crate) async fn corpus_or_new(&self, folder: &Path) -> Result<(Corpus, bool)> {
        let (corpus, created) = self.engine()?.open_or_create(folder).await?;
        Ok((self.keep(corpus), created))
    }

    fn keep(&self, corpus: Corpus) -> Corpus {
        self.opened.borrow_mut().push(corpus.clone());
        corpus.with(self.context())
    }

    /// Who uses the program, and why.
    pub(crate) fn context(&self) -> CallContext {
        CallContext { reason: self.cli.reason.clone(), ..CallContext::new("local", Access::all()) }
    }

    /// The audit log of a corpus, for which it takes no model.
    pub(crate) fn audit(&self, folder: &Path) -> Result<AuditLog> {
        corpus::open_audit_with(folder, self.keys()?, self.config()?.engine.audit)
    }

    pub(crate) fn keys(&self) -> Result<Arc<dyn KeyStore>> {
        Ok(Arc::new(local_keys(self.cli.keys.as_deref())?))
    }

    pub(crate) async fn close(&self) -> Result<()> {
        let opened = self.opened.take();
        for corpus in opened {
            corpus.close().await?;
        }
        Ok(())
    }
}
