//! What servers of OpenAI's language mean by their errors, Azure's included.

use super::{Failure, Said, by_status};

/// The failure that is meant. A code comes before a status, and a message counts only where servers
/// have no code for it.
pub(crate) fn classify(said: &Said) -> Failure {
    if said.is(&["insufficient_quota", "billing_hard_limit_reached"]) {
        return Failure::QuotaExhausted;
    }
    if said.is(&["content_filter", "ResponsibleAIPolicyViolation"]) {
        return Failure::ContentFiltered;
    }
    // The second is llama.cpp's; vLLM and others have a sentence alone.
    let too_long = ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"];
    if said.is(&too_long) || said.says(&["maximum context length", "context window"]) {
        return Failure::TooLong;
    }
    if said.is(&["model_not_found", "DeploymentNotFound"]) {
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
