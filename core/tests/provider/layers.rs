//! Layers over the wire, in real time: what they let through, hold back, try again and close.

use std::{sync::Arc, time::Duration};

use beleg::{
    env::{Random, System, Timer},
    provider::{
        ChatEvent, ChatModel, Failure, WaitReason,
        layers::{Fallback, LayerSettings, layered},
    },
    testing::providers::{FakeProvider, Reply, Step},
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::{PROVIDERS, beginning, events, http, model, question, said, server, text, turn};

/// Models behind servers in all layers, with settings of their own.
fn stack(servers: &[(&str, &FakeProvider)], settings: Value) -> Arc<dyn ChatModel> {
    let settings: LayerSettings = serde_json::from_value(settings).unwrap();
    let one = |(provider, server): &(&str, &FakeProvider)| Arc::from(model(provider, &server.url(), http(json!({})), &json!({})));
    let (timer, random): (Arc<dyn Timer>, Arc<dyn Random>) = (Arc::new(System), Arc::new(System));
    layered(servers.iter().map(one).collect(), &settings, &timer, &random).unwrap()
}

/// A refusal that is over in a moment.
fn refusal(status: u16) -> Reply {
    Reply::json(status, &json!({"error": {"message": "later"}})).header("retry-after-ms", "5")
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_stream_of_layers_closes_the_connection_wherever_it_stands() {
    for provider in PROVIDERS {
        let server = server(provider, &turn());
        let stack = stack(&[(provider, &server)], json!({"concurrency": {"at_once": 1, "max_wait_seconds": 0}}));
        server.queue(beginning(provider, Step::Hang));
        let mut answer = stack.chat(question()).await.unwrap();
        while !matches!(answer.next().await, Some(Ok(ChatEvent::Text(_)))) {}
        drop(answer);
        assert!(server.sees_closed(0), "{provider}, in the middle");

        let mut silent = beginning(provider, Step::Hang);
        silent.steps.drain(..silent.steps.len() - 1);
        server.queue(silent);
        let mut answer = stack.chat(question()).await.unwrap();
        let nothing = tokio::time::timeout(Duration::from_millis(20), answer.next()).await;
        assert!(nothing.is_err(), "{provider}");
        drop(answer);
        // Its only place is free again.
        let (events, error) = events(stack.as_ref(), question()).await;
        assert!(error.is_none() && text(&events) == turn().text(), "{provider}: {error:?}");
    }
}

/// Something on the way that waits for more would wait for ever here.
#[tokio::test]
async fn the_first_words_are_handed_out_before_anything_else_has_come() {
    for provider in PROVIDERS {
        let server = server(provider, &turn());
        let alone: Arc<dyn ChatModel> = Arc::from(model(provider, &server.url(), http(json!({})), &json!({})));
        for chat in [alone, stack(&[(provider, &server)], json!({}))] {
            server.queue(beginning(provider, Step::Hang));
            let mut answer = chat.chat(question()).await.unwrap();
            let first = async { while !matches!(answer.next().await, Some(Ok(ChatEvent::Text(_)))) {} };
            tokio::time::timeout(Duration::from_secs(30), first).await.expect(provider);
        }
    }
}

#[tokio::test]
async fn every_provider_is_asked_again_after_it_refused_or_failed_and_its_answer_starts_once() {
    for provider in PROVIDERS {
        let server = server(provider, &turn());
        server.queue(refusal(429));
        server.queue(refusal(503));
        let settings = json!({"retry": {"base_seconds": 0.001}});
        let (events, error) = events(stack(&[(provider, &server)], settings).as_ref(), question()).await;
        assert!(error.is_none(), "{provider}: {error:?}");
        assert_eq!((text(&events), server.received().len()), (turn().text(), 3), "{provider}");
        let waiting = |event: &&ChatEvent| matches!(event, ChatEvent::Waiting { why: WaitReason::Retry, .. });
        assert_eq!(events.iter().filter(waiting).count(), 2, "{provider}");
        assert_eq!(events.iter().filter(|event| matches!(event, ChatEvent::Started { .. })).count(), 1, "{provider}");
    }
}

#[tokio::test]
async fn an_answer_that_broke_off_before_its_first_word_is_asked_for_again_and_one_that_broke_off_later_is_not() {
    for provider in PROVIDERS {
        let server = server(provider, &turn());
        let settings = json!({"retry": {"base_seconds": 0.001}});
        let stack = stack(&[(provider, &server)], settings);
        let mut before = beginning(provider, Step::Cut);
        before.steps.drain(1..before.steps.len() - 1);
        server.queue(before);
        let (whole, error) = events(stack.as_ref(), question()).await;
        assert!(error.is_none(), "{provider}: {error:?}");
        assert_eq!((text(&whole), server.received().len()), (turn().text(), 2), "{provider}");

        server.queue(beginning(provider, Step::Cut));
        let (part, error) = events(stack.as_ref(), question()).await;
        assert_eq!(Failure::of(&error.unwrap()), Some(Failure::CutOff), "{provider}");
        assert!(!text(&part).is_empty() && server.received().len() == 3, "{provider}");
    }
}

#[tokio::test]
async fn a_provider_that_hangs_talks_nonsense_or_never_ends_is_cut_and_the_next_one_answers() {
    for provider in PROVIDERS {
        let (first, second) = (server(provider, &turn()), server("openai_compatible", &turn()));
        let chain = |settings: Value| {
            let next = stack(&[("openai_compatible", &second)], json!({}));
            Fallback::new(vec![stack(&[(provider, &first)], settings), next]).unwrap()
        };
        let impatient = json!({"timeout": {"first_event_seconds": 0.02}, "retry": {"attempts": 1}});
        let mut silent = beginning(provider, Step::Hang);
        silent.steps.drain(..silent.steps.len() - 1);
        let content_type = silent.headers[0].1.clone();
        let nonsense = Reply::stream(&content_type, [b"data: {{{\n\nevent: \x00\xff\n\n".to_vec()]);
        let cases = [(silent, impatient, "provider.timed_out"), (nonsense, json!({}), "provider.malformed")];
        for (reply, settings, because) in cases {
            first.queue(reply);
            let (events, error) = events(&chain(settings), question()).await;
            assert!(error.is_none(), "{provider}: {error:?}");
            let told = |event: &ChatEvent| matches!(event, ChatEvent::Switched { because: its, .. } if its == because);
            assert!(told(&events[0]), "{provider}: {:?}", events[0]);
            assert_eq!(text(&events), turn().text());
        }

        let endless = stack(&[(provider, &first)], json!({"timeout": {"max_output_bytes": 1000}}));
        let mut long = beginning(provider, Step::Hang);
        let word = long.steps[long.steps.len() - 2].clone();
        long.steps.splice(long.steps.len() - 1.., std::iter::repeat_n(word, 1000));
        first.queue(long);
        let (events, error) = events(endless.as_ref(), question()).await;
        let error = error.unwrap();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("too_long")), "{provider}");
        assert!(text(&events).len() <= 1000);
    }
}

#[tokio::test]
async fn an_error_of_layers_repeats_neither_key_nor_question() {
    for provider in PROVIDERS {
        let server = server(provider, &turn());
        let asked = question().messages[0].text.clone();
        for _ in 0..2 {
            server.queue(Reply::json(400, &json!({"error": {"message": format!("cannot answer: {asked}")}})));
            server.queue(refusal(429));
        }
        let settings = json!({"retry": {"attempts": 1}, "rate_limit": {"max_wait_seconds": 0}});
        let chain = stack(&[(provider, &server), (provider, &server)], settings);
        for _ in 0..3 {
            let (_, error) = events(chain.as_ref(), question()).await;
            let Some(error) = error else { continue };
            for shown in [format!("{error}"), format!("{error:?}"), error.to_json().to_string()] {
                assert!(!shown.contains("Rückstellung") && !shown.contains("wJalrXUtn"), "{provider}: {shown}");
            }
        }
    }
}
