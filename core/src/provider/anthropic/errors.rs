use crate::provider::{
    Failure,
    wire::{Meaning, Said, by_status},
};

/// What Anthropic means, by the code within, by the kind, and by the status.
pub(super) fn classify(said: &Said) -> Meaning {
    match failure(said) {
        Failure::QuotaExhausted if said.says(&["credit balance is too low"]) => Failure::QuotaExhausted.because("credit"),
        failure => failure.into(),
    }
}

fn failure(said: &Said) -> Failure {
    // These are 429 like a rate limit, and no waiting helps.
    if said.is(&["enforced_spend_limit_reached", "contract_spend_limit_reached", "linked_organization_spend_limit_reached"]) {
        return Failure::QuotaExhausted;
    }
    if said.is(&["invalid_request_error"]) {
        // Without codes of their own.
        return if said.says(&["credit balance is too low"]) {
            Failure::QuotaExhausted
        } else if said.says(&["prompt is too long", "exceed context limit"]) {
            Failure::TooLong
        } else {
            Failure::Rejected
        };
    }
    let kinds = [
        ("authentication_error", Failure::Unauthorized),
        ("permission_error", Failure::Unauthorized),
        ("billing_error", Failure::QuotaExhausted),
        ("not_found_error", Failure::NoModel),
        ("request_too_large", Failure::TooLong),
        ("rate_limit_error", Failure::RateLimited),
        ("overloaded_error", Failure::Overloaded),
        ("timeout_error", Failure::TimedOut),
        ("api_error", Failure::ServerError),
    ];
    let by_kind = kinds.into_iter().find(|(kind, _)| said.is(&[kind])).map(|(_, failure)| failure);
    by_kind.unwrap_or_else(|| by_status(said.status.unwrap_or(500)))
}
