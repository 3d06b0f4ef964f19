//! Files that are whole and stay after power loss.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, TempPath};

use super::Disk;

/// A file whose bytes are written and durable, and which has no place yet. It is closed, so that many may wait; dropped, it
/// is removed.
#[derive(Debug)]
pub struct FinishedFile {
    path: TempPath,
    length: u64,
}

impl FinishedFile {
    /// Syncs and closes a temporary file.
    pub fn new(file: NamedTempFile, disk: &dyn Disk) -> io::Result<Self> {
        disk.sync(file.as_file())?;
        Self::synced(file)
    }

    /// Writes a temporary file in `folder`, which must lie on the file system of its later place.
    pub fn of(bytes: &[u8], folder: &Path, disk: &dyn Disk) -> io::Result<Self> {
        Self::new(written(bytes, folder, disk)?, disk)
    }

    /// Writes many, and makes them durable together: one call for the file system instead of one for each file, where there are
    /// enough of them and the system has such a call.
    pub fn all(contents: &[&[u8]], folder: &Path, disk: &dyn Disk) -> io::Result<Vec<Self>> {
        #[cfg(target_os = "linux")]
        {
            const ENOUGH: usize = 16;
            if contents.len() >= ENOUGH {
                let write = |bytes: &&[u8]| Self::synced(written(bytes, folder, disk)?);
                let files = contents.iter().map(write).collect::<io::Result<_>>()?;
                disk.sync_all(folder)?;
                return Ok(files);
            }
        }
        contents.iter().map(|bytes| Self::of(bytes, folder, disk)).collect()
    }

    fn synced(file: NamedTempFile) -> io::Result<Self> {
        Ok(Self { length: file.as_file().metadata()?.len(), path: file.into_temp_path() })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Takes its place, over a file that is there. Durable once the folder is synced.
    pub fn replace(mut self, path: &Path, disk: &dyn Disk) -> io::Result<()> {
        disk.rename(&self.path, path)?;
        self.path.disable_cleanup(true);
        Ok(())
    }

    /// Takes its place unless one is there: then `false`, and this file is gone. Durable once the folder is synced.
    pub fn create(mut self, path: &Path, disk: &dyn Disk) -> io::Result<bool> {
        let created = disk.rename_new(&self.path, path)?;
        self.path.disable_cleanup(true);
        Ok(created)
    }
}

fn written(bytes: &[u8], folder: &Path, disk: &dyn Disk) -> io::Result<NamedTempFile> {
    let file = NamedTempFile::new_in(folder)?;
    disk.write_at(file.as_file(), bytes, 0)?;
    Ok(file)
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

    /// One that is there.
    pub fn add(&mut self, folder: &Path) {
        self.0.insert(folder.to_path_buf());
    }

    /// Makes durable what was put into them.
    pub fn sync(&self, disk: &dyn Disk) -> io::Result<()> {
        self.0.iter().try_for_each(|folder| disk.sync_dir(folder))
    }
}

/// The folder in which a file lies.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::LocalDisk;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        for bytes in [b"old", b"new"] {
            let file = FinishedFile::of(bytes, folder.path(), &LocalDisk).expect("written");
            file.replace(&path, &LocalDisk).expect("replaced");
        }
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_file_that_cannot_take_its_place_leaves_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        fs::create_dir(&path).expect("created");
        fs::write(path.join("x"), b"x").expect("written");
        let file = FinishedFile::of(b"new", folder.path(), &LocalDisk).expect("written");
        file.replace(&path, &LocalDisk).expect_err("a folder is in the way");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_finished_file_that_finds_its_place_taken_or_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |bytes| FinishedFile::of(bytes, folder.path(), &LocalDisk).expect("written");
        let path = folder.path().join("a");
        assert!(file(b"one").create(&path, &LocalDisk).expect("created"));
        assert!(!file(b"two").create(&path, &LocalDisk).expect("it is there"));
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
        touched.sync(&LocalDisk).expect("synced");
    }
}
