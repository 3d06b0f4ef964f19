//! The worker process against files and parsers that misbehave. This program is its own worker: it is started again with
//! `worker` and the name of what shall go wrong.

use std::{ffi::OsString, sync::Arc, time::Duration};

use beleg::{
    ErrorKind, Result,
    document::{
        Format, Input, Limits, Part, Sink, Summary,
        worker::{self, Extraction, InProcess, Stop, Worker},
    },
    types::Page,
};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|a| a == "worker") {
        let (input, output) = (std::io::stdin(), std::io::stdout());
        let code = match arguments.get(2).map(String::as_str) {
            None => worker::serve(input, output),
            Some(what) => {
                let what = what.to_owned();
                worker::serve_with(input, output, move |input, _, sink| misbehave(&what, input, sink))
            }
        };
        std::process::exit(code);
    }
    if arguments.get(1).is_some_and(|a| a == "parent") {
        let _ = worker(Some("tell")).extract(&input(b"x"), &limits(), &Stop::default(), &mut Telling);
        return;
    }
    let trial = |name: &str, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let trials = vec![
        trial("a_document_is_read_in_a_worker_as_it_is_here", a_document_is_read_in_a_worker_as_it_is_here),
        trial("an_error_of_the_document_comes_through_with_its_name", an_error_of_the_document_comes_through_with_its_name),
        trial("a_worker_out_of_memory_is_a_limit_and_its_pages_stay", a_worker_out_of_memory_is_a_limit_and_its_pages_stay),
        trial("memory_taken_bit_by_bit_is_a_limit_too", memory_taken_bit_by_bit_is_a_limit_too),
        trial("a_worker_that_never_ends_is_killed_for_its_time", a_worker_that_never_ends_is_killed_for_its_time),
        trial("a_worker_that_sleeps_is_killed_for_its_time", a_worker_that_sleeps_is_killed_for_its_time),
        trial("a_stack_that_overflows_is_said", a_stack_that_overflows_is_said),
        trial("an_abort_and_a_panic_are_said_without_their_text", an_abort_and_a_panic_are_said_without_their_text),
        trial("the_time_that_the_sink_takes_is_not_the_documents", the_time_that_the_sink_takes_is_not_the_documents),
        trial("a_sink_that_fails_ends_the_work_with_its_error", a_sink_that_fails_ends_the_work_with_its_error),
        trial("a_stop_ends_a_worker_that_never_would", a_stop_ends_a_worker_that_never_would),
        trial("a_flood_on_standard_error_does_no_harm", a_flood_on_standard_error_does_no_harm),
        trial("a_worker_that_lies_is_found_out", a_worker_that_lies_is_found_out),
        trial("a_program_that_is_no_worker_is_said", a_program_that_is_no_worker_is_said),
        trial("in_process_a_panic_is_an_error", in_process_a_panic_is_an_error),
        #[cfg(target_os = "linux")]
        trial("a_worker_dies_with_its_parent", a_worker_dies_with_its_parent),
        #[cfg(target_os = "linux")]
        trial("a_worker_that_asks_for_the_network_is_killed", a_worker_that_asks_for_the_network_is_killed),
        #[cfg(target_os = "linux")]
        trial("a_worker_starts_no_program", a_worker_starts_no_program),
        #[cfg(target_os = "linux")]
        trial("a_worker_opens_no_file", a_worker_opens_no_file),
        #[cfg(target_os = "linux")]
        trial("a_worker_may_use_threads", a_worker_may_use_threads),
        #[cfg(target_os = "linux")]
        trial("a_worker_has_none_of_the_hosts_secrets", a_worker_has_none_of_the_hosts_secrets),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

// --- the worker's side ---

fn summary() -> Summary {
    Summary { format: Format::Text, title: None, date: None, notices: Vec::new() }
}

fn page(number: u32) -> Page {
    Page { number, ..Page::default() }
}

fn misbehave(what: &str, input: &Input<'_>, sink: &mut dyn Sink) -> Result<Summary> {
    sink.page(page(1))?;
    match what {
        "memory" => drop(std::hint::black_box(vec![1u8; 8 << 30])),
        "memory-slowly" => {
            let mut all = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1u8; 1 << 20]));
            }
        }
        "spin" => loop {
            std::hint::spin_loop();
        },
        "tell" => {
            sink.page(Page { name: Some(std::process::id().to_string()), ..page(2) })?;
            loop {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        "sleep" => loop {
            std::thread::sleep(Duration::from_secs(1));
        },
        "stack" => drop(dive(1)),
        "abort" => std::process::abort(),
        "panic" => panic!("secret: {}", input.name),
        "noise" => {
            let noise = "x".repeat(4096);
            (0..1000).for_each(|_| {
                let _ = std::io::Write::write_all(&mut std::io::stderr(), noise.as_bytes());
            });
        }
        "pages" => (2..20).try_for_each(|number| sink.page(page(number)))?,
        "gap" => sink.page(page(7))?,
        "connect" => drop(std::net::TcpStream::connect("127.0.0.1:9")),
        "spawn" => {
            let error = std::process::Command::new("/bin/true").status().expect_err("no program may be started");
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        }
        "open" => {
            let read = std::fs::read("/etc/hostname").map(|_| ()).expect_err("nothing may be read").kind();
            let write = std::fs::write("/tmp/beleg-worker-test", "x").expect_err("nothing may be written").kind();
            assert_eq!((read, write), (std::io::ErrorKind::PermissionDenied, std::io::ErrorKind::PermissionDenied));
        }
        "threads" => assert_eq!(std::thread::spawn(|| 42).join().expect("a thread"), 42),
        "environment" => assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_none()),
        other => unreachable!("{other}"),
    }
    Ok(summary())
}

#[expect(unconditional_recursion, reason = "the stack shall overflow")]
fn dive(depth: u64) -> [u64; 512] {
    let mut below = dive(std::hint::black_box(depth + 1));
    below[0] += depth;
    below
}

// --- the parent's side ---

#[derive(Default)]
struct Collected {
    pages: Vec<Page>,
    parts: Vec<Part>,
}

impl Sink for Collected {
    fn page(&mut self, page: Page) -> Result<()> {
        self.pages.push(page);
        Ok(())
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.parts.push(part);
        Ok(())
    }
}

/// Tells on standard output what the worker's pages are called.
struct Telling;

impl Sink for Telling {
    fn page(&mut self, page: Page) -> Result<()> {
        if let Some(name) = page.name {
            std::io::Write::write_all(&mut std::io::stdout(), format!("{name}\n").as_bytes()).expect("a pipe");
        }
        Ok(())
    }

    fn part(&mut self, _: Part) -> Result<()> {
        Ok(())
    }
}

fn worker(what: Option<&str>) -> Worker {
    let arguments = std::iter::once("worker").chain(what).map(OsString::from).collect();
    Worker { program: std::env::current_exe().expect("this program has a path"), arguments }
}

fn input(bytes: &[u8]) -> Input<'static> {
    Input { name: "akte/böse.pdf", bytes: Arc::new(bytes.to_vec()), passwords: &[] }
}

fn limits() -> Limits {
    Limits { memory_bytes: 1 << 30, time: Duration::from_secs(30), ..Limits::default() }
}

/// The pages that came, and the error's code, kind and cause.
fn failure(what: &str, limits: Limits) -> (usize, String, ErrorKind, String) {
    let mut sink = Collected::default();
    let error = worker(Some(what)).extract(&input(b"x"), &limits, &Stop::default(), &mut sink).expect_err(what);
    let context = |key: &str| error.context().find(|(k, _)| *k == key).map(|(_, v)| v.to_owned()).unwrap_or_default();
    assert_eq!(context("document"), "akte/böse.pdf", "the document is named");
    assert!(error.hint().is_some(), "{error}");
    (sink.pages.len(), error.code().to_owned(), error.kind(), context("cause"))
}

fn killed(cause: &str) -> (usize, String, ErrorKind, String) {
    (1, "worker.killed".to_owned(), ErrorKind::Limit, cause.to_owned())
}

fn success(what: &str) {
    let mut sink = Collected::default();
    worker(Some(what)).extract(&input(b"x"), &limits(), &Stop::default(), &mut sink).expect(what);
}

fn a_document_is_read_in_a_worker_as_it_is_here() {
    let mail = b"From: a@b.c\nSubject: x\nDate: Mon, 5 Jan 2026 10:00:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=X\n\n\
        --X\n\nGr\xc3\xbc\xc3\x9fe\n--X\nContent-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\nAP8=\n--X--\n";
    let (mut there, mut here) = (Collected::default(), Collected::default());
    let from_worker = worker(None).extract(&input(mail), &limits(), &Stop::default(), &mut there).expect("read");
    let from_here = InProcess.extract(&input(mail), &limits(), &Stop::default(), &mut here).expect("read");
    assert_eq!((from_worker, &there.pages, &there.parts), (from_here, &here.pages, &here.parts));
    assert_eq!(there.parts[0].bytes.as_deref().expect("bytes"), b"\0\xff");
}

fn an_error_of_the_document_comes_through_with_its_name() {
    let error = worker(None)
        .extract(&input(b"\x89PNG\r\n\x1a\n"), &limits(), &Stop::default(), &mut Collected::default())
        .expect_err("a picture");
    assert_eq!((error.code(), error.kind()), ("document.unsupported", ErrorKind::Unsupported));
    assert!(
        error.context().any(|c| c == ("document", "akte/böse.pdf")) && error.context().any(|c| c == ("type", "picture (PNG)"))
    );
}

fn a_worker_out_of_memory_is_a_limit_and_its_pages_stay() {
    assert_eq!(failure("memory", limits()), killed("memory"));
}

fn memory_taken_bit_by_bit_is_a_limit_too() {
    assert_eq!(failure("memory-slowly", Limits { memory_bytes: 256 << 20, ..limits() }), killed("memory"));
}

fn a_worker_that_never_ends_is_killed_for_its_time() {
    assert_eq!(failure("spin", Limits { time: Duration::from_millis(300), ..limits() }), killed("time"));
}

fn a_worker_that_sleeps_is_killed_for_its_time() {
    assert_eq!(failure("sleep", Limits { time: Duration::from_millis(300), ..limits() }), killed("time"));
}

fn a_stack_that_overflows_is_said() {
    assert_eq!(failure("stack", limits()), killed("stack"));
}

fn an_abort_and_a_panic_are_said_without_their_text() {
    assert_eq!(failure("abort", limits()), killed("signal"));
    assert_eq!(failure("panic", limits()), (1, "worker.panicked".to_owned(), ErrorKind::Internal, String::new()));
    let error =
        worker(Some("panic")).extract(&input(b"x"), &limits(), &Stop::default(), &mut Collected::default()).expect_err("a panic");
    assert!(!error.to_string().contains("secret"));
}

fn the_time_that_the_sink_takes_is_not_the_documents() {
    struct Slow(usize);
    impl Sink for Slow {
        fn page(&mut self, _: Page) -> Result<()> {
            std::thread::sleep(Duration::from_millis(150));
            self.0 += 1;
            Ok(())
        }
        fn part(&mut self, _: Part) -> Result<()> {
            Ok(())
        }
    }
    let mut sink = Slow(0);
    let limits = Limits { time: Duration::from_secs(2), ..limits() };
    worker(Some("pages")).extract(&input(b"x"), &limits, &Stop::default(), &mut sink).expect("slow is no fault");
    assert_eq!(sink.0, 19);
}

fn a_sink_that_fails_ends_the_work_with_its_error() {
    struct Full;
    impl Sink for Full {
        fn page(&mut self, _: Page) -> Result<()> {
            Err(beleg::Error::new(ErrorKind::Environment, "io.disk_full", "full"))
        }
        fn part(&mut self, _: Part) -> Result<()> {
            Ok(())
        }
    }
    let error = worker(Some("spin")).extract(&input(b"x"), &limits(), &Stop::default(), &mut Full).expect_err("full");
    assert_eq!(error.code(), "io.disk_full");
}

fn a_stop_ends_a_worker_that_never_would() {
    struct Stopping(Stop);
    impl Sink for Stopping {
        fn page(&mut self, _: Page) -> Result<()> {
            self.0.stop();
            Ok(())
        }
        fn part(&mut self, _: Part) -> Result<()> {
            Ok(())
        }
    }
    let stop = Stop::default();
    let error = worker(Some("sleep")).extract(&input(b"x"), &limits(), &stop, &mut Stopping(stop.clone())).expect_err("stopped");
    assert_eq!((error.code(), error.kind()), ("document.cancelled", ErrorKind::Cancelled));
}

fn a_flood_on_standard_error_does_no_harm() {
    success("noise");
}

fn a_worker_that_lies_is_found_out() {
    let mut sink = Collected::default();
    worker(Some("gap"))
        .extract(&input(b"x"), &limits(), &Stop::default(), &mut sink)
        .expect("a page that failed is no failure of the rest");
    assert_eq!(sink.pages[1].number, 2);
    assert!(matches!(sink.pages[1].status, beleg::types::PageStatus::Failed { .. }));
}

fn a_program_that_is_no_worker_is_said() {
    let missing = Worker { program: "/no/such/worker".into(), arguments: Vec::new() };
    let error = missing.extract(&input(b"x"), &limits(), &Stop::default(), &mut Collected::default()).expect_err("missing");
    assert_eq!((error.code(), error.kind()), ("worker.start", ErrorKind::Environment));
    // This program without its first argument lists its tests, which is no frame.
    let wrong = Worker { program: std::env::current_exe().expect("a path"), arguments: vec!["--list".into()] };
    let error = wrong.extract(&input(b"x"), &limits(), &Stop::default(), &mut Collected::default()).expect_err("no worker");
    assert!(error.code().starts_with("worker."), "{error}");
}

fn in_process_a_panic_is_an_error() {
    struct Panics;
    impl Sink for Panics {
        fn page(&mut self, _: Page) -> Result<()> {
            std::panic::resume_unwind(Box::new("as a parser would"))
        }
        fn part(&mut self, _: Part) -> Result<()> {
            Ok(())
        }
    }
    let error = InProcess.extract(&input(b"Ein Text."), &limits(), &Stop::default(), &mut Panics).expect_err("a panic");
    assert_eq!(error.code(), "worker.panicked");
}

#[cfg(target_os = "linux")]
fn a_worker_dies_with_its_parent() {
    use std::io::BufRead;
    let mut parent = std::process::Command::new(std::env::current_exe().expect("a path"))
        .arg("parent")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("this program again");
    let mut pid = String::new();
    std::io::BufReader::new(parent.stdout.take().expect("a pipe")).read_line(&mut pid).expect("the worker's number");
    let lives = || match std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        // Dead and not yet waited for is dead.
        Ok(stat) => !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'),
        Err(_) => false,
    };
    assert!(lives(), "the worker is at work");
    parent.kill().expect("killed");
    parent.wait().expect("dead");
    for _ in 0..500 {
        if !lives() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the worker outlived its parent");
}

#[cfg(target_os = "linux")]
fn a_worker_that_asks_for_the_network_is_killed() {
    assert_eq!(failure("connect", limits()), killed("forbidden"));
}

#[cfg(target_os = "linux")]
fn a_worker_starts_no_program() {
    success("spawn");
}

#[cfg(target_os = "linux")]
fn a_worker_opens_no_file() {
    success("open");
}

#[cfg(target_os = "linux")]
fn a_worker_may_use_threads() {
    success("threads");
}

#[cfg(target_os = "linux")]
fn a_worker_has_none_of_the_hosts_secrets() {
    // Cargo sets this one for its tests; it stands for the keys of providers.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "run this test through cargo");
    success("environment");
}
