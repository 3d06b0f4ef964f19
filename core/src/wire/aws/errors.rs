use serde_json::Value;

use crate::{
    Error,
    wire::{Call, Failure, Said, by_status, exception},
};

/// The last two are those of embedding models.
const TOO_LONG: [&str; 6] = [
    "too long",
    "too many input tokens",
    "maximum tokens you requested exceeds",
    "context limit",
    "too many tokens",
    "expected maxlength",
];

/// What Bedrock means, by the name of the exception, in both of its spellings, and by the status.
pub(crate) fn classify(said: &Said) -> Failure {
    if said.is(&["ValidationException", "validationException"]) {
        // Without codes of their own.
        return if said.says(&TOO_LONG) {
            Failure::TooLong
        } else if said.says(&["model identifier is invalid", "on-demand throughput", "model id"]) {
            Failure::NoModel
        } else {
            Failure::Rejected
        };
    }
    let names = [
        ("ThrottlingException", Failure::RateLimited),
        ("ModelNotReadyException", Failure::Overloaded),
        ("ServiceUnavailableException", Failure::Overloaded),
        ("ModelTimeoutException", Failure::TimedOut),
        ("ModelErrorException", Failure::ServerError),
        ("ModelStreamErrorException", Failure::ServerError),
        ("InternalServerException", Failure::ServerError),
        ("AccessDeniedException", Failure::Unauthorized),
        ("UnrecognizedClientException", Failure::Unauthorized),
        ("InvalidSignatureException", Failure::Unauthorized),
        ("ExpiredTokenException", Failure::Unauthorized),
        ("ResourceNotFoundException", Failure::NoModel),
        ("ServiceQuotaExceededException", Failure::QuotaExhausted),
        // A path that the service does not know: something between changed it.
        ("UnknownOperationException", Failure::Rejected),
    ];
    let named = |name: &str| said.is(&[name]) || said.is(&[&name.replacen(|_: char| true, &name[..1].to_lowercase(), 1)]);
    let by_name = names.into_iter().find(|(name, _)| named(name)).map(|(_, failure)| failure);
    by_name.unwrap_or_else(|| by_status(said.status.unwrap_or(500)))
}

/// An exception that stands in a body with status 200.
pub(crate) fn in_body(body: &Value) -> Option<Said> {
    let name = body.get("__type").or_else(|| body.pointer("/Output/__type"))?.as_str()?;
    let message = body.get("message").and_then(Value::as_str).map(str::to_owned);
    Some(Said { code: Some(exception(name).to_owned()), message, ..Said::default() })
}

/// What to do about errors that AWS words for nobody.
pub(super) fn explained(error: Error) -> Error {
    let hint = match Failure::of(&error) {
        Some(Failure::NoModel) => {
            "check model and region; many models are reached by an inference profile alone, such as eu.anthropic.… in Europe"
        }
        Some(Failure::Unauthorized) => {
            "check the keys and the machine's clock, that the policy allows bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream, and that the model is enabled in this region"
        }
        _ => return error,
    };
    error.with_hint(hint)
}

/// The failure that a message of a stream tells.
pub(crate) fn in_stream(call: &Call, name: &str, payload: &Value) -> Error {
    let message = payload.get("message").and_then(Value::as_str).map(str::to_owned);
    call.failed(&Said { code: Some(exception(name).to_owned()), message, ..Said::default() })
}
