use crate::wire::{Failure, Meaning, Said, openai};

/// What Azure means. It speaks OpenAI's language, and has words of its own for who may ask what from where.
pub(crate) fn classify(said: &Said) -> Meaning {
    if said.is(&["DeploymentNotFound"]) {
        return Failure::NoModel.because("deployment");
    }
    if said.says(&["api version not supported", "is enabled only for api version"]) {
        return Failure::Rejected.because("api_version");
    }
    // A path that the resource does not have: also that of a version of the interface that there is not.
    if said.status == Some(404) && said.says(&["resource not found"]) {
        return Failure::NoModel.because("path");
    }
    let known = [
        ("invalid subscription key or wrong api endpoint", "other_resource"),
        ("lacks the required data action", "role"),
        ("principal does not have access", "role"),
        ("public access is disabled", "private"),
        ("virtual network/firewall rules", "firewall"),
        ("key based authentication is disabled", "no_keys"),
    ];
    match known.into_iter().find(|(words, _)| said.says(&[words])) {
        Some((_, detail)) => Failure::Unauthorized.because(detail),
        None => openai::classify(said),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Bodies as Azure sends them.
    #[test]
    fn azures_own_words_are_told_from_one_another() {
        for (status, code, message, failure, detail) in [
            (
                404,
                "DeploymentNotFound",
                "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
                Failure::NoModel,
                Some("deployment"),
            ),
            (404, "404", "Resource not found", Failure::NoModel, Some("path")),
            (400, "BadRequest", "API version not supported", Failure::Rejected, Some("api_version")),
            (
                400,
                "BadRequest",
                "Model {modelName} is enabled only for api versions 2024-12-01-preview and later",
                Failure::Rejected,
                Some("api_version"),
            ),
            (
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
                Failure::Unauthorized,
                Some("other_resource"),
            ),
            (401, "PermissionDenied", "Principal does not have access to API/Operation.", Failure::Unauthorized, Some("role")),
            (
                401,
                "PermissionDenied",
                "The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action`",
                Failure::Unauthorized,
                Some("role"),
            ),
            (403, "403", "Public access is disabled. Please configure private endpoint.", Failure::Unauthorized, Some("private")),
            (403, "403", "Access denied due to Virtual Network/Firewall rules.", Failure::Unauthorized, Some("firewall")),
            (429, "429", "Requests have exceeded the token rate limit.", Failure::RateLimited, None),
            (400, "content_filter", "filtered", Failure::ContentFiltered, None),
        ] {
            let said = Said { status: Some(status), ..Said::of(&json!({"error": {"code": code, "message": message}})) };
            assert_eq!(classify(&said), Meaning { failure, detail }, "{message}");
        }
    }
}
