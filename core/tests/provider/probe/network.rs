use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use beleg::testing::providers::{FakeProvider, Received, Reply};

use serde_json::json;

use super::{means, probed, probed_by, says};
use crate::{
    proxies::{Proxy, RealProxy},
    support::{PROVIDERS, http},
};

#[tokio::test]
async fn names_and_servers_that_are_not_there_are_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    says(
        probed("openai_compatible", &format!("http://{closed}")).await,
        &format!("{closed} refuses the connection. Does the server run, on this port? Does a firewall stand between?"),
        &format!("{closed} nimmt keine Verbindung an. Läuft der Server, an diesem Port? Steht eine Firewall dazwischen?"),
    );
    says(
        probed("openai_compatible", "http://nowhere.invalid").await,
        "no such host: nowhere.invalid. Check the address, and DNS; where names are left to a proxy, `http.proxy`.",
        "Unbekannter Rechner: nowhere.invalid. Adresse und DNS prüfen; wo ein Proxy die Namen auflöst, `http.proxy`.",
    );
}

#[tokio::test]
async fn four_things_that_can_be_wrong_with_a_proxy_are_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let by = async |proxy: &str, url: &str| {
        probed_by("anthropic", url, http(json!({"proxy": proxy, "no_proxy": ""})), json!({})).await
    };
    says(
        by(&format!("http://{closed}"), "https://model.example").await,
        &format!(
            "the proxy {closed} cannot be reached. Check `http.proxy` (HTTPS_PROXY); what is reached without it stands in `http.no_proxy` (NO_PROXY)."
        ),
        &format!(
            "Der Proxy {closed} ist nicht zu erreichen. `http.proxy` (HTTPS_PROXY) prüfen; was ohne ihn erreicht wird, steht in `http.no_proxy` (NO_PROXY)."
        ),
    );
    says(
        by("http://proxy.invalid:3128", "https://model.example").await,
        "no such host: the proxy proxy.invalid:3128. Check `http.proxy` (HTTPS_PROXY).",
        "Unbekannter Rechner: der Proxy proxy.invalid:3128. `http.proxy` (HTTPS_PROXY) prüfen.",
    );
    let real = RealProxy::start(&["--basic-auth", "me:geheim"]);
    let address = &real.address;
    for user in ["", "me:wrong@"] {
        for url in ["https://model.example", "http://model.example"] {
            says(
                by(&format!("http://{user}{address}"), url).await,
                &format!(
                    "the proxy {address} wants a login, or does not accept this one (407): `http.proxy` with user and password in it, as a file by BELEG_HTTP__PROXY_FILE."
                ),
                &format!(
                    "Der Proxy {address} will eine Anmeldung oder nimmt diese nicht an (407): `http.proxy` mit Name und Passwort darin, als Datei über BELEG_HTTP__PROXY_FILE."
                ),
            );
        }
    }
    let not_through = |proxy: &str, host: &str| {
        (
            format!(
                "the proxy {proxy} does not let through to {host}: it is not permitted there (403), or the proxy does not reach it itself (502, 503, 504). Its log says which; have it permitted."
            ),
            format!(
                "Der Proxy {proxy} lässt nicht zu {host} durch: dort nicht freigegeben (403), oder für ihn selbst nicht erreichbar (502, 503, 504). Sein Protokoll sagt, welches von beiden; freigeben lassen."
            ),
        )
    };
    let (en, de) = not_through(address, &closed.to_string());
    says(by(&format!("http://me:geheim@{address}"), &format!("https://{closed}")).await, &en, &de);
    let socks = Proxy::to(None).address;
    let (en, de) = not_through(&socks, "model.example");
    says(by(&format!("socks5h://{socks}"), "https://model.example").await, &en, &de);
}

#[tokio::test]
async fn a_resource_of_azure_whose_name_is_not_known_is_told_from_other_names() {
    // A label of 64 characters is none that any DNS is asked for.
    let label = "x".repeat(64);
    for domain in ["openai.azure.com", "cognitiveservices.azure.com"] {
        let report = probed("azure_openai", &format!("http://{label}.{domain}")).await;
        means(report, "", "the name of its private endpoint is not known", "den Namen ihres privaten Endpunkts nicht");
    }
    let report = probed("azure_openai", &format!("http://{label}.example")).await;
    means(report, "", "no such host", "Unbekannter Rechner");
}

#[tokio::test]
async fn a_host_that_drops_what_is_sent_to_it_is_told_from_one_that_refuses() {
    let full = tokio::net::TcpSocket::new_v4().unwrap();
    full.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = full.listen(1).unwrap();
    let host = full.local_addr().unwrap();
    // Until its queue, from which nobody takes, holds no more: from then on it answers nothing.
    let waiting: Vec<TcpStream> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&host, Duration::from_millis(300)).ok()).take(64).collect();
    assert!(waiting.len() < 64, "the queue has no end");
    let report =
        probed_by("openai_compatible", &format!("http://{host}"), http(json!({"connect_timeout_ms": 300})), json!({})).await;
    means(report, "", &format!("{host} does not answer at all"), &format!("{host} antwortet gar nicht"));
}

#[tokio::test]
async fn a_server_that_redirects_is_told_as_such() {
    for status in [301, 302, 303, 307, 308] {
        let fake = FakeProvider::start(move |_: &Received| {
            Reply::whole(status, "text/html", "<html>Moved</html>").header("location", "https://geheim.example/login")
        });
        for provider in PROVIDERS {
            let report = probed(provider, &fake.url()).await;
            means(report, "", &format!("redirects ({status})"), &format!("leitet um ({status})"));
        }
    }
}

/// A proxy that answers every tunnel so.
fn answering(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes());
        }
    });
    address
}

#[tokio::test]
async fn a_proxy_that_may_not_and_one_that_cannot_let_through_are_told_in_one_sentence_with_both_causes() {
    for status in [403, 502, 503, 504] {
        let settings = json!({"proxy": format!("http://{}", answering(status)), "no_proxy": ""});
        let report = probed_by("anthropic", "https://model.example", http(settings), json!({})).await;
        let words = status.to_string();
        means(report, "refused", &words, &words);
    }
}
