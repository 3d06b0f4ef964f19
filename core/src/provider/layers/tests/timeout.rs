use std::{sync::Arc, time::Duration};

use super::script::{Scripted, Step, all, answer, asking, ended, said, started, text, under};
use crate::{
    Error,
    provider::{
        ChatEvent, WaitReason,
        layers::{Timeout, TimeoutSettings},
    },
    testing::VirtualTimer,
};

/// What comes of a script, and the seconds that it took.
fn timed(script: Vec<Step>, settings: TimeoutSettings) -> (Vec<ChatEvent>, Option<Error>, f64) {
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(script);
    let timeout = Timeout::new(Arc::new(model.clone()), settings, Arc::new(timer.clone())).unwrap();
    let (events, error) = timer.run(all(&timeout, asking("a")));
    assert_eq!((model.open(), timer.sleepers()), (0, 0), "what was cut is gone");
    (events, error, timer.passed().as_secs_f64())
}

fn cut(script: Vec<Step>) -> (String, f64, usize) {
    let (events, error, seconds) = timed(script, TimeoutSettings::default());
    let error = error.unwrap();
    assert_eq!(
        (error.code(), under(&error, "provider"), under(&error, "model")),
        ("provider.timed_out", Some("test"), Some("scripted"))
    );
    (under(&error, "reason").unwrap().to_owned(), seconds, events.len())
}

#[test]
fn an_answer_that_does_not_begin_or_does_not_go_on_is_cut() {
    assert_eq!(cut(vec![Step::Hang]), ("first_event_timeout".to_owned(), 180.0, 0));
    assert_eq!(cut(vec![Step::Wait(170.0), started(), text("Ja"), Step::Hang]), ("idle_timeout".to_owned(), 230.0, 2));
    assert_eq!(cut(vec![started(), text("Ja"), Step::Wait(60.1), ended()]), ("idle_timeout".to_owned(), 60.0, 2));
    let slow = vec![Step::Wait(179.9), started(), text("Ja"), Step::Wait(59.9), ended()];
    let (events, error, seconds) = timed(slow, TimeoutSettings::default());
    assert!(error.is_none() && events.len() == 3 && seconds > 239.0);
}

#[test]
fn a_model_that_thinks_before_its_first_word_is_given_the_time_for_it() {
    let thinking = |seconds| vec![started(), Step::Wait(seconds), text("Ja"), ended()];
    assert!(timed(thinking(179.0), TimeoutSettings::default()).1.is_none());
    assert_eq!(cut(thinking(181.0)), ("idle_timeout".to_owned(), 180.0, 1));
}

#[test]
fn a_word_now_and_then_for_ever_is_cut_when_all_of_it_has_taken_too_long() {
    let (reason, seconds, events) = cut(vec![Step::Wait(49.0), text("a"), Step::Repeat]);
    assert_eq!((reason.as_str(), seconds, events), ("total_timeout", 600.0, 12));
}

#[test]
fn an_answer_without_end_is_cut_at_its_bytes_also_when_its_pieces_are_empty() {
    let settings = || TimeoutSettings { max_output_bytes: 1000, ..TimeoutSettings::default() };
    for piece in [text("0123456789"), text(""), Step::Say(ChatEvent::Citation { passage: 0, quote: "0123456789".to_owned() })] {
        let (events, error, _) = timed(vec![piece, Step::Repeat], settings());
        let error = error.unwrap();
        assert_eq!((error.code(), under(&error, "reason")), ("provider.malformed", Some("too_long")));
        assert!(events.len() <= 1000);
    }
    let whole = timed(answer(), settings());
    assert!(whole.1.is_none());
}

#[test]
fn what_a_layer_beneath_waits_for_is_no_first_event() {
    let waiting = Step::Say(ChatEvent::Waiting { seconds: 9, why: WaitReason::RateLimit });
    assert_eq!(cut(vec![waiting, Step::Hang]), ("first_event_timeout".to_owned(), 180.0, 1));
}

#[test]
fn time_in_which_the_reader_asks_for_nothing_is_not_the_models_idleness() {
    use futures::StreamExt;

    use crate::{env::Timer, provider::ChatModel};
    let timer = VirtualTimer::default();
    let model = Scripted::new(&timer).then(answer());
    let timeout = Timeout::new(Arc::new(model), TimeoutSettings::default(), Arc::new(timer.clone())).unwrap();
    timer.run(async {
        let mut answer = timeout.chat(asking("a")).await.unwrap();
        for _ in 0..4 {
            assert!(answer.next().await.unwrap().is_ok());
            timer.sleep(Duration::from_secs(100)).await;
        }
        assert!(answer.next().await.is_none());
    });
}

#[test]
fn times_are_settings_in_seconds_and_none_may_be_nothing() {
    let settings: TimeoutSettings = serde_json::from_str(r#"{"idle_seconds": 2.5, "total_seconds": 10}"#).unwrap();
    assert_eq!(
        settings,
        TimeoutSettings { idle: Duration::from_millis(2500), total: Duration::from_secs(10), ..TimeoutSettings::default() }
    );
    for wrong in [r#"{"idle": 1}"#, r#"{"idle_seconds": -1}"#, r#"{"idle_seconds": 1e9}"#, r#"{"idle_seconds": "1"}"#] {
        assert!(serde_json::from_str::<TimeoutSettings>(wrong).is_err(), "{wrong}");
    }
    let timer = VirtualTimer::default();
    let none = TimeoutSettings { total: Duration::ZERO, ..TimeoutSettings::default() };
    let made = Timeout::new(Arc::new(Scripted::new(&timer)), none, Arc::new(timer.clone()));
    assert_eq!(under(&made.err().unwrap(), "setting"), Some("timeout.total_seconds"));
    let short = TimeoutSettings { total: Duration::from_secs(1), ..TimeoutSettings::default() };
    let timeout = Timeout::new(Arc::new(Scripted::new(&timer)), short, Arc::new(timer.clone())).unwrap();
    assert_eq!(timer.run(said(&timeout, asking("a"))).unwrap(), "Ja.");
}
