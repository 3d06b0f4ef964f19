use crate::provider::{
    Failure,
    wire::{Said, by_status},
};

/// What servers of this language mean, Azure's included. A code comes before a status, and a message counts only where servers
/// have no code for it.
pub(in crate::provider) fn classify(said: &Said) -> Failure {
    if said.is(&["insufficient_quota", "billing_hard_limit_reached"]) {
        return Failure::QuotaExhausted;
    }
    if said.is(&["content_filter", "ResponsibleAIPolicyViolation"]) {
        return Failure::ContentFiltered;
    }
    // The second is llama.cpp's; vLLM and others have a sentence alone, and gateways that of the provider behind them.
    let too_long = ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"];
    let sentences = ["maximum context length", "context window", "prompt is too long", "input is too long"];
    if said.is(&too_long) || said.says(&sentences) {
        return Failure::TooLong;
    }
    // The sentence is LiteLLM's.
    if said.is(&["model_not_found", "DeploymentNotFound"]) || said.says(&["invalid model name passed in"]) {
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
