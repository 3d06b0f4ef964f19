use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all};
use proptest::prelude::*;

use super::script::{Scripted, Step, all, asking, ended, overloaded, said, started, text, under, waits};
use crate::{
    env::Timer,
    provider::{
        ChatEvent, ChatModel, WaitReason,
        layers::{Concurrency, ConcurrencySettings},
    },
    testing::VirtualTimer,
};

fn places(model: &Scripted, at_once: u32, max_wait: u64) -> Concurrency {
    let settings = ConcurrencySettings { at_once, max_wait: Duration::from_secs(max_wait) };
    Concurrency::new(Arc::new(model.clone()), &settings, Arc::new(model.timer.clone())).unwrap()
}

/// An answer that takes so many seconds.
fn lasting(seconds: f64) -> Vec<Step> {
    vec![started(), text("Ja"), Step::Wait(seconds), ended()]
}

#[test]
fn one_who_waits_is_told_and_served_as_soon_as_a_place_is_free() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(lasting(10.0));
    let concurrency = places(&model, 2, 120);
    let told = timer.run(join_all((0..5).map(|_| all(&concurrency, asking("a")))));
    assert!(told.iter().all(|(_, error)| error.is_none()));
    assert_eq!(model.asked().iter().map(|(at, _)| at.as_secs()).collect::<Vec<_>>(), [0, 0, 10, 10, 20]);
    assert_eq!(
        told.iter().map(|(events, _)| waits(events)).collect::<Vec<_>>(),
        [vec![], vec![], vec![120], vec![120], vec![120]]
    );
    assert!(matches!(told[4].0[0], ChatEvent::Waiting { why: WaitReason::Concurrency, .. }));
    assert_eq!((model.most(), model.open()), (2, 0));
}

#[test]
fn a_caller_with_many_requests_keeps_another_waiting_for_one_place_alone() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(lasting(10.0));
    let concurrency = places(&model, 1, 3600);
    let many = join_all((0..20).map(|_| said(&concurrency, asking("many"))));
    let one = async {
        timer.sleep(Duration::from_secs(1)).await;
        said(&concurrency, asking("one")).await
    };
    timer.run(futures::future::join(many, one)).1.unwrap();
    assert_eq!(
        model.asked().iter().position(|(_, who)| who.as_deref() == Some("one")),
        Some(2),
        "behind the one who waited first"
    );
}

#[test]
fn nobody_waits_longer_than_allowed_and_the_error_says_so() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(lasting(50.0));
    let concurrency = places(&model, 1, 20);
    let ended = timer.run(join_all((0..3).map(|_| said(&concurrency, asking("a")))));
    assert!(ended[0].is_ok());
    for error in ended.iter().skip(1).map(|ended| ended.as_ref().unwrap_err()) {
        assert_eq!((error.code(), under(error, "reason")), ("provider.wait", Some("concurrency")));
        assert_eq!(under(error, "may_wait_seconds"), Some("20"));
    }
    assert_eq!(model.tries(), 1);
    let at_once = places(&model, 1, 0);
    let began = timer.passed();
    timer.run(async {
        let mut first = at_once.chat(asking("a")).await.unwrap();
        first.next().await;
        assert_eq!(said(&at_once, asking("a")).await.unwrap_err().code(), "provider.wait");
    });
    assert_eq!(timer.passed(), began);
}

#[test]
fn a_place_is_free_when_the_answer_is_over_even_if_its_reader_keeps_the_stream() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![started(), ended()]).then(vec![Step::Fail(overloaded)]);
    let concurrency = places(&model, 1, 0);
    timer.run(async {
        let mut kept = concurrency.chat(asking("a")).await.unwrap();
        assert!(matches!(kept.next().await, Some(Ok(ChatEvent::Started { .. }))));
        assert!(said(&concurrency, asking("b")).await.is_err(), "it is held while the answer goes on");
        assert!(matches!(kept.next().await, Some(Ok(ChatEvent::Ended { .. }))));
        assert_eq!(model.open(), 0);
        assert_eq!(said(&concurrency, asking("b")).await.unwrap_err().code(), "provider.overloaded");
        assert!(said(&concurrency, asking("b")).await.is_ok(), "a failure frees it as well");
        drop(kept);
    });
}

#[test]
fn a_stream_that_nobody_polls_keeps_nobody_else_waiting_for_more_than_its_own_place() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(lasting(10.0));
    let concurrency = places(&model, 2, 120);
    timer.run(async {
        let mut asleep = Vec::new();
        for _ in 0..3 {
            let mut answer = concurrency.chat(asking("asleep")).await.unwrap();
            answer.next().await;
            asleep.push(answer);
        }
        // Two hold places, one waits and is not polled. One of the two ends.
        asleep.remove(0).collect().await.unwrap();
        let mut other = Box::pin(said(&concurrency, asking("other")));
        assert!(futures::poll!(&mut other).is_pending(), "the one asleep has the place that is its own");
        asleep.remove(0).collect().await.unwrap();
        other.await.unwrap();
        drop(asleep);
    });
    assert_eq!(model.open(), 0);
}

proptest! {
    #[test]
    fn never_more_than_allowed_go_at_once_and_all_who_stay_are_served(
        at_once in 1u32..5,
        requests in prop::collection::vec((0u64..30_000, 0u64..5000, 0usize..4, prop::option::of(0u64..20_000)), 1..40),
    ) {
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).otherwise(lasting(3.0));
        let concurrency = places(&model, at_once, 100_000);
        let callers = ["a", "b", "c", "d"];
        let each = requests.iter().map(|(after, _, who, leaves)| {
            let (timer, concurrency) = (timer.clone(), &concurrency);
            async move {
                timer.sleep(Duration::from_millis(*after)).await;
                let answer = Box::pin(said(concurrency, asking(callers[*who])));
                match leaves {
                    None => Some(answer.await),
                    Some(leaves) => {
                        let left = futures::future::select(answer, timer.sleep(Duration::from_millis(*leaves))).await;
                        if let futures::future::Either::Left((done, _)) = left { Some(done) } else { None }
                    }
                }
            }
        });
        let ended = timer.run(join_all(each));
        prop_assert!(model.most() <= at_once as usize);
        prop_assert_eq!((model.open(), timer.sleepers()), (0, 0));
        for (ended, (_, _, _, leaves)) in ended.iter().zip(&requests) {
            prop_assert!(ended.as_ref().map_or(leaves.is_some(), |done| done.is_ok()));
        }
        // Nobody is lost: as many were asked as places allow in that time, by every caller who stayed.
        let mut asked: BTreeMap<_, usize> = BTreeMap::new();
        for (_, who) in model.asked() {
            *asked.entry(who.unwrap()).or_default() += 1;
        }
        for (who, name) in callers.iter().enumerate() {
            let stayed = requests.iter().filter(|(_, _, its, leaves)| *its == who && leaves.is_none()).count();
            prop_assert!(asked.get(*name).copied().unwrap_or(0) >= stayed);
        }
        // All places are there again.
        let again = timer.run(join_all((0..at_once).map(|_| all(&concurrency, asking("z")))));
        prop_assert!(again.iter().all(|(events, error)| error.is_none() && waits(events).is_empty()));
    }
}
