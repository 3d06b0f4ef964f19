use beleg::audit::{Checkpoint, Ed25519Signer, Policy, SignedNote, Signer, cosign, empty_root, sign_checkpoint};

use crate::log::{ORIGIN, signer};

fn witness(number: u8) -> Ed25519Signer {
    Ed25519Signer::witness_from_seed(&format!("witness.example/{number}"), [100 + number; 32]).unwrap()
}

fn key(number: u8) -> String {
    witness(number).verifier_key().to_string()
}

/// The example of <https://c2sp.org/tlog-policy>, with keys and with what may stand between.
fn example() -> String {
    format!(
        "# comment ä\n\n log {}\thttps://log.example/ \nwitness X1 {}\nwitness X2 {}\nwitness X3 {} https://x3.example\n\
         group X-witnesses 2 X1 X2 X3\n  # another\nwitness Y1 {}\nwitness Y2 {}\nwitness Y3 {}\ngroup Y-witnesses any Y1 Y2 Y3\n\
         group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
        signer().verifier_key(),
        key(1),
        key(2),
        key(3),
        key(4),
        key(5),
        key(6)
    )
}

fn note(witnesses: &[u8]) -> SignedNote {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 9, root: empty_root(), extensions: vec![] };
    let mut note = SignedNote::parse(sign_checkpoint(&checkpoint, &[&signer()]).unwrap().as_bytes()).unwrap();
    for number in witnesses {
        note.signatures.push(cosign(&note, &witness(*number), 1_700_000_000 + u64::from(*number)).unwrap());
    }
    note
}

#[test]
fn the_example_of_the_specification_is_read_and_written() {
    let policy: Policy = example().parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len(), policy.groups().len()), (1, 6, 3));
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example/"));
    assert_eq!(policy.groups()[2].threshold, 2);
    assert_eq!(policy.quorum(), Some("X-and-Y"));
    let written = policy.to_string();
    assert_eq!(written.parse::<Policy>().unwrap(), policy);
    assert!(written.contains("witness X3 witness.example/3+"), "{written}");
}

#[test]
fn a_quorum_is_reached_by_those_that_the_policy_asks_for() {
    let policy: Policy = example().parse().unwrap();
    for (witnesses, reached) in [
        (&[1, 2, 4][..], true),
        (&[2, 3, 6, 5], true),
        (&[1, 2], false),
        (&[1, 4, 5, 6], false),
        (&[], false),
        (&[1, 2, 3, 4, 5, 6], true),
    ] {
        let report = policy.satisfied(&note(witnesses)).unwrap();
        assert_eq!((report.quorum, report.satisfied), (reached, reached), "{witnesses:?}");
        assert_eq!((report.witnesses.len(), report.known_witnesses), (witnesses.len(), 6));
        assert_eq!(report.log.as_deref(), Some(ORIGIN));
        let names: Vec<&str> = report.witnesses.iter().map(|witness| witness.name.as_str()).collect();
        assert_eq!(policy.is_enough(&names), reached, "{names:?}");
    }
    assert!(!policy.is_enough(&["X-and-Y", "X-witnesses", "Y-witnesses", "stranger"]), "groups have no voice of their own");
    let report = policy.satisfied(&note(&[2, 4])).unwrap();
    assert_eq!((report.groups[0].have, report.groups[0].threshold, report.groups[0].members), (1, 2, 3));
    assert_eq!((report.witnesses[0].name.as_str(), report.witnesses[0].time), ("X2", 1_700_000_002));
}

#[test]
fn a_log_must_have_signed_and_a_wrong_signature_condemns_the_note() {
    let policy: Policy = example().parse().unwrap();
    let mut unsigned = note(&[1, 2, 4]);
    unsigned.signatures.remove(0);
    let report = policy.satisfied(&unsigned).unwrap();
    assert_eq!((report.log, report.quorum, report.satisfied), (None, true, false));
    let mut forged = note(&[1, 2, 4]);
    forged.signatures[2].signature[20] ^= 1;
    assert_eq!(policy.satisfied(&forged).unwrap_err().code(), "audit.signature");
    let alone = Policy::of_log(signer().verifier_key().clone()).unwrap();
    assert!(alone.satisfied(&note(&[])).unwrap().satisfied);
    assert!(!alone.satisfied(&unsigned).unwrap().satisfied);
    assert_eq!(Policy::of_log(witness(1).verifier_key().clone()).unwrap_err().code(), "audit.policy");
    let any: Policy = "quorum none\n".parse().unwrap();
    assert!(any.satisfied(&unsigned).unwrap().satisfied, "the log is known from elsewhere");
}

#[test]
fn what_a_policy_must_not_say_is_refused() {
    let (log, a, b) = (signer().verifier_key().to_string(), key(1), key(2));
    for wrong in [
        String::new(),
        "\n".into(),
        "quorum none".into(),
        "quorum none\nquorum none\n".into(),
        "quorum a\n".into(),
        format!("quorum a\nwitness a {a}\n"),
        format!("witness none {a}\nquorum none\n"),
        format!("witness a {a}\nwitness a {b}\nquorum a\n"),
        format!("witness a {a}\nwitness b {a}\nquorum a\n"),
        format!("witness a {log}\nquorum a\n"),
        format!("log {a}\nquorum none\n"),
        format!("log {log}\nlog {log}\nquorum none\n"),
        format!("log {log} https://a https://b\nquorum none\n"),
        format!("witness a {a}\ngroup g all\nquorum g\n"),
        format!("witness a {a}\ngroup g 0 a\nquorum g\n"),
        format!("witness a {a}\ngroup g 2 a\nquorum g\n"),
        format!("witness a {a}\ngroup g 01 a\nquorum g\n"),
        format!("witness a {a}\ngroup g any a a\nquorum g\n"),
        format!("witness a {a}\ngroup g any a\ngroup h any a\nquorum g\n"),
        format!("witness a {a}\ngroup g any b\nwitness b {b}\nquorum g\n"),
        "group g any g\nquorum g\n".into(),
        "group g any none\nquorum g\n".into(),
        format!("witness a {a}\r\nquorum a\r\n"),
        "what ever\nquorum none\n".into(),
        "quorum none\0\n".into(),
        "# \u{7f}\nquorum none\n".into(),
        "log x\nquorum none\n".into(),
    ] {
        assert_eq!(wrong.parse::<Policy>().unwrap_err().code(), "audit.policy", "{wrong}");
    }
    assert!(Policy::parse(b"# \xff opaque\nquorum none\n").is_ok(), "comments are opaque");
    assert!(Policy::parse(b"witness \xff x\nquorum none\n").is_err());
}
