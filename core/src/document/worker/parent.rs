//! The parent's side.

use std::{
    ffi::OsString,
    io::{self, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    super::{Input, Limits, Part, Sink, Summary, guard::Guard},
    Extraction, Stop,
    frame::{ERROR, Frame, JOB, Job, PAGE, PART, PartHead, SUMMARY},
};
use crate::{Error, ErrorKind, Result, error::ErrorRecord, types::Page};

/// How often the parent looks whether the work is still wanted.
const TICK: Duration = Duration::from_millis(50);

/// What is kept of a worker's standard error: its end says why it died.
const STDERR_BYTES: usize = 16 * 1024;

/// Frames that wait for the sink: with the pipe, what a worker can be ahead.
const FRAMES_AHEAD: usize = 4;

/// Extraction in a worker process, one for each document.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The program; it calls [`serve`](super::serve) when it is given `arguments`.
    pub program: PathBuf,
    /// Its arguments: for the command line of Beleg the hidden subcommand `worker`.
    pub arguments: Vec<OsString>,
}

/// What the threads that listen to the worker report.
enum Event {
    Frame(Frame),
    /// The output ended, in order or not.
    Closed(io::Result<()>),
}

impl Extraction for Worker {
    fn extract(&self, input: &Input<'_>, limits: &Limits, stop: &Stop, sink: &mut dyn Sink) -> Result<Summary> {
        stop.check()?;
        if input.bytes.len() as u64 > limits.file_bytes {
            return Err(super::super::guard::exceeded("file_bytes", limits.file_bytes).with("document", input.name));
        }
        let mut running = Running::start(self, input, limits)?;
        let outcome =
            running.take_results(limits, stop, &mut Guard::new(&Limits { time: Duration::MAX, ..limits.clone() }, sink));
        outcome.map_err(|error| error.with("document", input.name))
    }
}

/// A worker at work. Dropping it kills it.
struct Running {
    child: Child,
    events: Receiver<Event>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(worker: &Worker, input: &Input<'_>, limits: &Limits) -> Result<Self> {
        let failed = |error: io::Error| {
            Error::new(ErrorKind::Environment, "worker.start", format!("the worker process cannot be started: {error}"))
                .with("path", worker.program.display().to_string())
                .with_hint("name the program that is its own worker, or extract in this process")
                .with_source(error)
        };
        let mut child = Command::new(&worker.program)
            .args(&worker.arguments)
            // Secrets of the host, such as the keys of providers, stand in its environment.
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| is_needed(name)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (sender, events) = mpsc::sync_channel(FRAMES_AHEAD);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut running = Self { child, events, stderr: None };
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(failed(io::Error::other("no pipes")));
        };
        let job = Job { name: input.name.to_owned(), passwords: input.passwords.to_vec(), limits: limits.clone() };
        let bytes = input.bytes.clone();
        let thread = |name: &str| std::thread::Builder::new().name(format!("worker {name}"));
        // A worker that takes no job ends without a result, which is noticed there.
        thread("in").spawn(move || Frame::write(&mut { stdin }, JOB, &job, &bytes)).map_err(failed)?;
        // JSON escapes a character by six bytes at most; the boxes of a page with much text are not more than its text.
        let most_head = limits.page_text_bytes.saturating_mul(8).max(16 << 20);
        let most_body = limits.decompressed_bytes;
        thread("out").spawn(move || receive(stdout, most_head, most_body, &sender)).map_err(failed)?;
        running.stderr = Some(thread("err").spawn(move || keep_end(stderr)).map_err(failed)?);
        Ok(running)
    }

    /// Hands over what comes until the worker has ended, and says how it did.
    ///
    /// The limit of time counts what the worker is waited for, not what the sink takes.
    fn take_results(&mut self, limits: &Limits, stop: &Stop, sink: &mut Guard<'_>) -> Result<Summary> {
        let mut waited = Duration::ZERO;
        let mut result = None;
        loop {
            stop.check()?;
            let before = Instant::now();
            let event = self.events.recv_timeout(TICK);
            waited += before.elapsed();
            match event {
                Ok(Event::Frame(frame)) if result.is_none() => match frame.kind {
                    PAGE => sink.page(parse::<Page>(&frame.head)?)?,
                    PART => {
                        let head = parse::<PartHead>(&frame.head)?;
                        let bytes = head.error.map_or(Ok(frame.body), Err);
                        sink.part(Part { name: head.name, bytes })?;
                    }
                    SUMMARY => result = Some(Ok(parse::<Summary>(&frame.head)?)),
                    ERROR => result = Some(Err(Error::from(parse::<ErrorRecord>(&frame.head)?))),
                    _ => return Err(protocol()),
                },
                Ok(Event::Frame(_)) => return Err(protocol()),
                Ok(Event::Closed(Ok(()))) if result.is_some() => break,
                Ok(Event::Closed(_)) | Err(RecvTimeoutError::Disconnected) => return Err(self.autopsy(limits)),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if waited > limits.time {
                return Err(killed_for_time(limits));
            }
        }
        result.unwrap_or_else(|| Err(protocol()))
    }

    /// Why a worker ended that said nothing itself.
    fn autopsy(&mut self, limits: &Limits) -> Error {
        // It closed its output: if it does not end by itself now, it is made to.
        let mut status = None;
        for _ in 0..20 {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(TICK),
                Ok(Some(ended)) => {
                    status = Some(ended);
                    break;
                }
                Err(_) => break,
            }
        }
        if status.is_none() {
            let _ = self.child.kill();
            status = self.child.wait().ok();
        }
        let last_words = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        cause_of_death(status, &String::from_utf8_lossy(&last_words), limits)
    }
}

/// What the exit status and standard error of a worker say. Nothing of the latter is repeated: it may hold text of the document.
pub(super) fn cause_of_death(status: Option<ExitStatus>, last_words: &str, limits: &Limits) -> Error {
    let killed = |cause: &str, setting: &'static str, message: &str, hint: &str| {
        let error = Error::new(ErrorKind::Limit, "worker.killed", message).with("cause", cause.to_owned());
        if setting.is_empty() { error.with_hint(hint) } else { error.with("setting", setting).with_hint(hint) }
    };
    let raise = "raise the setting if the file is trusted";
    if last_words.contains("memory allocation of") {
        return killed("memory", "limits.memory_bytes", "the file needs more memory than its worker may use", raise)
            .with("limit", limits.memory_bytes.to_string());
    }
    if last_words.contains("overflowed its stack") {
        return killed(
            "stack",
            "",
            "the file nests deeper than its worker can follow",
            "please report it, with the file if that is possible",
        );
    }
    if last_words.contains("panicked at") {
        return Error::new(ErrorKind::Internal, "worker.panicked", "the parser gave up on the file in a way that it should not")
            .with_hint("please report it, with the file if that is possible");
    }
    match signal(status) {
        #[cfg(unix)]
        Some(number) if number == rustix::process::Signal::XCPU.as_raw() => killed_for_time(limits),
        #[cfg(unix)]
        Some(number) if number == rustix::process::Signal::SYS.as_raw() => killed(
            "forbidden",
            "",
            "the file made its worker ask the system for something that no parser needs",
            "treat the file as an attack, and please report it",
        ),
        #[cfg(unix)]
        Some(number) if number == rustix::process::Signal::KILL.as_raw() => killed(
            "killed",
            "",
            "the system or somebody killed the worker, probably since the machine was out of memory",
            "run fewer workers at a time, or lower limits.memory_bytes",
        ),
        Some(number) => {
            killed("signal", "", "the worker crashed on the file", "please report it, with the file if that is possible")
                .with("signal", number.to_string())
        }
        None => {
            let code = status.and_then(|s| s.code()).map_or_else(|| "unknown".to_owned(), |code| code.to_string());
            Error::new(ErrorKind::Internal, "worker.failed", "the worker ended without a result")
                .with("exit", code)
                .with_hint("check that the program is a worker of this version")
        }
    }
}

fn killed_for_time(limits: &Limits) -> Error {
    Error::new(ErrorKind::Limit, "worker.killed", "the file needs more time than its worker has")
        .with("cause", "time")
        .with("setting", "limits.time")
        .with("limit", format!("{} s", limits.time.as_secs_f32()))
        .with_hint("raise the setting if the file is trusted")
}

#[cfg(unix)]
fn signal(status: Option<ExitStatus>) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status?)
}

#[cfg(not(unix))]
fn signal(_: Option<ExitStatus>) -> Option<i32> {
    None
}

/// Variables that a program needs to start, and no other.
fn is_needed(name: &std::ffi::OsStr) -> bool {
    ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "LANG", "LC_ALL"].iter().any(|needed| name == *needed)
}

fn parse<T: serde::de::DeserializeOwned>(head: &[u8]) -> Result<T> {
    serde_json::from_slice(head).map_err(|_| protocol())
}

fn protocol() -> Error {
    Error::new(ErrorKind::Internal, "worker.protocol", "the worker said what no worker of this version says")
        .with_hint("check that the program is a worker of this version; if it is, the file may have taken it over")
}

fn receive(stdout: impl Read, most_head: u64, most_body: u64, events: &SyncSender<Event>) {
    let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        let event = match Frame::read(&mut stdout, most_head, most_body) {
            Ok(Some(frame)) => Event::Frame(frame),
            Ok(None) => Event::Closed(Ok(())),
            Err(error) => Event::Closed(Err(error)),
        };
        let last = matches!(event, Event::Closed(_));
        if events.send(event).is_err() || last {
            return;
        }
    }
}

/// The last bytes of a stream, read to its end so that the worker never waits.
fn keep_end(mut stream: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        if kept.len() > 2 * STDERR_BYTES {
            kept.drain(..kept.len() - STDERR_BYTES);
        }
    }
    kept
}
