use beleg::{ErrorKind, corpus::ShowOptions};

use crate::{
    files,
    support::{Place, engine, found},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_not_found_by_any_handle_any_more() {
    let place = Place::new();
    place.put("a.txt", "Das Gehwort steht hier.");
    place.put("b.txt", "Das Bleibwort steht hier.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let other = engine().open(place.corpus()).await.unwrap();
    assert_eq!(found(&other, "Gehwort").await, ["a.txt"]);
    let deleted = corpus.delete(&["a.txt"]).await.unwrap();
    assert_eq!(deleted.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    for corpus in [&corpus, &other, &engine().open(place.corpus()).await.unwrap()] {
        assert_eq!(found(corpus, "Gehwort").await, [""; 0]);
        assert_eq!(found(corpus, "Bleibwort").await, ["b.txt"]);
        assert_eq!(corpus.show("a.txt", ShowOptions::default()).await.err().unwrap().code(), "document.not_found");
        assert_eq!(corpus.coverage().await.unwrap().documents, 1);
    }
    // It is new when it comes again.
    place.ingest(&corpus).await;
    assert_eq!(found(&other, "Gehwort").await, ["a.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_goes_with_its_parts_and_all_may_go() {
    let place = Place::new();
    place.put("a.zip", files::zip(&[("b.txt", b"Das Teilwort."), ("c.txt", b"Noch eines.")]));
    place.put("a.zip.txt", "Das Nachbarwort.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let id = corpus.documents().await.unwrap()[0].document.id.to_string();
    assert_eq!(corpus.delete(&[id]).await.unwrap().len(), 3);
    assert_eq!((found(&corpus, "Teilwort").await.len(), found(&corpus, "Nachbarwort").await.len()), (0, 1));
    corpus.delete(&["a.zip.txt"]).await.unwrap();
    assert_eq!((corpus.documents().await.unwrap().len(), found(&corpus, "Nachbarwort").await.len()), (0, 0));
    assert_eq!(found(&engine().open(place.corpus()).await.unwrap(), "Nachbarwort").await.len(), 0);
    place.ingest(&corpus).await;
    assert_eq!(found(&corpus, "Teilwort").await, ["a.zip!/b.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_unknown_name_among_several_deletes_nothing() {
    let place = Place::new();
    place.put("ordner/Bericht.txt", "Das Bleibwort.");
    let corpus = place.open().await;
    let version = place.ingest(&corpus).await.index_version;
    let error = corpus.delete(&["ordner/Bericht.txt", "bericht.TXT"]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "document.not_found"));
    assert!(error.hint().unwrap().contains("ordner/Bericht.txt"), "{error}");
    assert_eq!(found(&corpus, "Bleibwort").await, ["ordner/Bericht.txt"]);
    assert_eq!(place.ingest(&corpus).await.index_version, version);
}
