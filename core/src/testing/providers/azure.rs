//! Azure OpenAI by both of its addresses, Entra ID, and the identity of a machine.

use serde_json::{Value, json};

use super::{Received, Reply, Step, Turn, openai};

/// The deployment that there is.
pub const DEPLOYMENT: &str = "audit-chat";
/// The deployment of an embedding model.
pub const EMBEDDING_DEPLOYMENT: &str = "audit-vectors";
/// The token that Entra ID gives.
pub const TOKEN: &str = "entra-token-1";
/// The key of the resource.
pub const KEY: &str = "azure-key-1";

/// Answers as a resource does: to its key or a token, at both addresses, with what its content filter says.
pub fn respond(turn: Turn) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |received| {
        let bearer = format!("Bearer {TOKEN}");
        if received.header("api-key") != Some(KEY) && received.header("authorization") != Some(&bearer) {
            return error(401, "401", "Access denied due to invalid subscription key or wrong API endpoint.");
        }
        let classic = format!("/openai/deployments/{DEPLOYMENT}/chat/completions?api-version=");
        let by_v1 = received.path == "/openai/v1/chat/completions" && received.json()["model"] == DEPLOYMENT;
        let classic_vectors = format!("/openai/deployments/{EMBEDDING_DEPLOYMENT}/embeddings?api-version=");
        let vectors_by_v1 = received.path == "/openai/v1/embeddings" && received.json()["model"] == EMBEDDING_DEPLOYMENT;
        if received.path.starts_with(&classic) || by_v1 {
            filtered(openai::answer(&turn, received))
        } else if received.path.starts_with(&classic_vectors) || vectors_by_v1 {
            openai::embeddings(received)
        } else {
            error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        }
    }
}

fn safe() -> Value {
    let category = json!({"filtered": false, "severity": "safe"});
    json!({"hate": category, "self_harm": category, "sexual": category, "violence": category})
}

/// What the filter says of the prompt, in front of a stream or within an answer in one piece.
fn filtered(mut reply: Reply) -> Reply {
    let results = json!([{"prompt_index": 0, "content_filter_results": safe()}]);
    if reply.chunked {
        let first = json!({"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": results});
        reply.steps.insert(0, Step::Bytes(openai::event(&first)));
        return reply;
    }
    let mut body: Value = serde_json::from_slice(&reply.body()).unwrap_or_default();
    body["prompt_filter_results"] = results;
    body["choices"][0]["content_filter_results"] = safe();
    Reply::json(200, &body)
}

/// An error, as a resource words it.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}})).header("apim-request-id", "apim-fake")
}

/// The prompt was withheld.
pub fn prompt_withheld() -> Reply {
    let found = json!({"jailbreak": {"filtered": true, "detected": true}, "hate": {"filtered": false, "severity": "safe"}});
    let inner = json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": found});
    let message = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.";
    Reply::json(
        400,
        &json!({"error": {"code": "content_filter", "type": null, "param": "prompt", "status": 400, "message": message, "innererror": inner}}),
    )
}

/// Entra ID: a token for the right form, and the error of a wrong secret for any other.
pub fn entra_id(
    tenant: &str,
    client_id: &str,
    client_secret: &str,
    scope: &str,
) -> impl Fn(&Received) -> Reply + Send + Sync + use<> {
    let path = format!("/{tenant}/oauth2/v2.0/token");
    let wanted: Vec<(String, String)> =
        [("client_id", client_id), ("client_secret", client_secret), ("grant_type", "client_credentials"), ("scope", scope)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    move |received| {
        let mut form = pairs(&String::from_utf8_lossy(&received.body));
        form.sort();
        if received.path == path && form == wanted {
            return Reply::json(
                200,
                &json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": TOKEN}),
            );
        }
        let description = "AADSTS7000215: Invalid client secret provided.";
        Reply::json(401, &json!({"error": "invalid_client", "error_description": description, "error_codes": [7_000_215]}))
    }
}

/// The identity of a machine, or of an App Service when there is a header for it.
pub fn machine(header: Option<&str>) -> impl Fn(&Received) -> Reply + Send + Sync + use<> {
    let header = header.map(str::to_owned);
    move |received| {
        let (path, query) = received.path.split_once('?').unwrap_or((&received.path, ""));
        let query = pairs(query);
        let is = |key: &str, value: &str| query.iter().any(|pair| pair.0 == key && pair.1 == value);
        let resource = is("resource", "https://cognitiveservices.azure.com");
        let good = match &header {
            Some(header) => {
                path == "/msi/token" && is("api-version", "2019-08-01") && received.header("x-identity-header") == Some(header)
            }
            None => {
                let path = path == "/metadata/identity/oauth2/token" && is("api-version", "2018-02-01");
                path && received.header("metadata") == Some("true") && received.header("x-forwarded-for").is_none()
            }
        };
        if good && resource {
            Reply::json(
                200,
                &json!({"access_token": TOKEN, "expires_in": "86399", "expires_on": "1764200000", "resource": "r", "token_type": "Bearer"}),
            )
        } else {
            Reply::json(400, &json!({"error": "invalid_request", "error_description": "Identity not found"}))
        }
    }
}

/// The pairs of a form or a question.
pub(super) fn pairs(form: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
        while let [first, after @ ..] = rest {
            let escaped = match (first, after) {
                (b'%', [high, low, ..]) => u8::from_str_radix(&String::from_utf8_lossy(&[*high, *low]), 16).ok(),
                _ => None,
            };
            bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
            rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    form.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decoded(key), decoded(value))).collect()
}
