use super::{
    super::Failure,
    text::{Line, Said, line},
};
use crate::{error::ErrorRecord, types::Language};

/// What is wrong and what to do, in a line.
pub fn explained(error: &ErrorRecord, language: Language) -> String {
    let said = Said::of(error);
    let found = on_the_way(&said)
        .or_else(|| who_asks(&said))
        .or_else(|| which_model(&said))
        .or_else(|| by_failure(&said))
        .or_else(|| which_setting(&said));
    let told = found.unwrap_or_else(|| line(said.message(), said.message()).quoting(&said));
    if language == Language::En { told.en } else { told.de }
}

/// A setting, before anything was sent.
fn which_setting(said: &Said<'_>) -> Option<Line> {
    let (setting, hint) = (Some(said.get("setting")).filter(|setting| !setting.is_empty())?, said.hint());
    Some(line(
        format!("the setting `{setting}` is missing or cannot be right. {hint}"),
        format!("Die Einstellung `{setting}` fehlt oder kann nicht stimmen. {hint}"),
    ))
}

/// Names, proxies, TLS, and servers that are not the provider.
fn on_the_way(said: &Said<'_>) -> Option<Line> {
    let (host, proxy, status) = (said.get("host"), said.get("proxy"), said.get("status"));
    let is_azure = [".openai.azure.com", ".cognitiveservices.azure.com"].iter().any(|domain| host.ends_with(domain));
    Some(match (said.get("reason"), said.get("detail")) {
        (_, "wants_tls") => line(
            format!("{host} speaks TLS on this port: write https:// in place of http://."),
            format!("{host} spricht TLS an diesem Port: https:// statt http:// schreiben."),
        ),
        ("dns", _) if is_azure => line(
            format!(
                "there is no Azure resource {host}, or the name of its private endpoint is not known to the DNS of this network. Check `endpoint`."
            ),
            format!(
                "Eine Azure-Ressource {host} gibt es nicht, oder das DNS dieses Netzes kennt den Namen ihres privaten Endpunkts nicht. `endpoint` prüfen."
            ),
        ),
        ("dns", _) => line(
            format!("no such host: {host}. Check the address, and DNS; where names are left to a proxy, `http.proxy`."),
            format!("Unbekannter Rechner: {host}. Adresse und DNS prüfen; wo ein Proxy die Namen auflöst, `http.proxy`."),
        ),
        ("refused", _) => line(
            format!("{host} refuses the connection. Does the server run, on this port? Does a firewall stand between?"),
            format!("{host} nimmt keine Verbindung an. Läuft der Server, an diesem Port? Steht eine Firewall dazwischen?"),
        ),
        ("connect_timeout", _) => line(
            format!(
                "{host} does not answer at all. A firewall drops what is sent there, or there is no way but a proxy (`http.proxy`)."
            ),
            format!(
                "{host} antwortet gar nicht. Eine Firewall verwirft, was dorthin geht, oder es führt nur ein Proxy hin (`http.proxy`)."
            ),
        ),
        ("tls", "unknown_issuer") => line(
            format!(
                "the certificate of {host} is by an authority that is not known here. Name it in `http.ca_bundle`; a proxy that reads along has its own."
            ),
            format!(
                "Das Zertifikat von {host} ist von einer hier unbekannten Stelle. Sie in `http.ca_bundle` nennen; ein mitlesender Proxy hat seine eigene."
            ),
        ),
        ("tls", "expired") => line(
            format!(
                "the certificate of {host} has expired. Its operator has to renew it, unless the clock of this machine is wrong."
            ),
            format!(
                "Das Zertifikat von {host} ist abgelaufen. Sein Betreiber muss es erneuern, sofern nicht die Uhr dieses Rechners falsch geht."
            ),
        ),
        ("tls", "not_valid_yet") => line(
            format!("the certificate of {host} is not valid yet. The clock of this machine is most likely behind."),
            format!("Das Zertifikat von {host} gilt noch nicht. Wahrscheinlich geht die Uhr dieses Rechners nach."),
        ),
        ("tls", "wrong_name") => line(
            format!(
                "the certificate is valid for another name than {host}. Check the address; a certificate does not hold for a number unless it names it."
            ),
            format!(
                "Das Zertifikat gilt für einen anderen Namen als {host}. Die Adresse prüfen; für eine IP-Adresse gilt es nur, wenn es sie nennt."
            ),
        ),
        ("tls", "no_tls") => line(
            format!("{host} does not speak TLS on this port: write http:// in place of https://, or name the port that does."),
            format!(
                "{host} spricht an diesem Port kein TLS: http:// statt https:// schreiben, oder den Port nennen, der es tut."
            ),
        ),
        ("tls", "refused_by_server") => line(
            format!(
                "{host} ended the TLS handshake. It most likely wants a certificate of its clients: `http.client_certificate`."
            ),
            format!(
                "{host} hat den TLS-Handshake abgebrochen. Wahrscheinlich will er ein Zertifikat seiner Clients: `http.client_certificate`."
            ),
        ),
        ("tls", "") => line(
            format!("{host} closes the connection when TLS begins. Is this its port for TLS? A firewall can do the same."),
            format!("{host} schließt die Verbindung, wenn TLS beginnt. Ist das sein Port für TLS? Auch eine Firewall tut das."),
        ),
        ("tls", detail) => {
            line(format!("no secure connection to {host} ({detail})."), format!("Keine sichere Verbindung zu {host} ({detail})."))
        }
        ("proxy", "login") => line(
            format!(
                "the proxy {proxy} wants a login, or does not accept this one (407): `http.proxy` with user and password in it, as a file by BELEG_HTTP__PROXY_FILE."
            ),
            format!(
                "Der Proxy {proxy} will eine Anmeldung oder nimmt diese nicht an (407): `http.proxy` mit Name und Passwort darin, als Datei über BELEG_HTTP__PROXY_FILE."
            ),
        ),
        ("proxy", "refused") => line(
            format!(
                "the proxy {proxy} does not let through to {host}: it is not permitted there, or the proxy does not reach it. Have it permitted."
            ),
            format!(
                "Der Proxy {proxy} lässt nicht zu {host} durch: dort nicht freigegeben, oder für ihn nicht erreichbar. Freigeben lassen."
            ),
        ),
        ("proxy", "dns") => line(
            format!("no such host: the proxy {proxy}. Check `http.proxy` (HTTPS_PROXY)."),
            format!("Unbekannter Rechner: der Proxy {proxy}. `http.proxy` (HTTPS_PROXY) prüfen."),
        ),
        ("proxy", _) => line(
            format!(
                "the proxy {proxy} cannot be reached. Check `http.proxy` (HTTPS_PROXY); what is reached without it stands in `http.no_proxy` (NO_PROXY)."
            ),
            format!(
                "Der Proxy {proxy} ist nicht zu erreichen. `http.proxy` (HTTPS_PROXY) prüfen; was ohne ihn erreicht wird, steht in `http.no_proxy` (NO_PROXY)."
            ),
        ),
        (_, "no_v1") => line(
            format!("{host} has its interface below /v1: put /v1 at the end of `base_url`."),
            format!("Die Schnittstelle von {host} liegt unter /v1: /v1 ans Ende von `base_url` setzen."),
        ),
        (_, "twice_v1") => line(
            format!("{host} has its interface below /v1 once: leave /v1 at the end of `base_url` out."),
            format!("Die Schnittstelle von {host} liegt nur einmal unter /v1: /v1 am Ende von `base_url` weglassen."),
        ),
        ("html", _) if status != "429" => match status {
            "401" | "403" => line(
                format!(
                    "a page stands before {host} ({status}): a log-in page, or a proxy that does not permit it. Have it permitted for this machine."
                ),
                format!(
                    "Vor {host} steht eine Webseite ({status}): eine Anmeldung, oder ein Proxy, der es nicht erlaubt. Für diesen Rechner freigeben lassen."
                ),
            ),
            "500" | "502" | "503" | "504" => line(
                format!("{host} passes on and gets no answer from behind ({status}). Does the model server behind it run?"),
                format!(
                    "{host} reicht weiter und bekommt von dahinter keine Antwort ({status}). Läuft der Modellserver dahinter?"
                ),
            ),
            _ => line(
                format!(
                    "{host} answers with a web page. Check the address: another server, a log-in page before it, or a path that is missing (most end with /v1)."
                ),
                format!(
                    "{host} antwortet mit einer Webseite. Die Adresse prüfen: ein anderer Server, eine Anmeldeseite davor, oder der Pfad fehlt (meist /v1 am Ende)."
                ),
            ),
        },
        _ => return None,
    })
}

/// Keys, tokens, roles, clocks.
fn who_asks(said: &Said<'_>) -> Option<Line> {
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

fn use_case() -> Line {
    line(
        "Anthropic wants the use case form first, once for the account: Bedrock's model catalog shows it with one of its models.",
        "Anthropic will zuerst das Formular zum Verwendungszweck, einmal je Konto: Der Modellkatalog von Bedrock zeigt es bei einem seiner Modelle.",
    )
}

/// Models, deployments, inference profiles.
fn which_model(said: &Said<'_>) -> Option<Line> {
    let (host, model, status) = (said.get("host"), said.get("model"), said.get("status"));
    Some(match (said.failure, said.get("detail")) {
        (Some(Failure::NoModel), "deployment") => line(
            format!("the resource {host} is there, and has no deployment `{model}`. It is the deployment's name that counts, not the model's; a new one takes five minutes."),
            format!("Die Ressource {host} gibt es, aber kein Deployment `{model}`. Es zählt der Name des Deployments, nicht der des Modells; ein neues braucht fünf Minuten."),
        ),
        (Some(Failure::NoModel), "path") => line(
            format!("{host} is there, and not this path: `endpoint` is https://NAME.openai.azure.com without more; with `api: classic` check `api_version`, without it try `api: classic`."),
            format!("{host} gibt es, diesen Pfad nicht: `endpoint` ist https://NAME.openai.azure.com ohne mehr; mit `api: classic` die `api_version` prüfen, ohne `api: classic` versuchen."),
        ),
        (_, "api_version") => line(
            format!("{host} does not take this `api_version` for this model: leave `api: classic` out, or set a later one."),
            format!("{host} nimmt diese `api_version` für dieses Modell nicht an: `api: classic` weglassen, oder eine spätere setzen."),
        ),
        (_, "inference_profile") => {
            let profiles = said.get("profiles");
            let try_one = |words: &str| if profiles.is_empty() { String::new() } else { format!("{words}{profiles}") };
            line(
                format!("`{model}` is reached by an inference profile alone; set its id as `model`{}. `aws bedrock list-inference-profiles` lists them.", try_one(": ")),
                format!("`{model}` ist nur über ein Inferenzprofil zu erreichen; dessen ID als `model` setzen{}. `aws bedrock list-inference-profiles` nennt sie.", try_one(": ")),
            )
        }
        (_, "model_id") => line(
            format!("Bedrock has no `{model}` in this region. `aws bedrock list-inference-profiles` lists what it has; an id has its version in it."),
            format!("Bedrock hat in dieser Region kein `{model}`. `aws bedrock list-inference-profiles` nennt, was es gibt; zur ID gehört die Version."),
        ),
        (Some(Failure::NoModel), "use_case") => use_case(),
        (Some(Failure::NoModel), "retired") => line(
            format!("`{model}` is on its way out and closed to who has not used it of late: take its successor."),
            format!("`{model}` läuft aus und ist für alle gesperrt, die es zuletzt nicht genutzt haben: den Nachfolger nehmen."),
        ),
        (Some(Failure::NoModel), "no_models") => line(
            format!("{host} has no model at all: load one (`ollama pull {model}`)."),
            format!("{host} hat gar kein Modell: eines laden (`ollama pull {model}`)."),
        ),
        (Some(Failure::NoModel), "listed") => line(
            format!("{host} lists `{model}`, and does not chat with it ({status}). Is it an embedding model? Is its path another one?"),
            format!("{host} führt `{model}`, chattet aber nicht damit ({status}). Ist es ein Einbettungsmodell? Ist der Pfad ein anderer?"),
        )
        .quoting(said),
        (Some(Failure::NoModel), _) if !said.get("models").is_empty() => {
            let names = said.get("models");
            let all = said.get("models_in_all").parse().unwrap_or(0_usize);
            let more = all.saturating_sub(names.split(", ").count());
            let (en, de) = match more {
                0 => (String::new(), String::new()),
                more => (format!(", and {more} more"), format!(" und {more} weitere")),
            };
            line(format!("no model `{model}`; there are: {names}{en}."), format!("Kein Modell `{model}`; es gibt: {names}{de}."))
        }
        (Some(Failure::NoModel), _) => line(
            format!("there is no such model or deployment ({status}). Check its name, the address and its path, and that it is enabled for the account."),
            format!("Dieses Modell oder Deployment gibt es nicht ({status}). Namen, Adresse und Pfad prüfen, und ob es für das Konto freigeschaltet ist."),
        )
        .quoting(said),
        _ => return None,
    })
}

/// Everything else, by the failure alone.
fn by_failure(said: &Said<'_>) -> Option<Line> {
    let (host, status, code) = (said.get("host"), said.get("status"), said.code());
    let wait = said.get("wait_seconds");
    Some(match (said.failure?, said.get("detail")) {
        (Failure::RateLimited, _) => {
            let (en, de) = match wait {
                "" => ("Wait".to_owned(), "Warten".to_owned()),
                wait => (format!("Wait {wait} s"), format!("{wait} s warten")),
            };
            line(
                format!("it is set up right, and takes no more requests or tokens for this minute ({status}). {en}, or have the limit raised."),
                format!("Richtig eingerichtet, nimmt aber für diese Minute keine Anfragen oder Tokens mehr an ({status}). {de}, oder die Grenze erhöhen lassen."),
            )
        }
        (Failure::QuotaExhausted, "credit") => line(
            "the key is right, and the prepaid credit is used up: buy some under \"Billing\". Waiting does not help.",
            "Der Schlüssel stimmt, aber das Guthaben ist aufgebraucht: unter „Billing“ aufladen. Warten hilft nicht.",
        ),
        (Failure::QuotaExhausted, _) => line(
            format!("the key is right, and its quota or spending limit is used up ({code}): raise it with the provider. Waiting does not help."),
            format!("Der Schlüssel stimmt, aber Kontingent oder Ausgabengrenze ist erschöpft ({code}): beim Anbieter erhöhen. Warten hilft nicht."),
        ),
        (Failure::Overloaded, "loading") => line(
            format!("{host} still loads the model. Ask again in a minute."),
            format!("{host} lädt das Modell noch. In einer Minute wieder fragen."),
        ),
        (Failure::Overloaded, _) => line(
            format!("it is set up right, and the provider has no capacity now ({status}). Ask again later; a second model in `chat` takes over meanwhile."),
            format!("Richtig eingerichtet, aber der Anbieter hat gerade keine Kapazität ({status}). Später wieder fragen; solange springt ein zweites Modell in `chat` ein."),
        ),
        (Failure::TimedOut, _) => line(
            format!("{host} took longer than it may. A model that loads or a slow machine needs more `http.read_timeout_ms`."),
            format!("{host} hat zu lange gebraucht. Ein Modell, das noch lädt, oder ein langsamer Rechner braucht mehr `http.read_timeout_ms`."),
        ),
        (Failure::Malformed, _) => line(
            format!("{host} answers, and not as this provider does. Check the address, its port and its path."),
            format!("{host} antwortet, aber nicht wie dieser Anbieter. Adresse, Port und Pfad prüfen."),
        ),
        (Failure::Rejected, _) => line(
            format!("it does not take the request ({code}). What a model can do are settings: `reasoning`, `capabilities` (docs/providers.md)."),
            format!("Die Anfrage wird nicht angenommen ({code}). Was ein Modell kann, sind Einstellungen: `reasoning`, `capabilities` (docs/providers.md)."),
        )
        .quoting(said),
        (Failure::ContentFiltered, _) => line(
            "the content filter of the provider withheld the answer to a harmless request: check the filter of the deployment.",
            "Der Inhaltsfilter des Anbieters hat die Antwort auf eine harmlose Anfrage zurückgehalten: den Filter des Deployments prüfen.",
        ),
        _ => return None,
    })
}
