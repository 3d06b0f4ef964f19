//! Logs that are to sign with ML-DSA-44 beside Ed25519.

use super::*;

fn asked() -> AuditOptions {
    AuditOptions { ml_dsa: true, ..options() }
}

#[cfg(not(feature = "ml-dsa"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_build_without_it_says_so_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
    let seams = || seams(Arc::new(LocalBlobs::new(folder.path())), keys.clone());
    let error = AuditLog::local(folder.path(), seams(), asked()).err().unwrap();
    assert_eq!(error.code(), "audit.ml_dsa_unsupported");
    let log = on_disk(folder.path(), keys.clone(), Arc::new(LocalDisk), asked());
    assert_eq!(log.record(search("one")).await.unwrap_err().code(), "audit.ml_dsa_unsupported");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(feature = "ml-dsa")]
mod with_it {
    use super::*;
    use crate::audit::{Ed25519Signer, KeyKind, MlDsaSigner, SignedNote, Signer, VerifierKey, open_checkpoint};
    use crate::audit_log::{Erased, SubjectKey};

    fn log_at(folder: &Path, keys: Arc<dyn KeyStore>, options: AuditOptions) -> AuditLog {
        AuditLog::local(folder, seams(Arc::new(LocalBlobs::new(folder)), keys), options).unwrap()
    }

    fn signed_by(note: &[u8], keys: &[VerifierKey]) -> usize {
        SignedNote::parse(note).unwrap().signed_by(keys).unwrap().len()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_checkpoint_has_a_line_of_both_kinds_and_each_kind_verifies_it() {
        let place = tempfile::tempdir().unwrap();
        let at = place.path().join("keys");
        let keys = || Arc::new(LocalKeyStore::new(&at)) as Arc<dyn KeyStore>;
        let log = log_at(&place.path().join("a"), keys(), asked());
        log.record(search("one")).await.unwrap();
        log.publish().await.unwrap();
        log.record(search("two")).await.unwrap();
        log.close().await.unwrap();
        let both = log.verifier_keys().unwrap();
        assert_eq!(both.iter().map(VerifierKey::kind).collect::<Vec<_>>(), [KeyKind::Ed25519, KeyKind::MlDsa44]);
        assert_eq!(both[0], log.verifier_key().unwrap());
        for size in fs::read_dir(place.path().join("a/audit/1/checkpoints")).unwrap() {
            let note = fs::read(size.unwrap().path()).unwrap();
            assert_eq!(signed_by(&note, &both), 2);
            both.iter().for_each(|key| drop(open_checkpoint(&note, std::slice::from_ref(key)).unwrap()));
        }
        for keys in [vec![], both.clone(), both[..1].to_vec(), both[1..].to_vec()] {
            assert!(log.verify(keys, None).await.unwrap().is_ok());
        }
        // The keys are the same the next time, and nobody else reads them.
        assert_eq!(log_at(&place.path().join("a"), keys(), asked()).verifier_keys().unwrap(), both);
        let file = LocalKeyStore::new(&at).folder(CORPUS).join("signing-ml-dsa-44.pem");
        assert_eq!(
            &MlDsaSigner::from_pkcs8_pem(&log.origin(), &fs::read_to_string(&file).unwrap()).unwrap().verifier_key().clone(),
            &both[1]
        );
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_line_that_was_taken_away_is_missed() {
        let place = tempfile::tempdir().unwrap();
        let log = log_at(place.path(), Arc::new(MemoryKeyStore::default()), asked());
        log.record(search("one")).await.unwrap();
        log.close().await.unwrap();
        let file = place.path().join("audit/1/checkpoint");
        let mut note = SignedNote::parse(&fs::read(&file).unwrap()).unwrap();
        note.signatures.pop();
        fs::write(&file, note.to_string()).unwrap();
        for keys in [vec![], log.verifier_keys().unwrap()] {
            let findings = log.verify(keys, None).await.unwrap().report.findings;
            assert_eq!(findings.first().map(|finding| finding.kind), Some("audit.unsigned"), "{findings:?}");
        }
        assert!(log.verify(log.verifier_keys().unwrap()[..1].to_vec(), None).await.unwrap().is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_may_begin_and_cease_to_sign_so() {
        let place = tempfile::tempdir().unwrap();
        let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::default());
        for (options, lines) in [(options(), 1), (asked(), 2), (options(), 1)] {
            let log = log_at(place.path(), keys.clone(), options);
            let size = log.checkpoint().unwrap().map(|published| published.checkpoint.size);
            assert!(size.is_none() || log.verify(vec![], None).await.unwrap().is_ok(), "before there is a new checkpoint");
            log.record(search("one")).await.unwrap();
            let published = log.close().await.unwrap().unwrap();
            assert_eq!(SignedNote::parse(&published.note).unwrap().signatures.len(), lines);
            assert!(log.verify(vec![], None).await.unwrap().is_ok());
            let evidence = log.evidence(published.checkpoint.size).unwrap();
            assert_eq!(evidence.policy.logs().len(), lines, "a bundle's policy names those that signed");
            if let Some(size) = size.filter(|_| lines == 2) {
                assert_eq!(log.evidence(size).unwrap().policy.logs().len(), 1, "and no key that came later");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn both_keys_are_rotated_and_those_of_before_say_so() {
        let place = tempfile::tempdir().unwrap();
        let keys: Arc<dyn KeyStore> = Arc::new(LocalKeyStore::new(place.path().join("keys")));
        let log = log_at(&place.path().join("a"), keys, asked());
        log.record(search("one")).await.unwrap();
        let former = log.verifier_keys().unwrap();
        let key = log.rotate_key().await.unwrap();
        let new = log.verifier_keys().unwrap();
        assert!(new[0] == key && former.iter().zip(&new).all(|(former, new)| former != new));
        assert_eq!(signed_by(&log.published(None).unwrap().note, &[former.clone(), new.clone()].concat()), 4);
        log.record(search("two")).await.unwrap();
        let after = log.close().await.unwrap().unwrap();
        assert_eq!((signed_by(&after.note, &former), signed_by(&after.note, &new)), (0, 2));
        assert!(log.verify(new.clone(), None).await.unwrap().is_ok());
        let rotation = leaves(&log).await.into_iter().find(|leaf| leaf.r#type == "key.rotate").unwrap();
        assert_eq!(rotation.versions["former_ml_dsa_key"], former[1].to_string());
        assert_eq!(rotation.versions["new_ml_dsa_key"], new[1].to_string());
        assert!(rotation.versions.contains_key("ml_dsa_signature"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keys_from_outside_sign_and_are_not_rotated() {
        let place = tempfile::tempdir().unwrap();
        let pem = MlDsaSigner::from_seed("any", [3; 32]).unwrap().to_pkcs8_pem();
        let at = place.path().join("keys");
        let store = LocalKeyStore::new(&at).with_ml_dsa_signing_key(pem.as_str()).unwrap();
        let folder = store.folder(CORPUS);
        let log = log_at(&place.path().join("a"), Arc::new(store), asked());
        log.record(search("one")).await.unwrap();
        let keys = log.verifier_keys().unwrap();
        assert_eq!(keys[1].public(), MlDsaSigner::from_seed("any", [3; 32]).unwrap().verifier_key().public());
        assert!(!folder.join("signing-ml-dsa-44.pem").exists() && folder.join("signing.pem").exists());
        assert_eq!(log.rotate_key().await.unwrap_err().code(), "keys.external");
        assert_eq!(log.verifier_keys().unwrap(), keys, "neither is another one");
        let ed25519 = Ed25519Signer::from_seed("any", [3; 32]).unwrap().to_pkcs8_pem();
        let error = LocalKeyStore::new(&at).with_ml_dsa_signing_key(ed25519.as_str()).err().unwrap();
        assert_eq!(error.code(), "audit.ml_dsa_private_key");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_store_without_such_a_key_says_so_before_anything_is_written() {
        /// A host's own, which knows one kind.
        struct Plain(MemoryKeyStore);
        impl KeyStore for Plain {
            fn signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
                self.0.signer(corpus, name)
            }
            fn rotate(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
                self.0.rotate(corpus, name)
            }
            fn subjects(&self, corpus: Uuid, wanted: &[Subject]) -> Result<Vec<SubjectKey>> {
                self.0.subjects(corpus, wanted)
            }
            fn find(&self, corpus: Uuid, subject: &Subject) -> Result<Option<SubjectKey>> {
                self.0.find(corpus, subject)
            }
            fn resolve(&self, corpus: Uuid, pseudonym: Uuid) -> Result<Option<(Subject, SubjectKey)>> {
                self.0.resolve(corpus, pseudonym)
            }
            fn destroy(&self, corpus: Uuid, subjects: &[Subject]) -> Result<Vec<Uuid>> {
                self.0.destroy(corpus, subjects)
            }
            fn checkpoint(&self, corpus: Uuid) -> Result<Option<Vec<u8>>> {
                self.0.checkpoint(corpus)
            }
            fn advance(&self, corpus: Uuid, expected: Option<&[u8]>, checkpoint: &[u8]) -> Result<bool> {
                self.0.advance(corpus, expected, checkpoint)
            }
            fn erasures(&self, corpus: Uuid) -> Result<Vec<Erased>> {
                self.0.erasures(corpus)
            }
            fn remember_erasure(&self, corpus: Uuid, erased: &[Erased]) -> Result<()> {
                self.0.remember_erasure(corpus, erased)
            }
            fn copy(&self, from: Uuid, to: Uuid) -> Result<()> {
                self.0.copy(from, to)
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let log = log_at(folder.path(), Arc::new(Plain(MemoryKeyStore::default())), asked());
        assert_eq!(log.record(search("one")).await.unwrap_err().code(), "keys.no_ml_dsa");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
