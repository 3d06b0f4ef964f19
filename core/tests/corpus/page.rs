//! The page that verifies a bundle, in a real browser.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use beleg::corpus::{AskOptions, BundleOptions};
use serde_json::{Value, json};

use crate::support::Place;

/// Chromium, driven over WebDriver as its user would: a key is typed, a file is chosen.
struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn post(url: &str, body: &Value) -> Value {
    let response = ureq::post(url).header("Content-Type", "application/json").send(body.to_string().as_bytes());
    let text = response.unwrap_or_else(|error| panic!("{url}: {error}")).body_mut().read_to_string().unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["value"].take()
}

impl Browser {
    fn open(page: &Path) -> Self {
        let missing = |what: &str, error: &dyn std::fmt::Display| -> ! {
            panic!("{what} is missing ({error}); run: apt-get install -y chromium chromium-driver")
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver =
            Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let driver = driver.unwrap_or_else(|error| missing("chromedriver", &error));
        let base = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        while ureq::get(format!("{base}/status")).call().is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "chromedriver does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-US",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let chrome = json!({"args": arguments});
        let capabilities = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": chrome}}});
        let session = post(&format!("{base}/session"), &capabilities);
        let id = session["sessionId"].as_str().unwrap_or_else(|| missing("chromium", &session)).to_owned();
        let browser = Self { driver, session: format!("{base}/session/{id}"), _profile: profile };
        post(&format!("{}/url", browser.session), &json!({"url": format!("file://{}", page.display())}));
        browser
    }

    fn element(&self, selector: &str) -> String {
        let found = post(&format!("{}/element", self.session), &json!({"using": "css selector", "value": selector}));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    fn script(&self, script: &str) -> Value {
        post(&format!("{}/execute/sync", self.session), &json!({"script": script, "args": []}))
    }

    fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        post(&format!("{}/element/{element}/value", self.session), &json!({"text": text}));
    }

    /// What the page says of a bundle.
    fn verify(&self, bundle: &Path, key: &str) -> Value {
        let element = self.element("#key");
        post(&format!("{}/element/{element}/clear", self.session), &json!({}));
        if !key.is_empty() {
            self.type_into("#key", key);
        }
        self.script("document.documentElement.dataset.state = 'test'");
        self.type_into("#file", bundle.to_str().unwrap());
        let started = Instant::now();
        loop {
            let state = self.script("return document.documentElement.dataset.state");
            if matches!(state.as_str(), Some("checked" | "refused")) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "the page does not come to an end: {state}");
            thread::sleep(Duration::from_millis(20));
        }
        let report = self.script("return document.getElementById('report').textContent");
        serde_json::from_str(report.as_str().unwrap()).unwrap()
    }
}

#[test]
fn the_page_in_a_bundle_verifies_it_in_a_browser_and_refuses_what_was_changed() {
    let place = Place::new();
    place.put("gehalt.txt", "Das Gehalt der Prokuristin betrug 184.350 EUR, Zuschläge für Übertage eingeschlossen.");
    let (bundle, key) = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let corpus = place.open().await;
        place.ingest(&corpus).await;
        let answer = corpus.ask("Wie hoch war das Gehalt der Prokuristin?", AskOptions::default()).await.unwrap();
        assert!(!answer.citations.is_empty());
        let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap().bytes;
        (bundle, corpus.audit().verifier_key().unwrap().to_string())
    });
    // The page as it comes in the bundle.
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&bundle)).unwrap();
    let mut page = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_name("verify.html").unwrap(), &mut page).unwrap();
    std::fs::write(place.path("verify.html"), page).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(place.path(name), bytes).unwrap();
        place.path(name)
    };
    let browser = Browser::open(&place.path("verify.html"));

    let report = browser.verify(&put("good.zip", &bundle), &key);
    assert_eq!(report["ok"], true, "{report:#}");
    let ours = beleg::audit::bundle::verify_bundle(&bundle, &[key.parse().unwrap()]).unwrap();
    assert_eq!(report["checked"], serde_json::to_value(ours.checked).unwrap(), "it checks what the library checks");
    let report = browser.verify(&put("unpinned.zip", &bundle), "");
    assert_eq!((&report["ok"], &report["findings"][0]["kind"]), (&json!(false), &json!("signer_unpinned")));

    // A bit of the payloads, of an entry, of a proof, of a block.
    for (number, needle) in ["184.350", "\"phase\"", "index ", "\"salt\""].into_iter().enumerate() {
        let at = bundle.windows(needle.len()).position(|part| part == needle.as_bytes()).unwrap();
        let mut changed = bundle.clone();
        changed[at + 1] ^= 1;
        let report = browser.verify(&put(&format!("changed-{number}.zip"), &changed), &key);
        assert_eq!(report["ok"], false, "{needle}: {report:#}");
    }
    let report = browser.verify(&put("cut.zip", &bundle[..bundle.len() - 100]), &key);
    assert_eq!((&report["ok"], &report["error"]["code"]), (&json!(false), &json!("bundle.malformed")));
}
