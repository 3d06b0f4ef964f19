//! Keeps one page, and one stream, from taking the whole document down.
//!
//! The interpreter has no limits of its own and no way to be stopped but by unwinding: the [`Watch`] is asked with every
//! drawing operation and unwinds with an [`Abort`] that [`guarded`] catches. What neither draws nor returns is the worker
//! process's to stop.

use std::{
    any::Any,
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::{Duration, Instant},
};

use memchr::memmem;

use crate::{Error, ErrorKind, Result as CrateResult, document::Limits};
use hayro_syntax::{Filter, object::Stream};

/// A stream that is smaller than this in the file cannot hurt: deflate expands at most 1032 times.
const SMALL: usize = 32 * 1024;

/// Why a page was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abort {
    /// It took longer than the limit.
    Time,
    /// It has more characters or drawings than the limit.
    Size,
    /// The interpreter failed.
    Panic,
}

/// Counts the operations of a page and looks at the clock now and then.
pub(super) struct Watch {
    until: Option<Instant>,
    ticks: u32,
}

impl Watch {
    pub(super) fn new(time: Duration) -> Self {
        Self { until: Instant::now().checked_add(time), ticks: 0 }
    }

    /// Unwinds when the time is over.
    pub(super) fn tick(&mut self) {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(64) && self.until.is_some_and(|until| Instant::now() > until) {
            abort(Abort::Time);
        }
    }
}

/// Unwinds to [`guarded`] without a message.
pub(super) fn abort(why: Abort) -> ! {
    resume_unwind(Box::new(why))
}

/// Runs `work`; a panic in it is an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Abort> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|cause: Box<dyn Any + Send>| match cause.downcast::<Abort>() {
        Ok(why) => *why,
        Err(_) => Abort::Panic,
    })
}

/// Whether the streams, decompressed, are more than `limit` bytes together. Only deflate is tried: no other filter expands much.
pub(super) fn decoded_exceeds<'s, 'a: 's>(streams: impl Iterator<Item = &'s Stream<'a>>, limit: u64) -> bool {
    let mut total = 0u64;
    for stream in streams {
        let raw = stream.raw_data();
        total += raw.len() as u64;
        if raw.len() >= SMALL && stream.filters().first() == Some(&Filter::FlateDecode) {
            total += inflate(&raw, limit.saturating_sub(total)).1;
        }
        if total > limit {
            return true;
        }
    }
    false
}

/// Bytes of zlib data read, and what they decompress to, counted until that exceeds `limit`. Nothing of it is kept.
fn inflate(data: &[u8], limit: u64) -> (u64, u64) {
    let mut reader = flate2::bufread::ZlibDecoder::new(data);
    let mut total = 0;
    let mut buffer = [0u8; 16 * 1024];
    // What is damaged ends here, and the count so far stands.
    while total <= limit
        && let Ok(n @ 1..) = reader.read(&mut buffer)
    {
        total += n as u64;
    }
    (reader.total_in(), total)
}

/// Refuses a file whose object streams would fill the memory: they are decompressed whole as soon as one object of them is
/// looked at. Encrypted ones cannot be tried and are left to the worker's limits.
pub(super) fn check_object_streams(bytes: &[u8], limits: &Limits) -> CrateResult<()> {
    const FREE: u64 = 16 * 1024 * 1024;
    let mut total = 0u64;
    let stream = memmem::Finder::new(b"stream");
    for at in memmem::find_iter(bytes, b"/ObjStm") {
        let ahead = &bytes[at..bytes.len().min(at + 4096)];
        let Some(found) = stream.find(ahead) else { continue };
        let data = &bytes[at + found + b"stream".len()..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let (read, written) = inflate(data, limits.decompressed_bytes.saturating_sub(total));
        total += written;
        if total > limits.decompressed_bytes || (written > FREE && written / read.max(1) > limits.decompression_ratio) {
            return Err(Error::new(
                ErrorKind::Limit,
                "document.too_large_decompressed",
                "the document is larger, decompressed, than the limit",
            )
            .with_hint("raise the limits `decompressed_bytes` and `decompression_ratio` when the document is trusted"));
        }
    }
    Ok(())
}
