//! The worker's side.

use std::{
    io::{BufWriter, Read, Write},
    sync::Arc,
    time::Duration,
};

use super::{
    super::{Input, Limits, Part, Sink, Summary, extract},
    frame::{ERROR, Frame, JOB, Job, PAGE, PART, PartHead, SUMMARY},
};
use crate::{Error, ErrorKind, Result, error::ErrorRecord, platform::sandbox, types::Page};

/// Stack of the thread that parses: what legal nesting needs many times over.
const STACK_BYTES: usize = 32 << 20;

/// Reads one job from `input`, gives up what a parser does not need, extracts, and writes the results to `output`.
///
/// Returns the exit code for the process: 0 when the results, or the error of the document, were written; 3 when there was
/// nobody to write to or no job. It is meant to be all that its process does: the limits that it sets stay.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> i32 {
    serve_with(input, output, extract)
}

/// [`serve`] with an extractor of the host's own, for formats that Beleg does not know.
pub fn serve_with<E>(input: impl Read + Send + 'static, output: impl Write + Send + 'static, extract: E) -> i32
where
    E: FnOnce(&Input<'_>, &Limits, &mut dyn Sink) -> Result<Summary> + Send + 'static,
{
    let worker = std::thread::Builder::new().name("extract".to_owned()).stack_size(STACK_BYTES);
    let run = move || serve_here(input, output, extract);
    match worker.spawn(run).map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // Rust has said on standard error why, and the parent has heard it.
        Ok(Err(_panic)) => 101,
        Err(_) => 3,
    }
}

fn serve_here(
    mut input: impl Read,
    output: impl Write,
    extract: impl FnOnce(&Input<'_>, &Limits, &mut dyn Sink) -> Result<Summary>,
) -> i32 {
    // The parent is trusted: it is the one that set the limits.
    let Ok(Some(frame)) = Frame::read(&mut input, u64::MAX, u64::MAX) else { return 3 };
    drop(input);
    if frame.kind != JOB {
        return 3;
    }
    let Ok(job) = serde_json::from_slice::<Job>(&frame.head) else { return 3 };
    let mut output = BufWriter::with_capacity(64 * 1024, output);
    let result = sandbox::enter(job.limits.memory_bytes, job.limits.time).and_then(|()| {
        let input = Input { name: &job.name, bytes: Arc::new(frame.body), passwords: &job.passwords };
        // The parent counts the time, and leaves out what its own sink takes; here that cannot be told apart.
        let limits = Limits { time: Duration::MAX, ..job.limits.clone() };
        extract(&input, &limits, &mut Frames { output: &mut output })
    });
    let written = match &result {
        Ok(summary) => Frame::write(&mut output, SUMMARY, summary, &[]),
        Err(error) => Frame::write(&mut output, ERROR, &ErrorRecord::from(error), &[]),
    };
    if written.is_ok() { 0 } else { 3 }
}

/// Sends pages and parts to the parent.
struct Frames<'o, W: Write> {
    output: &'o mut BufWriter<W>,
}

impl<W: Write> Frames<'_, W> {
    fn send(&mut self, kind: u8, head: &impl serde::Serialize, body: &[u8]) -> Result<()> {
        Frame::write(self.output, kind, head, body).map_err(|error| {
            Error::new(ErrorKind::Cancelled, "worker.unheard", "nobody takes the worker's results").with_source(error)
        })
    }
}

impl<W: Write> Sink for Frames<'_, W> {
    fn page(&mut self, page: Page) -> Result<()> {
        self.send(PAGE, &page, &[])
    }

    fn part(&mut self, part: Part) -> Result<()> {
        let (bytes, error) = match part.bytes {
            Ok(bytes) => (bytes, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        self.send(PART, &PartHead { name: part.name, error }, &bytes)
    }
}
