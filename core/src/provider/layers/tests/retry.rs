use std::{sync::Arc, time::Duration};

use proptest::prelude::*;

use super::script::{Byte, Scripted, Step, all, answer, asking, ended, overloaded, said, started, text, under, waits};
use crate::{
    Error,
    provider::{
        ChatEvent, ChatModel, Failure, FilterReport, FilterSubject, WaitReason,
        layers::{Retry, RetrySettings},
    },
    testing::VirtualTimer,
};

fn retry(model: &Scripted, settings: RetrySettings) -> Retry {
    retry_by(model, settings, 255)
}

/// With chance that is always the same; 255 is the longest wait.
fn retry_by(model: &Scripted, settings: RetrySettings, chance: u8) -> Retry {
    Retry::new(Arc::new(model.clone()), settings, Arc::new(model.timer.clone()), Arc::new(Byte(chance))).unwrap()
}

fn in_seconds(wait: f64) -> Error {
    Failure::RateLimited.error().with_retry_after(Duration::from_secs_f64(wait))
}

#[test]
fn a_failure_that_passes_is_tried_again_and_the_answer_starts_once() {
    let timer = VirtualTimer::default();
    let filter = ChatEvent::Filter(FilterReport { subject: FilterSubject::Prompt, findings: Vec::new() });
    let broken = || vec![started(), Step::Say(filter.clone()), Step::Fail(|| Failure::CutOff.error())];
    let model = Scripted::new(&timer).then(vec![Step::Fail(overloaded)]).then(broken()).then(vec![started()]).then(answer());
    let (events, error) = timer.run(all(&retry(&model, RetrySettings::default()), asking("a")));
    assert!(error.is_none(), "{error:?}");
    let waiting = |seconds| ChatEvent::Waiting { seconds, why: WaitReason::Retry };
    assert_eq!(events[..3], [waiting(1), waiting(1), waiting(2)], "half a second, one, two: rounded up");
    assert!(matches!(&events[3..], [ChatEvent::Started { .. }, ChatEvent::Text(_), ChatEvent::Text(_), ChatEvent::Ended { .. }]));
    assert_eq!((model.tries(), timer.passed()), (4, Duration::from_millis(3500)));
}

#[test]
fn an_answer_that_has_begun_is_not_begun_again() {
    let citation = || Step::Say(ChatEvent::Citation { passage: 0, quote: "q".to_owned() });
    for begun in [text("Die Rück"), citation()] {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).then(vec![started(), begun, Step::Fail(|| Failure::CutOff.error())]);
        let (events, error) = timer.run(all(&retry(&model, RetrySettings::default()), asking("a")));
        assert_eq!((events.len(), error.unwrap().code(), model.tries()), (2, "provider.cut_off", 1));
    }
}

#[test]
fn what_does_not_pass_is_not_tried_again_unless_the_provider_says_so_and_the_other_way_round() {
    let tries = |fails: fn() -> Error| {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).otherwise(vec![Step::Fail(fails)]);
        assert!(timer.run(said(&retry(&model, RetrySettings::default()), asking("a"))).is_err());
        model.tries()
    };
    let final_ones: [fn() -> Error; 10] = [
        || Failure::Rejected.error(),
        || Failure::ContentFiltered.error(),
        || Failure::TooLong.error(),
        || Failure::Unauthorized.error(),
        || Failure::QuotaExhausted.error(),
        || Failure::NoModel.error(),
        || Failure::Malformed.error(),
        || Failure::ServerError.error().with("retry", "no"),
        || Error::new(crate::ErrorKind::Busy, "provider.wait", "").with_retry_after(Duration::from_secs(1)),
        || Error::new(crate::ErrorKind::Internal, "other.room", ""),
    ];
    for fails in final_ones {
        assert_eq!(tries(fails), 1, "{}", fails());
    }
    let passing: [fn() -> Error; 6] = [
        || Failure::RateLimited.error(),
        overloaded,
        || Failure::ServerError.error(),
        || Failure::TimedOut.error(),
        || Failure::Unreachable.error(),
        || Failure::Rejected.error().with("retry", "yes"),
    ];
    for fails in passing {
        assert_eq!(tries(fails), 4, "{}", fails());
    }
}

#[test]
fn the_wait_that_the_provider_names_is_kept_and_a_longer_one_than_allowed_is_told_at_once() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![Step::Fail(|| in_seconds(7.0))]);
    let (events, error) = timer.run(all(&retry_by(&model, RetrySettings::default(), 0), asking("a")));
    assert!(error.is_none());
    assert_eq!((waits(&events), timer.passed()), (vec![7], Duration::from_secs(7)));

    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![Step::Fail(|| in_seconds(61.0))]);
    let error = timer.run(said(&retry(&model, RetrySettings::default()), asking("a"))).unwrap_err();
    assert_eq!((error.code(), error.retry_after()), ("provider.rate_limited", Some(Duration::from_secs(61))));
    assert_eq!((under(&error, "wait_seconds"), model.tries(), timer.passed()), (Some("61"), 1, Duration::ZERO));
}

#[test]
fn tries_and_all_waits_together_are_bounded_and_the_error_says_how_many_there_were() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![Step::Fail(|| in_seconds(25.0))]);
    let settings = RetrySettings { attempts: 9, ..RetrySettings::default() };
    let error = timer.run(said(&retry_by(&model, settings, 0), asking("a"))).unwrap_err();
    assert_eq!((under(&error, "tries"), model.tries(), timer.passed()), (Some("3"), 3, Duration::from_secs(50)));

    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]);
    let error = timer.run(said(&retry(&model, RetrySettings::default()), asking("a"))).unwrap_err();
    assert_eq!((under(&error, "tries"), model.tries()), (Some("4"), 4));
    let none = RetrySettings { attempts: 0, ..RetrySettings::default() };
    let made = Retry::new(Arc::new(model.clone()), none, Arc::new(timer.clone()), Arc::new(Byte(0)));
    assert_eq!(made.err().unwrap().code(), "provider.layers");
}

#[test]
fn an_empty_answer_is_one_and_a_stream_that_just_stops_is_not() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![ended()]).then(Vec::new());
    let retry = retry(&model, RetrySettings { attempts: 1, ..RetrySettings::default() });
    assert_eq!(timer.run(said(&retry, asking("a"))).unwrap(), "");
    assert_eq!(timer.run(said(&retry, asking("a"))).unwrap_err().code(), "provider.cut_off");
}

#[test]
fn findings_of_a_filter_without_end_are_handed_out_and_not_kept() {
    let timer = VirtualTimer::default();
    let report = FilterReport { subject: FilterSubject::Answer, findings: Vec::new() };
    let model = Scripted::new(&timer).then(vec![Step::Say(ChatEvent::Filter(report)), Step::Repeat]);
    timer.run(async {
        let mut answer = retry(&model, RetrySettings::default()).chat(asking("a")).await.unwrap();
        for _ in 0..1000 {
            assert!(futures::StreamExt::next(&mut answer).await.unwrap().is_ok());
        }
    });
}

proptest! {
    #[test]
    fn every_wait_is_at_most_twice_the_one_before_and_never_longer_than_the_longest(
        chance in any::<u8>(), base_ms in 1u64..5000, longest_ms in 1u64..20_000, attempts in 1u32..40,
    ) {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]);
        let millis = Duration::from_millis;
        let settings = RetrySettings { attempts, base: millis(base_ms), longest: millis(longest_ms), max_wait: millis(60_000) };
        let error = timer.run(said(&retry_by(&model, settings, chance), asking("a"))).unwrap_err();
        prop_assert_eq!(error.code(), "provider.overloaded");
        prop_assert!(timer.passed() <= millis(60_000));
        let times: Vec<_> = model.asked().into_iter().map(|(at, _)| at).collect();
        prop_assert!(times.len() <= attempts as usize);
        for (n, pair) in times.windows(2).enumerate() {
            let most = (base_ms as f64 * 2f64.powi(n as i32)).min(longest_ms as f64);
            let expected = most * f64::from(chance) / 255.0;
            let waited = (pair[1] - pair[0]).as_secs_f64() * 1000.0;
            prop_assert!((waited - expected).abs() < 0.01, "{waited} and not {expected}");
        }
    }
}
