//! The program `beleg` with the real model.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use beleg::{
    corpus::{Engine, EngineOptions, IndexOptions, IngestOptions, KeepVersions},
    embed::onnx::{OnnxModel, OnnxOptions},
    model::fetch::Fetched,
    store::{Blobs, LocalBlobs, LockHolder},
};
use serde_json::Value;

use crate::support::{Place, keys, options};

/// Fetched once, for all tests.
static MODEL: LazyLock<Fetched> =
    LazyLock::new(|| beleg::model::testing::fetched().expect("the model can be fetched: `beleg model fetch` says why not"));

/// The program with `--json` and the model that was fetched.
pub(crate) fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beleg"));
    command.env("BELEG_KEYS", keys()).arg("--json").arg("--model").arg(&MODEL.model).args(arguments).current_dir(place.path("."));
    command.env_remove("BELEG_MODEL").env_remove("BELEG_THREADS");
    command
}

/// Exit code, and what was written as JSON: the result, or the error.
pub(crate) fn run(place: &Place, arguments: &[&str]) -> (i32, Value) {
    told(command(place, arguments).stdin(Stdio::null()).output().unwrap())
}

pub(crate) fn told(output: Output) -> (i32, Value) {
    let code = output.status.code().unwrap_or_else(|| panic!("killed: {:?}", output.status));
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let text = if stdout.is_empty() { &stderr } else { &stdout };
    (code, serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")))
}

pub(crate) fn good(place: &Place, arguments: &[&str]) -> Value {
    let (code, value) = run(place, arguments);
    assert_eq!(code, 0, "{arguments:?}: {value:#}");
    value
}

/// Names of documents with a passage that holds `word`.
pub(crate) fn found(place: &Place, word: &str) -> Vec<String> {
    let result = good(place, &["search", "corpus", word, "-k", "100"]);
    let hits = result["hits"].as_array().unwrap().iter();
    let mut names: Vec<_> = hits
        .filter(|hit| hit["text"].as_str().unwrap().contains(word))
        .map(|hit| hit["document"]["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn wait_for_file(path: &Path) {
    wait_for(&format!("{} is there", path.display()), || path.exists());
}

#[test]
fn a_document_comes_in_is_found_is_quoted_and_goes() {
    let place = Place::new();
    place.put("lage.txt", "Die Rückstellungen für Pensionen betragen 4,2 Mio. EUR. Der Umsatz stieg auf 90 Mio. EUR.");
    place.put("miete.txt", "Der Mietvertrag läuft bis zum Jahr 2030.");
    let report = good(&place, &["ingest", "corpus", "in", "--label", "2025"]);
    assert_eq!((report["totals"]["new"].as_u64(), report["documents"][0]["status"].as_str()), (Some(2), Some("new")));
    let answer = good(&place, &["ask", "corpus", "Wie hoch sind die Pensionsrückstellungen?"]);
    assert_eq!(answer["status"], "answered");
    let citation = &answer["citations"][0];
    assert_eq!((citation["document"]["name"].as_str(), citation["verdict"].as_str()), (Some("lage.txt"), Some("verified")));
    let shown = good(&place, &["show", "corpus", "lage.txt", "--page", "1"]);
    let at = |key: &str| citation["span"][key].as_u64().unwrap() as usize;
    assert_eq!(&shown["pages"][0]["text"].as_str().unwrap()[at("start")..at("end")], citation["quote"].as_str().unwrap());
    let deleted = good(&place, &["delete", "corpus", "lage.txt"]);
    assert_eq!(deleted["deleted"][0]["name"], "lage.txt");
    assert_eq!(found(&place, "Pensionen"), [""; 0]);
    let documents = good(&place, &["documents", "corpus"]);
    assert_eq!(
        (documents["documents"].as_array().unwrap().len(), &documents["documents"][0]["labels"][0]),
        (1, &Value::from("2025"))
    );
}

#[test]
fn exit_codes_say_whose_fault_it_is_and_errors_are_json() {
    let place = Place::new();
    place.put("gut.txt", "Das Gutwort.");
    assert_eq!(run(&place, &["ingest", "corpus", "in"]).0, 0);
    place.put("leer.txt", "");
    let (code, report) = run(&place, &["ingest", "corpus", "in"]);
    assert_eq!((code, report["totals"]["failed"].as_u64()), (1, Some(1)), "a part of the work failed");
    // It still is not whole the next time.
    assert_eq!(run(&place, &["ingest", "corpus", "in"]).0, 1);
    fs::write(place.path("datei"), "x").unwrap();
    fs::write(place.path("fragen.jsonl"), "{}").unwrap();
    for (arguments, code, error) in [
        (&["search", "nirgends", "x"][..], 1, "corpus.not_found"),
        (&["search", "datei", "x"], 2, "corpus.not_a_corpus"),
        (&["search", "corpus", ""], 2, "question.empty"),
        (&["search", "corpus", "x", "-k", "0"], 2, "search.k"),
        (&["search", "corpus", "x", "--date", "gestern"], 2, "search.date"),
        (&["ask", "corpus", &"x".repeat(100_000)], 2, "question.too_long"),
        (&["show", "corpus", "leer.txt"], 1, "document.empty"),
        (&["show", "corpus", "gut.txt", "--page", "2"], 1, "document.no_page"),
        (&["delete", "corpus", "fehlt.txt"], 1, "document.not_found"),
        (&["eval", "corpus", "fragen.jsonl"], 2, "eval.row"),
        (&["ingest", "corpus", "fehlt"], 1, "io.not_found"),
    ] {
        let output = command(&place, arguments).output().unwrap();
        assert_eq!(output.stdout, b"", "{arguments:?}");
        let (is, told) = told(output);
        let short: Vec<_> = arguments.iter().map(|argument| &argument[..argument.len().min(20)]).collect();
        assert_eq!((is, told["error"]["code"].as_str()), (code, Some(error)), "{short:?}: {told}");
        let shape: Vec<_> = told["error"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(shape, ["kind", "code", "message", "context", "hint"]);
    }
    for arguments in [
        &["suche", "corpus"][..],
        &["search"],
        &["search", "corpus", "x", "--mode", "laut"],
        &["search", "corpus", "x", "-k", "viele"],
    ] {
        assert_eq!(command(&place, arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn labels_are_set_by_one_process_and_hold_in_the_next() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    place.put("b.txt", "Das Zweitwort.");
    good(&place, &["ingest", "corpus", "in", "--label", "alt"]);
    let done = good(&place, &["relabel", "corpus", "a.txt", "--label", "neu", "--label", "2025"]);
    assert_eq!((&done["labels"], &done["relabelled"][0]["name"]), (&serde_json::json!(["2025", "neu"]), &Value::from("a.txt")));
    let labelled = |label: &str| {
        let hits = good(&place, &["search", "corpus", "wort", "--label", label])["hits"].as_array().unwrap().clone();
        hits.iter().map(|hit| hit["document"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((labelled("neu"), labelled("alt")), (vec!["a.txt".to_owned()], vec!["b.txt".to_owned()]));
    good(&place, &["relabel", "corpus", "b.txt", "--clear"]);
    assert_eq!(labelled("alt"), [""; 0]);
    let report = good(&place, &["ingest", "corpus", "in", "--label", "neu"]);
    assert_eq!((&report["totals"]["unchanged"], &report["totals"]["relabelled"]), (&Value::from(2), &Value::from(1)));
    // Labels are not taken away by leaving them out.
    assert_eq!(command(&place, &["relabel", "corpus", "a.txt"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn people_read_their_language_and_programs_always_the_same() {
    let place = Place::new();
    let told = |language: &[&str], variable: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beleg"));
        command
            .env("BELEG_KEYS", keys())
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env_remove("BELEG_LANG")
            .env("LANG", variable);
        command.arg("--model").arg(place.path("missing")).args(language).args(arguments);
        let output = command.output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let search = ["search", "corpus", "x"];
    for (language, variable, begins) in [
        (&[][..], "C", "error [model.folder_missing]: "),
        (&[], "de_DE.UTF-8", "Fehler [model.folder_missing]: das Einbettungsmodell ist nicht da"),
        (&["--lang", "en"], "de_DE.UTF-8", "error [model.folder_missing]: "),
        (&["--lang=de"], "C", "Fehler [model.folder_missing]: "),
    ] {
        let text = told(language, variable, &search);
        assert!(text.starts_with(begins), "{language:?} {variable}: {text}");
    }
    assert!(told(&[], "de_DE", &["--help"]).contains("Aufruf: beleg"));
    assert!(told(&[], "C", &["--help"]).contains("Usage: beleg"));
    let json = ["--json", "search", "corpus", "x"];
    assert_eq!(told(&["--lang", "de"], "de_DE", &json), told(&[], "C", &json));
}

#[test]
fn a_model_folder_that_is_not_whole_is_the_environments_fault() {
    let place = Place::new();
    place.put("gut.txt", "Das Gutwort.");
    let copied = |without: &str| {
        let folder = place.path(&format!("model-without-{without}"));
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(&MODEL.model).unwrap().map(Result::unwrap) {
            if entry.file_name() != without && entry.file_type().unwrap().is_file() {
                fs::hard_link(entry.path(), folder.join(entry.file_name()))
                    .or_else(|_| fs::copy(entry.path(), folder.join(entry.file_name())).map(drop))
                    .unwrap();
            }
        }
        folder
    };
    let files: Vec<String> =
        fs::read_dir(&MODEL.model).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let needed = |file: &&String| file.ends_with(".onnx") || *file == "tokenizer.json";
    let mut folders = vec![place.path("missing"), place.documents()];
    for file in files.iter().filter(needed) {
        folders.push(copied(file));
        let wrong = copied(&format!("{file}-but-wrong"));
        fs::remove_file(wrong.join(file)).unwrap();
        fs::write(wrong.join(file), "wrong").unwrap();
        folders.push(wrong);
    }
    assert!(folders.len() >= 6, "{files:?}");
    for folder in folders {
        let output = Command::new(env!("CARGO_BIN_EXE_beleg"))
            .env("BELEG_KEYS", keys())
            .arg("--json")
            .arg("--model")
            .arg(&folder)
            .args(["ingest"])
            .arg(place.corpus())
            .arg(place.documents())
            .output()
            .unwrap();
        let (code, told) = told(output);
        assert!(code == 3 || code == 1 || code == 2, "{}: {told}", folder.display());
        assert!(told["error"]["code"].as_str().unwrap().starts_with("model.") || code == 3, "{}: {told}", folder.display());
        assert!(!place.corpus().exists(), "{}: nothing is created", folder.display());
    }
}

#[test]
fn what_one_process_deletes_no_other_one_finds() {
    let place = Place::new();
    for i in 0..4 {
        place.put(&format!("{i}.txt"), format!("Das Gehwort{i} steht hier."));
    }
    good(&place, &["ingest", "corpus", "in"]);
    for i in 0..4 {
        let (name, word) = (format!("{i}.txt"), format!("Gehwort{i}"));
        assert_eq!(found(&place, &word), [name.clone()]);
        good(&place, &["delete", "corpus", &name]);
        assert_eq!(found(&place, &word), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_is_told_who_holds_the_corpus_and_a_reader_does_not_wait() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    good(&place, &["ingest", "corpus", "in"]);
    let holder = LockHolder { operation: "rebuild".into(), pid: std::process::id(), since: jiff::Timestamp::now() };
    let held = LocalBlobs::new(place.corpus()).lock("index", &holder, Duration::ZERO).await.unwrap();
    let (code, told) = run(&place, &["delete", "corpus", "a.txt"]);
    assert_eq!((code, told["error"]["code"].as_str()), (1, Some("store.locked")));
    let context = &told["error"]["context"];
    assert_eq!(
        (context["operation"].as_str(), context["pid"].as_str()),
        (Some("rebuild"), Some(std::process::id().to_string().as_str()))
    );
    assert_eq!(found(&place, "Erstwort"), ["a.txt"]);
    // One that is in time only waits.
    let waiting = command(&place, &["delete", "corpus", "a.txt"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(500));
    drop(held);
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(found(&place, "Erstwort"), [""; 0]);
}

#[test]
fn readers_search_while_a_writer_ingests() {
    let place = Place::new();
    place.put("0.txt", "Das Erstwort.");
    good(&place, &["ingest", "corpus", "in"]);
    for i in 1..80 {
        place.put(&format!("{i}.txt"), format!("Der Vermerk {i} nennt den Saldo der Forderungen zum Stichtag {i}."));
    }
    let mut writer = command(&place, &["ingest", "corpus", "in"]).stdout(Stdio::null()).spawn().unwrap();
    let mut searches = 0;
    while writer.try_wait().unwrap().is_none() {
        assert_eq!(found(&place, "Erstwort"), ["0.txt"]);
        searches += 1;
    }
    assert!(searches > 0 && writer.wait().unwrap().success());
    assert_eq!(good(&place, &["documents", "corpus"])["documents"].as_array().unwrap().len(), 80);
}

#[test]
fn other_processes_search_while_this_one_drops_the_versions_they_are_at() {
    let place = Place::new();
    place.put("0.txt", "Das Bleibwort steht hier.");
    good(&place, &["ingest", "corpus", "in"]);
    let model = OnnxModel::open(&MODEL.model, &OnnxOptions { threads: 1, ..OnnxOptions::default() }).unwrap();
    let index = IndexOptions { keep: KeepVersions { count: 1, seconds: 0 }, ..IndexOptions::default() };
    let engine = Engine::new(Arc::new(model), EngineOptions { index, ..options() }).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let corpus = runtime.block_on(engine.open(place.corpus())).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut searches = 0;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(found(&place, "Bleibwort"), ["0.txt"]);
                searches += 1;
            }
            searches
        });
        for i in 0..15 {
            place.put("1.txt", format!("Das Wechselwort{i} steht hier."));
            runtime.block_on(corpus.ingest(place.documents(), IngestOptions::default())).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(place.stored("versions").len(), 1);
    assert_eq!((found(&place, "Wechselwort14"), found(&place, "Wechselwort13")), (vec!["1.txt".to_owned()], vec![]));
}

/// Makes a file system of few bytes. Where that is not allowed, the process itself may write no large file.
#[cfg(target_os = "linux")]
enum Small {
    Mounted(std::path::PathBuf),
    Limited,
}

#[cfg(target_os = "linux")]
impl Small {
    fn new(at: &Path) -> Self {
        fs::create_dir(at).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at).stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) { Self::Mounted(at.to_owned()) } else { Self::Limited }
    }

    fn grow(&self) {
        if let Self::Mounted(at) = self {
            assert!(Command::new("mount").args(["-o", "remount,size=512m"]).arg(at).status().unwrap().success());
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        if let Self::Mounted(at) = self {
            let _ = Command::new("umount").arg("-l").arg(at).status();
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_an_error_and_the_same_command_goes_on_when_there_is_room() {
    let place = Place::new();
    // Random letters do not compress.
    let mut state = 1u64;
    let mut letters = |count: usize| -> String {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (b'a' + (state >> 59) as u8 % 26) as char
            })
            .collect()
    };
    place.put("a.txt", "Das Erstwort steht hier.");
    for i in 0..8 {
        // Of no kind that is read, but kept.
        place.put(&format!("b{i}.png"), [b"\x89PNG\r\n\x1a\n", letters(300_000).as_bytes()].concat());
    }
    let small = Small::new(&place.path("small"));
    let mut command = command(&place, &["ingest", "small/corpus", "in"]);
    if matches!(small, Small::Limited) {
        let limited = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh"])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(place.path("."))
            .output();
        let (code, told) = told(limited.unwrap());
        assert!(code == 3 || code == 1, "{told:#}");
    } else {
        let (code, told) = told(command.output().unwrap());
        assert_eq!((code, told["error"]["code"].as_str()), (3, Some("io.disk_full")), "{told:#}");
        assert!(told["error"]["hint"].as_str().unwrap().contains("free some space"));
    }
    small.grow();
    let report = good(&place, &["ingest", "small/corpus", "in"]);
    assert_eq!(report["totals"]["documents"], 9);
    let hits = good(&place, &["search", "small/corpus", "Erstwort", "-k", "1"]);
    assert_eq!(hits["hits"][0]["document"]["name"], "a.txt");
}

#[test]
fn a_hold_a_seal_and_an_erasure_are_said_on_the_command_line() {
    let place = Place::new();
    place.put("a.txt", "Das Erstwort.");
    place.put("b.txt", "Das Zweitwort.");
    good(&place, &["ingest", "corpus", "in", "--label", "retention:kurz"]);
    let held = good(&place, &["hold", "corpus", "--document", "a.txt", "--reason", "Rechtsstreit"]);
    let id = held["hold"]["id"].as_str().unwrap();
    let (code, refused) = run(&place, &["erase", "corpus", "--document", "a.txt"]);
    assert_eq!((code, &refused["error"]["code"], &refused["error"]["context"]["hold"]), (1, &"hold.active".into(), &id.into()));
    assert_eq!(good(&place, &["hold", "corpus", "--list"])["holds"][0]["id"], id);
    let rules = good(&place, &["retention", "set", "corpus", "kurz", "30", "--default"]);
    assert_eq!(rules, serde_json::json!({"classes": {"kurz": {"days": 30}}, "default": "kurz"}));
    assert_eq!(good(&place, &["retention", "show", "corpus"]), rules);
    let report = good(&place, &["retention", "apply", "corpus", "--dry-run"]);
    assert_eq!(
        (&report["has_rules"], &report["dry_run"], report["documents"].as_array().unwrap().len()),
        (&true.into(), &true.into(), 0)
    );
    good(&place, &["seal", "corpus", "--reason", "geschlossen"]);
    let (code, refused) = run(&place, &["rebuild", "corpus"]);
    assert_eq!((code, &refused["error"]["code"]), (2, &"corpus.sealed".into()));
    good(&place, &["rebuild", "corpus", "--reason", "neues Modell"]);
    good(&place, &["hold", "corpus", "--release", id, "--reason", "erledigt"]);
    let erased = good(&place, &["erase", "corpus", "--document", "a.txt", "--reason", "Art. 17"]);
    assert_eq!((erased["documents"].as_array().unwrap().len(), erased["keys"].as_u64()), (1, Some(1)));
    assert_eq!(found(&place, "Zweitwort"), ["b.txt"]);
    good(&place, &["audit", "verify", "corpus"]);
}
