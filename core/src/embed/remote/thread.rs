use std::{future::Future, sync::mpsc};

use tokio::runtime::{Builder, Runtime};

use crate::{Error, ErrorKind, Result};

/// A thread with a runtime of its own, on which requests go on while their callers wait.
///
/// A caller blocks its own thread and nothing else: whether it stands in a runtime, and in which, makes no difference, and no future
/// of the host's has to move for a request to end. That holds for asynchronous callers as well, although each blocks the thread that
/// it runs on, as everything does that is not asynchronous.
pub(super) struct Thread(Option<Runtime>);

impl Thread {
    pub(super) fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("beleg-embed").enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(ErrorKind::Environment, "embed.thread", "a thread for the requests cannot be started").with_source(error)
        })?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a future to its end.
    pub(super) fn wait<T: Send + 'static>(&self, future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let (done, waiting) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.0 {
            runtime.spawn(async move {
                // A caller waits until the end, or is gone for good.
                let _ = done.send(future.await);
            });
        }
        waiting.recv().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "embed.died", "a request for vectors ended without any result"))
        })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Dropping a runtime waits for it, which no asynchronous caller may.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
