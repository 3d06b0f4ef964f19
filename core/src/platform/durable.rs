//! Files that are whole and stay after power loss.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, TempPath};

use crate::{Error, Result};

/// A file whose bytes are written and durable, and which has no place yet. It is closed, so that many may wait; dropped, it
/// is removed.
#[derive(Debug)]
pub struct FinishedFile {
    path: TempPath,
    length: u64,
}

impl FinishedFile {
    /// Syncs and closes a temporary file.
    pub fn new(file: NamedTempFile) -> io::Result<Self> {
        file.as_file().sync_all()?;
        Ok(Self { length: file.as_file().metadata()?.len(), path: file.into_temp_path() })
    }

    /// Writes a temporary file in `folder`, which must lie on the file system of its later place.
    pub fn of(bytes: &[u8], folder: &Path) -> io::Result<Self> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        Self::new(file)
    }

    /// Writes many, and makes them durable together: one call for the file system instead of one for each file, where there are
    /// enough of them and the system has such a call.
    pub fn all(contents: &[&[u8]], folder: &Path) -> io::Result<Vec<Self>> {
        const ENOUGH: usize = 16;
        if contents.len() < ENOUGH || !cfg!(target_os = "linux") {
            return contents.iter().map(|bytes| Self::of(bytes, folder)).collect();
        }
        let mut files = Vec::with_capacity(contents.len());
        for bytes in contents {
            let mut file = NamedTempFile::new_in(folder)?;
            file.write_all(bytes)?;
            files.push(Self { path: file.into_temp_path(), length: bytes.len() as u64 });
        }
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(File::open(folder)?)?;
        Ok(files)
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Takes its place, over a file that is there. Durable once the folder is synced.
    pub fn replace(self, path: &Path) -> io::Result<()> {
        self.path.persist(path).map_err(|error| error.error)
    }

    /// Takes its place unless one is there: then `false`, and this file is gone. Durable once the folder is synced.
    pub fn create(self, path: &Path) -> io::Result<bool> {
        match self.path.persist_noclobber(path) {
            Ok(()) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }
}

/// Folders in which something was put, to be synced together: one call a folder, however many files came into it.
#[derive(Debug, Default)]
pub struct TouchedFolders(BTreeSet<PathBuf>);

impl TouchedFolders {
    /// Makes the folder above `path`, and those above it.
    pub fn make_above(&mut self, path: &Path) -> io::Result<()> {
        let folder = folder_of(path);
        let mut at = folder;
        while !at.exists() {
            at = folder_of(at);
            self.0.insert(at.to_path_buf());
        }
        fs::create_dir_all(folder)?;
        self.0.insert(folder.to_path_buf());
        Ok(())
    }

    /// Makes durable what was put into them.
    pub fn sync(self) -> Result<()> {
        self.0.iter().try_for_each(|folder| sync_dir(folder))
    }
}

/// Writes `bytes` to `path` so that after any crash the file has either all of its old or all of its new content. The folder
/// must exist.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    FinishedFile::of(bytes, folder)
        .and_then(|file| file.replace(path))
        .map_err(|error| Error::io(error, "write the file", path))?;
    sync_dir(folder)
}

/// Makes what was created, renamed and removed in a folder survive power loss. Windows has no such call: there a rename is
/// durable by itself.
pub fn sync_dir(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::io(error, "sync the folder", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        write_durably(&path, b"old").expect("written");
        write_durably(&path, b"new").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        fs::create_dir(&path).expect("created");
        fs::write(path.join("x"), b"x").expect("written");
        let error = write_durably(&path, b"new").expect_err("a folder is in the way");
        assert!(error.to_string().contains("taken"));
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        assert_eq!(write_durably(&folder.path().join("no/a"), b"").expect_err("no folder").code(), "io.not_found");
    }

    #[test]
    fn a_finished_file_that_finds_its_place_taken_or_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |bytes| FinishedFile::of(bytes, folder.path()).expect("written");
        let path = folder.path().join("a");
        assert!(file(b"one").create(&path).expect("created"));
        assert!(!file(b"two").create(&path).expect("it is there"));
        drop(file(b"three"));
        assert_eq!((fs::read(&path).expect("read"), fs::read_dir(folder.path()).expect("listed").count()), (b"one".to_vec(), 1));
    }

    #[test]
    fn folders_above_a_file_are_made_and_each_is_synced_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut touched = TouchedFolders::default();
        for name in ["a/b/one", "a/b/two", "a/three"] {
            touched.make_above(&folder.path().join(name)).expect("made");
        }
        let folders: Vec<_> = touched.0.iter().map(|at| at.strip_prefix(folder.path()).expect("below").to_owned()).collect();
        assert_eq!(folders, ["", "a", "a/b"].map(PathBuf::from));
        touched.sync().expect("synced");
    }
}
