//! Files that end within something: what was whole is kept, and nothing else is made of the rest.

use std::{fs, path::Path, sync::Arc};

use super::{
    super::{AuditLog, KeyStore, LocalKeyStore, MemoryKeyStore, Subject, VaultRecord},
    CORPUS, local, search,
};
use crate::{
    record::Recorder,
    store::{Appended, LocalSequencer, Sequencer},
};

#[test]
fn a_write_ahead_file_cut_at_any_byte_gives_what_was_whole_and_goes_on_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("written");
    let item = |n: usize| Appended { entry: format!("entry {n}").into_bytes(), sealed: vec![n as u8; n] };
    let sequencer = LocalSequencer::new(&written);
    let mut ends = Vec::new();
    let file = || fs::read_dir(&written).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "wal"));
    for n in 0..6 {
        sequencer.append_batch(&[item(n)]).unwrap();
        ends.push(fs::metadata(file().unwrap()).unwrap().len());
    }
    let (path, bytes) = (file().unwrap(), fs::read(file().unwrap()).unwrap());
    for length in 24..=bytes.len() {
        let cut = folder.path().join(format!("cut-{length}"));
        fs::create_dir(&cut).unwrap();
        fs::write(cut.join(path.file_name().unwrap()), &bytes[..length]).unwrap();
        let whole = ends.iter().filter(|end| **end <= length as u64).count();
        let again = LocalSequencer::new(&cut);
        assert_eq!(again.append_batch(&[item(99)]).unwrap(), whole as u64, "cut at {length}");
        let mut found = Vec::new();
        again
            .read(0, &mut |_, entry, sealed| {
                found.push((entry.to_vec(), sealed.to_vec()));
                Ok(())
            })
            .unwrap();
        let expected: Vec<_> = (0..whole).chain([99]).map(|n| (item(n).entry, item(n).sealed)).collect();
        assert_eq!(found, expected, "cut at {length}");
    }
    // The header is whole before the file has its name: without it the file is damaged, and that is said.
    for length in 0..24 {
        let cut = folder.path().join(format!("cut-{length}"));
        fs::create_dir(&cut).unwrap();
        fs::write(cut.join(path.file_name().unwrap()), &bytes[..length]).unwrap();
        assert_eq!(LocalSequencer::new(&cut).append_batch(&[item(0)]).unwrap_err().code(), "audit.wal_damaged");
    }
}

#[test]
fn a_key_store_cut_at_any_byte_gives_the_keys_that_were_whole_and_takes_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let subject = |n: u32| Subject::Person(format!("person {n}"));
    let store = LocalKeyStore::new(folder.path().join("whole"));
    let mut ends = Vec::new();
    let path = store.folder(CORPUS).join("subjects");
    let keys: Vec<_> = (0..4)
        .map(|n| {
            let key = store.subjects(CORPUS, &[subject(n)]).unwrap().pop().unwrap();
            ends.push(fs::metadata(&path).unwrap().len());
            key
        })
        .collect();
    let bytes = fs::read(&path).unwrap();
    for length in 0..=bytes.len() {
        let cut = LocalKeyStore::new(folder.path().join(format!("cut-{length}")));
        fs::create_dir_all(cut.folder(CORPUS)).unwrap();
        fs::write(cut.folder(CORPUS).join("subjects"), &bytes[..length]).unwrap();
        for (n, (key, end)) in (0..).zip(keys.iter().zip(&ends)) {
            let found = cut.find(CORPUS, &subject(n)).unwrap().map(|key| (key.pseudonym, *key.key));
            let expected = (*end <= length as u64).then(|| (key.pseudonym, *key.key));
            assert_eq!(found, expected, "cut at {length}");
        }
        let new = cut.subjects(CORPUS, &[subject(9)]).unwrap().pop().unwrap();
        let reopened = LocalKeyStore::new(folder.path().join(format!("cut-{length}")));
        assert_eq!(reopened.find(CORPUS, &subject(9)).unwrap().unwrap().pseudonym, new.pseudonym, "cut at {length}");
    }
}

/// A log with four payloads, the second of them removed; the name of the vault's only object, and where it lies.
async fn sealed(folder: &Path, fills_a_bundle: bool) -> (AuditLog, String) {
    let log = local(folder, Arc::new(MemoryKeyStore::default()));
    for n in 1..=4 {
        log.record(search(&format!("question {n}"))).await.unwrap();
    }
    if fills_a_bundle {
        log.append(vec![b"{}".to_vec(); 251]).await.unwrap();
    }
    log.close().await.unwrap();
    log.remove_payloads(vec![2]).await.unwrap();
    log.close().await.unwrap();
    let name = if fills_a_bundle { "vault/1/000".to_owned() } else { format!("vault/1/000.p/{:020}", 4) };
    assert!(folder.join(&name).is_file(), "{name}");
    (log, name)
}

/// What is read beside an entry: the number of its question, `None` when it was removed, or the object that is damaged.
async fn read(log: &AuditLog, index: u64) -> Result<Option<u64>, String> {
    match log.entry(index).await {
        Ok(entry) => Ok(entry.unwrap().payloads.first().map(|payload| match payload {
            VaultRecord::Kept { payload, .. } => {
                String::from_utf8(payload.clone()).unwrap().strip_prefix("question ").unwrap().parse().unwrap()
            }
            VaultRecord::Erased => panic!("its key is there"),
        })),
        Err(error) => {
            assert_eq!(error.code(), "audit.vault_damaged", "{error:?}");
            Err(error.context().find(|(key, _)| *key == "file").unwrap().1.to_owned())
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_object_cut_at_any_byte_gives_what_was_whole_and_else_an_error_that_names_it() {
    for fills_a_bundle in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (log, name) = sealed(folder.path(), fills_a_bundle).await;
        let (path, bytes) = (folder.path().join(&name), fs::read(folder.path().join(&name)).unwrap());
        let mut ends = vec![0];
        for _ in 1..=4 {
            let at = *ends.last().unwrap();
            ends.push(at + 16 + u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize);
        }
        assert_eq!((ends[4], ends[2] - ends[1]), (bytes.len(), 16), "the second one is empty");
        for length in 0..=bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            for index in 1..=4 {
                let expected = match ends[index as usize] <= length {
                    true => Ok(Some(index).filter(|index| *index != 2)),
                    // Cut between two records it does not even know what is missing, as when all of it is.
                    false if ends.contains(&length) => Err("vault/1/000".to_owned()),
                    false => Err(name.clone()),
                };
                assert_eq!(read(&log, index).await, expected, "entry {index}, cut at {length}");
            }
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&log, 1).await, Err("vault/1/000".to_owned()));
        assert!(log.verify(Vec::new(), None).await.unwrap().report.findings.iter().all(|found| found.kind == "entry_malformed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_goes_on_beside_a_damaged_part_of_its_vault_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (log, name) = sealed(folder.path(), false).await;
    let path = folder.path().join(&name);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    for n in 6..=260 {
        let index = log.record(search(&format!("question {}", n + 1))).await.unwrap().audit.unwrap().index;
        assert_eq!(index, n + 1, "behind the entries of two boots");
    }
    log.close().await.unwrap();
    for index in [1, 3, 7, 255, 256, 261] {
        assert_eq!(read(&log, index).await, Ok(Some(index)));
    }
    assert_eq!((read(&log, 2).await, read(&log, 4).await), (Ok(None), Err(name)));
    assert!(log.verify(Vec::new(), None).await.unwrap().is_ok());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(read(&log, 4).await, Ok(Some(4)), "once it is restored");
}
