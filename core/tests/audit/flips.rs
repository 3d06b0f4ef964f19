//! Tampering with logs, found by `verify_log`.

use beleg::audit::{
    Checkpoint, Ed25519Signer, LogReport, SignedNote, Signer, VerifierKey, cosign, sign_checkpoint, verify_log,
    verify_log_entries,
};

use crate::log::{Chance, Log, ORIGIN, signer};

#[test]
fn logs_of_all_shapes_are_good() {
    for size in [0, 1, 2, 255, 256, 257, 512, 1000, 65_536, 65_537, 70_000] {
        let log = Log::of(size);
        let mut seen = 0;
        let mut steps = Vec::new();
        let keys = [signer().verifier_key().clone()];
        let report = verify_log_entries(&mut log.clone(), &keys, &mut |done, of| steps.push((done, of)), &mut |index, bytes| {
            assert_eq!((index, bytes), (seen, &log.entries[seen as usize][..]));
            seen += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(report.findings, [], "size {size}");
        let bundles = size.div_ceil(256) as u64;
        assert_eq!((report.entries, report.bundles, seen), (size as u64, bundles, size as u64), "size {size}");
        assert_eq!(report.tiles as usize, log.files.len() - report.bundles as usize - 1, "size {size}: every tile is compared");
        assert_eq!(report.origin, ORIGIN);
        assert_eq!(steps.last().copied(), Some((size as u64, size as u64)));
        assert!(steps.is_sorted());
    }
}

/// The kinds of the findings after one change.
fn kinds(report: &LogReport) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn a_flipped_bit_in_every_byte_of_full_and_higher_tiles_is_found() {
    let log = Log::of(600);
    let mut tampered = log.clone();
    for (path, content) in log.files.iter().filter(|(path, _)| path.starts_with("tile/") && !path.contains("entries")) {
        for byte in 0..content.len() {
            tampered.files.get_mut(path).unwrap()[byte] ^= 1 << (byte % 8);
            let report = tampered.verify();
            assert_eq!(kinds(&report), ["tile_differs"], "byte {byte} of {path}");
            tampered.files.get_mut(path).unwrap()[byte] ^= 1 << (byte % 8);
        }
    }
}

#[test]
fn a_sample_of_flipped_bits_of_a_thousand_entries_is_found_and_names_the_entry() {
    let log = Log::of(1000);
    let mut chance = Chance(0x5eed);
    let mut tampered = log.clone();
    let bundles: Vec<&String> = log.files.keys().filter(|path| path.starts_with("tile/entries/")).collect();
    for _ in 0..2000 {
        let path = bundles[chance.below(bundles.len())];
        let bit = chance.below(log.files[path].len() * 8);
        tampered.files.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
        assert!(!tampered.verify().is_good(), "bit {bit} of {path}");
        tampered.files.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
    }
    let mut entries = log.entries.clone();
    entries[700][3] ^= 1;
    let forged = Log::with(entries);
    let mut tampered = log;
    tampered.files.insert("tile/entries/002".into(), forged.files["tile/entries/002"].clone());
    let report = tampered.verify();
    assert_eq!(report.findings[0].what, "entry 700 has another hash than the tile");
    assert_eq!(report.findings.last().map(|finding| finding.kind), Some("root_differs"));
}

#[test]
fn what_is_missing_or_of_another_length_is_found() {
    let log = Log::of(600);
    for (path, content) in &log.files {
        let with = |content: Option<Vec<u8>>| {
            let mut tampered = log.clone();
            match content {
                Some(content) => tampered.files.insert(path.clone(), content),
                None => tampered.files.remove(path),
            };
            tampered.verify()
        };
        assert!(!with(None).is_good(), "{path} is missing");
        assert!(!with(Some(vec![])).is_good(), "{path} is empty");
        assert!(!with(Some(content[..content.len() - 1].to_vec())).is_good(), "{path} is cut");
        assert!(!with(Some([&content[..], b"\0"].concat())).is_good(), "{path} is longer");
        assert!(!with(Some([&content[..], &[0; 32]].concat())).is_good(), "{path} has a hash more");
    }
}

#[test]
fn a_log_that_was_shortened_or_swapped_is_found() {
    let log = Log::of(600);
    let mut entries = log.entries.clone();
    entries.swap(10, 11);
    let swapped = Log::with(entries);
    for path in ["tile/entries/000", "tile/0/000", "tile/1/000.p/2"] {
        let mut tampered = log.clone();
        tampered.files.insert(path.into(), swapped.files[path].clone());
        assert!(!tampered.verify().is_good(), "{path}");
    }
    let mut tampered = swapped.clone();
    tampered.files.insert("checkpoint".into(), log.files["checkpoint"].clone());
    assert_eq!(kinds(&tampered.verify()), ["root_differs"]);
}

#[test]
fn wider_tiles_and_bundles_stand_in_for_those_that_are_gone() {
    let (early, late) = (Log::of(300), Log::of(520));
    let mut log = late.clone();
    log.files.insert("checkpoint".into(), early.files["checkpoint"].clone());
    assert_eq!(log.verify().findings, []);
    let (middle, mut log) = (Log::of(310), early.clone());
    for path in ["tile/entries/001.p", "tile/0/001.p"] {
        log.files.remove(&format!("{path}/44"));
        log.files.insert(format!("{path}/54"), middle.files[&format!("{path}/54")].clone());
    }
    assert_eq!(log.verify().findings, []);
}

#[test]
fn who_signs_the_whole_log_anew_is_found_by_the_key_alone() {
    let mut log = Log::of(10);
    let forger = Ed25519Signer::from_seed(ORIGIN, [66; 32]).unwrap();
    let checkpoint = Checkpoint::parse(&SignedNote::parse(&log.files["checkpoint"]).unwrap().text).unwrap();
    log.files.insert("checkpoint".into(), sign_checkpoint(&checkpoint, &[&forger]).unwrap().into_bytes());
    assert_eq!(kinds(&log.verify()), ["audit.unsigned"]);
    let unpinned = verify_log(&mut log, &[], &mut |_, _| ()).unwrap();
    assert_eq!(kinds(&unpinned), ["signer_unpinned"]);
    assert_eq!(unpinned.entries, 10, "the rest is checked all the same");
}

#[test]
fn signatures_of_others_may_come_and_go() {
    let mut log = Log::of(10);
    let witness = Ed25519Signer::witness_from_seed("witness.example/w1", [9; 32]).unwrap();
    let mut note = SignedNote::parse(&log.files["checkpoint"]).unwrap();
    note.signatures.insert(0, cosign(&note, &witness, 5).unwrap());
    log.files.insert("checkpoint".into(), note.to_string().into_bytes());
    assert!(log.verify().is_good());
    let keys: [VerifierKey; 2] = [witness.verifier_key().clone(), signer().verifier_key().clone()];
    let report = verify_log(&mut log, &keys, &mut |_, _| ()).unwrap();
    assert_eq!((report.findings, report.signed_by.len()), (vec![], 2));
}

#[test]
fn a_checkpoint_that_claims_too_much_ends_at_the_first_entries_that_are_missing() {
    let mut log = Log::of(256);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: u64::MAX, root: beleg::audit::empty_root(), extensions: vec![] };
    log.files.insert("checkpoint".into(), sign_checkpoint(&checkpoint, &[&signer()]).unwrap().into_bytes());
    assert_eq!(kinds(&log.verify()), ["bundle_missing"]);
}

#[test]
fn findings_are_bounded() {
    let mut log = Log::of(256 * 130);
    for (path, content) in &mut log.files {
        if path.starts_with("tile/0/") {
            content[0] ^= 1;
        }
    }
    let report = log.verify();
    assert_eq!(report.findings.len(), 101);
    assert_eq!(report.findings[100].kind, "too_many_findings");
}

#[test]
fn an_error_of_the_source_or_of_the_caller_ends_it() {
    struct Broken;
    impl beleg::audit::LogSource for Broken {
        fn read(&mut self, _: &str) -> beleg::Result<Option<Vec<u8>>> {
            Err(beleg::Error::new(beleg::ErrorKind::Environment, "io.failed", "the disk is gone"))
        }
    }
    assert_eq!(verify_log(&mut Broken, &[], &mut |_, _| ()).unwrap_err().code(), "io.failed");
    let mut stop = |_: u64, _: &[u8]| Err(beleg::Error::new(beleg::ErrorKind::Cancelled, "document.cancelled", "stop"));
    let error = verify_log_entries(&mut Log::of(3), &[], &mut |_, _| (), &mut stop).unwrap_err();
    assert_eq!(error.kind(), beleg::ErrorKind::Cancelled);
}
