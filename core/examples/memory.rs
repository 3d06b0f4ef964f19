//! What an open corpus that does nothing holds in memory: `memory [CHUNKS...]`, by default 10,000 and 100,000.
//!
//! Each corpus is made and measured in a process of its own, with the default model and its tokenizer open. Its vectors are made
//! up, which changes nothing of how much there is of them, and spares an hour of embedding. Exits with 1 when more is held than
//! is promised: 500 MB at 10,000 chunks, and 60 MB more at 100,000.

#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "../benches/shared/mod.rs"]
mod shared;

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
    sync::Arc,
};

use beleg::{
    Error, ErrorKind, Result,
    corpus::{Engine, EngineOptions, IngestOptions, SearchOptions},
    embed::{
        Embedding, EmbeddingModel, FakeModel, Purpose, Text,
        onnx::{OnnxModel, OnnxOptions},
    },
    model, platform,
    tokenize::Tokenizer,
};

const MOST_MB: f64 = 500.0;
const MOST_MORE_MB: f64 = 60.0;
/// Chunks of one document.
const PARAGRAPHS: usize = 100;

/// The real model, but for vectors of passages.
struct MadeUp {
    real: OnnxModel,
    fake: FakeModel,
}

impl EmbeddingModel for MadeUp {
    fn identity(&self) -> &str {
        self.real.identity()
    }
    fn name(&self) -> &str {
        self.real.name()
    }
    fn dimensions(&self) -> usize {
        self.real.dimensions()
    }
    fn max_tokens(&self) -> usize {
        self.real.max_tokens()
    }
    fn tokenizer(&self) -> Arc<dyn Tokenizer> {
        self.real.tokenizer()
    }
    fn embed(&self, purpose: Purpose, texts: &[Text<'_>]) -> Result<Vec<Embedding>> {
        match purpose {
            Purpose::Passage => self.fake.embed(purpose, texts),
            Purpose::Question => self.real.embed(purpose, texts),
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--make", folder, chunks] => make(Path::new(folder), chunks.parse().unwrap_or(10_000)).map(|()| true),
        ["--measure", folder] => measure(Path::new(folder)).map(|()| true),
        [] => compare(&[10_000, 100_000]),
        ref sizes => compare(&sizes.iter().filter_map(|size| size.parse().ok()).collect::<Vec<_>>()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

/// Makes and measures a corpus of each size, and says whether what is promised holds.
fn compare(sizes: &[usize]) -> Result<bool> {
    let (mut first, mut good) = (None, true);
    println!("| chunks | resident |\n|---|---|");
    for size in sizes {
        let folder = tempfile::tempdir().map_err(|error| Error::io(error, "create a folder", Path::new("tmp")))?;
        let path = folder.path().display().to_string();
        let made = itself(&["--make", &path, &size.to_string()])?;
        let told = itself(&["--measure", &path])?;
        let resident: f64 = told.trim().parse().unwrap_or(f64::MAX);
        println!("| {} | {resident:.0} MB |", made.trim());
        let most = first.map_or(MOST_MB, |first: f64| first + MOST_MORE_MB);
        first.get_or_insert(resident);
        if resident > most {
            eprintln!("error: more than {most:.0} MB");
            good = false;
        }
    }
    Ok(good)
}

/// What this program prints in a process of its own.
fn itself(arguments: &[&str]) -> Result<String> {
    let failed = || Error::new(ErrorKind::Environment, "example.process", "a process of the measurement failed");
    let output = std::env::current_exe().and_then(|program| Command::new(program).args(arguments).output());
    let output = output.map_err(|error| failed().with_source(error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(failed())
}

fn engine() -> Result<Engine> {
    let real = OnnxModel::open(model::folder(model::DEFAULT)?, &OnnxOptions::default())
        .map_err(|error| error.with_hint("`beleg model fetch` brings the model"))?;
    let fake = FakeModel::new(real.dimensions());
    Engine::new(Arc::new(MadeUp { real, fake }), EngineOptions::default())
}

#[tokio::main]
async fn make(folder: &Path, chunks: usize) -> Result<()> {
    let documents = folder.join("in");
    let failed = |error| Error::io(error, "write a document", &documents);
    fs::create_dir_all(&documents).map_err(failed)?;
    for i in 0..chunks.div_ceil(PARAGRAPHS) {
        fs::write(documents.join(format!("{i}.md")), shared::document(i as u64, PARAGRAPHS)).map_err(failed)?;
    }
    let (corpus, _) = engine()?.open_or_create(folder.join("corpus")).await?;
    let report = corpus.ingest(&documents, IngestOptions::default()).await?;
    println!("{}", report.chunks);
    Ok(())
}

/// Opens, searches a little, lets go, and prints the resident memory in MB.
#[tokio::main]
async fn measure(folder: &Path) -> Result<()> {
    platform::return_memory_at_once();
    let corpus = engine()?.open(folder.join("corpus")).await?;
    for question in ["Wie hoch sind die Rückstellungen?", "Darlehen und Zinsen", "auditor inventory"] {
        corpus.search(question, SearchOptions::default()).await?;
    }
    println!("{}", resident_mb());
    Ok(())
}

/// Linux alone tells it in a file.
fn resident_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(0.0, |kilobytes| kilobytes * 1024.0 / 1e6)
}
