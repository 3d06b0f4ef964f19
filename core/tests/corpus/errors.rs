use std::{fs, sync::Arc};

use beleg::{
    Error, ErrorKind, Result,
    corpus::{AskOptions, Corpus, Engine, EngineOptions, IngestOptions, SearchOptions},
    embed::FakeModel,
};

use crate::support::{Place, engine, found, model, options};

fn error<T>(result: Result<T>) -> Error {
    result.err().expect("an error")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_corpus_is_refused_and_left_alone() {
    let place = Place::new();
    fs::write(place.path("file"), "x").unwrap();
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/brief.txt"), "x").unwrap();
    for (name, content) in [("broken", "{\"format\""), ("without", "{}"), ("half", "{\"format\": 0}"), ("text", "corpus")] {
        fs::create_dir(place.path(name)).unwrap();
        fs::write(place.path(name).join("beleg.json"), content).unwrap();
    }
    for name in ["file", "full", "broken", "without", "half", "text"] {
        for result in
            [engine().open(place.path(name)).await, engine().open_or_create(place.path(name)).await.map(|(corpus, _)| corpus)]
        {
            let error = error(result);
            assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "corpus.not_a_corpus"), "{name}");
            assert!(error.hint().is_some() && error.to_string().contains(name), "{error}");
        }
    }
    assert_eq!(crate::support::files(&place.path("full")), ["brief.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_is_not_there_is_created_by_those_alone_who_say_so() {
    let place = Place::new();
    assert_eq!(error(engine().open(place.corpus()).await).code(), "corpus.not_found");
    assert!(!place.corpus().exists());
    let (first, created) = engine().open_or_create(place.corpus()).await.unwrap();
    assert!(created);
    let (again, created) = engine().open_or_create(place.corpus()).await.unwrap();
    assert!(!created && again.id() == first.id());
    // A path below a file cannot become a folder.
    fs::write(place.path("file"), "x").unwrap();
    let error = error(engine().open_or_create(place.path("file").join("corpus")).await);
    assert!(matches!(error.code(), "corpus.not_a_corpus" | "io.failed"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_of_a_newer_format_is_refused() {
    let place = Place::new();
    let id = place.open().await.id();
    let text = format!("{{\"format\": 7, \"id\": \"{id}\", \"something\": \"new\"}}");
    fs::write(place.corpus().join("beleg.json"), text).unwrap();
    let error = error(engine().open(place.corpus()).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "corpus.newer_format"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_is_refused_until_the_corpus_was_made_anew_with_it() {
    for other in [model().with_identity("b".repeat(64)), FakeModel::new(128)] {
        let place = Place::new();
        place.put("a.txt", "Das Erstwort steht hier.");
        place.put("b.txt", "Das Zweitwort steht hier.");
        let old = place.open().await;
        place.ingest(&old).await;
        let other = Engine::new(Arc::new(other), options()).unwrap();
        for result in [other.open(place.corpus()).await, other.open_or_create(place.corpus()).await.map(|(corpus, _)| corpus)] {
            let error = error(result);
            assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "corpus.other_model"));
            assert!(error.hint().unwrap().contains("beleg rebuild"), "{error}");
        }
        let version = other.rebuild(place.corpus(), None).await.unwrap().unwrap();
        let corpus = other.open(place.corpus()).await.unwrap();
        assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"]);
        assert_eq!(corpus.search("x", SearchOptions::default()).await.unwrap().index_version, version.n);
        place.put("c.txt", "Das Drittwort steht hier.");
        place.ingest(&corpus).await;
        assert_eq!(
            (found(&corpus, "Drittwort").await, found(&corpus, "Zweitwort").await),
            (vec!["c.txt".into()], vec!["b.txt".into()])
        );
        // Neither compares a handle that is still open vectors of two models.
        let error = error(old.search("Erstwort", SearchOptions::default()).await);
        assert_eq!(error.code(), "corpus.other_model");
        assert_eq!(self::error(old.ingest(place.documents(), IngestOptions::default()).await).code(), "corpus.other_model");
        assert_eq!(self::error(engine().open(place.corpus()).await).code(), "corpus.other_model");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_neither_empty_nor_a_book() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort steht hier.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    for (question, code) in
        [(String::new(), "question.empty"), (" \n\t ".into(), "question.empty"), ("ä ".repeat(500_000), "question.too_long")]
    {
        let error = error(corpus.search(&question, SearchOptions::default()).await);
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, code));
        assert!(error.to_string().len() < 300, "it does not repeat the question");
        assert_eq!(self::error(corpus.ask(&question, AskOptions::default()).await).code(), code);
    }
    for odd in ["?", "\u{0}", "\u{202e}\u{feff}", "' OR 1=1 --", "\"", "AND OR NOT (", "💶", "*", "terms:x^2~"] {
        corpus.search(odd, SearchOptions::default()).await.unwrap_or_else(|error| panic!("{odd:?}: {error}"));
    }
    corpus.search(&"Wort ".repeat(3000), SearchOptions::default()).await.unwrap();
    for k in [0, 101, usize::MAX] {
        let error = error(corpus.search("Erstwort", SearchOptions { k, ..SearchOptions::default() }).await);
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "search.k"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_not_there_changes_nothing() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let corpus = place.open().await;
    let error = error(corpus.ingest_all(&[place.documents(), place.path("missing")], IngestOptions::default()).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "io.not_found"));
    assert!(error.to_string().contains("missing"));
    assert_eq!(corpus.documents().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_went_or_were_damaged_are_errors_that_say_what_to_do() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let text = place.corpus().join("text").join(&place.stored("text")[0]);
    fs::write(&text, "not what was written").unwrap();
    let error = error(corpus.search("Erstwort", SearchOptions::default()).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Corrupt, "text.damaged"));
    fs::remove_file(place.corpus().join("documents").join(&place.stored("documents")[0])).unwrap();
    assert_eq!(self::error(corpus.original("a.txt").await).code(), "document.original_missing");
    let version = place.corpus().join("versions/2.json");
    fs::write(version, "{").unwrap();
    let error = self::error(engine().open(place.corpus()).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Corrupt, "corpus.version_damaged"));
    assert!(error.hint().is_some());
}

/// Runs a test on threads that may not do what the superuser may: access rights hold for them as for anyone.
#[cfg(target_os = "linux")]
fn without_privileges<F: Future<Output = ()> + Send + 'static>(test: F) {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
    let thread = std::thread::spawn(|| {
        let mut sets = capabilities(None).expect("the capabilities of this thread");
        sets.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH | CapabilitySet::FOWNER;
        set_capabilities(None, sets).expect("a thread may always give up rights");
        // Its threads inherit from this one.
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
    });
    thread.join().unwrap();
}

#[cfg(target_os = "linux")]
fn set_writable(folder: &std::path::Path, writable: bool) {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_writable(&path, writable);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(if writable { 0o644 } else { 0o444 })).unwrap();
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(if writable { 0o755 } else { 0o555 })).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_corpus_that_cannot_be_written_is_searched_and_not_changed() {
    let place = Arc::new(Place::new());
    place.put("a.txt", "Das Erstwort.");
    let made = place.clone();
    tokio::runtime::Runtime::new().unwrap().block_on(async move {
        made.ingest(&made.open().await).await;
    });
    set_writable(&place.corpus(), false);
    let read = place.clone();
    without_privileges(async move {
        assert!(fs::write(read.corpus().join("x"), "x").is_err(), "this test needs a file system that keeps access rights");
        let corpus: Corpus = engine().open(read.corpus()).await.unwrap();
        assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"]);
        read.put("b.txt", "Das Zweitwort.");
        for error in
            [error(corpus.ingest(read.documents(), IngestOptions::default()).await), error(corpus.delete(&["a.txt"]).await)]
        {
            assert_eq!((error.kind(), error.code()), (ErrorKind::Environment, "io.permission"), "{error}");
            assert!(error.hint().is_some());
        }
        assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"]);
    });
    set_writable(&place.corpus(), true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_version_is_refused_until_it_was_made_anew() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    place.ingest(&place.open().await).await;
    // As a version of Beleg wrote it that did not know of the columns of today.
    for entry in fs::read_dir(place.corpus().join("versions")).unwrap() {
        let path = entry.unwrap().path();
        let mut version: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        version["made_with"].as_object_mut().unwrap().remove("rows").unwrap();
        fs::write(&path, version.to_string()).unwrap();
    }
    let error = error(engine().open(place.corpus()).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "corpus.other_index"));
    assert!(error.hint().unwrap().contains("beleg rebuild"));
    engine().rebuild(place.corpus(), None).await.unwrap();
    assert_eq!(found(&place.open().await, "Erstwort").await, ["a.txt"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_document_that_may_not_be_read_is_in_the_report() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let secret = place.put("b.txt", "Das Zweitwort.");
    fs::set_permissions(secret, fs::Permissions::from_mode(0o000)).unwrap();
    without_privileges(async move {
        let corpus = place.open().await;
        let report = place.ingest(&corpus).await;
        let line = crate::support::line(&report, "b.txt");
        assert_eq!(
            (report.totals.new, report.totals.failed, line.error.as_ref().unwrap().code.as_str()),
            (1, 1, "io.permission")
        );
        assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_is_not_created_where_a_client_synchronises_unless_that_is_what_is_wanted_and_one_that_is_there_opens() {
    let place = Place::new();
    fs::create_dir(place.path("shared")).unwrap();
    fs::create_dir(place.path("shared/.stfolder")).unwrap();
    let folder = place.path("shared/new/corpus");
    let error = error(engine().open_or_create(&folder).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, "corpus.unsafe_folder"));
    assert!(error.to_string().contains("Syncthing") && error.hint().unwrap().contains("--any-folder"), "{error}");
    assert!(!place.path("shared/new").exists(), "nothing is created");
    let options = EngineOptions { any_folder: true, ..options() };
    let created = Engine::new(Arc::new(model()), options).unwrap().open_or_create(&folder).await.unwrap().1;
    assert!(created && engine().open(&folder).await.is_ok() && !engine().open_or_create(&folder).await.unwrap().1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_listed_is_in_the_report_and_the_others_go_on() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    place.put("b/innen.txt", "Das Zweitwort.");
    let folder = place.documents().join("b");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    let place = Arc::new(place);
    let inside = place.clone();
    without_privileges(async move {
        let corpus = inside.open().await;
        let report = inside.ingest(&corpus).await;
        let line = crate::support::line(&report, "b/");
        assert_eq!((report.totals.failed, line.error.as_ref().unwrap().code.as_str()), (1, "io.permission"));
        assert_eq!(found(&corpus, "Erstwort").await, ["a.txt"]);
    });
    // So that it can be removed.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_document_that_may_not_be_read_counts_as_failed_from_then_on_until_it_can_be() {
    use beleg::types::DocumentStatus;
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    let secret = place.put("b.txt", "Das Zweitwort.");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    without_privileges(async move {
        let set = |mode: u32| fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let corpus = place.open().await;
        let first = place.ingest(&corpus).await;
        assert_eq!(crate::support::line(&first, "b.txt").status, DocumentStatus::Failed);
        let records = engine().open(place.corpus()).await.unwrap().documents().await.unwrap();
        assert_eq!(
            records.iter().map(|r| (r.document.name.as_str(), r.status)).collect::<Vec<_>>(),
            [("a.txt", DocumentStatus::New), ("b.txt", DocumentStatus::Failed)]
        );
        let search = corpus.search("Erstwort", SearchOptions::default()).await.unwrap();
        assert_eq!((search.coverage.documents, search.coverage.failed), (1, 1));
        for error in [error(corpus.show("b.txt", Default::default()).await), error(corpus.original("b.txt").await)] {
            assert_eq!(error.code(), "io.permission");
        }
        // Again, it is said again and nothing is written.
        let again = place.ingest(&corpus).await;
        assert_eq!((again.totals.failed, again.index_version), (1, first.index_version));
        let retry = || IngestOptions { retry: true, ..IngestOptions::default() };
        assert_eq!(corpus.ingest(place.documents(), retry()).await.unwrap().totals.failed, 1);
        set(0o644);
        let report = corpus.ingest(place.documents(), retry()).await.unwrap();
        assert_eq!(crate::support::line(&report, "b.txt").status, DocumentStatus::Updated);
        assert_eq!((found(&corpus, "Zweitwort").await.len(), corpus.coverage().await.unwrap().failed), (1, 0));
        // What was read once is kept when it can no longer be opened.
        set(0o000);
        let report = place.ingest(&corpus).await;
        assert_eq!((report.totals.failed, found(&corpus, "Zweitwort").await.len()), (1, 1));
    });
}
