//! What is asked and compared before the first entry of an opening.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{AuditLog, AuditOptions, KeyStore, MemoryKeyStore, OpeningWitnesses, Standing, Unheard},
    CORPUS, options, seams, search,
    server::{Reply, impatient, transport},
    witness::{TIME, Witness, grow, log_of, policy, says_size},
};
use crate::{audit::Policy, record::Recorder, store::LocalBlobs, testing::copy_folder};

fn with(folder: &Path, keys: &MemoryKeyStore, options: AuditOptions) -> AuditLog {
    let seams = seams(Arc::new(LocalBlobs::new(folder)), Arc::new(keys.clone()));
    AuditLog::local(folder, seams, options).unwrap().with_transport(transport())
}

/// A log that asks witnesses.
fn asking(folder: &Path, keys: &MemoryKeyStore, policy: &Policy, unheard: Unheard) -> AuditLog {
    let witnesses = OpeningWitnesses { unheard, timeout: Duration::from_secs(5), ..OpeningWitnesses::new(policy.clone()) };
    with(folder, keys, AuditOptions { witnesses: Some(witnesses), ..options() })
}

fn knowing(folder: &Path, keys: &MemoryKeyStore, file: PathBuf) -> AuditLog {
    with(folder, keys, AuditOptions { known_checkpoints: vec![file], ..options() })
}

/// Where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn kinds(log: &AuditLog) -> Vec<&'static str> {
    log.opening().unwrap().findings.into_iter().map(|finding| finding.kind).collect()
}

async fn code(log: &AuditLog) -> String {
    log.record(search("no")).await.unwrap_err().code().to_owned()
}

/// A log, and an older copy of it and of its keys.
async fn taken_back(folder: &Path) -> (AuditLog, MemoryKeyStore, PathBuf) {
    let (at, backup) = (folder.join("corpus"), folder.join("backup"));
    let keys = MemoryKeyStore::default();
    let log = log_of(&at, &keys, 3).await;
    let old = log.published(None).unwrap().note;
    copy_folder(&at, &backup).unwrap();
    grow(&log, 4).await;
    let newer = log.published(None).unwrap().note;
    assert!(keys.advance(CORPUS, Some(&newer), &old).unwrap());
    (log, keys, backup)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_behind_a_witness_is_read_only_from_its_opening_on_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, backup) = taken_back(folder.path()).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    let before = witness.size();
    let restored = asking(&backup, &keys, &policy, Unheard::Opens);
    assert_eq!(code(&restored).await, "audit.witness_ahead");
    assert_eq!((restored.opening(), witness.size()), (None, before));
    assert_eq!(restored.entry(1).await.unwrap().unwrap().payloads.len(), 1, "what is there can be read");
    assert_eq!(restored.last_entries(Some(0), 100).await.unwrap().1.len(), 4, "nothing was added");
    assert_eq!(code(&with(&backup, &keys, options())).await, "audit.witness_ahead", "also for who asks nobody");

    let (resumed, gap) = asking(&backup, &keys, &policy, Unheard::ReadOnly).resume("restored").await.unwrap();
    assert_eq!((gap.epoch, gap.found_size), (2, 4));
    resumed.close().await.unwrap();
    // The witness knows nothing of the new epoch.
    assert_eq!(code(&asking(&backup, &keys, &policy, Unheard::ReadOnly)).await, "audit.witnesses_unheard");
    let open = asking(&backup, &keys, &policy, Unheard::Opens);
    open.record(search("goes on")).await.unwrap();
    assert_eq!(kinds(&open), ["witnesses_unheard"]);
    assert!(size > gap.found_size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_witnesses_know_it_opens_and_has_nothing_cosigned_that_they_did_not_know() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    for standing in [Standing::Cosigned { time: TIME }, Standing::Behind { size }] {
        let entries = log.last_entries(Some(0), 1000).await.unwrap().1.len();
        let asking = asking(folder.path(), &keys, &policy, Unheard::ReadOnly);
        let opening = asking.check_opening().await.unwrap();
        assert_eq!((&opening.witnesses[0].standing, opening.quorum, opening.findings.len()), (&standing, true, 0));
        assert_eq!(asking.last_entries(Some(0), 1000).await.unwrap().1.len(), entries, "to ask adds no entry");
        let asked = server.requests().len();
        asking.record(search("one")).await.unwrap();
        asking.record(search("two")).await.unwrap();
        assert_eq!((server.requests().len(), witness.size()), (asked, size), "once is enough");
        assert_eq!(asking.opening(), Some(opening));
        asking.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_witnesses_a_log_opens_and_says_so_or_does_not_open() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 3).await;
    let names = ["one.example", "two.example", "three.example"];
    let witnesses: Vec<_> = (1..).zip(names).map(|(seed, name)| Witness::new(name, seed, &log)).collect();
    let servers: Vec<_> = witnesses.iter().map(Witness::serve).collect();
    let list = [("W1", &witnesses[0], &servers[0]), ("W2", &witnesses[1], &servers[1]), ("W3", &witnesses[2], &servers[2])];
    let all = policy(&list, "group two 2 W1 W2 W3\nquorum two\n");
    let without = |gone: &[usize]| -> Policy {
        let text = gone.iter().fold(all.to_string(), |text, n| text.replace(&servers[*n].url, &nowhere()));
        text.parse().unwrap()
    };
    for (gone, enough) in [(vec![], true), (vec![1], true), (vec![0, 2], false), (vec![0, 1, 2], false)] {
        let policy = without(&gone);
        let open = asking(folder.path(), &keys, &policy, Unheard::Opens);
        open.record(search("opens")).await.unwrap();
        let opening = open.opening().unwrap();
        assert_eq!((opening.quorum, opening.findings.len()), (enough, usize::from(!enough)), "{gone:?}: {opening:?}");
        let is_unknown = |n: &usize| matches!(opening.witnesses[*n].standing, Standing::Unknown { .. });
        assert!(gone.iter().all(is_unknown));
        open.close().await.unwrap();
        let strict = asking(folder.path(), &keys, &policy, Unheard::ReadOnly);
        match strict.record(search("strict")).await {
            Ok(_) => assert!(enough, "{gone:?}"),
            Err(error) => {
                assert!(!enough && error.code() == "audit.witnesses_unheard", "{gone:?}: {error:?}");
                assert_eq!(code(&strict).await, "audit.witnesses_unheard", "and says why until it tries again");
                assert_eq!(error.context().find(|(key, _)| *key == "because").unwrap().1, "audit.unreachable");
            }
        }
        strict.close().await.unwrap();
    }
    // One that lies costs its own voice.
    witnesses[1].shows(None);
    witnesses[1].say(says_size(1_000_000));
    let open = asking(folder.path(), &keys, &all, Unheard::ReadOnly);
    open.record(search("opens")).await.unwrap();
    assert_eq!(kinds(&open), ["witness_objects"]);
    let opening = serde_json::to_value(open.opening().unwrap()).unwrap();
    assert_eq!(opening["findings"][0]["where"], "W2");
    assert_eq!(opening["witnesses"][1]["error"]["code"], "audit.witness_says_more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_hangs_holds_an_opening_up_for_no_longer_than_it_may_and_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, backup) = taken_back(folder.path()).await;
    let (slow, honest) = (Witness::new("slow.example", 1, &log), Witness::new("one.example", 2, &log));
    let (first, second) = (slow.serve(), honest.serve());
    let both = policy(&[("S", &slow, &first), ("W", &honest, &second)], "group both all S W\nquorum both\n");
    let alone = policy(&[("S", &slow, &first)], "quorum S\n");
    let hasty = |folder: &Path, policy: &Policy| {
        let witnesses = OpeningWitnesses { timeout: Duration::from_millis(500), ..OpeningWitnesses::new(policy.clone()) };
        with(folder, &keys, AuditOptions { witnesses: Some(witnesses), ..options() })
    };
    log.witness(&both, transport(), &impatient()).await.unwrap();
    let other = folder.path().join("other");
    copy_folder(&backup, &other).unwrap();
    slow.say(Reply::Slow);
    let began = Instant::now();
    let open = hasty(&other, &alone);
    open.record(search("opens")).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(kinds(&open), ["witnesses_unheard"]);
    slow.say(Reply::Slow);
    assert_eq!(code(&hasty(&backup, &both)).await, "audit.witness_ahead");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_log_and_is_of_a_longer_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, backup) = taken_back(folder.path()).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], "quorum W\n");
    let size = log.witness(&policy, transport(), &impatient()).await.unwrap().published.checkpoint.size;
    let at = folder.path().join("corpus/audit/1");
    for (name, files) in [
        ("cosigned", vec![format!("cosigned/{size}")]),
        ("stamped", vec![format!("checkpoints/{size}"), format!("anchors/{size}-2.tsr")]),
    ] {
        let copy = folder.path().join(name);
        copy_folder(&backup, &copy).unwrap();
        fs::create_dir_all(at.join("anchors")).unwrap();
        fs::write(at.join(format!("anchors/{size}-2.tsr")), b"of whatever").unwrap();
        for file in files {
            fs::create_dir_all(copy.join("audit/1").join(&file).parent().unwrap()).unwrap();
            fs::copy(at.join(&file), copy.join("audit/1").join(&file)).unwrap();
        }
        let restored = with(&copy, &keys, options());
        assert_eq!(code(&restored).await, "audit.behind", "{name}");
        let found = restored.verify(Vec::new(), None).await.unwrap().report.findings;
        assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["behind"], "{name}");
        restored.resume("restored").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_checkpoint_that_the_log_does_not_hold_makes_it_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys, backup) = taken_back(folder.path()).await;
    let file = folder.path().join("exported");
    fs::write(&file, log.published(None).unwrap().note).unwrap();
    let at = folder.path().join("corpus");
    let restored = knowing(&backup, &keys, file.clone());
    assert_eq!(code(&restored).await, "audit.behind");
    assert_eq!(restored.verify(Vec::new(), None).await.unwrap().report.findings[0].kind, "behind");
    // One that went on otherwise.
    let other = with(&backup, &keys, options());
    for n in 0..9 {
        other.record(search(&format!("other {n}"))).await.unwrap();
    }
    other.close().await.unwrap();
    let forked = knowing(&backup, &keys, file.clone());
    assert_eq!(code(&forked).await, "audit.forked");
    // A file that is missing says nothing of the log.
    let missing = knowing(&backup, &keys, folder.path().join("nowhere"));
    assert_eq!(code(&missing).await, "audit.known_checkpoint");
    assert_eq!(missing.resume("why").await.err().unwrap().code(), "audit.known_checkpoint");
    let strange = folder.path().join("strange");
    fs::write(&strange, String::from_utf8(fs::read(&file).unwrap()).unwrap().replace("beleg/", "other/")).unwrap();
    assert_eq!(code(&knowing(&backup, &keys, strange)).await, "audit.known_other_log");

    let (resumed, _) = forked.resume("went on otherwise").await.unwrap();
    resumed.close().await.unwrap();
    let after = knowing(&backup, &keys, file.clone());
    after.record(search("what the epoch before lacks is on record")).await.unwrap();
    after.close().await.unwrap();
    // From there, a folder that is still in the former epoch is behind.
    fs::write(&file, after.published(None).unwrap().note).unwrap();
    assert_eq!(code(&knowing(&at, &MemoryKeyStore::default(), file)).await, "audit.behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_for_another_log_asks_nobody() {
    let (folder, keys) = (tempfile::tempdir().unwrap(), MemoryKeyStore::default());
    let log = log_of(folder.path(), &keys, 1).await;
    let other = tempfile::tempdir().unwrap();
    let stranger = log_of(other.path(), &MemoryKeyStore::default(), 1).await.verifier_key().unwrap();
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve();
    let policy = policy(&[("W", &witness, &server)], &format!("log {stranger}\nquorum W\n"));
    let open = asking(folder.path(), &keys, &policy, Unheard::Opens);
    open.record(search("opens")).await.unwrap();
    assert_eq!(kinds(&open), ["policy_other_log", "witnesses_unheard"]);
    assert!(server.requests().is_empty());
    assert_eq!(code(&asking(folder.path(), &keys, &policy, Unheard::ReadOnly)).await, "audit.witnesses_unheard");
}

#[test]
fn the_settings_hold_a_policy_as_its_text() {
    let settings =
        serde_json::json!({"witnesses": {"policy": "quorum none\n", "unheard": "read_only"}, "known_checkpoints": ["a"]});
    let options: AuditOptions = serde_json::from_value(settings).unwrap();
    let witnesses = options.witnesses.clone().unwrap();
    assert_eq!((witnesses.unheard, witnesses.timeout), (Unheard::ReadOnly, Duration::from_secs(5)));
    let again: AuditOptions = serde_json::from_value(serde_json::to_value(&options).unwrap()).unwrap();
    assert_eq!(again, options);
    let wrong = serde_json::json!({"witnesses": {"policy": "quorum of whom\n"}});
    assert!(serde_json::from_value::<AuditOptions>(wrong).unwrap_err().to_string().contains("no policy"));
}
