//! Durable entries a second: entries of 1 KiB by 1, 16 and 256 callers at a time, beside what the disk alone can do; how long a single
//! call takes; and how soon a signed checkpoint covers it.
//!
//! `benches/compare/audit-log/run.sh` runs it beside Tessera and SQLite on the same disk.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use beleg::{
    audit::bundle::verify_bundle,
    audit_log::{AuditLog, AuditOptions, AuditSeams, LocalKeyStore},
    corpus::{AskOptions, BundleOptions, Engine, EngineOptions, IngestOptions, SearchOptions},
    embed::FakeModel,
    env::System,
    record::NoLog,
    store::LocalBlobs,
    testing::FakeChat,
};
use uuid::Uuid;

const RUN: Duration = Duration::from_secs(3);
const ENTRY: usize = 1024;

fn main() {
    // Under `cargo test --benches` nothing is measured.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = std::env::var_os("BELEG_BENCH_DIR").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let raw = raw_syncs(&folder);
    say("fdatasync of 4 KiB", &[("p50_ms", raw.p50), ("p99_ms", raw.p99)]);
    for callers in [1, 16, 256] {
        let place = tempfile::tempdir_in(&folder).expect("a folder");
        let log = open(place.path(), Duration::from_secs(1));
        let (count, seconds, latency) = runtime.block_on(append(&log, callers));
        let rate = count as f64 / seconds;
        say(&format!("beleg {callers} callers"), &[("entries_per_s", rate), ("p50_ms", latency.p50), ("p99_ms", latency.p99)]);
        runtime.block_on(log.close()).expect("closed");
    }
    let place = tempfile::tempdir_in(&folder).expect("a folder");
    let log = open(place.path(), Duration::from_millis(10));
    let covered = runtime.block_on(until_covered(&log));
    say("append to signed checkpoint", &[("p50_ms", covered.p50), ("p99_ms", covered.p99)]);
    let place = tempfile::tempdir_in(&folder).expect("a folder");
    runtime.block_on(share_of_an_ask(place.path()));
}

/// What the log adds to an extractive answer: the same questions, recorded nowhere and in the log; and what a bundle of it takes.
async fn share_of_an_ask(folder: &Path) {
    let options = || EngineOptions { keys: Some(folder.join("keys")), ..EngineOptions::default() };
    let model = || Arc::new(FakeModel::new(384));
    let logged = Engine::new(model(), options()).expect("an engine");
    let (corpus, _) = logged.open_or_create(folder.join("corpus")).await.expect("a corpus");
    let documents = folder.join("in");
    std::fs::create_dir(&documents).expect("a folder");
    for n in 0..100 {
        let text = format!("Vermerk {n}.\n\nDer Saldo der Forderungen an den Kunden k{n}x beträgt {n}.400 EUR zum 31.12.2025.");
        std::fs::write(documents.join(format!("{n}.txt")), text).expect("written");
    }
    corpus.ingest(&documents, IngestOptions::default()).await.expect("ingested");
    let bare = Engine::with_recorder(model(), options(), Arc::new(NoLog)).expect("an engine");
    let bare = bare.open(folder.join("corpus")).await.expect("a corpus");
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut answer = None;
    for n in 0..300 {
        let question = format!("Wie hoch ist der Saldo der Forderungen an den Kunden k{}x?", n % 100);
        for (corpus, times) in [(&bare, &mut without), (&corpus, &mut with)] {
            let from = Instant::now();
            let asked = corpus.ask(&question, AskOptions::default()).await.expect("asked");
            times.push(from.elapsed());
            answer = Some(asked);
        }
    }
    let (with, without) = (latency(with), latency(without));
    say("ask, nowhere on record", &[("p50_ms", without.p50), ("p99_ms", without.p99)]);
    say("ask, on record", &[("p50_ms", with.p50), ("p99_ms", with.p99), ("more_p50_ms", with.p50 - without.p50)]);
    share_of_a_model(&logged, &folder.join("corpus"), options()).await;
    let answer = answer.expect("an answer");
    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.expect("a bundle").bytes;
    let key = [corpus.audit().verifier_key().expect("a key")];
    let mut times = Vec::new();
    for _ in 0..100 {
        let from = Instant::now();
        assert!(verify_bundle(&bundle, &key).expect("a bundle").ok, "it verifies");
        times.push(from.elapsed());
    }
    let index = answer.audit.expect("it is on record").index;
    let proof = corpus.audit().prove(index, None).await.expect("a proof").to_string().len();
    let verified = latency(times);
    say(
        "verify a bundle",
        &[
            ("p50_ms", verified.p50),
            ("p99_ms", verified.p99),
            ("bundle_kb", bundle.len() as f64 / 1e3),
            ("proof_bytes", proof as f64),
        ],
    );
}

/// What the log adds to an answer of a chat model that takes half a second and cites in five claims.
async fn share_of_a_model(logged: &Engine, folder: &Path, options: EngineOptions) {
    let bare = Engine::with_recorder(Arc::new(FakeModel::new(384)), options, Arc::new(NoLog)).expect("an engine");
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for n in 0..40 {
        let words = format!("Der Saldo der Forderungen an den Kunden k{n}x beträgt {n}.400 EUR");
        let claim = serde_json::json!({"citations": [{"passage": 1, "quote": words}], "text": format!("{words}.")}).to_string();
        let claims = vec![claim; 5];
        let mut pieces = vec!["{\"claims\": [".to_owned()];
        for (place, claim) in claims.iter().enumerate() {
            let middle = claim.floor_char_boundary(claim.len() / 2);
            pieces.extend([claim[..middle].to_owned(), claim[middle..].to_owned()]);
            pieces.push(if place < 4 { ", " } else { "], \"complete\": true}" }.to_owned());
        }
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        for (engine, times) in [(&bare, &mut without), (logged, &mut with)] {
            let chat = FakeChat::default().with_latency(Duration::from_millis(500)).saying(&pieces);
            let corpus = engine.with_chat_model(Arc::new(chat)).open(folder).await.expect("a corpus");
            // The first question of an opening reads the index.
            corpus.search("Saldo", SearchOptions::default()).await.expect("searched");
            let from = Instant::now();
            corpus
                .ask(&format!("Wie hoch ist der Saldo der Forderungen an den Kunden k{n}x?"), AskOptions::default())
                .await
                .expect("asked");
            times.push(from.elapsed());
            corpus.close().await.expect("closed");
        }
    }
    let (with, without) = (latency(with), latency(without));
    say("ask a model of 500 ms, nowhere", &[("p50_ms", without.p50), ("p99_ms", without.p99)]);
    say("ask a model of 500 ms, on record", &[("p50_ms", with.p50), ("p99_ms", with.p99), ("ratio_p50", with.p50 / without.p50)]);
}

fn say(what: &str, figures: &[(&str, f64)]) {
    let figures: Vec<String> = figures.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
    println!("{what:<34} {}", figures.join("  "));
}

fn open(folder: &Path, checkpoint_interval: Duration) -> AuditLog {
    let seams = AuditSeams {
        corpus: Uuid::from_u128(1),
        tenant: Uuid::from_u128(2),
        blobs: Arc::new(LocalBlobs::new(folder)),
        keys: Arc::new(LocalKeyStore::new(folder.join("keys"))),
        clock: Arc::new(System),
        random: Arc::new(System),
    };
    AuditLog::local(folder, seams, AuditOptions { checkpoint_interval, ..AuditOptions::default() }).expect("a log")
}

struct Latency {
    p50: f64,
    p99: f64,
}

fn latency(mut times: Vec<Duration>) -> Latency {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    Latency { p50: at(0.5), p99: at(0.99) }
}

/// What one write of 4 KiB and its sync take on this disk.
fn raw_syncs(folder: &Path) -> Latency {
    let path = folder.join("raw");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path).expect("a file");
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < RUN {
        let from = Instant::now();
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("synced");
        times.push(from.elapsed());
    }
    std::fs::remove_file(path).expect("removed");
    latency(times)
}

async fn append(log: &AuditLog, callers: usize) -> (usize, f64, Latency) {
    log.append(vec![vec![0; ENTRY]]).await.expect("appended");
    let started = Instant::now();
    let calls: Vec<_> = (0..callers)
        .map(|caller| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while started.elapsed() < RUN {
                    let from = Instant::now();
                    log.append(vec![vec![caller as u8; ENTRY]]).await.expect("appended");
                    times.push(from.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for call in calls {
        times.extend(call.await.expect("no panic"));
    }
    (times.len(), started.elapsed().as_secs_f64(), latency(times))
}

async fn until_covered(log: &AuditLog) -> Latency {
    let mut times = Vec::new();
    for n in 0..200u32 {
        let from = Instant::now();
        let index = log.append(vec![n.to_le_bytes().repeat(ENTRY / 4)]).await.expect("appended");
        while log.covering(index).expect("read").is_none() {
            tokio::time::sleep(Duration::from_micros(250)).await;
        }
        times.push(from.elapsed());
    }
    latency(times)
}
