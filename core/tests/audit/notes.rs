use beleg::audit::{
    Checkpoint, Ed25519Signer, KeyKind, NoteSignature, SignedNote, Signer, TlogProof, VerifierKey, cosign, empty_root,
    open_checkpoint, sign_checkpoint,
};
use proptest::prelude::*;
use signed_note::{Note, StandardVerifier, VerifierList};

use crate::log::{ORIGIN, signer};

/// From <https://c2sp.org/signed-note>.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// From <https://c2sp.org/tlog-cosignature>.
const COSIGNED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

pub(crate) fn keys() -> Vec<VerifierKey> {
    vec![signer().verifier_key().clone()]
}

pub(crate) fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size, root: empty_root(), extensions: vec![] }
}

fn signed() -> String {
    sign_checkpoint(&checkpoint(20_852_163), &[&signer()]).unwrap()
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    let note = SignedNote::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), EXAMPLE);
    assert_eq!(note.signed_by(std::slice::from_ref(&key)).unwrap(), [&key]);
    let other = EXAMPLE.replace("example message", "exemple message");
    assert_eq!(SignedNote::parse(other.as_bytes()).unwrap().signed_by(&[key]).unwrap_err().code(), "audit.signature");
}

#[test]
fn the_cosigned_checkpoint_of_the_specification_is_read_and_written_back() {
    let note = SignedNote::parse(COSIGNED.as_bytes()).unwrap();
    assert_eq!(note.to_string(), COSIGNED);
    let checkpoint = Checkpoint::parse(&note.text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.body(), note.text);
    assert_eq!(note.signatures[1].time(), Some(1_679_315_147));
}

#[test]
fn a_checkpoint_that_we_sign_is_opened_by_us_and_by_signed_note() {
    let text = signed();
    let (opened, note) = open_checkpoint(text.as_bytes(), &keys()).unwrap();
    assert_eq!((opened, note.to_string()), (checkpoint(20_852_163), text.clone()));

    let theirs = Note::from_bytes(text.as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&keys()[0].to_string()).unwrap();
    let (verified, _) = theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(verified.len(), 1);
    let body = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((body.origin(), body.size(), body.hash().0), (ORIGIN, 20_852_163, empty_root().0));
}

#[test]
fn what_signed_note_signs_we_verify() {
    let (skey, vkey) = (
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    );
    let their_signer = signed_note::StandardSigner::new(skey).unwrap();
    let mut note = Note::new("line one\n\nline two\n".as_bytes(), &[]).unwrap();
    note.add_sigs(&[&their_signer]).unwrap();
    let ours = SignedNote::parse(&note.to_bytes()).unwrap();
    assert_eq!(ours.text, "line one\n\nline two\n");
    assert_eq!(ours.signed_by(&[vkey.parse().unwrap()]).unwrap().len(), 1);
}

#[test]
fn every_flipped_bit_of_a_signed_checkpoint_is_refused() {
    let text = signed();
    for at in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[at / 8] ^= 1 << (at % 8);
        assert!(open_checkpoint(&bytes, &keys()).is_err(), "bit {at}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn every_cut_and_every_byte_too_many_is_refused() {
    let text = signed();
    for end in 0..text.len() {
        assert!(open_checkpoint(&text.as_bytes()[..end], &keys()).is_err(), "cut at {end}");
    }
    for extra in ["\n", " ", "x", "\0", "— a AAAAAAA=", "\n\n— a AAAAAAA=\n"] {
        assert!(open_checkpoint(format!("{text}{extra}").as_bytes(), &keys()).is_err(), "{extra:?}");
    }
}

#[test]
fn foreign_signatures_are_passed_over_and_known_ones_must_be_right() {
    let text = signed();
    let foreign = format!("{text}— witness.example/w1 jWbPPwAAAABkGFDL\n");
    open_checkpoint(foreign.as_bytes(), &keys()).unwrap();
    let mut note = SignedNote::parse(text.as_bytes()).unwrap();
    let mut wrong = note.signatures[0].clone();
    wrong.signature[5] ^= 1;
    note.signatures.push(wrong);
    assert_eq!(open_checkpoint(note.to_string().as_bytes(), &keys()).unwrap_err().code(), "audit.signature");
    let other = Ed25519Signer::from_seed(ORIGIN, [8; 32]).unwrap();
    let error = open_checkpoint(text.as_bytes(), &[other.verifier_key().clone()]).unwrap_err();
    assert_eq!(error.code(), "audit.unsigned");
    assert_eq!(open_checkpoint(text.as_bytes(), &[]).unwrap_err().code(), "audit.unsigned");
}

#[test]
fn a_log_signs_under_its_own_origin_only() {
    let other = Ed25519Signer::from_seed("example.com/other", [7; 32]).unwrap();
    assert_eq!(sign_checkpoint(&checkpoint(1), &[&other]).unwrap_err().code(), "audit.signer");
    let note = SignedNote::sign(&checkpoint(1).body(), &[&other]).unwrap();
    let error = open_checkpoint(note.to_string().as_bytes(), &[other.verifier_key().clone()]).unwrap_err();
    assert_eq!(error.code(), "audit.origin");
}

#[test]
fn checkpoints_have_one_spelling() {
    let body = checkpoint(10).body();
    assert_eq!(Checkpoint::parse(&body).unwrap().body(), body);
    let root = empty_root();
    for wrong in [
        String::new(),
        "\n".to_owned(),
        body[..body.len() - 1].to_owned(),
        format!("{ORIGIN}\n10\n"),
        format!("{ORIGIN}\n010\n{root}\n"),
        format!("{ORIGIN}\n+10\n{root}\n"),
        format!("{ORIGIN}\n10 \n{root}\n"),
        format!("{ORIGIN}\n-1\n{root}\n"),
        format!("{ORIGIN}\n18446744073709551616\n{root}\n"),
        format!("\n10\n{root}\n"),
        format!("{ORIGIN}\n10\n{root}\n\n"),
        format!("{ORIGIN}\n10\n{root}\nx\n\ny\n"),
        format!("{ORIGIN}\r\n10\r\n{root}\r\n"),
        format!("{ORIGIN}\n10\n{root}=\n"),
        format!("{ORIGIN}\n10\n{}\n", root.to_string().trim_end_matches('=')),
    ] {
        assert_eq!(Checkpoint::parse(&wrong).unwrap_err().code(), "audit.checkpoint", "{wrong:?}");
    }
    let extended = Checkpoint { extensions: vec!["one".into(), "two".into()], ..checkpoint(u64::MAX) };
    assert_eq!(Checkpoint::parse(&extended.body()).unwrap(), extended);
    for bad in ["", "a\nb"] {
        let origin = Checkpoint { origin: bad.into(), ..checkpoint(1) };
        let extension = Checkpoint { extensions: vec![bad.into()], ..checkpoint(1) };
        for checkpoint in [origin, extension] {
            let signer = Ed25519Signer::from_seed("a", [1; 32]).unwrap();
            assert_eq!(sign_checkpoint(&checkpoint, &[&signer]).unwrap_err().code(), "audit.bad_checkpoint");
        }
    }
}

#[test]
fn notes_with_too_many_signatures_or_bytes_are_refused() {
    let many = |count: usize| format!("text\n\n{}", "— a AAAAAAA=\n".repeat(count));
    assert!(SignedNote::parse(many(16).as_bytes()).is_ok());
    assert!(SignedNote::parse(many(128).as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(many(129).as_bytes()).unwrap_err().code(), "audit.note");
    let long = format!("{}\n\n— a AAAAAAA=\n", "x".repeat(1 << 20));
    assert_eq!(SignedNote::parse(long.as_bytes()).unwrap_err().code(), "audit.note");
}

fn witness() -> Ed25519Signer {
    Ed25519Signer::witness_from_seed("witness.example/w1", [9; 32]).unwrap()
}

#[test]
fn a_cosignature_is_of_a_witness_a_time_and_a_checkpoint() {
    let mut note = SignedNote::parse(signed().as_bytes()).unwrap();
    let key = witness().verifier_key().clone();
    assert_eq!(key.kind(), KeyKind::Cosignature);
    note.signatures.push(cosign(&note, &witness(), 1_700_000_000).unwrap());
    let text = note.to_string();
    let note = SignedNote::parse(text.as_bytes()).unwrap();
    let verified = note.verified(std::slice::from_ref(&key)).unwrap();
    assert_eq!(verified[0].1.time(), Some(1_700_000_000));
    for at in 0..72 * 8 {
        let mut flipped = note.clone();
        flipped.signatures[1].signature[at / 8] ^= 1 << (at % 8);
        assert_eq!(flipped.signed_by(std::slice::from_ref(&key)).unwrap_err().code(), "audit.signature", "bit {at}");
    }
    // A witness's key is no log's: it does not open a checkpoint.
    assert_eq!(open_checkpoint(text.as_bytes(), &[key]).unwrap_err().code(), "audit.unsigned");
    assert_eq!(cosign(&note, &signer(), 1).unwrap_err().code(), "audit.signer");
    assert_eq!(cosign(&note, &witness(), 1 << 63).unwrap_err().code(), "audit.time");
    assert_eq!(SignedNote::sign("text\n", &[&witness()]).unwrap_err().code(), "audit.signer");
}

#[cfg(feature = "ml-dsa")]
#[test]
fn an_ml_dsa_cosignature_is_of_a_witness_a_time_and_a_checkpoint() {
    let witness = beleg::audit::MlDsaSigner::from_seed("witness.example/pq", [9; 32]).unwrap();
    let key: VerifierKey = witness.verifier_key().to_string().parse().unwrap();
    let mut note = SignedNote::parse(signed().as_bytes()).unwrap();
    note.signatures.push(cosign(&note, &witness, 1_700_000_000).unwrap());
    assert_eq!(note.signatures[1].signature.len(), 8 + 2420);
    let note = SignedNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.signed_by(std::slice::from_ref(&key)).unwrap(), [&key]);
    for at in (0..2428 * 8).step_by(97) {
        let mut flipped = note.clone();
        flipped.signatures[1].signature[at / 8] ^= 1 << (at % 8);
        assert_eq!(flipped.signed_by(std::slice::from_ref(&key)).unwrap_err().code(), "audit.signature", "bit {at}");
    }
    let mut other = note.clone();
    other.text = checkpoint(1).body();
    assert!(other.signed_by(&[key]).is_err());
}

#[cfg(feature = "ml-dsa")]
#[test]
fn a_log_may_sign_with_ml_dsa_beside_ed25519() {
    let second = beleg::audit::MlDsaSigner::from_seed(ORIGIN, [9; 32]).unwrap();
    let text = sign_checkpoint(&checkpoint(5), &[&signer(), &second]).unwrap();
    let both = [signer().verifier_key().clone(), second.verifier_key().clone()];
    let (_, note) = open_checkpoint(text.as_bytes(), &both).unwrap();
    assert_eq!(note.signed_by(&both).unwrap().len(), 2);
    open_checkpoint(text.as_bytes(), &both[1..]).unwrap();
}

#[test]
fn a_proof_file_has_one_spelling() {
    let log = crate::log::Log::of(5);
    let mut proof = log.proof(3);
    let text = proof.to_string();
    assert_eq!(TlogProof::parse(text.as_bytes()).unwrap(), proof);
    proof.extra = Some(b"more".to_vec());
    let extended = proof.to_string();
    assert!(extended.starts_with("c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 3\n"));
    assert_eq!(TlogProof::parse(extended.as_bytes()).unwrap(), proof);
    let (first, rest) = text.split_once("index 3\n").unwrap();
    for wrong in [
        text.replacen("@v1", "@v2", 1),
        text.replacen("index 3", "index 03", 1),
        text.replacen("index 3", "index  3", 1),
        text.replacen("index 3", "Index 3", 1),
        text.replacen("index 3\n", "index 3\nextra AAAA\n", 1),
        text.replacen("index 3\n", "index 3\n\n", 1),
        format!("{first}extra AAAA\nextra AAAA\nindex 3\n{rest}"),
        format!("{first}index 3\n{}{rest}", format!("{}\n", empty_root()).repeat(65)),
        text.replacen("\n\n", "\n", 1),
        text.replace('\n', "\r\n"),
    ] {
        assert!(TlogProof::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn every_flipped_bit_of_a_proof_file_is_refused() {
    let log = crate::log::Log::of(7);
    let text = log.proof(4).to_string();
    let leaf = beleg::audit::leaf_hash(&log.entries[4]);
    for at in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[at / 8] ^= 1 << (at % 8);
        let verified = TlogProof::parse(&bytes).and_then(|proof| {
            assert_eq!(proof.to_string().as_bytes(), bytes, "bit {at}: what is read is written back");
            proof.verify(&leaf, &keys())
        });
        assert!(verified.is_err(), "bit {at}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_back(text in "[ -~\u{e4}\u{20ac}\n]{0,40}", name in "[a-z/.]{1,9}", bytes in prop::collection::vec(any::<u8>(), 1..90)) {
        let signature = NoteSignature { name, id: [1, 2, 3, 4], signature: bytes };
        let note = SignedNote { text: format!("{text}\n"), signatures: vec![signature] };
        prop_assert_eq!(SignedNote::parse(note.to_string().as_bytes()).unwrap(), note);
    }

    #[test]
    fn noise_never_panics_and_reads_as_it_is_written(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(.|\n|— a AAAAAAA=\n){0,20}") {
        for noise in [&bytes[..], text.as_bytes()] {
            if let Ok(note) = SignedNote::parse(noise) {
                let written = note.to_string();
                prop_assert_eq!(written.as_bytes(), noise);
            }
            let _ = TlogProof::parse(noise);
            let _ = beleg::audit::Policy::parse(noise);
            let _ = beleg::audit::parse_canonical(noise);
            let _ = beleg::audit::decode_bundle(noise);
        }
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<VerifierKey>();
    }
}
