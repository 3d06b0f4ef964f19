//! Time and chance, injected: nothing else in the crate asks the machine for either.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Waits. Its time has nothing to do with that of a [`Clock`], which people and time servers set.
pub trait Timer: Send + Sync {
    /// A moment that never lies before an earlier one.
    fn now(&self) -> Instant;

    /// Is done once so much time has passed, and not before. Dropping it ends the waiting.
    fn sleep(&self, time: Duration) -> Sleep;
}

/// Time that passes.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Gives random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` with bytes that nobody can foretell.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's own clock and random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

#[allow(clippy::disallowed_methods, reason = "this is the place that the others are sent to")]
impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the place that the others are sent to")]
impl Random for System {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has random bytes");
    }
}

/// Sleeps only within a runtime of tokio.
#[cfg(any(feature = "answer", feature = "providers"))]
impl Timer for System {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A time-ordered random identifier (UUIDv7).
pub fn new_id(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(clock.now().as_millisecond().max(0) as u64, &bytes).into_uuid()
}
