use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use beleg::{
    corpus::{IngestOptions, Progress},
    types::DocumentStatus,
};
use tokio::sync::Notify;

use crate::support::{Place, engine, found};

fn put_many(place: &Place, count: usize) {
    for i in 0..count {
        place.put(&format!("d{i:03}.txt"), format!("Das Zahlwort{i:03} steht hier."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_that_is_dropped_leaves_a_corpus_that_opens_and_a_lock_that_is_free() {
    for after in [1, 7, 30] {
        let place = Place::new();
        put_many(&place, 60);
        let corpus = place.open().await;
        let (done, enough) = (AtomicUsize::new(0), Arc::new(Notify::new()));
        let notify = enough.clone();
        let progress = Arc::new(move |event: Progress| {
            if matches!(event, Progress::Started { .. }) {
                std::thread::sleep(Duration::from_millis(2));
            }
            if matches!(event, Progress::Done { .. }) && done.fetch_add(1, Ordering::Relaxed) + 1 == after {
                notify.notify_one();
            }
        });
        tokio::select! {
            _ = corpus.ingest(place.documents(), IngestOptions { progress: Some(progress), ..IngestOptions::default() }) => panic!("it was to be stopped"),
            () = enough.notified() => {}
        }
        let reader = engine().open(place.corpus()).await.unwrap();
        for record in reader.documents().await.unwrap() {
            let word = format!("Zahlwort{}", &record.document.name[1..4]);
            assert_eq!(found(&reader, &word).await, [record.document.name], "what was published is found");
        }
        // The second writer does not wait for the lock in vain.
        let report = place.ingest(&corpus).await;
        assert_eq!(report.totals.new + report.totals.unchanged, 60);
        assert_eq!(corpus.documents().await.unwrap().len(), 60);
        assert_eq!(found(&reader, "Zahlwort059").await, ["d059.txt"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_as_published_is_found_by_then() {
    let place = Place::new();
    put_many(&place, 20);
    place.put("leer.txt", "");
    let corpus = place.open().await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let (log, folder) = (events.clone(), place.corpus());
    let progress = Arc::new(move |event: Progress| {
        if let Progress::Published { version, .. } = &event {
            let done: Vec<String> = log
                .lock()
                .unwrap()
                .iter()
                .filter_map(|event| match event {
                    Progress::Done { document, status: DocumentStatus::New, .. } => Some(document.clone()),
                    _ => None,
                })
                .collect();
            let (folder, version) = (folder.clone(), *version);
            let search = async move {
                let reader = engine().open(folder).await.unwrap();
                assert_eq!(reader.search("Zahlwort", Default::default()).await.unwrap().index_version, version);
                for name in done {
                    assert_eq!(found(&reader, &format!("Zahlwort{}", &name[1..4])).await, [name]);
                }
            };
            let thread = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(search));
            thread.join().expect("what was done is found when it is published");
        }
        log.lock().unwrap().push(event);
    });
    corpus.ingest(place.documents(), IngestOptions { progress: Some(progress), ..IngestOptions::default() }).await.unwrap();
    let events = events.lock().unwrap();
    assert!(events.iter().any(|event| matches!(event, Progress::Planned { documents: 21, .. })), "{events:?}");
    assert_eq!(events.iter().filter(|event| matches!(event, Progress::Done { .. })).count(), 21);
    let published: u64 =
        events.iter().map(|event| if let Progress::Published { documents, .. } = event { *documents } else { 0 }).sum();
    assert_eq!(published, 21, "also those that could not be read are on record");
    assert!(matches!(events.last(), Some(Progress::Published { .. })));
}
