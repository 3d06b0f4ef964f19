//! A log beside a corpus that cannot be written.

use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;

use super::{
    super::{AuditLog, AuditOptions, KeyStore, MemoryKeyStore, Subject, VaultRecord},
    CORPUS, leaves, options, seams, search,
};
use crate::{
    Result,
    record::{Action, Caller, Entry, Recorder},
    store::{Blobs, Etag, LocalBlobs, Lock, LockHolder},
    testing::copy_folder,
};

/// Objects on a medium that nobody can write to: a test that runs as root writes to any folder.
struct Medium(LocalBlobs);

#[async_trait]
impl Blobs for Medium {
    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Etag)>> {
        self.0.get(name).await
    }
    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        self.0.get_range(name, range).await
    }
    async fn length(&self, name: &str) -> Result<Option<u64>> {
        self.0.length(name).await
    }
    async fn put_if_absent(&self, name: &str, _: &[u8]) -> Result<bool> {
        panic!("{name} was put")
    }
    async fn put_if_match(&self, name: &str, _: &[u8], _: &Etag) -> Result<Option<Etag>> {
        panic!("{name} was replaced")
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.0.list(prefix).await
    }
    async fn delete(&self, name: &str) -> Result<bool> {
        panic!("{name} was deleted")
    }
    async fn lock(&self, name: &str, _: &LockHolder, _: Duration) -> Result<Lock> {
        panic!("{name} was locked")
    }
}

fn on_medium(corpus: &Path, root: &Path, keys: &MemoryKeyStore) -> AuditLog {
    let seams = seams(Arc::new(Medium(LocalBlobs::new(corpus))), Arc::new(keys.clone()));
    AuditLog::local(corpus, seams, AuditOptions { folder: Some(root.to_owned()), ..options() }).unwrap()
}

fn within(corpus: &Path, keys: &MemoryKeyStore) -> AuditLog {
    AuditLog::local(corpus, seams(Arc::new(LocalBlobs::new(corpus)), Arc::new(keys.clone())), options()).unwrap()
}

/// All files below a folder, when they were written, and what they hold.
fn state(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(state(&path));
        } else {
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            found.insert(path.clone(), (written, fs::read(&path).unwrap()));
        }
    }
    found
}

async fn code(log: &AuditLog) -> String {
    log.record(search("no")).await.unwrap_err().code().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_on_unwritable_media_has_its_log_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, root) = (folder.path().join("corpus"), folder.path().join("logs"));
    fs::create_dir(&corpus).unwrap();
    fs::write(corpus.join("beleg.json"), b"{}").unwrap();
    let (before, keys) = (state(&corpus), MemoryKeyStore::default());
    let log = on_medium(&corpus, &root, &keys);
    assert_eq!((log.epoch(), log.epochs().unwrap()), (1, vec![1]));
    let index = log.record(search("on a medium")).await.unwrap().audit.unwrap().index;
    log.close().await.unwrap();
    let again = on_medium(&corpus, &root, &keys);
    again.record(search("once more")).await.unwrap();
    again.close().await.unwrap();
    assert_eq!(again.entry(index).await.unwrap().unwrap().payload("query").unwrap(), b"on a medium");
    assert_eq!(again.remove_payloads(vec![index]).await.unwrap(), 1, "what lies elsewhere is erased as ever");
    let done = again.verify(Vec::new(), None).await.unwrap();
    assert!(done.is_ok(), "{done:?}");
    assert!(root.join(CORPUS.to_string()).join("audit/1/checkpoint").exists());
    assert_eq!(state(&corpus), before, "nothing is written into the corpus");
    // Each corpus has a folder of its own there.
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_began_in_its_corpus_goes_on_elsewhere_and_is_one_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, root, keys) = (folder.path().join("corpus"), folder.path().join("logs"), MemoryKeyStore::default());
    let original = within(&corpus, &keys);
    let early = original.record(search("in the corpus")).await.unwrap().audit.unwrap();
    let last = original.close().await.unwrap().unwrap();
    drop(original);
    let before = state(&corpus);

    let log = on_medium(&corpus, &root, &keys);
    assert_eq!((log.epoch(), log.epochs().unwrap()), (2, vec![1, 2]));
    let entry = Entry::intent(&crate::env::System, &crate::env::System, &Caller::default(), Action::Answer);
    let id = entry.id;
    log.record(entry).await.unwrap();
    log.close().await.unwrap();
    let entries = leaves(&log).await;
    assert_eq!(entries.iter().map(|leaf| leaf.r#type.as_str()).collect::<Vec<_>>(), ["boot", "admin.change", "answer"]);
    let (versions, counts) = (&entries[1].versions, &entries[1].counts);
    assert_eq!((versions["change"].as_str(), versions["previous_epoch"].as_str()), ("elsewhere", "1"));
    assert_eq!((versions["found_root"].clone(), counts["found_size"]), (last.checkpoint.root.to_string(), last.checkpoint.size));
    assert_eq!(versions["found_origin"], last.checkpoint.origin);

    // The next opening goes on there, and says it once.
    let again = on_medium(&corpus, &root, &keys);
    again.record(search("elsewhere")).await.unwrap();
    again.close().await.unwrap();
    let moves = leaves(&again).await.into_iter().filter(|leaf| leaf.versions.contains_key("change")).count();
    assert_eq!((again.epoch(), moves), (2, 1));
    assert_eq!(again.outcome(id).await.unwrap(), Some(false), "what was left open is aborted there as well");
    for epoch in [1, 2] {
        assert!(again.in_epoch(epoch).unwrap().verify(Vec::new(), None).await.unwrap().is_ok(), "epoch {epoch}");
    }
    let first = again.in_epoch(1).unwrap();
    let found = first.entry(early.index).await.unwrap().unwrap();
    assert_eq!(again.find_entry(found.leaf.id).await.unwrap().unwrap(), found);
    assert_eq!(found.payload("query").unwrap(), b"in the corpus");
    first.prove(early.index, None).await.unwrap();
    // What lies on the medium cannot be taken from it; without its key it is unreadable.
    assert_eq!(first.remove_payloads(vec![early.index]).await.unwrap_err().code(), "store.unwritable");
    keys.destroy(CORPUS, &[Subject::Person("alice".to_owned())]).unwrap();
    assert_eq!(first.entry(early.index).await.unwrap().unwrap().payloads, [VaultRecord::Erased]);
    assert_eq!(state(&corpus), before, "nothing is written into the corpus");

    // Who looks at the corpus alone finds it behind, and so does who lost the folder elsewhere.
    assert_eq!(code(&within(&corpus, &keys)).await, "audit.behind");
    assert_eq!(code(&on_medium(&corpus, &folder.path().join("other"), &keys)).await, "audit.behind");
    // Both together are one log where there is room for it.
    copy_folder(&corpus, &folder.path().join("whole")).unwrap();
    copy_folder(&root.join(CORPUS.to_string()), &folder.path().join("whole")).unwrap();
    let whole = within(&folder.path().join("whole"), &keys);
    whole.record(search("goes on")).await.unwrap();
    assert_eq!((whole.epoch(), whole.epochs().unwrap()), (2, vec![1, 2]));
    // Also when the medium has the whole of it, and less than what lies elsewhere.
    whole.close().await.unwrap();
    let newer = on_medium(&folder.path().join("whole"), &folder.path().join("new"), &keys);
    newer.record(search("goes on once more")).await.unwrap();
    assert_eq!(newer.epoch(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_on_unwritable_media_is_resumed_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, root, keys) = (folder.path().join("corpus"), folder.path().join("logs"), MemoryKeyStore::default());
    let original = within(&corpus, &keys);
    original.record(search("one")).await.unwrap();
    original.close().await.unwrap();
    copy_folder(&corpus, &folder.path().join("medium")).unwrap();
    original.record(search("two")).await.unwrap();
    let known = original.close().await.unwrap().unwrap().checkpoint;
    let medium = folder.path().join("medium");
    let before = state(&medium);
    let log = on_medium(&medium, &root, &keys);
    assert_eq!(code(&log).await, "audit.behind");
    let (resumed, gap) = log.resume("an older copy on a disc").await.unwrap();
    assert_eq!((gap.epoch, gap.previous_epoch, gap.known_size, gap.found_size), (2, 1, known.size, 2));
    resumed.record(search("goes on")).await.unwrap();
    resumed.close().await.unwrap();
    assert_eq!(leaves(&resumed).await[1].versions["change"], "resume");
    let next = on_medium(&medium, &root, &keys);
    next.record(search("in the next process")).await.unwrap();
    next.close().await.unwrap();
    assert_eq!((next.epoch(), next.latest(100).await.unwrap()[0].epoch), (2, 1));
    assert_eq!(state(&medium), before);
}
