use std::{
    collections::HashSet,
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::{
    Blobs, Etag, Lock, LockHolder,
    blobs::{busy, check_name, pause},
    memory::etag,
};
use crate::{
    Error, Result,
    platform::{Disk, FileLock, FinishedFile, LocalDisk, TouchedFolders, folder_of},
};

/// Files that are being written.
const TEMPORARY: &str = "tmp";
/// Objects whose place is not decided yet: see [`LocalBlobs::stage`].
const STAGED: &str = "tmp/staged";

/// An object whose bytes are durable and which is not in place yet; dropped, it is gone.
#[derive(Debug)]
pub struct StagedObject {
    name: String,
    file: FinishedFile,
    longer: bool,
}

/// Objects as files below a folder of a local disk.
#[derive(Clone)]
pub struct LocalBlobs {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    /// Folders whose names are known to be durable, up to the root.
    settled: Arc<Mutex<HashSet<PathBuf>>>,
}

impl fmt::Debug for LocalBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBlobs").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Folders that hold names which are not durable yet.
#[derive(Default)]
struct Unsettled {
    folders: TouchedFolders,
    /// Those whose names will be durable then.
    names: Vec<PathBuf>,
}

impl LocalBlobs {
    /// Over the folder `root`, which must exist when something is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::on(root, Arc::new(LocalDisk))
    }

    /// The same on another disk.
    pub fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Self {
        Self { root: root.into(), disk, settled: Arc::default() }
    }

    /// Makes the folder of an object, and takes note of what must be synced for its name to be durable. That a folder or an object can be
    /// seen does not say that it survives: whoever made it may have died before its sync, or it failed.
    fn touch(&self, unsettled: &mut Unsettled, path: &Path) -> io::Result<()> {
        unsettled.folders.make_above(path)?;
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.root) {
            if !settled.contains(folder) {
                unsettled.folders.add(folder_of(folder));
                unsettled.names.push(folder.to_path_buf());
            }
        }
        Ok(())
    }

    fn settle(&self, unsettled: Unsettled) -> io::Result<()> {
        unsettled.folders.sync(self.disk.as_ref())?;
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).extend(unsettled.names);
        Ok(())
    }

    /// Makes a removal durable, also one that another did and that cannot be seen any more.
    fn settle_removal(&self, path: &Path) -> Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        match self.disk.sync_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(error, "delete", path)),
            _ => Ok(()),
        }
    }

    /// Where an object lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder on the same file system for files that are not finished.
    fn temporary_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).map_err(|error| Error::io(error, "create a folder", &folder))?;
        Ok(folder)
    }

    /// A file for [`stage`](Self::stage).
    pub fn temporary(&self) -> Result<tempfile::NamedTempFile> {
        let folder = self.temporary_folder(STAGED)?;
        tempfile::NamedTempFile::new_in(&folder).map_err(|error| Error::io(error, "create a temporary file", &folder))
    }

    fn finished(&self, bytes: &[u8]) -> Result<FinishedFile> {
        let folder = self.temporary_folder(TEMPORARY)?;
        FinishedFile::of(bytes, &folder, self.disk.as_ref()).map_err(|error| Error::io(error, "write", &folder))
    }

    /// Makes the bytes of an object durable that is put in place later, by [`put_staged`](Self::put_staged).
    pub fn stage(&self, name: String, file: tempfile::NamedTempFile, longer: bool) -> Result<StagedObject> {
        check_name(&name)?;
        let path = self.path(&name);
        let file = FinishedFile::new(file, self.disk.as_ref());
        let file = file.map_err(|error| Error::io(error, "write an object of the corpus", &path))?;
        Ok(StagedObject { name, file, longer })
    }

    /// Puts objects in place, durably. One that is there already stays as it is, unless the staged one is to take the place of
    /// a shorter one.
    pub fn put_staged(&self, objects: Vec<StagedObject>) -> Result<()> {
        let (mut unsettled, disk) = (Unsettled::default(), self.disk.as_ref());
        for StagedObject { name, file, longer } in objects {
            let path = self.path(&name);
            let put = self.touch(&mut unsettled, &path).and_then(|()| match fs::metadata(&path) {
                Ok(known) if longer && known.len() < file.length() => file.replace(&path, disk),
                Ok(_) => Ok(()),
                Err(_) => file.create(&path, disk).map(drop),
            });
            put.map_err(|error| Error::io(error, "write an object of the corpus", &path))?;
        }
        self.settle(unsettled).map_err(|error| Error::io(error, "write objects of the corpus", &self.root))
    }

    /// Removes files that were being written when their writer died: those that nobody touched since `since`.
    pub fn clear_temporary(&self, since: jiff::Timestamp) -> Result<()> {
        let folder = self.root.join(TEMPORARY);
        let failed = |error| Error::io(error, "remove temporary files", &folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            // One that is gone by now was put in place.
            let Ok(metadata) = entry.metadata() else { continue };
            let touched = metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
            if metadata.is_file() && touched.is_some_and(|touched| touched < since) {
                match fs::remove_file(entry.path()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Removes what a writer that died had staged. Only for the holder of the lock under which objects are staged.
    pub fn clear_staged(&self) -> Result<()> {
        let folder = self.root.join(STAGED);
        match fs::remove_dir_all(&folder) {
            // A thread of a writer that was stopped may still put a last file there, which goes with that thread.
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
                Err(Error::io(error, "remove temporary files", &folder))
            }
            _ => Ok(()),
        }
    }

    /// Takes the lock of the operating system on a file of its own.
    async fn hold(&self, name: &str, holder: Option<&LockHolder>, wait: Duration) -> Result<Lock> {
        let path = self.path(&format!("locks/{name}"));
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(|error| Error::io(error, "create a folder", parent))?;
        let deadline = Instant::now() + wait;
        let mut lock = loop {
            match FileLock::try_acquire(&path)? {
                Some(lock) => break lock,
                None if Instant::now() >= deadline => {
                    return Err(busy(name, serde_json::from_slice(&FileLock::noted(&path)).ok()));
                }
                None => pause().await,
            }
        };
        // Who holds it is a courtesy to those who wait: the lock itself is the operating system's.
        let note = holder.and_then(|holder| serde_json::to_vec(holder).ok()).unwrap_or_default();
        lock.note(&note).map_err(|error| Error::io(error, "take a lock", &path))?;
        Ok(Lock::new(lock))
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(error, "read", path)),
    }
}

fn names(folder: &Path, prefix: &str, out: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}/{name}")) else { continue };
        if entry.file_type()?.is_dir() { names(&entry.path(), &name, out)? } else { out.push(name) }
    }
    Ok(())
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Etag)>> {
        check_name(name)?;
        Ok(read(&self.path(name))?.map(|bytes| {
            let etag = etag(&bytes);
            (bytes, etag)
        }))
    }

    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        check_name(name)?;
        let path = self.path(name);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(error, "read", &path)),
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(range.start))
            .and_then(|_| file.take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes))
            .map_err(|error| Error::io(error, "read", &path))?;
        Ok(Some(bytes))
    }

    async fn length(&self, name: &str) -> Result<Option<u64>> {
        check_name(name)?;
        match fs::metadata(self.path(name)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(error, "read", &self.path(name))),
        }
    }

    async fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        check_name(name)?;
        let path = self.path(name);
        let mut unsettled = Unsettled::default();
        let file = if path.exists() { None } else { Some(self.finished(bytes)?) };
        let put = || {
            self.touch(&mut unsettled, &path)?;
            let created = file.map_or(Ok(false), |file| file.create(&path, self.disk.as_ref()))?;
            self.settle(unsettled)?;
            Ok(created)
        };
        put().map_err(|error| Error::io(error, "write an object of the corpus", &path))
    }

    async fn put_all_if_absent(&self, objects: Vec<(String, Vec<u8>)>) -> Result<()> {
        let (mut unsettled, disk) = (Unsettled::default(), self.disk.as_ref());
        let folder = self.temporary_folder(TEMPORARY)?;
        let (mut written, mut paths) = (Vec::with_capacity(objects.len()), Vec::with_capacity(objects.len()));
        for (name, bytes) in &objects {
            check_name(name)?;
            let path = self.path(name);
            self.touch(&mut unsettled, &path).map_err(|error| Error::io(error, "write an object of the corpus", &path))?;
            if !path.exists() {
                written.push(bytes.as_slice());
                paths.push(path);
            }
        }
        let files = FinishedFile::all(&written, &folder, disk).map_err(|error| Error::io(error, "write", &folder))?;
        for (file, path) in files.into_iter().zip(&paths) {
            file.create(path, disk).map_err(|error| Error::io(error, "write an object of the corpus", path))?;
        }
        self.settle(unsettled).map_err(|error| Error::io(error, "write objects of the corpus", &self.root))
    }

    async fn delete_below(&self, prefix: &str) -> Result<()> {
        check_name(prefix)?;
        let path = self.path(prefix);
        match self.disk.remove_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(error, "delete", &path)),
            _ => self.settle_removal(&path),
        }
    }

    async fn put_if_match(&self, name: &str, bytes: &[u8], expected: &Etag) -> Result<Option<Etag>> {
        check_name(name)?;
        let path = self.path(name);
        // The comparison and the rename are one step only under a lock: a file system has no conditional rename.
        let _lock = self.hold(&format!("{name}.match"), None, Duration::from_secs(10)).await?;
        if read(&path)?.map(|bytes| etag(&bytes)).as_ref() != Some(expected) {
            return Ok(None);
        }
        let (mut unsettled, file) = (Unsettled::default(), self.finished(bytes)?);
        let replace = || {
            self.touch(&mut unsettled, &path)?;
            file.replace(&path, self.disk.as_ref())?;
            self.settle(unsettled)
        };
        replace().map_err(|error| Error::io(error, "write an object of the corpus", &path))?;
        Ok(Some(etag(bytes)))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        check_name(prefix)?;
        let mut out = Vec::new();
        names(&self.path(prefix), prefix, &mut out).map_err(|error| Error::io(error, "list", &self.path(prefix)))?;
        out.sort_unstable();
        Ok(out)
    }

    async fn delete(&self, name: &str) -> Result<bool> {
        check_name(name)?;
        let path = self.path(name);
        let removed = match self.disk.remove(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io(error, "delete", &path)),
        };
        self.settle_removal(&path).map(|()| removed)
    }

    async fn lock(&self, name: &str, holder: &LockHolder, wait: Duration) -> Result<Lock> {
        check_name(name)?;
        self.hold(name, Some(holder), wait).await
    }
}
