use std::fs;

use beleg::{
    ErrorKind,
    corpus::{Access, CallContext, Corpus, Filter, IngestOptions, Mode},
    record::{Action, Content, Ending, Phase},
    testing::RecordingRecorder,
    types::DocumentStatus,
};

use crate::{
    files,
    support::{Place, engine, engine_recorded_by, found, line, search},
};

async fn labelled(corpus: &Corpus, label: &str) -> Vec<String> {
    let filter = Filter { labels: vec![label.to_owned()], ..Filter::default() };
    let mut names: Vec<_> =
        search(corpus, "Wort", 100, Mode::Dense, filter).await.into_iter().map(|hit| hit.document.name).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn new_labels_hold_at_once_in_every_handle_and_nothing_is_embedded_again() {
    let place = Place::new();
    place.put("a.txt", "Das Wort.");
    place.put("b.zip", files::zip(&[("c.txt", b"Das Wort."), ("d.txt", b"Das Wort.")]));
    place.put("b.zip.txt", "Das Wort.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let other = engine().open(place.corpus()).await.unwrap();
    let masked = other.with(CallContext::new("anna", Access::all().except(["geheim"])));
    assert_eq!(found(&masked, "Wort").await.len(), 4);
    let index = place.stored("index");
    let relabelled = corpus.relabel(&["b.zip"], &["x", "geheim", "x"]).await.unwrap();
    let names: Vec<_> = relabelled.relabelled.iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, ["b.zip", "b.zip!/c.txt", "b.zip!/d.txt"], "parts follow their container");
    assert_eq!(relabelled.labels, ["geheim", "x"]);
    assert_eq!(labelled(&other, "geheim").await, ["b.zip!/c.txt", "b.zip!/d.txt"]);
    assert_eq!(found(&masked, "Wort").await, ["a.txt", "b.zip.txt"]);
    assert!(place.stored("index").iter().all(|file| index.contains(file)), "no chunk was written");
    let ids =
        |records: Vec<beleg::types::DocumentRecord>| records.into_iter().map(|r| (r.document, r.chunks)).collect::<Vec<_>>();
    assert_eq!(
        ids(corpus.documents().await.unwrap()),
        ids(engine().open(place.corpus()).await.unwrap().documents().await.unwrap())
    );
    // A part has labels of its own when it is named itself.
    corpus.relabel(&["b.zip!/c.txt"], &[""; 0]).await.unwrap();
    assert_eq!(labelled(&other, "geheim").await, ["b.zip!/d.txt"]);
    // What changes nothing publishes nothing.
    let version = corpus.relabel(&["b.zip!/d.txt"], &["geheim", "x"]).await.unwrap().index_version;
    assert_eq!(corpus.relabel(&["b.zip!/d.txt"], &["x", "geheim"]).await.unwrap().index_version, version);
    let text = fs::read_to_string(place.corpus().join(format!("versions/{version}.json"))).unwrap();
    let published: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((published["operation"].as_str(), published["relabelled"].as_array().unwrap().len()), (Some("relabel"), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_unknown_name_or_an_empty_label_changes_no_labels() {
    let place = Place::new();
    place.put("a.txt", "Das Wort.");
    let corpus = place.open().await;
    let version = place.ingest(&corpus).await.index_version;
    let error = corpus.relabel(&["a.txt", "fehlt.txt"], &["x"]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "document.not_found"));
    let error = corpus.relabel(&["a.txt"], &["x", " "]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "label.empty"));
    assert_eq!((labelled(&corpus, "x").await.len(), place.ingest(&corpus).await.index_version), (0, version));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_labels_are_on_record_before_they_hold_and_the_next_writer_settles_what_a_dead_one_left() {
    let place = Place::new();
    place.put("a.txt", "Das Wort.");
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    place.ingest(&corpus).await;
    let before = recorder.entries().len();
    recorder.fail_at(1);
    assert_eq!(corpus.relabel(&["a.txt"], &["x"]).await.unwrap_err().code(), "record.failed");
    recorder.fail_at(2);
    assert_eq!(corpus.relabel(&["a.txt"], &["x"]).await.unwrap_err().code(), "record.failed");
    assert_eq!(labelled(&corpus, "x").await, [""; 0]);
    corpus.relabel(&["a.txt"], &["y"]).await.unwrap();
    let mut entries = recorder.entries().split_off(before);
    entries.retain(|entry| entry.action != Action::Retrieval);
    let (of_documents, entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.versions.contains_key("document"));
    let shape: Vec<_> = entries.iter().map(|entry| (entry.action, entry.phase, entry.ending)).collect();
    let intent = (Action::AdminChange, Phase::Intent, None);
    assert_eq!(
        shape,
        [
            intent,
            (Action::AdminChange, Phase::Outcome, Some(Ending::Aborted)),
            intent,
            (Action::AdminChange, Phase::Outcome, Some(Ending::Complete))
        ]
    );
    assert_eq!(entries[1].refs, [entries[0].id]);
    let payload = of_documents[1].payloads.iter().find(|payload| payload.name == "document").unwrap();
    assert!(matches!(&payload.content, Content::Document(document) if document.labels == ["y"]));
    assert_eq!(of_documents[1].refs, [entries[2].id]);
    assert_eq!((labelled(&corpus, "x").await, labelled(&corpus, "y").await), (vec![], vec!["a.txt".to_owned()]));

    // One that died between the outcome and the publication is published by the next.
    let version = corpus.relabel(&["a.txt"], &["z"]).await.unwrap().index_version;
    let versions = place.corpus().join("versions");
    fs::rename(versions.join(format!("{version}.json")), versions.join(format!("{version}.prepared.json"))).unwrap();
    let next = engine_recorded_by(recorder).open(place.corpus()).await.unwrap();
    assert_eq!(labelled(&next, "z").await, [""; 0]);
    place.put("b.txt", "Das Wort.");
    place.ingest(&next).await;
    assert_eq!(labelled(&next, "z").await, ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_adds_labels_to_what_is_unchanged_and_never_takes_one_away() {
    let place = Place::new();
    place.put("a.txt", "Das Wort.");
    place.put("b.zip", files::zip(&[("c.txt", b"Das Wort.")]));
    let corpus = place.open().await;
    let labels =
        |labels: &[&str]| IngestOptions { labels: labels.iter().map(|l| (*l).to_owned()).collect(), ..IngestOptions::default() };
    corpus.ingest(place.documents(), labels(&["alt"])).await.unwrap();
    let index = place.stored("index");
    let report = corpus.ingest(place.documents(), labels(&["neu", "alt"])).await.unwrap();
    assert_eq!((report.totals.unchanged, report.totals.relabelled, report.chunks), (3, 3, 0));
    assert_eq!(line(&report, "b.zip!/c.txt").labels_added, ["neu"]);
    assert_eq!(line(&report, "a.txt").status, DocumentStatus::Unchanged);
    assert!(place.stored("index").iter().all(|file| index.contains(file)), "nothing is embedded again");
    assert_eq!(labelled(&corpus, "neu").await, ["a.txt", "b.zip!/c.txt"]);
    assert_eq!(labelled(&corpus, "alt").await, ["a.txt", "b.zip!/c.txt"]);
    let again = corpus.ingest(place.documents(), labels(&["neu"])).await.unwrap();
    assert_eq!((again.totals.relabelled, again.index_version), (0, report.index_version));
    // Nor is a new version seen by those who might not see the one before; new parts are as their container.
    corpus.relabel(&["a.txt", "b.zip"], &["geheim"]).await.unwrap();
    place.put("a.txt", "Das neue Wort.");
    place.put("b.zip", files::zip(&[("c.txt", b"Das Wort."), ("d.txt", b"Das Wort.")]));
    let report = place.ingest(&corpus).await;
    assert_eq!(
        (line(&report, "a.txt").status, line(&report, "b.zip!/d.txt").status),
        (DocumentStatus::Updated, DocumentStatus::New)
    );
    assert_eq!(labelled(&corpus, "geheim").await, ["a.txt", "b.zip!/c.txt", "b.zip!/d.txt"]);
}
