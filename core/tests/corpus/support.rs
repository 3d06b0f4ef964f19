//! What the tests share: an engine with the fake model, a folder for documents, and its corpus.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use beleg::{
    corpus::{Corpus, Engine, EngineOptions, Filter, Hit, IngestOptions, IngestReport, IngestedDocument, Mode, SearchOptions},
    embed::FakeModel,
    record::Recorder,
    types::DocumentStatus,
};

/// Enough dimensions that two words rarely share one.
pub(crate) fn model() -> FakeModel {
    FakeModel::new(256)
}

/// Keys of all corpora of these tests lie in one folder, as those of one user do.
pub(crate) fn keys() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")
}

pub(crate) fn options() -> EngineOptions {
    EngineOptions { keys: Some(keys()), ..EngineOptions::default() }
}

pub(crate) fn engine() -> Engine {
    Engine::new(Arc::new(model()), options()).unwrap()
}

pub(crate) fn engine_recorded_by(recorder: impl Recorder + 'static) -> Engine {
    Engine::with_recorder(Arc::new(model()), options(), Arc::new(recorder)).unwrap()
}

/// A folder with documents, beside the folder of their corpus.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn documents(&self) -> PathBuf {
        self.path("in")
    }

    pub(crate) fn corpus(&self) -> PathBuf {
        self.path("corpus")
    }

    /// Puts a document into the folder, or changes it.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.documents().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) async fn open(&self) -> Corpus {
        self.open_with(&engine()).await
    }

    pub(crate) async fn open_with(&self, engine: &Engine) -> Corpus {
        engine.open_or_create(self.corpus()).await.unwrap().0
    }

    pub(crate) async fn ingest(&self, corpus: &Corpus) -> IngestReport {
        corpus.ingest(self.documents(), IngestOptions::default()).await.unwrap()
    }

    /// Names of files below a folder of the corpus, sorted.
    pub(crate) fn stored(&self, below: &str) -> Vec<String> {
        files(&self.corpus().join(below))
    }
}

/// Names of all files below `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, out: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                out.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut out = Vec::new();
    walk(folder, folder, &mut out);
    out.sort();
    out
}

/// The line of a document in a report.
pub(crate) fn line<'r>(report: &'r IngestReport, name: &str) -> &'r IngestedDocument {
    let names: Vec<_> = report.documents.iter().map(|d| d.name.as_str()).collect();
    report.documents.iter().find(|d| d.name == name).unwrap_or_else(|| panic!("{name} is not in {names:?}"))
}

pub(crate) fn statuses(report: &IngestReport) -> Vec<(&str, DocumentStatus)> {
    report.documents.iter().map(|d| (d.name.as_str(), d.status)).collect()
}

/// Names of documents with a passage that holds `word`.
pub(crate) async fn found(corpus: &Corpus, word: &str) -> Vec<String> {
    let mut names: Vec<_> = hits(corpus, word, Filter::default())
        .await
        .into_iter()
        .filter(|hit| hit.text.contains(word))
        .map(|hit| hit.document.name)
        .collect();
    names.sort();
    names.dedup();
    names
}

pub(crate) async fn hits(corpus: &Corpus, query: &str, filter: Filter) -> Vec<Hit> {
    search(corpus, query, 100, Mode::Hybrid, filter).await
}

pub(crate) async fn search(corpus: &Corpus, query: &str, k: usize, mode: Mode, filter: Filter) -> Vec<Hit> {
    corpus.search(query, SearchOptions { k, mode, filter, ..SearchOptions::default() }).await.unwrap().hits
}
