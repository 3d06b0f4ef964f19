use std::{
    fs::File,
    io::Write,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use beleg::{
    store::{Blobs, LocalBlobs, MemoryBlobs},
    testing::blobs_conform,
};

#[tokio::test(flavor = "multi_thread")]
async fn files_on_a_disk_keep_what_a_store_promises() {
    let folders = Mutex::new(Vec::new());
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::new(folder.path());
        folders.lock().unwrap().push(folder);
        Arc::new(blobs) as _
    };
    blobs_conform(make).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_in_memory_keep_what_a_store_promises() {
    blobs_conform(|| Arc::new(MemoryBlobs::default())).await.unwrap();
}

#[tokio::test]
async fn what_is_staged_is_put_in_place_later_and_takes_the_place_of_nothing_but_what_is_shorter() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = LocalBlobs::new(folder.path());
    let stage = |name: &str, bytes: &[u8], longer| {
        let mut file = blobs.temporary().unwrap();
        file.write_all(bytes).unwrap();
        blobs.stage(name.to_owned(), file, longer).unwrap()
    };
    let text = async |name: &str| blobs.get(name).await.unwrap().map(|(bytes, _)| String::from_utf8(bytes).unwrap());
    for name in ["a/kept", "a/longer", "a/not-longer"] {
        blobs.put_if_absent(name, b"four").await.unwrap();
    }
    let staged = vec![
        stage("a/kept", b"longer than four", false),
        stage("a/longer", b"longer than four", true),
        stage("a/not-longer", b"two", true),
        stage("b/c/new", b"new", false),
        // Equal bytes under two names are staged twice and stored once.
        stage("b/c/new", b"new", false),
    ];
    let dropped = stage("d", b"nobody wants it", false);
    assert_eq!(text("b/c/new").await, None);
    blobs.put_staged(staged).unwrap();
    drop(dropped);
    for (name, expected) in [("a/kept", "four"), ("a/longer", "longer than four"), ("a/not-longer", "four"), ("b/c/new", "new")] {
        assert_eq!(text(name).await.as_deref(), Some(expected), "{name}");
    }
    assert_eq!((text("d").await, crate::support::files(&folder.path().join("tmp"))), (None, vec![]));
    assert!(
        blobs.stage("../out".into(), blobs.temporary().unwrap(), false).is_err(),
        "a name that leads out of the corpus is no name"
    );
}

#[test]
fn temporary_files_go_when_nobody_touched_them_for_long_or_their_stage_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = LocalBlobs::new(folder.path());
    blobs.clear_temporary(jiff::Timestamp::UNIX_EPOCH).unwrap();
    blobs.clear_staged().unwrap();
    let (_, staged) = blobs.temporary().unwrap().keep().unwrap();
    for (name, seconds) in [("old", 1_000), ("young", 3_000)] {
        let file = File::create(folder.path().join("tmp").join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }
    blobs.clear_temporary(jiff::Timestamp::from_second(2_000).unwrap()).unwrap();
    assert!(staged.exists(), "what is staged is another lock's");
    blobs.clear_staged().unwrap();
    assert_eq!(crate::support::files(&folder.path().join("tmp")), ["young"]);
}
