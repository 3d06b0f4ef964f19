use beleg::corpus::ShowOptions;

use crate::{
    program::{found, good, run},
    support::{self, Place, line},
};

fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "mit leerzeichen.txt",
        "--help.txt",
        "\"zitat\" 'und' `mehr`.txt",
        "zeile\nzwei.txt",
        "tab\tund\u{1b}[31mfarbe.txt",
        "Rechnung\u{202e}txt.exe.txt",
        "Übersicht – §5 (Köln).txt",
        "💶 Kasse.txt",
        "rück\\strich.txt",
        "prozent%20und+plus&#35;.txt",
        "a!/b.txt",
        "$HOME;rm -rf.txt",
    ]
    .map(String::from)
    .into();
    names.push(format!("{}.txt", "ä".repeat(125)) + "x");
    assert_eq!(names.last().unwrap().len(), 255);
    names
}

#[cfg(unix)]
#[test]
fn odd_names_come_in_are_found_and_shown_and_go() {
    let place = Place::new();
    let names = odd_names();
    for (i, name) in names.iter().enumerate() {
        place.put(name, format!("Das Kennwort q{i:02}q steht hier."));
    }
    let report = good(&place, &["ingest", "corpus", "in"]);
    assert_eq!(report["totals"]["new"].as_u64(), Some(names.len() as u64), "{report:#}");
    let result = good(&place, &["search", "corpus", "Kennwort", "-k", "100"]);
    let mut hits: Vec<_> =
        result["hits"].as_array().unwrap().iter().map(|hit| hit["document"]["name"].as_str().unwrap().to_owned()).collect();
    hits.sort();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(hits, sorted);
    for (i, name) in names.iter().enumerate().take(6) {
        let shown = good(&place, &["show", "corpus", "--", name]);
        assert_eq!(shown["pages"][0]["text"].as_str().unwrap().trim(), format!("Das Kennwort q{i:02}q steht hier."));
    }
    let all: Vec<&str> = ["delete", "corpus", "--"].into_iter().chain(names.iter().map(String::as_str)).collect();
    good(&place, &all);
    assert_eq!(found(&place, "Kennwort"), [""; 0]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn two_files_whose_names_become_one_are_not_mistaken_for_each_other() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let place = Place::new();
    place.put("Übersicht.txt", "Das Erstwort.");
    place.put("U\u{308}bersicht.txt", "Das Zweitwort.");
    std::fs::write(place.documents().join(OsStr::from_bytes(b"x\xff.txt")), "Das Drittwort.").unwrap();
    std::fs::write(place.documents().join(OsStr::from_bytes(b"x\xfe.txt")), "Das Viertwort.").unwrap();
    let corpus = place.open().await;
    let report = place.ingest(&corpus).await;
    assert_eq!((report.totals.documents, report.totals.new, report.totals.failed), (4, 2, 2), "{:?}", report.documents);
    for error in report.documents.iter().filter_map(|document| document.error.as_ref()) {
        assert_eq!(error.code, "ingest.same_name");
        assert!(error.hint.is_some());
    }
    for name in ["Übersicht.txt", "x\u{fffd}.txt"] {
        assert_eq!(corpus.show(name, ShowOptions::default()).await.unwrap().pages.len(), 1);
        line(&report, name);
    }
    let mut words = Vec::new();
    for word in ["Erstwort", "Zweitwort", "Drittwort", "Viertwort"] {
        words.extend(support::found(&corpus, word).await);
    }
    words.sort();
    assert_eq!(words, ["x\u{fffd}.txt", "Übersicht.txt"]);
}

#[test]
fn the_same_file_by_two_paths_is_ingested_once() {
    let place = Place::new();
    place.put("b/a.txt", "Das Einzelwort.");
    let (code, report) = run(&place, &["ingest", "corpus", "in", "in", "in/b/../../in"]);
    assert_eq!((code, report["totals"]["documents"].as_u64()), (0, Some(1)), "{report:#}");
}
