use serde_json::Value;

use crate::{
    Error,
    wire::{Call, Failure, Meaning, Said, by_status, exception},
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
pub(crate) fn classify(said: &Said) -> Meaning {
    if said.is(&["ValidationException", "validationException"]) {
        // Without codes of their own. AWS writes `isn’t` as well as `isn't`.
        return if said.says(&TOO_LONG) {
            Failure::TooLong.into()
        } else if said.says(&["on-demand throughput"]) {
            Failure::NoModel.because("inference_profile")
        } else if said.says(&["use-case form"]) {
            Failure::NoModel.because("use_case")
        } else if said.says(&["model identifier is invalid", "model id"]) {
            Failure::NoModel.because("model_id")
        } else {
            Failure::Rejected.into()
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
        ("SignatureDoesNotMatch", Failure::Unauthorized),
        ("RequestTimeTooSkewed", Failure::Unauthorized),
        ("ExpiredTokenException", Failure::Unauthorized),
        ("ResourceNotFoundException", Failure::NoModel),
        ("ServiceQuotaExceededException", Failure::QuotaExhausted),
        // A path that the service does not know: something between changed it.
        ("UnknownOperationException", Failure::Rejected),
    ];
    let named = |name: &str| said.is(&[name]) || said.is(&[&name.replacen(|_: char| true, &name[..1].to_lowercase(), 1)]);
    let by_name = names.into_iter().find(|(name, _)| named(name)).map(|(_, failure)| failure);
    let failure = by_name.unwrap_or_else(|| by_status(said.status.unwrap_or(500)));
    Meaning { failure, detail: detail(said) }
}

/// What is behind an exception that can mean several things.
fn detail(said: &Said) -> Option<&'static str> {
    if said.is(&["RequestTimeTooSkewed"]) || said.says(&["signature expired", "signature not yet current"]) {
        return Some("clock");
    }
    if said.is(&["InvalidSignatureException", "SignatureDoesNotMatch"]) {
        return Some("secret_key");
    }
    if said.is(&["UnrecognizedClientException"]) {
        return Some("key_id");
    }
    if said.is(&["ExpiredTokenException"]) {
        return Some("expired_keys");
    }
    // Both come as `AccessDeniedException` and, since models need no request of their own, as `ResourceNotFoundException`.
    let known = [
        ("use case details", "use_case"),
        ("aws-marketplace:", "marketplace"),
        ("have access to the model", "model_access"),
        ("marked by provider as legacy", "retired"),
        ("end of its life", "retired"),
        ("explicit deny", "denied"),
        ("is not authorized to perform", "policy"),
    ];
    known.into_iter().find(|(words, _)| said.says(&[words])).map(|(_, detail)| detail)
}

/// Inference profiles that may reach a model from a region: of the region's part of the world, and of all of it.
fn profiles(model: &str, region: &str) -> Option<String> {
    // An ARN is none of a model that is called by its id, and what begins with a part of the world is a profile already.
    if !model.contains('.') || model.contains("arn:") {
        return None;
    }
    let near: &[&str] = match region.split_once('-').map_or(region, |(part, _)| part) {
        "eu" => &["eu"],
        "us" if region.starts_with("us-gov") => &["us-gov"],
        "us" | "ca" => &["us"],
        "ap" if region.starts_with("ap-northeast") => &["jp", "apac"],
        "ap" if region.starts_with("ap-southeast") => &["au", "apac"],
        "ap" => &["apac"],
        _ => &[],
    };
    Some(near.iter().chain(&["global"]).map(|part| format!("{part}.{model}")).collect::<Vec<_>>().join(", "))
}

/// An exception that stands in a body with status 200.
pub(crate) fn in_body(body: &Value) -> Option<Said> {
    let name = body.get("__type").or_else(|| body.pointer("/Output/__type"))?.as_str()?;
    let message = body.get("message").and_then(Value::as_str).map(str::to_owned);
    Some(Said { code: Some(exception(name).to_owned()), message, ..Said::default() })
}

/// What to do about errors that AWS words for nobody.
pub(super) fn explained(error: Error, region: &str) -> Error {
    let said = |key: &str| error.context().find(|(its, _)| *its == key).map(|(_, value)| value.to_owned());
    let wants_profile = said("detail").as_deref() == Some("inference_profile");
    let profiles = said("model").filter(|_| wants_profile).and_then(|model| profiles(&model, region));
    let error = match profiles {
        Some(profiles) => error.with("profiles", profiles),
        None => error,
    };
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
