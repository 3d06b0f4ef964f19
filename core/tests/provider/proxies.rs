//! Proxies: by HTTP and SOCKS, from settings and environment, around them, and what is said when they do not let through.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    sync::{Arc, Mutex},
    thread,
};

use beleg::{
    http::{Http, HttpSettings},
    provider::Failure,
    testing::SetClock,
};
use serde_json::{Value, json};

use crate::support::{environment, events, http, model, question, said, server, text, turn};

/// A proxy that notes what it was asked for: HTTP when the first byte is a letter, else SOCKS 5.
pub(crate) struct Proxy {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Whatever it is asked for, it connects to `target`, or refuses when there is none.
    pub(crate) fn to(target: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        thread::spawn({
            let asked = asked.clone();
            move || {
                for client in listener.incoming().flatten() {
                    let (target, asked) = (target.clone(), asked.clone());
                    thread::spawn(move || serve(client, target.as_deref(), &asked));
                }
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, target: Option<&str>, asked: &Mutex<Vec<String>>) {
    let mut first = [0];
    client.peek(&mut first).unwrap();
    if first[0] == 5 {
        let mut greeting = [0; 2];
        client.read_exact(&mut greeting).unwrap();
        client.read_exact(&mut vec![0; usize::from(greeting[1])]).unwrap();
        client.write_all(&[5, 0]).unwrap();
        let mut head = [0; 4];
        client.read_exact(&mut head).unwrap();
        let length = match head[3] {
            1 => 4,
            4 => 16,
            _ => {
                let mut length = [0];
                client.read_exact(&mut length).unwrap();
                usize::from(length[0])
            }
        };
        let mut name = vec![0; length];
        client.read_exact(&mut name).unwrap();
        client.read_exact(&mut [0; 2]).unwrap();
        asked.lock().unwrap().push(if head[3] == 3 { String::from_utf8(name).unwrap() } else { format!("{name:?}") });
        let refused = u8::from(target.is_none());
        client.write_all(&[5, refused, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        if let Some(target) = target {
            pass(client, target, &[]);
        }
        return;
    }
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    asked.lock().unwrap().push(head.clone());
    let rest = reader.buffer().to_vec();
    match target {
        None => client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").unwrap(),
        Some(target) if head.starts_with("CONNECT ") => {
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            pass(client, target, &rest);
        }
        Some(target) => {
            // The whole address stands in the first line, and the server wants the path alone.
            let (line, headers) = head.split_once("\r\n").unwrap();
            let mut words = line.split(' ');
            let (method, url) = (words.next().unwrap(), words.next().unwrap());
            let path = url.splitn(4, '/').nth(3).unwrap_or_default();
            let head = format!("{method} /{path} HTTP/1.1\r\n{headers}");
            pass(client, target, &[head.as_bytes(), &rest].concat());
        }
    }
}

fn pass(client: TcpStream, target: &str, first: &[u8]) {
    let mut server = TcpStream::connect(target).unwrap();
    server.write_all(first).unwrap();
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut client = client;
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
}

async fn answered(url: &str, http: Http) -> std::result::Result<String, beleg::Error> {
    let (events, error) = events(&*model("openai_compatible", url, http, &json!({})), question()).await;
    error.map_or(Ok(text(&events)), Err)
}

#[tokio::test]
async fn requests_go_through_a_proxy_of_http_or_socks_and_names_may_be_left_to_it() {
    let fake = server("openai_compatible", &turn());
    let proxy = Proxy::to(Some(fake.address().to_string()));
    let through = |kind: &str, user: &str| http(json!({"proxy": format!("{kind}://{user}{}", proxy.address)}));
    assert_eq!(answered("http://model.example", through("http", "me:geheim@")).await.unwrap(), turn().text());
    assert!(proxy.asked()[0].starts_with("POST http://model.example/v1/chat/completions HTTP/1.1"));
    assert!(proxy.asked()[0].to_lowercase().contains("proxy-authorization: basic bwu6z2vozwlt"));
    assert_eq!(answered("http://model.example", through("socks5h", "")).await.unwrap(), turn().text());
    assert_eq!(proxy.asked()[1], "model.example", "not looked up here");
    assert_eq!(answered("http://localhost:1", through("socks5", "")).await.unwrap(), turn().text());
    assert_eq!(proxy.asked().len(), 3);
}

/// A client in an environment.
fn within(settings: Value, environment: &[(&str, String)]) -> Http {
    let settings: HttpSettings = serde_json::from_value(settings).unwrap();
    let variables = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    Http::with(settings, &variables, Arc::new(SetClock::at("2026-11-26T12:00:00Z".parse().unwrap()))).unwrap()
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_asked_but_for_what_it_is_not_to_be_asked_for() {
    let fake = server("openai_compatible", &turn());
    let proxy = Proxy::to(Some(fake.address().to_string()));
    let named = |more: &[(&'static str, &str)]| {
        let mut all = vec![("HTTP_PROXY", format!("http://{}", proxy.address))];
        all.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        within(json!({}), &all)
    };
    assert!(answered("http://model.example", named(&[])).await.is_ok());
    assert_eq!(proxy.asked().len(), 1);
    assert!(answered(&fake.url(), named(&[])).await.is_ok(), "what is on this machine is reached without");
    assert!(
        answered(&fake.url(), within(json!({"proxy": "none"}), &[("HTTP_PROXY", "http://p.invalid".to_owned())])).await.is_ok()
    );
    assert_eq!(proxy.asked().len(), 1);
    let around = answered("http://model.invalid", named(&[("NO_PROXY", "other.example,.invalid")])).await.unwrap_err();
    assert_eq!(said(&around, "reason"), Some("dns"), "past the proxy, and there is no such name");
    assert_eq!(proxy.asked().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_or_does_not_let_through_is_told_from_the_provider() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let refusing = Proxy::to(None);
    for (proxy, url, detail) in [
        (format!("http://{closed}"), "https://model.example", "unreachable"),
        (format!("http://{closed}"), "http://model.example", "unreachable"),
        (format!("socks5h://{closed}"), "http://model.example", "unreachable"),
        ("http://no-such-proxy.invalid:3128".to_owned(), "http://model.example", "dns"),
        ("http://no-such-proxy.invalid:3128".to_owned(), "https://model.example", "dns"),
        ("socks5h://no-such-proxy.invalid:3128".to_owned(), "https://model.example", "dns"),
        (format!("http://{}", refusing.address), "https://model.example", "login"),
        (format!("http://{}", refusing.address), "http://model.example", "login"),
        (format!("socks5h://{}", refusing.address), "http://model.example", "refused"),
    ] {
        let error = answered(url, http(json!({"proxy": proxy}))).await.unwrap_err();
        assert_eq!(
            (Failure::of(&error), said(&error, "reason")),
            (Some(Failure::Unreachable), Some("proxy")),
            "{proxy} {url}: {error:?}"
        );
        assert_eq!(said(&error, "detail"), Some(detail), "{proxy} {url}: {error:?}");
        assert_eq!(said(&error, "proxy"), Some(proxy.split_once("://").unwrap().1), "{proxy} {url}");
    }
    let own = closed.rsplit_once(':').unwrap().1;
    let none = answered(&format!("http://127.0.0.1:{own}"), http(json!({}))).await.unwrap_err();
    assert_eq!((said(&none, "reason"), said(&none, "proxy")), (Some("refused"), None), "without a proxy it is the server");
}

/// A proxy that others wrote, in a process of its own.
pub(crate) struct RealProxy {
    child: std::process::Child,
    pub(crate) address: String,
}

impl RealProxy {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let python = environment(&["proxy.py==2.4.10"], &[]);
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("port");
        let child = std::process::Command::new(python)
            .args(["-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--num-workers", "1", "--num-acceptors", "1"])
            .arg("--port-file")
            .arg(&told)
            .arg("--data-dir")
            .arg(folder.path())
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        // It writes the file once it listens.
        let port = (0..600).find_map(|_| {
            thread::sleep(std::time::Duration::from_millis(50));
            std::fs::read_to_string(&told).ok()?.lines().next()?.trim().parse::<u16>().ok()
        });
        let mut proxy = Self { child, address: String::new() };
        let port = port.expect("the proxy listens within half a minute");
        proxy.address = format!("127.0.0.1:{port}");
        proxy
    }
}

impl Drop for RealProxy {
    /// Its workers as well, which a killed parent leaves behind.
    fn drop(&mut self) {
        let _ = std::process::Command::new("sh").args(["-c", &format!("kill -9 -{}", self.child.id())]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_proxy_that_others_wrote_lets_through_with_its_password_and_without_is_told_to_want_one() {
    let fake = server("openai_compatible", &turn());
    let proxy = RealProxy::start(&["--basic-auth", "me:geheim"]);
    let through = |user: &str| http(json!({"proxy": format!("http://{user}{}", proxy.address), "no_proxy": ""}));
    assert_eq!(answered(&fake.url(), through("me:geheim@")).await.unwrap(), turn().text());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, user, detail) in [
        (fake.url(), "", "login"),
        (fake.url(), "me:wrong@", "login"),
        ("https://model.invalid".to_owned(), "", "login"),
        ("https://model.invalid".to_owned(), "me:wrong@", "login"),
        // 502 from behind the tunnel.
        (format!("https://{closed}"), "me:geheim@", "refused"),
    ] {
        let error = answered(&url, through(user)).await.unwrap_err();
        assert_eq!((said(&error, "reason"), said(&error, "detail")), (Some("proxy"), Some(detail)), "{url} {user}: {error:?}");
        assert!(!format!("{error:?}").contains("geheim"));
    }
    // Whose second piece of a request the fake takes for one more.
    let asked = fake.received().iter().filter(|received| received.method == "POST").count();
    assert_eq!(asked, 1, "without its password nothing comes through");
}
