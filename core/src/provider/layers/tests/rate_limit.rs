use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all};
use proptest::prelude::*;

use super::script::{Scripted, Step, all, asking, ended, said, started, text, took, under, waits};
use crate::{
    Error,
    env::Timer,
    provider::{
        ChatEvent, ChatModel, ChatRequest, Failure, WaitReason,
        layers::{RateLimit, RateLimitSettings, TpmPreset},
    },
    testing::VirtualTimer,
};

/// What [`asking`] is estimated at.
const ONE: u64 = 146;

fn limited(model: &Scripted, settings: &RateLimitSettings) -> RateLimit {
    RateLimit::new(Arc::new(model.clone()), settings, Arc::new(model.timer.clone())).unwrap()
}

fn of_tokens(tokens: u64, max_wait: u64) -> RateLimitSettings {
    RateLimitSettings { tokens_a_minute: Some(tokens), max_wait: Duration::from_secs(max_wait), ..RateLimitSettings::default() }
}

/// As a server answers that does not count.
fn uncounted() -> Vec<Step> {
    vec![started(), ended()]
}

fn seconds(model: &Scripted) -> Vec<u64> {
    model.asked().iter().map(|(at, _)| at.as_secs()).collect()
}

#[test]
fn a_minute_has_its_tokens_and_not_more_and_the_wait_is_told_to_the_second() {
    let timer = VirtualTimer::default();
    let answered = vec![started(), took(46, 100)];
    let model = Scripted::new(&timer).otherwise(answered);
    let limit = limited(&model, &of_tokens(3 * ONE, 3600));
    let ends = timer.run(join_all((0..8).map(|_| all(&limit, asking("a")))));
    assert_eq!(seconds(&model), [0, 0, 0, 60, 60, 60, 120, 120]);
    let told: Vec<_> = ends.iter().map(|(events, _)| waits(events)).collect();
    assert_eq!(told, [vec![], vec![], vec![], vec![60], vec![60], vec![60], vec![120], vec![120]]);
    assert!(matches!(ends[7].0[0], ChatEvent::Waiting { why: WaitReason::RateLimit, .. }));
}

#[test]
fn what_an_answer_took_takes_the_place_of_what_was_estimated() {
    let timer = VirtualTimer::default();
    // It takes a third of the estimate, and less than half of the limit remains by the estimate.
    let model = Scripted::new(&timer).then(vec![started(), Step::Wait(5.0), took(20, 10)]).then(uncounted());
    let limit = limited(&model, &of_tokens(ONE + 40, 3600));
    timer.run(join_all((0..2).map(|_| said(&limit, asking("a")))));
    assert_eq!(seconds(&model), [0, 5], "the second goes as soon as it is known");

    let timer = VirtualTimer::default();
    let more = vec![started(), took(10, 2 * ONE)];
    let model = Scripted::new(&timer).then(more).otherwise(uncounted());
    let limit = limited(&model, &of_tokens(3 * ONE, 3600));
    timer.run(async {
        said(&limit, asking("a")).await.unwrap();
        said(&limit, asking("a")).await.unwrap();
    });
    assert_eq!(seconds(&model), [0, 60], "what it took beyond the estimate counts as well");
}

#[test]
fn a_request_that_no_minute_has_room_for_is_an_error_and_no_wait() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer);
    let limit = limited(&model, &of_tokens(1000, 3600));
    let large = ChatRequest { max_tokens: Some(2000), ..asking("a") };
    let error = timer.run(said(&limit, large)).unwrap_err();
    assert_eq!((error.code(), under(&error, "tokens_a_minute")), ("provider.over_limit", Some("1000")));
    assert!(under(&error, "tokens").unwrap().parse::<u64>().unwrap() > 2000);
    assert_eq!((model.tries(), timer.passed()), (0, Duration::ZERO));
}

#[test]
fn who_would_wait_too_long_is_told_at_once_and_for_how_long() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![started(), took(46, 100)]);
    let limit = limited(&model, &of_tokens(ONE, 60));
    timer.run(async {
        said(&limit, asking("a")).await.unwrap();
        timer.sleep(Duration::from_secs(10)).await;
        let (second, third) = futures::future::join(said(&limit, asking("a")), async {
            let error = said(&limit, asking("b")).await.unwrap_err();
            (error, timer.passed())
        })
        .await;
        second.unwrap();
        let (error, at) = third;
        assert_eq!((error.code(), error.retry_after()), ("provider.wait", Some(Duration::from_secs(110))));
        assert_eq!((under(&error, "wait_seconds"), under(&error, "reason")), (Some("110"), Some("rate_limit")));
        assert_eq!(at, Duration::from_secs(10));
    });
}

#[test]
fn callers_take_turns_so_that_one_with_many_requests_does_not_keep_others_waiting() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![started(), took(46, 100)]);
    let limit = limited(&model, &of_tokens(2 * ONE, 100_000));
    let many = join_all((0..20).map(|_| said(&limit, asking("many"))));
    let later = |who| {
        let (timer, limit) = (&timer, &limit);
        async move {
            timer.sleep(Duration::from_secs(1)).await;
            let mut events = all(limit, asking(who)).await.0;
            waits(&std::mem::take(&mut events))
        }
    };
    let (_, told) = timer.run(futures::future::join(many, join_all([later("one"), later("two")])));
    let at = |who: &str| {
        let asked = model.asked().into_iter().filter(|(_, its)| its.as_deref() == Some(who));
        asked.map(|(at, _)| at.as_secs()).collect::<Vec<_>>()
    };
    assert_eq!((at("one"), at("two")), (vec![60], vec![120]));
    assert_eq!(at("many")[..6], [0, 0, 60, 120, 180, 180]);
    assert_eq!(told, [vec![59], vec![119]]);
}

#[test]
fn a_refusal_closes_the_gate_for_all_and_who_may_not_wait_so_long_is_told_at_once() {
    fn refused() -> Error {
        Failure::RateLimited.error().with_retry_after(Duration::from_secs(90))
    }
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![Step::Wait(2.0), Step::Fail(refused)]).otherwise(uncounted());
    let patient = limited(&model, &RateLimitSettings { max_wait: Duration::from_secs(600), ..RateLimitSettings::default() });
    timer.run(async {
        assert_eq!(said(&patient, asking("a")).await.unwrap_err().code(), "provider.rate_limited");
        let (events, error) = all(&patient, asking("b")).await;
        assert_eq!((waits(&events), error.is_none()), (vec![90], true));
    });
    assert_eq!(seconds(&model), [0, 92]);

    // One who waits already for the minute to pass, and may no longer.
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![Step::Wait(2.0), Step::Fail(refused)]).otherwise(uncounted());
    let limit = limited(&model, &of_tokens(ONE, 80));
    timer.run(async {
        let waits = async {
            let (events, error) = all(&limit, asking("b")).await;
            (events, error.unwrap(), timer.passed())
        };
        let (_, (events, error, at)) = futures::future::join(said(&limit, asking("a")), waits).await;
        assert_eq!((super::script::waits(&events), at), (vec![60], Duration::from_secs(2)));
        assert_eq!((error.code(), error.retry_after()), ("provider.wait", Some(Duration::from_secs(90))));
    });
    assert_eq!(model.tries(), 1);
}

#[test]
fn a_longer_wait_than_was_told_is_told_again() {
    let timer = VirtualTimer::default();
    let refused = || Failure::RateLimited.error().with_retry_after(Duration::from_secs(90));
    let model = Scripted::new(&timer).then(vec![Step::Wait(2.0), Step::Fail(refused)]).otherwise(uncounted());
    let limit = limited(&model, &of_tokens(ONE, 600));
    let (_, (events, _)) = timer.run(futures::future::join(said(&limit, asking("a")), all(&limit, asking("b"))));
    assert_eq!((waits(&events), seconds(&model)), (vec![60, 90], vec![0, 92]));
}

#[test]
fn a_refusal_that_does_not_say_for_how_long_closes_for_a_second_and_a_busy_provider_for_as_long_as_it_says() {
    for (fails, until) in [
        ((|| Failure::RateLimited.error()) as fn() -> Error, 1),
        (|| Failure::Overloaded.error().with_retry_after(Duration::from_secs(5)), 5),
        (|| Failure::Overloaded.error(), 0),
        (|| Failure::ServerError.error().with_retry_after(Duration::from_secs(5)), 0),
    ] {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).then(vec![Step::Fail(fails)]);
        let limit = limited(&model, &RateLimitSettings::default());
        timer.run(async {
            said(&limit, asking("a")).await.unwrap_err();
            said(&limit, asking("a")).await.unwrap();
        });
        assert_eq!(seconds(&model), [0, until], "{}", fails());
    }
}

#[test]
fn what_the_model_never_worked_on_takes_nothing_and_what_broke_off_takes_what_came() {
    let second_at = |script: Vec<Step>| {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).then(script).otherwise(uncounted());
        let limit = limited(&model, &of_tokens(ONE + 30, 3600));
        timer.run(async {
            let _ = said(&limit, asking("a")).await;
            let _ = said(&limit, asking("a")).await;
        });
        model.asked()[1].0.as_secs()
    };
    let fails: [(fn() -> Error, u64); 6] = [
        (|| Failure::Rejected.error(), 0),
        (|| Failure::Unreachable.error(), 0),
        (|| Failure::Unauthorized.error(), 0),
        (|| Error::new(crate::ErrorKind::Busy, "provider.suspended", ""), 0),
        // The prompt was read, perhaps; the answer did not come.
        (|| Failure::ServerError.error(), 60),
        (|| Failure::TimedOut.error(), 60),
    ];
    for (fails, at) in fails {
        assert_eq!(second_at(vec![Step::Fail(fails)]), at, "{}", fails());
    }
    assert_eq!(second_at(vec![started(), text("Ja"), Step::Fail(|| Failure::CutOff.error())]), 60);
    // As long as the answer has not come, all of it may: then nothing is left of the limit. When it broke off, a second one fits.
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![started(), text("Ja"), Step::Hang]).otherwise(uncounted());
    let limit = limited(&model, &of_tokens(ONE + 60, 3600));
    timer.run(async {
        let mut dropped = limit.chat(asking("a")).await.unwrap();
        dropped.next().await;
        dropped.next().await;
        let mut other = Box::pin(said(&limit, asking("b")));
        assert!(futures::poll!(&mut other).is_pending());
        drop(dropped);
        other.await.unwrap();
    });
    assert_eq!(seconds(&model), [0, 0]);
}

#[test]
fn requests_a_minute_are_kept_to_without_any_limit_of_tokens() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer);
    let settings =
        RateLimitSettings { requests_a_minute: Some(12), max_wait: Duration::from_secs(600), ..RateLimitSettings::default() };
    let limit = limited(&model, &settings);
    timer.run(join_all((0..5).map(|_| said(&limit, asking("a")))));
    assert_eq!(seconds(&model), [0, 0, 10, 10, 20]);
}

#[test]
fn limits_are_settings_a_number_comes_before_a_preset_and_none_may_be_nothing() {
    let of = |json: &str| serde_json::from_str::<RateLimitSettings>(json);
    assert_eq!(of(r#"{"preset": "10-25"}"#).unwrap().tokens(), Some(TpmPreset::UpTo25.tokens_a_minute()));
    assert_eq!(of(r#"{"preset": "10-25", "tokens_a_minute": 7}"#).unwrap().tokens(), Some(7));
    assert_eq!(of("{}").unwrap().tokens(), None);
    assert!(of(r#"{"tokens": 7}"#).is_err() && of(r#"{"preset": "7"}"#).is_err());
    let timer = VirtualTimer::default();
    for nothing in [r#"{"tokens_a_minute": 0}"#, r#"{"requests_a_minute": 0}"#] {
        let made = RateLimit::new(Arc::new(Scripted::new(&timer)), &of(nothing).unwrap(), Arc::new(timer.clone()));
        assert_eq!(made.err().unwrap().code(), "provider.layers");
    }
}

#[test]
fn the_estimate_of_these_tests_is_the_one_that_is_made() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer);
    assert!(timer.run(said(&limited(&model, &of_tokens(ONE, 0)), asking("a"))).is_ok());
    let error = timer.run(said(&limited(&model, &of_tokens(ONE - 1, 0)), asking("a"))).unwrap_err();
    assert_eq!(under(&error, "tokens"), Some(ONE.to_string().as_str()));
}

proptest! {
    /// Whoever comes, leaves, is answered or refused, whenever.
    #[test]
    fn no_minute_ever_has_more_than_its_tokens_and_all_who_stay_are_served(
        room in 1u64..6,
        requests in prop::collection::vec((0u64..100_000, 0usize..4, prop::option::of(0u64..100_000)), 1..30),
        refused in prop::option::of(0usize..30),
    ) {
        let timer = VirtualTimer::default();
        // As much as was estimated, so that what was sent is what counts.
        let mut model = Scripted::new(&timer).otherwise(vec![started(), Step::Wait(1.0), took(46, 100)]);
        for n in 0..30 {
            let fails = || Failure::RateLimited.error().with_retry_after(Duration::from_secs(30));
            let script = if Some(n) == refused { vec![Step::Fail(fails)] } else { vec![started(), Step::Wait(1.0), took(46, 100)] };
            model = model.then(script);
        }
        let limit = limited(&model, &of_tokens(room * ONE + 20, 1_000_000));
        let callers = ["a", "b", "c", "d"];
        let each = requests.iter().map(|(after, who, leaves)| {
            let (timer, limit) = (timer.clone(), &limit);
            async move {
                timer.sleep(Duration::from_millis(*after)).await;
                let answer = Box::pin(said(limit, asking(callers[*who])));
                match leaves {
                    None => Some(answer.await),
                    Some(leaves) => {
                        let left = futures::future::select(answer, timer.sleep(Duration::from_millis(*leaves))).await;
                        if let futures::future::Either::Left((done, _)) = left { Some(done) } else { None }
                    }
                }
            }
        });
        let ends = timer.run(join_all(each));
        for (end, (_, _, leaves)) in ends.iter().zip(&requests) {
            match end {
                Some(Ok(_)) => {}
                Some(Err(error)) => prop_assert_eq!(error.code(), "provider.rate_limited"),
                None => prop_assert!(leaves.is_some()),
            }
        }
        prop_assert_eq!((model.open(), timer.sleepers()), (0, 0));
        let times: Vec<_> = model.asked().iter().map(|(at, _)| *at).collect();
        for from in &times {
            // One that was dropped in between counts for its prompt alone, and one that was refused for nothing.
            let stayed = times.iter().filter(|at| *at >= from && **at < *from + Duration::from_secs(60)).count();
            let gone = ends.iter().filter(|end| !matches!(end, Some(Ok(_)))).count();
            prop_assert!(stayed as u64 <= room + gone as u64);
        }
        model.forget();
        // An hour later all of it is there again.
        let again = timer.run(async {
            timer.sleep(Duration::from_secs(3600)).await;
            join_all((0..room).map(|_| all(&limit, asking("z")))).await
        });
        prop_assert!(again.iter().all(|(events, error)| error.is_none() && waits(events).is_empty()));
    }
}
