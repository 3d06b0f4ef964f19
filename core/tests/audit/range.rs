//! Entries that travel along with an answer, so that a reader sees among which it was chosen.

use std::fs;

use beleg::audit::{
    RangeProof, Signer,
    bundle::{BundleReport, Selection, range_files, verify_bundle},
};
use serde_json::json;

use crate::{bundle::Bundle, foreign, log::signer, reference::Subtrees};

/// The example with the entries from `first` to before `end` of its log of 300.
fn with_range(first: usize, end: usize) -> Bundle {
    let (mut bundle, log) = Bundle::with_log();
    let leaves: Vec<_> = log.entries.iter().map(|entry| beleg::audit::leaf_hash(entry)).collect();
    let proof = RangeProof::prove(first as u64, end as u64, 300, &mut Subtrees::new(&leaves)).unwrap();
    bundle.files.extend(range_files(&proof, log.entries[first..end].iter().map(Vec::as_slice)).unwrap());
    bundle
}

fn verified(bundle: &Bundle) -> BundleReport {
    verify_bundle(&bundle.zip(), &[signer().verifier_key().clone()]).unwrap()
}

#[test]
fn a_range_says_among_how_many_answers_this_one_was_chosen() {
    let said = |bundle: &Bundle| {
        let report = verified(bundle);
        assert!(report.ok, "{:?}", report.findings);
        serde_json::to_value(&report.assurance.selection).unwrap()
    };
    let time = "2026-11-26T12:00:00.000Z";
    let all = json!({"shown": {"range": [0, 299], "since": time, "until": time, "answers": 4, "exported": 1, "by_actor": 2}});
    assert_eq!(said(&with_range(0, 300)), all);
    let some = json!({"shown": {"range": [50, 299], "since": time, "until": time, "answers": 3, "exported": 1, "by_actor": 1}});
    assert_eq!(said(&with_range(50, 300)), some);
    let before =
        json!({"shown": {"range": [101, 200], "since": null, "until": null, "answers": 0, "exported": 0, "by_actor": 0}});
    assert_eq!(said(&with_range(101, 201)), before);
    assert_eq!(said(&Bundle::example()), json!("not_shown"));
    assert_eq!(
        with_range(0, 300).files.keys().filter(|name| name.starts_with("range/")).count(),
        3,
        "a proof, and 256 entries a part"
    );
}

#[test]
fn verifiers_that_do_not_know_a_range_pass_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("evidence.zip");
    fs::write(&place, with_range(0, 300).zip()).unwrap();
    foreign::good(&place);
}

#[test]
fn a_range_that_is_not_the_one_of_the_log_is_a_finding() {
    type Change = fn(&mut Bundle);
    let changes: [(&str, Change); 12] = [
        ("an answer left out", |b| {
            let (_, log) = Bundle::with_log();
            let others = (10..300).filter(|index| *index != 100).map(|index| log.entries[index].as_slice());
            b.files.insert("range/entries/000".to_owned(), beleg::audit::encode_bundle(others.take(256)).unwrap());
        }),
        ("a byte of an entry", |b| b.files.get_mut("range/entries/001").unwrap()[9] ^= 1),
        ("a part that is cut", |b| assert!(b.files.get_mut("range/entries/000").unwrap().pop().is_some())),
        ("a part that is longer", |b| b.files.get_mut("range/entries/001").unwrap().extend([0, 0])),
        ("a part left out", |b| drop(b.files.remove("range/entries/000"))),
        ("a part that is not asked for", |b| drop(b.files.insert("range/entries/002".to_owned(), vec![0, 0]))),
        ("another file", |b| drop(b.files.insert("range/more".to_owned(), vec![]))),
        ("no proof", |b| drop(b.files.remove("range/range.json"))),
        ("a proof that begins elsewhere", |b| b.edit("range/range.json", |proof| proof["first"] = json!(11))),
        ("a proof over another size", |b| b.edit("range/range.json", |proof| proof["size"] = json!(299))),
        ("another hash", |b| b.edit("range/range.json", |proof| proof["hashes"][0] = proof["hashes"][1].clone())),
        ("another shape", |b| b.edit("range/range.json", |proof| proof["more"] = json!(1))),
    ];
    for (what, change) in changes {
        let mut bundle = with_range(10, 290);
        assert!(verified(&bundle).ok);
        change(&mut bundle);
        let report = verified(&bundle);
        assert_eq!(report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["range"], "{what}");
        assert_eq!(report.assurance.selection, Selection::NotShown, "{what}: nothing is said of it");
    }
}
