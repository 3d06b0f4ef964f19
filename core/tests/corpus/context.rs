//! Who asks, and what there is for them.

use std::collections::BTreeMap;

use beleg::{
    ErrorKind, Result,
    corpus::{
        Access, AskOptions, CallContext, Corpus, EvalOptions, Filter, IngestOptions, Mode, Question, SearchOptions, ShowOptions,
        Source, SourceBytes,
    },
    testing::RecordingRecorder,
};

use crate::{
    files,
    support::{Place, engine, engine_recorded_by, found, line, search},
};

async fn add(corpus: &Corpus, name: &str, text: &str, labels: &[&str]) {
    let source = Source {
        root: "dms".into(),
        name: name.into(),
        bytes: SourceBytes::Bytes(text.into()),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..Source::default()
    };
    corpus.add(source, IngestOptions::default()).await.unwrap();
}

fn seeing(corpus: &Corpus, access: Access) -> Corpus {
    corpus.with(CallContext::new("anna", access))
}

fn code<T>(result: Result<T>) -> String {
    result.err().expect("an error").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_may_not_be_seen_is_as_if_it_were_not_there() {
    // The same corpus twice, once without what may not be seen.
    let (whole, part) = (Place::new(), Place::new());
    let (all, without) = (whole.open().await, part.open().await);
    for corpus in [&all, &without] {
        add(corpus, "offen.txt", "Das Offenwort der Rückstellung.", &["offen"]).await;
    }
    add(&all, "geheim/bericht.txt", "Das Geheimwort der Rückstellung.", &["geheim"]).await;
    add(&all, "geheim/leer.txt", "", &["geheim"]).await;
    add(&all, "geheim/bild.png", "\u{89}PNG\r\n\u{1a}\n0000", &["geheim"]).await;
    let seen = seeing(&all, Access::any_of(["offen"]));
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Text] {
        for query in ["Geheimwort", "Rückstellung", "Offenwort"] {
            let options = || SearchOptions { mode, ..SearchOptions::default() };
            let (a, b) = (seen.search(query, options()).await.unwrap(), without.search(query, options()).await.unwrap());
            let places = |hits: &[beleg::corpus::Hit]| -> Vec<_> {
                hits.iter().map(|hit| (hit.document.name.clone(), hit.ranks, hit.span)).collect()
            };
            assert_eq!((places(&a.hits), a.coverage), (places(&b.hits), b.coverage), "{query} {mode:?}");
        }
    }
    assert_eq!(found(&all, "Geheimwort").await, ["geheim/bericht.txt"], "it is there for others");
    let answers = [
        seen.ask("Geheimwort", AskOptions::default()).await.unwrap(),
        without.ask("Geheimwort", AskOptions::default()).await.unwrap(),
    ];
    assert_eq!((&answers[0].text, answers[0].coverage), (&answers[1].text, answers[1].coverage));
    assert_eq!(seen.coverage().await.unwrap(), without.coverage().await.unwrap());
    let names = |records: Vec<beleg::types::DocumentRecord>| records.into_iter().map(|r| r.document.name).collect::<Vec<_>>();
    assert_eq!(names(seen.documents().await.unwrap()), ["offen.txt"]);
    // Nor does a filter or an error tell of it, not even by a name that is nearly right.
    let id = all.documents().await.unwrap()[1].document.id.to_string();
    for wanted in ["geheim/bericht.txt", "bericht.txt", "Bericht.TXT", id.as_str()] {
        let errors = |corpus: Corpus| async move {
            [
                code(corpus.show(wanted, ShowOptions::default()).await),
                code(corpus.original(wanted).await),
                code(corpus.delete(&[wanted]).await),
                code(corpus.relabel(&[wanted], &["offen"]).await),
            ]
        };
        let told = errors(seen.clone()).await;
        assert_eq!(told, errors(without.clone()).await);
        assert!(told.iter().all(|error| !error.contains("did you mean")), "{told:?}");
        let filter = Filter { documents: vec![wanted.to_owned()], ..Filter::default() };
        let result = seen.search("Geheimwort", SearchOptions { filter, ..SearchOptions::default() }).await.unwrap();
        assert_eq!((result.hits.len(), result.coverage.documents), (0, 0));
    }
    let question = Question::read_all(r#"{"id": "1", "question": "Geheimwort", "document": "geheim/bericht.txt"}"#).unwrap();
    assert!(code(seen.eval(&question, EvalOptions::default(), |_| {}).await).contains("no document"));
    assert_eq!(names(all.documents().await.unwrap()).len(), 4, "and nothing of it was touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_in_under_a_name_that_is_taken_unseen_is_a_document_of_its_own() {
    let place = Place::new();
    let corpus = place.open().await;
    add(&corpus, "bericht.txt", "Das Erstwort.", &["a"]).await;
    let zip = files::zip(&[("innen.txt", b"Das Innenwort.")]);
    let archive = |labels: &[&str]| Source {
        root: "dms".into(),
        name: "x.zip".into(),
        bytes: SourceBytes::Bytes(zip.clone()),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..Source::default()
    };
    corpus.add(archive(&["a"]), IngestOptions::default()).await.unwrap();
    let b = seeing(&corpus, Access::any_of(["b"]));
    add(&b, "bericht.txt", "Das Zweitwort.", &["b"]).await;
    add(&b, "bericht.txt", "Das Zweitwort.", &["b"]).await;
    let report = b.add(archive(&["b"]), IngestOptions::default()).await.unwrap();
    assert_eq!(report.totals.new, 2, "{:?}", report.documents);
    assert_eq!(b.add(archive(&["b"]), IngestOptions::default()).await.unwrap().totals.unchanged, 2);
    let a = seeing(&corpus, Access::any_of(["a"]));
    assert_eq!((found(&a, "Erstwort").await.len(), found(&a, "Zweitwort").await.len()), (1, 0));
    assert_eq!((found(&b, "Erstwort").await.len(), found(&b, "Zweitwort").await.len()), (0, 1));
    assert_eq!(corpus.documents().await.unwrap().len(), 6);
    // Who sees both is asked which.
    let error = corpus.show("bericht.txt", ShowOptions::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "document.ambiguous"));
    // A container takes its own parts with it and not those of its namesake.
    b.delete(&["x.zip", "bericht.txt"]).await.unwrap();
    assert_eq!(b.documents().await.unwrap(), []);
    assert_eq!(found(&corpus, "Innenwort").await, ["x.zip!/innen.txt"]);
    assert_eq!(found(&corpus, "Erstwort").await, ["bericht.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_caller_could_not_see_is_not_brought_in() {
    let place = Place::new();
    let file = place.put("a.txt", "Das Erstwort.");
    let corpus = place.open().await;
    let b = seeing(&corpus, Access::any_of(["b"]));
    for labels in [vec![], vec!["a".to_owned()]] {
        let error = b.ingest(&file, IngestOptions { labels, ..IngestOptions::default() }).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "context.labels"));
    }
    let report = b.ingest(&file, IngestOptions { labels: vec!["b".into()], ..IngestOptions::default() }).await.unwrap();
    assert_eq!(report.totals.new, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_requires_a_context_does_nothing_without_one() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let recorder = RecordingRecorder::default();
    let strict = engine_recorded_by(recorder.clone()).open(place.corpus()).await.unwrap().require_context();
    let question = Question::read_all(r#"{"id": "1", "question": "Erstwort", "document": "a.txt"}"#).unwrap();
    let errors = [
        strict.search("Erstwort", SearchOptions::default()).await.err(),
        strict.ask("Erstwort", AskOptions::default()).await.err(),
        strict.eval(&question, EvalOptions::default(), |_| {}).await.err(),
        strict.documents().await.err(),
        strict.coverage().await.err(),
        strict.show("a.txt", ShowOptions::default()).await.err(),
        strict.original("a.txt").await.err(),
        strict.ingest(place.documents(), IngestOptions::default()).await.err(),
        strict.delete(&["a.txt"]).await.err(),
        strict.relabel(&["a.txt"], &["x"]).await.err(),
    ];
    for error in errors {
        let error = error.expect("a bare call is an error");
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "context.required"));
    }
    let nameless = strict.with(CallContext::new(" ", Access::all()));
    assert_eq!(nameless.documents().await.unwrap_err().code(), "context.actor");
    assert_eq!(recorder.entries(), []);
    assert_eq!(found(&seeing(&strict, Access::all()), "Erstwort").await, ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_of_a_handle_sees_no_more_than_the_first() {
    let place = Place::new();
    let corpus = place.open().await;
    add(&corpus, "a.txt", "Das Wort.", &["a"]).await;
    add(&corpus, "ab.txt", "Das Wort.", &["a", "b"]).await;
    add(&corpus, "b.txt", "Das Wort.", &["b"]).await;
    let a = seeing(&corpus, Access::any_of(["a"]));
    let names = |corpus: Corpus| async move {
        search(&corpus, "Wort", 10, Mode::Hybrid, Filter::default()).await.len() + 10 * corpus.documents().await.unwrap().len()
    };
    assert_eq!(names(seeing(&a, Access::all())).await, 22);
    assert_eq!(names(seeing(&a, Access::any_of(["b"]))).await, 11);
    assert_eq!(names(seeing(&a, Access::none())).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_says_on_whose_behalf_it_is() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let recorder = RecordingRecorder::default();
    let corpus = place.open_with(&engine_recorded_by(recorder.clone())).await;
    place.ingest(&corpus).await;
    assert!(recorder.entries().iter().all(|entry| entry.actor.id == "local" && entry.trace.is_none()));
    let before = recorder.entries().len();
    let context = CallContext {
        on_behalf_of: Some("bert".into()),
        subjects: vec!["s7".into()],
        trace: Some("00-4bf9-01".into()),
        request_id: Some("r1".into()),
        ..CallContext::new("anna", Access::all().except(["geheim"]))
    };
    let handle = corpus.with(context);
    place.put("b.txt", "Das Zweitwort.");
    handle.ask("Erstwort", AskOptions::default()).await.unwrap();
    handle.search("Erstwort", SearchOptions::default()).await.unwrap();
    handle.relabel(&["a.txt"], &["x"]).await.unwrap();
    place.ingest(&handle).await;
    handle.delete(&["a.txt"]).await.unwrap();
    let entries = recorder.entries().split_off(before);
    let mut actions = BTreeMap::new();
    for entry in &entries {
        *actions.entry(format!("{:?}", entry.action)).or_insert(0) += 1;
        assert_eq!((entry.actor.id.as_str(), entry.actor.on_behalf_of.as_deref()), ("anna", Some("bert")));
        assert_eq!((entry.subjects.as_slice(), entry.trace.as_deref()), (&["s7".to_owned()][..], Some("00-4bf9-01")));
        assert_eq!(entry.request_id.as_deref(), Some("r1"));
    }
    assert_eq!(
        actions.keys().map(String::as_str).collect::<Vec<_>>(),
        ["AdminChange", "Answer", "Delete", "Ingest", "Retrieval"]
    );
    // What the caller might see is needed to check the search again.
    let recorded = format!("{:?}", entries.iter().find(|entry| format!("{:?}", entry.action) == "Retrieval").unwrap().payloads);
    assert!(recorded.contains("geheim"), "{recorded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_to_come_counts_for_those_who_will_see_it() {
    let place = Place::new();
    for i in 0..40 {
        place.put(&format!("d{i:02}.txt"), format!("Das Wort {i}."));
    }
    let corpus = place.open().await;
    add(&corpus, "a.txt", "Das Erstwort.", &["a"]).await;
    // Stopped after its first publication, which says what is still to come.
    let published = std::sync::Arc::new(tokio::sync::Notify::new());
    let notify = published.clone();
    let progress = std::sync::Arc::new(move |event: beleg::corpus::Progress| match event {
        beleg::corpus::Progress::Published { .. } => notify.notify_one(),
        beleg::corpus::Progress::Started { .. } => std::thread::sleep(std::time::Duration::from_millis(20)),
        _ => {}
    });
    let options = IngestOptions { labels: vec!["b".into()], progress: Some(progress), ..IngestOptions::default() };
    tokio::select! {
        _ = corpus.ingest(place.documents(), options) => panic!("it was to be stopped"),
        () = published.notified() => {}
    }
    let corpus = engine().open(place.corpus()).await.unwrap();
    let pending = |corpus: Corpus| async move { corpus.coverage().await.unwrap().pending };
    let all = pending(corpus.clone()).await;
    assert!(all > 0, "the test needs an ingest that was stopped in the middle");
    assert_eq!(pending(seeing(&corpus, Access::any_of(["b"]))).await, all);
    assert_eq!(pending(seeing(&corpus, Access::any_of(["a"]))).await, 0);
    // It stays so until the ingest is taken up again.
    corpus.relabel(&["a.txt"], &["a", "c"]).await.unwrap();
    corpus.delete(&["a.txt"]).await.unwrap();
    assert_eq!(pending(corpus.clone()).await, all);
    let report = corpus.ingest(place.documents(), IngestOptions::default()).await.unwrap();
    assert_eq!((pending(corpus.clone()).await, report.totals.failed), (0, 0));
    line(&report, "d39.txt");
}
