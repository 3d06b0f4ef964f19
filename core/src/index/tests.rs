//! The index on Lance, by rows with given vectors; Lance's exact scan is the oracle.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use arrow_array::{Float32Array, cast::AsArray, types::UInt64Type};
use lance::{Dataset, index::DatasetIndexExt};
use uuid::Uuid;

use super::{
    IndexMemory, IndexWriter, PendingRows, VectorOptions,
    chunks::{self, ChunkRow},
    vectors::{Centring, Means, SentenceBuilder, dot},
    versions::MadeWith,
};
use crate::{
    store::{CacheSizes, Datasets, session},
    types::{Language, Segment, Span},
};

const DIMENSIONS: usize = 16;

struct Index {
    folder: tempfile::TempDir,
    writer: IndexWriter,
}

impl Index {
    /// An empty one, with an index of vectors above `vectors_in_memory` chunks.
    async fn new(vectors_in_memory: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let datasets = Datasets::local(folder.path(), session(CacheSizes::default())).unwrap();
        let made_with = MadeWith {
            extractor: String::new(),
            analysis: String::new(),
            rows: 1,
            chunking: serde_json::Value::Null,
            model: String::new(),
            model_identity: String::new(),
            dimensions: DIMENSIONS as u32,
        };
        let writer = IndexWriter::open(datasets, None, made_with).await.unwrap().with_vectors_in_memory(vectors_in_memory);
        Self { folder, writer }
    }

    fn datasets(&self) -> Datasets {
        Datasets::local(self.folder.path(), session(CacheSizes::default())).unwrap()
    }

    async fn dataset(&self) -> Arc<Dataset> {
        Arc::new(self.datasets().latest("index/chunks-1").await.unwrap().unwrap())
    }

    async fn memory(&self, in_memory: usize, centring: Option<Arc<Centring>>) -> IndexMemory {
        let options = VectorOptions { dimensions: DIMENSIONS, centring, in_memory };
        IndexMemory::load("index/chunks-1", self.dataset().await, options, &|_| true).await.unwrap()
    }
}

fn random(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }
}

/// Around a common direction, as embeddings are.
fn vector(seed: u64) -> Vec<f32> {
    let mut next = random(seed);
    let vector: Vec<f32> = (0..DIMENSIONS).map(|_| 0.2 + next()).collect();
    let length = dot(&vector, &vector).sqrt();
    vector.iter().map(|x| x / length).collect()
}

fn row(document: u128, ordinal: u32, vector: Vec<f32>) -> ChunkRow {
    let segment = Segment { page: 1, span: Span { start: 0, end: 1 } };
    ChunkRow {
        document: Uuid::from_u128(document),
        version: 1,
        ordinal,
        language: if ordinal.is_multiple_of(2) { Language::De } else { Language::En },
        core: vec![segment],
        heading: Vec::new(),
        text: "wort".into(),
        terms: format!("wort w{document}"),
        sentences: Vec::new(),
        sentence_codes: SentenceBuilder::new(DIMENSIONS).unwrap().finish(),
        word_codes: Vec::new(),
        vector,
    }
}

fn rows_of(document: u128, count: u32) -> PendingRows {
    let mut rows = PendingRows::default();
    (0..count).for_each(|i| rows.push(row(document, i, vector(document as u64 * 100_003 + u64::from(i)))));
    rows
}

/// Documents by number, each with so many rows.
async fn filled(vectors_in_memory: usize, documents: u128, rows: u32) -> Index {
    let mut index = Index::new(vectors_in_memory).await;
    for document in 0..documents {
        index.writer.add(&[], rows_of(document, rows)).await.unwrap();
    }
    index.writer.settle().await.unwrap();
    index
}

fn number(key: &str) -> u128 {
    chunks::parse_key(key).unwrap().0.as_u128()
}

/// Rows that Lance's exact scan finds among the documents of `permits`.
async fn exact(dataset: &Dataset, query: &[f32], k: usize, permits: &dyn Fn(u128) -> bool) -> BTreeSet<u64> {
    let mut scan = dataset.scan();
    scan.project(&["document"]).unwrap();
    scan.nearest("vector", &Float32Array::from(query.to_vec()), dataset.count_rows(None).await.unwrap()).unwrap();
    scan.use_index(false).with_row_id();
    let batch = scan.try_into_batch().await.unwrap();
    let (documents, ids) = (batch["document"].as_string::<i32>(), batch["_rowid"].as_primitive::<UInt64Type>());
    let all = (0..batch.num_rows()).filter(|i| permits(number(documents.value(*i))));
    all.take(k).map(|i| ids.value(i)).collect()
}

/// Share of what the exact scan finds that is found, over 20 questions: among as many, or among twice as many where half
/// codes in memory give a pool that is scored again.
async fn recall(memory: &IndexMemory, k: usize, permits: Option<&(dyn Fn(u128) -> bool + Send + Sync)>) -> f64 {
    let (mut right, mut all) = (0u32, 0u32);
    let pool = if memory.holds_vectors() { 2 * k } else { k };
    for seed in 0..20 {
        let query = vector(7_000_000 + seed);
        let by_key = |key: &str| permits.is_none_or(|permits| permits(number(key)));
        let permitted = memory.permitted(permits.map(|_| &by_key as _));
        let found = memory.nearest(&query, &query, pool, &permitted).await.unwrap();
        assert!(found.is_sorted_by(|a, b| a.1 >= b.1), "best first");
        let found: BTreeSet<u64> = found.iter().map(|(ordinal, _)| memory.row_id(*ordinal)).collect();
        let wanted = exact(memory.dataset(), &query, k, &|document| permits.is_none_or(|permits| permits(document))).await;
        assert!(found.len() >= wanted.len() && found.len() <= pool);
        right += found.intersection(&wanted).count() as u32;
        all += wanted.len() as u32;
    }
    if all == 0 { 1.0 } else { f64::from(right) / f64::from(all) }
}

fn data_files(index: &Path) -> usize {
    fs::read_dir(index.join("data")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread")]
async fn above_its_limit_no_vector_is_held_and_the_index_on_disk_finds_what_an_exact_scan_finds() {
    let index = filled(1_000, 100, 100).await;
    assert_eq!(index.dataset().await.load_indices_by_name("vector").await.unwrap().len(), 1);
    let memory = index.memory(1_000, None).await;
    assert!(!memory.holds_vectors() && memory.len() == 10_000);
    assert!(recall(&memory, 10, None).await >= 0.98);
    // Half of all are found through the graph, and few by comparing each: a filter loses nothing.
    assert!(recall(&memory, 10, Some(&|document| document % 2 == 1)).await >= 0.98);
    assert_eq!(recall(&memory, 10, Some(&|document| document % 40 == 7)).await, 1.0);
    assert_eq!(recall(&memory, 10, Some(&|document| document == 1_000)).await, 1.0, "nothing of nothing");
    let held = index.memory(20_000, None).await;
    assert!(held.holds_vectors() && recall(&held, 10, None).await >= 0.98);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_index_was_built_is_found_at_once_and_what_goes_is_not() {
    let mut index = filled(100, 10, 100).await;
    let mut memory = index.memory(100, None).await;
    let query = vector(9_000_042);
    let nearest = async |memory: &IndexMemory| {
        let found = memory.nearest(&query, &query, 1, &memory.permitted(None)).await.unwrap();
        let row = memory.row_id(found[0].0);
        number(&IndexMemory::take(memory.dataset(), &[row]).await.unwrap()[0].document)
    };
    let before = nearest(&memory).await;
    let mut rows = PendingRows::default();
    rows.push(row(77, 0, query.clone()));
    index.writer.add(&[], rows).await.unwrap();
    memory.advance(index.dataset().await, &|_| true).await.unwrap();
    assert_eq!(nearest(&memory).await, 77, "though it is in no index yet");
    index.writer.settle().await.unwrap();
    assert_eq!(index.dataset().await.load_indices_by_name("vector").await.unwrap().len(), 2, "a part was added");
    memory.advance(index.dataset().await, &|_| true).await.unwrap();
    assert_eq!(nearest(&memory).await, 77);

    index.writer.remove(&[(Uuid::from_u128(77), 1)]).await.unwrap();
    memory.advance(index.dataset().await, &|key| number(key) != 77).await.unwrap();
    assert_eq!(nearest(&memory).await, before);
    assert_eq!(nearest(&index.memory(100, None).await).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_vectors_survives_that_fragments_are_joined_and_its_parts_too() {
    let mut index = filled(100, 3, 100).await;
    for document in 3..90 {
        index.writer.add(&[], rows_of(document, 4)).await.unwrap();
        if document % 8 == 0 {
            index.writer.settle().await.unwrap();
        }
    }
    index.writer.settle().await.unwrap();
    let dataset = index.dataset().await;
    assert!(dataset.count_fragments() < 64 && dataset.load_indices_by_name("vector").await.unwrap().len() <= 8);
    assert!(recall(&index.memory(100, None).await, 10, None).await >= 0.98);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_grows_beyond_the_limit_lets_its_vectors_go_and_takes_them_back_when_it_shrinks() {
    let mut index = filled(150, 1, 100).await;
    let mut memory = index.memory(150, None).await;
    assert!(memory.holds_vectors());
    index.writer.add(&[], rows_of(1, 100)).await.unwrap();
    memory.advance(index.dataset().await, &|_| true).await.unwrap();
    assert!(!memory.holds_vectors());
    assert_eq!(recall(&memory, 10, None).await, 1.0);
    index.writer.remove(&[(Uuid::from_u128(0), 1)]).await.unwrap();
    memory.advance(index.dataset().await, &|key| number(key) == 1).await.unwrap();
    assert!(memory.holds_vectors());
    assert_eq!(memory.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_vectors_are_centred_the_best_of_them_are_found_in_the_wider_pool() {
    let index = filled(100, 20, 100).await;
    let mean = |seed| vector(seed).iter().map(|x| x * 0.5).collect::<Vec<_>>();
    let means = Means { de: mean(1), en: mean(2), other: mean(3) };
    let centring = Arc::new(Centring { alpha: 0.5, query: means.clone(), chunk: means.clone(), sentence: means });
    let (held, memory) = (index.memory(10_000, Some(centring.clone())).await, index.memory(100, Some(centring.clone())).await);
    let (mut right, mut all) = (0, 0);
    for seed in 0..20 {
        let query = vector(8_000_000 + seed);
        let centred = centring.apply(&query, &centring.query.de);
        let found = memory.nearest(&query, &centred, 20, &memory.permitted(None)).await.unwrap();
        let wanted = held.nearest(&query, &centred, 20, &held.permitted(None)).await.unwrap();
        let ids =
            |memory: &IndexMemory, found: &[(u32, f32)]| found.iter().map(|(o, _)| memory.row_id(*o)).collect::<BTreeSet<_>>();
        // The half codes in memory swap those at the edge.
        right += ids(&memory, &found[..10]).intersection(&ids(&held, &wanted)).count();
        all += 10;
        for (a, b) in found.iter().zip(&wanted) {
            assert!((a.1 - b.1).abs() < 0.05, "the same scale: {a:?} {b:?}");
        }
    }
    assert!(right as f64 / all as f64 >= 0.9, "{right} of {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_staged_are_in_no_version_until_they_are_added_and_litter_goes_with_the_next_clean_up() {
    let mut index = Index::new(usize::MAX).await;
    let folder = index.folder.path().join("index/chunks-1");
    // The first ones come before there is a dataset.
    let stage = index.writer.stage();
    let mut rows = rows_of(1, 10);
    stage.write(&mut rows).await.unwrap();
    assert_eq!((rows.in_memory(), rows.len(), data_files(&folder)), (0, 10, 1));
    assert!(index.datasets().latest("index/chunks-1").await.unwrap().is_none());
    (10..15).for_each(|i| rows.push(row(1, i, vector(u64::from(i)))));
    index.writer.add(&[], rows).await.unwrap();
    assert_eq!(index.dataset().await.count_rows(None).await.unwrap(), 15);

    for stage in [stage, index.writer.stage()] {
        let mut rows = rows_of(2, 10);
        stage.write(&mut rows).await.unwrap();
        drop(rows);
        let mut rows = rows_of(3, 10);
        stage.write(&mut rows).await.unwrap();
        let before = index.dataset().await;
        index.writer.add(&[], rows).await.unwrap();
        let after = index.dataset().await;
        assert_eq!(after.version_id(), before.version_id() + 1);
        assert_eq!(after.count_rows(None).await.unwrap(), before.count_rows(None).await.unwrap() + 10);
    }
    let (files, newest) = (data_files(&folder), index.dataset().await.version_id());
    index.datasets().clean_up("index/chunks-1", &[newest].into()).await.unwrap();
    assert_eq!(data_files(&folder), files - 2, "those of document 2");
    let dataset = index.dataset().await;
    assert_eq!((dataset.version_id(), dataset.count_rows(None).await.unwrap()), (newest, 35));
    let memory = index.memory(usize::MAX, None).await;
    assert_eq!(memory.len(), 35);
    assert!(recall(&memory, 5, None).await >= 0.9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_keeps_the_versions_that_are_named_and_takes_the_others() {
    let mut index = filled(usize::MAX, 3, 10).await;
    let kept = index.dataset().await.version_id();
    index.writer.remove(&[(Uuid::from_u128(0), 1)]).await.unwrap();
    index.writer.add(&[], rows_of(9, 10)).await.unwrap();
    let newest = index.dataset().await.version_id();
    index.datasets().clean_up("index/chunks-1", &[kept, newest].into()).await.unwrap();
    let versions: Vec<u64> = index.dataset().await.version_refs().await.unwrap().iter().map(|at| at.version).collect();
    assert_eq!(versions, [kept, newest]);
    for (version, rows) in [(kept, 30), (newest, 30)] {
        let dataset = index.datasets().open("index/chunks-1", version).await.unwrap();
        let batch = dataset.scan().try_into_batch().await.unwrap();
        assert_eq!(batch.num_rows(), rows);
    }
    let error = index.datasets().open("index/chunks-1", kept - 1).await.unwrap_err();
    assert_eq!(error.code(), "store.damaged");
}
