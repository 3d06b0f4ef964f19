use std::{
    fs,
    sync::{Arc, Mutex},
};

use beleg::{
    corpus::{AskOptions, IngestOptions, SearchOptions},
    record::{Action, Content, Ending, Phase},
    testing::RecordingRecorder,
};

use crate::support::{Place, engine, engine_recorded_by, files, found};

/// What lies in the corpus when an entry is put on record.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    phase: Phase,
    datasets: Vec<String>,
    objects: Vec<String>,
    versions: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_intent_is_on_record_before_the_index_is_written_and_the_outcome_before_it_is_published() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let (seen, folder) = (Arc::new(Mutex::new(Vec::new())), place.corpus());
    let observer = {
        let seen = seen.clone();
        move |entry: &beleg::record::Entry| {
            let mut datasets = files(&folder.join("catalog"));
            datasets.extend(files(&folder.join("index")));
            let objects = [files(&folder.join("documents")), files(&folder.join("text"))].concat();
            seen.lock().unwrap().push(Seen { phase: entry.phase, datasets, objects, versions: files(&folder.join("versions")) });
        }
    };
    let recorder = RecordingRecorder::default().observed(Arc::new(observer));
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    place.ingest(&corpus).await;
    corpus.delete(&["a.txt"]).await.unwrap();

    let seen = seen.lock().unwrap().clone();
    let (mut before, mut objects, mut n) = (Vec::<String>::new(), Vec::new(), 0);
    // Each change has an intent and an outcome; entries of documents stand beside them, and see the same.
    let changes: Vec<Seen> = seen.chunk_by(|a, b| a.phase == b.phase).map(|group| group[0].clone()).collect();
    for pair in changes.chunks(2) {
        let [intent, outcome] = pair else { panic!("an intent without an outcome") };
        assert_eq!((intent.phase, outcome.phase), (Phase::Intent, Phase::Outcome));
        let new: Vec<_> = intent.datasets.iter().filter(|file| !before.contains(file)).collect();
        assert_eq!(new, [""; 0], "nothing is written before the intent");
        assert_eq!(intent.objects, objects, "and nothing is put in place");
        assert!(!outcome.versions.contains(&format!("{}.json", n + 1)), "nothing is published before the outcome");
        assert!(outcome.versions.contains(&format!("{}.prepared.json", n + 1)), "and all is durable by then");
        before.clone_from(&outcome.datasets);
        objects.clone_from(&outcome.objects);
        n += 1;
    }
    assert_eq!((objects.len(), place.stored("tmp")), (2, vec![]), "original and text are in place, and nothing waits any more");
    assert_eq!(place.stored("versions"), (1..=n).map(|n| format!("{n}.json")).collect::<Vec<_>>());

    let (of_documents, entries): (Vec<_>, Vec<_>) =
        recorder.entries().into_iter().partition(|entry| entry.versions.contains_key("document"));
    for pair in entries.chunks(2) {
        assert_eq!((pair[1].refs.as_slice(), pair[1].ending), (&[pair[0].id][..], Some(Ending::Complete)));
        assert_eq!(pair[0].action, pair[1].action);
    }
    assert_eq!((entries[0].action, entries[entries.len() - 1].action), (Action::Ingest, Action::Delete));
    // The document comes in with the outcome of its ingest, and is named before it goes.
    let told: Vec<_> = of_documents.iter().map(|entry| (entry.action, entry.phase)).collect();
    assert_eq!(told, [(Action::Ingest, Phase::Outcome), (Action::Delete, Phase::Intent)]);
    for (entry, intent) in of_documents.iter().zip([entries[0].id, entries[entries.len() - 2].id]) {
        assert_eq!(entry.refs, [intent]);
        let payload = entry.payloads.iter().find(|payload| payload.name == "document").unwrap();
        assert!(matches!(&payload.content, Content::Document(document) if document.name == "a.txt"));
        assert!(!payload.is_of_caller, "it is read with the key of the document alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_when_the_intent_cannot_be_put_on_record() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    recorder.fail_at(1);
    let error = corpus.ingest(place.documents(), IngestOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "record.failed");
    assert_eq!((place.stored("versions"), place.stored("catalog"), place.stored("index")), (vec![], vec![], vec![]));

    place.ingest(&corpus).await;
    let versions = place.stored("versions");
    recorder.fail_at(1);
    assert_eq!(corpus.delete(&["a.txt"]).await.unwrap_err().code(), "record.failed");
    assert_eq!(place.stored("versions"), versions);
    assert_eq!(found(&engine().open(place.corpus()).await.unwrap(), "Erstwort").await, ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_published_when_the_outcome_cannot_be_put_on_record_and_the_next_writer_takes_it_back() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    recorder.fail_at(2);
    corpus.ingest(place.documents(), IngestOptions::default()).await.unwrap_err();
    assert_eq!(place.stored("versions"), ["1.prepared.json"]);
    assert_eq!(found(&corpus, "Erstwort").await, [""; 0]);
    let intent = recorder.entries()[0].id;

    place.put("b.txt", "Das Zweitwort.");
    place.ingest(&corpus).await;
    for word in ["Erstwort", "Zweitwort"] {
        assert_eq!(found(&corpus, word).await.len(), 1, "{word}");
    }
    assert_eq!(corpus.documents().await.unwrap().len(), 2);
    let aborted: Vec<_> = recorder.entries().into_iter().filter(|entry| entry.ending == Some(Ending::Aborted)).collect();
    assert_eq!(aborted.len(), 1);
    assert_eq!(aborted[0].refs, [intent]);

    // The same with something published before it.
    place.put("c.txt", "Das Drittwort.");
    recorder.fail_at(2);
    corpus.ingest(place.documents(), IngestOptions::default()).await.unwrap_err();
    assert_eq!(found(&corpus, "Drittwort").await, [""; 0]);
    recorder.fail_at(3);
    corpus.delete(&["a.txt"]).await.unwrap_err();
    assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"], "its deletion was not published");
    corpus.delete(&["a.txt"]).await.unwrap();
    place.ingest(&corpus).await;
    let records = corpus.documents().await.unwrap();
    assert_eq!(records.iter().map(|r| r.document.name.as_str()).collect::<Vec<_>>(), ["a.txt", "b.txt", "c.txt"]);
    assert_eq!(found(&corpus, "Drittwort").await, ["c.txt"]);
}

/// Leaves the corpus as a writer does that died between the outcome and the publication of version 3, which adds `b.txt`.
async fn died_before_publication(place: &Place, recorder: &RecordingRecorder) {
    place.put("a.txt", "Das Erstwort.");
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    place.ingest(&corpus).await;
    place.put("b.txt", "Das Zweitwort.");
    place.ingest(&corpus).await;
    assert_eq!(place.stored("versions"), ["1.json", "2.json", "3.json", "4.json"]);
    let versions = place.corpus().join("versions");
    fs::remove_file(versions.join("4.json")).unwrap();
    fs::rename(versions.join("3.json"), versions.join("3.prepared.json")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_its_outcome_on_record_is_published_by_the_next_writer() {
    let (place, recorder) = (Place::new(), RecordingRecorder::default());
    died_before_publication(&place, &recorder).await;
    let corpus = engine_recorded_by(recorder.clone()).open(place.corpus()).await.unwrap();
    assert_eq!(found(&corpus, "Zweitwort").await, [""; 0], "a reader publishes nothing");
    let entries = recorder.entries().len();
    corpus.delete(&["a.txt"]).await.unwrap();
    assert_eq!(place.stored("versions"), ["1.json", "2.json", "3.json", "4.json"]);
    assert_eq!((found(&corpus, "Erstwort").await.len(), found(&corpus, "Zweitwort").await), (0, vec!["b.txt".to_owned()]));
    assert!(recorder.entries()[entries..].iter().all(|entry| entry.ending != Some(Ending::Aborted)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_outcome_on_record_is_taken_back_by_the_next_writer() {
    let place = Place::new();
    died_before_publication(&place, &RecordingRecorder::default()).await;
    // To this recorder the intent is unknown.
    let recorder = RecordingRecorder::default();
    let corpus = engine_recorded_by(recorder.clone()).open(place.corpus()).await.unwrap();
    corpus.delete(&["a.txt"]).await.unwrap();
    assert_eq!(recorder.entries()[0].ending, Some(Ending::Aborted));
    assert_eq!(place.stored("versions"), ["1.json", "2.json", "3.json"]);
    assert_eq!((found(&corpus, "Erstwort").await.len(), found(&corpus, "Zweitwort").await.len()), (0, 0));
    place.ingest(&corpus).await;
    assert_eq!(found(&corpus, "Zweitwort").await, ["b.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_handed_out_that_is_not_on_record() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort steht hier.");
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    place.ingest(&corpus).await;
    recorder.fail_at(1);
    assert_eq!(corpus.search("Erstwort", SearchOptions::default()).await.unwrap_err().code(), "record.failed");
    recorder.fail_at(1);
    assert_eq!(corpus.ask("Erstwort", AskOptions::default()).await.unwrap_err().code(), "record.failed", "both entries at once");
    let before = recorder.entries().len();
    let answer = corpus.ask("Wo ist das Erstwort?", AskOptions::default()).await.unwrap();
    let entries = &recorder.entries()[before..];
    assert_eq!(entries.iter().map(|entry| entry.action).collect::<Vec<_>>(), [Action::Retrieval, Action::Answer]);
    assert_eq!(entries[1].refs, [entries[0].id]);
    let text = |name| {
        entries
            .iter()
            .flat_map(|entry| &entry.payloads)
            .find(|payload| payload.name == name)
            .map(|payload| payload.content.clone())
    };
    assert_eq!(text("query"), Some(Content::Text("Wo ist das Erstwort?".into())));
    let Some(Content::Json(recorded)) = text("answer") else { panic!("the answer is on record") };
    assert_eq!((&recorded["text"], &recorded["id"]), (&answer.text.clone().into(), &answer.id.to_string().into()));
    // What the log shows to anyone has no word of question and document in it.
    for entry in entries {
        let clear = format!("{:?} {:?}", entry.counts, entry.versions);
        assert!(!clear.contains("Erstwort") && !clear.contains("a.txt"), "{clear}");
    }
}
