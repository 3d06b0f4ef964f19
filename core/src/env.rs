//! Time and chance, injected: nothing else in the crate asks the machine for either.

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

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

/// A time-ordered random identifier (UUIDv7).
pub fn new_id(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(clock.now().as_millisecond().max(0) as u64, &bytes).into_uuid()
}
