//! The ways to an answer that are measured.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use beleg::{
    Error, Result,
    audit_log::AuditLog,
    corpus::{AnswerEvent, AnswerStatus, AskOptions, Corpus},
    env::{Random, System, Timer},
    http::{Http, HttpSettings},
    provider::{
        ChatModel, ChatRequest, OpenAiCompatibleChat, OpenAiCompatibleSettings,
        layers::{LayerSettings, layered},
    },
    record::Recorder,
};
use futures::{FutureExt, StreamExt};

use crate::{
    asked::{Asked, failed},
    fake::{Fake, MODEL},
    load::{Call, Times},
};

/// Our adapter alone.
pub(crate) fn openai_compatible(url: &str, stream: bool) -> Result<Arc<dyn ChatModel>> {
    let settings = OpenAiCompatibleSettings {
        base_url: format!("{url}/v1"),
        model: MODEL.to_owned(),
        api_key: Some("sk-1".into()),
        stream,
        ..OpenAiCompatibleSettings::default()
    };
    Ok(Arc::new(OpenAiCompatibleChat::new(settings, Http::new(HttpSettings::default())?)?))
}

/// In all layers, as they are by default.
pub(crate) fn in_layers(url: &str, stream: bool) -> Result<Arc<dyn ChatModel>> {
    let (timer, random): (Arc<dyn Timer>, Arc<dyn Random>) = (Arc::new(System), Arc::new(System));
    layered(vec![openai_compatible(url, stream)?], &LayerSettings::default(), &timer, &random)
}

fn all(since: Instant) -> Times {
    vec![("all", since.elapsed())]
}

/// The least that a call takes: bytes that are ready, over a connection that is kept, and what comes back is not looked at.
pub(crate) fn direct(url: &str, body: Vec<u8>) -> Result<Call> {
    let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().map_err(|_| failed("no client"))?;
    let url = format!("{url}/v1/chat/completions");
    Ok(Arc::new(move || {
        let request = client.post(&url).bearer_auth("sk-1").header("content-type", "application/json").body(body.clone());
        async move {
            let began = Instant::now();
            let answer = request.send().await.map_err(|_| failed("nothing came"))?;
            answer.bytes().await.map_err(|_| failed("it broke off"))?;
            Ok(all(began))
        }
        .boxed()
    }))
}

/// A model alone: adapter, or adapter in its layers.
pub(crate) fn chat(model: Arc<dyn ChatModel>, request: ChatRequest) -> Call {
    Arc::new(move || {
        let (model, request) = (model.clone(), request.clone());
        async move {
            let began = Instant::now();
            model.chat(request).await?.collect().await?;
            Ok(all(began))
        }
        .boxed()
    })
}

/// The model in its layers, and around it all that an answer puts on record, each durable before what follows: intent; search and prompt;
/// what the model says; release; outcome. `behind_search` is what comes after the intent, which an `ask` puts on record while it searches.
pub(crate) fn on_record(model: Arc<dyn ChatModel>, asked: Arc<Asked>, log: AuditLog) -> Call {
    Arc::new(move || {
        let (model, request, log) = (model.clone(), asked.request.clone(), log.clone());
        let mut records = asked.records_anew().into_iter();
        async move {
            let began = Instant::now();
            for entries in records.by_ref().take(1) {
                log.record_all(entries).await?;
            }
            let searched = Instant::now();
            for entries in records.by_ref().take(1) {
                log.record_all(entries).await?;
            }
            model.chat(request).await?.collect().await?;
            for entries in records {
                log.record_all(entries).await?;
            }
            Ok(vec![("all", began.elapsed()), ("behind_search", searched.elapsed())])
        }
        .boxed()
    })
}

/// The whole answer: embedded, searched, checked and on record.
pub(crate) fn ask(corpus: Corpus, question: &'static str, dawdling: Option<Arc<Fake>>) -> Call {
    Arc::new(move || {
        let (corpus, dawdling) = (corpus.clone(), dawdling.clone());
        async move {
            let began = Instant::now();
            let mut stream = corpus.ask_stream(question, AskOptions::default()).await?;
            let (mut sent, mut first, mut done) = (None, None, None);
            while let Some(event) = stream.next().await {
                match event? {
                    AnswerEvent::Retrieved { .. } => sent = Some(Instant::now()),
                    AnswerEvent::Claim { .. } => first = first.or_else(|| Some(Instant::now())),
                    AnswerEvent::Done(answer) => done = Some(answer),
                    _ => {}
                }
            }
            let answer = done.filter(|answer| answer.status == AnswerStatus::Answered).ok_or_else(not_answered)?;
            let (sent, first) = (sent.ok_or_else(not_answered)?, first.ok_or_else(not_answered)?);
            let mut times = vec![("all", began.elapsed()), ("until_sent", sent - began), ("first_sentence", first - began)];
            if let Some(fake) = dawdling {
                let model = answer.model.as_deref().unwrap_or_default();
                let said = fake.claim_sent(model).ok_or_else(not_answered)?;
                times.push(("behind_model", first.checked_duration_since(said).unwrap_or(Duration::ZERO)));
            }
            Ok(times)
        }
        .boxed()
    })
}

fn not_answered() -> Error {
    failed("the question was not answered in full")
}
