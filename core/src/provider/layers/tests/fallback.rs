use std::{sync::Arc, time::Duration};

use super::script::{Scripted, Step, all, answer, asking, overloaded, said, started, text, under};
use crate::{
    Error, ErrorKind,
    provider::{Capabilities, ChatEvent, ChatModel, Destination, Failure, layers::Fallback},
    testing::VirtualTimer,
};

fn chain(models: &[&Scripted]) -> Fallback {
    Fallback::new(models.iter().map(|model| Arc::new((*model).clone()) as Arc<dyn ChatModel>).collect()).unwrap()
}

fn windowed(model: Scripted, context_tokens: Option<u32>) -> Scripted {
    model.able(Capabilities { context_tokens, ..Capabilities::default() })
}

#[test]
fn the_next_model_is_asked_and_the_switch_is_told_with_its_reason() {
    let timer = VirtualTimer::default();
    let first = Scripted::new(&timer).named("first", false).then(vec![started(), Step::Fail(overloaded)]);
    let second = Scripted::new(&timer).named("second", true).then(vec![Step::Fail(|| Failure::Unauthorized.error())]);
    let third = Scripted::new(&timer).named("third", true).then(answer());
    let (events, error) = timer.run(all(&chain(&[&first, &second, &third]), asking("a")));
    assert!(error.is_none());
    let switched = |model: &str, because: &str| ChatEvent::Switched {
        provider: "test".to_owned(),
        model: model.to_owned(),
        because: because.to_owned(),
    };
    assert_eq!(events[..2], [switched("second", "provider.overloaded"), switched("third", "provider.unauthorized")]);
    assert!(matches!(&events[2..], [ChatEvent::Started { .. }, ChatEvent::Text(_), ChatEvent::Text(_), ChatEvent::Ended { .. }]));
}

#[test]
fn an_answer_that_has_begun_stays_with_its_model() {
    let timer = VirtualTimer::default();
    let first = Scripted::new(&timer).then(vec![started(), text("Die"), Step::Fail(overloaded)]);
    let second = Scripted::new(&timer);
    let error = timer.run(said(&chain(&[&first, &second]), asking("a"))).unwrap_err();
    assert_eq!((error.code(), second.tries()), ("provider.overloaded", 0));
}

#[test]
fn it_goes_on_after_failures_of_provider_and_layers_and_after_nothing_else() {
    let goes_on = |fails: fn() -> Error| {
        let timer = VirtualTimer::default();
        let first = Scripted::new(&timer).then(vec![Step::Fail(fails)]);
        let ended = timer.run(said(&chain(&[&first, &Scripted::new(&timer)]), asking("a")));
        if let Err(error) = &ended {
            assert_eq!(error.code(), fails().code());
        }
        ended.is_ok()
    };
    let on: [fn() -> Error; 15] = [
        || Failure::RateLimited.error(),
        || Failure::Overloaded.error(),
        || Failure::ServerError.error(),
        || Failure::TimedOut.error(),
        || Failure::Unreachable.error(),
        || Failure::CutOff.error(),
        || Failure::Unauthorized.error(),
        || Failure::QuotaExhausted.error(),
        || Failure::NoModel.error(),
        || Failure::ContentFiltered.error(),
        || Failure::TooLong.error(),
        || Failure::Malformed.error(),
        || Error::new(ErrorKind::Busy, "provider.wait", ""),
        || Error::new(ErrorKind::Busy, "provider.suspended", ""),
        || Error::new(ErrorKind::Limit, "provider.over_limit", ""),
    ];
    for fails in on {
        assert!(goes_on(fails), "{}", fails());
    }
    let not_on: [fn() -> Error; 3] = [
        || Failure::Rejected.error(),
        || Error::new(ErrorKind::Limit, "budget.exceeded", ""),
        || Error::new(ErrorKind::Unsupported, "redact.failed", ""),
    ];
    for fails in not_on {
        assert!(!goes_on(fails), "{}", fails());
    }
}

#[test]
fn a_prompt_too_long_for_one_window_goes_to_a_larger_one_alone() {
    let asked = |windows: &[Option<u32>]| {
        let timer = VirtualTimer::default();
        let too_long = || vec![Step::Fail(|| Failure::TooLong.error())];
        let models: Vec<_> =
            windows.iter().map(|window| windowed(Scripted::new(&timer).otherwise(too_long()), *window)).collect();
        let error = timer.run(said(&chain(&models.iter().collect::<Vec<_>>()), asking("a"))).unwrap_err();
        (models.iter().map(Scripted::tries).collect::<Vec<_>>(), error.code().to_owned())
    };
    let all = |tries: &[usize]| (tries.to_vec(), "provider.all_failed".to_owned());
    assert_eq!(asked(&[Some(8), Some(4), Some(8), Some(16)]), all(&[1, 0, 0, 1]));
    assert_eq!(asked(&[Some(8), None, Some(9)]), all(&[1, 1, 1]));
    assert_eq!(asked(&[None, Some(4)]), all(&[1, 1]));
    assert_eq!(asked(&[Some(8), Some(8)]), (vec![1, 0], "provider.too_long".to_owned()), "nobody else was asked");
}

#[test]
fn when_all_fail_the_error_has_every_code_and_the_shortest_wait() {
    let timer = VirtualTimer::default();
    let first = Scripted::new(&timer)
        .named("first", false)
        .then(vec![Step::Fail(|| Failure::RateLimited.error().with_retry_after(Duration::from_secs(40)))]);
    let second = Scripted::new(&timer)
        .named("second", false)
        .then(vec![Step::Fail(|| Failure::Overloaded.error().with_retry_after(Duration::from_secs(7)))]);
    let third = Scripted::new(&timer).named("third", false).then(vec![Step::Fail(|| Failure::NoModel.error())]);
    let error = timer.run(said(&chain(&[&first, &second, &third]), asking("a"))).unwrap_err();
    let codes = "test/first provider.rate_limited, test/second provider.overloaded, test/third provider.no_model";
    assert_eq!(
        (error.code(), error.kind(), under(&error, "failed")),
        ("provider.all_failed", ErrorKind::Environment, Some(codes))
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(std::error::Error::source(&error).is_some());

    let first = Scripted::new(&timer).then(vec![Step::Fail(overloaded)]);
    let second = Scripted::new(&timer).then(vec![Step::Fail(|| Failure::Rejected.error())]);
    let error = timer.run(said(&chain(&[&first, &second]), asking("a"))).unwrap_err();
    assert_eq!((error.code(), under(&error, "before")), ("provider.rejected", Some("test/scripted provider.overloaded")));
}

#[test]
fn it_can_do_what_all_can_and_says_to_whom_a_prompt_may_go() {
    let timer = VirtualTimer::default();
    let all = Capabilities {
        context_tokens: Some(8000),
        output_tokens: None,
        json_schema: true,
        temperature: true,
        seed: true,
        citations: true,
    };
    let first = Scripted::new(&timer).named("first", false).able(all);
    let less = Capabilities { context_tokens: Some(4000), output_tokens: Some(500), seed: false, citations: false, ..all };
    let second = Scripted::new(&timer).named("second", true).able(less);
    let both = chain(&[&first, &second, &first]);
    assert_eq!(both.capabilities(), less);
    assert!(both.is_external(), "one of them is");
    assert_eq!((both.name(), both.provider()), ("first", "test"));
    let destination =
        |model: &str, is_external| Destination { provider: "test".to_owned(), model: model.to_owned(), is_external };
    assert_eq!(both.destinations(), [destination("first", false), destination("second", true)]);
    assert_eq!(Fallback::new(Vec::new()).err().unwrap().code(), "provider.layers");
}
