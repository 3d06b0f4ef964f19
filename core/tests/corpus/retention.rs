//! Holds, periods and the seal: what stays, what goes, and what takes a reason. Time is set, never waited for.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use beleg::{
    audit::{Leaf, bundle::verify_bundle},
    audit_log::VaultRecord,
    corpus::{
        Access, Answer, AskOptions, BundleOptions, CallContext, Corpus, Erase, Hold, IngestOptions, RetentionPeriod,
        RetentionReport, RetentionRules, SearchOptions, Source, SourceBytes,
    },
    testing::SetClock,
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::{Place, engine, files, found};

const QUESTION: &str = "Wie hoch war das Honorar der Kanzlei Wintermoor?";
const REASON: &str = "Rechtsstreit Wintermoor, Aktenzeichen 7 O 1/25";

/// A corpus by a clock that begins at the start of 2024.
struct Aged {
    place: Place,
    corpus: Corpus,
    clock: SetClock,
}

impl Aged {
    async fn new() -> Self {
        let place = Place::new();
        let clock = SetClock::at("2024-01-01T00:00:00Z".parse().unwrap());
        let corpus = place.open_with(&engine().with_clock(std::sync::Arc::new(clock.clone()))).await;
        Self { place, corpus, clock }
    }

    /// One document with a retention label, one without.
    async fn with_documents() -> Self {
        let aged = Self::new().await;
        aged.add("kurz/wintermoor.txt", "Das Honorar der Kanzlei Wintermoor betrug 2023 genau 48.250 EUR.", "kurz").await;
        aged.add("lang/sandbrink.txt", "Die Miete des Lagers Sandbrink beträgt 3.100 EUR im Monat.", "lang").await;
        aged
    }

    async fn add(&self, name: &str, text: &str, class: &str) {
        let labels = if class.is_empty() { Vec::new() } else { vec![format!("retention:{class}")] };
        let bytes = SourceBytes::Bytes(text.as_bytes().to_vec());
        let source = Source { root: "test".to_owned(), name: name.to_owned(), bytes, labels, ..Source::default() };
        let report = self.corpus.add(source, IngestOptions::default()).await.unwrap();
        assert_eq!(report.failed().count(), 0);
    }

    fn pass(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }

    async fn ask(&self) -> Answer {
        let answer = self.corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
        assert!(answer.citations.iter().any(|citation| citation.document.name.contains("wintermoor")), "{answer:?}");
        answer
    }

    async fn payloads(&self, answer: &Answer) -> Vec<VaultRecord> {
        self.corpus.audit().entry(answer.audit.clone().unwrap().index).await.unwrap().unwrap().payloads
    }
}

fn rules(classes: &[(&str, u32)], default: Option<&str>) -> RetentionRules {
    RetentionRules {
        classes: classes.iter().map(|(name, days)| ((*name).to_owned(), RetentionPeriod { days: *days })).collect(),
        default: default.map(str::to_owned),
    }
}

fn names(report: &RetentionReport) -> Vec<&str> {
    report.documents.iter().map(|expired| expired.document.name.as_str()).collect()
}

async fn leaves(corpus: &Corpus) -> Vec<Leaf> {
    let (_, entries) = corpus.audit().last_entries(Some(0), 100_000).await.unwrap();
    entries.iter().map(|entry| Leaf::parse(entry).unwrap()).collect()
}

/// Every intent has one outcome, and the whole log verifies.
async fn is_in_order(corpus: &Corpus) {
    let leaves = leaves(corpus).await;
    for leaf in leaves.iter().filter(|leaf| leaf.phase == "intent" && !leaf.versions.contains_key("document")) {
        let is_its = |other: &&Leaf| {
            other.phase == "outcome"
                && other.r#type == leaf.r#type
                && other.refs.contains(&leaf.id)
                && !other.versions.contains_key("document")
        };
        assert_eq!(leaves.iter().filter(is_its).count(), 1, "{leaf:?} has one outcome");
    }
    corpus.close().await.unwrap();
    let done = corpus.audit().verify(Vec::new(), None).await.unwrap();
    assert!(done.is_ok() && done.uncovered == 0, "{done:?}");
}

/// Files of a corpus and their bytes, but for locks and what is being written.
fn state(folder: &Path) -> HashMap<String, Vec<u8>> {
    let kept = files(folder).into_iter().filter(|name| !name.starts_with("locks") && !name.starts_with("tmp"));
    kept.map(|name| (name.clone(), fs::read(folder.join(&name)).unwrap())).collect()
}

fn holding(folder: &Path, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let packed = |bytes: &[u8]| {
        let frames = bytes.windows(4).enumerate().filter(|(_, magic)| *magic == [0x28, 0xb5, 0x2f, 0xfd]);
        frames.map(|(at, _)| at).any(|at| {
            let mut out = Vec::new();
            let _ = zstd::stream::copy_decode(&bytes[at..], &mut out);
            holds(&out)
        })
    };
    let state = state(folder);
    let mut names: Vec<String> = state
        .into_iter()
        .filter(|(name, bytes)| name.contains(text) || holds(bytes) || packed(bytes))
        .map(|(name, _)| name)
        .collect();
    names.sort();
    names
}

fn because(corpus: &Corpus, reason: &str) -> Corpus {
    corpus.with(CallContext { reason: Some(reason.to_owned()), ..CallContext::new("local", Access::all()) })
}

fn document(name: &str) -> Hold {
    Hold { documents: vec![name.to_owned()], reason: REASON.to_owned(), ..Hold::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_stops_erasure_deletion_and_retention_and_its_release_frees_them() {
    let aged = Aged::with_documents().await;
    let corpus = &aged.corpus;
    corpus.set_retention(rules(&[("kurz", 30), ("lang", 3000)], None)).await.unwrap();
    let hold = corpus.hold(document("kurz/wintermoor.txt")).await.unwrap();
    assert_eq!(corpus.holds().await.unwrap(), std::slice::from_ref(&hold));
    aged.pass(100);

    let refused = corpus.erase(Erase::Document("kurz/wintermoor.txt".to_owned())).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.context().any(|(key, id)| key == "hold" && id == hold.id.to_string())),
        ("hold.active", true)
    );
    assert_eq!(corpus.delete(&["kurz/wintermoor.txt"]).await.unwrap_err().code(), "hold.active");
    let report = corpus.retention(false).await.unwrap();
    assert_eq!((report.documents.len(), report.held.len(), report.held[0].hold), (0, 1, hold.id));
    assert_eq!(found(corpus, "Wintermoor").await, ["kurz/wintermoor.txt"]);

    // No name and no reason stand beside the corpus or in the leaves; the reason is in the vault.
    let object = fs::read_to_string(aged.place.corpus().join(format!("holds/{}.json", hold.id))).unwrap();
    assert!(!object.contains("wintermoor") && !object.contains("Rechtsstreit"), "{object}");
    assert_eq!(holding(&aged.place.corpus(), "Rechtsstreit"), [""; 0]);

    assert_eq!(corpus.release_hold(hold.id, "  ").await.unwrap_err().code(), "reason.empty");
    corpus.release_hold(hold.id, "Vergleich geschlossen").await.unwrap();
    assert_eq!(corpus.release_hold(hold.id, "noch einmal").await.unwrap_err().code(), "hold.not_found");
    assert_eq!(corpus.holds().await.unwrap(), []);
    assert_eq!(names(&corpus.retention(false).await.unwrap()), ["kurz/wintermoor.txt"]);
    assert_eq!(found(corpus, "Wintermoor").await, [""; 0]);
    corpus.erase(Erase::Document("lang/sandbrink.txt".to_owned())).await.unwrap();

    let holds: Vec<Leaf> = leaves(corpus).await.into_iter().filter(|leaf| leaf.r#type == "legal_hold").collect();
    let phases: Vec<_> = holds.iter().map(|leaf| (leaf.phase.as_str(), leaf.versions["change"].as_str())).collect();
    assert_eq!(phases, [("intent", "hold"), ("outcome", "hold"), ("intent", "release"), ("outcome", "release")]);
    assert!(holds.iter().all(|leaf| leaf.versions["hold"] == hold.id.to_string()));
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entries_commit_to_goes_by_their_type_then_by_their_kind() {
    let aged = Aged::with_documents().await;
    let answer = aged.ask().await;
    aged.corpus.close().await.unwrap();
    aged.corpus.set_retention(rules(&[("answers", 10), ("answer", 100)], None)).await.unwrap();
    aged.pass(50);
    let report = aged.corpus.retention(false).await.unwrap();
    assert_eq!((report.documents.len(), report.entries), (0, 1), "the search behind the answer: {report:?}");
    assert!(matches!(aged.payloads(&answer).await[0], VaultRecord::Kept { .. }));
    aged.pass(100);
    assert_eq!(aged.corpus.retention(false).await.unwrap().entries, 1);
    assert_eq!(aged.payloads(&answer).await, []);
    is_in_order(&aged.corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_a_person_or_an_answer_keeps_its_keys_and_what_is_read_with_them() {
    let aged = Aged::with_documents().await;
    let corpus = &aged.corpus;
    let anna = corpus.with(CallContext::new("anna@kanzlei.example", Access::all()));
    let of_anna = anna.ask(QUESTION, AskOptions::default()).await.unwrap();
    let of_local = aged.ask().await;
    corpus.close().await.unwrap();
    corpus.set_retention(rules(&[("alles", 10)], Some("alles"))).await.unwrap();
    let subjects = vec!["anna@kanzlei.example".to_owned()];
    let person = corpus.hold(Hold { subjects, reason: REASON.to_owned(), ..Hold::default() }).await.unwrap();
    let refused = corpus.erase(Erase::Subject("anna@kanzlei.example".to_owned())).await.unwrap_err();
    assert_eq!(refused.code(), "hold.active");
    let refused = corpus.erase(Erase::Answer(of_anna.id)).await.unwrap_err();
    assert_eq!(refused.code(), "hold.active");
    aged.pass(50);
    let report = corpus.retention(false).await.unwrap();
    assert!(report.held_entries >= 2, "the answer and its search: {report:?}");
    assert!(matches!(aged.payloads(&of_anna).await[0], VaultRecord::Kept { .. }));
    assert_eq!(aged.payloads(&of_local).await, [], "what others asked went");

    corpus.release_hold(person.id, "erledigt").await.unwrap();
    let answers = vec![of_anna.id];
    let answer = corpus.hold(Hold { answers, reason: REASON.to_owned(), ..Hold::default() }).await.unwrap();
    for what in [
        Erase::Answer(of_anna.id),
        Erase::Subject("anna@kanzlei.example".to_owned()),
        Erase::Document("kurz/wintermoor.txt".to_owned()),
    ] {
        assert_eq!(corpus.erase(what.clone()).await.unwrap_err().code(), "hold.active", "{what:?}");
    }
    corpus.retention(false).await.unwrap();
    assert!(matches!(aged.payloads(&of_anna).await[0], VaultRecord::Kept { .. }));
    corpus.release_hold(answer.id, "erledigt").await.unwrap();
    corpus.erase(Erase::Subject("anna@kanzlei.example".to_owned())).await.unwrap();

    let wrong = |hold: Hold| async move { corpus.hold(hold).await.unwrap_err().code().to_owned() };
    let reason = || REASON.to_owned();
    assert_eq!(wrong(Hold { reason: reason(), ..Hold::default() }).await, "hold.nothing");
    assert_eq!(wrong(Hold { subjects: vec!["niemand".to_owned()], reason: reason(), ..Hold::default() }).await, "hold.nothing");
    assert_eq!(wrong(Hold { answers: vec![Uuid::nil()], reason: reason(), ..Hold::default() }).await, "answer.not_found");
    assert_eq!(wrong(document("fehlt.txt")).await, "document.not_found");
    assert_eq!(wrong(Hold { reason: " ".to_owned(), ..document("kurz/wintermoor.txt") }).await, "reason.empty");
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_says_what_the_real_one_does() {
    let aged = Aged::with_documents().await;
    let corpus = &aged.corpus;
    aged.ask().await;
    let none = corpus.retention(false).await.unwrap();
    assert!(!none.has_rules && none.id.is_none() && none.documents.is_empty(), "without rules nothing goes: {none:?}");
    corpus.set_retention(rules(&[("kurz", 30), ("protokoll", 60)], Some("protokoll"))).await.unwrap();
    corpus.relabel(&["lang/sandbrink.txt"], &["retention:unbekannt"]).await.unwrap();
    aged.pass(61);
    corpus.close().await.unwrap();

    let before = state(&aged.place.corpus());
    let dry = corpus.retention(true).await.unwrap();
    assert_eq!(state(&aged.place.corpus()), before);
    assert_eq!(
        (names(&dry), dry.without_period, dry.id),
        (vec!["kurz/wintermoor.txt"], 1, None),
        "a class without a period is kept"
    );
    assert!(dry.entries > 0);
    let real = corpus.retention(false).await.unwrap();
    assert!(real.id.is_some() && real.index_version > 0);
    assert_eq!(RetentionReport { id: None, dry_run: true, index_version: 0, ..real }, dry);
    let again = corpus.retention(true).await.unwrap();
    assert_eq!((again.documents.len(), again.entries), (0, 0), "nothing is left to go");
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_past_their_period_are_gone_from_every_file_and_others_stay() {
    let aged = Aged::new().await;
    let corpus = &aged.corpus;
    aged.add("kurz/wintermoor.txt", "Das Vorhonorar der Kanzlei Wintermoor stand noch nicht fest.", "kurz").await;
    // Its version before goes with it.
    aged.add("kurz/wintermoor.txt", "Das Honorar der Kanzlei Wintermoor betrug 2023 genau 48.250 EUR.", "kurz").await;
    aged.add("lang/sandbrink.txt", "Die Miete des Lagers Sandbrink beträgt 3.100 EUR im Monat.", "lang").await;
    aged.add("ohne.txt", "Das Ohnewort steht ohne Klasse da.", "").await;
    let answer = aged.ask().await;
    corpus.set_retention(rules(&[("kurz", 30), ("lang", 3000)], None)).await.unwrap();
    let folder = aged.place.corpus();
    aged.pass(29);
    assert_eq!(names(&corpus.retention(false).await.unwrap()), [""; 0], "one day too early");
    for text in ["Wintermoor", "Vorhonorar", "wintermoor"] {
        assert!(!holding(&folder, text).is_empty(), "{text} is there before, so that the test can find it");
    }
    aged.pass(1);
    let report = corpus.retention(false).await.unwrap();
    assert_eq!((names(&report), report.without_period), (vec!["kurz/wintermoor.txt"], 1));
    for text in ["Wintermoor", "wintermoor", "Vorhonorar", "vorhonorar", "48.250"] {
        assert_eq!(holding(&folder, text), [""; 0], "{text}");
    }
    assert_eq!(found(corpus, "Sandbrink").await, ["lang/sandbrink.txt"]);
    assert_eq!(found(corpus, "Ohnewort").await, ["ohne.txt"]);
    assert_eq!(aged.payloads(&answer).await, [VaultRecord::Erased], "the answer quotes it");

    let outcome = leaves(corpus).await.into_iter().rfind(|leaf| leaf.r#type == "retention.apply").unwrap();
    assert_eq!(
        (outcome.phase.as_str(), outcome.counts["documents"], outcome.refs.as_slice()),
        ("outcome", 1, &[report.id.unwrap()][..])
    );
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_deleted_is_still_held_erased_and_past_its_period() {
    let aged = Aged::with_documents().await;
    let (corpus, folder) = (&aged.corpus, aged.place.corpus());
    aged.add("kurz/dritter.txt", "Der Vergleich mit der Firma Kaltenbrunn kostete 9.900 EUR.", "kurz").await;
    let all = ["kurz/wintermoor.txt", "kurz/dritter.txt", "lang/sandbrink.txt"];
    corpus.delete(&all).await.unwrap();
    assert_eq!(corpus.documents().await.unwrap().len(), 0);
    let deleted: Vec<String> = corpus.deleted().await.unwrap().into_iter().map(|record| record.document.name).collect();
    assert_eq!(deleted, ["kurz/dritter.txt", "kurz/wintermoor.txt", "lang/sandbrink.txt"]);
    let sees_nothing = corpus.with(CallContext::new("anna", Access::none()));
    assert_eq!(sees_nothing.deleted().await.unwrap(), [], "nor may it know of what was deleted");
    assert_eq!(sees_nothing.erase(Erase::Document(all[0].to_owned())).await.unwrap_err().code(), "document.not_found");

    let hold = corpus.hold(document(all[0])).await.unwrap();
    assert_eq!(corpus.erase(Erase::Document(all[0].to_owned())).await.unwrap_err().code(), "hold.active");
    // Another document of the same bytes: they stay.
    aged.add("neu/sandbrink.txt", "Die Miete des Lagers Sandbrink beträgt 3.100 EUR im Monat.", "").await;
    corpus.erase(Erase::Document(all[2].to_owned())).await.unwrap();
    assert!(corpus.original("neu/sandbrink.txt").await.is_ok());

    corpus.set_retention(rules(&[("kurz", 30)], None)).await.unwrap();
    aged.pass(31);
    let report = corpus.retention(false).await.unwrap();
    assert_eq!(names(&report), ["kurz/dritter.txt"]);
    assert_eq!(report.held.iter().map(|held| held.document.name.as_str()).collect::<Vec<_>>(), [all[0]]);
    assert_eq!(holding(&folder, "Kaltenbrunn"), [""; 0]);
    assert!(!holding(&folder, "Wintermoor").is_empty());

    corpus.release_hold(hold.id, "erledigt").await.unwrap();
    let erasure = corpus.erase(Erase::Document(all[0].to_owned())).await.unwrap();
    assert_eq!((erasure.documents.len(), erasure.keys), (1, 1));
    for text in ["Wintermoor", "wintermoor", "48.250"] {
        assert_eq!(holding(&folder, text), [""; 0], "{text}");
    }
    assert_eq!(corpus.deleted().await.unwrap(), []);
    assert_eq!(found(corpus, "Sandbrink").await, ["neu/sandbrink.txt"]);
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_goes_as_a_whole_when_the_period_of_all_of_its_parts_is_over() {
    let aged = Aged::new().await;
    let corpus = &aged.corpus;
    let mail = "From: a@example.org\r\nSubject: Akte\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=grenze\r\n\r\n\
        --grenze\r\nContent-Type: text/plain\r\n\r\nAnbei das Mailwort.\r\n\
        --grenze\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"anlage.txt\"\r\n\r\nDas Anlagewort.\r\n--grenze--\r\n";
    aged.add("akte.eml", mail, "kurz").await;
    corpus.set_retention(rules(&[("kurz", 30), ("lang", 300)], None)).await.unwrap();
    corpus.relabel(&["akte.eml!/anlage.txt"], &["retention:lang"]).await.unwrap();
    aged.pass(100);
    assert_eq!(names(&corpus.retention(false).await.unwrap()), [""; 0], "its attachment is kept longer");
    let hold = corpus.hold(document("akte.eml!/anlage.txt")).await.unwrap();
    assert_eq!(corpus.erase(Erase::Document("akte.eml".to_owned())).await.unwrap_err().code(), "hold.active");
    corpus.release_hold(hold.id, "erledigt").await.unwrap();
    let hold = corpus.hold(document("akte.eml")).await.unwrap();
    assert_eq!(corpus.erase(Erase::Document("akte.eml!/anlage.txt".to_owned())).await.unwrap_err().code(), "hold.active");
    corpus.release_hold(hold.id, "erledigt").await.unwrap();
    aged.pass(200);
    assert_eq!(names(&corpus.retention(false).await.unwrap()), ["akte.eml", "akte.eml!/anlage.txt"]);
    assert_eq!(holding(&aged.place.corpus(), "Anlagewort"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_past_its_period_is_gone_while_its_entry_and_its_proofs_stand() {
    let aged = Aged::with_documents().await;
    let corpus = &aged.corpus;
    let old = aged.ask().await;
    let index = old.audit.clone().unwrap().index;
    let proof = {
        corpus.close().await.unwrap();
        corpus.audit().prove(index, None).await.unwrap().to_string()
    };
    let bytes = corpus.audit().entry(index).await.unwrap().unwrap().bytes;
    corpus.set_retention(rules(&[("kurz", 3000), ("lang", 3000), ("protokoll", 40)], Some("protokoll"))).await.unwrap();
    aged.pass(39);
    let new = aged.ask().await;
    corpus.close().await.unwrap();
    assert_eq!(corpus.retention(false).await.unwrap().entries, 0, "one day too early");
    aged.pass(1);
    let report = corpus.retention(false).await.unwrap();
    assert!(report.entries >= 2 && report.documents.is_empty(), "the answer and its search: {report:?}");
    assert_eq!(aged.payloads(&old).await, [], "its record is gone");
    assert!(matches!(aged.payloads(&new).await[0], VaultRecord::Kept { .. }), "the newer one is not due yet");
    assert_eq!(corpus.audit().entry(index).await.unwrap().unwrap().bytes, bytes);
    assert_eq!(corpus.audit().prove(index, Some(size(&proof))).await.unwrap().to_string(), proof);
    // What was put on record of documents that are there stays with them: answers can be taken out still.
    let bundle = corpus.bundle(new.id, BundleOptions::default()).await.unwrap();
    let checked = verify_bundle(&bundle.bytes, &[corpus.audit().verifier_key().unwrap()]).unwrap();
    assert!(checked.ok && checked.checked.blocks >= 1, "{:?}", checked.findings);
    is_in_order(corpus).await;
}

/// The size of the checkpoint in a proof.
fn size(proof: &str) -> u64 {
    proof.split("\n\n").nth(1).unwrap().lines().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_corpus_takes_a_reason_for_every_change_and_goes_on_answering() {
    let aged = Aged::with_documents().await;
    let (corpus, place) = (&aged.corpus, &aged.place);
    corpus.set_retention(rules(&[("kurz", 30)], None)).await.unwrap();
    let seal = corpus.seal("Prüfungsakte geschlossen").await.unwrap();
    assert_eq!(corpus.sealed().await.unwrap(), Some(seal.clone()));
    assert_eq!(corpus.seal("noch einmal").await.unwrap_err().code(), "seal.exists");
    place.put("neu.txt", "Das Neuwort.");
    let (before, entries) = (state(&place.corpus().join("versions")), leaves(corpus).await.len());
    let all = IngestOptions::default;
    let blank = because(corpus, "  ");
    assert_eq!(corpus.ingest(place.documents(), all()).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(blank.ingest(place.documents(), all()).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.delete(&["lang/sandbrink.txt"]).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.relabel(&["lang/sandbrink.txt"], &["x"]).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.erase(Erase::Document("lang/sandbrink.txt".to_owned())).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.retention(false).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.set_retention(rules(&[("kurz", 1)], None)).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!(corpus.engine().rebuild(place.corpus(), None).await.unwrap_err().code(), "corpus.sealed");
    assert_eq!((state(&place.corpus().join("versions")), leaves(corpus).await.len()), (before, entries), "nothing was done");
    corpus.retention(true).await.unwrap();
    aged.ask().await;
    corpus.search("Sandbrink", SearchOptions::default()).await.unwrap();
    assert_eq!(corpus.bundle(aged.ask().await.id, BundleOptions::default()).await.err().map(|error| error.to_string()), None);
    // Who holds something says why in any case.
    let hold = corpus.hold(document("lang/sandbrink.txt")).await.unwrap();
    corpus.release_hold(hold.id, "erledigt").await.unwrap();

    let handle = because(corpus, REASON);
    handle.ingest(place.documents(), all()).await.unwrap();
    handle.relabel(&["neu.txt"], &["nachgereicht"]).await.unwrap();
    handle.delete(&["neu.txt"]).await.unwrap();
    handle.set_retention(rules(&[("kurz", 20)], None)).await.unwrap();
    aged.pass(25);
    handle.retention(false).await.unwrap();
    handle.erase(Erase::Document("lang/sandbrink.txt".to_owned())).await.unwrap();
    let context = CallContext { reason: Some(REASON.to_owned()), ..CallContext::new("local", Access::all()) };
    corpus.engine().rebuild_as(place.corpus(), context, None).await.unwrap();

    // The reason stands with the intent of each change, in the vault alone.
    let (first, bytes) = corpus.audit().last_entries(Some(entries as u64), 1000).await.unwrap();
    let mut reasoned = HashSet::new();
    for (index, bytes) in (first..).zip(bytes) {
        assert!(!String::from_utf8_lossy(&bytes).contains("Wintermoor"), "a leaf names it");
        let entry = corpus.audit().entry(index).await.unwrap().unwrap();
        let place = entry.leaf.payloads.iter().position(|payload| payload.name == "reason");
        // An entry about one document continues the intent of the change.
        let is_change = entry.leaf.phase == "intent" && !entry.leaf.versions.contains_key("document");
        assert_eq!(place.is_some(), is_change, "{:?}", entry.leaf);
        if let Some(VaultRecord::Kept { payload, .. }) = place.map(|place| &entry.payloads[place])
            && payload == REASON.as_bytes()
        {
            reasoned.insert(entry.leaf.r#type);
        }
    }
    let changes = ["ingest", "admin.change", "delete", "retention.apply", "erasure", "index.build", "legal_hold"];
    assert_eq!(reasoned, changes.map(str::to_owned).into());
    assert_eq!(holding(&place.corpus(), "Rechtsstreit"), [""; 0]);
    is_in_order(corpus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_are_refused_and_who_sees_a_part_sets_none() {
    let aged = Aged::with_documents().await;
    let corpus = &aged.corpus;
    for (rules, code) in [
        (rules(&[("kurz", 0)], None), "retention.days"),
        (rules(&[("kurz", u32::MAX)], None), "retention.days"),
        (rules(&[(" kurz", 1)], None), "retention.class"),
        (rules(&[("", 1)], None), "retention.class"),
        (rules(&[("kurz", 1)], Some("lang")), "retention.default"),
    ] {
        assert_eq!(corpus.set_retention(rules).await.unwrap_err().code(), code);
    }
    assert_eq!(corpus.retention_rules().await.unwrap(), RetentionRules::default());
    let part = corpus.with(CallContext::new("bert", Access::any_of(["retention:kurz"])));
    assert_eq!(part.set_retention(rules(&[("kurz", 1)], None)).await.unwrap_err().code(), "context.access");
    assert_eq!(part.retention(true).await.unwrap_err().code(), "context.access");
    assert_eq!(part.seal("weil").await.unwrap_err().code(), "context.access");
    assert_eq!(part.holds().await.unwrap_err().code(), "context.access");
    assert_eq!(part.hold(document("lang/sandbrink.txt")).await.unwrap_err().code(), "document.not_found");
    part.hold(document("kurz/wintermoor.txt")).await.unwrap();
    corpus.set_retention(rules(&[("kurz", 7), ("lang", 8)], Some("kurz"))).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(&fs::read(aged.place.corpus().join("retention.json")).unwrap()).unwrap();
    assert_eq!(json, serde_json::json!({"classes": {"kurz": {"days": 7}, "lang": {"days": 8}}, "default": "kurz"}));
    is_in_order(corpus).await;
}
