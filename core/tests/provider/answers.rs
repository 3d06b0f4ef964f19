//! An answer of each provider, streamed and whole.

use beleg::{
    provider::{ChatEvent, OpenAiCompatibleChat, StopReason, Usage},
    testing::providers::{Turn, azure, openai},
};
use serde_json::json;

use crate::support::{PROVIDERS, events, http, model, question, server, text, turn};

#[tokio::test]
async fn every_provider_answers_streamed_and_whole_with_the_same_text_usage_and_citations() {
    for provider in PROVIDERS {
        let cites = matches!(provider, "anthropic" | "bedrock");
        let turn = Turn { cache_write_tokens: 4, ..turn() };
        let turn = if cites { turn.citing(1, "Vorjahr: 1.100 TEUR.") } else { turn };
        let fake = server(provider, &turn);
        let http = http(json!({}));
        for stream in [true, false] {
            let model = model(provider, &fake.url(), http.clone(), &json!({"stream": stream}));
            let (events, error) = events(&*model, question()).await;
            assert!(error.is_none(), "{provider}: {error:?}");
            assert!(matches!(&events[0], ChatEvent::Started { id: Some(_), .. }), "{provider}");
            assert_eq!(text(&events), turn.text(), "{provider}");
            let usage = Usage { input_tokens: 52, cached_tokens: 8, cache_write_tokens: 4, output_tokens: 3 };
            assert_eq!(events.last(), Some(&ChatEvent::Ended { stop: StopReason::End, usage }), "{provider}");
            let cited = events.contains(&ChatEvent::Citation { passage: 1, quote: "Vorjahr: 1.100 TEUR.".to_owned() });
            assert_eq!(cited, cites, "{provider}");
            let filtered = events.iter().any(|event| matches!(event, ChatEvent::Filter(_)));
            assert_eq!(filtered, provider == "azure_openai");
        }
    }
}

#[tokio::test]
async fn an_answer_that_reached_the_number_of_tokens_says_so() {
    for provider in PROVIDERS {
        let mut turn = turn();
        turn.is_cut = true;
        let fake = server(provider, &turn);
        let response =
            model(provider, &fake.url(), http(json!({})), &json!({})).chat(question()).await.unwrap().collect().await.unwrap();
        assert_eq!((response.stop, response.text), (StopReason::MaxTokens, turn.text()), "{provider}");
    }
}

#[tokio::test]
async fn a_server_that_answers_in_one_piece_where_a_stream_was_asked_for_is_understood() {
    let fake = server("openai_compatible", &turn());
    fake.queue(openai::whole(&turn()));
    let (events, error) = events(&*model("openai_compatible", &fake.url(), http(json!({})), &json!({})), question()).await;
    assert!(error.is_none());
    assert_eq!(text(&events), turn().text());
}

#[tokio::test]
async fn azure_is_asked_by_the_classic_address_as_well() {
    let fake = server("azure_openai", &turn());
    let classic = model("azure_openai", &fake.url(), http(json!({})), &json!({"api": "classic"}));
    assert_eq!(text(&events(&*classic, question()).await.0), turn().text());
    assert!(
        fake.last().path.starts_with(&format!("/openai/deployments/{}/chat/completions?api-version=2024-", azure::DEPLOYMENT))
    );
}

#[tokio::test]
async fn the_models_of_a_server_are_listed() {
    let fake = server("openai_compatible", &turn());
    let settings = json!({"base_url": format!("{}/v1", fake.url()), "model": "m", "api_key": "k"});
    let chat = OpenAiCompatibleChat::new(serde_json::from_value(settings).unwrap(), http(json!({}))).unwrap();
    assert_eq!(chat.models().await.unwrap()[0].id, openai::MODEL);
}
