use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{token::TokenCache, *};
use crate::{Result, env::Clock, wire::Failure};

/// Counts how often it is asked, and fails from the `fails_from`th time on.
struct Counting {
    asked: AtomicUsize,
    fails_from: usize,
    valid_for: Duration,
}

#[async_trait]
impl TokenSource for Counting {
    async fn token(&self) -> Result<Token> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        // Gives whoever waits for the same token the chance to ask as well.
        tokio::task::yield_now().await;
        if asked >= self.fails_from {
            return Err(Failure::Unreachable.error());
        }
        Ok(Token { value: format!("token-{asked}").into(), valid_for: self.valid_for })
    }
}

fn cache(fails_from: usize, valid_for: Duration) -> (TokenCache, Arc<Counting>, SetClock) {
    let clock = SetClock(Arc::new(std::sync::Mutex::new("2026-11-26T12:00:00Z".parse().unwrap())));
    let source = Arc::new(Counting { asked: AtomicUsize::new(0), fails_from, valid_for });
    (TokenCache::new(source.clone(), Arc::new(clock.clone())), source, clock)
}

#[derive(Clone)]
struct SetClock(Arc<std::sync::Mutex<jiff::Timestamp>>);

impl SetClock {
    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for SetClock {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_renewed_before_it_ends() {
    let (cache, source, clock) = cache(usize::MAX, Duration::from_secs(3600));
    let all = futures::future::join_all((0..16).map(|_| cache.token())).await;
    assert!(all.iter().all(|token| token.as_ref().unwrap().expose() == "token-1"));
    clock.advance(3600 - 301);
    assert_eq!(cache.token().await.unwrap().expose(), "token-1");
    clock.advance(2);
    assert_eq!(cache.token().await.unwrap().expose(), "token-2");
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_to_its_end_and_not_beyond() {
    let (cache, _, clock) = cache(2, Duration::from_secs(3600));
    cache.token().await.unwrap();
    clock.advance(3599);
    assert_eq!(cache.token().await.unwrap().expose(), "token-1");
    clock.advance(1);
    assert_eq!(Failure::of(&cache.token().await.unwrap_err()), Some(Failure::Unreachable));
}

#[tokio::test]
async fn a_token_that_is_short_lived_is_used_for_half_of_its_life() {
    let (cache, source, clock) = cache(usize::MAX, Duration::from_secs(60));
    cache.token().await.unwrap();
    clock.advance(29);
    cache.token().await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 1);
    clock.advance(1);
    cache.token().await.unwrap();
    assert_eq!(source.asked.load(Ordering::SeqCst), 2);
}
