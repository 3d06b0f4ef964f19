//! TLS: an authority of one's own, a certificate of one's own, and what is said of those that are not trusted.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use beleg::provider::Failure;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};

use crate::support::{events, http, model, question, said, streamed, text, turn};

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{error}; run: apt-get install -y openssl"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, a server `localhost`, one whose certificate is out of date and one whose is not valid yet, and a client.
pub(crate) fn certificates() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(at, &format!("{key} -x509 -days 30 -subj /CN=authority -keyout ca.key -out ca.pem"));
    std::fs::write(at.join("server.ext"), "subjectAltName=DNS:localhost").unwrap();
    std::fs::write(at.join("client.ext"), "extendedKeyUsage=clientAuth").unwrap();
    // Only `ca` takes dates in every version.
    let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n";
    std::fs::write(at.join("ca.cnf"), config).unwrap();
    std::fs::write(at.join("index.txt"), "").unwrap();
    for (name, extension, begins, ends) in [
        ("server", "server.ext", "20200101000000Z", "21200101000000Z"),
        ("old", "server.ext", "20200101000000Z", "20200201000000Z"),
        ("early", "server.ext", "21000101000000Z", "21200101000000Z"),
        ("client", "client.ext", "20200101000000Z", "21200101000000Z"),
    ] {
        openssl(at, &format!("{key} -subj /CN={name} -keyout {name}.key -out {name}.csr"));
        let issue = format!(
            "ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in {name}.csr -out {name}.pem -extfile {extension}"
        );
        openssl(at, &format!("{issue} -startdate {begins} -enddate {ends}"));
    }
    folder
}

/// A server that answers every request over TLS with one stream; returns its port and how many connections there were.
pub(crate) fn serve(folder: &Path, certificate: &str, wants_client: bool) -> (u16, Arc<AtomicUsize>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let read = |name: &str| CertificateDer::from_pem_file(folder.join(name)).unwrap();
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if wants_client {
        let mut roots = RootCertStore::empty();
        roots.add(read("ca.pem")).unwrap();
        builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{certificate}.key"))).unwrap();
    let config = Arc::new(builder.with_single_cert(vec![read(&format!("{certificate}.pem"))], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            connections.fetch_add(1, Ordering::SeqCst);
            let config = config.clone();
            thread::spawn(move || {
                let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                loop {
                    let mut asked = Vec::new();
                    let mut piece = [0; 4096];
                    // The body of a question ends with a brace.
                    while !asked.ends_with(b"}") {
                        match tls.read(&mut piece) {
                            Ok(read) if read > 0 => asked.extend_from_slice(&piece[..read]),
                            _ => return,
                        }
                    }
                    let body = streamed("openai_compatible", &turn()).body();
                    let mut answer =
                        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
                    answer.extend([format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat());
                    let _ = tls.write_all(&answer);
                    let _ = tls.flush();
                    // The end of the body comes apart, as from most servers.
                    let _ = tls.write_all(b"0\r\n\r\n");
                    let _ = tls.flush();
                }
            });
        }
    });
    (port, counted)
}

async fn asked(port: u16, host: &str, settings: Value) -> std::result::Result<String, beleg::Error> {
    let model = model("openai_compatible", &format!("https://{host}:{port}"), http(settings), &json!({}));
    let (events, error) = events(&*model, question()).await;
    error.map_or(Ok(text(&events)), Err)
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named_and_what_is_not_trusted_is_told_why() {
    let folder = certificates();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let trusting = json!({"ca_bundle": path("ca.pem")});
    let (port, _) = serve(folder.path(), "server", false);
    assert_eq!(asked(port, "localhost", trusting.clone()).await.unwrap(), turn().text());
    let (old, _) = serve(folder.path(), "old", false);
    for (port, host, settings, detail) in [
        (port, "localhost", json!({}), "unknown_issuer"),
        (port, "127.0.0.1", trusting.clone(), "wrong_name"),
        (old, "localhost", trusting.clone(), "expired"),
    ] {
        let error = asked(port, host, settings).await.unwrap_err();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Unreachable), Some("tls")));
        assert_eq!(said(&error, "detail"), Some(detail));
    }
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = asked(port, "localhost", trusting).await.unwrap_err();
    assert_eq!((said(&error, "reason"), said(&error, "detail")), (Some("tls"), Some("no_tls")));
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_of_its_clients_gets_it() {
    let folder = certificates();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let (port, _) = serve(folder.path(), "server", true);
    let apart = json!({"ca_bundle": path("ca.pem"), "client_certificate": path("client.pem"), "client_key": path("client.key")});
    assert_eq!(asked(port, "localhost", apart).await.unwrap(), turn().text());
    let both = [std::fs::read(path("client.pem")).unwrap(), std::fs::read(path("client.key")).unwrap()].concat();
    std::fs::write(path("both.pem"), both).unwrap();
    let together = json!({"ca_bundle": path("ca.pem"), "client_certificate": path("both.pem")});
    assert_eq!(asked(port, "localhost", together).await.unwrap(), turn().text());
    let error = asked(port, "localhost", json!({"ca_bundle": path("ca.pem")})).await.unwrap_err();
    assert_eq!((said(&error, "reason"), said(&error, "detail")), (Some("tls"), Some("refused_by_server")), "{error:?}");
}

#[tokio::test]
async fn with_tls_a_connection_is_used_again_by_whoever_shares_the_client() {
    let folder = certificates();
    let (port, connections) = serve(folder.path(), "server", false);
    let http = http(json!({"ca_bundle": folder.path().join("ca.pem")}));
    for _ in 0..3 {
        let model = model("openai_compatible", &format!("https://localhost:{port}"), http.clone(), &json!({}));
        let (events, error) = events(&*model, question()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(text(&events), turn().text());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
