//! Locks between processes.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use crate::{Error, ErrorKind, Result};

/// An exclusive lock on a file, held until it is dropped or its process ends, however that ends. The file itself holds
/// nothing and stays.
///
/// It is the operating system's lock (`flock`, `LockFileEx`): it binds those who ask for it, on one machine.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
    path: PathBuf,
}

impl FileLock {
    /// Waits for the lock.
    pub fn acquire(path: &Path) -> Result<Self> {
        let file = open(path)?;
        file.lock().map_err(|error| Error::io(error, "lock the file", path))?;
        Ok(Self { _file: file, path: path.to_owned() })
    }

    /// Takes the lock if nobody holds it; `lock.held` (busy) if somebody does.
    pub fn try_acquire(path: &Path) -> Result<Self> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, path: path.to_owned() }),
            Err(TryLockError::WouldBlock) => Err(Error::new(ErrorKind::Busy, "lock.held", "another process holds the lock")
                .with("path", path.display().to_string())
                .with_hint("wait until it is done, and try again")),
            Err(TryLockError::Error(error)) => Err(Error::io(error, "lock the file", path)),
        }
    }

    /// The file that is locked.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| Error::io(error, "open the lock file", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_free_after_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let held = FileLock::try_acquire(&path).expect("free");
        assert_eq!(FileLock::try_acquire(&path).expect_err("held").kind(), ErrorKind::Busy);
        drop(held);
        FileLock::acquire(&path).expect("free again");
    }
}
