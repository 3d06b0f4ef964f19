//! Which versions of the index are kept, and what becomes of what nobody names any more.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use beleg::corpus::{Engine, EngineOptions, IndexOptions, KeepVersions};

use crate::support::{Place, engine, files, found, model, options};

fn keeping(count: u64, seconds: u64) -> Engine {
    let index = IndexOptions { keep: KeepVersions { count, seconds }, ..IndexOptions::default() };
    Engine::new(Arc::new(model()), EngineOptions { index, ..options() }).unwrap()
}

/// Lance's versions of a dataset.
fn versions_of(place: &Place, dataset: &str) -> usize {
    files(&place.corpus().join(dataset).join("_versions")).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_versions_are_kept_with_what_they_name_and_older_ones_go() {
    let place = Place::new();
    let corpus = place.open_with(&keeping(2, 0)).await;
    for i in 0..4 {
        place.put("a.txt", format!("Das Wort{i} steht hier."));
        place.ingest(&corpus).await;
    }
    let newest = corpus.search(&"Wort", Default::default()).await.unwrap().index_version;
    let kept: Vec<_> = (newest - 1..=newest).map(|n| format!("{n}.json")).collect();
    let mut stored = place.stored("versions");
    stored.sort_by_key(|name| name.split('.').next().unwrap().parse::<u64>().unwrap());
    assert_eq!(stored, kept);
    assert!(versions_of(&place, "catalog") <= 2 && versions_of(&place, "index/chunks-1") <= 2);
    for corpus in [&corpus, &place.open().await] {
        assert_eq!(found(corpus, "Wort3").await, ["a.txt"]);
        assert_eq!(found(corpus, "Wort2").await, [""; 0]);
    }
    // Writing goes on from there.
    place.put("b.txt", "Das Folgewort.");
    place.ingest(&corpus).await;
    assert_eq!((found(&corpus, "Wort3").await, found(&corpus, "Folgewort").await), (vec!["a.txt".into()], vec!["b.txt".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_of_the_last_day_are_kept_however_many_they_are() {
    let place = Place::new();
    let corpus = place.open_with(&keeping(1, 24 * 60 * 60)).await;
    for i in 0..4 {
        place.put("a.txt", format!("Das Wort{i} steht hier."));
        place.ingest(&corpus).await;
    }
    assert!(place.stored("versions").contains(&"1.json".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_before_a_rebuild_goes_when_no_version_that_is_kept_names_it() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let engine = keeping(2, 0);
    let corpus = place.open_with(&engine).await;
    place.ingest(&corpus).await;
    engine.rebuild(place.corpus(), None).await.unwrap().unwrap();
    let folders = || {
        let mut names: Vec<_> = fs::read_dir(place.corpus().join("index")).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(folders().len(), 2, "the version before is kept and names the old one");
    // A rebuild that died leaves its index behind.
    fs::create_dir_all(place.corpus().join("index/chunks-999/data")).unwrap();
    for i in 0..2 {
        place.put("b.txt", format!("Das Folgewort{i}."));
        place.ingest(&corpus).await;
    }
    assert_eq!(folders().len(), 1, "{:?}", folders());
    for corpus in [&corpus, &place.open().await] {
        assert_eq!(found(corpus, "Erstwort").await, ["a.txt"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_far_behind_goes_on_with_the_newest_version() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let writer = place.open_with(&keeping(1, 0)).await;
    place.ingest(&writer).await;
    let reader = engine().open(place.corpus()).await.unwrap();
    assert_eq!(found(&reader, "Erstwort").await, ["a.txt"]);
    for i in 0..5 {
        place.put("a.txt", format!("Das Wort{i}."));
        place.put(&format!("b{i}.txt"), "Das Folgewort.");
        place.ingest(&writer).await;
    }
    writer.delete(&["b0.txt"]).await.unwrap();
    assert_eq!(found(&reader, "Erstwort").await, [""; 0]);
    assert_eq!(found(&reader, "Folgewort").await, ["b1.txt", "b2.txt", "b3.txt", "b4.txt"]);
    assert_eq!(reader.documents().await.unwrap(), writer.documents().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_never_fail_while_versions_are_dropped_under_them() {
    let place = Place::new();
    place.put("0.txt", "Das Bleibwort steht hier.");
    let writer = place.open_with(&keeping(1, 0)).await;
    place.ingest(&writer).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (folder, done) = (place.corpus(), done.clone());
            tokio::spawn(async move {
                let corpus = engine().open(folder).await.unwrap();
                let mut searches = 0;
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(found(&corpus, "Bleibwort").await, ["0.txt"]);
                    searches += 1;
                }
                searches
            })
        })
        .collect();
    for i in 0..12 {
        place.put("1.txt", format!("Das Wechselwort{i} steht hier."));
        place.ingest(&writer).await;
        if i % 4 == 3 {
            keeping(1, 0).rebuild(place.corpus(), None).await.unwrap();
        }
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_follows_the_changes_has_the_catalog_that_a_new_one_reads() {
    let place = Place::new();
    let (writer, reader) = (place.open().await, place.open().await);
    for round in 0..6 {
        for i in 0..4 {
            place.put(&format!("{i}.txt"), format!("Das Wort{} steht hier.", round * i));
        }
        place.put(&format!("n{round}.zip"), crate::files::zip(&[("b.txt", b"Das Teilwort.")]));
        place.ingest(&writer).await;
        if round % 2 == 1 {
            writer.delete(&["1.txt", &format!("n{round}.zip")]).await.unwrap();
        }
        if round == 4 {
            engine().rebuild(place.corpus(), None).await.unwrap();
        }
        let expected = engine().open(place.corpus()).await.unwrap().documents().await.unwrap();
        assert_eq!(reader.documents().await.unwrap(), expected, "round {round}");
        assert_eq!(writer.documents().await.unwrap(), expected, "round {round}");
    }
}
