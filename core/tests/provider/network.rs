//! Networks that do not let a request through, and what is said of it.

use std::net::TcpListener;

use beleg::provider::Failure;
use serde_json::json;

use crate::support::{PROVIDERS, events, http, model, question, said};

#[tokio::test]
async fn where_nobody_listens_the_connection_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for provider in PROVIDERS {
        let (_, error) = events(&*model(provider, &format!("http://{free}"), http(json!({})), &json!({})), question()).await;
        let error = error.unwrap();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Unreachable), Some("refused")), "{provider}");
        assert_eq!(said(&error, "host"), Some(free.to_string().as_str()));
    }
}

#[tokio::test]
async fn a_name_that_is_not_known_is_told_as_such() {
    let (_, error) =
        events(&*model("openai_compatible", "http://no-such-host.invalid", http(json!({})), &json!({})), question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Unreachable), Some("dns")));
    assert_eq!(said(&error, "host"), Some("no-such-host.invalid"));
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_at_all_times_out() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let (_, error) =
        events(&*model("openai_compatible", &url, http(json!({"read_timeout_ms": 100})), &json!({})), question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::TimedOut), Some("read_timeout")));
}

#[tokio::test]
async fn what_is_no_http_is_no_answer_of_a_provider() {
    let odd = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", odd.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = odd.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"220 smtp.example ESMTP\r\n").unwrap();
        // Until the client goes away.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let (_, error) = events(&*model("openai_compatible", &url, http(json!({})), &json!({})), question()).await;
    let error = error.unwrap();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some("protocol")), "{error}");
}
