//! Servers of OpenAI's language: how they are set, and what they mean by their errors, Azure's included.

use super::{Failure, Meaning, Said, by_status, missing};
use crate::{
    Result,
    platform::{Secret, Variables, secret_by},
};

pub(crate) const PROVIDER: &str = "openai_compatible";

/// Address and key, with what is left open taken from the environment: the key only together with the address.
pub(crate) fn environment(base_url: String, key: Option<Secret>, variables: Variables<'_>) -> Result<(String, Option<Secret>)> {
    match variables("OPENAI_BASE_URL").filter(|_| base_url.is_empty()) {
        Some(address) => Ok((address, key.map_or_else(|| secret_by("OPENAI_API_KEY", variables), |key| Ok(Some(key)))?)),
        None => Ok((base_url, key)),
    }
}

/// Whether address and model are there.
pub(crate) fn check(base_url: &str, model: &str) -> Result<()> {
    match (base_url.is_empty(), model.is_empty()) {
        (true, _) => Err(missing(PROVIDER, "base_url", "Ollama listens at http://localhost:11434/v1")),
        (_, true) => Err(missing(PROVIDER, "model", "`ollama list` or `/v1/models` of the server lists them")),
        _ => Ok(()),
    }
}

/// vLLM and others; Ollama; llama.cpp for embeddings; what stands behind a gateway.
const TOO_LONG: [&str; 6] = [
    "prompt is too long",
    "input is too long",
    "maximum context length",
    "context window",
    "exceeds the context length",
    "is too large to process",
];

/// The failure that is meant. A code comes before a status, and a message counts only where servers
/// have no code for it.
pub(crate) fn classify(said: &Said) -> Meaning {
    // llama.cpp's.
    if said.status == Some(503) && said.says(&["loading model"]) {
        return Failure::Overloaded.because("loading");
    }
    failure(said).into()
}

fn failure(said: &Said) -> Failure {
    if said.is(&["insufficient_quota", "billing_hard_limit_reached"]) {
        return Failure::QuotaExhausted;
    }
    if said.is(&["content_filter", "ResponsibleAIPolicyViolation"]) {
        return Failure::ContentFiltered;
    }
    // The second is llama.cpp's for chats; others have a sentence alone.
    let too_long = ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"];
    if said.is(&too_long) || said.says(&TOO_LONG) {
        return Failure::TooLong;
    }
    // The sentences are LiteLLM's, and LM Studio's for a path that it does not have, with status 200.
    if said.is(&["model_not_found", "DeploymentNotFound"]) || said.says(&["invalid model name passed in", "unexpected endpoint"])
    {
        return Failure::NoModel;
    }
    if said.is(&["invalid_api_key", "authentication_error", "permission_error"]) {
        return Failure::Unauthorized;
    }
    if said.is(&["rate_limit_exceeded", "rate_limit_error", "RateLimitReached"]) {
        return Failure::RateLimited;
    }
    match said.status {
        Some(status) => by_status(status),
        // Within a stream, without a number.
        None if said.is(&["invalid_request_error"]) => Failure::Rejected,
        None => Failure::ServerError,
    }
}
