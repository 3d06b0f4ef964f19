mod cuts;
mod elsewhere;
mod epochs;
mod faults;
#[cfg(feature = "http")]
mod https;
mod ml_dsa;
#[cfg(feature = "http")]
mod opening;
#[cfg(feature = "http")]
mod server;
#[cfg(feature = "http")]
mod timestamp;
#[cfg(feature = "http")]
mod witness;

use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

use super::{AuditLog, AuditOptions, AuditSeams, KeyStore, LocalKeyStore, MemoryKeyStore, Subject, VaultRecord};
use crate::{
    Result,
    audit::Leaf,
    env::System,
    platform::{Disk, LocalDisk},
    record::{Action, Actor, Caller, Content, Ending, Entry, Recorder},
    store::{BlobSequencer, Blobs, LocalBlobs, LocalSequencer, MemoryBlobs, Sequencer},
    testing::{copy_folder, sequencer_conforms},
};

const CORPUS: Uuid = Uuid::from_u128(7);

fn options() -> AuditOptions {
    AuditOptions {
        append_timeout: Duration::from_secs(20),
        checkpoint_interval: Duration::from_millis(10),
        heartbeat: None,
        ..AuditOptions::default()
    }
}

fn seams(blobs: Arc<dyn Blobs>, keys: Arc<dyn KeyStore>) -> AuditSeams {
    AuditSeams { corpus: CORPUS, tenant: Uuid::from_u128(8), blobs, keys, clock: Arc::new(System), random: Arc::new(System) }
}

fn local(folder: &Path, keys: Arc<dyn KeyStore>) -> AuditLog {
    AuditLog::local(folder, seams(Arc::new(LocalBlobs::new(folder)), keys), options()).unwrap()
}

fn on_disk(folder: &Path, keys: Arc<dyn KeyStore>, disk: Arc<dyn Disk>, options: AuditOptions) -> AuditLog {
    let at = folder.join("audit");
    let make =
        move |epoch: u32| Arc::new(LocalSequencer::on(at.join(format!("{epoch}/log")), disk.clone())) as Arc<dyn Sequencer>;
    let seams = seams(Arc::new(LocalBlobs::new(folder)), keys);
    AuditLog::on(seams, 1, Arc::new(make), Some(folder.join("audit")), options)
}

fn caller(actor: &str) -> Caller {
    Caller { actor: Actor { id: actor.to_owned(), ..Actor::default() }, ..Caller::default() }
}

fn search(text: &str) -> Entry {
    Entry::outcome(&System, &System, &caller("alice"), Action::Retrieval, Ending::Complete)
        .count("hits", 3)
        .payload("query", Content::Text(text.to_owned()))
}

async fn leaves(log: &AuditLog) -> Vec<Leaf> {
    let (_, entries) = log.last_entries(Some(0), 10_000).await.unwrap();
    entries.iter().map(|entry| Leaf::parse(entry).unwrap()).collect()
}

#[test]
fn both_sequencers_keep_their_promises() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    sequencer_conforms(|number| Arc::new(LocalSequencer::new(folder.path().join(number.to_string()))))?;
    let blobs = MemoryBlobs::default();
    sequencer_conforms(|number| Arc::new(BlobSequencer::new(Arc::new(blobs.clone()), number.to_string())))
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_kept_proved_and_verified_on_disk_and_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let blobs = Arc::new(MemoryBlobs::default());
    let batches: Arc<dyn Blobs> = blobs.clone();
    let make =
        move |epoch: u32| Arc::new(BlobSequencer::new(batches.clone(), format!("audit/{epoch}/log"))) as Arc<dyn Sequencer>;
    let in_memory = AuditLog::on(seams(blobs, Arc::new(MemoryKeyStore::default())), 1, Arc::new(make), None, options());
    for log in [local(folder.path(), keys), in_memory] {
        for n in 0..600 {
            let recorded = log.record(search(&format!("question {n}"))).await.unwrap();
            assert_eq!(recorded.audit.unwrap().index, n + 1, "behind the entry of the boot");
        }
        let published = log.close().await.unwrap().unwrap();
        assert_eq!(published.checkpoint.size, 601);
        let done = log.verify(Vec::new(), None).await.unwrap();
        assert!(done.is_ok(), "{:?}", done.report.findings);
        assert_eq!((done.report.entries, done.uncovered, done.boots), (601, 0, 1));
        for index in [0, 255, 256, 600] {
            let proof = log.prove(index, None).await.unwrap();
            let entry = log.entry(index).await.unwrap().unwrap();
            let (leaf, root) = (crate::audit::leaf_hash(&entry.bytes), published.checkpoint.root);
            proof.proof.verify(&leaf, &root).unwrap();
        }
        let entry = log.entry(300).await.unwrap().unwrap();
        assert!(matches!(&entry.payloads[0], VaultRecord::Kept { payload, .. } if payload == b"question 299"));
        // It goes on where it was.
        log.record(search("later")).await.unwrap();
        assert_eq!(log.close().await.unwrap().unwrap().checkpoint.size, 603, "with the entry of another boot");
        assert!(log.verify(vec![log.verifier_key().unwrap()], None).await.unwrap().is_ok());
        assert_eq!(log.entry(602).await.unwrap().unwrap().payloads.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_entries_share_syncs() {
    #[derive(Default)]
    struct Counting(AtomicUsize);
    impl Disk for Counting {
        fn sync(&self, file: &fs::File) -> std::io::Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            // Long enough that the others come meanwhile.
            std::thread::sleep(Duration::from_millis(5));
            LocalDisk.sync(file)
        }
    }
    let (folder, disk) = (tempfile::tempdir().unwrap(), Arc::new(Counting::default()));
    let log = on_disk(folder.path(), Arc::new(MemoryKeyStore::default()), disk.clone(), options());
    log.append(vec![b"first".to_vec()]).await.unwrap();
    let before = disk.0.load(Ordering::Relaxed);
    let calls: Vec<_> = (0..256)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move { log.append(vec![format!("entry {n}").into_bytes()]).await.unwrap() })
        })
        .collect();
    let mut places = HashSet::new();
    for call in calls {
        assert!(places.insert(call.await.unwrap()), "each has a place of its own");
    }
    let syncs = disk.0.load(Ordering::Relaxed) - before;
    assert!(syncs < 64, "{syncs} syncs for 256 entries");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_openings_write_one_log_and_each_counts_its_own_entries() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let (one, two) = (local(folder.path(), keys.clone()), local(folder.path(), keys));
    for n in 0..40 {
        let log = if n % 3 == 0 { &two } else { &one };
        log.record(search(&n.to_string())).await.unwrap();
        if n % 7 == 0 {
            log.publish().await.unwrap();
        }
    }
    one.close().await.unwrap();
    two.close().await.unwrap();
    let done = two.verify(Vec::new(), None).await.unwrap();
    assert!(done.is_ok(), "{:?}", done.report.findings);
    assert_eq!((done.report.entries, done.boots), (42, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_are_bytes_already_take_no_number_of_the_boot() {
    let folder = tempfile::tempdir().unwrap();
    let log = local(folder.path(), Arc::new(MemoryKeyStore::default()));
    for n in 0..3 {
        log.record(search(&n.to_string())).await.unwrap();
        log.append(vec![b"{}".to_vec(), b"{}".to_vec()]).await.unwrap();
    }
    log.close().await.unwrap();
    let (_, entries) = log.last_entries(Some(0), 100).await.unwrap();
    let seqs: Vec<u64> = entries.iter().filter_map(|entry| Leaf::parse(entry).ok()).map(|leaf| leaf.seq).collect();
    assert_eq!(seqs, [0, 1, 2, 3]);
    let done = log.verify(Vec::new(), None).await.unwrap();
    assert!(done.report.findings.iter().all(|finding| finding.kind == "entry_malformed"), "{:?}", done.report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_whose_process_died_is_put_on_record_as_aborted_and_one_that_lives_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let intent = |log: &AuditLog| {
        let entry = Entry::intent(&System, &System, &caller("alice"), Action::Ingest);
        let (id, log) = (entry.id, log.clone());
        async move {
            log.record(entry).await.unwrap();
            id
        }
    };
    let living = local(folder.path(), keys.clone());
    let open = intent(&living).await;
    // A process that died leaves its lock free; a forgotten file is all that stays of it.
    let dead = local(folder.path(), keys.clone());
    let lost = intent(&dead).await;
    let boots = folder.path().join("audit/1/boots");
    let boot = leaves(&dead).await.iter().find(|leaf| leaf.id == lost).unwrap().boot;
    fs::copy(boots.join(boot.to_string()), boots.join("copy")).unwrap();
    fs::rename(boots.join("copy"), boots.join(boot.to_string())).unwrap();

    let next = local(folder.path(), keys);
    next.record(search("after it")).await.unwrap();
    assert_eq!(next.outcome(lost).await.unwrap(), Some(false));
    assert_eq!(next.outcome(open).await.unwrap(), None);
    let aborted: Vec<_> = leaves(&next).await.into_iter().filter(|leaf| leaf.result.as_deref() == Some("aborted")).collect();
    assert_eq!(aborted.len(), 1);
    assert_eq!((aborted[0].refs.as_slice(), aborted[0].r#type.as_str()), ([lost].as_slice(), "ingest"));
    assert!(!boots.join(boot.to_string()).exists());
}

#[test]
fn a_destroyed_key_is_in_no_file_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeyStore::new(folder.path());
    let (anna, ben) = (Subject::Person("anna".to_owned()), Subject::Person("ben".to_owned()));
    let keys = store.subjects(CORPUS, &[anna.clone(), ben.clone()]).unwrap();
    assert_eq!(store.destroy(CORPUS, std::slice::from_ref(&anna)).unwrap(), [keys[0].pseudonym]);
    assert!(store.destroy(CORPUS, std::slice::from_ref(&anna)).unwrap().is_empty(), "once");
    for name in fs::read_dir(store.folder(CORPUS)).unwrap() {
        let bytes = fs::read(name.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|part| part == keys[0].key.as_slice()));
        assert!(!bytes.windows(4).any(|part| part == b"anna"));
    }
    let reopened = LocalKeyStore::new(folder.path());
    assert_eq!(reopened.find(CORPUS, &ben).unwrap().unwrap().pseudonym, keys[1].pseudonym);
    assert!(reopened.resolve(CORPUS, keys[0].pseudonym).unwrap().is_none());
    assert_ne!(reopened.subjects(CORPUS, &[anna]).unwrap()[0].pseudonym, keys[0].pseudonym, "a new one is another one");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_keys() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeyStore::new(folder.path().join("keys"));
    store.signer(CORPUS, "beleg/test").unwrap();
    store.subjects(CORPUS, &[Subject::Document(Uuid::nil())]).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&store.folder(CORPUS)), 0o700);
    for name in ["signing.pem", "subjects"] {
        assert_eq!(mode(&store.folder(CORPUS).join(name)), 0o600, "{name}");
    }
    let signer = store.signer(CORPUS, "beleg/test").unwrap();
    let again = LocalKeyStore::new(folder.path().join("keys")).signer(CORPUS, "beleg/test").unwrap();
    assert_eq!(signer.verifier_key(), again.verifier_key(), "made once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_and_a_fork_are_read_only_until_they_are_resumed_and_a_moved_folder_opens() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let log = local(&at("a"), keys.clone());
    log.record(search("one")).await.unwrap();
    log.close().await.unwrap();
    copy_folder(&at("a"), &at("backup")).unwrap();
    log.record(search("two")).await.unwrap();
    log.close().await.unwrap();
    drop(log);

    fs::rename(at("a"), at("moved")).unwrap();
    let moved = local(&at("moved"), keys.clone());
    moved.record(search("three")).await.unwrap();
    let size = moved.close().await.unwrap().unwrap().checkpoint.size;

    let restored = local(&at("backup"), keys.clone());
    let error = restored.record(search("lost")).await.unwrap_err();
    assert_eq!(error.code(), "audit.behind");
    let verified = restored.verify(Vec::new(), None).await.unwrap();
    assert_eq!(verified.report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["behind"]);
    assert_eq!(restored.entry(1).await.unwrap().unwrap().payloads.len(), 1, "what is there can be read");
    let (resumed, gap) = restored.resume("restored from a backup").await.unwrap();
    assert_eq!((gap.epoch, gap.known_size, gap.found_size), (2, size, 2));
    resumed.record(search("goes on")).await.unwrap();
    resumed.close().await.unwrap();
    let first = &leaves(&resumed).await[1];
    assert_eq!(first.versions.get("change").map(String::as_str), Some("resume"));
    assert_eq!((first.counts["known_size"], first.counts["found_size"]), (size, 2));
    assert!(resumed.verify(Vec::new(), None).await.unwrap().is_ok());
    assert_eq!(local(&at("backup"), keys.clone()).epoch(), 2, "the next opening goes on there");
    // The one that was left behind is the older one now.
    assert_eq!(moved.record(search("no")).await.unwrap_err().code(), "audit.behind");
    assert_eq!(resumed.resume("again").await.err().unwrap().code(), "audit.not_behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_went_on_otherwise_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let keys = MemoryKeyStore::default();
    let log = local(&at("a"), Arc::new(keys.clone()));
    log.record(search("one")).await.unwrap();
    log.close().await.unwrap();
    copy_folder(&at("a"), &at("b")).unwrap();
    let known = keys.checkpoint(CORPUS).unwrap();
    log.record(search("two")).await.unwrap();
    let newer = log.close().await.unwrap().unwrap();
    // Whoever can turn the key store back as well makes another log; against the checkpoint that somebody kept it does not stand.
    assert!(keys.advance(CORPUS, Some(&newer.note), known.as_deref().unwrap()).unwrap());
    let forged = local(&at("b"), Arc::new(keys.clone()));
    forged.record(search("another")).await.unwrap();
    let other = forged.close().await.unwrap().unwrap();
    assert_eq!(other.checkpoint.size, newer.checkpoint.size);
    assert!(keys.advance(CORPUS, Some(&other.note), &newer.note).unwrap());
    let verified = forged.verify(Vec::new(), None).await.unwrap();
    assert_eq!(verified.report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["forked"]);
    assert_eq!(forged.record(search("no")).await.unwrap_err().code(), "audit.forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_signs_and_the_key_of_before_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(LocalKeyStore::new(folder.path().join("keys")));
    let log = local(&folder.path().join("a"), keys);
    log.record(search("one")).await.unwrap();
    let former = log.verifier_key().unwrap();
    let new = log.rotate_key().await.unwrap();
    assert_ne!(former, new);
    let both = log.published(None).unwrap();
    for key in [&former, &new] {
        assert!(crate::audit::open_checkpoint(&both.note, std::slice::from_ref(key)).is_ok(), "the first one is signed by both");
    }
    log.record(search("two")).await.unwrap();
    let after = log.close().await.unwrap().unwrap();
    assert!(crate::audit::open_checkpoint(&after.note, std::slice::from_ref(&former)).is_err());
    assert!(log.verify(vec![new.clone()], None).await.unwrap().is_ok());
    let rotation = leaves(&log).await.into_iter().find(|leaf| leaf.r#type == "key.rotate").unwrap();
    let statement = format!("beleg key rotation\n{}\n{new}\n", log.origin());
    use base64::Engine;
    let signature = base64::engine::general_purpose::STANDARD.decode(&rotation.versions["signature"]).unwrap();
    former.verify(&statement, &signature).expect("the key of before signed the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whose_key_is_destroyed_is_unreadable_and_the_log_still_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let log = local(folder.path(), keys.clone());
    let index = log.record(search("who is it")).await.unwrap().audit.unwrap().index;
    keys.destroy(CORPUS, &[Subject::Person("alice".to_owned())]).unwrap();
    assert_eq!(log.entry(index).await.unwrap().unwrap().payloads, [VaultRecord::Erased], "not yet published");
    log.close().await.unwrap();
    assert_eq!(log.entry(index).await.unwrap().unwrap().payloads, [VaultRecord::Erased]);
    assert!(log.verify(Vec::new(), None).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_is_told_and_changes_no_order() {
    struct SetBack(AtomicUsize);
    impl crate::env::Clock for SetBack {
        fn now(&self) -> jiff::Timestamp {
            // Forward by an hour at each look, and back by a day at the tenth.
            let looks = self.0.fetch_add(1, Ordering::Relaxed) as i64;
            let back = if looks >= 10 { 24 * 3600 } else { 0 };
            jiff::Timestamp::from_second(1_790_000_000 + looks * 3600 - back).unwrap()
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let seams = AuditSeams {
        clock: Arc::new(SetBack(AtomicUsize::new(0))),
        ..seams(Arc::new(LocalBlobs::new(folder.path())), Arc::new(MemoryKeyStore::default()))
    };
    let log = AuditLog::local(folder.path(), seams, options()).unwrap();
    for n in 0..20 {
        log.record(search(&n.to_string())).await.unwrap();
    }
    log.close().await.unwrap();
    let done = log.verify(Vec::new(), None).await.unwrap();
    assert!(done.is_ok(), "a clock is no proof: {:?}", done.report.findings);
    assert_eq!(done.clock_set_back, 1);
    let seqs: Vec<u64> = leaves(&log).await.iter().map(|leaf| leaf.seq).collect();
    assert_eq!(seqs, (0..21).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_log_in_which_nothing_happens_says_so_and_publishes_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = AuditOptions { heartbeat: Some(Duration::from_millis(20)), ..options() };
    let seams = seams(Arc::new(LocalBlobs::new(folder.path())), Arc::new(MemoryKeyStore::default()));
    let log = AuditLog::local(folder.path(), seams, options).unwrap();
    log.record(search("once")).await.unwrap();
    while log.covering(3).unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    log.close().await.unwrap();
    let types: Vec<String> = leaves(&log).await.into_iter().map(|leaf| leaf.r#type).take(4).collect();
    assert_eq!(types, ["boot", "retrieval", "heartbeat", "heartbeat"]);
    assert!(log.verify(Vec::new(), None).await.unwrap().is_ok());
}
