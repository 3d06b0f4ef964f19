//! What `beleg doctor --probe` says of each thing that can be wrong: the whole line, in both languages.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use beleg::{
    error::ErrorRecord,
    http::Http,
    provider::{ProbeReport, explained, probe},
    testing::providers::{FakeProvider, Received, Reply, anthropic, azure, bedrock, openai},
    types::Language,
};
use serde_json::{Value, json};

use crate::{
    proxies::{Proxy, RealProxy},
    support::{PROVIDERS, http, model, server, streamed, turn},
    tls,
};

async fn probed_by(provider: &str, url: &str, http: Http, more: Value) -> ProbeReport {
    probe(&*model(provider, url, http, &more)).await
}

async fn probed(provider: &str, url: &str) -> ProbeReport {
    probed_by(provider, url, http(json!({})), json!({})).await
}

/// The error of a report is these lines.
fn says(report: ProbeReport, en: &str, de: &str) {
    let error: ErrorRecord = report.error.expect("something is wrong");
    assert_eq!(explained(&error, Language::En), en, "{error:?}");
    assert_eq!(explained(&error, Language::De), de, "{error:?}");
    assert!(!report.ok && !format!("{en}{de}").contains('\n'));
}

/// A server that answers a question by `reply`, and is asked nothing else.
async fn refused(provider: &str, reply: Reply) -> (ProbeReport, String) {
    let fake = server(provider, &turn());
    fake.queue(reply);
    let host = fake.address().to_string();
    (probed(provider, &fake.url()).await, host)
}

#[tokio::test]
async fn a_model_that_answers_says_who_it_is_and_how_long_it_took() {
    for provider in PROVIDERS {
        let fake = server(provider, &turn());
        fake.queue(streamed(provider, &turn()));
        let report = probed(provider, &fake.url()).await;
        assert!(report.ok && report.usage.is_some() && report.error.is_none(), "{provider}: {report:?}");
        assert_eq!(fake.received().len(), 1, "one call");
    }
}

#[test]
fn a_setting_that_is_missing_is_named() {
    let nothing = |_: &str| None;
    let error = beleg::embed::open_embedding("openai-compatible/bge-m3", &nothing, http(json!({}))).err().unwrap();
    let error = ErrorRecord::from(&error);
    let en = explained(&error, Language::En);
    assert!(en.starts_with("the setting `base_url` is missing or cannot be right. "), "{en}");
    assert!(explained(&error, Language::De).starts_with("Die Einstellung `base_url` fehlt oder kann nicht stimmen. "));
}

#[tokio::test]
async fn a_limit_is_told_from_a_budget_that_is_used_up_and_from_a_model_that_loads() {
    let limited = openai::error(429, "requests", Some("rate_limit_exceeded"), "Rate limit reached").header("retry-after", "17");
    says(
        refused("openai_compatible", limited).await.0,
        "it is set up right, and takes no more requests or tokens for this minute (429). Wait 17 s, or have the limit raised.",
        "Richtig eingerichtet, nimmt aber für diese Minute keine Anfragen oder Tokens mehr an (429). 17 s warten, oder die Grenze erhöhen lassen.",
    );
    says(
        refused("bedrock", bedrock::error(429, "ThrottlingException", "Too many tokens, please wait before trying again."))
            .await
            .0,
        "it is set up right, and takes no more requests or tokens for this minute (429). Wait, or have the limit raised.",
        "Richtig eingerichtet, nimmt aber für diese Minute keine Anfragen oder Tokens mehr an (429). Warten, oder die Grenze erhöhen lassen.",
    );
    let quota = "You exceeded your current quota, please check your plan and billing details.";
    says(
        refused("openai_compatible", openai::error(429, "insufficient_quota", Some("insufficient_quota"), quota)).await.0,
        "the key is right, and its quota or spending limit is used up (429 insufficient_quota): raise it with the provider. Waiting does not help.",
        "Der Schlüssel stimmt, aber Kontingent oder Ausgabengrenze ist erschöpft (429 insufficient_quota): beim Anbieter erhöhen. Warten hilft nicht.",
    );
    let credit = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";
    says(
        refused("anthropic", anthropic::error(400, "invalid_request_error", credit)).await.0,
        "the key is right, and the prepaid credit is used up: buy some under \"Billing\". Waiting does not help.",
        "Der Schlüssel stimmt, aber das Guthaben ist aufgebraucht: unter „Billing“ aufladen. Warten hilft nicht.",
    );
    let loading = Reply::json(503, &json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}));
    let (report, host) = refused("openai_compatible", loading).await;
    says(
        report,
        &format!("{host} still loads the model. Ask again in a minute."),
        &format!("{host} lädt das Modell noch. In einer Minute wieder fragen."),
    );
    says(
        refused("anthropic", anthropic::error(529, "overloaded_error", "Overloaded")).await.0,
        "it is set up right, and the provider has no capacity now (529). Ask again later; a second model in `chat` takes over meanwhile.",
        "Richtig eingerichtet, aber der Anbieter hat gerade keine Kapazität (529). Später wieder fragen; solange springt ein zweites Modell in `chat` ein.",
    );
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_quoted_in_the_providers_words_and_is_not_shown() {
    let message = "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.";
    says(
        refused("openai_compatible", openai::error(401, "invalid_request_error", Some("invalid_api_key"), message)).await.0,
        &format!("the key or token is not accepted (401 invalid_api_key). Check it, and what it may do. It says: \"{message}\""),
        &format!(
            "Schlüssel oder Token wird nicht angenommen (401 invalid_api_key). Ihn prüfen, und seine Rechte. Die Gegenseite sagt: \"{message}\""
        ),
    );
    says(
        refused("anthropic", anthropic::error(401, "authentication_error", "invalid x-api-key")).await.0,
        "the key or token is not accepted (401 authentication_error). Check it, and what it may do. It says: \"invalid x-api-key\"",
        "Schlüssel oder Token wird nicht angenommen (401 authentication_error). Ihn prüfen, und seine Rechte. Die Gegenseite sagt: \"invalid x-api-key\"",
    );
}

#[tokio::test]
async fn a_clock_of_ours_that_is_off_is_told_from_a_wrong_secret_with_how_far_it_is_off() {
    // The clock of the tests stands at 12:00.
    let expired = "Signature expired: 20261126T120000Z is now earlier than 20261126T120900Z (20261126T121400Z - 5 min.)";
    let early = "Signature not yet current: 20261126T120000Z is still later than 20261126T113800Z (20261126T113300Z + 5 min.)";
    let skewed = |message: &str| bedrock::error(403, "InvalidSignatureException", message);
    for (reply, en, de) in [
        (
            skewed(expired).header("date", "Thu, 26 Nov 2026 12:14:00 GMT"),
            "the clock of this machine is 14 minutes behind, and a signature is good for five: set it (NTP).",
            "Die Uhr dieses Rechners geht 14 Minuten nach, und eine Signatur gilt fünf: stellen (NTP).",
        ),
        (
            skewed(early).header("date", "Thu, 26 Nov 2026 11:33:00 GMT"),
            "the clock of this machine is 27 minutes ahead, and a signature is good for five: set it (NTP).",
            "Die Uhr dieses Rechners geht 27 Minuten vor, und eine Signatur gilt fünf: stellen (NTP).",
        ),
        (
            bedrock::error(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
            "the clock of this machine and that of AWS differ by more than five minutes, which no signature outlasts: set it (NTP).",
            "Die Uhr dieses Rechners und die von AWS liegen über fünf Minuten auseinander, was keine Signatur übersteht: stellen (NTP).",
        ),
        (
            skewed(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key.",
            ),
            "the secret does not belong to the key: check AWS_SECRET_ACCESS_KEY, to its last sign.",
            "Das Geheimnis gehört nicht zum Schlüssel: AWS_SECRET_ACCESS_KEY prüfen, bis zum letzten Zeichen.",
        ),
        (
            bedrock::error(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
            "AWS does not know the key: it was deleted, or it is temporary and AWS_SESSION_TOKEN is missing.",
            "AWS kennt den Schlüssel nicht: gelöscht, oder er gilt nur eine Zeit und AWS_SESSION_TOKEN fehlt.",
        ),
        (
            bedrock::error(403, "ExpiredTokenException", "The security token included in the request is expired"),
            "the keys have expired: get new ones (`aws sso login`, `aws configure export-credentials`).",
            "Die Schlüssel sind abgelaufen: neue holen (`aws sso login`, `aws configure export-credentials`).",
        ),
    ] {
        says(refused("bedrock", reply).await.0, en, de);
    }
}

#[tokio::test]
async fn a_model_of_bedrock_that_is_not_open_is_told_from_a_policy_and_from_one_that_wants_a_profile() {
    let name = bedrock::MODEL;
    let denied = |message: &str| bedrock::error(403, "AccessDeniedException", message);
    says(
        refused("bedrock", denied("You don't have access to the model with the specified model ID.")).await.0,
        &format!(
            "the account has no access to `{name}` in this region: open it once in Bedrock's model catalog; for Anthropic's models the use case form comes first."
        ),
        &format!(
            "Das Konto hat in dieser Region keinen Zugang zu `{name}`: einmal im Modellkatalog von Bedrock öffnen; für Modelle von Anthropic vorher das Formular zum Verwendungszweck."
        ),
    );
    let marketplace = "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.";
    says(
        refused("bedrock", denied(marketplace)).await.0,
        &format!(
            "`{name}` is not subscribed yet: someone with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions calls it once, then it is there for the account."
        ),
        &format!(
            "`{name}` ist noch nicht abonniert: Jemand mit aws-marketplace:Subscribe und aws-marketplace:ViewSubscriptions ruft es einmal auf, danach hat es das ganze Konto."
        ),
    );
    let form = "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.";
    says(
        refused("bedrock", bedrock::error(404, "ResourceNotFoundException", form)).await.0,
        "Anthropic wants the use case form first, once for the account: Bedrock's model catalog shows it with one of its models.",
        "Anthropic will zuerst das Formular zum Verwendungszweck, einmal je Konto: Der Modellkatalog von Bedrock zeigt es bei einem seiner Modelle.",
    );
    let policy = "User: arn:aws:sts::123456789012:assumed-role/beleg/i-1 is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude because no identity-based policy allows it";
    says(
        refused("bedrock", denied(policy)).await.0,
        &format!(
            "the IAM policy does not allow the call: it needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the profile and on the model in each of its regions. It says: \"{policy}\""
        ),
        &format!(
            "Die IAM-Richtlinie erlaubt den Aufruf nicht: nötig sind bedrock:InvokeModel und bedrock:InvokeModelWithResponseStream für das Profil und für das Modell in jeder seiner Regionen. Die Gegenseite sagt: \"{policy}\""
        ),
    );
    // AWS writes the apostrophe both ways.
    for apostrophe in ["'", "\u{2019}"] {
        let message = format!(
            "Invocation of model ID anthropic.claude-sonnet-5 with on-demand throughput isn{apostrophe}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
        );
        let fake = server("bedrock", &turn());
        fake.queue(bedrock::error(400, "ValidationException", &message));
        let report = probed_by("bedrock", &fake.url(), http(json!({})), json!({"model": "anthropic.claude-sonnet-5"})).await;
        says(
            report,
            "`anthropic.claude-sonnet-5` is reached by an inference profile alone; set its id as `model`: eu.anthropic.claude-sonnet-5, global.anthropic.claude-sonnet-5. `aws bedrock list-inference-profiles` lists them.",
            "`anthropic.claude-sonnet-5` ist nur über ein Inferenzprofil zu erreichen; dessen ID als `model` setzen: eu.anthropic.claude-sonnet-5, global.anthropic.claude-sonnet-5. `aws bedrock list-inference-profiles` nennt sie.",
        );
    }
    let invalid = bedrock::error(400, "ValidationException", "The provided model identifier is invalid.");
    says(
        refused("bedrock", invalid).await.0,
        &format!(
            "Bedrock has no `{name}` in this region. `aws bedrock list-inference-profiles` lists what it has; an id has its version in it."
        ),
        &format!(
            "Bedrock hat in dieser Region kein `{name}`. `aws bedrock list-inference-profiles` nennt, was es gibt; zur ID gehört die Version."
        ),
    );
}

#[tokio::test]
async fn a_wrong_deployment_a_wrong_resource_and_a_wrong_version_of_azure_are_three_things() {
    let missing = "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.";
    let (report, host) = refused("azure_openai", azure::error(404, "DeploymentNotFound", missing)).await;
    says(
        report,
        &format!(
            "the resource {host} is there, and has no deployment `audit-chat`. It is the deployment's name that counts, not the model's; a new one takes five minutes."
        ),
        &format!(
            "Die Ressource {host} gibt es, aber kein Deployment `audit-chat`. Es zählt der Name des Deployments, nicht der des Modells; ein neues braucht fünf Minuten."
        ),
    );
    let (report, host) = refused("azure_openai", azure::error(404, "404", "Resource not found")).await;
    says(
        report,
        &format!(
            "{host} is there, and not this path: `endpoint` is https://NAME.openai.azure.com without more; with `api: classic` check `api_version`, without it try `api: classic`."
        ),
        &format!(
            "{host} gibt es, diesen Pfad nicht: `endpoint` ist https://NAME.openai.azure.com ohne mehr; mit `api: classic` die `api_version` prüfen, ohne `api: classic` versuchen."
        ),
    );
    let (report, host) = refused("azure_openai", azure::error(400, "BadRequest", "API version not supported")).await;
    says(
        report,
        &format!("{host} does not take this `api_version` for this model: leave `api: classic` out, or set a later one."),
        &format!(
            "{host} nimmt diese `api_version` für dieses Modell nicht an: `api: classic` weglassen, oder eine spätere setzen."
        ),
    );
    let fake = server("azure_openai", &turn());
    let report = probed_by("azure_openai", &fake.url(), http(json!({})), json!({"api_key": "of-another"})).await;
    says(
        report,
        &format!(
            "the key is none of the resource {}: it is another resource's, or was renewed. Both stand under \"Keys and Endpoint\".",
            fake.address()
        ),
        &format!(
            "Der Schlüssel ist keiner der Ressource {}: der einer anderen, oder er wurde erneuert. Beide stehen unter „Schlüssel und Endpunkt“.",
            fake.address()
        ),
    );
    let role = azure::error(401, "PermissionDenied", "Principal does not have access to API/Operation.");
    let (report, host) = refused("azure_openai", role).await;
    says(
        report,
        &format!(
            "the identity lacks the role \"Cognitive Services OpenAI User\" on the resource {host}. A new one takes some minutes."
        ),
        &format!(
            "Der Identität fehlt die Rolle „Cognitive Services OpenAI User“ an der Ressource {host}. Eine neue gilt erst nach einigen Minuten."
        ),
    );
    let closed = azure::error(403, "403", "Public access is disabled. Please configure private endpoint.");
    let (report, host) = refused("azure_openai", closed).await;
    says(
        report,
        &format!(
            "{host} is closed to the internet: the way is its private endpoint, and its name must lead there (privatelink.openai.azure.com)."
        ),
        &format!(
            "{host} ist aus dem Internet nicht erreichbar: Der Weg ist der private Endpunkt, und der Name muss dorthin führen (privatelink.openai.azure.com)."
        ),
    );
}

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
                "the proxy {proxy} does not let through to {host}: it is not permitted there, or the proxy does not reach it. Have it permitted."
            ),
            format!(
                "Der Proxy {proxy} lässt nicht zu {host} durch: dort nicht freigegeben, oder für ihn nicht erreichbar. Freigeben lassen."
            ),
        )
    };
    let (en, de) = not_through(address, &closed.to_string());
    says(by(&format!("http://me:geheim@{address}"), &format!("https://{closed}")).await, &en, &de);
    let socks = Proxy::to(None).address;
    let (en, de) = not_through(&socks, "model.example");
    says(by(&format!("socks5h://{socks}"), "https://model.example").await, &en, &de);
}

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
