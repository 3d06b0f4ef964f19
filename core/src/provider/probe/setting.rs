use super::text::{Line, Said, line};

/// A setting, before anything was sent.
pub(super) fn which_setting(said: &Said<'_>) -> Option<Line> {
    let (provider, setting) = (said.get("provider"), said.get("setting"));
    if setting.is_empty() {
        return None;
    }
    let (en, de) = match said.hint() {
        "" => (String::new(), String::new()),
        hint => (format!(" {hint}"), german(provider, setting).map(|hint| format!(" {hint}")).unwrap_or_default()),
    };
    Some(line(
        format!("the setting `{setting}` is missing or cannot be right.{en}"),
        format!("Die Einstellung `{setting}` fehlt oder kann nicht stimmen.{de}"),
    ))
}

/// The hint of a setting in German, of each that the providers and the client may find wrong.
fn german(provider: &str, setting: &str) -> Option<&'static str> {
    Some(match (provider, setting) {
        ("openai_compatible", "base_url") => "Ollama hört auf http://localhost:11434/v1",
        ("openai_compatible", "model") => "`ollama list` oder `/v1/models` des Servers nennt sie.",
        ("anthropic", "model") => "Die Dokumentation des Anbieters nennt sie.",
        ("anthropic", "api_key") => "ANTHROPIC_API_KEY oder ANTHROPIC_API_KEY_FILE setzen.",
        ("azure.ai.openai", "endpoint") => "Er steht unter „Schlüssel und Endpunkt“ der Ressource.",
        ("azure.ai.openai", "deployment") => "Das Portal der Ressource nennt ihre Deployments.",
        ("azure.ai.openai", "api_key") => "Oder `entra` setzen, für ein Token von Entra ID.",
        ("aws.bedrock", "model") => "Die ID eines Modells oder eines Inferenzprofils.",
        ("aws.bedrock", "region") => "Etwa eu-central-1; oder AWS_REGION setzen.",
        ("aws.bedrock", "secret_access_key") => "Zu einem Schlüssel gehören ID und Geheimnis.",
        ("aws.bedrock", "access_key_id") => {
            "AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID mit AWS_SECRET_ACCESS_KEY, oder AWS_PROFILE setzen."
        }
        ("aws.bedrock", "role_arn") => "Ein Token gilt für eine Rolle: AWS_ROLE_ARN.",
        ("aws.bedrock", "sso_start_url" | "sso_region" | "sso_account_id" | "sso_role_name") => {
            "`aws configure sso` schreibt sie in das Profil."
        }
        ("aws.bedrock", "credentials.uri") => {
            "Ohne https:// gibt es Schlüssel nur von diesem Rechner oder einem Agenten von AWS."
        }
        ("aws.bedrock", "family") => "Diese ID nennt keine: `titan_v2`, `cohere_v3` oder `cohere_v4`.",
        (_, "dimensions") => "So viele Dimensionen haben Vektoren nicht.",
        // The client's.
        ("", "proxy" | "HTTPS_PROXY" | "HTTP_PROXY" | "ALL_PROXY") => {
            "Sie beginnt mit http://, https://, socks5:// oder socks5h://; `none` steht für keinen Proxy."
        }
        _ => return None,
    })
}
