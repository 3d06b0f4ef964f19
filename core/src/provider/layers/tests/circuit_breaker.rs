use std::{sync::Arc, time::Duration};

use futures::StreamExt;

use super::script::{Scripted, Step, answer, asking, ended, overloaded, said, started, text, under};
use crate::{
    Error, Result,
    env::Timer,
    provider::{
        ChatModel, Failure,
        layers::{CircuitBreaker, CircuitBreakerSettings},
    },
    testing::VirtualTimer,
};

/// Opens after 3 failures in 60 seconds, for 30.
fn breaker(model: &Scripted) -> CircuitBreaker {
    let settings = CircuitBreakerSettings { failures: 3, ..CircuitBreakerSettings::default() };
    CircuitBreaker::new(Arc::new(model.clone()), settings, Arc::new(model.timer.clone())).unwrap()
}

async fn times(breaker: &CircuitBreaker, times: usize) -> Result<String> {
    let mut last = Ok(String::new());
    for _ in 0..times {
        last = said(breaker, asking("a")).await;
    }
    last
}

fn failing(timer: &VirtualTimer) -> Scripted {
    Scripted::new(timer).otherwise(vec![Step::Fail(overloaded)])
}

#[test]
fn it_opens_after_so_many_failures_and_says_when_it_tries_again() {
    let timer = VirtualTimer::default();
    let model = failing(&timer);
    let breaker = breaker(&model);
    timer.run(async {
        assert_eq!(times(&breaker, 3).await.unwrap_err().code(), "provider.overloaded");
        timer.sleep(Duration::from_millis(500)).await;
        let error = times(&breaker, 5).await.unwrap_err();
        assert_eq!((error.code(), error.retry_after()), ("provider.suspended", Some(Duration::from_millis(29_500))));
        assert_eq!((under(&error, "wait_seconds"), under(&error, "provider")), (Some("30"), Some("test")));
    });
    assert_eq!(model.tries(), 3);
}

#[test]
fn after_a_while_one_request_tries_and_the_others_go_on_when_it_is_answered() {
    let timer = VirtualTimer::default();
    let probe = vec![Step::Wait(5.0), started(), text("Ja"), Step::Wait(100.0), ended()];
    let model = Scripted::new(&timer)
        .then(vec![Step::Fail(overloaded)])
        .then(vec![Step::Fail(overloaded)])
        .then(vec![Step::Fail(overloaded)])
        .then(probe);
    let breaker = breaker(&model);
    timer.run(async {
        times(&breaker, 3).await.unwrap_err();
        timer.sleep(Duration::from_secs(30)).await;
        let mut probe = breaker.chat(asking("a")).await.unwrap();
        assert!(futures::poll!(probe.next()).is_pending());
        assert_eq!(said(&breaker, asking("b")).await.unwrap_err().code(), "provider.suspended", "one alone");
        while !matches!(probe.next().await, Some(Ok(crate::provider::ChatEvent::Text(_)))) {}
        said(&breaker, asking("b")).await.unwrap();
        probe.collect().await.unwrap();
    });
}

#[test]
fn a_probe_that_fails_opens_it_again_and_one_that_is_dropped_or_says_nothing_leaves_it_to_the_next() {
    let timer = VirtualTimer::default();
    let mut model = Scripted::new(&timer);
    for _ in 0..4 {
        model = model.then(vec![Step::Fail(overloaded)]);
    }
    let model = model.then(vec![started(), Step::Hang]).then(vec![Step::Fail(|| Failure::RateLimited.error())]);
    let breaker = breaker(&model);
    timer.run(async {
        times(&breaker, 3).await.unwrap_err();
        timer.sleep(Duration::from_secs(30)).await;
        assert_eq!(times(&breaker, 1).await.unwrap_err().code(), "provider.overloaded");
        assert_eq!(times(&breaker, 1).await.unwrap_err().code(), "provider.suspended");
        timer.sleep(Duration::from_secs(30)).await;
        let mut dropped = breaker.chat(asking("a")).await.unwrap();
        dropped.next().await;
        drop(dropped);
        assert_eq!(times(&breaker, 1).await.unwrap_err().code(), "provider.rate_limited");
        times(&breaker, 3).await.unwrap();
    });
}

#[test]
fn failures_count_within_the_window_alone_and_when_they_are_at_least_half() {
    let timer = VirtualTimer::default();
    let model = failing(&timer);
    let alone = breaker(&model);
    timer.run(async {
        for _ in 0..10 {
            timer.sleep(Duration::from_secs(31)).await;
            assert_eq!(times(&alone, 1).await.unwrap_err().code(), "provider.overloaded");
        }
    });

    let mut model = Scripted::new(&timer);
    for _ in 0..50 {
        model = model.then(answer()).then(answer()).then(vec![Step::Fail(overloaded)]);
    }
    let mixed = breaker(&model);
    assert_eq!(timer.run(times(&mixed, 150)).unwrap_err().code(), "provider.overloaded", "a third of them");
    assert_eq!(model.tries(), 150);
}

#[test]
fn only_failures_of_the_provider_count() {
    let counts = |script: Vec<Step>| {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).otherwise(script);
        let breaker = breaker(&model);
        let _ = timer.run(times(&breaker, 4));
        model.tries() == 3
    };
    let of_the_provider: [fn() -> Error; 5] = [
        overloaded,
        || Failure::ServerError.error(),
        || Failure::TimedOut.error(),
        || Failure::Unreachable.error(),
        || Failure::CutOff.error(),
    ];
    for fails in of_the_provider {
        assert!(counts(vec![Step::Fail(fails)]) && counts(vec![started(), text("Ja"), Step::Fail(fails)]), "{}", fails());
    }
    assert!(counts(vec![started()]), "one that just stops broke off");
    let others: [fn() -> Error; 9] = [
        || Failure::RateLimited.error(),
        || Failure::Rejected.error(),
        || Failure::ContentFiltered.error(),
        || Failure::TooLong.error(),
        || Failure::Unauthorized.error(),
        || Failure::QuotaExhausted.error(),
        || Failure::NoModel.error(),
        || Failure::Malformed.error(),
        || Error::new(crate::ErrorKind::Internal, "other.room", ""),
    ];
    for fails in others {
        assert!(!counts(vec![Step::Fail(fails)]), "{}", fails());
    }
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![Step::Hang]);
    let dropping = breaker(&model);
    timer.run(async {
        for _ in 0..10 {
            let mut answer = dropping.chat(asking("a")).await.unwrap();
            assert!(futures::poll!(answer.next()).is_pending());
        }
    });
    assert_eq!((model.tries(), model.open()), (10, 0), "a reader who leaves says nothing of the provider");
}

#[test]
fn what_began_before_it_opened_says_nothing_after() {
    let timer = VirtualTimer::default();
    let slow = vec![started(), Step::Wait(10.0), ended()];
    let late = vec![started(), Step::Wait(35.0), Step::Fail(overloaded)];
    let model = Scripted::new(&timer).then(slow).then(late).otherwise(vec![Step::Fail(overloaded)]);
    let breaker = breaker(&model);
    timer.run(async {
        let begin = async || {
            let mut answer = breaker.chat(asking("a")).await.unwrap();
            answer.next().await;
            answer
        };
        let (slow, late) = (begin().await, begin().await);
        times(&breaker, 3).await.unwrap_err();
        slow.collect().await.unwrap();
        assert_eq!(times(&breaker, 1).await.unwrap_err().code(), "provider.suspended", "an old success does not close it");
        late.collect().await.unwrap_err();
        assert_eq!(times(&breaker, 1).await.unwrap_err().code(), "provider.overloaded", "an old failure does not keep it open");
    });
}
