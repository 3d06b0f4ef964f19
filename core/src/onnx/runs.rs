//! As many runs at once as there are threads, over all callers.

use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{Error, ErrorKind, Result};

/// The runs that may go on at once.
pub(crate) struct Runs {
    free: Mutex<usize>,
    returned: Condvar,
    all: usize,
}

struct Run<'a>(&'a Runs);

impl Runs {
    /// 0 for as many as the machine has threads.
    pub(crate) fn new(threads: usize) -> Self {
        let all = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Self { free: Mutex::new(all), returned: Condvar::new(), all }
    }

    /// How many there are.
    pub(crate) fn all(&self) -> usize {
        self.all
    }

    /// Does `work` for each place, in the order given and as many at once as there are runs; the results come in no order. The first
    /// error ends it.
    pub(crate) fn each<T: Send>(&self, order: &[usize], work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<(usize, T)>> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            let mut done = Vec::new();
            while !failed.load(Ordering::Relaxed) {
                let Some(&place) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let _run = self.take();
                match work(place) {
                    Ok(result) => done.push((place, result)),
                    Err(error) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(done)
        };
        let helpers = self.all.min(order.len()).saturating_sub(1);
        let parts = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let mut parts = vec![work()];
            parts.extend(threads.into_iter().map(joined));
            parts
        });
        let mut all = Vec::with_capacity(order.len());
        for part in parts {
            all.extend(part?);
        }
        Ok(all)
    }

    fn take(&self) -> Run<'_> {
        let mut free = self.returned.wait_while(self.lock(), |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Run(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.returned.notify_one();
    }
}

/// The result of a thread of ours; a panic in it is an error here.
pub(crate) fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "onnx.panicked", "a thread of a model failed")))
}
