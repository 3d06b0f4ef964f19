use beleg::{
    corpus::{IngestOptions, Source, SourceBytes},
    types::DocumentStatus,
};

use crate::{
    files,
    support::{Place, files, found, line, statuses},
};

#[tokio::test(flavor = "multi_thread")]
async fn ingesting_the_same_bytes_again_changes_nothing() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    place.put("b/c.txt", "Das Zweitwort.");
    place.put("d.zip", files::zip(&[("e.txt", b"Das Drittwort.")]));
    let corpus = place.open().await;
    let first = place.ingest(&corpus).await;
    let before = files(&place.corpus());
    let again = place.ingest(&corpus).await;
    let expected = ["a.txt", "b/c.txt", "d.zip", "d.zip!/e.txt"].map(|name| (name, DocumentStatus::Unchanged));
    assert_eq!(statuses(&again), expected);
    assert_eq!((again.index_version, again.chunks, again.bytes), (first.index_version, 0, 0));
    assert_eq!(files(&place.corpus()), before, "no file was written");
    let ids = |report: &beleg::corpus::IngestReport| report.documents.iter().map(|d| d.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_are_a_new_version_and_the_old_text_is_gone() {
    let place = Place::new();
    place.put("a.txt", "Das Altwort steht hier.");
    place.put("b.txt", "Das Bleibwort steht hier.");
    let corpus = place.open().await;
    let first = place.ingest(&corpus).await;
    place.put("a.txt", "Das Neuwort steht hier.");
    let second = place.ingest(&corpus).await;
    assert_eq!(statuses(&second), [("a.txt", DocumentStatus::Updated), ("b.txt", DocumentStatus::Unchanged)]);
    assert_eq!(line(&first, "a.txt").id, line(&second, "a.txt").id);
    assert_eq!(corpus.documents().await.unwrap().iter().map(|r| r.document.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(found(&corpus, "Altwort").await, [""; 0]);
    assert_eq!(
        (found(&corpus, "Neuwort").await, found(&corpus, "Bleibwort").await),
        (vec!["a.txt".to_owned()], vec!["b.txt".to_owned()])
    );
    assert_eq!(corpus.original("a.txt").await.unwrap(), b"Das Neuwort steht hier.");
    // The same for a handle that read the index only now.
    assert_eq!(found(&place.open().await, "Altwort").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_bytes_under_two_names_are_stored_once_and_found_twice() {
    let place = Place::new();
    place.put("a.txt", "Das Doppelwort.");
    place.put("b.txt", "Das Doppelwort.");
    place.put("c.txt", "Ein anderes.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    assert_eq!((place.stored("documents").len(), place.stored("text").len()), (2, 2));
    assert_eq!(found(&corpus, "Doppelwort").await, ["a.txt", "b.txt"]);
    corpus.delete(&["a.txt"]).await.unwrap();
    assert_eq!(found(&corpus, "Doppelwort").await, ["b.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_from_another_folder_is_a_conflict_until_it_is_said_what_is_meant() {
    let place = Place::new();
    place.put("bericht.txt", "Das Inlandswort.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let other = place.path("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("bericht.txt"), "Das Auslandswort.").unwrap();
    let report = corpus.ingest(&other, IngestOptions::default()).await.unwrap();
    let refused = line(&report, "bericht.txt");
    assert_eq!((refused.status, refused.error.as_ref().unwrap().code.as_str()), (DocumentStatus::Failed, "ingest.other_root"));
    let hint = refused.error.as_ref().unwrap().hint.clone().unwrap();
    assert!(hint.contains("--as") && hint.contains("--replace"), "{hint}");
    assert_eq!((found(&corpus, "Inlandswort").await.len(), found(&corpus, "Auslandswort").await.len()), (1, 0));

    let report =
        corpus.ingest(&other, IngestOptions { prefix: Some("ausland/".into()), ..IngestOptions::default() }).await.unwrap();
    assert_eq!(statuses(&report), [("ausland/bericht.txt", DocumentStatus::New)]);
    assert_eq!((found(&corpus, "Inlandswort").await.len(), found(&corpus, "Auslandswort").await.len()), (1, 1));

    let report = corpus.ingest(&other, IngestOptions { replace: true, ..IngestOptions::default() }).await.unwrap();
    assert_eq!(statuses(&report), [("bericht.txt", DocumentStatus::Updated)]);
    assert_eq!((found(&corpus, "Inlandswort").await.len(), found(&corpus, "Auslandswort").await.len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_a_new_version_no_longer_has_are_gone_and_the_others_stay() {
    let place = Place::new();
    let inner = files::zip(&[("tief.txt", b"Das Tiefwort.")]);
    place.put("a.zip", files::zip(&[("b.txt", b"Das Bleibwort."), ("c.txt", b"Das Gehwort."), ("innen.zip", &inner)]));
    place.put("mail.eml", files::eml("Betreff", "Das Mailwort.", &[("x.txt", "Das Anhangwort.")]));
    let corpus = place.open().await;
    let first = place.ingest(&corpus).await;
    let names: Vec<_> = statuses(&first).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "a.zip",
            "a.zip!/b.txt",
            "a.zip!/c.txt",
            "a.zip!/innen.zip",
            "a.zip!/innen.zip!/tief.txt",
            "mail.eml",
            "mail.eml!/x.txt"
        ]
    );

    place.put("a.zip", files::zip(&[("b.txt", b"Das Bleibwort."), ("d.txt", b"Das Kommwort."), ("innen.zip", &inner)]));
    place.put("mail.eml", files::eml("Betreff", "Das Mailwort.", &[]));
    let second = place.ingest(&corpus).await;
    assert_eq!(line(&second, "a.zip!/b.txt").status, DocumentStatus::Unchanged);
    assert_eq!(line(&second, "a.zip!/d.txt").status, DocumentStatus::New);
    for (word, names) in [
        ("Bleibwort", &["a.zip!/b.txt"][..]),
        ("Kommwort", &["a.zip!/d.txt"]),
        ("Tiefwort", &["a.zip!/innen.zip!/tief.txt"]),
        ("Mailwort", &["mail.eml"]),
        ("Gehwort", &[]),
        ("Anhangwort", &[]),
    ] {
        assert_eq!(found(&corpus, word).await, names, "{word}");
    }
    let documents: Vec<_> = corpus.documents().await.unwrap().into_iter().map(|r| r.document.name).collect();
    assert_eq!(
        documents,
        ["a.zip", "a.zip!/b.txt", "a.zip!/d.txt", "a.zip!/innen.zip", "a.zip!/innen.zip!/tief.txt", "mail.eml"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_from_memory_carries_what_its_host_says_of_it() {
    let place = Place::new();
    let corpus = place.open().await;
    let source = Source {
        root: "dms:7".into(),
        name: "vertrag.txt".into(),
        bytes: SourceBytes::Bytes(b"Das Vertragswort.".to_vec()),
        labels: vec!["b".into(), "a".into(), "b".into()],
        subjects: vec!["s1".into()],
        date: Some(jiff::civil::date(2025, 12, 31)),
        metadata: [("akte".to_owned(), "17".to_owned())].into(),
    };
    corpus.add(source, IngestOptions { labels: vec!["c".into()], ..IngestOptions::default() }).await.unwrap();
    let record = corpus.documents().await.unwrap().remove(0);
    assert_eq!(
        (record.root.as_str(), record.labels, record.subjects),
        ("dms:7", vec!["a".into(), "b".into(), "c".into()], vec!["s1".to_owned()])
    );
    assert_eq!((record.date, record.metadata["akte"].as_str()), (Some(jiff::civil::date(2025, 12, 31)), "17"));
    assert_eq!(found(&corpus, "Vertragswort").await, ["vertrag.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_inside_the_folder_that_is_ingested_does_not_eat_itself() {
    let place = Place::new();
    place.put("a.txt", "Das Einzelwort.");
    let corpus = crate::support::engine().open_or_create(place.documents().join("corpus")).await.unwrap().0;
    for _ in 0..2 {
        let report = place.ingest(&corpus).await;
        assert_eq!(report.totals.documents, 1, "{:?}", statuses(&report));
    }
}
