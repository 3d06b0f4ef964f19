//! Layers around a chat model. Each wraps a model and is one, does one thing, and can be used alone; [`layered`] stacks them in the order in
//! which they work, outermost first:
//!
//! | layer | does | in another place |
//! |---|---|---|
//! | [`Fallback`] | asks the next model | inside of [`Retry`], every try would begin the chain anew: models that are down are asked as often as there are tries, and nobody waits for the first one to recover |
//! | [`Retry`] | asks again | inside of [`Concurrency`], it would sleep on a place that another could use; inside of [`RateLimit`], tries would not be counted, and the provider would refuse what is allowed here |
//! | [`Concurrency`] | only so many at once | inside of [`RateLimit`], requests that were counted already would wait for a place and go out together later, more in a minute than the provider allows |
//! | [`RateLimit`] | tokens and requests a minute | outside of [`Concurrency`] as said; inside of [`CircuitBreaker`], all that wait would still be sent when the provider is known to be down |
//! | [`CircuitBreaker`] | leaves a failing provider alone | outside of [`Retry`], it would see one failure where there were four, and be open for nobody who is still trying; outside of [`Timeout`] it must be, or it would not learn that a provider hangs |
//! | [`Timeout`] | ends what does not begin, go on or end | outside of a layer that waits, that waiting would be taken for the provider's |
//!
//! What changes a request (redaction) stands outside of all of them, so that every try and every model gets the same.
//!
//! Everything that a layer does happens while its stream is polled; dropping the stream gives back every place and every estimate, and closes the
//! connection beneath. What is waited for is told before, as [`ChatEvent::Waiting`](super::ChatEvent::Waiting). A layer's
//! [`chat`](super::ChatModel::chat) returns at once, and all errors come as the last item of its stream.

mod circuit_breaker;
mod concurrency;
mod fallback;
mod generate;
mod preset;
mod queue;
mod rate_limit;
mod retry;
mod settings;
mod stack;
#[cfg(test)]
mod tests;
mod timeout;
mod turns;

pub use circuit_breaker::{CircuitBreaker, CircuitBreakerSettings};
pub use concurrency::{Concurrency, ConcurrencySettings};
pub use fallback::Fallback;
pub use preset::TpmPreset;
pub use rate_limit::{RateLimit, RateLimitSettings};
pub use retry::{Retry, RetrySettings};
pub use settings::LayerSettings;
pub use stack::layered;
pub use timeout::{Timeout, TimeoutSettings};

/// What a layer that changes nothing of it says of itself: what the model in its field `inner` says.
macro_rules! as_inner {
    () => {
        fn name(&self) -> &str {
            self.inner.name()
        }

        fn provider(&self) -> &str {
            self.inner.provider()
        }

        fn is_external(&self) -> bool {
            self.inner.is_external()
        }

        fn capabilities(&self) -> Capabilities {
            self.inner.capabilities()
        }

        fn destinations(&self) -> Vec<Destination> {
            self.inner.destinations()
        }
    };
}
use as_inner;
