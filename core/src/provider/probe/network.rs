use super::text::{Line, Said, line};

/// Names, proxies, TLS, and servers that are not the provider.
pub(super) fn on_the_way(said: &Said<'_>) -> Option<Line> {
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
        (_, "login") => line(
            format!(
                "the proxy {proxy} wants a login, or does not accept this one (407): `http.proxy` with user and password in it, as a file by BELEG_HTTP__PROXY_FILE."
            ),
            format!(
                "Der Proxy {proxy} will eine Anmeldung oder nimmt diese nicht an (407): `http.proxy` mit Name und Passwort darin, als Datei über BELEG_HTTP__PROXY_FILE."
            ),
        ),
        ("proxy", "refused") => line(
            format!(
                "the proxy {proxy} does not let through to {host}: it is not permitted there (403), or the proxy does not reach it itself (502, 503, 504). Its log says which; have it permitted."
            ),
            format!(
                "Der Proxy {proxy} lässt nicht zu {host} durch: dort nicht freigegeben (403), oder für ihn selbst nicht erreichbar (502, 503, 504). Sein Protokoll sagt, welches von beiden; freigeben lassen."
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
        _ if status.starts_with('3') => line(
            format!(
                "{host} redirects ({status}), and no key follows a redirection. Set the address that it leads to: often https:// in place of http://, or a log-in page stands before it."
            ),
            format!(
                "{host} leitet um ({status}), und kein Schlüssel folgt einer Umleitung. Die Adresse setzen, zu der sie führt: oft https:// statt http://, oder eine Anmeldeseite steht davor."
            ),
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
