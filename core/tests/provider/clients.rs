//! The fakes are right: the vendors' own clients understand them.

use beleg::testing::providers::{Reply, Turn, anthropic, azure, bedrock, openai, vector};
use serde_json::json;

use crate::support::{server, streamed, turn, vendors};

const TEXT: &str = "Die Rückstellung beträgt 1.234 TEUR 📄.";

#[test]
fn openais_client_takes_the_fake_for_the_real_one() {
    let fake = server("openai_compatible", &Turn { cache_write_tokens: 4, ..turn() });
    let seen = vendors("openai_client", &json!({"url": fake.url()}));
    assert_eq!(seen["whole"], json!([TEXT, "stop", 52, 3]));
    assert_eq!(seen["stream"], json!([TEXT, "stop", 52, 3]));
    assert_eq!((&seen["cached"], &seen["models"]), (&json!([8, 4]), &json!([openai::MODEL])));
}

#[test]
fn openais_client_for_azure_takes_the_fake_for_the_real_one_at_both_addresses() {
    let fake = server("azure_openai", &turn());
    let argument = json!({"url": fake.url(), "key": azure::KEY, "token": azure::TOKEN, "deployment": azure::DEPLOYMENT});
    let seen = vendors("azure_client", &argument);
    for address in ["classic", "v1"] {
        assert_eq!(seen[address]["stream"], json!([TEXT, "stop", 48, 3]), "{address}");
        assert_eq!(seen[address]["whole"], json!([TEXT, "stop", 48, 3]), "{address}");
    }
    assert_eq!(seen["key"], json!({"class": "AuthenticationError", "code": "401", "status": 401}));
    assert_eq!(seen["deployment"], json!({"class": "NotFoundError", "code": "DeploymentNotFound", "status": 404}));
}

#[test]
fn anthropics_client_takes_the_fake_for_the_real_one_its_errors_included() {
    let turn = Turn { cache_write_tokens: 4, ..turn() }.citing(1, "Vorjahr: 1.100 TEUR.");
    let fake = server("anthropic", &turn);
    let overloaded = Reply::stream(
        "text/event-stream",
        [anthropic::event(&json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}))],
    );
    let errors = [anthropic::spending_limit(), anthropic::error(529, "overloaded_error", "Overloaded"), overloaded];
    for reply in [anthropic::whole(&turn), anthropic::stream(&turn)].into_iter().chain(errors) {
        fake.queue(reply);
    }
    let argument = json!({"url": fake.url(), "key": anthropic::KEY, "model": anthropic::MODEL, "errors": 3});
    let seen = vendors("anthropic_client", &argument);
    let expected = json!([TEXT, "end_turn", [[1, "Vorjahr: 1.100 TEUR."]], 40, 8, 4, 3]);
    assert_eq!((&seen["whole"], &seen["stream"], &seen["text"]), (&expected, &expected, &json!(TEXT)));
    // The client has the status of an error within a stream from the head of the answer.
    assert_eq!(seen["errors"], json!(["EnforcedSpendLimitReachedError", "OverloadedError", "APIStatusError"]));
}

#[test]
fn awss_client_takes_the_fake_for_the_real_one_its_errors_included() {
    let turn = turn().citing(1, "Vorjahr: 1.100 TEUR.");
    let fake = server("bedrock", &turn);
    let mut broken = streamed("bedrock", &turn);
    broken.steps.truncate(2);
    let broken =
        broken.then(beleg::testing::providers::Step::Bytes(bedrock::exception("throttlingException", "Too many tokens")));
    for reply in [bedrock::whole(&turn), bedrock::stream(&turn), bedrock::error(429, "ThrottlingException", "Slow down"), broken]
    {
        fake.queue(reply);
    }
    let argument = json!({"url": fake.url(), "region": "eu-central-1", "id": "AKIDEXAMPLE", "secret": "s", "model": bedrock::MODEL, "errors": 2});
    let seen = vendors("bedrock_client", &argument);
    let expected = json!([TEXT, "end_turn", 40, [1]]);
    assert_eq!((&seen["whole"], &seen["stream"]), (&expected, &expected));
    assert_eq!(seen["errors"], json!(["ThrottlingException", "throttlingException"]));
}

const TEXTS: [&str; 2] = ["Die Rückstellung beträgt 1.234 TEUR.", "Provisions 📄"];

/// What a client is to find in three answers: as it asks by itself, as numbers, with 16 dimensions.
fn assert_vectors(seen: &serde_json::Value) {
    for (answer, dimensions) in [(0, 256), (1, 256), (2, 16)] {
        for (place, text) in TEXTS.iter().enumerate() {
            let seen: Vec<f32> = serde_json::from_value(seen[answer][place].clone()).unwrap();
            assert_eq!(seen, vector(text, dimensions), "{answer}");
        }
    }
}

#[test]
fn openais_client_takes_vectors_of_the_fakes_for_real_ones() {
    let fake = server("openai_compatible", &turn());
    assert_vectors(&vendors("openai_vectors", &json!({"url": fake.url(), "model": openai::EMBEDDING_MODEL, "texts": TEXTS})));
    let fake = server("azure_openai", &turn());
    let argument = json!({"url": fake.url(), "key": azure::KEY, "token": azure::TOKEN, "model": azure::EMBEDDING_DEPLOYMENT, "texts": TEXTS});
    let seen = vendors("azure_vectors", &argument);
    assert_vectors(&seen["classic"]);
    assert_vectors(&seen["v1"]);
}

#[test]
fn awss_client_takes_vectors_of_the_fake_for_real_ones() {
    let fake = server("bedrock", &turn());
    let bodies = json!([
        [bedrock::TITAN, {"inputText": TEXTS[0], "dimensions": 256, "normalize": true}],
        [bedrock::COHERE_V3, {"texts": TEXTS, "input_type": "search_document"}],
        [bedrock::COHERE_V4, {"texts": TEXTS, "input_type": "search_query", "embedding_types": ["float"], "output_dimension": 512}],
    ]);
    let argument = json!({"url": fake.url(), "region": "eu-central-1", "id": "AKIDEXAMPLE", "secret": "s", "bodies": bodies});
    let seen = vendors("bedrock_vectors", &argument);
    let length = |place: &str| seen.pointer(place).and_then(|vector| vector.as_array()).map(Vec::len);
    assert_eq!(
        (length("/0/embedding"), length("/1/embeddings/1"), length("/2/embeddings/float/1")),
        (Some(256), Some(1024), Some(512))
    );
}
