//! One question of the sample corpus: what a model is sent for it, what it answers, and what goes on record.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use beleg::{
    Error, ErrorKind, Result,
    corpus::{AnswerStatus, AskOptions, Corpus, Engine, EngineOptions, IngestOptions},
    embed::{
        EmbeddingModel,
        onnx::{OnnxModel, OnnxOptions},
    },
    env::{System, new_id},
    model,
    provider::{ChatModel, ChatRequest},
    record::{Entry, Recorded, Recorder},
    testing::FakeChat,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{fake::Fake, paths::openai_compatible};

const QUESTION: &str = "Wie entwickelte sich der Orderbestand laut Lagebericht?";
/// Claims of the answer.
const CLAIMS: usize = 3;

/// The question, answered once.
pub(crate) struct Asked {
    pub(crate) question: &'static str,
    /// What the model says.
    pub(crate) answer: String,
    /// What it is sent.
    pub(crate) request: ChatRequest,
    /// What goes on record, call by call.
    pub(crate) records: Vec<Vec<Entry>>,
}

impl Asked {
    /// Asks over the corpus in a folder. The answer is made of sentences of the passages, which bear themselves out.
    pub(crate) async fn over(folder: &Path) -> Result<Self> {
        let (request, ..) = once(folder, r#"{"claims": [], "complete": true}"#).await?;
        // Lines of a page are no sentences; quotes are found across their breaks.
        let texts: Vec<String> =
            request.passages.iter().map(|passage| passage.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let sentences =
            texts.iter().zip(1..).flat_map(|(text, place)| text.split_inclusive(". ").map(move |one| (place, one.trim())));
        let is_fitting = |line: &str| line.ends_with('.') && !line.contains("- ") && (40..160).contains(&line.chars().count());
        let fitting: Vec<(usize, &str)> = sentences.filter(|(_, line)| is_fitting(line)).collect();
        let (_, supported, _) = once(folder, &answer(&fitting)).await?;
        let chosen: Vec<(usize, &str)> =
            fitting.into_iter().filter(|(_, line)| supported.iter().any(|claim| claim == line)).take(CLAIMS).collect();
        if chosen.len() < CLAIMS {
            return Err(failed("the passages have too few sentences of use"));
        }
        let answer = answer(&chosen);
        let (request, _, records) = once(folder, &answer).await?;
        Ok(Self { question: QUESTION, answer, request, records })
    }

    /// The body of a request that our adapter sends for it.
    pub(crate) async fn body(&self) -> Result<Value> {
        let fake = Fake::start(&self.answer, Duration::ZERO).map_err(|_| failed("no port is free"))?;
        openai_compatible(&fake.url, true)?.chat(self.request.clone()).await?.collect().await?;
        let body = fake.first_body().and_then(|body| serde_json::from_slice(&body).ok());
        body.ok_or_else(|| failed("nothing was sent"))
    }

    /// The same entries for another answer: ids are new, and refer to each other as before.
    pub(crate) fn records_anew(&self) -> Vec<Vec<Entry>> {
        let mut records = self.records.clone();
        let pairs: Vec<(Uuid, Uuid)> = records.iter().flatten().map(|entry| (entry.id, new_id(&System, &System))).collect();
        let anew = |id: Uuid| pairs.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| *new);
        for entry in records.iter_mut().flatten() {
            entry.id = anew(entry.id);
            entry.refs.iter_mut().for_each(|id| *id = anew(*id));
        }
        records
    }
}

fn answer(claims: &[(usize, &str)]) -> String {
    let claim = |(place, text): &(usize, &str)| json!({"citations": [{"passage": place, "quote": text}], "text": text});
    json!({"claims": claims.iter().map(claim).collect::<Vec<_>>(), "complete": true}).to_string()
}

/// Answers once, off the record: what was sent, what was claimed, and what would have gone on record.
async fn once(folder: &Path, answer: &str) -> Result<(ChatRequest, Vec<String>, Vec<Vec<Entry>>)> {
    let chat = FakeChat::default().saying(&[answer]);
    let calls = Arc::new(Calls::default());
    let engine = Engine::with_recorder(embedding()?, EngineOptions::default(), calls.clone())?;
    let corpus = engine.with_chat_model(Arc::new(Unbounded(chat.clone()))).open(folder.join("corpus")).await?;
    let answered = corpus.ask(QUESTION, AskOptions::default()).await?;
    let request = chat.requests().pop().ok_or_else(|| failed("the question was refused before it was sent"))?;
    let claims = answered.claims.iter().map(|claim| claim.text.clone()).collect();
    if answered.status == AnswerStatus::Refused && !answered.withheld.is_empty() {
        return Err(failed("no claim was borne out"));
    }
    corpus.close().await?;
    Ok((request, claims, std::mem::take(&mut *calls.0.lock().unwrap_or_else(PoisonError::into_inner))))
}

/// The fake with the window and the abilities of the model that is measured, so that it is sent the same.
struct Unbounded(FakeChat);

#[async_trait]
impl ChatModel for Unbounded {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn provider(&self) -> &str {
        self.0.provider()
    }
    fn is_external(&self) -> bool {
        false
    }
    fn capabilities(&self) -> beleg::provider::Capabilities {
        beleg::provider::Capabilities { context_tokens: None, ..self.0.capabilities() }
    }
    async fn chat(&self, request: ChatRequest) -> Result<beleg::provider::ChatStream> {
        self.0.chat(request).await
    }
}

/// Keeps what is put on record together.
#[derive(Default)]
struct Calls(Mutex<Vec<Vec<Entry>>>);

#[async_trait]
impl Recorder for Calls {
    async fn record_all(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        let recorded = vec![Recorded::default(); entries.len()];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entries);
        Ok(recorded)
    }

    async fn outcome(&self, _intent: Uuid) -> Result<Option<bool>> {
        Ok(None)
    }
}

/// Makes the corpus of a folder of documents, unless it is there.
pub(crate) async fn make_corpus(folder: &Path, documents: &Path) -> Result<()> {
    let (corpus, is_new) = engine(folder)?.open_or_create(folder.join("corpus")).await?;
    if is_new {
        corpus.ingest(documents, IngestOptions::default()).await?;
    }
    corpus.close().await?;
    Ok(())
}

pub(crate) async fn open(folder: &Path, chat: Arc<dyn ChatModel>) -> Result<Corpus> {
    engine(folder)?.with_chat_model(chat).open(folder.join("corpus")).await
}

/// With the default model, and keys that lie beside the corpus.
fn engine(folder: &Path) -> Result<Engine> {
    Engine::new(embedding()?, EngineOptions { keys: Some(folder.join("keys")), ..EngineOptions::default() })
}

fn embedding() -> Result<Arc<dyn EmbeddingModel>> {
    let model = OnnxModel::open(model::folder(model::DEFAULT)?, &OnnxOptions::default());
    Ok(Arc::new(model.map_err(|error| error.with_hint("`beleg model fetch` brings the model"))?))
}

pub(crate) fn failed(why: &'static str) -> Error {
    Error::new(ErrorKind::Environment, "example.ask_load", why)
}

/// A file of what was prepared.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, bytes).map_err(|error| Error::io(error, "write a file", path))
}
