//! Errors as people read them. The library's messages are English; for the codes that are met most there is German here,
//! for all others what their kind comes to stands before the message.

use beleg::{Error, ErrorKind, error::ErrorRecord, types::Notice};

use super::Lang;
use crate::output::{CYAN, DIM, RED, styled};

/// Code, message and hint. A hint that names a value comes from the library, and its frame is translated by [`framed`].
const GERMAN: &[(&str, &str, Option<&str>)] = &[
    ("archive.encrypted", "die Datei im Archiv ist verschlüsselt", Some("Passwort mit --password-file angeben")),
    (
        "audit.timestamp_differs",
        "der Zeitstempel ist nicht der, der verlangt wurde",
        Some("nichts davon wurde behalten; noch einmal anfordern, oder bei einem anderen Dienst"),
    ),
    (
        "audit.timestamp_refused",
        "der Dienst hat keinen Zeitstempel gegeben",
        Some("den Betreiber des Dienstes fragen, oder einen anderen Dienst"),
    ),
    (
        "audit.tls",
        "die Gegenseite ist nicht nachweislich die, die ihre Adresse nennt",
        Some(
            "bei einer eigenen Zertifizierungsstelle eine Datei mit deren Zertifikat nennen (`ca_bundle`, SSL_CERT_FILE); sonst Adresse \
             und Uhr prüfen",
        ),
    ),
    (
        "audit.unreachable",
        "ein Zeuge oder Zeitstempeldienst antwortet nicht",
        Some("Adresse, Netz und HTTPS_PROXY prüfen und den Befehl später wiederholen: nichts ist verloren"),
    ),
    (
        "audit.witness_ahead",
        "ein Zeuge hat mehr Einträge gesehen, als das Protokoll in diesem Ordner hat",
        Some(
            "Ordner und Schlüssel sind eine ältere Kopie oder gingen anders weiter: die neueren zurückholen, oder mit \
             `beleg audit resume CORPUS` eine Epoche beginnen, die die Lücke nennt",
        ),
    ),
    (
        "audit.witness_forked",
        "ein Zeuge hat ein anderes Protokoll gesehen als das in diesem Ordner",
        Some(
            "Ordner und Schlüssel sind eine ältere Kopie oder gingen anders weiter: die neueren zurückholen, oder mit \
             `beleg audit resume CORPUS` eine Epoche beginnen, die die Lücke nennt",
        ),
    ),
    (
        "audit.witness_says_more",
        "der Zeuge hat nach seinen Worten mehr gesehen, als dieses Protokoll hat: zurückgesetzt oder abgezweigt?",
        Some(
            "er zeigt keinen Prüfpunkt, den dieses Protokoll unterschrieben hat, und so geht es ohne seine Unterschrift weiter: seinen \
             Betreiber nach dem letzten fragen und vergleichen, was Sicherungen, andere Zeugen und ausgeführte Prüfpunkte haben",
        ),
    ),
    (
        "audit.witness_says_other",
        "der Zeuge hat nach seinen Worten etwas anderes gesehen als dieses Protokoll: abgezweigt?",
        Some(
            "er zeigt keinen Prüfpunkt, den dieses Protokoll unterschrieben hat, und so geht es ohne seine Unterschrift weiter: seinen \
             Betreiber nach dem letzten fragen und vergleichen, was Sicherungen, andere Zeugen und ausgeführte Prüfpunkte haben",
        ),
    ),
    (
        "audit.witness_unknown_log",
        "der Zeuge kennt dieses Protokoll nicht",
        Some(
            "seinem Betreiber den Schlüssel geben, den `beleg audit key CORPUS` ausgibt; nach `resume` hat er einen anderen Namen",
        ),
    ),
    ("context.required", "der Aufruf sagt nicht, wer ihn macht", None),
    (
        "corpus.newer_format",
        "der Korpus hat ein neueres Format, als diese Version liest",
        Some("die Version von Beleg verwenden, die ihn geschrieben hat, oder eine neuere"),
    ),
    (
        "corpus.not_a_corpus",
        "das ist kein Korpus",
        Some("einen Korpus nennen, oder einen neuen oder leeren Ordner, um einen anzulegen"),
    ),
    ("corpus.not_found", "hier ist kein Korpus", Some("`beleg ingest CORPUS PATH` legt einen an")),
    (
        "corpus.other_model",
        "der Korpus wurde mit einem anderen Einbettungsmodell aufgebaut",
        Some("mit jenem Modell öffnen, oder mit `beleg rebuild CORPUS` neu einbetten"),
    ),
    ("corpus.sealed", "der Korpus ist versiegelt: eine Änderung braucht einen Grund", Some("mit `--reason TEXT` sagen, warum")),
    ("corpus.version_damaged", "eine Versionsdatei des Korpus ist nicht lesbar", Some("die Datei aus der Sicherung zurückholen")),
    (
        "document.ambiguous",
        "mehrere Dokumente haben diesen Namen",
        Some("die id angeben; `beleg documents CORPUS --json` nennt sie"),
    ),
    ("document.empty", "die Datei ist leer", None),
    ("document.encrypted", "das Dokument ist verschlüsselt", Some("Passwort mit --password-file angeben")),
    ("document.no_page", "diese Seite hat das Dokument nicht", None),
    (
        "document.no_pages",
        "darin wurde keine Seite gefunden",
        Some("die Datei noch einmal anfordern: vermutlich wurde sie unterwegs abgeschnitten"),
    ),
    ("document.not_found", "dieses Dokument hat der Korpus nicht", None),
    (
        "document.scanned",
        "die Seiten sind Bilder ohne Text",
        Some("Texterkennung (OCR) darüber laufen lassen und das Ergebnis einlesen"),
    ),
    ("document.time", "das Dokument braucht mehr Zeit als erlaubt", None),
    (
        "document.too_large",
        "die Datei ist größer als erlaubt",
        Some("limits.file_bytes erhöhen, wenn die Datei vertrauenswürdig ist"),
    ),
    ("document.wrong_password", "das Passwort ist falsch", None),
    (
        "eval.documents",
        "der Korpus hat keines der Dokumente, nach denen gefragt wird",
        Some("`document` ist der Name, unter dem eingelesen wurde: `beleg documents CORPUS` zeigt sie"),
    ),
    (
        "eval.row",
        "eine Zeile der Fragen ist nicht, wie sie sein soll",
        Some(r#"eine Zeile ist {"id", "question", "document", "quote"}, nichts davon leer"#),
    ),
    (
        "hold.active",
        "eine Löschsperre hält es",
        Some("wenn es nicht mehr aufbewahrt werden muss: `beleg hold CORPUS --release ID --reason TEXT`"),
    ),
    ("hold.not_found", "diese Löschsperre gibt es nicht", Some("`beleg hold CORPUS --list` zeigt sie")),
    (
        "hold.nothing",
        "davon ist nichts da",
        Some("Dokumente nach Name oder id nennen, Personen nach der id des aufrufenden Programms, Antworten nach ihrer id"),
    ),
    (
        "ingest.other_root",
        "ein anderes Dokument dieses Namens kam aus einem anderen Ordner",
        Some("mit `--as PREFIX` als eigenes Dokument einlesen, oder mit `--replace` als seine neue Version"),
    ),
    ("ingest.same_name", "eine andere Datei dieses Laufs hat denselben Namen", Some("eine der beiden umbenennen")),
    ("interrupted", "abgebrochen", Some("was veröffentlicht ist, bleibt; derselbe Befehl macht dort weiter")),
    (
        "io.disk_full",
        "der Datenträger ist voll",
        Some("Platz schaffen und den Befehl wiederholen: er macht dort weiter, wo er aufhörte"),
    ),
    ("io.not_found", "die Datei oder der Ordner ist nicht da", None),
    ("io.permission", "der Zugriff ist nicht erlaubt", Some("die Rechte der Datei und ihres Ordners prüfen")),
    ("io.read_only", "das Dateisystem ist schreibgeschützt", Some("einen Ordner verwenden, in den geschrieben werden kann")),
    ("label.empty", "ein Kennzeichen ist leer", Some("weglassen oder benennen")),
    ("limit.text", "das Dokument hat mehr Text als erlaubt", None),
    ("model.folder_missing", "das Einbettungsmodell ist nicht da", Some("`beleg model fetch` holt es")),
    ("onnx.runtime_missing", "ONNX Runtime ist nicht da", Some("`beleg model fetch` holt sie")),
    ("page.scanned", "die Seite ist ein Bild ohne Text", None),
    ("question.empty", "die Frage ist leer", None),
    ("question.too_long", "die Frage ist zu lang", None),
    ("reason.empty", "der Grund ist leer", Some("in einem Satz sagen, warum: wer das Protokoll liest, wird fragen")),
    ("retention.days", "das ist keine Frist in Tagen", None),
    ("retention.no_class", "diese Klasse gibt es nicht", Some("`beleg retention show CORPUS` zeigt sie")),
    ("seal.exists", "der Korpus ist schon versiegelt", Some("nichts ist zu tun: Änderungen geben ihren eigenen Grund an")),
    ("search.date", "das ist kein Datum", Some("so schreiben: 2025-12-31")),
    ("search.k", "so viele Treffer gibt es nicht", None),
    ("store.locked", "jemand anders schreibt gerade in diesen Korpus", None),
    ("text.damaged", "der gespeicherte Text eines Dokuments fehlt oder ist beschädigt", None),
];

/// What else is worth knowing about a document; `{}` is the number in the English sentence.
const NOTICES: &[(&str, &str)] = &[
    ("docx.comments", "das Dokument hat {} Kommentare; sie stehen hinter dem Text"),
    ("docx.hidden_text", "das Dokument hat verborgenen Text; er wurde gelesen und ist als verborgen gekennzeichnet"),
    ("docx.tracked_changes", "das Dokument hat nachverfolgte Änderungen: Eingefügtes wurde gelesen, Gelöschtes nicht"),
    ("eml.encrypted", "die Mail ist verschlüsselt (S/MIME oder PGP): ihr Text war nicht lesbar"),
    ("ooxml.embedded", "{} eingebettete Dateien wurden nicht gelesen: herauslösen und ebenfalls einlesen"),
    ("ooxml.external_relation", "{} Teile des Dokuments liegen außerhalb der Datei und wurden nicht geholt"),
    ("ooxml.macros", "die Datei hat Makros; sie wurden weder ausgeführt noch gelesen"),
    ("pdf.attachments", "das Dokument trägt {} Dateien; jede wird als eigenes Dokument gelesen"),
    ("pdf.hidden_text", "{} Seiten haben Text, den ein Leser nicht sieht; er ist als verborgen gekennzeichnet"),
    ("pdf.javascript", "das Dokument hat Skripte oder automatische Aktionen; keine wurde ausgeführt"),
    ("pdf.picture_pages", "{} Seiten sind fast nur Bild; was das Bild zeigt, wurde nicht gelesen"),
    ("pdf.unmapped_glyphs", "auf {} Seiten fehlen Zeichen, deren Bedeutung die Schrift nicht nennt"),
    ("xlsx.comments", "die Mappe hat {} Kommentare; sie stehen hinter den Zeilen ihrer Blätter"),
    ("xlsx.errors", "{} Zellen zeigen einen Fehler"),
    ("xlsx.formula_without_value", "{} Formeln haben kein gespeichertes Ergebnis: die Datei in Excel öffnen und speichern"),
    ("xlsx.hidden_cells", "{} Zellen sind ausgeblendet; sie wurden gelesen und sind als verborgen gekennzeichnet"),
    ("zip.links", "{} symbolischen Verweisen im Archiv wurde nicht gefolgt"),
];

/// Frames of hints that name a value: what stands before and behind it, in English and in German.
const FRAMES: &[((&str, &str), (&str, &str))] = &[
    (("did you mean ", "?"), ("gemeint ist vielleicht ", "")),
    (("it has ", " pages"), ("es hat ", " Seiten")),
    (("ask for ", " hits"), ("", " Treffer verlangen")),
    (("run `", "`"), ("`", "` ausführen")),
    (("`beleg documents CORPUS` lists them", ""), ("`beleg documents CORPUS` zeigt sie", "")),
];

fn german(code: &str) -> Option<&'static (&'static str, &'static str, Option<&'static str>)> {
    GERMAN.iter().find(|(known, ..)| *known == code)
}

/// What went wrong.
pub(crate) fn message(lang: Lang, error: &ErrorRecord) -> String {
    match (lang, german(&error.code)) {
        (Lang::En, _) => error.message.clone(),
        (Lang::De, Some((_, message, _))) => (*message).to_owned(),
        (Lang::De, None) => format!("{}: {}", kind(error.kind), error.message),
    }
}

/// The same of a page.
pub(crate) fn of_page<'m>(lang: Lang, code: &str, message: &'m str) -> &'m str {
    match (lang, german(code)) {
        (Lang::De, Some((_, german, _))) => german,
        _ => message,
    }
}

/// The same of what is worth knowing.
pub(crate) fn notice(lang: Lang, notice: &Notice) -> String {
    match (lang, NOTICES.iter().find(|(code, _)| *code == notice.code)) {
        (Lang::De, Some((_, german))) => {
            let digits = notice.message.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
            german.replace("{}", digits.unwrap_or("einige"))
        }
        _ => notice.message.clone(),
    }
}

/// What to do about it.
pub(crate) fn hint(lang: Lang, error: &ErrorRecord) -> Option<String> {
    let hint = error.hint.as_deref()?;
    match (lang, german(&error.code)) {
        (Lang::En, _) => Some(hint.to_owned()),
        (Lang::De, Some((_, _, Some(german)))) => Some((*german).to_owned()),
        (Lang::De, _) => Some(framed(hint).unwrap_or_else(|| hint.to_owned())),
    }
}

fn framed(hint: &str) -> Option<String> {
    FRAMES.iter().find_map(|((before, behind), (vor, nach))| {
        let value = hint.strip_prefix(before)?.strip_suffix(behind)?;
        Some(format!("{vor}{value}{nach}"))
    })
}

/// What a kind of error comes to.
fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "falscher Aufruf",
        ErrorKind::NotFound => "nicht gefunden",
        ErrorKind::Conflict => "Widerspruch",
        ErrorKind::Busy => "belegt",
        ErrorKind::Unsupported => "nicht unterstützt",
        ErrorKind::Encrypted => "verschlüsselt",
        ErrorKind::Malformed => "beschädigt",
        ErrorKind::Limit => "Grenze erreicht",
        ErrorKind::Environment => "Umgebung",
        ErrorKind::Corrupt => "Bestand beschädigt",
        ErrorKind::Cancelled => "abgebrochen",
        ErrorKind::Internal => "Fehler in Beleg",
        _ => "Fehler",
    }
}

/// What an item of context is called; its stable name when there is no other.
fn context(lang: Lang, key: &str) -> &str {
    let german = match key {
        "document" => "Dokument",
        "path" => "Pfad",
        "file" => "Datei",
        "page" => "Seite",
        "line" => "Zeile",
        "operation" => "Vorgang",
        "since" => "seit",
        "date" => "Datum",
        "known" => "bekannt",
        "this" => "dieses",
        "limit" => "Grenze",
        "labels" => "Kennzeichen",
        "hold" => "Löschsperre",
        "class" => "Klasse",
        "answer" => "Antwort",
        "corpus_model" => "Modell des Korpus",
        "this_model" => "dieses Modell",
        other => other,
    };
    lang.pick(key, german)
}

/// An error with where it happened and what to do about it.
pub(crate) fn error(lang: Lang, error: &Error) -> String {
    let record = ErrorRecord::from(error);
    let label = styled(RED, lang.pick("error", "Fehler"));
    let mut text = format!("{label} [{}]: {}\n", record.code, message(lang, &record));
    for (key, value) in error.context() {
        text.push_str(&format!("  {} {value}\n", styled(DIM, format!("{}:", context(lang, key)))));
    }
    if let Some(hint) = hint(lang, &record) {
        text.push_str(&format!("  {} {hint}\n", styled(CYAN, lang.pick("hint:", "Abhilfe:"))));
    }
    text
}

#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    GERMAN.iter().map(|(code, ..)| *code).chain(NOTICES.iter().map(|(code, _)| *code))
}
