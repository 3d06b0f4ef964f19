//! TLS, proxies, and answers that take too long or lead elsewhere, over real sockets.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{
    super::{Answer, HttpOptions, HttpTransport, MemoryKeyStore, Request as Sent, Standing, Transport},
    server::{Reply, Server, impatient},
    witness::{TIME, Witness, code, log_of, policy},
};
use crate::{Error, Result};

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("openssl is missing ({error}); run: apt-get install -y openssl"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, a server of the names `localhost` and `witness.example`, and one whose certificate is out of date.
fn certificates() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(at, &format!("{key} -x509 -days 30 -subj /CN=authority -keyout ca.key -out ca.pem"));
    fs::write(at.join("server.ext"), "subjectAltName=DNS:localhost,DNS:witness.example").unwrap();
    // Only `ca` takes dates in every version.
    let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n";
    fs::write(at.join("ca.cnf"), config).unwrap();
    fs::write(at.join("index.txt"), "").unwrap();
    for (name, ends) in [("server", "21200101000000Z"), ("old", "20200201000000Z")] {
        openssl(at, &format!("{key} -subj /CN={name} -keyout {name}.key -out {name}.csr"));
        let issue = format!("ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in {name}.csr -out {name}.pem");
        openssl(at, &format!("{issue} -extfile server.ext -startdate 20200101000000Z -enddate {ends}"));
    }
    folder
}

fn tls(folder: &Path, name: &str) -> Option<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
    let certificate = CertificateDer::from_pem_file(folder.join(format!("{name}.pem"))).unwrap();
    Some(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()))
}

fn fine() -> Reply {
    Reply::With(200, "text/plain", b"fine".to_vec())
}

/// A transport that trusts the authority, in an environment.
fn trusting(folder: &Path, environment: &[(&str, String)]) -> HttpTransport {
    let options = HttpOptions { ca_bundle: Some(folder.join("ca.pem")) };
    HttpTransport::with(&options, &|name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()))
        .unwrap()
}

fn posted(transport: &HttpTransport, url: &str) -> Result<Answer> {
    let content = Some(("text/plain", &b"body"[..]));
    transport.send(&Sent { url, content, answer_bytes: 1 << 10, timeout: Duration::from_secs(5) })
}

fn said<'e>(error: &'e Error, key: &str) -> Option<&'e str> {
    error.context().find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_is_reached_over_tls_when_its_authority_is_named_and_it_is_told_why_it_is_not() {
    let (folder, place) = (certificates(), tempfile::tempdir().unwrap());
    let log = log_of(place.path(), &MemoryKeyStore::default(), 3).await;
    let witness = Witness::new("one.example", 1, &log);
    let server = witness.serve_with(tls(folder.path(), "server"));
    let named = policy(&[("W", &witness, &server)], "quorum W\n");
    let unnamed: Arc<dyn Transport> = Arc::new(HttpTransport::with(&HttpOptions::default(), &|_| None).unwrap());
    let done = log.witness(&named, unnamed.clone(), &impatient()).await.unwrap();
    assert_eq!((code(&done.witnesses[0]), done.report.quorum), ("audit.tls", false));
    assert_eq!((server.connections(), server.requests().len()), (1, 0), "it is not tried again, and nothing was sent");
    let done = log.witness(&named, Arc::new(trusting(folder.path(), &[])), &impatient()).await.unwrap();
    assert_eq!((&done.witnesses[0].standing, done.report.quorum), (&Standing::Cosigned { time: TIME }, true));

    let old = Server::with(tls(folder.path(), "old"), |_| fine());
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let without_tls = format!("https://localhost:{}", plain.local_addr().unwrap().port());
    thread::spawn(move || {
        plain.incoming().for_each(|stream| drop(stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    });
    for (url, detail) in
        [(server.url.replace("localhost", "127.0.0.1"), "wrong_name"), (old.url.clone(), "expired"), (without_tls, "no_tls")]
    {
        let error = posted(&trusting(folder.path(), &[]), &url).unwrap_err();
        assert_eq!((error.code(), said(&error, "detail")), ("audit.tls", Some(detail)), "{url}: {error:?}");
    }
    let request = Sent { url: &server.url, content: None, answer_bytes: 10, timeout: Duration::from_secs(5) };
    assert_eq!(said(&unnamed.send(&request).unwrap_err(), "detail"), Some("unknown_issuer"));
}

#[test]
fn a_file_that_names_no_authority_is_refused() {
    let folder = certificates();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty"), b"").unwrap();
    fs::write(at("garbage"), b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").unwrap();
    fs::write(at("both"), [fs::read(at("ca.pem")).unwrap(), fs::read(at("ca.key")).unwrap()].concat()).unwrap();
    for name in ["empty", "garbage", "both", "ca.key", "missing"] {
        let error = HttpTransport::new(&HttpOptions { ca_bundle: Some(at(name)) }).unwrap_err();
        assert_eq!(error.code(), "audit.ca_bundle", "{name}");
    }
    let none = HttpTransport::with(&HttpOptions::default(), &|_| None).unwrap();
    for url in ["", "ftp://x", "https://", "localhost:1", "https:/x", "file:///etc/passwd"] {
        assert_eq!(posted(&none, url).unwrap_err().code(), "audit.address", "{url}");
    }
}

/// A proxy that opens tunnels to one place, whatever it is asked for, and notes what that was; without a place it refuses.
struct Tunnels {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    fn to(target: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let heads = asked.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (mut client, heads) = (client.unwrap(), heads.clone());
                thread::spawn(move || {
                    let mut reader = BufReader::new(client.try_clone().unwrap());
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    heads.lock().unwrap().push(head);
                    let Some(target) = target else {
                        let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
                        return client.write_all(refused).unwrap();
                    };
                    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                    let mut server = TcpStream::connect(target).unwrap();
                    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                    let _ = std::io::copy(&mut client, &mut server);
                    let _ = server.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn requests_go_through_the_proxy_of_the_environment_and_around_it_where_that_says_so() {
    let folder = certificates();
    let server = Server::with(tls(folder.path(), "server"), |_| fine());
    let proxy = Tunnels::to(Some(server.address));
    let through = |more: &[(&'static str, &str)]| {
        let mut all = vec![("HTTPS_PROXY", format!("http://me:geheim@{}", proxy.address))];
        all.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        trusting(folder.path(), &all)
    };
    assert_eq!(posted(&through(&[]), "https://witness.example/add-checkpoint").unwrap().body, b"fine");
    let head = proxy.asked()[0].to_ascii_lowercase();
    assert!(head.starts_with("connect witness.example:443 http/1.1\r\n"), "the name is left to the proxy: {head}");
    assert!(head.contains("proxy-authorization: basic bwu6z2vozwlt"), "{head}");
    assert_eq!((server.requests()[0].method.as_str(), server.requests()[0].path.as_str()), ("POST", "/add-checkpoint"));
    // It ends at the server: the proxy is nobody that could answer in its place.
    let strange = posted(&through(&[]), "https://other.example/").unwrap_err();
    assert_eq!((strange.code(), said(&strange, "detail")), ("audit.tls", Some("wrong_name")));
    assert_eq!(proxy.asked().len(), 2);

    // Around it: what is on this machine, what the environment excepts, and what has another scheme.
    assert_eq!(posted(&through(&[]), &server.url).unwrap().body, b"fine");
    for list in ["witness.example", ".example", "one.invalid, *.example", "*"] {
        let error = posted(&through(&[("NO_PROXY", list)]), "https://witness.example/").unwrap_err();
        assert_eq!(error.code(), "audit.unreachable", "{list}: there is no such name outside of the proxy");
        assert_eq!(said(&error, "proxy"), None);
    }
    assert_eq!(posted(&through(&[]), "http://witness.example/").unwrap_err().code(), "audit.unreachable");
    assert_eq!(proxy.asked().len(), 2);
    assert!(posted(&through(&[("NO_PROXY", "other.example")]), "https://witness.example/").is_ok());
    assert_eq!(proxy.asked().len(), 3);

    // A proxy that refuses or is not there is told from the witness, and its password is shown nowhere.
    let refusing = Tunnels::to(None);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, expected) in [(refusing.address, "audit.proxy"), (closed, "audit.unreachable")] {
        let transport = trusting(folder.path(), &[("ALL_PROXY", format!("http://me:geheim@{address}"))]);
        for url in ["https://witness.example/", "http://witness.example/"] {
            let error = posted(&transport, url).unwrap_err();
            assert_eq!((error.code(), said(&error, "proxy")), (expected, Some(address.to_string().as_str())), "{error:?}");
            assert!(!error.to_string().contains("geheim") && !format!("{transport:?}").contains("geheim"), "{error}");
        }
    }
    let wrong = HttpTransport::with(&HttpOptions::default(), &|_| Some("http://me:geheim@".to_owned())).unwrap_err();
    assert_eq!(wrong.code(), "audit.proxy_address");
}

/// Set for the process that this test starts: where to.
const CHILD: &str = "BELEG_TEST_HTTPS_URL";

#[test]
fn the_environment_of_the_process_names_proxy_and_authorities() {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(posted(&HttpTransport::new(&HttpOptions::default()).unwrap(), &url).unwrap().body, b"fine");
        return;
    }
    let folder = certificates();
    let server = Server::with(tls(folder.path(), "server"), |_| fine());
    let proxy = Tunnels::to(Some(server.address));
    let name = "audit_log::tests::https::the_environment_of_the_process_names_proxy_and_authorities";
    let child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env_clear()
        .env(CHILD, "https://witness.example/")
        .env("HTTPS_PROXY", format!("http://{}", proxy.address))
        .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
        .output()
        .unwrap();
    let text = [child.stdout, child.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(child.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!((proxy.asked().len(), server.requests().len()), (1, 1));
}

#[test]
fn a_redirection_is_an_answer_and_leads_nowhere() {
    let folder = certificates();
    let elsewhere = Server::new(|_| fine());
    let target = elsewhere.url.clone();
    let server = Server::with(tls(folder.path(), "server"), move |request| {
        Reply::Redirect(request.path.trim_start_matches('/').parse().unwrap(), target.clone())
    });
    let transport = trusting(folder.path(), &[]);
    for status in [301, 302, 303, 307, 308] {
        let url = format!("{}/{status}", server.url);
        assert_eq!(posted(&transport, &url).unwrap().status, status);
        let fetch = Sent { url: &url, content: None, answer_bytes: 1 << 10, timeout: Duration::from_secs(5) };
        assert_eq!(transport.send(&fetch).unwrap().status, status);
    }
    assert_eq!((elsewhere.connections(), server.requests().len()), (0, 10));
}

#[test]
fn an_answer_that_is_too_long_or_too_slow_is_cut_off() {
    let folder = certificates();
    let server = Server::with(tls(folder.path(), "server"), |request| match request.path.as_str() {
        "/long" => Reply::Long(64 << 20),
        "/head" => Reply::LongHead(64 << 20),
        "/slow" => Reply::Slow,
        _ => Reply::Gone,
    });
    let transport = trusting(folder.path(), &[]);
    let code = |url: &str, timeout: Duration| {
        let error = transport.send(&Sent { url, content: None, answer_bytes: 1 << 10, timeout }).unwrap_err();
        error.code().to_owned()
    };
    let patient = Duration::from_secs(20);
    assert_eq!(code(&format!("{}/long", server.url), patient), "audit.answer_too_long");
    assert_eq!(code(&format!("{}/head", server.url), patient), "audit.no_http");
    assert_eq!(code(&format!("{}/gone", server.url), patient), "audit.unreachable");
    // One that takes connections and says nothing, not even of TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let hasty = Duration::from_millis(300);
    for url in [
        format!("{}/slow", server.url),
        format!("https://localhost:{}/", silent.local_addr().unwrap().port()),
        format!("http://localhost:{}/", silent.local_addr().unwrap().port()),
    ] {
        assert_eq!(code(&url, hasty), "audit.unreachable", "{url}");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
