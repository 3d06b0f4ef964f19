use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::{
    Blobs, Etag, Lock, LockHolder,
    blobs::{busy, check_name, pause},
    memory::etag,
};
use crate::{Error, Result};

/// Objects as files below a folder of a local disk.
#[derive(Debug, Clone)]
pub struct LocalBlobs {
    root: PathBuf,
}

impl LocalBlobs {
    /// Over the folder `root`, which must exist when something is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where an object lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Moves a finished file into place, durably, without copying it; `false` (and `file` is gone) when the object exists.
    pub fn adopt(&self, name: &str, file: tempfile::NamedTempFile) -> Result<bool> {
        check_name(name)?;
        let path = self.path(name);
        let parent = self.make_parent(&path)?;
        let done = file.as_file().sync_all().and_then(|()| match file.persist_noclobber(&path) {
            Ok(_) => sync_folder(&parent).map(|()| true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        });
        done.map_err(|error| Error::io(error, "write an object of the corpus", &path))
    }

    /// The same, and takes the place of an object that is shorter.
    pub(super) fn adopt_longer(&self, name: &str, file: tempfile::NamedTempFile) -> Result<()> {
        check_name(name)?;
        let path = self.path(name);
        let failed = |error| Error::io(error, "write an object of the corpus", &path);
        let length = file.as_file().metadata().map_err(failed)?.len();
        match fs::metadata(&path) {
            Ok(known) if known.len() < length => {
                file.as_file().sync_all().map_err(failed)?;
                file.persist(&path).map_err(|error| failed(error.error))?;
                sync_folder(path.parent().unwrap_or(&self.root)).map_err(failed)
            }
            Ok(_) => Ok(()),
            Err(_) => self.adopt(name, file).map(drop),
        }
    }

    /// A file on the same file system, for [`adopt`](Self::adopt).
    pub fn temporary(&self) -> Result<tempfile::NamedTempFile> {
        let folder = self.root.join("tmp");
        fs::create_dir_all(&folder)
            .and_then(|()| tempfile::NamedTempFile::new_in(&folder))
            .map_err(|error| Error::io(error, "create a temporary file", &folder))
    }

    /// Creates the folders above `path` and makes them durable.
    fn make_parent(&self, path: &Path) -> Result<PathBuf> {
        let parent = path.parent().unwrap_or(&self.root).to_path_buf();
        let mut missing = Vec::new();
        let mut at = parent.as_path();
        while !at.exists() {
            missing.push(at.to_path_buf());
            match at.parent() {
                Some(above) => at = above,
                None => break,
            }
        }
        fs::create_dir_all(&parent).map_err(|error| Error::io(error, "create a folder", &parent))?;
        for folder in missing.iter().filter_map(|folder| folder.parent()) {
            sync_folder(folder).map_err(|error| Error::io(error, "make a folder durable", folder))?;
        }
        Ok(parent)
    }

    /// Takes the lock of the operating system on a file of its own.
    async fn hold(&self, name: &str, holder: Option<&LockHolder>, wait: Duration) -> Result<Lock> {
        let path = self.path(&format!("locks/{name}"));
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(|error| Error::io(error, "create a folder", parent))?;
        let failed = |error| Error::io(error, "take a lock", &path);
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    let mut text = String::new();
                    let _ = file.read_to_string(&mut text);
                    return Err(busy(name, serde_json::from_str(&text).ok()));
                }
                Err(fs::TryLockError::WouldBlock) => pause().await,
                Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        // Who holds it is a courtesy to those who wait: the lock itself is the operating system's.
        let text = holder.and_then(|holder| serde_json::to_vec(holder).ok()).unwrap_or_default();
        file.set_len(0).and_then(|()| file.write_all(&text)).map_err(failed)?;
        Ok(Lock::new(file))
    }

    fn write_temporary(&self, bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
        let mut file = self.temporary()?;
        file.write_all(bytes).map_err(|error| Error::io(error, "write", file.path()))?;
        Ok(file)
    }
}

/// Makes the entries of a folder durable. Windows has no such call: there a rename is durable by itself.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
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
        if self.path(name).exists() {
            return Ok(false);
        }
        self.adopt(name, self.write_temporary(bytes)?)
    }

    async fn put_if_match(&self, name: &str, bytes: &[u8], expected: &Etag) -> Result<Option<Etag>> {
        check_name(name)?;
        let path = self.path(name);
        // The comparison and the rename are one step only under a lock: a file system has no conditional rename.
        let _lock = self.hold(&format!("{name}.match"), None, Duration::from_secs(10)).await?;
        if read(&path)?.map(|bytes| etag(&bytes)).as_ref() != Some(expected) {
            return Ok(None);
        }
        let file = self.write_temporary(bytes)?;
        let parent = self.make_parent(&path)?;
        file.as_file()
            .sync_all()
            .and_then(|()| file.persist(&path).map_err(|error| error.error))
            .and_then(|_| sync_folder(&parent))
            .map_err(|error| Error::io(error, "write an object of the corpus", &path))?;
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
        match fs::remove_file(&path) {
            Ok(()) => {
                let parent = path.parent().unwrap_or(&self.root);
                sync_folder(parent).map_err(|error| Error::io(error, "make a deletion durable", parent)).map(|()| true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io(error, "delete", &path)),
        }
    }

    async fn lock(&self, name: &str, holder: &LockHolder, wait: Duration) -> Result<Lock> {
        check_name(name)?;
        self.hold(name, Some(holder), wait).await
    }
}
