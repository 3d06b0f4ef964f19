use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Result, env::Clock};

/// How long before its end something is renewed, if it is good for twice as long at all.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Where something comes from that is good for a while: a token, a key.
#[async_trait]
pub(crate) trait Source<T>: Send + Sync {
    /// A new one, and how long it is good for from now on.
    ///
    /// # Errors
    /// Passed on to who needs it, unless the one before it is still good.
    async fn fetch(&self) -> Result<(T, Duration)>;
}

/// Keeps what is good for a while until it is to be renewed. Whoever needs it meanwhile waits: it is asked for once at a time.
pub(crate) struct Renewed<T> {
    source: Box<dyn Source<T>>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept<T>>>,
}

struct Kept<T> {
    value: T,
    renewed_at: Timestamp,
    ends_at: Timestamp,
}

impl<T: Clone + Send> Renewed<T> {
    pub(crate) fn new(source: Box<dyn Source<T>>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, kept: Mutex::new(None) }
    }

    /// It was refused: the next one is a new one.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// The one that is to be used now.
    pub(crate) async fn get(&self) -> Result<T> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.renewed_at) {
            return Ok(kept.value.clone());
        }
        match self.source.fetch().await {
            Ok((value, valid_for)) => {
                let after = |time: Duration| {
                    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
                    now.checked_add(time).unwrap_or(Timestamp::MAX)
                };
                let renewed_at = after(valid_for - AHEAD.min(valid_for / 2));
                *kept = Some(Kept { value: value.clone(), renewed_at, ends_at: after(valid_for) });
                Ok(value)
            }
            Err(error) => match kept.as_ref().filter(|kept| now < kept.ends_at) {
                Some(kept) => Ok(kept.value.clone()),
                None => Err(error),
            },
        }
    }
}

impl<T> fmt::Debug for Renewed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewed(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex as StdMutex,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::wire::Failure;

    /// Counts how often it is asked, and fails from the `fails_from`th time on.
    struct Counting {
        asked: Arc<AtomicUsize>,
        fails_from: usize,
        valid_for: Duration,
    }

    #[async_trait]
    impl Source<String> for Counting {
        async fn fetch(&self) -> Result<(String, Duration)> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            // Gives whoever waits for the same one the chance to ask as well.
            tokio::task::yield_now().await;
            if asked >= self.fails_from {
                return Err(Failure::Unreachable.error());
            }
            Ok((format!("token-{asked}"), self.valid_for))
        }
    }

    fn renewed(fails_from: usize, seconds: u64) -> (Renewed<String>, Arc<AtomicUsize>, SetClock) {
        let clock = SetClock(Arc::new(StdMutex::new("2026-11-26T12:00:00Z".parse().unwrap())));
        let asked = Arc::new(AtomicUsize::new(0));
        let source = Counting { asked: asked.clone(), fails_from, valid_for: Duration::from_secs(seconds) };
        (Renewed::new(Box::new(source), Arc::new(clock.clone())), asked, clock)
    }

    #[derive(Clone)]
    struct SetClock(Arc<StdMutex<Timestamp>>);

    impl SetClock {
        fn advance(&self, seconds: i64) {
            *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
        }
    }

    impl Clock for SetClock {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test]
    async fn it_is_asked_for_once_and_renewed_before_it_ends() {
        let (renewed, asked, clock) = renewed(usize::MAX, 3600);
        let all = futures::future::join_all((0..16).map(|_| renewed.get())).await;
        assert!(all.iter().all(|token| token.as_ref().unwrap() == "token-1"));
        clock.advance(3600 - 301);
        assert_eq!(renewed.get().await.unwrap(), "token-1");
        clock.advance(2);
        assert_eq!(renewed.get().await.unwrap(), "token-2");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_cannot_be_renewed_is_used_to_its_end_and_not_beyond() {
        let (renewed, _, clock) = renewed(2, 3600);
        renewed.get().await.unwrap();
        clock.advance(3599);
        assert_eq!(renewed.get().await.unwrap(), "token-1");
        clock.advance(1);
        assert_eq!(Failure::of(&renewed.get().await.unwrap_err()), Some(Failure::Unreachable));
    }

    #[tokio::test]
    async fn what_is_short_lived_is_used_for_half_of_its_life_and_what_has_ended_once() {
        let (short, asked, clock) = renewed(usize::MAX, 60);
        short.get().await.unwrap();
        clock.advance(29);
        short.get().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        clock.advance(1);
        short.get().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        // A machine whose service is down gives keys that have ended, and they may still be taken.
        let (ended, asked, _) = renewed(usize::MAX, 0);
        assert_eq!((ended.get().await.unwrap(), ended.get().await.unwrap()), ("token-1".into(), "token-2".into()));
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_was_refused_is_not_used_again() {
        let (renewed, _, _) = renewed(usize::MAX, 3600);
        renewed.get().await.unwrap();
        renewed.forget().await;
        assert_eq!(renewed.get().await.unwrap(), "token-2");
    }
}
