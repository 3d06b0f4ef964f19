//! Streams over the wire: cut into chunks of any size, cut off, dropped, and connections that are used again.

use beleg::{
    provider::{ChatEvent, Failure, StopReason},
    testing::providers::Step,
};
use futures::StreamExt;
use serde_json::json;

use crate::support::{PROVIDERS, beginning, events, http, model, question, said, server, streamed, text, turn};

#[tokio::test]
async fn a_stream_gives_the_same_answer_byte_by_byte() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        fake.queue(streamed(provider, &turn()).in_chunks_of(1));
        let (events, error) = events(&*model(provider, &fake.url(), http(json!({})), &json!({})), question()).await;
        assert!(error.is_none(), "{provider}: {error:?}");
        assert_eq!(text(&events), turn().text(), "{provider}");
    }
}

#[tokio::test]
async fn wherever_a_stream_is_cut_off_it_broke_off_unless_it_was_whole_already() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        let model = model(provider, &fake.url(), http(json!({})), &json!({}));
        let bytes = streamed(provider, &turn()).body().len();
        let mut whole = 0;
        for at in (0..=bytes).step_by(7).chain([bytes]) {
            fake.queue(streamed(provider, &turn()).up_to(at, Step::Cut));
            let (events, error) = events(&*model, question()).await;
            let text = text(&events);
            assert!(turn().text().starts_with(&text), "{provider} at {at}");
            match error {
                None => {
                    whole += 1;
                    assert_eq!(text, turn().text(), "{provider} at {at}");
                    assert!(matches!(events.last(), Some(ChatEvent::Ended { stop: StopReason::End, .. })), "{provider} at {at}");
                }
                Some(error) => {
                    assert_eq!(Failure::of(&error), Some(Failure::CutOff), "{provider} at {at}: {error}");
                    assert!(Failure::may_retry(&error));
                }
            }
        }
        assert!(whole > 0 && whole < bytes / 7, "{provider}");
    }
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        fake.queue(beginning(provider, Step::Hang));
        let model = model(provider, &fake.url(), http(json!({})), &json!({}));
        let mut stream = model.chat(question()).await.unwrap();
        while !matches!(stream.next().await.unwrap().unwrap(), ChatEvent::Text(_)) {}
        drop(stream);
        let (fake, closed) = tokio::task::spawn_blocking(move || {
            let closed = fake.sees_closed(0);
            (fake, closed)
        })
        .await
        .unwrap();
        assert!(closed, "{provider}");
        drop(fake);
    }
}

#[tokio::test]
async fn dropping_a_request_before_anything_came_closes_its_connection() {
    let fake = server("openai_compatible", &turn());
    let mut silent = streamed("openai_compatible", &turn()).up_to(0, Step::Hang);
    silent.steps.insert(0, Step::Hang);
    fake.queue(silent);
    let model = model("openai_compatible", &fake.url(), http(json!({})), &json!({}));
    let asking = tokio::spawn(async move { events(&*model, question()).await });
    let (fake, _) = tokio::task::spawn_blocking(move || {
        let seen = fake.sees_requests(1);
        (fake, seen)
    })
    .await
    .unwrap();
    asking.abort();
    assert!(tokio::task::spawn_blocking(move || fake.sees_closed(0)).await.unwrap());
}

#[tokio::test]
async fn without_tls_each_request_has_a_connection_of_its_own() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        let model = model(provider, &fake.url(), http(json!({})), &json!({}));
        for _ in 0..3 {
            model.chat(question()).await.unwrap().collect().await.unwrap();
        }
        assert_eq!((fake.connections(), fake.last().header("connection")), (3, Some("close")), "{provider}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out() {
    for (settings, reason) in
        [(json!({"read_timeout_ms": 100}), "read_timeout"), (json!({"total_timeout_ms": 100}), "total_timeout")]
    {
        for provider in PROVIDERS {
            let fake = server(provider, &turn());
            fake.queue(beginning(provider, Step::Hang));
            let (events, error) = events(&*model(provider, &fake.url(), http(settings.clone()), &json!({})), question()).await;
            let error = error.unwrap();
            assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::TimedOut), Some(reason)), "{provider}");
            assert!(!text(&events).is_empty(), "{provider}: what came before it counts");
        }
    }
}

#[tokio::test]
async fn a_server_that_sends_a_byte_now_and_then_reaches_the_end_of_its_time() {
    let fake = server("openai_compatible", &turn());
    let slowly = Step::Wait(std::time::Duration::from_millis(20));
    fake.queue(streamed("openai_compatible", &turn()).in_chunks_of(1).with_each(&slowly));
    let http = http(json!({"read_timeout_ms": 10_000, "total_timeout_ms": 300}));
    let (_, error) = events(&*model("openai_compatible", &fake.url(), http, &json!({})), question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::TimedOut), Some("total_timeout")));
}

#[tokio::test]
async fn a_stream_that_never_ends_reaches_the_limit_of_bytes() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        let pieces: Vec<&str> = std::iter::repeat_n("Wort ", 20_000).collect();
        fake.queue(streamed(provider, &beleg::testing::providers::Turn::of(&pieces)));
        let http = http(json!({"max_body_bytes": 100_000}));
        let (events, error) = events(&*model(provider, &fake.url(), http, &json!({})), question()).await;
        let error = error.unwrap();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("too_long")), "{provider}");
        assert!(text(&events).len() < 100_000);
    }
}

#[tokio::test]
async fn an_answer_is_whole_once_the_server_said_why_it_ended_although_it_never_closes() {
    let fake = server("openai_compatible", &turn());
    let done = b"data: [DONE]\n\n".len();
    let all = streamed("openai_compatible", &turn()).body().len();
    fake.queue(streamed("openai_compatible", &turn()).up_to(all - done, Step::Hang));
    let http = http(json!({"read_timeout_ms": 100}));
    let (events, error) = events(&*model("openai_compatible", &fake.url(), http, &json!({})), question()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(matches!(events.last(), Some(ChatEvent::Ended { usage, .. }) if usage.output_tokens == 3));
}
