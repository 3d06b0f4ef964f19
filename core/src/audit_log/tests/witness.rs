//! Against witnesses in this process, which check as the specification asks, with proofs verified by another implementation.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{
    super::{AuditLog, AuditOptions, KeyStore, MemoryKeyStore, Standing, WitnessAnswer},
    leaves, options, seams, search,
    server::{Reply, Request, Server, impatient, transport},
};
use crate::{
    audit::{
        Checkpoint, EMPTY_ROOT, Ed25519Signer, Policy, SignedNote, Signer, VerifierKey, cosign, open_checkpoint, sign_checkpoint,
    },
    hex::hex,
    record::Recorder,
    store::LocalBlobs,
    testing::copy_folder,
};

pub(super) const TIME: u64 = 1_770_000_000;

pub(super) struct Witness {
    signer: Ed25519Signer,
    /// The logs that it knows.
    logs: Vec<VerifierKey>,
    /// Size and root that it saw last.
    seen: Mutex<(u64, [u8; 32])>,
    /// The note that it cosigned last.
    shown: Mutex<Option<Vec<u8>>>,
    /// What it answers to what is posted before it does as it should.
    script: Mutex<VecDeque<Reply>>,
}

impl Witness {
    pub(super) fn new(name: &str, seed: u8, log: &AuditLog) -> Arc<Self> {
        let signer = Ed25519Signer::witness_from_seed(name, [seed; 32]).unwrap();
        let logs = vec![log.verifier_key().unwrap()];
        Arc::new(Self { signer, logs, seen: Mutex::default(), shown: Mutex::default(), script: Mutex::default() })
    }

    pub(super) fn serve(self: &Arc<Self>) -> Server {
        self.serve_with(None)
    }

    /// Over TLS, or without.
    pub(super) fn serve_with(self: &Arc<Self>, tls: Option<Arc<rustls::ServerConfig>>) -> Server {
        let witness = self.clone();
        Server::with(tls, move |request| {
            if request.method == "GET" {
                return witness.show(request);
            }
            match witness.script.lock().unwrap().pop_front() {
                Some(reply) => reply,
                None => witness.answer(request),
            }
        })
    }

    /// Shows its last note to whoever knows the log's name.
    fn show(&self, request: &Request) -> Reply {
        let origin = hex(&Sha256::digest(self.logs[0].name()));
        match self.shown.lock().unwrap().clone().filter(|_| request.path == format!("/prefix/{origin}/checkpoint")) {
            Some(note) => Reply::With(200, "text/plain", note),
            None => Reply::With(404, "text/plain", Vec::new()),
        }
    }

    /// From here on it shows this, or nothing.
    pub(super) fn shows(&self, note: Option<&[u8]>) {
        *self.shown.lock().unwrap() = note.map(<[u8]>::to_vec);
    }

    pub(super) fn say(&self, reply: Reply) {
        self.script.lock().unwrap().push_back(reply);
    }

    pub(super) fn size(&self) -> u64 {
        self.seen.lock().unwrap().0
    }

    /// As <https://c2sp.org/tlog-witness> says, in its order.
    fn answer(&self, request: &Request) -> Reply {
        let status = |status| Reply::With(status, "text/plain", Vec::new());
        if request.path != "/prefix/add-checkpoint" {
            return status(404);
        }
        let body = String::from_utf8(request.body.clone()).unwrap();
        let (head, note) = body.split_once("\n\n").unwrap();
        let mut lines = head.split('\n');
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        let proof: Vec<_> = lines.map(|line| tlog_tiles::Hash::parse_hash(line).unwrap()).collect();
        let origin = note.lines().next().unwrap();
        if self.logs.iter().all(|key| key.name() != origin) {
            return status(404);
        }
        let Ok((checkpoint, signed)) = open_checkpoint(note.as_bytes(), &self.logs) else { return status(403) };
        if old > checkpoint.size {
            return status(400);
        }
        let mut seen = self.seen.lock().unwrap();
        if old != seen.0 {
            return Reply::With(409, "text/x.tlog.size", format!("{}\n", seen.0).into_bytes());
        }
        let (new, hash) = (tlog_tiles::Hash(checkpoint.root.0), tlog_tiles::Hash(seen.1));
        let holds = match old {
            0 => proof.is_empty(),
            _ => tlog_tiles::check_tree(&proof, checkpoint.size, new, old, hash).is_ok(),
        };
        if !holds {
            return status(422);
        }
        *seen = (checkpoint.size, checkpoint.root.0);
        let own = cosign(&signed, &self.signer, TIME).unwrap();
        *self.shown.lock().unwrap() = Some(format!("{signed}{own}\n").into_bytes());
        // Lines of keys that nobody knows are to be passed over.
        let other = cosign(&signed, &Ed25519Signer::witness_from_seed("other.example", [99; 32]).unwrap(), 1).unwrap();
        Reply::With(200, "text/plain", format!("{other}\n{own}\n").into_bytes())
    }
}

pub(super) fn policy(witnesses: &[(&str, &Arc<Witness>, &Server)], rest: &str) -> Policy {
    let line = |(name, witness, server): &(&str, &Arc<Witness>, &Server)| {
        format!("witness {name} {} {}/prefix/\n", witness.signer.verifier_key(), server.url)
    };
    (witnesses.iter().map(line).collect::<String>() + rest).parse().unwrap()
}

/// A log that publishes when it is closed and not before, so that what is witnessed is the same checkpoint until then.
pub(super) fn local(folder: &Path, keys: Arc<dyn KeyStore>) -> AuditLog {
    let options = AuditOptions { checkpoint_interval: Duration::from_secs(3600), ..options() };
    AuditLog::local(folder, seams(Arc::new(LocalBlobs::new(folder)), keys), options).unwrap()
}

pub(super) async fn log_of(folder: &Path, keys: &MemoryKeyStore, entries: usize) -> AuditLog {
    let log = local(folder, Arc::new(keys.clone()));
    for n in 0..entries {
        log.record(search(&format!("question {n}"))).await.unwrap();
    }
    log.close().await.unwrap();
    log
}

pub(super) async fn grow(log: &AuditLog, entries: usize) -> u64 {
    for _ in 0..entries {
        log.record(search("more")).await.unwrap();
    }
    log.close().await.unwrap().unwrap().checkpoint.size
}

pub(super) fn code(answer: &WitnessAnswer) -> &str {
    match &answer.standing {
        Standing::Unknown { error } | Standing::Objects { error, .. } => &error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cosignatures_are_kept_beside_the_checkpoint_and_others_verify_them() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 300).await;
    let plain = log.published(None).unwrap();
    let (one, two) = (Witness::new("one.example/w", 1, &log), Witness::new("two.example/w", 2, &log));
    let (first, second) = (one.serve(), two.serve());
    let both = policy(&[("W1", &one, &first), ("W2", &two, &second)], "group both all W1 W2\nquorum both\n");

    let done = log.witness(&both, transport(), &impatient()).await.unwrap();
    assert_eq!((done.new, done.report.quorum, done.report.satisfied), (2, true, true));
    assert!(done.witnesses.iter().all(|answer| answer.standing == Standing::Cosigned { time: TIME }), "{:?}", done.witnesses);
    assert_eq!(first.first_lines(), ["old 0"]);
    assert!(first.requests()[0].body.ends_with(&plain.note) && first.requests()[0].content_type.starts_with("text/plain"));
    let size = plain.checkpoint.size;
    assert_eq!(log.cosigned(size).unwrap().unwrap(), done.published);
    assert_eq!(log.published(Some(size)).unwrap(), plain, "what was pinned stays as it is");
    assert_eq!(log.published(None).unwrap(), plain);
    assert!(done.published.note.starts_with(&plain.note), "cosignatures stand behind it");

    // Its policy goes with it: the log's key in it, addresses not.
    let kept = log.policy().unwrap().unwrap();
    assert_eq!(kept.logs()[0].key, log.verifier_key().unwrap());
    assert!(kept.witnesses().iter().all(|witness| witness.url.is_none()) && kept.quorum() == Some("both"));
    assert!(kept.satisfied(&SignedNote::parse(&done.published.note).unwrap()).unwrap().satisfied);
    assert!(!kept.satisfied(&SignedNote::parse(&plain.note).unwrap()).unwrap().satisfied);
    let evidence = log.evidence(size).unwrap();
    assert_eq!((evidence.note, evidence.policy, evidence.anchors), (done.published.note.clone(), kept, Vec::new()));

    // Another implementation of notes, and the signed text made by hand.
    struct Cosigner(String, [u8; 4], ed25519_dalek::VerifyingKey);
    impl signed_note::Verifier for Cosigner {
        fn name(&self) -> &str {
            &self.0
        }
        fn key_id(&self) -> u32 {
            u32::from_be_bytes(self.1)
        }
        fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
            let (time, signature) = signature.split_first_chunk::<8>().unwrap();
            let head = format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time));
            let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
            self.2.verify_strict(&[head.as_bytes(), text].concat(), &signature).is_ok()
        }
    }
    let cosigner = |vkey: &VerifierKey| {
        let key = STANDARD.decode(vkey.to_string().rsplit('+').next().unwrap()).unwrap();
        let public = ed25519_dalek::VerifyingKey::from_bytes(key[1..].try_into().unwrap()).unwrap();
        Box::new(Cosigner(vkey.name().to_owned(), vkey.id(), public)) as Box<dyn signed_note::Verifier>
    };
    let log_key = signed_note::StandardVerifier::new(&log.verifier_key().unwrap().to_string()).unwrap();
    let known = vec![Box::new(log_key) as Box<_>, cosigner(one.signer.verifier_key()), cosigner(two.signer.verifier_key())];
    let theirs = signed_note::Note::from_bytes(&done.published.note).unwrap();
    assert_eq!(theirs.verify(&signed_note::VerifierList::new(known)).unwrap().0.len(), 3);

    // It is on record, and what it says can be read without a key.
    let entry = leaves(&log).await.pop().unwrap();
    assert_eq!((entry.r#type.as_str(), entry.result.as_deref()), ("anchor", Some("complete")));
    assert_eq!((entry.counts["size"], entry.counts["cosignatures"], entry.counts["quorum"]), (size, 2, 1));
    assert_eq!(entry.versions["witnesses"], "one.example/w two.example/w");

    // Once more: nothing new, and no entry.
    let before = leaves(&log).await.len();
    log.close().await.unwrap();
    let size = log.published(None).unwrap().checkpoint.size;
    let done = log.witness(&both, transport(), &impatient()).await.unwrap();
    assert_eq!((done.new, done.published.checkpoint.size), (2, size));
    assert_eq!(
        first.first_lines(),
        ["old 0".to_owned(), format!("old {}", plain.checkpoint.size)],
        "it is known what it saw last"
    );
    assert_eq!(leaves(&log).await.len(), before + 2, "a boot and an anchor");
    let done = log.witness(&both, transport(), &impatient()).await.unwrap();
    assert_eq!((done.new, done.report.satisfied), (0, true));
    assert_eq!(leaves(&log).await.len(), before + 2);
    assert!(log.verify(Vec::new(), None).await.unwrap().is_ok(), "what lies beside the log is none of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_saw_less_gets_the_proof_from_there() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 5).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let mut seen = 0;
    for entries in [0, 1, 2, 249, 300, 1] {
        let size = if entries > 0 { grow(&log, entries).await } else { log.published(None).unwrap().checkpoint.size };
        // A folder that does not remember asks with nothing and is told.
        let _ = std::fs::remove_dir_all(folder.path().join("audit/1/cosigned"));
        let asked = server.requests().len();
        let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
        assert!(done.report.quorum, "{:?}", done.witnesses);
        assert_eq!(witness.size(), size);
        let expected = if seen == 0 { vec!["old 0".to_owned()] } else { vec!["old 0".to_owned(), format!("old {seen}")] };
        assert_eq!(server.first_lines()[asked..], expected);
        seen = size;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_is_kept_and_the_other_is_added_later() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let (one, two) = (Witness::new("one.example", 1, &log), Witness::new("two.example", 2, &log));
    let (first, second) = (one.serve(), two.serve());
    let both = policy(&[("W1", &one, &first), ("W2", &two, &second)], "group both all W1 W2\nquorum both\n");
    let size = log.published(None).unwrap().checkpoint.size;
    (0..3).for_each(|_| two.say(Reply::With(503, "text/plain", Vec::new())));
    let done = log.witness(&both, transport(), &impatient()).await.unwrap();
    assert_eq!((done.new, done.report.quorum, done.report.witnesses.len()), (1, false, 1));
    assert_eq!(code(&done.witnesses[1]), "audit.unreachable");
    assert_eq!(second.requests().len(), 3, "as often as the options allow");
    assert_eq!(log.evidence(size).unwrap().note, log.published(Some(size)).unwrap().note, "too few for the policy");

    let done = log.witness(&both, transport(), &impatient()).await.unwrap();
    assert_eq!((done.new, done.report.quorum), (1, true));
    assert_eq!(done.published.checkpoint.size, size, "nobody published meanwhile");
    let note = SignedNote::parse(&log.cosigned(size).unwrap().unwrap().note).unwrap();
    assert_eq!(note.signatures.iter().map(|line| line.name.as_str()).skip(1).collect::<Vec<_>>(), ["one.example", "two.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_what_does_not_is_told() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let text = |status, body: &[u8]| Reply::With(status, "text/plain", body.to_vec());

    let checkpoint = SignedNote::parse(&log.published(None).unwrap().note).unwrap();
    let mut bad = cosign(&checkpoint, &witness.signer, TIME).unwrap();
    bad.signature[20] ^= 1;
    let timeless = cosign(&checkpoint, &witness.signer, 0).unwrap();
    let stranger = cosign(&checkpoint, &Ed25519Signer::witness_from_seed("x.example", [7; 32]).unwrap(), TIME).unwrap();
    let log_line = &checkpoint.signatures[0];
    let second_text = format!("{stranger}\n\n{stranger}\n");
    for (reply, expected) in [
        (text(404, b""), "audit.witness_unknown_log"),
        (text(403, b""), "audit.witness_other_key"),
        (text(400, b""), "audit.witness_request"),
        (text(422, b""), "audit.witness_answer"),
        (text(302, b""), "audit.witness_answer"),
        (text(201, b""), "audit.witness_answer"),
        (text(200, b""), "audit.witness_answer"),
        (text(200, b"<html>garbage</html>\n"), "audit.witness_answer"),
        (text(200, &[0xff, 0xfe, b'\n']), "audit.witness_answer"),
        (text(200, format!("{stranger}\n").as_bytes()), "audit.witness_answer"),
        (text(200, second_text.as_bytes()), "audit.witness_answer"),
        (text(200, format!("{log_line}\n").as_bytes()), "audit.witness_answer"),
        (text(200, format!("{timeless}\n").as_bytes()), "audit.witness_answer"),
        (text(200, format!("{bad}\n").as_bytes()), "audit.witness_signature"),
        (text(409, b"garbage\n"), "audit.witness_answer"),
        (text(409, b"01\n"), "audit.witness_answer"),
        (text(409, b"1"), "audit.witness_answer"),
        (text(409, b"0\n"), "audit.witness_answer"),
        (text(409, b"99999999999999999999\n"), "audit.witness_answer"),
        (Reply::Long(1 << 20), "audit.answer_too_long"),
    ] {
        witness.say(reply);
        let asked = server.requests().len();
        let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
        assert_eq!((code(&done.witnesses[0]), done.new, done.report.quorum), (expected, 0, false));
        assert_eq!(server.requests().len(), asked + 1, "{expected} is not asked for again");
        assert!(log.cosigned(done.published.checkpoint.size).unwrap().is_none());
        let failed = leaves(&log).await.pop().unwrap();
        assert_eq!((failed.r#type.as_str(), failed.result.as_deref()), ("anchor", Some("failed")));
    }

    for reply in [text(500, b"garbage"), text(429, b""), Reply::Gone] {
        witness.say(reply);
        let asked = server.requests().len();
        let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
        assert!(done.report.quorum, "{:?}", done.witnesses);
        assert_eq!(server.requests().len(), asked + 2);
        grow(&log, 1).await;
    }
    // Sizes that change with each request are asked for a few times alone.
    let size = grow(&log, 6).await;
    (size - 4..=size).for_each(|size| witness.say(says_size(size)));
    let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
    assert_eq!(code(&done.witnesses[0]), "audit.witness_unsettled");
    witness.script.lock().unwrap().clear();

    let began = Instant::now();
    (0..2).for_each(|_| witness.say(Reply::Slow));
    let hasty = crate::audit_log::AnchorOptions { timeout: Duration::from_millis(200), tries: 2, ..impatient() };
    let done = log.witness(&policy, transport(), &hasty).await.unwrap();
    assert_eq!(code(&done.witnesses[0]), "audit.unreachable");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    let nowhere: Policy = format!("witness W {}\nquorum W\n", witness.signer.verifier_key()).parse().unwrap();
    let done = log.witness(&nowhere, transport(), &impatient()).await.unwrap();
    assert_eq!(code(&done.witnesses[0]), "audit.witness_address");
    let other: Policy =
        format!("log {}\nquorum none\n", Ed25519Signer::from_seed("other", [1; 32]).unwrap().verifier_key()).parse().unwrap();
    assert_eq!(log.witness(&other, transport(), &impatient()).await.unwrap_err().code(), "audit.policy_other_log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_taken_back_with_its_keys_is_told_by_a_witness_and_takes_no_entries_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (at, backup) = (folder.path().join("corpus"), folder.path().join("backup"));
    let keys = MemoryKeyStore::default();
    let log = log_of(&at, &keys, 3).await;
    let old = log.published(None).unwrap();
    copy_folder(&at, &backup).unwrap();
    grow(&log, 4).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    let standing = log.check_witnesses(&policy, transport(), &impatient()).await.unwrap();
    assert_eq!(standing[0].standing, Standing::Cosigned { time: TIME });
    let newer = log.close().await.unwrap().unwrap();
    let standing = log.check_witnesses(&policy, transport(), &impatient()).await.unwrap();
    assert_eq!(standing[0].standing, Standing::Behind { size });
    drop(log);

    // Both are taken back: the folder and the keys know nothing of it.
    assert!(keys.advance(super::CORPUS, Some(&newer.note), &old.note).unwrap());
    let restored = local(&backup, Arc::new(keys.clone()));
    restored.record(search("nobody notices")).await.unwrap();
    let error = restored.check_witnesses(&policy, transport(), &impatient()).await.unwrap_err();
    assert_eq!(error.code(), "audit.witness_ahead");
    let context: Vec<_> = error.context().filter(|(key, _)| key.ends_with("size")).map(|(_, value)| value.to_owned()).collect();
    assert_eq!(context, [size.to_string(), old.checkpoint.size.to_string()], "both sizes are named");
    assert!(restored.record(search("no")).await.is_err(), "at once");
    drop(restored);
    let reopened = local(&backup, Arc::new(keys.clone()));
    assert_eq!(reopened.record(search("no")).await.unwrap_err().code(), "audit.witness_ahead", "and in the next process");
    assert_eq!(reopened.witness(&policy, transport(), &impatient()).await.unwrap_err().code(), "audit.witness_ahead");
    assert_eq!(reopened.entry(1).await.unwrap().unwrap().payloads.len(), 1, "what is there can be read");

    let (resumed, _) = reopened.resume("restored from a backup").await.unwrap();
    resumed.record(search("goes on")).await.unwrap();
    resumed.close().await.unwrap();
    let first = &leaves(&resumed).await[1];
    assert_eq!((first.versions["objection"].as_str(), first.versions["witness_size"].clone()), ("ahead", size.to_string()));
    assert_eq!(local(&backup, Arc::new(keys)).epoch(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_its_log_is_told_as_well() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    log.witness(&policy, transport(), &impatient()).await.unwrap();
    log.close().await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let empty = local(other.path(), Arc::new(keys.clone()));
    let error = empty.check_witnesses(&policy, transport(), &impatient()).await.unwrap_err();
    assert_eq!(error.code(), "audit.witness_ahead");
    let unseen = tempfile::tempdir().unwrap();
    let witness = Witness::new("two.example", 2, &log);
    let server = witness.serve();
    let new = local(unseen.path(), Arc::new(keys));
    let policy = self::policy(&[("W", &witness, &server)], "quorum W\n");
    new.check_witnesses(&policy, transport(), &impatient()).await.unwrap();
    assert_eq!(witness.size(), 0, "a log that has just begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_went_on_otherwise_is_told_and_one_that_holds_what_was_shown_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (at, fork) = (folder.path().join("corpus"), folder.path().join("fork"));
    let keys = MemoryKeyStore::default();
    let log = log_of(&at, &keys, 3).await;
    let old = log.published(None).unwrap();
    copy_folder(&at, &fork).unwrap();
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    grow(&log, 2).await;
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    let newer = log.close().await.unwrap().unwrap();
    assert!(keys.advance(super::CORPUS, Some(&newer.note), &old.note).unwrap());
    let forked = local(&fork, Arc::new(keys.clone()));
    grow(&forked, 9).await;
    let error = forked.witness(&policy, transport(), &impatient()).await.unwrap_err();
    assert_eq!(error.code(), "audit.witness_forked");
    assert!(error.context().any(|(key, value)| key == "witness_size" && value == size.to_string()));
    assert_eq!(witness.size(), size, "it cosigned nothing");
    assert_eq!(forked.record(search("no")).await.unwrap_err().code(), "audit.witness_forked");

    // Where the log holds what was shown, it goes on.
    assert!(keys.advance(super::CORPUS, keys.checkpoint(super::CORPUS).unwrap().as_deref(), &newer.note).unwrap());
    std::fs::copy(fork.join("audit/1/objection"), at.join("audit/1/objection")).unwrap();
    let log = local(&at, Arc::new(keys));
    log.record(search("goes on")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_is_longer_than_what_a_witness_saw_is_told_without_having_it_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let (at, fork) = (folder.path().join("corpus"), folder.path().join("fork"));
    let keys = MemoryKeyStore::default();
    let log = log_of(&at, &keys, 3).await;
    let old = log.published(None).unwrap();
    copy_folder(&at, &fork).unwrap();
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    grow(&log, 2).await;
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    let newer = log.close().await.unwrap().unwrap();
    assert!(keys.advance(super::CORPUS, Some(&newer.note), &old.note).unwrap());
    let forked = local(&fork, Arc::new(keys));
    grow(&forked, 20).await;
    let error = forked.check_witnesses(&policy, transport(), &impatient()).await.unwrap_err();
    assert_eq!((error.code(), witness.size()), ("audit.witness_forked", size));
}

/// What a witness says that lies.
type Lie = fn(u64) -> Reply;

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_costs_a_witness_its_own_signature_and_moves_nothing() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let (liar, honest) = (Witness::new("liar.example", 1, &log), Witness::new("one.example", 2, &log));
    let (first, second) = (liar.serve(), honest.serve());
    let policy = policy(&[("L", &liar, &first), ("W", &honest, &second)], "group any any L W\nquorum any\n");
    assert!(log.witness(&policy, transport(), &impatient()).await.unwrap().witnesses.len() == 2, "both cosigned once");
    let lies: [(Lie, &str); 6] = [
        (|size| says_size(size + 1), "audit.witness_says_more"),
        (|_| says_size(1_000_000), "audit.witness_says_more"),
        (|_| says_size(u64::MAX), "audit.witness_says_more"),
        (|_| Reply::With(422, "text/plain", Vec::new()), "audit.witness_says_other"),
        (|_| says_size(1), "audit.witness_forgot"),
        (|_| says_size(0), "audit.witness_forgot"),
    ];
    for (lie, expected) in lies {
        let size = grow(&log, 3).await;
        liar.say(lie(size));
        liar.shows(None);
        let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
        assert_eq!((code(&done.witnesses[0]), done.new, done.report.satisfied), (expected, 1, true));
        assert_eq!(done.witnesses[1].standing, Standing::Cosigned { time: TIME });
        assert_eq!(honest.size(), size);
        let anchor = leaves(&log).await.pop().unwrap();
        let objections = u64::from(expected != "audit.witness_forgot");
        assert_eq!((anchor.r#type.as_str(), anchor.counts["objections"]), ("anchor", objections));
        assert!(!folder.path().join("audit/1/objection").exists());
        log.record(search("goes on")).await.unwrap();
        // Nor when it is only asked how the log stands.
        log.close().await.unwrap();
        if expected != "audit.witness_forgot" {
            liar.say(lie(size + 100));
            let asked = log.check_witnesses(&policy, transport(), &impatient()).await.unwrap();
            assert_eq!(code(&asked[0]), expected);
        }
        local(folder.path(), Arc::new(keys.clone())).record(search("in the next process")).await.unwrap();
    }
    // What is said once and taken back is no size at all.
    let size = grow(&log, 3).await;
    [size - 1, size - 2].into_iter().for_each(|size| liar.say(says_size(size)));
    let done = log.witness(&policy, transport(), &impatient()).await.unwrap();
    assert_eq!(code(&done.witnesses[0]), "audit.witness_forgot");
}

pub(super) fn says_size(size: u64) -> Reply {
    Reply::With(409, "text/x.tlog.size", format!("{size}\n").into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_witness_shows_counts_when_the_log_signed_it_and_does_not_hold_it() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 5).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let own = keys.signer(super::CORPUS, &log.origin()).unwrap();
    let stranger = Ed25519Signer::from_seed(&log.origin(), [66; 32]).unwrap();
    let elsewhere = keys.signer(super::CORPUS, &log.origin().replace("/1", "/2")).unwrap();
    let checkpoint =
        |origin: &str, size| Checkpoint { origin: origin.to_owned(), size, root: EMPTY_ROOT, extensions: Vec::new() };
    let sign = |signer: &dyn Signer, size| {
        sign_checkpoint(&checkpoint(signer.verifier_key().name(), size), &[signer]).unwrap().into_bytes()
    };
    let plain = log.published(None).unwrap().note;
    let mut unsigned = sign(own.as_ref(), 99);
    let at = unsigned.len() - 10;
    unsigned[at] ^= 1;
    let cosigned_alone = {
        let note = SignedNote::parse(&sign(&stranger, 99)).unwrap();
        let line = cosign(&note, &witness.signer, TIME).unwrap();
        SignedNote { signatures: vec![line], ..note }.to_string().into_bytes()
    };
    for (what, note) in [
        ("the key of somebody else under the log's name", sign(&stranger, 99)),
        ("another log's", sign(elsewhere.as_ref(), 99)),
        ("a signature that does not fit", unsigned),
        ("no signature of the log at all", cosigned_alone),
        ("what the log holds", plain),
        ("no checkpoint", b"<html></html>".to_vec()),
        ("nothing", Vec::new()),
        ("more than is read", vec![b'a'; 1 << 20]),
    ] {
        witness.shows(Some(&note));
        for follow in [false, true] {
            witness.say(says_size(99));
            let answers = if follow {
                log.witness(&policy, transport(), &impatient()).await.unwrap().witnesses
            } else {
                log.check_witnesses(&policy, transport(), &impatient()).await.unwrap()
            };
            match &answers[0].standing {
                Standing::Objects { size: 99, error } if error.code == "audit.witness_says_more" => {}
                other => panic!("{what}: {other:?}"),
            }
        }
        log.record(search("goes on")).await.unwrap();
    }
    // Fewer entries than there are, and other ones.
    witness.shows(Some(&sign(own.as_ref(), 4)));
    witness.say(says_size(4));
    let error = log.check_witnesses(&policy, transport(), &impatient()).await.unwrap_err();
    assert_eq!(error.code(), "audit.witness_forked");
    assert_eq!(log.record(search("no")).await.unwrap_err().code(), "audit.poisoned");
    let reopened = local(folder.path(), Arc::new(keys));
    assert_eq!(reopened.record(search("no")).await.unwrap_err().code(), "audit.witness_forked");
}
