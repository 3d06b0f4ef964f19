//! What a file that must not lose anything asks of the disk: a seam, so that a test can take the disk away at every step.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use tempfile::TempPath;

/// Writes, syncs, renames and removals. Each of them may fail, and then it is not known what of it was done.
pub trait Disk: Send + Sync {
    /// Writes all of `bytes` at an offset.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        write_at(file, bytes, offset)
    }

    /// Makes what was written survive power loss (`fdatasync`: the content, and the length that it takes to read it).
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    /// The same for all files of the file system of a folder, in one call.
    #[cfg(target_os = "linux")]
    fn sync_all(&self, folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(folder)?)?)
    }

    /// Puts a file in the place of another. When it fails, neither is at `from`, and the other one stays.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        TempPath::try_from_path(from)?.persist(to).map_err(|error| error.error)
    }

    /// Puts a file where there is none; `false` when there is one, which stays. Nothing is at `from` afterwards.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        match TempPath::try_from_path(from)?.persist_noclobber(to) {
            Ok(()) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// Removes a folder with all that is in it. Some of it may stay when it fails.
    fn remove_all(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }

    /// Makes what was created, renamed and removed in a folder survive power loss. Windows has no such call: there a rename is
    /// durable by itself.
    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}
