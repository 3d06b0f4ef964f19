use serde::Deserialize;

use super::{CircuitBreakerSettings, ConcurrencySettings, RateLimitSettings, RetrySettings, TimeoutSettings};
use crate::{Error, ErrorKind, Result};

/// Settings of all layers around a model. Every time is in seconds.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerSettings {
    /// Tries again.
    pub retry: RetrySettings,
    /// Requests at once.
    pub concurrency: ConcurrencySettings,
    /// Tokens and requests a minute.
    pub rate_limit: RateLimitSettings,
    /// Leaves a provider alone that fails.
    pub circuit_breaker: CircuitBreakerSettings,
    /// How long and how much may come.
    pub timeout: TimeoutSettings,
}

pub(super) fn must_be_positive(setting: &'static str, is_positive: bool) -> Result<()> {
    if is_positive { Ok(()) } else { Err(nothing(setting)) }
}

/// A setting that leaves nothing to do: no try, no place, no token, no model.
pub(super) fn nothing(setting: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, "provider.layers", "a layer would let nothing through")
        .with("setting", setting)
        .with_hint("it must be more than 0")
}
