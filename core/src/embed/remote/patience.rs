use std::time::Duration;

use crate::{Error, embed::Purpose, env::Random, wire::Failure};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_OWN_WAIT: Duration = Duration::from_secs(8);

/// How often the same request is sent, and how long is waited in between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    tries: u32,
    /// A provider that asks for more than this is not waited for.
    longest_wait: Duration,
}

impl Patience {
    /// An ingest waits for the next minute's tokens; whoever asks a question does not.
    pub(super) fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Passage => Self { tries: 8, longest_wait: Duration::from_secs(65) },
            Purpose::Question => Self { tries: 3, longest_wait: Duration::from_secs(10) },
        }
    }

    /// How long to wait before the next try after `failed` that ended with `error`; `None` when there is no use in another one. As long
    /// as the provider says, else half a second, doubled each time up to 8 seconds, and up to a quarter less by chance.
    pub(super) fn wait(self, failed: u32, error: &Error, random: &dyn Random) -> Option<Duration> {
        // What cannot be trusted now cannot be a moment later.
        let is_tls = error.context().any(|said| said == ("reason", "tls"));
        if failed >= self.tries || is_tls || !Failure::may_retry(error) {
            return None;
        }
        if let Some(wait) = error.retry_after() {
            return (wait <= self.longest_wait).then_some(wait);
        }
        let usual = FIRST_WAIT.saturating_mul(1 << failed.saturating_sub(1).min(8)).min(LONGEST_OWN_WAIT);
        let mut chance = [0];
        random.fill(&mut chance);
        Some(usual.mul_f64(1.0 - f64::from(chance[0]) / 255.0 / 4.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Byte(u8);

    impl Random for Byte {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_wait_is_the_providers_or_doubles_and_ends_after_so_many_tries() {
        let passage = Patience::of(Purpose::Passage);
        let limited = || Failure::RateLimited.error();
        let waits = |chance| {
            (1..=8).map(|failed| passage.wait(failed, &limited(), &Byte(chance)).map(|wait| wait.as_millis())).collect::<Vec<_>>()
        };
        assert_eq!(waits(0), [Some(500), Some(1000), Some(2000), Some(4000), Some(8000), Some(8000), Some(8000), None]);
        assert_eq!(waits(255)[0], Some(375));
        let said = |seconds| limited().with_retry_after(Duration::from_secs(seconds));
        assert_eq!(passage.wait(1, &said(60), &Byte(9)), Some(Duration::from_secs(60)));
        assert_eq!(passage.wait(1, &said(66), &Byte(9)), None, "longer than anybody waits");
        assert_eq!(Patience::of(Purpose::Question).wait(1, &said(60), &Byte(9)), None);
    }

    #[test]
    fn what_will_fail_again_is_not_tried_again() {
        let passage = Patience::of(Purpose::Passage);
        for failure in [Failure::Unauthorized, Failure::QuotaExhausted, Failure::NoModel, Failure::TooLong, Failure::Malformed] {
            assert_eq!(passage.wait(1, &failure.error(), &Byte(0)), None, "{failure:?}");
        }
        assert!(passage.wait(1, &Failure::Unreachable.error().with("reason", "tls"), &Byte(0)).is_none());
        assert!(passage.wait(1, &Failure::Unreachable.error().with("reason", "refused"), &Byte(0)).is_some());
        assert!(passage.wait(1, &Failure::RateLimited.error().with("retry", "no"), &Byte(0)).is_none());
    }
}
