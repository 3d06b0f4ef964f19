use std::time::Instant;

use crate::{
    error::ErrorRecord,
    provider::{ChatMessage, ChatModel, ChatRequest, ChatRole, Failure, StopReason, Usage},
};

/// Tokens of the answer at most: enough for models that think first to say something.
const OUTPUT: u32 = 64;

/// What one call to a chat model came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ProbeReport {
    /// Its provider.
    pub provider: String,
    /// As it was asked for.
    pub model: String,
    /// Whether it answered.
    pub ok: bool,
    /// How long it took.
    pub seconds: f64,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// What it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
}

/// Asks a model to say `OK`, and where it fails its server for what helps to set it up. Nothing of a corpus is sent.
pub async fn probe(model: &dyn ChatModel) -> ProbeReport {
    let capabilities = model.capabilities();
    let request = ChatRequest {
        messages: vec![ChatMessage { role: ChatRole::User, text: "Say OK.".to_owned() }],
        max_tokens: Some(OUTPUT.min(capabilities.output_tokens.unwrap_or(OUTPUT))),
        temperature: capabilities.temperature.then_some(0.0),
        ..ChatRequest::default()
    };
    let begun = Instant::now();
    let answer = match model.chat(request).await {
        Ok(stream) => stream.collect().await,
        Err(error) => Err(error),
    };
    let answer = answer.and_then(|answer| match answer.stop {
        StopReason::ContentFilter => Err(Failure::ContentFiltered.error()),
        _ => Ok(answer),
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (provider, name) = (model.provider().to_owned(), model.name().to_owned());
    match answer {
        Ok(answer) => {
            let (answered, usage) = (answer.model, Some(answer.usage));
            ProbeReport { provider, model: name, ok: true, seconds, answered, usage, error: None }
        }
        Err(error) => {
            let error = model.diagnose(error).await;
            let error = match error.retry_after() {
                Some(wait) => error.with("wait_seconds", wait.as_secs_f64().ceil().to_string()),
                None => error,
            };
            let error = Some(ErrorRecord::from(&error));
            ProbeReport { provider, model: name, ok: false, seconds, answered: None, usage: None, error }
        }
    }
}
