use std::{sync::Arc, time::Duration};

use futures::StreamExt;

use super::script::{Byte, Scripted, Step, asking, overloaded, said, started, text};
use crate::{
    Error,
    env::{Random, Timer},
    provider::{
        ChatEvent, ChatModel, Failure,
        layers::{
            CircuitBreaker, CircuitBreakerSettings, Concurrency, ConcurrencySettings, Fallback, LayerSettings, RateLimit,
            RateLimitSettings, Retry, RetrySettings, Timeout, TimeoutSettings, layered,
        },
    },
    testing::VirtualTimer,
};

const LAYERS: [&str; 7] = ["retry", "concurrency", "rate limit", "circuit breaker", "timeout", "fallback", "all"];

/// A layer that lets one request through at a time where it is one that lets through few.
fn layer(name: &str, model: &Scripted) -> Arc<dyn ChatModel> {
    let timer: Arc<dyn Timer> = Arc::new(model.timer.clone());
    let random: Arc<dyn Random> = Arc::new(Byte(255));
    let inner: Arc<dyn ChatModel> = Arc::new(model.clone());
    let few =
        RateLimitSettings { tokens_a_minute: Some(200), max_wait: Duration::from_secs(600), ..RateLimitSettings::default() };
    let one = ConcurrencySettings { at_once: 1, ..ConcurrencySettings::default() };
    match name {
        "retry" => Arc::new(Retry::new(inner, RetrySettings::default(), timer, random).unwrap()),
        "concurrency" => Arc::new(Concurrency::new(inner, &one, timer).unwrap()),
        "rate limit" => Arc::new(RateLimit::new(inner, &few, timer).unwrap()),
        "circuit breaker" => Arc::new(CircuitBreaker::new(inner, CircuitBreakerSettings::default(), timer).unwrap()),
        "timeout" => Arc::new(Timeout::new(inner, TimeoutSettings::default(), timer).unwrap()),
        "fallback" => Arc::new(Fallback::new(vec![inner.clone(), inner]).unwrap()),
        _ => {
            let settings = LayerSettings { concurrency: one, rate_limit: few, ..LayerSettings::default() };
            layered(vec![inner.clone(), inner], &settings, &timer, &random).unwrap()
        }
    }
}

/// Polls a stream until it has nothing more to say for now; what it said.
async fn drained(answer: &mut crate::provider::ChatStream) -> Vec<ChatEvent> {
    let mut events = Vec::new();
    while let std::task::Poll::Ready(Some(Ok(event))) = futures::poll!(answer.next()) {
        events.push(event);
    }
    events
}

#[test]
fn a_stream_that_is_dropped_before_it_is_polled_has_asked_nothing() {
    for name in LAYERS {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer);
        let layer = layer(name, &model);
        timer.run(async {
            drop(layer.chat(asking("a")).await.unwrap());
            assert_eq!(model.tries(), 0, "{name}");
            said(layer.as_ref(), asking("b")).await.unwrap();
        });
        assert_eq!(timer.passed(), Duration::ZERO, "{name}");
    }
}

#[test]
fn dropping_a_stream_wherever_it_stands_drops_the_request_and_leaves_everything_to_the_next() {
    let scripts = [
        vec![Step::Hang],
        vec![Step::Wait(1000.0)],
        vec![started(), Step::Hang],
        vec![started(), text("Die Rückstellung"), Step::Hang],
        vec![started(), text("Die Rückstellung"), Step::Wait(1000.0)],
    ];
    for name in LAYERS {
        for (n, script) in scripts.iter().enumerate() {
            let timer = VirtualTimer::default();
            let model = Scripted::new(&timer).then(script.clone());
            let layer = layer(name, &model);
            timer.run(async {
                let mut answer = layer.chat(asking("a")).await.unwrap();
                drained(&mut answer).await;
                assert_eq!(model.open(), 1, "{name}, script {n}");
                drop(answer);
                assert_eq!((model.open(), timer.sleepers()), (0, 0), "{name}, script {n}");
                said(layer.as_ref(), asking("b")).await.unwrap();
            });
            assert_eq!((timer.passed(), model.tries()), (Duration::ZERO, 2), "{name}, script {n}: nobody waits for what is gone");
        }
    }
}

#[test]
fn dropping_a_stream_that_waits_gives_its_place_in_the_queue_back() {
    for name in ["concurrency", "rate limit", "all"] {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).then(vec![started(), Step::Wait(5.0), super::script::ended()]);
        let layer = layer(name, &model);
        timer.run(async {
            let mut first = layer.chat(asking("a")).await.unwrap();
            drained(&mut first).await;
            let mut second = layer.chat(asking("a")).await.unwrap();
            assert!(matches!(drained(&mut second).await[..], [ChatEvent::Waiting { .. }]), "{name}");
            let mut third = Box::pin(said(layer.as_ref(), asking("a")));
            assert!(futures::poll!(&mut third).is_pending(), "{name}");
            drop(second);
            // The first one takes less than it might have, and nobody stands before the third.
            first.collect().await.unwrap();
            third.await.unwrap();
        });
        assert_eq!(model.tries(), 2, "{name}");
        assert!(timer.passed() <= Duration::from_secs(60), "{name}");
    }
}

#[test]
fn one_who_was_served_and_leaves_before_it_looks_gives_back_what_it_got() {
    for name in ["concurrency", "rate limit", "all"] {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).then(vec![started(), Step::Hang]);
        let layer = layer(name, &model);
        timer.run(async {
            let mut first = layer.chat(asking("a")).await.unwrap();
            drained(&mut first).await;
            let mut second = layer.chat(asking("a")).await.unwrap();
            drained(&mut second).await;
            drop(first);
            // The second has its share now and is not polled any more.
            drop(second);
            said(layer.as_ref(), asking("a")).await.unwrap();
        });
        assert_eq!((model.tries(), timer.passed()), (2, Duration::ZERO), "{name}");
    }
}

#[test]
fn dropping_a_stream_between_two_tries_ends_the_trying() {
    for name in ["retry", "all"] {
        let timer = VirtualTimer::default();
        let fails: fn() -> Error = || Failure::RateLimited.error().with_retry_after(Duration::from_secs(30));
        let model = Scripted::new(&timer).then(vec![Step::Fail(fails)]).then(vec![Step::Fail(overloaded)]);
        let layer = layer(name, &model);
        timer.run(async {
            let mut answer = layer.chat(asking("a")).await.unwrap();
            assert!(matches!(drained(&mut answer).await[..], [ChatEvent::Waiting { .. }]));
            assert_eq!((timer.sleepers(), model.open()), (1, 0), "{name}: no place is held in the meantime");
            drop(answer);
            assert_eq!(timer.sleepers(), 0);
        });
        assert_eq!(model.tries(), 1, "{name}");
    }
}
