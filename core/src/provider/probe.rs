//! One small call to a chat model, and what is wrong in one line.

use std::time::Instant;

use super::{ChatMessage, ChatModel, ChatRequest, ChatRole, Failure, StopReason, Usage};
use crate::{Error, error::ErrorRecord, types::Language};

/// Tokens of the answer at most: enough for models that think first to say something.
const OUTPUT: u32 = 64;

/// What one call to a chat model came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ProbeReport {
    /// Its provider.
    pub provider: String,
    /// As it was asked for.
    pub model: String,
    /// Whether it answered.
    pub ok: bool,
    /// How long it took.
    pub seconds: f64,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// What it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
}

/// Asks a model to say `OK`. Nothing of a corpus is sent.
pub async fn probe(model: &dyn ChatModel) -> ProbeReport {
    let capabilities = model.capabilities();
    let request = ChatRequest {
        messages: vec![ChatMessage { role: ChatRole::User, text: "Say OK.".to_owned() }],
        max_tokens: Some(OUTPUT.min(capabilities.output_tokens.unwrap_or(OUTPUT))),
        temperature: capabilities.temperature.then_some(0.0),
        ..ChatRequest::default()
    };
    let begun = Instant::now();
    let answer = match model.chat(request).await {
        Ok(stream) => stream.collect().await,
        Err(error) => Err(error),
    };
    let answer = answer.and_then(|answer| match answer.stop {
        StopReason::ContentFilter => Err(Failure::ContentFiltered.error()),
        _ => Ok(answer),
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (provider, name) = (model.provider().to_owned(), model.name().to_owned());
    match answer {
        Ok(answer) => {
            let (answered, usage) = (answer.model, Some(answer.usage));
            ProbeReport { provider, model: name, ok: true, seconds, answered, usage, error: None }
        }
        Err(error) => {
            let error = Some(ErrorRecord::from(&error));
            ProbeReport { provider, model: name, ok: false, seconds, answered: None, usage: None, error }
        }
    }
}

/// What is wrong and what to do, in a line.
pub fn explained(error: &ErrorRecord, language: Language) -> String {
    let said = |key: &str| error.context.get(key).map(String::as_str).unwrap_or_default();
    let (host, status) = (said("host"), said("status"));
    let known = Failure::of(&Error::from(error.clone()));
    let (en, de) = match (known, said("reason"), said("detail")) {
        (_, "dns", _) => (
            format!("no such host: {host}. Check the address, and DNS or the proxy's name."),
            format!("Unbekannter Rechner: {host}. Adresse prüfen, DNS oder den Namen des Proxys."),
        ),
        (_, "refused", _) => (
            format!("{host} refuses the connection. Does the server run, on this port? Does a firewall stand between?"),
            format!("{host} nimmt keine Verbindung an. Läuft der Server, an diesem Port? Steht eine Firewall dazwischen?"),
        ),
        (_, "tls", "unknown_issuer") => (
            format!("the certificate of {host} is by an authority that is not known here. Name it in `http.ca_bundle`; a proxy that reads along has its own."),
            format!("Das Zertifikat von {host} ist von einer hier unbekannten Stelle. Sie in `http.ca_bundle` nennen; ein mitlesender Proxy hat seine eigene."),
        ),
        (_, "tls", "expired" | "not_valid_yet") => (
            format!("the certificate of {host} is not valid today. Check the clock of this machine; else its operator has to renew it."),
            format!("Das Zertifikat von {host} gilt heute nicht. Die Uhr dieses Rechners prüfen; sonst muss es der Betreiber erneuern."),
        ),
        (_, "tls", "wrong_name") => (
            format!("the certificate is not that of {host}. Check the address."),
            format!("Das Zertifikat ist nicht das von {host}. Die Adresse prüfen."),
        ),
        (_, "tls", detail) => (
            format!("no secure connection to {host} ({detail})."),
            format!("Keine sichere Verbindung zu {host} ({detail})."),
        ),
        (_, "proxy", _) => (
            "the proxy cannot be reached or does not let through. Check `http.proxy` (`HTTPS_PROXY`), its user and password, and `NO_PROXY`.".to_owned(),
            "Der Proxy ist nicht zu erreichen oder lässt nicht durch. `http.proxy` (`HTTPS_PROXY`) prüfen, Name und Passwort, und `NO_PROXY`.".to_owned(),
        ),
        (Some(Failure::TimedOut), _, _) => (
            format!("{host} took longer than it may. A model that loads or a slow machine needs more `http.read_timeout_ms`."),
            format!("{host} hat zu lange gebraucht. Ein Modell, das noch lädt, oder ein langsamer Rechner braucht mehr `http.read_timeout_ms`."),
        ),
        (Some(Failure::Unauthorized), reason, _) => (
            format!("the key or token is not accepted ({status} {reason}). Check it, what it may do, and the clock of this machine."),
            format!("Schlüssel oder Token wird nicht angenommen ({status} {reason}). Ihn prüfen, seine Rechte, und die Uhr dieses Rechners."),
        ),
        (Some(Failure::NoModel), _, _) => (
            format!("there is no such model or deployment ({status}). Check its name and its region, and that it is enabled for the account."),
            format!("Dieses Modell oder Deployment gibt es nicht ({status}). Namen und Region prüfen, und ob es für das Konto freigeschaltet ist."),
        ),
        (Some(Failure::RateLimited | Failure::QuotaExhausted | Failure::Overloaded), _, _) => (
            format!("it is set up right, and its limit or quota is used up now ({status}). Wait, or have the limit raised."),
            format!("Richtig eingerichtet, aber Grenze oder Kontingent ist gerade erschöpft ({status}). Warten, oder die Grenze erhöhen lassen."),
        ),
        (Some(Failure::Malformed), _, _) | (_, "page", _) => (
            format!("{host} answers, and not as this provider does. Check the address: the path, and whether a log-in page stands before it."),
            format!("{host} antwortet, aber nicht wie dieser Anbieter. Die Adresse prüfen: den Pfad, und ob eine Anmeldeseite davorsteht."),
        ),
        (Some(Failure::Rejected), reason, _) => (
            format!("it does not take the request ({status} {reason}). Capabilities of a model are settings (docs/providers.md)."),
            format!("Die Anfrage wird nicht angenommen ({status} {reason}). Was ein Modell kann, sind Einstellungen (docs/providers.md)."),
        ),
        _ => {
            let hint = error.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
            let told = format!("{}{hint}", error.message);
            (told.clone(), told)
        }
    };
    if language == Language::En { en } else { de }
}
