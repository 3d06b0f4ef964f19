use beleg::testing::providers::{Reply, Step, anthropic, azure, bedrock, openai};
use serde_json::json;

use super::{means, probed_by, refused, says};
use crate::support::{PROVIDERS, beginning, http, server, turn};

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

/// In the words of OpenAI's and Anthropic's references, of Azure's content filter and of llama.cpp.
#[tokio::test]
async fn a_request_that_is_not_taken_is_told_from_a_filter_from_a_small_window_and_from_a_server_that_fails() {
    let parameter = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    let window = "the request exceeds the available context size. try increasing the context size or enable context shift";
    for (provider, reply, en, de) in [
        (
            "openai_compatible",
            openai::error(400, "invalid_request_error", Some("unsupported_parameter"), parameter),
            "it does not take the request (400 unsupported_parameter)",
            "Die Anfrage wird nicht angenommen (400 unsupported_parameter)",
        ),
        ("azure_openai", azure::prompt_withheld(), "the content filter of the provider", "Der Inhaltsfilter des Anbieters"),
        (
            "openai_compatible",
            Reply::json(400, &json!({"error": {"code": 400, "message": window, "type": "exceed_context_size_error"}})),
            "the window of the model is smaller",
            "Das Fenster des Modells ist kleiner",
        ),
        (
            "openai_compatible",
            openai::error(500, "server_error", None, "The server had an error while processing your request. Sorry about that!"),
            "failed (500 server_error)",
            "an der Anfrage gescheitert (500 server_error)",
        ),
        (
            "anthropic",
            anthropic::error(500, "api_error", "Internal server error"),
            "failed (500 api_error)",
            "an der Anfrage gescheitert (500 api_error)",
        ),
        (
            "bedrock",
            bedrock::error(
                500,
                "InternalServerException",
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            "failed (500 InternalServerException)",
            "an der Anfrage gescheitert (500 InternalServerException)",
        ),
    ] {
        means(refused(provider, reply).await.0, "", en, de);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_and_one_that_does_not_come_are_told_apart() {
    for provider in PROVIDERS {
        let (report, _) = refused(provider, beginning(provider, Step::Cut)).await;
        means(report, "", "was lost. Ask again", "ist abgerissen");
        let fake = server(provider, &turn());
        fake.queue(beginning(provider, Step::Hang));
        let report = probed_by(provider, &fake.url(), http(json!({"read_timeout_ms": 200})), json!({})).await;
        means(report, "", "`http.read_timeout_ms`", "`http.read_timeout_ms`");
    }
}
