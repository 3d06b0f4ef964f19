use super::{
    super::Failure,
    model::{retired, use_case},
    text::{Line, Said, line},
};

/// Keys, tokens, roles, clocks.
pub(super) fn who_asks(said: &Said<'_>) -> Option<Line> {
    if said.failure != Some(Failure::Unauthorized) {
        return None;
    }
    let (host, model, code) = (said.get("host"), said.get("model"), said.code());
    Some(match said.get("detail") {
        "clock" => clock(said.get("clock_off_seconds").parse().ok()),
        "secret_key" => line(
            "the secret does not belong to the key: check AWS_SECRET_ACCESS_KEY, to its last sign.",
            "Das Geheimnis gehört nicht zum Schlüssel: AWS_SECRET_ACCESS_KEY prüfen, bis zum letzten Zeichen.",
        ),
        "key_id" => line(
            "AWS does not know the key: it was deleted, or it is temporary and AWS_SESSION_TOKEN is missing.",
            "AWS kennt den Schlüssel nicht: gelöscht, oder er gilt nur eine Zeit und AWS_SESSION_TOKEN fehlt.",
        ),
        "expired_keys" => line(
            "the keys have expired: get new ones (`aws sso login`, `aws configure export-credentials`).",
            "Die Schlüssel sind abgelaufen: neue holen (`aws sso login`, `aws configure export-credentials`).",
        ),
        "model_access" => line(
            format!("the account has no access to `{model}` in this region: open it once in Bedrock's model catalog; for Anthropic's models the use case form comes first."),
            format!("Das Konto hat in dieser Region keinen Zugang zu `{model}`: einmal im Modellkatalog von Bedrock öffnen; für Modelle von Anthropic vorher das Formular zum Verwendungszweck."),
        ),
        "marketplace" => line(
            format!("`{model}` is not subscribed yet: someone with aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions calls it once, then it is there for the account."),
            format!("`{model}` ist noch nicht abonniert: Jemand mit aws-marketplace:Subscribe und aws-marketplace:ViewSubscriptions ruft es einmal auf, danach hat es das ganze Konto."),
        ),
        "use_case" => use_case(),
        "retired" => retired(model),
        "denied" => line(
            "a policy denies the call: of the organisation (SCP; those that forbid regions stop an inference profile), of a permission boundary, or of the VPC endpoint.",
            "Eine Richtlinie verbietet den Aufruf: der Organisation (SCP; wer Regionen sperrt, sperrt ein Inferenzprofil), einer Berechtigungsgrenze oder des VPC-Endpunkts.",
        )
        .quoting(said),
        "policy" => line(
            "the IAM policy does not allow the call: it needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the profile and on the model in each of its regions.",
            "Die IAM-Richtlinie erlaubt den Aufruf nicht: nötig sind bedrock:InvokeModel und bedrock:InvokeModelWithResponseStream für das Profil und für das Modell in jeder seiner Regionen.",
        )
        .quoting(said),
        "other_resource" => line(
            format!("the key is none of the resource {host}: it is another resource's, or was renewed. Both stand under \"Keys and Endpoint\"."),
            format!("Der Schlüssel ist keiner der Ressource {host}: der einer anderen, oder er wurde erneuert. Beide stehen unter „Schlüssel und Endpunkt“."),
        ),
        "role" => line(
            format!("the identity lacks the role \"Cognitive Services OpenAI User\" on the resource {host}. A new one takes some minutes."),
            format!("Der Identität fehlt die Rolle „Cognitive Services OpenAI User“ an der Ressource {host}. Eine neue gilt erst nach einigen Minuten."),
        ),
        "private" => line(
            format!("{host} is closed to the internet: the way is its private endpoint, and its name must lead there (privatelink.openai.azure.com)."),
            format!("{host} ist aus dem Internet nicht erreichbar: Der Weg ist der private Endpunkt, und der Name muss dorthin führen (privatelink.openai.azure.com)."),
        ),
        "firewall" => line(
            format!("the firewall of the resource {host} does not let this network through: permit it under \"Networking\"."),
            format!("Die Firewall der Ressource {host} lässt dieses Netz nicht durch: unter „Netzwerk“ freigeben."),
        ),
        "no_keys" => line(
            format!("the resource {host} takes no keys: set `entra`, for a token of Entra ID."),
            format!("Die Ressource {host} nimmt keine Schlüssel: `entra` setzen, für ein Token von Entra ID."),
        ),
        "client_secret" => line(
            "Entra ID does not accept the secret: AZURE_CLIENT_SECRET is its value, not its id.",
            "Entra ID nimmt das Geheimnis nicht an: AZURE_CLIENT_SECRET ist sein Wert, nicht seine ID.",
        ),
        "client_secret_expired" => line(
            "the secret of the application has expired: make a new one under \"Certificates & secrets\".",
            "Das Geheimnis der Anwendung ist abgelaufen: unter „Zertifikate & Geheimnisse“ ein neues anlegen.",
        ),
        "client_id" => line(
            "the tenant has no such application: check AZURE_CLIENT_ID and AZURE_TENANT_ID.",
            "Diese Anwendung gibt es im Mandanten nicht: AZURE_CLIENT_ID und AZURE_TENANT_ID prüfen.",
        ),
        "tenant" => line(
            "there is no such tenant: check AZURE_TENANT_ID, and `authority` in other clouds than the public one.",
            "Diesen Mandanten gibt es nicht: AZURE_TENANT_ID prüfen, in anderen Clouds als der öffentlichen auch `authority`.",
        ),
        _ => line(
            format!("the key or token is not accepted ({code}). Check it, and what it may do."),
            format!("Schlüssel oder Token wird nicht angenommen ({code}). Ihn prüfen, und seine Rechte."),
        )
        .quoting(said),
    })
}

/// The clock of this machine, by how many seconds it is ahead.
fn clock(ahead: Option<i64>) -> Line {
    let Some(ahead) = ahead else {
        return line(
            "the clock of this machine and that of AWS differ by more than five minutes, which no signature outlasts: set it (NTP).",
            "Die Uhr dieses Rechners und die von AWS liegen über fünf Minuten auseinander, was keine Signatur übersteht: stellen (NTP).",
        );
    };
    let minutes = (ahead.unsigned_abs() + 30) / 60;
    let (en, de) = if ahead > 0 { ("ahead", "vor") } else { ("behind", "nach") };
    let (unit, einheit) = if minutes == 1 { ("minute", "Minute") } else { ("minutes", "Minuten") };
    line(
        format!("the clock of this machine is {minutes} {unit} {en}, and a signature is good for five: set it (NTP)."),
        format!("Die Uhr dieses Rechners geht {minutes} {einheit} {de}, und eine Signatur gilt fünf: stellen (NTP)."),
    )
}
