//! The configurations in `examples/providers` are ones, and what they say of themselves holds.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{ChatSettings, Config};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/providers")
}

/// Name and text of each file with this ending.
fn files(ending: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|its| its == ending))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    all
}

/// The variables that the heads of the files name, with values that are none.
fn variables(name: &str) -> Option<String> {
    let told = ["AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"];
    told.contains(&name).then(|| "none".to_owned())
}

#[test]
fn every_example_is_a_configuration_and_opens_its_models_with_nothing_but_the_secrets_that_it_names() {
    // Models, and to whom a question goes in which order.
    let expected = [
        ("anthropic.yaml", vec![("anthropic", true)]),
        ("azure-openai-entra.yaml", vec![("azure.ai.openai", true)]),
        ("azure-openai.yaml", vec![("azure.ai.openai", true)]),
        ("bedrock.yaml", vec![("aws.bedrock", true)]),
        ("fallback-chain.yaml", vec![("azure.ai.openai", true), ("aws.bedrock", true), ("openai_compatible", false)]),
        ("llama-cpp.yaml", vec![("openai_compatible", false)]),
        ("lm-studio.yaml", vec![("openai_compatible", false)]),
        ("ollama.yaml", vec![("openai_compatible", false)]),
        ("vllm.yaml", vec![("openai_compatible", false)]),
    ];
    let files = files("yaml");
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), expected.clone().map(|(name, _)| name));
    for (name, models) in expected {
        let mut config = Config::load(Some(&folder().join(name)), &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The house's authority is not on this machine.
        config.http.ca_bundle = None;
        let chat = config.chat_model(&[], &variables).unwrap_or_else(|error| panic!("{name}: {error}")).expect("a chat model");
        let found: Vec<_> = chat.destinations().into_iter().map(|to| (to.provider, to.is_external)).collect();
        assert_eq!(found.iter().map(|(provider, out)| (provider.as_str(), *out)).collect::<Vec<_>>(), models, "{name}");
    }
}

#[test]
fn no_example_holds_a_secret_and_each_says_where_its_own_comes_from() {
    for (name, text) in files("yaml") {
        let settings: String = text.lines().map(|line| line.split('#').next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        for key in ["api_key", "bearer_token", "access_key", "session_token", "client_secret", "password"] {
            assert!(!settings.contains(key), "{name}: {key}");
        }
        let config = Config::load(Some(&folder().join(&name)), &[]).unwrap();
        let outside = config.chat.iter().any(|settings| !matches!(settings, ChatSettings::OpenAiCompatible(_)));
        assert!(!outside || text.contains("_FILE"), "{name}");
    }
}

#[test]
fn the_readme_names_every_file() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for (name, _) in files("yaml").into_iter().chain(files("json")) {
        assert!(readme.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn the_policy_allows_the_two_calls_of_the_profile_of_the_example_and_of_its_model_through_it_alone() {
    let policy: Value = serde_json::from_str(&std::fs::read_to_string(folder().join("bedrock-policy.json")).unwrap()).unwrap();
    let config = Config::load(Some(&folder().join("bedrock.yaml")), &[]).unwrap();
    let [ChatSettings::Bedrock(bedrock)] = &config.chat[..] else { panic!("{:?}", config.chat) };
    let [profile, models] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
    for statement in [profile, models] {
        assert_eq!(statement["Action"], json!(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]));
        assert_eq!(statement["Effect"], "Allow");
    }
    let its = profile["Resource"].as_str().unwrap();
    assert!(its.starts_with(&format!("arn:aws:bedrock:{}:", bedrock.region)));
    assert!(its.ends_with(&format!(":inference-profile/{}", bedrock.model)), "{its}");
    assert_eq!(models["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"], its);
    let model = bedrock.model.strip_prefix("eu.").unwrap();
    for arn in models["Resource"].as_array().unwrap() {
        let arn = arn.as_str().unwrap();
        assert!(arn.starts_with("arn:aws:bedrock:eu-") && arn.ends_with(&format!("::foundation-model/{model}")), "{arn}");
    }
}
