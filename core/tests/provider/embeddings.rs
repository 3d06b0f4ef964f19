//! Embedding models over the wire: what is asked, in which order it comes back, and what is no vector.

use std::sync::Arc;

use beleg::{
    Error,
    embed::{EmbeddingModel, Purpose, RemoteModel, open_embedding},
    provider::Failure,
    testing::providers::{FakeProvider, Received, Reply, azure, bedrock, openai, vector},
};
use serde_json::{Value, json};

use crate::support::{http, said, server, turn, vendors};

const TEXTS: [&str; 3] = ["Die Rückstellung beträgt 1.234 TEUR.", "Vorjahr: 1.100 TEUR.", "Provisions 📄"];
/// Each provider by each of its languages.
const MODELS: [&str; 6] = ["openai_compatible", "azure_v1", "azure_classic", "titan", "cohere_v3", "cohere_v4"];

/// A server for a model.
fn start(model: &str) -> FakeProvider {
    server(
        match model {
            "openai_compatible" => model,
            "azure_v1" | "azure_classic" => "azure_openai",
            _ => "bedrock",
        },
        &turn(),
    )
}

/// A model at an address, with vectors of 256 dimensions, with more settings.
fn open(model: &str, url: &str, more: &Value) -> Result<RemoteModel, Error> {
    let with = |mut usual: Value| {
        usual.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        usual
    };
    let of_bedrock = |id: &str, dimensions: usize| {
        let usual = json!({
            "endpoint": url, "model": id, "region": "eu-central-1", "access_key_id": "AKIDEXAMPLE", "secret_access_key": "geheim-1",
            "dimensions": dimensions,
        });
        RemoteModel::bedrock(serde_json::from_value(with(usual)).unwrap(), &http(json!({})))
    };
    let of_azure = |api: &str| {
        let usual = json!({
            "endpoint": url, "deployment": azure::EMBEDDING_DEPLOYMENT, "api_key": azure::KEY, "api": api, "dimensions": 256,
        });
        RemoteModel::azure_openai(serde_json::from_value(with(usual)).unwrap(), &http(json!({})), None)
    };
    match model {
        "openai_compatible" => {
            let usual = json!({
                "base_url": format!("{url}/v1"), "model": openai::EMBEDDING_MODEL, "api_key": "sk-geheim-1", "dimensions": 256,
            });
            RemoteModel::openai_compatible(serde_json::from_value(with(usual)).unwrap(), &http(json!({})))
        }
        "azure_v1" => of_azure("v1"),
        "azure_classic" => of_azure("classic"),
        "titan" => of_bedrock(bedrock::TITAN, 256),
        "cohere_v3" => of_bedrock(bedrock::COHERE_V3, 1024),
        _ => of_bedrock(bedrock::COHERE_V4, 256),
    }
}

/// What the servers mean by a text.
fn expected(model: &RemoteModel, text: &str, purpose: Purpose) -> Vec<f32> {
    let text = match (model.name().contains("cohere"), purpose) {
        (false, _) => text.to_owned(),
        (true, Purpose::Passage) => format!("{text} \"search_document\""),
        (true, Purpose::Question) => format!("{text} \"search_query\""),
    };
    vector(&text, model.dimensions()).into_iter().map(|value| value / 3.0).collect()
}

fn assert_same(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6));
}

#[test]
fn every_model_gives_vectors_of_length_1_in_the_order_of_the_texts() {
    for name in MODELS {
        let fake = start(name);
        let model = open(name, &fake.url(), &json!({})).unwrap();
        assert!(fake.received().is_empty(), "{name}: nothing is sent before there is a text");
        let texts: Vec<String> = (0..70).map(|number| format!("{} {number}", TEXTS[number % 3])).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for (found, text) in model.embed_passages(&texts).unwrap().iter().zip(&texts) {
            assert_same(found, &expected(&model, text, Purpose::Passage));
        }
        let requests = fake.received().len();
        let wanted = match name {
            "titan" => 70,
            "openai_compatible" => 3,
            _ => 1,
        };
        assert_eq!(requests, wanted, "{name}");
        assert_same(&model.embed_query(TEXTS[0]).unwrap(), &expected(&model, TEXTS[0], Purpose::Question));
    }
}

#[test]
fn requests_for_vectors_are_valid_by_openais_types_and_signed_as_awss_signer_does() {
    let mut bodies = Vec::new();
    for (name, more) in [("openai_compatible", json!({})), ("azure_v1", json!({"dimensions": null}))] {
        let fake = start(name);
        open(name, &fake.url(), &more).unwrap().embed_passages(&TEXTS).unwrap();
        bodies.push(json!({"provider": "vectors", "body": fake.last().json()}));
    }
    let broken = json!({"provider": "vectors", "body": {"model": "m", "inputs": ["a"]}});
    let found = vendors("validated", &json!([bodies[0], bodies[1], broken]));
    assert_eq!((&found[0], &found[1], found[2].is_string()), (&Value::Null, &Value::Null, true));
    assert_eq!((&bodies[0]["body"]["dimensions"], bodies[1]["body"].get("dimensions")), (&json!(256), None));

    let fake = start("titan");
    let model = open("titan", &fake.url(), &json!({"session_token": "t/+="})).unwrap();
    model.embed_passages(&TEXTS).unwrap();
    let signed = |received: &Received| {
        json!({
            "url": format!("{}{}", fake.url(), received.path), "time": received.header("x-amz-date").unwrap(), "region": "eu-central-1",
            "content_type": received.header("content-type").unwrap(), "body": String::from_utf8(received.body.clone()).unwrap(),
            "id": "AKIDEXAMPLE", "secret": "geheim-1", "session": "t/+=",
        })
    };
    let received = fake.received();
    let ours: Vec<&str> = received.iter().map(|received| received.header("authorization").unwrap()).collect();
    assert_eq!(vendors("signatures", &received.iter().map(signed).collect()), json!(ours));
    assert_eq!(received[0].path, "/model/amazon.titan-embed-text-v2%3A0/invoke");
}

#[test]
fn the_length_of_the_vectors_is_learned_from_one_text_when_it_is_not_known() {
    let fake = start("openai_compatible");
    let model = open("openai_compatible", &fake.url(), &json!({"dimensions": null})).unwrap();
    assert_eq!((model.dimensions(), fake.received().len()), (256, 1));
    assert_eq!(fake.last().json()["input"], json!(["Beleg"]));
    let asked = open("openai_compatible", &fake.url(), &json!({})).unwrap();
    assert_eq!(model.identity(), asked.identity());
    let expected = open("openai_compatible", &fake.url(), &json!({"send_dimensions": false})).unwrap();
    expected.embed_query("x").unwrap();
    assert_eq!((fake.last().json().get("dimensions"), expected.identity()), (None, model.identity()));
}

#[test]
fn passages_and_questions_have_what_the_model_wants_in_front_of_them() {
    let fake = start("openai_compatible");
    let prefixes = json!({"passage_prefix": "passage: ", "question_prefix": "query: "});
    let model = open("openai_compatible", &fake.url(), &prefixes).unwrap();
    model.embed_passages(&["eins", " "]).unwrap();
    assert_eq!(fake.last().json()["input"], json!(["passage: eins", "passage: ."]));
    model.embed_query("zwei").unwrap();
    assert_eq!(fake.last().json()["input"], json!(["query: zwei"]));
    assert_ne!(model.identity(), open("openai_compatible", &fake.url(), &json!({})).unwrap().identity());
}

#[test]
fn vectors_are_put_in_order_by_their_index_or_by_their_place_where_a_server_gives_none() {
    let fake = start("openai_compatible");
    let model = open("openai_compatible", &fake.url(), &json!({})).unwrap();
    let item = |index: Option<usize>, text: &str| json!({"index": index, "embedding": vector(text, 256)});
    for items in [
        json!([item(Some(2), TEXTS[2]), item(Some(0), TEXTS[0]), item(Some(1), TEXTS[1])]),
        json!([item(None, TEXTS[0]), item(None, TEXTS[1]), item(None, TEXTS[2])]),
    ] {
        fake.queue(Reply::json(200, &json!({"data": items})));
        for (found, text) in model.embed_passages(&TEXTS).unwrap().iter().zip(TEXTS) {
            assert_same(found, &expected(&model, text, Purpose::Passage));
        }
    }
    // Base64, although numbers were asked for.
    let bytes: Vec<Value> = [0.5f32, -0.5].iter().map(|_| json!({"embedding": "AAAAPwAAAL8="})).collect();
    fake.queue(Reply::json(200, &json!({"data": bytes})));
    let model = open("openai_compatible", &fake.url(), &json!({"dimensions": 2})).unwrap();
    assert_same(&model.embed_passages(&["a", "b"]).unwrap()[1], &[0.5f32.sqrt(), -(0.5f32.sqrt())]);
}

#[test]
fn what_is_no_answer_is_told_by_its_reason_and_gives_no_vectors() {
    let one = |embedding: Value| json!({"data": [{"index": 0, "embedding": embedding}]});
    let good = || json!([1.0, 0.0]);
    let cases = [
        (one(json!([1.0])), "dimensions"),
        (one(json!([])), "dimensions"),
        (one(json!([1.0, 0.0, 0.0])), "dimensions"),
        (one(json!([0.0, 0.0])), "value"),
        (one(json!("AADAfwAAgD8=")), "value"),
        (one(json!([1.0, null])), "no_answer"),
        (one(json!("no base 64")), "no_answer"),
        (json!({"data": [{"index": 0}]}), "no_answer"),
        (json!({"data": []}), "count"),
        (json!({"data": [{"index": 1, "embedding": good()}]}), "index"),
        (json!({"data": [{"index": 0, "embedding": good()}, {"index": 0, "embedding": good()}]}), "index"),
        (json!({"data": [{"index": 0, "embedding": good()}, {"index": 1, "embedding": good()}]}), "index"),
        (json!({"data": [{"embedding": good()}, {"index": 0, "embedding": good()}]}), "index"),
        (json!({}), "no_answer"),
        (json!([]), "no_answer"),
        (json!({"data": {"index": 0}}), "no_answer"),
    ];
    let fake = start("openai_compatible");
    let model = open("openai_compatible", &fake.url(), &json!({"dimensions": 2})).unwrap();
    for (body, reason) in cases {
        fake.queue(Reply::json(200, &body));
        let error = model.embed_passages(&["Rückstellung für Pensionen"]).unwrap_err();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some(reason)), "{body}");
    }
    for (reply, reason) in [
        (Reply::whole(200, "application/json", "{\"data\": ["), "json"),
        (Reply::whole(200, "application/json", "{\"data\": [{\"embedding\": [1e999, 0]}]}"), "json"),
        (Reply::whole(200, "text/html", "<html>"), "html"),
        (Reply::whole(200, "application/json", " ".repeat(400_000)), "too_long"),
        (Reply::whole(302, "text/plain", ""), "status"),
    ] {
        fake.queue(reply);
        let error = model.embed_passages(&["Rückstellung für Pensionen"]).unwrap_err();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some(reason)));
    }
    let error = open("openai_compatible", &fake.url(), &json!({"dimensions": 0})).unwrap_err();
    assert_eq!(error.code(), "provider.settings");

    let fake = start("cohere_v3");
    let model = open("cohere_v3", &fake.url(), &json!({"dimensions": 2})).unwrap();
    for (body, reason) in [
        (json!({"embeddings": []}), "count"),
        (json!({"embeddings": {"float": [[1.0, 0.0], [1.0, 0.0]]}}), "count"),
        (json!({"embeddings": {"int8": [[1, 0]]}}), "no_answer"),
        (json!({"embeddings": {"float": [[1.0]]}}), "dimensions"),
        (json!({"embedding": [1.0, 0.0]}), "no_answer"),
    ] {
        fake.queue(Reply::json(200, &body));
        let error = model.embed_passages(&["x"]).unwrap_err();
        assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Malformed), Some(reason)), "{body}");
    }
    fake.queue(bedrock::unknown_operation());
    let error = model.embed_passages(&["x"]).unwrap_err();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::Rejected), Some("UnknownOperationException")));
}

#[test]
fn a_provider_that_has_no_time_is_asked_again_as_long_as_it_says_and_a_refusal_is_not() {
    let limited = |name: &str| {
        match name {
            "openai_compatible" => openai::error(429, "requests", Some("rate_limit_exceeded"), "x"),
            "azure_v1" | "azure_classic" => azure::error(429, "429", "x"),
            _ => bedrock::error(429, "ThrottlingException", "x"),
        }
        .header("retry-after-ms", "1")
    };
    for name in MODELS {
        let fake = start(name);
        let model = open(name, &fake.url(), &json!({})).unwrap();
        for _ in 0..7 {
            fake.queue(limited(name));
        }
        assert_same(&model.embed_passages(&TEXTS[..1]).unwrap()[0], &expected(&model, TEXTS[0], Purpose::Passage));
        assert_eq!(fake.received().len(), 8, "{name}");
        for _ in 0..8 {
            fake.queue(limited(name));
        }
        assert_eq!(Failure::of(&model.embed_passages(&TEXTS[..1]).unwrap_err()), Some(Failure::RateLimited), "{name}");
        assert_eq!(fake.received().len(), 16, "{name}");
        for _ in 0..3 {
            fake.queue(limited(name));
        }
        assert_eq!(Failure::of(&model.embed_query(TEXTS[0]).unwrap_err()), Some(Failure::RateLimited), "{name}");
        assert_eq!(fake.received().len(), 19, "{name}: nobody waits long for a question");
        fake.queue(Reply::json(500, &json!({})).header("retry-after-ms", "1"));
        model.embed_query(TEXTS[0]).unwrap();
        fake.queue(limited(name).header("retry-after", "3600").header("x-should-retry", "false"));
        assert_eq!(Failure::of(&model.embed_passages(&TEXTS[..1]).unwrap_err()), Some(Failure::RateLimited));
        assert_eq!(fake.received().len(), 22, "{name}");
    }
}

#[test]
fn errors_say_what_is_wrong_and_repeat_neither_text_nor_key() {
    for name in MODELS {
        let fake = start(name);
        let model = open(name, &fake.url(), &json!({})).unwrap();
        let message = "Rejected: Die Rückstellung beträgt 1.234 TEUR.";
        for (status, failure) in [(400, Failure::Rejected), (401, Failure::Unauthorized), (404, Failure::NoModel)] {
            fake.queue(match name {
                "titan" | "cohere_v3" | "cohere_v4" => bedrock::error(status, "SomeException", message),
                _ => openai::error(status, "some_error", None, message),
            });
            let asked = fake.received().len();
            let error = model.embed_passages(&TEXTS[..1]).unwrap_err();
            assert_eq!(Failure::of(&error), Some(failure), "{name}");
            assert!(error.hint().is_some() && said(&error, "provider") == model.provider() && said(&error, "model").is_some());
            let shown = format!("{error} {error:?} {} {model:?}", error.to_json());
            assert!(!["Rückstellung", "geheim", azure::KEY].iter().any(|word| shown.contains(word)), "{shown}");
            assert_eq!(fake.received().len(), asked + 1, "{name}: not asked again");
        }
    }
    let fake = start("openai_compatible");
    let error = open("openai_compatible", &fake.url(), &json!({"model": "other", "dimensions": null})).unwrap_err();
    assert_eq!((Failure::of(&error), said(&error, "reason")), (Some(Failure::NoModel), Some("model_not_found")));
}

#[test]
fn what_a_provider_finds_too_long_goes_in_pieces() {
    // The servers take fewer than the settings say, or count otherwise.
    for (name, more, text) in [
        ("openai_compatible", json!({"max_tokens": 100_000}), "Rückstellung ".repeat(1000)),
        ("azure_v1", json!({"max_tokens": 100_000}), "Rückstellung ".repeat(1000)),
        ("titan", json!({}), "a b ".repeat(13_000)),
        ("cohere_v3", json!({}), "a b ".repeat(600)),
    ] {
        let fake = start(name);
        let model = open(name, &fake.url(), &more).unwrap();
        let found = model.embed_passages(&[TEXTS[0], &text, TEXTS[1]]).unwrap();
        assert_same(&found[2], &expected(&model, TEXTS[1], Purpose::Passage));
        assert!((found[1].iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5, "{name}");
        let sent: usize = fake.received().iter().map(|received| received.body.len()).sum();
        assert!(sent > TEXTS[0].len() + text.len() + TEXTS[1].len(), "{name}: nothing is left out");
    }
}

#[test]
fn a_deployment_of_azure_is_asked_with_a_token_of_entra_id() {
    let entra = FakeProvider::start(azure::entra_id("t", "c", "s", "https://cognitiveservices.azure.com/.default"));
    let fake = start("azure_v1");
    let by_application =
        json!({"kind": "client_credentials", "tenant": "t", "client_id": "c", "client_secret": "s", "authority": entra.url()});
    let model = open("azure_v1", &fake.url(), &json!({"api_key": null, "entra": by_application})).unwrap();
    model.embed_passages(&TEXTS).unwrap();
    model.embed_query(TEXTS[0]).unwrap();
    assert_eq!(entra.received().len(), 1);
    assert_eq!(fake.last().header("authorization"), Some(format!("Bearer {}", azure::TOKEN).as_str()));
}

#[test]
fn models_are_opened_by_name_and_say_where_texts_go() {
    let fake = FakeProvider::start(openai::respond(turn()));
    let resource = FakeProvider::start(azure::respond(turn()));
    let (base, resource) = (format!("{}/v1", fake.url()), resource.url());
    let variables = |name: &str| {
        Some(match name {
            "OPENAI_BASE_URL" => base.clone(),
            "OPENAI_API_KEY" => "sk-1".to_owned(),
            "AZURE_OPENAI_ENDPOINT" => resource.clone(),
            "AZURE_OPENAI_API_KEY" => azure::KEY.to_owned(),
            "AWS_BEARER_TOKEN_BEDROCK" => "b".to_owned(),
            "AWS_REGION" => "eu-central-1".to_owned(),
            _ => return None,
        })
    };
    let open = |name: &str| open_embedding(name, &variables, http(json!({})));
    for (name, provider, is_external, dimensions, max_tokens) in [
        ("openai-compatible/text-embedding-3-small", "openai_compatible", false, 256, 510),
        ("azure/audit-vectors", "azure.ai.openai", true, 256, 8189),
        ("bedrock/amazon.titan-embed-text-v2:0", "aws.bedrock", true, 1024, 8190),
        ("bedrock/cohere.embed-english-v3", "aws.bedrock", true, 1024, 510),
        ("bedrock/us.cohere.embed-v4:0", "aws.bedrock", true, 1536, 127_998),
        ("bedrock/arn:aws:bedrock:eu-central-1::foundation-model/cohere.embed-multilingual-v3", "aws.bedrock", true, 1024, 510),
    ] {
        let model: Arc<dyn EmbeddingModel> = open(name).unwrap();
        assert_eq!((model.provider(), model.is_external()), (Some(provider), is_external), "{name}");
        assert_eq!((model.dimensions(), model.max_tokens()), (dimensions, max_tokens), "{name}");
        assert_eq!(name.split_once('/').unwrap().1, model.name());
    }
    for name in ["", "text-embedding-3-small", "azure/", "anthropic/x"] {
        assert_eq!(open(name).err().unwrap().code(), "embed.name", "{name}");
    }
    let unnamed = open("bedrock/arn:aws:bedrock:eu-central-1:1:application-inference-profile/a1").err().unwrap();
    assert_eq!((unnamed.code(), said(&unnamed, "setting")), ("provider.settings", Some("family")));
    let missing = open_embedding("azure/x", &|_| None, http(json!({}))).err().unwrap();
    assert_eq!(missing.code(), "provider.settings");
    let local = beleg::embed::FakeModel::default();
    assert_eq!((local.provider(), local.is_external()), (None, false));
}
