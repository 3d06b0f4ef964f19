//! In virtual time: hours take no time, and a wake-up that is lost is a failure and no hang.

mod cancellation;
mod circuit_breaker;
mod concurrency;
mod fallback;
mod rate_limit;
mod retry;
mod script;
mod stack;
mod timeout;
