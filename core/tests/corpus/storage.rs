use std::sync::{Arc, Mutex};

use beleg::{
    store::{LocalBlobs, MemoryBlobs},
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
