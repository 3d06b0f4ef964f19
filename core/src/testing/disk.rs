use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::platform::{Disk, LocalDisk, folder_of};

/// What a disk does at the step at which it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `EIO`; nothing of the step is done.
    Io,
    /// `ENOSPC`; nothing of the step is done.
    Full,
    /// A write is done in part, then `EIO`.
    Torn,
    /// The step is done and fails all the same: a sync whose error came too late, a rename that went through.
    Late,
    /// The step does not return until the disk is let go.
    Hang,
}

/// A disk that fails at a step, counted over writes, syncs, renames and removals, and stays gone from there on.
///
/// It remembers what no sync has made durable, so that [`FaultyDisk::lose_power`] can take it back. A sync that fails loses what it should
/// have made durable for good, though it can still be read: a second one that succeeds does not bring it back.
#[derive(Clone)]
pub struct FaultyDisk(Arc<State>);

struct State {
    fault: Fault,
    at: AtomicUsize,
    steps: AtomicUsize,
    writes: Mutex<Vec<usize>>,
    is_gone: AtomicBool,
    hanging: Mutex<bool>,
    let_go: Condvar,
    volatile: Mutex<Vec<Volatile>>,
}

/// What power loss takes back, and how it was before.
enum Volatile {
    Written { file: File, id: FileId, offset: u64, bytes: Vec<u8>, length: u64, is_lost: bool },
    Named { path: PathBuf, bytes: Option<Vec<u8>> },
}

type FileId = Option<(u64, u64)>;

impl FaultyDisk {
    /// Fails at the `at`th step, counted from 1.
    pub fn failing_at(at: usize, fault: Fault) -> Self {
        Self(Arc::new(State {
            fault,
            at: AtomicUsize::new(at),
            steps: AtomicUsize::new(0),
            writes: Mutex::default(),
            is_gone: AtomicBool::new(false),
            hanging: Mutex::new(fault == Fault::Hang),
            let_go: Condvar::new(),
            volatile: Mutex::default(),
        }))
    }

    /// How many steps it was asked for.
    pub fn steps(&self) -> usize {
        self.0.steps.load(Ordering::Acquire)
    }

    /// Which of them can be done in part.
    pub fn writes(&self) -> Vec<usize> {
        self.0.writes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fails at the `at`th step from now.
    pub fn arm(&self, at: usize) {
        self.0.at.store(self.steps() + at, Ordering::Release);
    }

    /// Whether the step was reached.
    pub fn is_gone(&self) -> bool {
        self.0.is_gone.load(Ordering::Acquire)
    }

    /// The disk is there again; what hangs goes on.
    pub fn mend(&self) {
        self.0.at.store(usize::MAX, Ordering::Release);
        self.0.is_gone.store(false, Ordering::Release);
        *self.0.hanging.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.let_go.notify_all();
    }

    /// Takes back all that is not durable. Nobody may use the files meanwhile. Folders stay: they are made without this seam.
    ///
    /// # Errors
    /// Those of the disk of this machine.
    pub fn lose_power(&self) -> io::Result<()> {
        for volatile in self.volatile().drain(..).rev() {
            match volatile {
                Volatile::Written { file, offset, bytes, length, .. } => {
                    LocalDisk.write_at(&file, &bytes, offset)?;
                    file.set_len(length)?;
                }
                Volatile::Named { path, bytes: Some(bytes) } => {
                    fs::create_dir_all(folder_of(&path))?;
                    fs::write(path, bytes)?;
                }
                Volatile::Named { path, bytes: None } => match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                },
            }
        }
        Ok(())
    }

    fn volatile(&self) -> MutexGuard<'_, Vec<Volatile>> {
        self.0.volatile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step<T>(&self, work: impl FnOnce() -> io::Result<T>, torn: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let step = self.0.steps.fetch_add(1, Ordering::AcqRel) + 1;
        if self.is_gone() {
            return Err(io::Error::from_raw_os_error(5));
        }
        if step < self.0.at.load(Ordering::Acquire) {
            return work();
        }
        self.0.is_gone.store(true, Ordering::Release);
        let failed = || io::Error::from_raw_os_error(5);
        match self.0.fault {
            Fault::Io => Err(failed()),
            Fault::Full => Err(io::ErrorKind::StorageFull.into()),
            Fault::Torn => torn().and(Err(failed())),
            Fault::Late => work().and(Err(failed())),
            Fault::Hang => {
                let mut hanging = self.0.hanging.lock().unwrap_or_else(PoisonError::into_inner);
                while *hanging {
                    hanging = self.0.let_go.wait(hanging).unwrap_or_else(PoisonError::into_inner);
                }
                work()
            }
        }
    }

    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Some(written) = Volatile::before(file, bytes.len(), offset)? {
            self.volatile().push(written);
        }
        LocalDisk.write_at(file, bytes, offset)
    }

    /// Runs a sync of the files with these numbers.
    fn synced(&self, is_of: impl Fn(FileId) -> bool, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut is_done = false;
        let work = || {
            is_done = true;
            sync()
        };
        let result = self.step(work, || Err(io::Error::from_raw_os_error(5)));
        self.volatile().retain_mut(|volatile| match volatile {
            Volatile::Written { id, is_lost, .. } if is_of(*id) => {
                *is_lost |= !is_done;
                *is_lost
            }
            _ => true,
        });
        result
    }

    /// Notes what stands under a name, for whoever changes it.
    fn named(&self, path: &Path) -> io::Result<()> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        self.volatile().push(Volatile::Named { path: path.to_path_buf(), bytes });
        Ok(())
    }
}

impl Volatile {
    /// What lies in a file where something is to be written; `None` on systems where it cannot be opened once more.
    #[cfg(target_os = "linux")]
    fn before(file: &File, length: usize, offset: u64) -> io::Result<Option<Self>> {
        use std::os::{
            fd::AsRawFd,
            unix::fs::{FileExt, MetadataExt},
        };
        let metadata = file.metadata()?;
        // Not a clone: that would hold the locks of the file as well.
        let file = File::options().read(true).write(true).open(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
        let mut bytes = vec![0; metadata.len().saturating_sub(offset).min(length as u64) as usize];
        file.read_exact_at(&mut bytes, offset)?;
        let id = Some((metadata.dev(), metadata.ino()));
        Ok(Some(Self::Written { file, id, offset, bytes, length: metadata.len(), is_lost: false }))
    }

    #[cfg(not(target_os = "linux"))]
    fn before(_: &File, _: usize, _: u64) -> io::Result<Option<Self>> {
        Ok(None)
    }
}

fn id_of(file: &File) -> FileId {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

impl Disk for FaultyDisk {
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let half = &bytes[..bytes.len() / 2];
        self.0.writes.lock().unwrap_or_else(PoisonError::into_inner).push(self.steps() + 1);
        self.step(|| self.write(file, bytes, offset), || self.write(file, half, offset))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let id = id_of(file);
        self.synced(|other| other == id, || LocalDisk.sync(file))
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self, folder: &Path) -> io::Result<()> {
        self.synced(|_| true, || LocalDisk.sync_all(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let work = || {
            self.named(to)?;
            LocalDisk.rename(from, to)
        };
        self.step(work, || Ok(()))
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        let work = || {
            if !to.exists() {
                self.named(to)?;
            }
            LocalDisk.rename_new(from, to)
        };
        self.step(work, || Ok(false))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let work = || {
            self.named(path)?;
            LocalDisk.remove(path)
        };
        self.step(work, || Ok(()))
    }

    /// Torn, it removes some of the files.
    fn remove_all(&self, folder: &Path) -> io::Result<()> {
        let files = |folder: &Path| -> io::Result<Vec<PathBuf>> {
            let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
            files.retain(|path| path.is_file());
            files.sort_unstable();
            Ok(files)
        };
        let work = || {
            files(folder)?.iter().try_for_each(|file| self.named(file))?;
            LocalDisk.remove_all(folder)
        };
        let torn = || {
            for file in files(folder)?.iter().step_by(2) {
                self.named(file)?;
                LocalDisk.remove(file)?;
            }
            Ok(())
        };
        self.0.writes.lock().unwrap_or_else(PoisonError::into_inner).push(self.steps() + 1);
        self.step(work, torn)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let work = || {
            LocalDisk.sync_dir(folder)?;
            // What lay in a folder that was removed goes with it.
            let is_of = |path: &Path| folder_of(path) == folder || (!folder_of(path).exists() && path.starts_with(folder));
            self.volatile().retain(|volatile| !matches!(volatile, Volatile::Named { path, .. } if is_of(path)));
            Ok(())
        };
        self.step(work, || Ok(()))
    }
}
