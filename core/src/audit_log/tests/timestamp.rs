//! Against a time stamp authority of OpenSSL behind a server in this process.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use super::{
    super::{AuditLog, MemoryKeyStore},
    leaves, search,
    server::{Reply, Request, Server, impatient, transport},
    witness::{Witness, local, policy},
};
use crate::{
    audit::{
        Timestamp, TimestampRequest,
        bundle::{verify_bundle, write_bundle},
    },
    record::Recorder,
};

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    output.unwrap_or_else(|error| panic!("openssl is missing ({error}); run: apt-get install -y openssl"))
}

fn done(folder: &Path, arguments: &[&str]) {
    let output = openssl(folder, arguments);
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate authority, and a time stamp authority that it certified; the configuration `other` takes no SHA-256.
fn authority(folder: &Path) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    done(
        folder,
        &[&["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem"], &key[..]].concat(),
    );
    done(folder, &[&["req", "-new", "-subj", "/CN=Test TSA", "-keyout", "tsa.key", "-out", "tsa.csr"], &key[..]].concat());
    fs::write(folder.join("extensions"), "extendedKeyUsage = critical,timeStamping\n").unwrap();
    done(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "extensions",
            "-out",
            "tsa.pem",
        ],
    );
    for (name, digests) in [("tsa", "sha256"), ("other", "sha512")] {
        let settings = format!(
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\ncerts = ca.pem\nsigner_key = tsa.key\n\
             signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = {digests}\naccuracy = secs:1\nclock_precision_digits = 3\n\
             ordering = yes\ntsa_name = yes\ness_cert_id_alg = sha256\n"
        );
        fs::write(folder.join(format!("{name}.cnf")), settings).unwrap();
    }
}

/// What the authority answers to a request.
fn reply(folder: &Path, config: &str, request: &[u8]) -> Vec<u8> {
    fs::write(folder.join("request.tsq"), request).unwrap();
    done(folder, &["ts", "-reply", "-config", config, "-queryfile", "request.tsq", "-out", "reply.tsr"]);
    fs::read(folder.join("reply.tsr")).unwrap()
}

fn stamps(bytes: Vec<u8>) -> Reply {
    Reply::With(200, "application/timestamp-reply", bytes)
}

async fn log_of(folder: &Path) -> AuditLog {
    let log = local(folder, Arc::new(MemoryKeyStore::default()));
    log.record(search("one")).await.unwrap();
    log.close().await.unwrap();
    log
}

/// Like `openssl ts -verify`, on the objects of the corpus as they lie there.
fn verified(at: &Path, stamp: &str, data: &str, ca: &Path) -> bool {
    openssl(at, &["ts", "-verify", "-in", stamp, "-data", data, "-CAfile", ca.to_str().unwrap()]).status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_stamp_over_a_checkpoint_is_kept_put_on_record_and_verified_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let (tsa, at) = (folder.path().join("tsa"), folder.path().join("corpus"));
    fs::create_dir(&tsa).unwrap();
    authority(&tsa);
    let log = log_of(&at).await;
    let one = Mutex::new(tsa.clone());
    let server = Server::new(move |request: &Request| {
        assert_eq!((request.path.as_str(), request.content_type.as_str()), ("/tsr", "application/timestamp-query"));
        stamps(reply(&one.lock().unwrap(), "tsa.cnf", &request.body))
    });
    let url = format!("{}/tsr", server.url);
    let stamped = log.timestamp(&url, transport(), &impatient()).await.unwrap();
    let size = stamped.published.checkpoint.size;
    assert_eq!((stamped.name.as_str(), stamped.checkpoint_name.as_str()), ("audit/1/anchors/2.tsr", "audit/1/checkpoints/2"));
    assert!(stamped.timestamp.is_of(&stamped.published.note) && stamped.timestamp.policy == "1.2.3.4.1");
    let age = crate::env::Clock::now(&crate::env::System).as_second() - stamped.timestamp.time.as_second();
    assert!((-5..60).contains(&age), "{age}");
    let ca = tsa.join("ca.pem");
    assert!(verified(&at, &stamped.name, &stamped.checkpoint_name, &ca));
    assert!(!verified(&at, &stamped.name, "audit/1/tile/0/000.p/2", &ca), "of nothing else");

    let entry = leaves(&log).await.pop().unwrap();
    assert_eq!((entry.r#type.as_str(), entry.counts["size"]), ("anchor", size));
    assert_eq!(entry.versions["authority"], server.url.strip_prefix("http://").unwrap());
    assert_eq!(entry.versions["time"], stamped.timestamp.time.to_string());

    // A second one of the same checkpoint stands beside it.
    let second = log.timestamp(&url, transport(), &impatient()).await.unwrap();
    assert_eq!(second.name, "audit/1/anchors/2-2.tsr");
    assert!(verified(&at, &second.name, &second.checkpoint_name, &ca));
    let names: Vec<String> = log.anchors(size).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [stamped.name, second.name]);
    assert!(log.anchors(1).unwrap().is_empty(), "another checkpoint");
    let evidence = log.evidence(size).unwrap();
    assert_eq!(evidence.note, stamped.published.note);
    assert_eq!(
        evidence.anchors.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["anchors/1.tsr", "anchors/2.tsr", "anchors/checkpoint"]
    );
    log.close().await.unwrap();
    assert!(log.verify(Vec::new(), None).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_the_one_asked_for_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (tsa, at) = (folder.path().join("tsa"), folder.path().join("corpus"));
    fs::create_dir(&tsa).unwrap();
    authority(&tsa);
    let log = log_of(&at).await;
    let note = log.published(None).unwrap().note;
    let other_data = reply(&tsa, "tsa.cnf", &TimestampRequest::new(b"other data", [1; 8]).to_der());
    let other_nonce = reply(&tsa, "tsa.cnf", &TimestampRequest::new(&note, [1; 8]).to_der());
    let refused = reply(&tsa, "other.cnf", &TimestampRequest::new(&note, [1; 8]).to_der());
    // Without the certificate, as one without `certReq` is answered.
    let mut bare = TimestampRequest::new(&note, [1; 8]).to_der();
    bare.truncate(bare.len() - 3);
    bare[1] -= 3;
    let bare = reply(&tsa, "tsa.cnf", &bare);
    let next = Arc::new(Mutex::new(None));
    let replies = next.clone();
    let server = Server::new(move |_| replies.lock().unwrap().take().unwrap());
    for (reply, expected) in [
        (stamps(other_data), "audit.timestamp_differs"),
        (stamps(other_nonce), "audit.timestamp_differs"),
        (stamps(refused), "audit.timestamp_refused"),
        (stamps(bare), "audit.timestamp"),
        (stamps(b"<html></html>".to_vec()), "audit.timestamp"),
        (stamps(Vec::new()), "audit.timestamp"),
        (Reply::With(404, "text/html", Vec::new()), "audit.timestamp_status"),
        (Reply::Long(1 << 20), "audit.answer_too_long"),
    ] {
        *next.lock().unwrap() = Some(reply);
        let error = log.timestamp(&server.url, transport(), &impatient()).await.unwrap_err();
        assert_eq!(error.code(), expected, "{error:?}");
    }
    assert_eq!(log.timestamp("ftp://tsa.example", transport(), &impatient()).await.unwrap_err().code(), "audit.address");
    assert!(log.anchors(2).unwrap().is_empty());
    assert_eq!(leaves(&log).await.len(), 2, "nothing on record");
}

#[test]
fn an_answer_cut_at_any_byte_or_with_more_behind_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path());
    let request = TimestampRequest::new(b"checkpoint", [5; 8]);
    let response = reply(folder.path(), "tsa.cnf", &request.to_der());
    let stamp = request.accept(&response).unwrap();
    assert!(stamp.is_of(b"checkpoint") && !stamp.is_of(b"another"));
    for length in 0..response.len() {
        assert_eq!(request.accept(&response[..length]).unwrap_err().code(), "audit.timestamp", "cut at {length}");
    }
    let more = [response.as_slice(), b"\0"].concat();
    assert_eq!(request.accept(&more).unwrap_err().code(), "audit.timestamp");
    // Whatever byte is another one: it is refused, or what it says of the data is the same. The signature is for OpenSSL.
    for at in 0..response.len() {
        let mut other = response.clone();
        other[at] ^= 1;
        if let Ok(stamp) = request.accept(&other) {
            assert!(stamp.is_of(b"checkpoint"), "byte {at}");
        }
    }
    let of_another = TimestampRequest::new(b"another", [5; 8]);
    assert_eq!(of_another.accept(&response).unwrap_err().code(), "audit.timestamp_differs");
    assert!(Timestamp::parse(&vec![0x30; 1 << 20]).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_holds_the_cosigned_checkpoint_and_what_was_stamped() {
    let folder = tempfile::tempdir().unwrap();
    let (tsa, at) = (folder.path().join("tsa"), folder.path().join("corpus"));
    fs::create_dir(&tsa).unwrap();
    authority(&tsa);
    let log = log_of(&at).await;
    let signing = tsa.clone();
    let server = Server::new(move |request: &Request| stamps(reply(&signing, "tsa.cnf", &request.body)));
    let witness = Witness::new("one.example", 1, &log);
    let witness_server = witness.serve();
    let policy = policy(&[("W", &witness, &witness_server)], "quorum W\n");
    let plain = log.timestamp(&server.url, transport(), &impatient()).await.unwrap().published;
    let cosigned = log.witness(&policy, transport(), &impatient()).await.unwrap().published;
    assert_eq!(plain.checkpoint, cosigned.checkpoint);

    let evidence = log.evidence(plain.checkpoint.size).unwrap();
    assert_eq!(evidence.note, cosigned.note);
    let mut files: BTreeMap<String, Vec<u8>> = evidence.anchors.into_iter().collect();
    files.insert("checkpoint".to_owned(), evidence.note);
    files.insert("policy".to_owned(), evidence.policy.to_string().into_bytes());
    let unpacked = folder.path().join("bundle");
    fs::create_dir_all(unpacked.join("anchors")).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(unpacked.join(name), bytes).unwrap());
    assert!(verified(&unpacked, "anchors/1.tsr", "anchors/checkpoint", &tsa.join("ca.pem")));

    let keys = [log.verifier_key().unwrap()];
    let report = |files: &BTreeMap<String, Vec<u8>>| verify_bundle(&write_bundle(files).unwrap(), &keys).unwrap();
    let found = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
        let findings = report(files).findings;
        // It is no whole bundle: what is not there is found as well.
        findings.into_iter().filter(|finding| finding.kind == "timestamp").map(|finding| finding.where_).collect()
    };
    let existed = report(&files).assurance.existed_before;
    assert_eq!((existed.by, existed.witnesses.as_slice()), ("witnesses", &["one.example".to_owned()][..]));
    assert_eq!(existed.timestamps, ["anchors/1.tsr"]);
    assert_eq!(found(&files), [""; 0]);

    let with = |name: &str, bytes: Option<&[u8]>| {
        let mut files = files.clone();
        match bytes {
            Some(bytes) => files.insert(name.to_owned(), bytes.to_vec()),
            None => files.remove(name),
        };
        files
    };
    let other = reply(&tsa, "tsa.cnf", &TimestampRequest::new(b"another", [1; 8]).to_der());
    assert_eq!(found(&with("anchors/1.tsr", Some(&other))), ["anchors/1.tsr"]);
    assert_eq!(found(&with("anchors/1.tsr", Some(b"garbage"))), ["anchors/1.tsr"]);
    assert_eq!(found(&with("anchors/checkpoint", None)), ["anchors/1.tsr"], "it is over the checkpoint without cosignatures");
    let note = String::from_utf8(plain.note).unwrap().replace("\n2\n", "\n3\n");
    assert_eq!(found(&with("anchors/checkpoint", Some(note.as_bytes()))), ["anchors/checkpoint", "anchors/1.tsr"]);
}
