//! Documents that are larger than what may wait in memory, and corpora whose vectors are.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use beleg::{
    corpus::{Engine, EngineOptions, Filter, IndexOptions, IngestOptions, Mode, Progress},
    testing::RecordingRecorder,
};

use crate::support::{Place, engine, files, found, line, model, options, search};

/// An engine that lets next to no row wait in memory, with its recorder.
fn small(recorder: &RecordingRecorder) -> Engine {
    let index = IndexOptions { rows_in_memory: 8, vectors_in_memory: 50, ..IndexOptions::default() };
    let options = EngineOptions { index, ..options() };
    Engine::with_recorder(Arc::new(model()), options, Arc::new(recorder.clone())).unwrap()
}

/// Text of many chunks, each with a word of its own.
fn book(name: &str, chunks: usize) -> String {
    let filler = "Der Bericht nennt den Saldo der Forderungen und die Rückstellungen zum Stichtag. ".repeat(60);
    (0..chunks).map(|i| format!("# Kapitel {i}\n\nDas Kennwort {name}{i}x steht hier.\n\n{filler}\n\n")).collect()
}

fn data_files(place: &Place) -> usize {
    place.stored("index").iter().filter(|name| name.contains("/data/")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_larger_than_memory_is_published_whole_and_gives_the_same_index() {
    let place = Place::new();
    place.put("a.md", book("a", 150));
    place.put("b.txt", "Das Nebenwort.");
    let recorder = RecordingRecorder::default();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = {
        let (seen, corpus) = (seen.clone(), place.corpus());
        move |_: &beleg::record::Entry| {
            let manifests = files(&corpus.join("index")).iter().filter(|name| name.contains("_versions/")).count();
            seen.lock().unwrap().push(manifests);
        }
    };
    let corpus = place.open_with(&small(&recorder.clone().observed(Arc::new(observed)))).await;
    let report = place.ingest(&corpus).await;
    assert!(report.chunks > 150, "{}", report.chunks);
    assert!(data_files(&place) > 1, "it was written in parts");
    assert_eq!(seen.lock().unwrap()[0], 0, "and none of them was part of anything before the intent was on record");

    let other = Place::new();
    other.put("a.md", book("a", 150));
    other.put("b.txt", "Das Nebenwort.");
    let whole = other.open().await;
    assert_eq!(other.ingest(&whole).await.chunks, report.chunks);
    let texts = async |corpus: &_, word: &str| {
        search(corpus, word, 20, Mode::Text, Filter::default())
            .await
            .into_iter()
            .map(|hit| (hit.text, hit.scores.text))
            .collect::<Vec<_>>()
    };
    for word in ["a0x", "a77x", "a149x", "Nebenwort"] {
        assert_eq!(found(&corpus, word).await.len(), 1, "{word}");
        assert_eq!(texts(&corpus, word).await, texts(&whole, word).await, "{word}");
    }

    // The same for an index that is made anew.
    small(&recorder).rebuild(place.corpus(), None).await.unwrap().unwrap();
    for word in ["a0x", "a77x", "a149x", "Nebenwort"] {
        assert_eq!(texts(&corpus, word).await, texts(&whole, word).await, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_document_whose_ingest_fails_leaves_nothing_that_is_found_and_nothing_that_stays() {
    let place = Place::new();
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&small(&recorder)).await;
    place.put("a.txt", "Das Erstwort.");
    place.ingest(&corpus).await;
    let before = (place.stored("versions"), data_files(&place));
    place.put("b.md", book("b", 150));
    recorder.fail_at(1);
    assert_eq!(corpus.ingest(place.documents(), IngestOptions::default()).await.unwrap_err().code(), "record.failed");
    assert_eq!(place.stored("versions"), before.0);
    assert!(data_files(&place) > before.1, "parts of it were written");
    assert_eq!(place.stored("tmp"), [""; 0], "what waits for its place goes with who waited");
    for corpus in [&corpus, &engine().open(place.corpus()).await.unwrap()] {
        assert_eq!(found(corpus, "b7x").await, [""; 0]);
    }
    fs::remove_file(place.documents().join("b.md")).unwrap();
    place.put("c.txt", "Das Drittwort.");
    place.ingest(&corpus).await;
    assert!(data_files(&place) <= before.1 + 2, "{:?}", place.stored("index"));
    assert_eq!(corpus.documents().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_that_is_dropped_in_the_middle_of_a_document_leaves_none_of_it() {
    let place = Place::new();
    let corpus = place.open_with(&small(&RecordingRecorder::default())).await;
    place.put("b.md", book("b", 400));
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let progress = Arc::new(move |event: Progress| {
        if let (Progress::Embedded { .. }, Some(tell)) = (event, tell.lock().unwrap().take()) {
            let _ = tell.send(());
        }
    });
    let options = IngestOptions { progress: Some(progress), ..IngestOptions::default() };
    tokio::select! {
        _ = corpus.ingest(place.documents(), options) => panic!("it was to be dropped"),
        _ = told => {}
    }
    assert_eq!((place.stored("versions"), place.stored("text"), place.stored("documents")), (vec![], vec![], vec![]));
    let report = place.ingest(&corpus).await;
    assert_eq!((line(&report, "b.md").pages.extracted, place.stored("tmp")), (1, vec![]));
    assert_eq!(found(&corpus, "b399x").await, ["b.md"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_whose_vectors_are_not_held_in_memory_answers_like_one_whose_are() {
    let place = Place::new();
    for name in ["a", "b", "c"] {
        place.put(&format!("{name}.md"), book(name, 60));
    }
    let corpus = place.open_with(&small(&RecordingRecorder::default())).await;
    assert!(place.ingest(&corpus).await.chunks > 150);
    assert!(place.stored("index").iter().any(|name| name.contains("_indices/")));
    let held = engine().open(place.corpus()).await.unwrap();
    for mode in [Mode::Dense, Mode::Hybrid] {
        for word in ["a3x", "b17x", "c59x"] {
            let query = format!("Kennwort {word}");
            let ids = async |corpus: &_, filter: Filter| {
                let hits = search(corpus, &query, 1, mode, filter).await;
                hits.into_iter().map(|hit| (hit.document.name, hit.span)).collect::<Vec<_>>()
            };
            assert_eq!(ids(&corpus, Filter::default()).await, ids(&held, Filter::default()).await, "{word} {mode:?}");
            let filter = Filter { documents: vec!["b.md".into()], ..Filter::default() };
            let only = ids(&corpus, filter.clone()).await;
            assert_eq!(only, ids(&held, filter).await, "{word} {mode:?}");
            assert_eq!(only[0].0, "b.md");
        }
    }
    corpus.delete(&["b.md"]).await.unwrap();
    place.put("d.txt", "Das Kennwort d0x steht hier.");
    assert_eq!(
        search(&corpus, "Kennwort b17x", 100, Mode::Dense, Filter::default())
            .await
            .iter()
            .filter(|hit| hit.document.name == "b.md")
            .count(),
        0
    );
    place.ingest(&corpus).await;
    assert_eq!(
        search(&corpus, "Das Kennwort d0x steht hier.", 1, Mode::Dense, Filter::default()).await[0].document.name,
        "d.txt"
    );
}
