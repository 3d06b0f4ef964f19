use std::{sync::Arc, time::Duration};

use futures::future::join_all;

use super::script::{Byte, Scripted, Step, all, asking, overloaded, said, started, text, took, under, waits};
use crate::{
    Error,
    env::{Random, Timer},
    provider::{
        ChatEvent, ChatModel, Failure, WaitReason,
        layers::{
            CircuitBreaker, CircuitBreakerSettings, Concurrency, ConcurrencySettings, Fallback, LayerSettings, RateLimit,
            RateLimitSettings, Retry, RetrySettings, TpmPreset, layered,
        },
    },
    testing::VirtualTimer,
};

fn stack(models: &[&Scripted], settings: &LayerSettings) -> Arc<dyn ChatModel> {
    let (timer, random) = tools(models[0]);
    let models = models.iter().map(|model| Arc::new((*model).clone()) as Arc<dyn ChatModel>).collect();
    layered(models, settings, &timer, &random).unwrap()
}

fn tools(model: &Scripted) -> (Arc<dyn Timer>, Arc<dyn Random>) {
    (Arc::new(model.timer.clone()), Arc::new(Byte(255)))
}

#[test]
fn settings_have_defaults_are_in_seconds_and_unknown_ones_are_errors() {
    let settings: LayerSettings = serde_json::from_str(
        r#"{"retry": {"attempts": 2, "base_seconds": 0.25}, "rate_limit": {"preset": "26-50", "max_wait_seconds": 90},
            "concurrency": {"at_once": 4}, "circuit_breaker": {"open_seconds": 5}, "timeout": {"first_event_seconds": 20}}"#,
    )
    .unwrap();
    assert_eq!(settings.retry, RetrySettings { attempts: 2, base: Duration::from_millis(250), ..RetrySettings::default() });
    assert_eq!(settings.rate_limit.preset, Some(TpmPreset::UpTo50));
    assert_eq!((settings.rate_limit.max_wait, settings.concurrency.at_once), (Duration::from_secs(90), 4));
    assert_eq!(serde_json::from_str::<LayerSettings>("{}").unwrap(), LayerSettings::default());
    for wrong in [r#"{"retries": {}}"#, r#"{"retry": {"attempt": 1}}"#, r#"{"concurrency": {"at_once": -1}}"#] {
        assert!(serde_json::from_str::<LayerSettings>(wrong).is_err(), "{wrong}");
    }
    let timer = VirtualTimer::default();
    let (timer, random) = tools(&Scripted::new(&timer));
    assert_eq!(layered(Vec::new(), &LayerSettings::default(), &timer, &random).err().unwrap().code(), "provider.layers");
}

#[test]
fn a_model_in_all_layers_says_of_itself_what_it_says_alone() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).named("mine", true);
    let one = stack(&[&model], &LayerSettings::default());
    assert_eq!((one.name(), one.provider(), one.is_external()), ("mine", "test", true));
    assert_eq!((one.capabilities(), one.destinations()), (model.capabilities(), model.destinations()));
    assert_eq!(timer.run(said(one.as_ref(), asking("a"))).unwrap(), "Ja.");
}

#[test]
fn each_try_is_counted_by_the_limit_and_no_place_is_held_between_two() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(vec![Step::Fail(|| Failure::ServerError.error())]);
    let settings = LayerSettings {
        concurrency: ConcurrencySettings { at_once: 1, ..ConcurrencySettings::default() },
        rate_limit: RateLimitSettings {
            requests_a_minute: Some(2),
            max_wait: Duration::from_secs(600),
            ..RateLimitSettings::default()
        },
        ..LayerSettings::default()
    };
    let stack = stack(&[&model], &settings);
    timer.run(async {
        let first = all(stack.as_ref(), asking("a"));
        let other = async {
            timer.sleep(Duration::from_millis(100)).await;
            said(stack.as_ref(), asking("b")).await.unwrap();
            timer.passed()
        };
        let ((events, error), other_at) = futures::future::join(first, other).await;
        assert!(error.is_none());
        assert_eq!(other_at, Duration::from_millis(100), "the place is free while the first one waits for its next try");
        let whys: Vec<_> = events
            .iter()
            .filter_map(|event| if let ChatEvent::Waiting { why, .. } = event { Some(*why) } else { None })
            .collect();
        assert_eq!(whys, [WaitReason::Retry, WaitReason::RateLimit], "two requests a minute, and this try is the third");
    });
    assert_eq!(model.asked().iter().map(|(at, _)| at.as_millis()).collect::<Vec<_>>(), [0, 100, 60_000]);
}

#[test]
fn a_provider_that_fails_is_left_alone_also_by_those_who_wait_already_and_the_next_one_answers() {
    let timer = VirtualTimer::default();
    let down = Scripted::new(&timer).named("down", false).otherwise(vec![Step::Wait(1.0), Step::Fail(overloaded)]);
    let up = Scripted::new(&timer).named("up", false);
    let settings = LayerSettings {
        concurrency: ConcurrencySettings { at_once: 2, ..ConcurrencySettings::default() },
        circuit_breaker: CircuitBreakerSettings { failures: 4, ..CircuitBreakerSettings::default() },
        ..LayerSettings::default()
    };
    let chain = stack(&[&down, &up], &settings);
    let ends = timer.run(join_all((0..30).map(|_| all(chain.as_ref(), asking("a")))));
    for (events, error) in &ends {
        assert!(error.is_none());
        let codes: Vec<_> = events
            .iter()
            .filter_map(|event| if let ChatEvent::Switched { because, .. } = event { Some(because.as_str()) } else { None })
            .collect();
        assert_eq!(codes, ["provider.suspended"]);
    }
    assert!(down.tries() <= 6, "{}", down.tries());
    assert_eq!(up.tries(), 30);
    assert!(timer.passed() < Duration::from_secs(10));
}

#[test]
fn the_hang_of_a_provider_counts_as_its_failure() {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).otherwise(vec![Step::Hang]);
    let settings = LayerSettings {
        circuit_breaker: CircuitBreakerSettings {
            failures: 2,
            window: Duration::from_secs(3600),
            ..CircuitBreakerSettings::default()
        },
        ..LayerSettings::default()
    };
    let error = timer.run(said(stack(&[&model], &settings).as_ref(), asking("a"))).unwrap_err();
    assert_eq!((error.code(), model.tries()), ("provider.suspended", 2));
}

#[test]
fn nothing_that_was_asked_stands_in_an_error_of_any_layer() {
    // `said` looks for it; here every error once.
    let timer = VirtualTimer::default();
    let fails: [fn() -> Error; 3] = [overloaded, || Failure::Rejected.error(), || Failure::CutOff.error()];
    for fails in fails {
        let model = Scripted::new(&timer).otherwise(vec![Step::Fail(fails)]);
        assert!(timer.run(said(stack(&[&model, &model], &LayerSettings::default()).as_ref(), asking("a"))).is_err());
    }
    let events = format!("{:?}", ChatEvent::Waiting { seconds: 1, why: WaitReason::Retry });
    assert!(!events.contains("Geheim"));
}

/// What goes wrong in another order: what the table in `layers/mod.rs` says.
mod another_order {
    use super::*;

    const ONE: u64 = 146;

    /// The most tokens in any minute, all answers being as long as they may.
    fn most_in_a_minute(model: &Scripted) -> u64 {
        let times: Vec<_> = model.asked().into_iter().map(|(at, _)| at).collect();
        let within = |from: &Duration| times.iter().filter(|at| *at >= from && **at < *from + Duration::from_secs(60)).count();
        times.iter().map(within).max().unwrap_or(0) as u64 * ONE
    }

    #[test]
    fn a_limit_outside_of_the_places_counts_requests_before_they_are_sent() {
        let limit = RateLimitSettings {
            tokens_a_minute: Some(2 * ONE),
            max_wait: Duration::from_secs(3600),
            ..RateLimitSettings::default()
        };
        let one = ConcurrencySettings { at_once: 1, max_wait: Duration::from_secs(3600) };
        let run = |is_right: bool| {
            let timer = VirtualTimer::default();
            let slow = vec![started(), Step::Wait(300.0), took(46, 100)];
            let model = Scripted::new(&timer).then(slow).otherwise(vec![started(), took(46, 100)]);
            let (clock, inner) = (tools(&model).0, Arc::new(model.clone()));
            let stack: Arc<dyn ChatModel> = if is_right {
                let limited = Arc::new(RateLimit::new(inner, &limit, clock.clone()).unwrap());
                Arc::new(Concurrency::new(limited, &one, clock).unwrap())
            } else {
                let placed = Arc::new(Concurrency::new(inner, &one, clock.clone()).unwrap());
                Arc::new(RateLimit::new(placed, &limit, clock).unwrap())
            };
            let ends = timer.run(join_all((0..8).map(|_| said(stack.as_ref(), asking("a")))));
            assert!(ends.iter().all(Result::is_ok));
            most_in_a_minute(&model)
        };
        assert_eq!(run(true), 2 * ONE);
        assert!(run(false) > 2 * ONE, "they pile up behind the slow one and go out together");
    }

    #[test]
    fn trying_again_inside_of_the_limit_is_not_counted_by_it() {
        let limit = RateLimitSettings { requests_a_minute: Some(2), max_wait: Duration::ZERO, ..RateLimitSettings::default() };
        let timer = VirtualTimer::default();
        let model = Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]);
        let (clock, random) = tools(&model);
        let retry = Retry::new(Arc::new(model.clone()), RetrySettings::default(), clock.clone(), random.clone()).unwrap();
        let outside = RateLimit::new(Arc::new(retry), &limit, clock.clone()).unwrap();
        assert!(timer.run(said(&outside, asking("a"))).is_err());
        assert_eq!(model.tries(), 4, "twice as many as a minute allows");

        let model = Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]);
        let limited = RateLimit::new(Arc::new(model.clone()), &limit, clock.clone()).unwrap();
        let retry = Retry::new(Arc::new(limited), RetrySettings::default(), clock, random).unwrap();
        assert_eq!(timer.run(said(&retry, asking("a"))).unwrap_err().code(), "provider.wait");
        assert_eq!(model.tries(), 2);
    }

    #[test]
    fn a_chain_inside_of_the_tries_begins_anew_with_each() {
        let tries = |is_right: bool| {
            let timer = VirtualTimer::default();
            let model = || Scripted::new(&timer).otherwise(vec![Step::Fail(|| Failure::NoModel.error())]);
            let (first, second) = (model(), Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]));
            let (clock, random) = tools(&first);
            let again = |model: Arc<dyn ChatModel>| {
                Arc::new(Retry::new(model, RetrySettings::default(), clock.clone(), random.clone()).unwrap())
                    as Arc<dyn ChatModel>
            };
            let models: Vec<Arc<dyn ChatModel>> = vec![Arc::new(first.clone()), Arc::new(second.clone())];
            let stack = if is_right {
                Arc::new(Fallback::new(models.into_iter().map(again).collect()).unwrap()) as Arc<dyn ChatModel>
            } else {
                let relabelled = Fallback::new(models).unwrap();
                again(Arc::new(Renamed(relabelled)))
            };
            assert!(timer.run(said(stack.as_ref(), asking("a"))).is_err());
            (first.tries(), second.tries())
        };
        assert_eq!(tries(true), (1, 4), "a model that is not there is asked once");
        assert_eq!(tries(false), (4, 4));
    }

    /// A chain whose failure may be tried again.
    struct Renamed(Fallback);

    #[async_trait::async_trait]
    impl ChatModel for Renamed {
        fn name(&self) -> &str {
            self.0.name()
        }

        fn provider(&self) -> &str {
            self.0.provider()
        }

        fn is_external(&self) -> bool {
            false
        }

        fn capabilities(&self) -> crate::provider::Capabilities {
            self.0.capabilities()
        }

        async fn chat(&self, request: crate::provider::ChatRequest) -> crate::Result<crate::provider::ChatStream> {
            let whole = self.0.chat(request).await?.collect().await.map_err(|_| overloaded())?;
            Ok(crate::provider::ChatStream::new(futures::stream::iter([Ok(ChatEvent::Text(whole.text))])))
        }
    }

    #[test]
    fn a_breaker_outside_of_the_tries_sees_one_failure_of_four() {
        let settings = CircuitBreakerSettings { failures: 4, ..CircuitBreakerSettings::default() };
        let timer = VirtualTimer::default();
        let tries = |is_right: bool| {
            let model = Scripted::new(&timer).otherwise(vec![Step::Fail(overloaded)]);
            let (clock, random) = tools(&model);
            let inner: Arc<dyn ChatModel> = Arc::new(model.clone());
            let again = |model| Arc::new(Retry::new(model, RetrySettings::default(), clock.clone(), random.clone()).unwrap());
            let broken = |model| Arc::new(CircuitBreaker::new(model, settings.clone(), clock.clone()).unwrap());
            let stack: Arc<dyn ChatModel> = if is_right { again(broken(inner)) } else { broken(again(inner)) };
            timer.run(async {
                for _ in 0..4 {
                    assert!(said(stack.as_ref(), asking("a")).await.is_err());
                }
            });
            model.tries()
        };
        assert_eq!((tries(true), tries(false)), (4, 16));
    }
}

#[test]
fn a_wait_that_is_too_long_for_one_model_is_no_wait_when_there_is_another() {
    let timer = VirtualTimer::default();
    let first = Scripted::new(&timer).named("first", false).otherwise(vec![started(), text("Ja"), took(46, 100)]);
    let second = Scripted::new(&timer).named("second", false).otherwise(vec![started(), text("Ja"), took(46, 100)]);
    let settings = LayerSettings {
        rate_limit: RateLimitSettings {
            tokens_a_minute: Some(200),
            max_wait: Duration::from_secs(10),
            ..RateLimitSettings::default()
        },
        ..LayerSettings::default()
    };
    let chain = stack(&[&first, &second], &settings);
    timer.run(async {
        said(chain.as_ref(), asking("a")).await.unwrap();
        let (events, error) = all(chain.as_ref(), asking("b")).await;
        assert!(error.is_none() && waits(&events).is_empty());
        assert!(
            matches!(&events[0], ChatEvent::Switched { model, because, .. } if model == "second" && because == "provider.wait")
        );
        let error = said(chain.as_ref(), asking("c")).await.unwrap_err();
        assert_eq!((error.code(), error.retry_after()), ("provider.all_failed", Some(Duration::from_secs(60))));
        assert_eq!(under(&error, "failed"), Some("test/first provider.wait, test/second provider.wait"));
    });
}
