use std::sync::Arc;

use super::{CircuitBreaker, Concurrency, Fallback, LayerSettings, RateLimit, Retry, Timeout};
use crate::{
    Result,
    env::{Random, Timer},
    provider::ChatModel,
};

/// Models in all layers, in [the order](super) in which they work: each model in a stack of its own, and where there are several, a chain
/// over them, the first one first. What is returned is shared by all who ask: limits are those of one such stack. For models whose limits
/// differ, make a stack of each and a [`Fallback`] of those.
///
/// # Errors
/// `provider.layers` when there is no model, or a layer would let nothing through.
pub fn layered(
    models: Vec<Arc<dyn ChatModel>>,
    settings: &LayerSettings,
    timer: &Arc<dyn Timer>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn ChatModel>> {
    let mut stacks = Vec::new();
    for model in models {
        let timed = Arc::new(Timeout::new(model, settings.timeout.clone(), timer.clone())?);
        let guarded = Arc::new(CircuitBreaker::new(timed, settings.circuit_breaker.clone(), timer.clone())?);
        let limited = Arc::new(RateLimit::new(guarded, &settings.rate_limit, timer.clone())?);
        let placed = Arc::new(Concurrency::new(limited, &settings.concurrency, timer.clone())?);
        let retried = Retry::new(placed, settings.retry.clone(), timer.clone(), random.clone())?;
        stacks.push(Arc::new(retried) as Arc<dyn ChatModel>);
    }
    match stacks.len() {
        1 => Ok(stacks.remove(0)),
        _ => Ok(Arc::new(Fallback::new(stacks)?)),
    }
}
