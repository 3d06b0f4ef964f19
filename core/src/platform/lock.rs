//! Locks between processes.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Seek, Write},
    path::Path,
};

use crate::{Error, Result};

/// An exclusive lock on a file, held until it is dropped or its process ends, however that ends. The file stays.
///
/// It is the operating system's lock (`flock`, `LockFileEx`): it binds those who ask for it, on one machine. What the file
/// holds is a note for those who wait, and nothing depends on it.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Takes the lock; `None` if somebody holds it.
    pub fn try_acquire(path: &Path) -> Result<Option<Self>> {
        let failed = |error| Error::io(error, "take a lock", path);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Leaves a note for those who wait.
    pub fn note(&mut self, text: &[u8]) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(text)
    }

    /// The note of whoever holds the lock, or held it last.
    pub fn noted(path: &Path) -> Vec<u8> {
        std::fs::read(path).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_says_by_whom_and_is_free_after_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let mut held = FileLock::try_acquire(&path).expect("no error").expect("free");
        held.note(b"a long note").expect("written");
        held.note(b"me").expect("written");
        assert!(FileLock::try_acquire(&path).expect("no error").is_none());
        assert_eq!(FileLock::noted(&path), b"me");
        drop(held);
        assert!(FileLock::try_acquire(&path).expect("no error").is_some());
    }
}
