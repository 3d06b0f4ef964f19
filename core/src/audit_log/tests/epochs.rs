//! What lies in epochs before: found, read, proved, verified and erased as if there were one log.

use std::{fs, path::Path, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    super::{AuditLog, AuditOptions, AuditSeams, KeyStore, MemoryKeyStore, Subject, VaultRecord},
    CORPUS, caller, options, seams, search,
};
use crate::{
    audit::{VerifierKey, leaf_hash},
    env::{Clock, System},
    record::{Action, Caller, Content, Ending, Entry, Recorder},
    store::{BlobSequencer, Blobs, LocalBlobs, MemoryBlobs, Sequencer},
    testing::copy_folder,
};

/// A log that publishes when it is closed and not before.
fn local(folder: &Path, corpus: Uuid, keys: &MemoryKeyStore) -> AuditLog {
    let seams = AuditSeams { corpus, ..seams(Arc::new(LocalBlobs::new(folder)), Arc::new(keys.clone())) };
    AuditLog::local(folder, seams, slow()).unwrap()
}

fn slow() -> AuditOptions {
    AuditOptions { checkpoint_interval: Duration::from_secs(3600), ..options() }
}

fn answer(id: Uuid, request: &str) -> Entry {
    let caller = Caller { request_id: Some(request.to_owned()), ..caller("alice") };
    Entry::outcome(&System, &System, &caller, Action::Answer, Ending::Complete)
        .version("answer", id)
        .payload("answer", Content::Text(format!("answer to {request}")))
}

fn document(id: Uuid) -> Entry {
    Entry::outcome(&System, &System, &caller("alice"), Action::Ingest, Ending::Complete)
        .version("document", id)
        .version("document_version", 1)
        .payload_of_document("document", id, &[], Content::Text("what it is".to_owned()))
}

/// What was put on record in the first epoch.
struct Before {
    answer: Uuid,
    document: Uuid,
    intent: Uuid,
    /// The entry of its outcome.
    outcome: Uuid,
    /// One that no checkpoint covers.
    tail: Uuid,
    key: VerifierKey,
}

/// Some entries that a checkpoint covers, and one that none does.
async fn work(log: &AuditLog) -> Before {
    let (answer_id, document_id) = (Uuid::from_u128(1001), Uuid::from_u128(1002));
    log.record(document(document_id)).await.unwrap();
    for n in 0..300 {
        log.record(search(&format!("question {n}"))).await.unwrap();
    }
    log.record(answer(answer_id, "first")).await.unwrap();
    let intent = Entry::intent(&System, &System, &caller("alice"), Action::Delete);
    let outcome = Entry::outcome(&System, &System, &caller("alice"), Action::Delete, Ending::Complete).refers_to(intent.id);
    let (intent_id, outcome_id) = (intent.id, outcome.id);
    log.record(intent).await.unwrap();
    log.record(outcome).await.unwrap();
    log.close().await.unwrap();
    let tail = answer(Uuid::from_u128(1003), "tail");
    let tail_id = tail.id;
    log.record(tail).await.unwrap();
    let key = log.verifier_key().unwrap();
    Before { answer: answer_id, document: document_id, intent: intent_id, outcome: outcome_id, tail: tail_id, key }
}

/// The same folder in a second epoch, after it was restored: the first one's last entry stands in its write-ahead file alone.
async fn resumed(folder: &Path) -> (AuditLog, MemoryKeyStore, Before) {
    let keys = MemoryKeyStore::default();
    let log = local(&folder.join("lost"), CORPUS, &keys);
    let before = work(&log).await;
    copy_folder(&folder.join("lost"), &folder.join("corpus")).unwrap();
    log.record(search("lost")).await.unwrap();
    log.close().await.unwrap();
    let (log, _) = local(&folder.join("corpus"), CORPUS, &keys).resume("restored").await.unwrap();
    log.record(search("goes on")).await.unwrap();
    log.close().await.unwrap();
    (log, keys, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_on_record_before_a_log_was_resumed_is_found_read_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, before) = resumed(folder.path()).await;
    // Whoever opens it next finds the same.
    for log in [log, local(&folder.path().join("corpus"), CORPUS, &keys)] {
        assert_eq!((log.epoch(), log.epochs().unwrap()), (2, vec![1, 2]));
        let found = log.find(before.answer, "answer").await.unwrap().unwrap();
        assert_eq!((found.leaf.epoch, found.payload("answer").unwrap()), (1, &b"answer to first"[..]));
        let first = log.in_epoch(1).unwrap();
        assert_eq!(first.entry(found.index).await.unwrap().unwrap(), found);
        assert_ne!(log.entry(found.index).await.unwrap(), Some(found.clone()), "its place is one of its epoch");
        let document = log.find_document(before.document, 1).await.unwrap().unwrap();
        assert_eq!((document.leaf.epoch, document.payload("document").unwrap()), (1, &b"what it is"[..]));
        assert_eq!(log.find_entry(before.tail).await.unwrap().unwrap().payload("answer").unwrap(), b"answer to tail");
        assert!(log.find_entry(Uuid::from_u128(9)).await.unwrap().is_none());
        let day = System.now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap();
        let request = log.find_request("alice", "first", day).await.unwrap().unwrap();
        assert_eq!(request, found);
        let later = System.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        assert!(log.find_request("alice", "first", later).await.unwrap().is_none());
        assert_eq!(log.outcome(before.intent).await.unwrap(), Some(true));
        assert_eq!(log.find_entry(before.outcome).await.unwrap().unwrap().leaf.refs, [before.intent]);

        let proof = first.prove(found.index, None).await.unwrap();
        let checkpoint = first.published(None).unwrap().checkpoint;
        proof.proof.verify(&leaf_hash(&found.bytes), &checkpoint.root).unwrap();
        assert_eq!((checkpoint.origin, first.origin()), (format!("beleg/{CORPUS}/1"), format!("beleg/{CORPUS}/1")));
        let verified = first.verify(Vec::new(), None).await.unwrap();
        assert!(verified.is_ok() && verified.is_pinned, "{:?}", verified.report.findings);
        assert_eq!(verified.uncovered, 2, "the boot and the entry behind the last checkpoint");
        assert!(log.verify(Vec::new(), None).await.unwrap().is_ok());

        // The first entry of the second epoch: that of its boot, then that it was resumed.
        let latest = log.latest(5).await.unwrap();
        let places: Vec<_> = latest.iter().map(|entry| (entry.epoch, entry.index)).collect();
        let size = checkpoint.size;
        assert_eq!(places, [(1, size), (1, size + 1), (2, 0), (2, 1), (2, 2)]);
        assert_eq!(log.latest(2).await.unwrap(), latest[3..]);
        assert_eq!(log.latest(10_000).await.unwrap().len() as u64, size + 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_before_takes_no_entries() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _, before) = resumed(folder.path()).await;
    let first = log.in_epoch(1).unwrap();
    let note = first.published(None).unwrap();
    assert_eq!(first.record(search("no")).await.unwrap_err().code(), "audit.past_epoch");
    assert_eq!(first.publish().await.unwrap_err().code(), "audit.past_epoch");
    assert_eq!(first.rotate_key().await.unwrap_err().code(), "audit.past_epoch");
    assert_eq!(first.resume("why").await.err().unwrap().code(), "audit.past_epoch");
    assert_eq!(first.check_opening().await.unwrap_err().code(), "audit.past_epoch");
    let tail = log.find_entry(before.tail).await.unwrap().unwrap();
    assert_eq!(first.first_covering(tail.index, None).await.unwrap_err().code(), "audit.past_epoch");
    assert_eq!(first.published(None).unwrap(), note);
    for epoch in [0, 3, 99] {
        assert_eq!(log.in_epoch(epoch).err().unwrap().code(), "audit.no_epoch");
    }
    assert_eq!(log.in_epoch(2).unwrap().epoch(), 2);
    assert_eq!(first.in_epoch(2).err().unwrap().code(), "audit.no_epoch", "it knows what came before it");
}

/// How many files below a folder hold these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> usize {
    let holds = |path: &Path| {
        if path.is_dir() {
            holding(path, bytes)
        } else {
            usize::from(memchr::memmem::find(&fs::read(path).unwrap(), bytes).is_some())
        }
    };
    fs::read_dir(folder).unwrap().map(|entry| holds(&entry.unwrap().path())).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_of_an_epoch_before_are_removed_from_every_file_and_its_proofs_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, before) = resumed(folder.path()).await;
    let corpus = folder.path().join("corpus");
    let first = log.in_epoch(1).unwrap();
    let found = log.find(before.answer, "answer").await.unwrap().unwrap();
    let tail = log.find_entry(before.tail).await.unwrap().unwrap();
    // All of it is known to whoever says how long it is kept.
    let (mut from, mut sealed) = (0, Vec::new());
    while from < u64::MAX {
        let (entries, next) = first.sealed_entries(from, u64::MAX).await.unwrap();
        assert!(next > from);
        (from, sealed) = (next, [sealed, entries].concat());
    }
    assert_eq!(sealed.len(), 303, "the document, 300 searches, two answers");
    let alice = keys.find(CORPUS, &Subject::Person("alice".to_owned())).unwrap().unwrap().pseudonym;
    assert_eq!((sealed.last().unwrap().index, sealed.last().unwrap().keys.as_slice()), (tail.index, &[alice][..]));
    assert_eq!(first.concerned(tail.index).await.unwrap(), [alice]);

    let sealed = |index| {
        let parts = first.parts();
        super::super::read::entry(parts, parts.sequencer().as_ref(), index).unwrap().unwrap().1
    };
    let sealed = [sealed(found.index), sealed(tail.index)];
    assert!(sealed.iter().all(|sealed| holding(&corpus, &sealed[..64]) == 1), "each lies in one file");
    let untouched = fs::read(corpus.join("vault/1/000")).unwrap();
    assert_eq!(first.remove_payloads(vec![tail.index, found.index, 9_999, found.index]).await.unwrap(), 2);
    assert_eq!(first.remove_payloads(vec![tail.index, found.index]).await.unwrap(), 0, "once");
    assert!(sealed.iter().all(|sealed| sealed.chunks(64).all(|part| holding(&corpus, part) == 0)), "nothing is left of them");
    for entry in [&found, &tail] {
        let left = first.entry(entry.index).await.unwrap().unwrap();
        assert_eq!((left.payloads.len(), &left.bytes), (0, &entry.bytes), "the entry stays");
        assert!(log.find_entry(entry.leaf.id).await.unwrap().unwrap().payloads.is_empty());
    }
    assert_eq!(fs::read(corpus.join("vault/1/000")).unwrap(), untouched);
    assert!(first.verify(Vec::new(), None).await.unwrap().is_ok());
    assert_eq!(first.verify(Vec::new(), None).await.unwrap().uncovered, 2);
    first.prove(found.index, None).await.unwrap();

    keys.destroy(CORPUS, &[Subject::Person("alice".to_owned())]).unwrap();
    assert_eq!(first.entry(5).await.unwrap().unwrap().payloads, [VaultRecord::Erased]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_reads_what_it_was_copied_from_under_the_name_that_that_had() {
    let folder = tempfile::tempdir().unwrap();
    let keys = MemoryKeyStore::default();
    let original = local(&folder.path().join("a"), CORPUS, &keys);
    let before = work(&original).await;
    let copy_id = Uuid::from_u128(77);
    copy_folder(&folder.path().join("a"), &folder.path().join("b")).unwrap();
    keys.copy(CORPUS, copy_id).unwrap();
    let (copy, resumed) = local(&folder.path().join("b"), copy_id, &keys).resume("a copy").await.unwrap();
    assert_eq!((copy.epoch(), resumed.known_size), (2, 0));
    assert_eq!(copy.origin(), format!("beleg/{copy_id}/2"));
    copy.record(search("goes on apart")).await.unwrap();
    copy.close().await.unwrap();
    let first = copy.in_epoch(1).unwrap();
    assert_eq!(first.origin(), format!("beleg/{CORPUS}/1"));
    let found = copy.find(before.answer, "answer").await.unwrap().unwrap();
    assert_eq!(
        (found.leaf.epoch, found.payload("answer").unwrap()),
        (1, &b"answer to first"[..]),
        "with its own copy of the keys"
    );
    first.prove(found.index, None).await.unwrap();
    assert!(first.verify(vec![before.key.clone()], None).await.unwrap().is_ok());
    assert!(first.verify(Vec::new(), None).await.unwrap().is_ok(), "the key is on this machine");
    let (_, entries) = copy.last_entries(Some(0), 2).await.unwrap();
    let resume = crate::audit::Leaf::parse(&entries[1]).unwrap();
    assert_eq!(resume.versions["found_origin"], first.origin());

    // Elsewhere, without the keys of what was copied.
    let elsewhere = MemoryKeyStore::default();
    let moved = local(&folder.path().join("b"), copy_id, &elsewhere).in_epoch(1).unwrap();
    let verified = moved.verify(Vec::new(), None).await.unwrap();
    assert_eq!(verified.report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["signer_unpinned"]);
    assert_eq!(moved.verifier_key().unwrap_err().code(), "audit.copied_epoch");
    assert!(elsewhere.checkpoint(CORPUS).unwrap().is_none());
    assert!(moved.verify(vec![before.key], None).await.unwrap().is_ok());
    // What is erased in the copy stays in the original.
    first.remove_payloads(vec![found.index]).await.unwrap();
    assert!(copy.find(before.answer, "answer").await.unwrap().unwrap().payloads.is_empty());
    assert_eq!(original.find(before.answer, "answer").await.unwrap().unwrap().payloads.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn epochs_go_through_any_storage() {
    let blobs = MemoryBlobs::default();
    let keys = MemoryKeyStore::default();
    let batches: Arc<dyn Blobs> = Arc::new(blobs.clone());
    let make = Arc::new(move |epoch: u32| {
        Arc::new(BlobSequencer::new(batches.clone(), format!("audit/{epoch}/log"))) as Arc<dyn Sequencer>
    });
    let open = |epoch, keys: &MemoryKeyStore| {
        AuditLog::on(seams(Arc::new(blobs.clone()), Arc::new(keys.clone())), epoch, make.clone(), None, slow())
    };
    let log = open(1, &keys);
    let before = work(&log).await;
    // Other keys: the log cannot go on as it is.
    let newer = MemoryKeyStore::default();
    let (log, _) = open(1, &newer).resume("its keys are gone").await.unwrap();
    assert_eq!((log.epoch(), log.epochs().unwrap()), (2, vec![1, 2]));
    let found = log.find(before.answer, "answer").await.unwrap().unwrap();
    let tail = log.find_entry(before.tail).await.unwrap().unwrap();
    assert_eq!((found.payloads.as_slice(), tail.leaf.epoch), (&[VaultRecord::Erased, VaultRecord::Erased][..], 1));
    let first = log.in_epoch(1).unwrap();
    assert_eq!(first.remove_payloads(vec![found.index, tail.index]).await.unwrap(), 2);
    assert!(log.find_entry(before.tail).await.unwrap().unwrap().payloads.is_empty());
    assert_eq!(first.remove_payloads(vec![found.index, tail.index]).await.unwrap(), 0);
    assert_eq!(open(2, &newer).latest(1).await.unwrap()[0].epoch, 2);
}
