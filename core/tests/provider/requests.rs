//! What we send is what the vendors' own types, service model and signer say that it must be.

use beleg::{
    provider::{ChatFormat, ChatMessage, ChatRole},
    testing::providers::{FakeProvider, Reply},
};
use serde_json::{Value, json};

use crate::support::{PROVIDERS, events, http, model, question, vendors};

/// Takes every request and answers none.
fn listener() -> FakeProvider {
    FakeProvider::start(|_| Reply::json(500, &json!({})))
}

#[tokio::test]
async fn requests_are_valid_by_the_vendors_own_types() {
    let listener = listener();
    let schema = json!({"type": "object", "properties": {"claims": {"type": "array", "items": {"type": "string"}}}, "required": ["claims"], "additionalProperties": false});
    let mut sent = Vec::new();
    for provider in PROVIDERS {
        let most = match provider {
            "openai_compatible" | "azure_openai" => json!({"reasoning": true, "effort": "low", "max_tokens": 9}),
            "anthropic" => json!({"prompt_caching": "passages", "effort": "low"}),
            _ => json!({
                "prompt_caching": "passages", "effort": "low", "guardrail": {"identifier": "abc123", "version": "1"},
                "request_metadata": {"team": "audit"}, "capabilities": {"citations": true, "json_schema": true},
            }),
        };
        for settings in [json!({}), json!({"stream": false}), most] {
            let model = model(provider, &listener.url(), http(json!({})), &settings);
            for format in [ChatFormat::Text, ChatFormat::Json { name: "answer".to_owned(), schema: schema.clone() }] {
                let mut request = question();
                request.messages.insert(0, ChatMessage { role: ChatRole::User, text: "Guten Tag.".to_owned() });
                request.messages.insert(1, ChatMessage { role: ChatRole::Assistant, text: "Guten Tag!".to_owned() });
                request.temperature = Some(0.1);
                request.seed = Some(7);
                request.format = format;
                let before = listener.received().len();
                events(&*model, request).await;
                let received = listener.received();
                assert_eq!(received.len(), before + 1);
                sent.push(json!({"provider": provider, "body": received[before].json()}));
            }
        }
    }
    let wrong = vendors("validated", &json!(sent));
    for (sent, wrong) in sent.iter().zip(wrong.as_array().unwrap()) {
        // By the classic address of Azure the model stands in the path, and OpenAI's types want it in the body.
        assert_eq!(wrong, &Value::Null, "{sent}");
    }
    // The check itself finds what is wrong.
    let mut broken = sent;
    for request in &mut broken {
        let body = request["body"].as_object_mut().unwrap();
        body.insert("tmperature".to_owned(), json!(1));
    }
    assert!(vendors("validated", &json!(broken)).as_array().unwrap().iter().all(Value::is_string));
}

const MODELS: [&str; 4] = [
    "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3",
    "amazon.titan-text-express-v1",
    "arn:aws:bedrock:us-east-1::foundation-model/x.y~z (1)",
];

#[tokio::test]
async fn awss_signer_signs_our_requests_as_we_do_and_awss_client_writes_models_as_we_do() {
    let listener = listener();
    let keys = json!({"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"});
    let mut asked = Vec::new();
    for session in [None, Some("FwoGZXIvYXdzEJr+/=")] {
        for name in MODELS {
            let mut settings = keys.clone();
            settings["model"] = name.into();
            settings["session_token"] = json!(session);
            events(&*model("bedrock", &listener.url(), http(json!({})), &settings), question()).await;
            let last = listener.last();
            asked.push(json!({
                "url": format!("{}{}", listener.url(), last.path), "time": last.header("x-amz-date").unwrap(), "region": "eu-central-1",
                "content_type": last.header("content-type").unwrap(), "body": String::from_utf8(last.body.clone()).unwrap(),
                "id": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session": session,
            }));
            let host = last.headers.iter().filter(|(name, _)| name == "host").count();
            assert_eq!(host, 1);
        }
    }
    let ours: Vec<_> = listener.received().iter().map(|received| received.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(vendors("signatures", &json!(asked)), json!(ours));
    let paths: Vec<_> = listener.received()[..MODELS.len()].iter().map(|received| received.path.clone()).collect();
    let argument = json!({"url": listener.url(), "region": "eu-central-1", "id": "AKIDEXAMPLE", "secret": "s", "models": MODELS});
    vendors("bedrock_paths", &argument);
    let theirs: Vec<_> = listener.received()[2 * MODELS.len()..].iter().map(|received| received.path.clone()).collect();
    assert_eq!(paths, theirs);
}

#[tokio::test]
async fn a_bearer_token_of_bedrock_comes_before_keys_and_a_token_of_entra_id_before_a_key() {
    let listener = listener();
    events(&*model("bedrock", &listener.url(), http(json!({})), &json!({"bearer_token": "b-1"})), question()).await;
    assert_eq!(listener.last().header("authorization"), Some("Bearer b-1"));
    assert!(listener.last().header("x-amz-date").is_none());
}
