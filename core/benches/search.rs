//! A search in an open corpus of 10,000 chunks, from the question to hits with their text. The model is a fake, which costs
//! nothing: `embed` measures the real one.

mod shared;

use std::{fs, hint::black_box, path::Path, sync::Arc};

use beleg::{
    corpus::{Corpus, Engine, EngineOptions, Filter, IndexOptions, IngestOptions, Mode, SearchOptions},
    embed::FakeModel,
};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

const DOCUMENTS: u64 = 100;
const CHUNKS: usize = 100;

fn engine(vectors_in_memory: usize) -> Engine {
    let index = IndexOptions { vectors_in_memory, ..IndexOptions::default() };
    Engine::new(Arc::new(FakeModel::new(384)), EngineOptions { index, ..EngineOptions::default() }).expect("an engine")
}

async fn corpus(folder: &Path, engine: &Engine) -> Corpus {
    let documents = folder.join("in");
    fs::create_dir(&documents).expect("a folder");
    for i in 0..DOCUMENTS {
        fs::write(documents.join(format!("{i}.md")), shared::document(i, CHUNKS)).expect("a document");
    }
    let (corpus, _) = engine.open_or_create(folder.join("corpus")).await.expect("a corpus");
    corpus.ingest(&documents, IngestOptions::default()).await.expect("an ingest");
    corpus
}

fn search(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    // Made by an engine that builds the index on disk, too.
    let on_disk = runtime.block_on(corpus(folder.path(), &engine(1_000)));
    let in_memory = runtime.block_on(engine(usize::MAX).open(folder.path().join("corpus"))).expect("the corpus");
    let few = Filter { documents: vec!["7.md".into(), "70.md".into()], ..Filter::default() };
    let mut group = c.benchmark_group("search");
    group.sample_size(20);
    for (name, corpus, mode, filter) in [
        ("hybrid", &in_memory, Mode::Hybrid, Filter::default()),
        ("by meaning", &in_memory, Mode::Dense, Filter::default()),
        ("by words", &in_memory, Mode::Text, Filter::default()),
        ("hybrid, two documents", &in_memory, Mode::Hybrid, few.clone()),
        ("by meaning, vectors on disk", &on_disk, Mode::Dense, Filter::default()),
        ("by meaning, vectors on disk, two documents", &on_disk, Mode::Dense, few),
    ] {
        let options = SearchOptions { mode, filter, ..SearchOptions::default() };
        group.bench_function(name, |b| {
            b.to_async(&runtime).iter(|| async {
                corpus.search(black_box("Rückstellungen Darlehen equity Stichtag"), options.clone()).await.expect("a search")
            })
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
