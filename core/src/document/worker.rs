//! Extraction in a process of its own, for files that nobody trusts.
//!
//! [`Worker`] starts a command, sends it one document over its standard input, and takes pages and parts from its standard
//! output as they are read. The command calls [`serve`], which first gives up what a parser does not need and then runs
//! [`extract`](super::extract). Nothing stands on the command line, and the worker has no file, no network and no terminal.
//!
//! On Linux the worker is bounded by the kernel: address space, processor time, open files, no files written, no new
//! privileges, and a list of the system calls that are let through; it dies with its parent. On other systems there are the
//! limits on time (by the parent) and those that the extractors keep, and on Unix those of `setrlimit`.
//!
//! [`InProcess`] does the same in the host's own process, with what a thread can keep: time, looked at between pages, and
//! panics, which are caught. It cannot end a page that never ends, and not survive an exhausted memory or stack.
//!
//! # Frames
//! Both directions speak in frames: one byte of kind, the length of the head as `u32` and that of the body as `u64`, both
//! little-endian, then the head in JSON, then the body. To the worker goes one frame `J` (head: name, passwords, limits;
//! body: the file). Back come `P` (head: a page), `A` (head: a part's name and error; body: its bytes), and at the end one of
//! `S` (head: the summary) and `E` (head: an error).

mod frame;
mod parent;
mod serve;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use parent::Worker;
pub use serve::{serve, serve_with};

use super::{Input, Limits, Part, Sink, Summary};
use crate::{Error, ErrorKind, Result, types::Page};

/// Where untrusted files are read.
pub trait Extraction: Send + Sync {
    /// As [`extract`](super::extract), within `limits`, until `stop` says otherwise.
    ///
    /// # Errors
    /// Those of [`extract`](super::extract), `worker.*` when the worker died, and `document.cancelled` after a stop. What
    /// was handed over before stays valid.
    fn extract(&self, input: &Input<'_>, limits: &Limits, stop: &Stop, sink: &mut dyn Sink) -> Result<Summary>;
}

/// Says that work is no longer wanted. Clones speak of the same work.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the work soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn check(&self) -> Result<()> {
        if self.is_stopped() {
            return Err(Error::new(ErrorKind::Cancelled, "document.cancelled", "the work was stopped"));
        }
        Ok(())
    }
}

/// Extraction in the host's own process: weaker than [`Worker`], see the [module](self).
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl Extraction for InProcess {
    fn extract(&self, input: &Input<'_>, limits: &Limits, stop: &Stop, sink: &mut dyn Sink) -> Result<Summary> {
        stop.check()?;
        let mut sink = Stoppable { stop, sink };
        // The sink sees whole pages alone, so that nothing is half done when a parser panics.
        catch_unwind(AssertUnwindSafe(|| super::extract(input, limits, &mut sink))).unwrap_or_else(|_| Err(panicked(input.name)))
    }
}

/// The error for a parser that panicked. Its message may hold text of the document and is not repeated.
fn panicked(document: &str) -> Error {
    Error::new(ErrorKind::Internal, "worker.panicked", "the parser gave up on the file in a way that it should not")
        .with("document", document)
        .with_hint("please report it, with the file if that is possible")
}

struct Stoppable<'s> {
    stop: &'s Stop,
    sink: &'s mut dyn Sink,
}

impl Sink for Stoppable<'_> {
    fn page(&mut self, page: Page) -> Result<()> {
        self.stop.check()?;
        self.sink.page(page)
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.stop.check()?;
        self.sink.part(part)
    }
}
