//! Against a server and a proxy in this process.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::*;
use crate::model::pins::Pinned;

/// `printf 'weights' | sha256sum`, `printf '{}' | sha256sum`.
const FILES: &[HubFile] = &[
    HubFile {
        path: "onnx/model.onnx",
        kept: Pinned { name: "model.onnx", bytes: 7, sha256: "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c" },
    },
    HubFile {
        path: "tokenizer.json",
        kept: Pinned {
            name: "tokenizer.json",
            bytes: 2,
            sha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        },
    },
];

/// A server that gives `weights` for the model and `{}` for everything else; counts its requests.
fn serve(weights: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let counter = Arc::clone(&counter);
            thread::spawn(move || {
                let Some(line) = request(&stream) else { return };
                counter.fetch_add(1, Ordering::SeqCst);
                let wanted = format!("/{REPOSITORY}/resolve/{REVISION}/");
                let (status, body) = match line.split(' ').nth(1) {
                    Some(path) if path == wanted.clone() + "onnx/model.onnx" => ("200 OK", weights),
                    Some(path) if path == wanted + "tokenizer.json" => ("200 OK", "{}"),
                    _ => ("404 Not Found", ""),
                };
                let length = body.len();
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
            });
        }
    });
    (base, requests)
}

/// A proxy that knows CONNECT; counts its tunnels.
fn proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tunnels);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut near = stream.unwrap();
            let counter = Arc::clone(&counter);
            thread::spawn(move || {
                let Some(line) = request(&near) else { return };
                let Some(target) = line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else { return };
                let mut far = TcpStream::connect(target).unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let (mut near_too, mut far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut near_too, &mut far_too);
                });
                let _ = std::io::copy(&mut far, &mut near);
                let _ = near.shutdown(Shutdown::Both);
            });
        }
    });
    (address, tunnels)
}

/// The first line of a request, whose head is read to its end.
fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
    }
    Some(first)
}

fn fetched(place: &Path, base: &str, proxy: Option<Proxy>) -> Result<Vec<String>> {
    let mut events = Vec::new();
    fetch_to(place, FILES, base, proxy, &mut |event| events.push(format!("{event:?}")))?;
    Ok(events)
}

#[test]
fn the_pinned_files_are_fetched_once() {
    let (base, requests) = serve("weights");
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("models").join("hub");
    let events = fetched(&place, &base, None).unwrap();
    assert!(events.iter().any(|event| event.contains("done: Some(9), total: 9")), "{events:?}");
    assert_eq!(std::fs::read(place.join("model.onnx")).unwrap(), b"weights");
    assert_eq!(std::fs::read_to_string(place.join("beleg-model.json")).unwrap(), HUB_STATED);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    assert!(fetched(&place, &base, None).unwrap()[0].starts_with("Found"));
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[test]
fn another_file_than_the_pinned_one_is_refused_and_leaves_nothing() {
    for (weights, code) in [("weighty", "model.checksum"), ("weights and more", "model.download"), ("short", "model.download")] {
        let (base, _) = serve(weights);
        let folder = tempfile::tempdir().unwrap();
        let error = fetched(&folder.path().join("hub"), &base, None).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn what_the_hub_lacks_is_an_error_that_names_it() {
    let (base, _) = serve("weights");
    let folder = tempfile::tempdir().unwrap();
    let error = fetched(&folder.path().join("hub"), &(base + "/elsewhere"), None).unwrap_err();
    assert_eq!(error.code(), "model.download");
    assert!(error.to_string().contains("404") && error.to_string().contains(REVISION), "{error}");
    assert!(!refused("http://anna:geheim@hub.example/x").to_string().contains("geheim"));
}

#[test]
fn a_proxy_is_used_when_it_is_named() {
    let (base, _) = serve("weights");
    let (proxy, tunnels) = proxy();
    let folder = tempfile::tempdir().unwrap();
    fetched(&folder.path().join("hub"), &base, Some(Proxy::new(&proxy).unwrap())).unwrap();
    assert!(tunnels.load(Ordering::SeqCst) > 0);
}

/// The environment belongs to a whole process: each case is a process of its own, which runs the test below.
#[test]
fn the_environments_proxy_is_used_but_for_hosts_that_it_excepts() {
    for (no_proxy, tunneled) in [("", true), ("127.0.0.1", false)] {
        let (base, _) = serve("weights");
        let (proxy, tunnels) = proxy();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "model::hub::tests::fetch_as_the_environment_says"])
            .env("BELEG_TEST_HUB", &base)
            .env_remove("ALL_PROXY")
            .env_remove("all_proxy")
            .env("HTTPS_PROXY", &proxy)
            .env("NO_PROXY", no_proxy)
            .env("no_proxy", no_proxy)
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        assert_eq!(tunnels.load(Ordering::SeqCst) > 0, tunneled);
    }
}

#[test]
fn fetch_as_the_environment_says() {
    // Only as the child of the test above.
    let Ok(base) = std::env::var("BELEG_TEST_HUB") else { return };
    let folder = tempfile::tempdir().unwrap();
    fetched(&folder.path().join("hub"), &base, Proxy::try_from_env()).unwrap();
}
