use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::platform::{Disk, LocalDisk};

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

/// A disk that fails at a step, counted over writes, syncs and renames, and stays gone from there on.
#[derive(Clone)]
pub struct FaultyDisk(Arc<State>);

struct State {
    fault: Fault,
    at: AtomicUsize,
    steps: AtomicUsize,
    is_gone: AtomicBool,
    hanging: Mutex<bool>,
    let_go: Condvar,
}

impl FaultyDisk {
    /// Fails at the `at`th step from now, counted from 1.
    pub fn failing_at(at: usize, fault: Fault) -> Self {
        Self(Arc::new(State {
            fault,
            at: AtomicUsize::new(at),
            steps: AtomicUsize::new(0),
            is_gone: AtomicBool::new(false),
            hanging: Mutex::new(fault == Fault::Hang),
            let_go: Condvar::new(),
        }))
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

    fn step(&self, work: impl FnOnce() -> io::Result<()>, torn: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let step = self.0.steps.fetch_add(1, Ordering::AcqRel) + 1;
        if self.is_gone() {
            return Err(io::Error::from_raw_os_error(5));
        }
        if step < self.0.at.load(Ordering::Acquire) {
            return work();
        }
        self.0.is_gone.store(true, Ordering::Release);
        match self.0.fault {
            Fault::Io => Err(io::Error::from_raw_os_error(5)),
            Fault::Full => Err(io::ErrorKind::StorageFull.into()),
            Fault::Torn => torn().and(Err(io::Error::from_raw_os_error(5))),
            Fault::Late => work().and(Err(io::Error::from_raw_os_error(5))),
            Fault::Hang => {
                let mut hanging = self.0.hanging.lock().unwrap_or_else(PoisonError::into_inner);
                while *hanging {
                    hanging = self.0.let_go.wait(hanging).unwrap_or_else(PoisonError::into_inner);
                }
                work()
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let half = &bytes[..bytes.len() / 2];
        self.step(|| LocalDisk.write_at(file, bytes, offset), || LocalDisk.write_at(file, half, offset))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.step(|| LocalDisk.sync(file), || Ok(()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.rename(from, to), || Ok(()))
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        self.step(|| LocalDisk.sync_dir(folder), || Ok(()))
    }
}
