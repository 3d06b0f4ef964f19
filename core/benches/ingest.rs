//! An ingest from files to a published version, embedding aside: the model is a fake, so that what is measured is reading,
//! cutting, analysis and the index.

mod shared;

use std::{fs, sync::Arc};

use beleg::{
    corpus::{Engine, EngineOptions, IngestOptions},
    embed::FakeModel,
};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;

fn ingest(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let engine = Engine::new(Arc::new(FakeModel::new(384)), EngineOptions::default()).expect("an engine");
    let mut group = c.benchmark_group("ingest, bytes");
    group.sample_size(10);
    for (documents, paragraphs) in [(100, 10), (1, 1_000)] {
        let files = tempfile::tempdir().expect("a folder");
        let mut bytes = 0;
        for i in 0..documents {
            let text = shared::document(i, paragraphs);
            bytes += text.len() as u64;
            fs::write(files.path().join(format!("{i}.md")), text).expect("a document");
        }
        group.throughput(Throughput::Bytes(bytes));
        let name = BenchmarkId::from_parameter(format!("{documents} documents of {paragraphs} chunks"));
        group.bench_function(name, |b| {
            let folder = || tempfile::tempdir().expect("a folder");
            let (engine, files) = (&engine, files.path());
            b.to_async(&runtime).iter_batched(
                folder,
                move |folder| async move {
                    let (corpus, _) = engine.open_or_create(folder.path()).await.expect("a corpus");
                    corpus.ingest(files, IngestOptions::default()).await.expect("an ingest");
                    folder
                },
                BatchSize::PerIteration,
            )
        });
    }
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
