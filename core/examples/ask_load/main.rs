//! What our path adds to a call of a chat model that answers at once: the model in its layers, that and a durable audit log, and a whole
//! `ask`; and how soon a sentence is released that the model has finished.
//!
//! - `ask_load prepare FOLDER DOCUMENTS` makes a corpus, and writes what a model is sent and what it answers (`request.json`, `answer.txt`)
//! - `ask_load fake FOLDER` is a server that says that answer: prints its address, ends with its standard input
//! - `ask_load measure FOLDER URL REQUESTS CONCURRENT...` prints a line of JSON for each path and number of callers
//!
//! `benches/compare/providers/run.sh` runs it beside LiteLLM and the vendor's client.

#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

mod asked;
mod fake;
mod load;
mod paths;

use std::{fs, io::Read, path::Path, process::ExitCode, sync::Arc, time::Duration};

use beleg::{Error, Result};

use self::{
    asked::{Asked, failed, make_corpus, open, write},
    fake::Fake,
    load::{Call, line, load},
    paths::{ask, chat, direct, in_layers, on_record, openai_compatible},
};

/// Between two events of a model that takes its time.
const GAP: Duration = Duration::from_millis(20);
/// Each takes seconds, so that there are few.
const SLOW_ANSWERS: usize = 30;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["prepare", folder, documents] => prepare(Path::new(folder), Path::new(documents)).await,
        ["fake", folder] => serve(Path::new(folder)),
        ["measure", folder, url, requests, ref concurrent @ ..] => {
            let requests = requests.parse().unwrap_or(1000);
            let concurrent: Vec<usize> = concurrent.iter().filter_map(|callers| callers.parse().ok()).collect();
            measure(Path::new(folder), url, requests, &concurrent).await
        }
        _ => {
            eprintln!("usage: ask_load prepare FOLDER DOCUMENTS | fake FOLDER | measure FOLDER URL REQUESTS CONCURRENT...");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

async fn prepare(folder: &Path, documents: &Path) -> Result<()> {
    make_corpus(folder, documents).await?;
    let asked = Asked::over(folder).await?;
    let body = asked.body().await?;
    eprintln!(
        "{} passages, a request of {} bytes, an answer of {} bytes, {} calls of the audit log",
        asked.request.passages.len(),
        body.to_string().len(),
        asked.answer.len(),
        asked.records.len(),
    );
    write(&folder.join("answer.txt"), &asked.answer)?;
    write(&folder.join("request.json"), body.to_string())
}

fn serve(folder: &Path) -> Result<()> {
    let path = folder.join("answer.txt");
    let answer = fs::read_to_string(&path).map_err(|error| Error::io(error, "read a file", &path))?;
    let fake = Fake::start(&answer, Duration::ZERO).map_err(|_| failed("no port is free"))?;
    println!("{}", fake.url);
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(())
}

async fn measure(folder: &Path, url: &str, requests: usize, concurrent: &[usize]) -> Result<()> {
    let asked = Arc::new(Asked::over(folder).await?);
    for (form, stream) in [("streamed", true), ("whole", false)] {
        let model = in_layers(url, stream)?;
        let mut body = asked.body().await?;
        if !stream {
            body["stream"] = false.into();
            body.as_object_mut().map(|body| body.remove("stream_options"));
        }
        let corpus = open(folder, model.clone()).await?;
        let paths: [(&str, Call); 5] = [
            ("direct", direct(url, body.to_string().into_bytes())?),
            ("adapter", chat(openai_compatible(url, stream)?, asked.request.clone())),
            ("layers", chat(model.clone(), asked.request.clone())),
            ("layers and audit", on_record(model, asked.clone(), corpus.audit().clone())),
            ("ask", ask(corpus.clone(), asked.question, None)),
        ];
        for (path, call) in &paths {
            for callers in concurrent {
                println!("{}", line(path, form, *callers, &load(call, *callers, 2 * callers + 20, requests).await?));
            }
        }
        drop(paths);
        corpus.close().await?;
    }
    let fake = Arc::new(Fake::start(&asked.answer, GAP).map_err(|_| failed("no port is free"))?);
    let corpus = open(folder, in_layers(&fake.url, true)?).await?;
    let call = ask(corpus.clone(), asked.question, Some(fake));
    for callers in concurrent {
        let times = load(&call, *callers, *callers, SLOW_ANSWERS.max(2 * callers)).await?;
        println!("{}", line("ask", "20 ms between events", *callers, &times));
    }
    drop(call);
    corpus.close().await?;
    Ok(())
}
