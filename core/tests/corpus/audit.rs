//! The audit log of a corpus: what stands in it, what leaves it, and what is erased.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use beleg::{
    audit::{
        Leaf,
        bundle::{Selection, verify_bundle},
    },
    audit_log::{EntriesAround, LocalKeyStore, VaultRecord},
    corpus::{
        Access, Answer, AskOptions, BundleOptions, CallContext, Corpus, Engine, Erase, KeepVersions, ReplayedBy, SearchOptions,
        open_audit,
    },
    testing::copy_folder,
};
use sha2::{Digest, Sha256};

use crate::support::{Place, engine, files, found, keys, model, options};

const SALARY: &str = "Das Gehalt der Prokuristin Liselotte Quantmeyer betrug 2025 genau 184.350 EUR.";
const OTHER: &str = "Die Rückstellung für Altlasten am Standort Wiesengrund beläuft sich auf 2,7 Mio. EUR.";
const ACTOR: &str = "anna.schmidt@pruefer.example";
const QUESTION: &str = "Wie hoch war das Gehalt von Liselotte Quantmeyer?";

fn put(place: &Place) {
    place.put("personal/gehälter-quantmeyer.txt", format!("Vertraulich.\n\n{SALARY}\n\nEs wurde monatlich gezahlt."));
    place.put("umwelt.txt", format!("Gutachten.\n\n{OTHER}\n\nMehr ist nicht bekannt."));
}

fn as_anna(corpus: &Corpus) -> Corpus {
    let mut context = CallContext::new(ACTOR, Access::all());
    context.subjects = vec!["mandant-4711".to_owned()];
    context.request_id = Some("anfrage-quantmeyer-1".to_owned());
    context.roles = vec!["auditor".to_owned()];
    corpus.with(context)
}

async fn ask(corpus: &Corpus, question: &str) -> Answer {
    let answer = corpus.ask(question, AskOptions::default()).await.unwrap();
    assert!(!answer.citations.is_empty(), "{answer:?}");
    answer
}

async fn leaves(corpus: &Corpus) -> Vec<Leaf> {
    let (_, entries) = corpus.audit().last_entries(Some(0), 100_000).await.unwrap();
    entries.iter().map(|entry| Leaf::parse(entry).unwrap()).collect()
}

/// Files below a folder whose bytes hold `text`, as it is or packed by zstd.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    files(folder)
        .into_iter()
        .filter(|name| {
            let bytes = fs::read(folder.join(name)).unwrap();
            // Each page is a frame of its own; a frame may begin anywhere.
            let packed = bytes.windows(4).enumerate().filter(|(_, magic)| *magic == [0x28, 0xb5, 0x2f, 0xfd]).any(|(at, _)| {
                let mut out = Vec::new();
                let _ = zstd::stream::copy_decode(&bytes[at..], &mut out);
                holds(&out)
            });
            name.contains(text) || holds(&bytes) || packed
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_holds_nothing_that_can_be_guessed_back() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    let anna = as_anna(&corpus);
    let report = place.ingest(&anna).await;
    let answer = ask(&anna, QUESTION).await;
    anna.search(OTHER, SearchOptions::default()).await.unwrap();
    anna.relabel(&["umwelt.txt"], &["mandat:geheimfall"]).await.unwrap();
    anna.bundle(answer.id, BundleOptions::default()).await.unwrap();
    anna.delete(&["umwelt.txt"]).await.unwrap();

    let (_, entries) = corpus.audit().last_entries(Some(0), 1000).await.unwrap();
    assert!(entries.len() > 10);
    let mut guesses: Vec<String> =
        [SALARY, OTHER, ACTOR, QUESTION, "mandant-4711", "anfrage-quantmeyer-1", "mandat:geheimfall"].map(str::to_owned).into();
    for document in &report.documents {
        guesses.push(document.name.clone());
        guesses.push(document.sha256.clone());
        let text = fs::read_to_string(place.documents().join(&document.name)).unwrap();
        guesses.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
        guesses.push(text);
    }
    guesses.extend(["Quantmeyer", "184.350", "Wiesengrund", "Altlasten", "geheimfall"].map(str::to_owned));
    let digests: Vec<String> = guesses.iter().map(|guess| hex(&Sha256::digest(guess))).collect();
    for entry in &entries {
        let text = String::from_utf8(entry.clone()).unwrap();
        for guess in guesses.iter().chain(&digests) {
            assert!(!text.contains(guess.as_str()), "{guess:?} stands in {text}");
        }
    }
    // What was asked and found is on record all the same, for who has the keys.
    let index = answer.audit.unwrap().index;
    let entry = corpus.audit().entry(index).await.unwrap().unwrap();
    let VaultRecord::Kept { payload, .. } = &entry.payloads[0] else { panic!("the answer is kept") };
    assert!(String::from_utf8_lossy(payload).contains("Quantmeyer"));
    assert_eq!(entry.leaf.actor.roles, ["auditor"]);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_is_on_record_and_the_log_verifies() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let answer = ask(&corpus, QUESTION).await;
    corpus.search("Altlasten", SearchOptions::default()).await.unwrap();
    corpus.relabel(&["umwelt.txt"], &["mandat:1"]).await.unwrap();
    corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    engine().rebuild(place.corpus(), None).await.unwrap().unwrap();
    let corpus = place.open().await;
    corpus.delete(&["umwelt.txt"]).await.unwrap();
    corpus.erase(Erase::Answer(answer.id)).await.unwrap();
    let leaves = leaves(&corpus).await;
    let outcomes: HashSet<&str> = leaves.iter().filter(|leaf| leaf.phase == "outcome").map(|leaf| leaf.r#type.as_str()).collect();
    let expected = ["boot", "ingest", "retrieval", "answer", "admin.change", "export", "index.build", "delete", "erasure"];
    assert_eq!(outcomes, expected.into());
    for leaf in leaves.iter().filter(|leaf| leaf.phase == "intent" && !leaf.versions.contains_key("document")) {
        let is_its =
            |other: &&Leaf| other.phase == "outcome" && other.refs.contains(&leaf.id) && !other.versions.contains_key("document");
        assert_eq!(leaves.iter().filter(is_its).count(), 1, "{leaf:?} has one outcome");
    }
    corpus.close().await.unwrap();
    let done = corpus.audit().verify(Vec::new(), None).await.unwrap();
    assert!(done.is_ok() && done.uncovered == 0, "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_the_same_each_time_shows_what_is_cited_and_nothing_else_and_verifies() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let answer = ask(&as_anna(&corpus), QUESTION).await;
    let key = corpus.audit().verifier_key().unwrap();
    let first = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    ask(&corpus, "Wie hoch ist die Rückstellung für Altlasten?").await;
    corpus.audit().publish().await.unwrap();
    let second = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    assert_eq!(first.bytes, second.bytes, "though the log went on meanwhile");

    let report = verify_bundle(&first.bytes, std::slice::from_ref(&key)).unwrap();
    assert!(report.ok, "{:?}", report.findings);
    assert_eq!(report.checked.citations, answer.citations.len() as u64);
    assert!(report.checked.blocks >= 1 && report.checked.entries >= 3);
    let unpinned = verify_bundle(&first.bytes, &[]).unwrap();
    assert_eq!(unpinned.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["signer_unpinned"]);
    let cited: HashSet<&str> = answer.citations.iter().map(|citation| citation.document.name.as_str()).collect();
    let text = String::from_utf8_lossy(&first.bytes);
    assert!(text.contains("Quantmeyer"), "what is cited is there");
    if !cited.contains("umwelt.txt") {
        assert!(!text.contains("umwelt.txt") && !text.contains("Wiesengrund"), "no other document");
    }
    for hidden in ["anfrage-quantmeyer-1", ACTOR, "monatlich gezahlt"] {
        assert!(!text.contains(hidden), "{hidden} is nobody's business");
    }
    let all = corpus.bundle(answer.id, BundleOptions { full_pages: true, originals: true, ..Default::default() }).await.unwrap();
    let report = verify_bundle(&all.bytes, &[key]).unwrap();
    assert!(report.ok && String::from_utf8_lossy(&all.bytes).contains("monatlich gezahlt"), "{:?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_with_the_entries_around_its_answer_says_how_many_answers_there_were_and_shows_none_of_the_others() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    ask(&corpus, "Wie hoch ist die Rückstellung für Altlasten?").await;
    let before = corpus.with(CallContext::new(ACTOR, Access::all()));
    ask(&before, "Was ist mit den Altlasten am Wiesengrund?").await;
    let answer = ask(&as_anna(&corpus), QUESTION).await;
    let key = corpus.audit().verifier_key().unwrap();
    let at = answer.audit.clone().unwrap().index;
    for (around, first, answers) in
        [(EntriesAround::Epoch, 0, 3), (EntriesAround::Day, 0, 3), (EntriesAround::Places { first: at, end: at + 1 }, at, 1)]
    {
        let options = BundleOptions { around: Some(around), ..Default::default() };
        let bundle = corpus.bundle(answer.id, options).await.unwrap();
        let report = verify_bundle(&bundle.bytes, std::slice::from_ref(&key)).unwrap();
        assert!(report.ok, "{around:?} {:?}", report.findings);
        let Selection::Shown(shown) = &report.assurance.selection else { panic!("{around:?}: {report:?}") };
        assert_eq!((shown.range[0], shown.answers, shown.exported), (first, answers, 1), "{around:?}");
        assert_eq!(shown.by_actor, Some(answers.min(2)), "{around:?}: those that anna asked for");
        let text = String::from_utf8_lossy(&bundle.bytes);
        assert!(!text.contains("Wiesengrund") && !text.contains(ACTOR), "the entries hold no content");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bundle.bytes)).unwrap();
        assert!(archive.by_name("range/range.json").is_ok());
    }
    let outside = BundleOptions { around: Some(EntriesAround::Places { first: 0, end: at }), ..Default::default() };
    assert_eq!(corpus.bundle(answer.id, outside).await.unwrap_err().code(), "audit.range");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_bit_of_what_a_bundle_says_is_found() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let answer = ask(&corpus, QUESTION).await;
    let key = [corpus.audit().verifier_key().unwrap()];
    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap().bytes;
    // The page that verifies it is no part of what it says.
    let page = "verify.html".len();
    let at = bundle.windows(page).position(|part| part == b"verify.html").unwrap() - 30;
    let mut flipped = bundle.clone();
    for place in 0..at {
        for bit in [1 << (place % 8), 1 << ((place + 3) % 8)] {
            flipped[place] ^= bit;
            // The version that made a file, its time and the like stand beside every file and say nothing of it.
            let is_good = verify_bundle(&flipped, &key).is_ok_and(|report| report.ok);
            assert!(!is_good || is_zip_trivia(&bundle, place), "bit {bit} of byte {place}");
            flipped[place] ^= bit;
        }
    }
    for length in (0..bundle.len()).step_by(97) {
        assert!(!verify_bundle(&bundle[..length], &key).is_ok_and(|report| report.ok), "cut at {length}");
    }
}

/// Bytes of a file's header that say which version packed it, whether its name is UTF-8, and when: nothing of what it holds.
fn is_zip_trivia(bundle: &[u8], place: usize) -> bool {
    (place.saturating_sub(29)..=place)
        .any(|start| bundle[start..].starts_with(b"PK\x03\x04") && matches!(place - start, 4 | 5 | 7 | 10..=13))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_document_is_in_no_file_and_the_log_still_verifies() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let answer = ask(&corpus, QUESTION).await;
    corpus.search("Quantmeyer", SearchOptions::default()).await.unwrap();
    // Another version of the index, and one of the document.
    place.put("neu.txt", "Ein weiteres Dokument.");
    place.ingest(&corpus).await;
    let folder = place.corpus();
    for text in ["Quantmeyer", "quantmeyer"] {
        assert!(!holding(&folder, text).is_empty(), "{text} is there before, so that the test can find it");
    }
    let erasure = corpus.erase(Erase::Document("personal/gehälter-quantmeyer.txt".to_owned())).await.unwrap();
    assert_eq!((erasure.documents.len(), erasure.keys), (1, 1));
    for text in ["Quantmeyer", "quantmeyer", "184.350", "Prokuristin", "prokuristin", "personal/geh"] {
        assert_eq!(holding(&folder, text), [""; 0], "{text}");
    }
    assert_eq!(found(&corpus, "Quantmeyer").await, [""; 0]);
    assert_eq!(found(&corpus, "Altlasten").await, ["umwelt.txt"], "the others are there");
    assert_eq!(corpus.documents().await.unwrap().len(), 2);
    let entry = corpus.audit().entry(answer.audit.unwrap().index).await.unwrap().unwrap();
    assert_eq!(entry.payloads, [VaultRecord::Erased], "the answer quotes it");
    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    let report = verify_bundle(&bundle.bytes, &[corpus.audit().verifier_key().unwrap()]).unwrap();
    assert!(report.ok && report.checked.erased > 0, "what was erased is no finding: {:?}", report.findings);
    corpus.close().await.unwrap();
    assert!(corpus.audit().verify(Vec::new(), None).await.unwrap().is_ok());
    // It comes in again as another document, under another key.
    place.ingest(&corpus).await;
    assert_eq!(found(&corpus, "Quantmeyer").await, ["personal/gehälter-quantmeyer.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_copy_is_purged_before_its_first_answer() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    ask(&corpus, QUESTION).await;
    corpus.close().await.unwrap();
    drop(corpus);
    copy_folder(&place.corpus(), &place.path("backup")).unwrap();
    let corpus = place.open().await;
    corpus.erase(Erase::Document("personal/gehälter-quantmeyer.txt".to_owned())).await.unwrap();
    corpus.close().await.unwrap();
    drop(corpus);
    fs::remove_dir_all(place.corpus()).unwrap();
    copy_folder(&place.path("backup"), &place.corpus()).unwrap();
    assert!(!holding(&place.corpus(), "Quantmeyer").is_empty());

    let refused = engine().open(place.corpus()).await.err().expect("its log cannot say that it was purged");
    assert_eq!(refused.code(), "audit.behind");
    let store = Arc::new(LocalKeyStore::new(keys()));
    let (log, resumed) = open_audit(place.corpus(), store).unwrap().resume("restored from a backup").await.unwrap();
    log.close().await.unwrap();
    assert_eq!((resumed.epoch, resumed.known_size > resumed.found_size), (2, true));
    let corpus = engine().open(place.corpus()).await.unwrap();
    assert_eq!(holding(&place.corpus(), "Quantmeyer"), [""; 0]);
    assert_eq!(found(&corpus, "Quantmeyer").await, [""; 0]);
    assert_eq!(found(&corpus, "Altlasten").await, ["umwelt.txt"]);
    let purged = leaves(&corpus).await.into_iter().any(|leaf| leaf.r#type == "erasure" && leaf.versions.contains_key("reason"));
    assert!(purged, "it is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_with_what_it_asked_and_an_answer_alone_with_its_question() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let anna = ask(&as_anna(&corpus), QUESTION).await;
    let (other, again) = (ask(&corpus, QUESTION).await, ask(&corpus, "Was betrug 184.350 EUR?").await);
    let payloads = |answer: &Answer| {
        let (index, corpus) = (answer.audit.clone().unwrap().index, corpus.clone());
        async move { corpus.audit().entry(index).await.unwrap().unwrap().payloads }
    };
    corpus.erase(Erase::Subject(ACTOR.to_owned())).await.unwrap();
    assert_eq!(payloads(&anna).await, [VaultRecord::Erased, VaultRecord::Erased], "the answer and the id of the request");
    assert!(matches!(payloads(&other).await[..], [VaultRecord::Kept { .. }]), "what others asked stays");

    let erasure = corpus.erase(Erase::Answer(other.id)).await.unwrap();
    assert_eq!(erasure.entries, 2, "the answer and its search");
    assert!(payloads(&other).await.is_empty(), "its record is gone");
    assert!(matches!(payloads(&again).await[..], [VaultRecord::Kept { .. }]), "the next answer stays");
    corpus.close().await.unwrap();
    assert!(corpus.audit().verify(Vec::new(), None).await.unwrap().is_ok());
    assert_eq!(corpus.erase(Erase::Subject("niemand".to_owned())).await.unwrap_err().code(), "erase.nothing");
    assert_eq!(corpus.erase(Erase::Document("fehlt.txt".to_owned())).await.unwrap_err().code(), "document.not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_replayed_against_its_version_or_its_record() {
    let place = Place::new();
    put(&place);
    let mut options = options();
    options.index.keep = KeepVersions { count: 2, seconds: 0 };
    let engine = Engine::new(Arc::new(model()), options).unwrap();
    let corpus = place.open_with(&engine).await;
    place.ingest(&corpus).await;
    let answer = ask(&corpus, QUESTION).await;
    let replay = corpus.replay(answer.id).await.unwrap();
    assert!(replay.identical && replay.by == ReplayedBy::Index && replay.embedding.identical, "{replay:?}");
    assert_eq!(replay.passages, answer.citations.len());

    // A newer version changes nothing of it.
    place.put("neu.txt", SALARY);
    place.ingest(&corpus).await;
    let replay = corpus.replay(answer.id).await.unwrap();
    assert!(replay.identical, "{replay:?}");
    for n in 0..4 {
        place.put(&format!("{n}.txt"), "Mehr davon.");
        place.ingest(&corpus).await;
    }
    let replay = corpus.replay(answer.id).await.unwrap();
    assert_eq!((replay.by, replay.identical), (ReplayedBy::Record, true), "{replay:?}");
    corpus.delete(&["personal/gehälter-quantmeyer.txt"]).await.unwrap();
    let replay = corpus.replay(answer.id).await.unwrap();
    assert!(
        !replay.identical && replay.differences.iter().any(|difference| difference.contains("no longer there")),
        "{replay:?}"
    );
    assert_eq!(corpus.replay(uuid::Uuid::nil()).await.unwrap_err().code(), "answer.not_found");
}

/// All files and folders below one, and when each was written to. A folder is written to by whatever is made in it, a lock as well.
fn written(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let mut found = BTreeMap::from([(folder.to_owned(), time(folder))]);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(written(&path));
        } else {
            found.insert(path.clone(), time(&path));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_nobody_writes_to_is_asked_with_its_log_elsewhere() {
    let place = Place::new();
    put(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    corpus.close().await.unwrap();
    drop(corpus);
    let before = written(&place.corpus());

    let mut options = options();
    options.audit.folder = Some(place.path("logs"));
    let engine = Engine::new(Arc::new(model()), options).unwrap();
    let corpus = engine.open(place.corpus()).await.unwrap();
    let answer = ask(&corpus, QUESTION).await;
    ask(&corpus, QUESTION).await;
    let repeated: Vec<Leaf> = leaves(&corpus).await.into_iter().filter(|leaf| leaf.r#type == "ingest").collect();
    let cited: HashSet<_> = answer.citations.iter().map(|citation| citation.document.id.to_string()).collect();
    assert_eq!(repeated.len(), cited.len(), "each cited document once: its own entry is in the epoch before");
    assert!(repeated.iter().all(|leaf| leaf.versions["from_epoch"] == "1" && cited.contains(&leaf.versions["document"])));
    assert!(corpus.replay(answer.id).await.unwrap().identical);
    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    corpus.close().await.unwrap();
    let report = verify_bundle(&bundle.bytes, &[corpus.audit().verifier_key().unwrap()]).unwrap();
    assert!(report.ok, "{:?}", report.findings);
    assert!(corpus.audit().verify(Vec::new(), None).await.unwrap().is_ok());
    assert_eq!(written(&place.corpus()), before, "neither a file nor a lock");
    assert!(!files(&place.path("logs")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_without_an_audit_log_is_refused_and_says_what_to_do() {
    let place = Place::new();
    fs::create_dir(place.corpus()).unwrap();
    let nil = uuid::Uuid::nil();
    fs::write(place.corpus().join("beleg.json"), format!(r#"{{"format": 0, "id": "{nil}", "tenant": "{nil}"}}"#)).unwrap();
    let error = engine().open_or_create(place.corpus()).await.err().unwrap();
    assert_eq!(error.code(), "corpus.older_format");
    assert!(error.hint().unwrap().contains("ingest its documents again"));
}
