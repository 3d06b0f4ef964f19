use beleg::{
    provider::explained,
    testing::providers::{FakeProvider, Received, Reply, anthropic, bedrock, openai},
    types::Language,
};
use serde_json::{Value, json};

use super::{means, probed, probed_by, refused, says};
use crate::support::{http, server, turn};

/// A server with models below a path, as Ollama and others have them.
fn listing(path: &'static str, names: Vec<String>) -> FakeProvider {
    FakeProvider::start(move |received: &Received| {
        if received.path == format!("{path}/models") {
            let data: Vec<Value> = names.iter().map(|name| json!({"id": name, "object": "model"})).collect();
            return Reply::json(200, &json!({"object": "list", "data": data}));
        }
        if received.path.ends_with("/chat/completions") && received.path.starts_with(path) {
            let message = format!("model '{}' not found", received.json()["model"].as_str().unwrap_or_default());
            return openai::error(404, "not_found_error", None, &message);
        }
        Reply::whole(404, "text/plain", "404 page not found")
    })
}

#[tokio::test]
async fn a_model_that_a_server_does_not_have_is_told_with_those_that_are_like_it() {
    let names = ["llama3.1:8b", "qwen3:14b", "qwen3:8b", "nomic-embed-text:latest"].map(str::to_owned);
    let fake = listing("/v1", names.to_vec());
    let asked = async |name: &str| probed_by("openai_compatible", &fake.url(), http(json!({})), json!({"model": name})).await;
    says(
        asked("qwen3").await,
        "no model `qwen3`; there are: qwen3:8b, qwen3:14b, and 2 more.",
        "Kein Modell `qwen3`; es gibt: qwen3:8b, qwen3:14b und 2 weitere.",
    );
    says(
        asked("gpt-5").await,
        "no model `gpt-5`; there are: llama3.1:8b, nomic-embed-text:latest, qwen3:14b, qwen3:8b.",
        "Kein Modell `gpt-5`; es gibt: llama3.1:8b, nomic-embed-text:latest, qwen3:14b, qwen3:8b.",
    );
    let listed = asked("nomic-embed-text:latest").await;
    let lists = explained(&listed.error.unwrap(), Language::En);
    assert!(
        lists.contains("lists `nomic-embed-text:latest`, and does not chat with it (404). Is it an embedding model?"),
        "{lists}"
    );
    assert!(fake.received().iter().all(|received| !String::from_utf8_lossy(&received.body).contains("qwen3:8b")));

    let empty = listing("/v1", Vec::new());
    let host = empty.address();
    says(
        probed_by("openai_compatible", &empty.url(), http(json!({})), json!({"model": "qwen3:8b"})).await,
        &format!("{host} has no model at all: load one (`ollama pull qwen3:8b`)."),
        &format!("{host} hat gar kein Modell: eines laden (`ollama pull qwen3:8b`)."),
    );

    // Anthropic lists its models as well.
    let fake = FakeProvider::start(|received: &Received| match received.path.as_str() {
        "/v1/models" if received.header("x-api-key") == Some(anthropic::KEY) => Reply::json(
            200,
            &json!({"data": [{"type": "model", "id": "claude-sonnet-5"}, {"type": "model", "id": "claude-haiku-4-5"}]}),
        ),
        _ => anthropic::error(404, "not_found_error", "model: claude-sonet-5"),
    });
    says(
        probed_by("anthropic", &fake.url(), http(json!({})), json!({"model": "claude-sonet-5"})).await,
        "no model `claude-sonet-5`; there are: claude-sonnet-5, and 1 more.",
        "Kein Modell `claude-sonet-5`; es gibt: claude-sonnet-5 und 1 weitere.",
    );
}

#[tokio::test]
async fn a_path_that_is_missing_is_found_by_asking_one_step_further_down() {
    let fake = listing("/v1", vec!["qwen3:8b".to_owned()]);
    let host = fake.address();
    let report = probed_by("openai_compatible", &fake.url(), http(json!({})), json!({"base_url": fake.url()})).await;
    says(
        report,
        &format!("{host} has its interface below /v1: put /v1 at the end of `base_url`."),
        &format!("Die Schnittstelle von {host} liegt unter /v1: /v1 ans Ende von `base_url` setzen."),
    );
    let page = FakeProvider::start(|_: &Received| {
        Reply::whole(200, "text/html; charset=utf-8", "<!doctype html><title>Intranet</title>")
    });
    let host = page.address();
    says(
        probed("openai_compatible", &page.url()).await,
        &format!(
            "{host} answers with a web page. Check the address: another server, a log-in page before it, or a path that is missing (most end with /v1)."
        ),
        &format!(
            "{host} antwortet mit einer Webseite. Die Adresse prüfen: ein anderer Server, eine Anmeldeseite davor, oder der Pfad fehlt (meist /v1 am Ende)."
        ),
    );
    let (report, host) = refused("anthropic", Reply::whole(403, "text/html", "<html>blocked by policy</html>")).await;
    says(
        report,
        &format!(
            "a page stands before {host} (403): a log-in page, or a proxy that does not permit it. Have it permitted for this machine."
        ),
        &format!(
            "Vor {host} steht eine Webseite (403): eine Anmeldung, oder ein Proxy, der es nicht erlaubt. Für diesen Rechner freigeben lassen."
        ),
    );
    let (report, host) = refused("openai_compatible", Reply::whole(502, "text/html", "<html>502 Bad Gateway</html>")).await;
    says(
        report,
        &format!("{host} passes on and gets no answer from behind (502). Does the model server behind it run?"),
        &format!("{host} reicht weiter und bekommt von dahinter keine Antwort (502). Läuft der Modellserver dahinter?"),
    );
    let fake = server("openai_compatible", &turn());
    fake.queue(Reply::json(200, &json!({"hello": "world"})));
    fake.queue(Reply::whole(404, "text/plain", "no"));
    fake.queue(Reply::whole(404, "text/plain", "no"));
    let host = fake.address();
    says(
        probed("openai_compatible", &fake.url()).await,
        &format!("{host} answers, and not as this provider does. Check the address, its port and its path."),
        &format!("{host} antwortet, aber nicht wie dieser Anbieter. Adresse, Port und Pfad prüfen."),
    );
}

#[tokio::test]
async fn an_address_of_anthropic_that_ends_with_v1_is_one_v1_too_many() {
    let fake = FakeProvider::start(|received: &Received| match received.path.as_str() {
        "/v1/models" => Reply::json(200, &json!({"data": [{"type": "model", "id": anthropic::MODEL}]})),
        _ => Reply::json(404, &json!({"type": "error", "error": {"type": "not_found_error", "message": "Not found"}})),
    });
    let report = probed("anthropic", &format!("{}/v1", fake.url())).await;
    means(report, "twice_v1", "leave /v1 at the end of `base_url` out", "/v1 am Ende von `base_url` weglassen");
}

#[tokio::test]
async fn a_model_that_is_not_there_is_told_with_what_its_provider_says_where_nothing_more_is_known() {
    let missing =
        || bedrock::error(404, "ResourceNotFoundException", "Could not resolve the foundation model from the model identifier.");
    means(refused("bedrock", missing()).await.0, "", "no such model or deployment (404)", "Die Gegenseite sagt: \"Could not");
    // Of an ARN there is no profile to name.
    let wants = "Invocation of model ID with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.";
    let fake = server("bedrock", &turn());
    fake.queue(bedrock::error(400, "ValidationException", wants));
    let arn = json!({"model": "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-x"});
    let report = probed_by("bedrock", &fake.url(), http(json!({})), arn).await;
    means(report, "inference_profile", "set its id as `model`. `aws", "dessen ID als `model` setzen. `aws");
}
