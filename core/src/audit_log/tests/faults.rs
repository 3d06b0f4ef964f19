//! The disk fails at every write, sync, rename and removal, wherever the log keeps something: write-ahead file, tiles, bundles of entries,
//! checkpoints, vault, keys. Afterwards the log is opened again and held against what was acknowledged.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;
use uuid::Uuid;

use super::{
    super::{AuditLog, AuditOptions, KeyStore, LocalKeyStore, MemoryKeyStore, Subject, VaultRecord, read::vault_records},
    CORPUS, caller, leaves, on_disk, options, seams,
};
use crate::{
    Error, ErrorKind, Result,
    env::System,
    platform::{Disk, LocalDisk},
    record::{Action, Content, Ending, Entry, Recorder},
    store::{Appended, BlobSequencer, Blobs, LocalBlobs, LocalSequencer, MemoryBlobs, Sequencer, Visitor},
    testing::{Fault, FaultyDisk, copy_folder},
};

/// What becomes of whoever met the fault, before the log is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The process dies; what it wrote can be read.
    Dies,
    /// The machine loses power, and with it what no sync made durable.
    LosesPower,
    /// The disk comes back and the same process goes on, with a new opening when it must. Then power is lost.
    GoesOn,
    /// The same, but power is lost before there is another checkpoint.
    GoesOnABit,
    /// The disk comes back and another process goes on that had the log open all the while. Then power is lost.
    AnotherGoesOn,
}

/// All that is kept, on one disk.
struct Place<'a> {
    folder: &'a Path,
    disk: Arc<dyn Disk>,
    keys: Arc<LocalKeyStore>,
    blobs: Arc<LocalBlobs>,
}

impl<'a> Place<'a> {
    fn new(folder: &'a Path, disk: Arc<dyn Disk>) -> Self {
        let keys = Arc::new(LocalKeyStore::on(folder.join("keys"), disk.clone(), Arc::new(System)));
        let blobs = Arc::new(LocalBlobs::on(folder.join("corpus"), disk.clone()));
        Self { folder, disk, keys, blobs }
    }

    /// A log that publishes when it is told to, so that the steps of a disk come in one order.
    fn log(&self) -> AuditLog {
        let (at, disk) = (self.folder.join("corpus/audit"), self.disk.clone());
        let locks = at.clone();
        let make =
            move |epoch: u32| Arc::new(LocalSequencer::on(at.join(format!("{epoch}/log")), disk.clone())) as Arc<dyn Sequencer>;
        let options = AuditOptions { checkpoint_interval: Duration::from_secs(3600), ..options() };
        AuditLog::on(seams(self.blobs.clone(), self.keys.clone()), 1, Arc::new(make), Some(locks), options)
    }
}

/// What was acknowledged, and what was attempted.
#[derive(Default)]
struct Done {
    entries: Vec<Acknowledged>,
    /// Entries whose payloads may be gone, and those whose payloads must be.
    erasing: Vec<u64>,
    erased: Vec<u64>,
    /// The same for people whose keys were destroyed.
    destroying: Vec<&'static str>,
    destroyed: Vec<&'static str>,
}

struct Acknowledged {
    index: u64,
    id: Uuid,
    by: &'static str,
    question: String,
}

impl Done {
    async fn record(&mut self, log: &AuditLog, by: &'static str, count: usize) -> Result<()> {
        let question = |n: usize| format!("{by} asks {n}");
        let entry = |n| {
            Entry::outcome(&System, &System, &caller(by), Action::Retrieval, Ending::Complete)
                .payload("query", Content::Text(question(n)))
        };
        let entries: Vec<Entry> = (0..count).map(entry).collect();
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
        for ((recorded, id), n) in log.record_all(entries).await?.into_iter().zip(ids).zip(0..) {
            let index = recorded.audit.unwrap().index;
            self.entries.push(Acknowledged { index, id, by, question: question(n) });
        }
        Ok(())
    }

    /// Does all that a log is for, until something fails.
    async fn work(&mut self, log: &AuditLog, folder: &Path, keys: &dyn KeyStore) -> Result<()> {
        self.record(log, "alice", 1).await?;
        self.record(log, "ben", 1).await?;
        log.publish().await?;
        // Over the end of a bundle.
        self.record(log, "alice", 8).await?;
        log.publish().await?;
        self.record(log, "carol", 2).await?;
        self.erase(log, folder, &[0, 10]).await?;
        self.destroying.push("carol");
        keys.destroy(CORPUS, &[Subject::Person("carol".to_owned())])?;
        self.destroyed.push("carol");
        self.record(log, "alice", 1).await?;
        log.close().await.map(drop)
    }

    /// Goes on after the fault.
    async fn go_on(&mut self, log: &AuditLog) -> Result<()> {
        self.record(log, "ben", 1).await?;
        self.record(log, "erik", 1).await
    }

    async fn erase(&mut self, log: &AuditLog, folder: &Path, entries: &[usize]) -> Result<()> {
        self.erasing.extend(entries.iter().filter_map(|n| self.entries.get(*n)).map(|entry| entry.index));
        log.remove_payloads(self.erasing.clone()).await?;
        self.erased = self.erasing.clone();
        for index in &self.erased {
            assert_eq!(records_of(*index, &folder.join("corpus")), 0, "what is beside entry {index} is in no file any more");
        }
        Ok(())
    }

    /// Holds a log against what was acknowledged.
    async fn check(&self, folder: &Path) {
        let place = Place::new(folder, Arc::new(LocalDisk));
        let (log, mut after) = (place.log(), Done::default());
        after.record(&log, "dora", 1).await.unwrap();
        log.close().await.unwrap();
        let leaves = leaves(&log).await;
        let ids: HashSet<Uuid> = leaves.iter().map(|leaf| leaf.id).collect();
        assert_eq!(ids.len(), leaves.len(), "no entry stands in two places");
        for entry in self.entries.iter().chain(&after.entries) {
            assert_eq!(leaves.get(entry.index as usize).map(|leaf| leaf.id), Some(entry.id), "entry {}", entry.index);
            assert!(entry.index <= after.entries[0].index, "the place {} was given twice", entry.index);
            let found = log.entry(entry.index).await.unwrap().unwrap().payloads;
            let is_kept = matches!(&found[..], [VaultRecord::Kept { payload, .. }] if payload == entry.question.as_bytes());
            let is_erased = found.is_empty() && self.erasing.contains(&entry.index);
            let is_unreadable = found == [VaultRecord::Erased] && self.destroying.contains(&entry.by);
            assert!(is_kept || is_erased || is_unreadable, "entry {}: {found:?}", entry.index);
            let must_be_gone = self.erased.contains(&entry.index) || self.destroyed.contains(&entry.by);
            assert!(!(is_kept && must_be_gone), "entry {} was erased", entry.index);
        }
        let done = log.verify(Vec::new(), None).await.unwrap();
        assert_eq!(done.report.findings, []);
        assert_eq!(done.report.entries, leaves.len() as u64);
    }
}

/// How many records of an entry there are, in all files of vault and write-ahead.
fn records_of(index: u64, corpus: &Path) -> usize {
    let mut folders = vec![corpus.join("vault"), corpus.join("audit/1/log")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.starts_with(corpus.join("vault")) {
                let bytes = fs::read(path).unwrap();
                let mut records = vault_records("vault", &bytes).map(Result::unwrap);
                count += usize::from(records.any(|(at, sealed)| at == index && !sealed.is_empty()));
            } else {
                // The index stands in a frame before the length of the entry.
                let bytes = fs::read(path).unwrap();
                count += usize::from(bytes.windows(8).skip(24).any(|part| part == index.to_le_bytes()));
            }
        }
    }
    count
}

/// In memory where the system has such a folder: what a sync makes durable is up to the faulty disk here.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Fails at a step, counted from 1.
async fn fails(base: &Path, at: usize, fault: Fault, then: Then) {
    let folder = folder();
    copy_folder(base, folder.path()).unwrap();
    let disk = FaultyDisk::failing_at(usize::MAX, fault);
    let place = Place::new(folder.path(), Arc::new(disk.clone()));
    let mut done = Done::default();
    // With keys of its own, as another process has.
    let other = Place::new(folder.path(), Arc::new(disk.clone()));
    let other = (then == Then::AnotherGoesOn).then(|| other.log());
    if let Some(other) = &other {
        done.record(other, "olga", 1).await.unwrap();
    }
    disk.arm(at);
    let log = place.log();
    let failed = done.work(&log, folder.path(), place.keys.as_ref()).await;
    // Where the log was opened before, there are fewer steps.
    assert!(disk.is_gone() || other.is_some());
    if let Err(error) = &failed {
        assert_eq!(error.kind(), ErrorKind::Environment, "{error:?}");
    }
    let goes_on = matches!(then, Then::GoesOn | Then::GoesOnABit);
    if goes_on {
        disk.mend();
    }
    let log = if goes_on && done.go_on(&log).await.is_ok() {
        log
    } else {
        // Its threads have ended then.
        let _ = log.close().await;
        disk.mend();
        place.log()
    };
    match then {
        Then::Dies => {}
        Then::LosesPower => disk.lose_power().unwrap(),
        Then::GoesOn => {
            done.go_on(&log).await.unwrap();
            done.erase(&log, folder.path(), &[0]).await.unwrap();
            log.close().await.unwrap();
            disk.lose_power().unwrap();
        }
        Then::GoesOnABit => {
            done.go_on(&log).await.unwrap();
            disk.lose_power().unwrap();
        }
        Then::AnotherGoesOn => {
            let other = other.unwrap();
            done.go_on(&other).await.unwrap();
            done.erase(&other, folder.path(), &[0]).await.unwrap();
            other.close().await.unwrap();
            disk.lose_power().unwrap();
        }
    }
    done.check(folder.path()).await;
    // Whatever is still open writes nothing more.
    disk.arm(1);
    let _ = log.close().await;
}

const RUNS: [(Fault, Then); 14] = [
    (Fault::Io, Then::Dies),
    (Fault::Io, Then::LosesPower),
    (Fault::Io, Then::GoesOn),
    (Fault::Io, Then::GoesOnABit),
    (Fault::Io, Then::AnotherGoesOn),
    (Fault::Late, Then::Dies),
    (Fault::Late, Then::LosesPower),
    (Fault::Late, Then::GoesOn),
    (Fault::Late, Then::GoesOnABit),
    (Fault::Late, Then::AnotherGoesOn),
    (Fault::Torn, Then::Dies),
    (Fault::Torn, Then::GoesOn),
    (Fault::Torn, Then::AnotherGoesOn),
    (Fault::Full, Then::Dies),
];

/// From the folder `base` on, every kind of fault at every step of the work.
fn at_every_step(base: &Path) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = folder();
    copy_folder(base, folder.path()).unwrap();
    let disk = FaultyDisk::failing_at(usize::MAX, Fault::Io);
    let whole = runtime().block_on(async {
        let place = Place::new(folder.path(), Arc::new(disk.clone()));
        let mut done = Done::default();
        done.work(&place.log(), folder.path(), place.keys.as_ref()).await.unwrap();
        done.check(folder.path()).await;
        disk.writes()
    });
    // What is not a write is done as a whole or not at all.
    let is_run = |at, fault| !matches!(fault, Fault::Torn | Fault::Full) || whole.contains(&at);
    let runs: Vec<_> = (1..=disk.steps()).flat_map(|at| RUNS.map(|(fault, then)| (at, fault, then))).collect();
    let runs: Vec<_> = runs.into_iter().filter(|(at, fault, _)| is_run(*at, *fault)).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some((at, fault, then)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failed = std::panic::catch_unwind(|| runtime.block_on(fails(base, *at, *fault, *then)));
                    assert!(failed.is_ok(), "{fault:?} at step {at}, then {then:?}: see above");
                }
            });
        }
    });
}

#[test]
fn a_new_log_keeps_what_it_acknowledged_whatever_step_of_the_disk_fails() {
    let base = folder();
    fs::create_dir(base.path().join("corpus")).unwrap();
    at_every_step(base.path());
}

#[test]
fn a_log_at_the_end_of_a_bundle_keeps_what_it_acknowledged_whatever_step_of_the_disk_fails() {
    let base = folder();
    fs::create_dir(base.path().join("corpus")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let log = Place::new(base.path(), Arc::new(LocalDisk)).log();
        Done::default().record(&log, "alice", 248).await.unwrap();
        log.close().await.unwrap();
    });
    at_every_step(base.path());
}

/// Shows an entry at its end that somebody is still writing.
struct Unfinished(Arc<dyn Sequencer>);

impl Sequencer for Unfinished {
    fn append_batch(&self, batch: &[Appended]) -> Result<u64> {
        self.0.append_batch(batch)
    }

    fn size(&self) -> Result<u64> {
        self.0.size()
    }

    fn read(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()> {
        self.0.read(from, visit)?;
        visit(self.0.size()?, b"unfinished", b"")
    }

    fn release(&self, size: u64) -> Result<()> {
        self.0.release(size)
    }

    fn clear(&self) -> Result<()> {
        self.0.clear()
    }

    fn strip(&self, entries: &[u64]) -> Result<()> {
        self.0.strip(entries)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_derived_of_an_entry_that_is_not_durable_yet() {
    let blobs = Arc::new(MemoryBlobs::default());
    let batches: Arc<dyn Blobs> = blobs.clone();
    let make = move |_| Arc::new(Unfinished(Arc::new(BlobSequencer::new(batches.clone(), "log")))) as Arc<dyn Sequencer>;
    let log = AuditLog::on(seams(blobs, Arc::new(MemoryKeyStore::default())), 1, Arc::new(make), None, options());
    Done::default().record(&log, "alice", 3).await.unwrap();
    assert_eq!(log.close().await.unwrap().unwrap().checkpoint.size, 4, "with the entry of the boot");
}

/// Appends until the disk fails; returns what was acknowledged, by place.
async fn until_it_fails(log: &AuditLog) -> (Vec<(u64, String)>, Error) {
    let mut acknowledged = Vec::new();
    for n in 0..40 {
        let text = format!("entry {n}");
        match log.append(vec![text.clone().into_bytes()]).await {
            Ok(index) => acknowledged.push((index, text)),
            Err(error) => return (acknowledged, error),
        }
        if n % 5 == 4
            && let Err(error) = log.publish().await
        {
            return (acknowledged, error);
        }
    }
    panic!("the disk did not fail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_fails_the_call_in_time_and_what_turns_up_keeps_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    // Far behind the opening: a few steps for each entry.
    let disk = FaultyDisk::failing_at(24, Fault::Hang);
    let patient = AuditOptions { append_timeout: Duration::from_millis(300), ..options() };
    let log = on_disk(folder.path(), keys.clone(), Arc::new(disk.clone()), patient);
    let (acknowledged, error) = until_it_fails(&log).await;
    assert_eq!(error.code(), "audit.unknown_outcome");
    assert_eq!(log.append(vec![b"no".to_vec()]).await.unwrap_err().code(), "audit.poisoned");
    disk.mend();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let next = log.append(vec![b"after".to_vec()]).await.unwrap();
    let (_, entries) = log.last_entries(Some(0), 1000).await.unwrap();
    for (index, text) in &acknowledged {
        assert_eq!(entries[*index as usize], text.as_bytes());
    }
    assert_eq!(entries[next as usize], b"after");
    assert!(next as usize > acknowledged.len(), "behind what is there");
}
