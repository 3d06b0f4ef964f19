use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use beleg::{http::Http, testing::providers::Reply};
use serde_json::json;

use super::{means, probed, probed_by, refused, says};
use crate::{
    support::{PROVIDERS, http},
    tls,
};

/// A server without TLS: to what is no HTTP it answers by HTTP, or not at all.
fn without_tls(answers: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut first = [0; 4096];
            // All of the handshake: what is left unread when a connection is closed resets it.
            let is_http = matches!(stream.read(&mut first), Ok(read) if read > 0) && first[0] == b'G';
            if answers || is_http {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        }
    });
    address
}

#[tokio::test]
async fn what_is_wrong_with_tls_is_told_apart_and_so_is_tls_where_there_is_none() {
    let folder = tls::certificates();
    let trusting = || http(json!({"ca_bundle": folder.path().join("ca.pem")}));
    let (port, _) = tls::serve(folder.path(), "server", false);
    let (old, _) = tls::serve(folder.path(), "old", false);
    let (early, _) = tls::serve(folder.path(), "early", false);
    let (picky, _) = tls::serve(folder.path(), "server", true);
    let by =
        async |host: String, client: Http| probed_by("openai_compatible", &format!("https://{host}"), client, json!({})).await;
    let host = format!("localhost:{port}");
    says(
        by(host.clone(), http(json!({}))).await,
        &format!(
            "the certificate of {host} is by an authority that is not known here. Name it in `http.ca_bundle`; a proxy that reads along has its own."
        ),
        &format!(
            "Das Zertifikat von {host} ist von einer hier unbekannten Stelle. Sie in `http.ca_bundle` nennen; ein mitlesender Proxy hat seine eigene."
        ),
    );
    says(
        by(format!("localhost:{old}"), trusting()).await,
        &format!(
            "the certificate of localhost:{old} has expired. Its operator has to renew it, unless the clock of this machine is wrong."
        ),
        &format!(
            "Das Zertifikat von localhost:{old} ist abgelaufen. Sein Betreiber muss es erneuern, sofern nicht die Uhr dieses Rechners falsch geht."
        ),
    );
    says(
        by(format!("localhost:{early}"), trusting()).await,
        &format!("the certificate of localhost:{early} is not valid yet. The clock of this machine is most likely behind."),
        &format!("Das Zertifikat von localhost:{early} gilt noch nicht. Wahrscheinlich geht die Uhr dieses Rechners nach."),
    );
    says(
        by(format!("127.0.0.1:{port}"), trusting()).await,
        &format!(
            "the certificate is valid for another name than 127.0.0.1:{port}. Check the address; a certificate does not hold for a number unless it names it."
        ),
        &format!(
            "Das Zertifikat gilt für einen anderen Namen als 127.0.0.1:{port}. Die Adresse prüfen; für eine IP-Adresse gilt es nur, wenn es sie nennt."
        ),
    );
    says(
        by(format!("localhost:{picky}"), trusting()).await,
        &format!(
            "localhost:{picky} ended the TLS handshake. It most likely wants a certificate of its clients: `http.client_certificate`."
        ),
        &format!(
            "localhost:{picky} hat den TLS-Handshake abgebrochen. Wahrscheinlich will er ein Zertifikat seiner Clients: `http.client_certificate`."
        ),
    );
    // Servers that speak HTTP alone answer a handshake with HTTP or close the connection.
    for answers in [true, false] {
        let host = without_tls(answers).to_string();
        says(
            by(host.clone(), trusting()).await,
            &format!("{host} does not speak TLS on this port: write http:// in place of https://, or name the port that does."),
            &format!(
                "{host} spricht an diesem Port kein TLS: http:// statt https:// schreiben, oder den Port nennen, der es tut."
            ),
        );
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = silent.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in silent.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
        }
    });
    says(
        by(host.to_string(), trusting()).await,
        &format!("{host} closes the connection when TLS begins. Is this its port for TLS? A firewall can do the same."),
        &format!("{host} schließt die Verbindung, wenn TLS beginnt. Ist das sein Port für TLS? Auch eine Firewall tut das."),
    );

    let wants = |host: &str| {
        (
            format!("{host} speaks TLS on this port: write https:// in place of http://."),
            format!("{host} spricht TLS an diesem Port: https:// statt http:// schreiben."),
        )
    };
    // A server of TLS that ends such a connection, with an authority that nobody here knows: that it speaks TLS is plain all the same.
    for provider in PROVIDERS {
        let host = format!("localhost:{port}");
        let (en, de) = wants(&host);
        says(probed(provider, &format!("http://{host}")).await, &en, &de);
    }
    // Servers that say so: those in Go, nginx.
    for body in
        ["Client sent an HTTP request to an HTTPS server.\n", "<center>The plain HTTP request was sent to HTTPS port</center>"]
    {
        let (report, host) = refused("openai_compatible", Reply::whole(400, "text/html", body)).await;
        let (en, de) = wants(&host);
        says(report, &en, &de);
    }
}

#[tokio::test]
async fn a_server_that_is_none_of_http_is_not_taken_for_one_of_tls() {
    let odd = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = odd.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in odd.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.write_all(b"220 smtp.example ESMTP\r\n");
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            });
        }
    });
    says(
        probed("openai_compatible", &format!("http://{host}")).await,
        &format!("{host} answers, and not as this provider does. Check the address, its port and its path."),
        &format!("{host} antwortet, aber nicht wie dieser Anbieter. Adresse, Port und Pfad prüfen."),
    );
}

#[tokio::test]
async fn a_certificate_that_is_wrong_in_another_way_is_told_with_the_word_for_it() {
    let folder = tls::certificates();
    // That of the authority itself is none of a server.
    let (port, _) = tls::serve(folder.path(), "ca", false);
    let trusting = http(json!({"ca_bundle": folder.path().join("ca.pem")}));
    let report = probed_by("openai_compatible", &format!("https://localhost:{port}"), trusting, json!({})).await;
    means(report, "certificate", "no secure connection to", "Keine sichere Verbindung zu");
}
