use super::{
    super::Failure,
    access::who_asks,
    model::which_model,
    network::on_the_way,
    setting::which_setting,
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
        .or_else(|| which_setting(&said))
        .or_else(|| address(&said));
    let told = found.unwrap_or_else(|| otherwise(&said));
    if language == Language::En { told.en } else { told.de }
}

/// Everything else, by the failure alone.
fn by_failure(said: &Said<'_>) -> Option<Line> {
    let (host, status, code) = (said.get("host"), said.status(), said.code());
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
        (Failure::ServerError, _) => line(
            format!("{host} failed ({code}). Ask again; the provider's status page or the server's log may say more."),
            format!("{host} ist an der Anfrage gescheitert ({code}). Noch einmal versuchen; die Statusseite des Anbieters oder das Protokoll des Servers sagt vielleicht mehr."),
        )
        .quoting(said),
        (Failure::TimedOut, _) => line(
            format!("{host} took longer than it may. A model that loads or a slow machine needs more `http.read_timeout_ms`."),
            format!("{host} hat zu lange gebraucht. Ein Modell, das noch lädt, oder ein langsamer Rechner braucht mehr `http.read_timeout_ms`."),
        ),
        (Failure::Malformed, _) => line(
            format!("{host} answers, and not as this provider does. Check the address, its port and its path."),
            format!("{host} antwortet, aber nicht wie dieser Anbieter. Adresse, Port und Pfad prüfen."),
        ),
        (Failure::Rejected, _) if said.get("reason") == "request" => line(
            "the request cannot be sent as it is: a key or token holds a sign that no header may hold, such as a line break.",
            "Die Anfrage lässt sich so nicht senden: Ein Schlüssel oder Token enthält ein Zeichen, das kein Header enthalten darf, etwa einen Zeilenumbruch.",
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
        (Failure::Unreachable | Failure::CutOff, _) => line(
            format!("the connection to {host} was lost. Ask again; a proxy, a firewall or a server that restarts ends connections."),
            format!("Die Verbindung zu {host} ist abgerissen. Noch einmal versuchen; ein Proxy, eine Firewall oder ein Server, der neu startet, beendet Verbindungen."),
        ),
        (Failure::TooLong, _) => line(
            format!("the window of the model is smaller than a question of two words ({code}): start it with a larger one (docs/providers.md)."),
            format!("Das Fenster des Modells ist kleiner als eine Frage von zwei Wörtern ({code}): mit einem größeren starten (docs/providers.md)."),
        )
        .quoting(said),
        (Failure::Unauthorized | Failure::NoModel, _) => return None,
    })
}

/// An address of which nothing is shown: it may hold a password.
fn address(said: &Said<'_>) -> Option<Line> {
    said.is("http.address").then(|| {
        line(
            "an address is none of a provider: it begins with https:// or http://, holds no name and no password, and ends before a question mark or a hash. Keys are settings of their own.",
            "Eine Adresse ist keine eines Anbieters: Sie beginnt mit https:// oder http://, enthält weder Namen noch Passwort und endet vor einem Fragezeichen oder einer Raute. Schlüssel sind eigene Einstellungen.",
        )
    })
}

/// What has no sentence here: a file that cannot be read, a profile that is not there.
fn otherwise(said: &Said<'_>) -> Line {
    line(said.message(), format!("Es ging nicht, auf Englisch: {}", said.message())).quoting(said)
}
