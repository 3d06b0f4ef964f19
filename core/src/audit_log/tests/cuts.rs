//! Files that end within something: what was whole is kept, and nothing else is made of the rest.

use std::fs;

use super::{
    super::{KeyStore, LocalKeyStore, Subject},
    CORPUS,
};
use crate::store::{Appended, LocalSequencer, Sequencer};

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
