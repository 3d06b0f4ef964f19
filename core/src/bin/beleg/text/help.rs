//! `--help` in German. The English of it stands at the arguments themselves, in `args.rs`.

use clap::{Arg, ArgAction, Command};

/// What a command is for, and what its arguments are, by their ids.
struct Help {
    /// Names of the command and those above it; empty for the program.
    path: &'static [&'static str],
    about: &'static str,
    arguments: &'static [(&'static str, &'static str)],
}

const CORPUS: (&str, &str) = ("corpus", "Der Korpus");
const DOCUMENTS: (&str, &str) = ("documents", "Namen oder ids");
const MODE: (&str, &str) = ("mode", "Wonach gesucht wird: hybrid, dense (Bedeutung), text (Wörter)");
const FILTER: [(&str, &str); 5] = [
    ("documents", "Nur dieses Dokument, nach Name oder id (wiederholbar)"),
    ("types", "Nur diese Art: pdf, docx, xlsx, ... (wiederholbar)"),
    ("languages", "Nur diese Sprache: de, en, other (wiederholbar)"),
    ("labels", "Nur Dokumente mit diesem Kennzeichen (wiederholbar)"),
    ("date", "Nur Dokumente dieser Tage: 2025-01-01..2025-12-31, ein Ende darf fehlen"),
];

const GERMAN: &[Help] = &[
    Help {
        path: &[],
        about: "Antworten aus Prüfungsunterlagen, mit byteweise geprüften Zitaten.\n\n\
            Ein Korpus ist ein Ordner. `beleg ingest ./audit unterlagen/` legt ihn an und liest, was in `unterlagen/` ist; \
            `beleg ask ./audit \"Wie hoch sind die Pensionsrückstellungen?\"` antwortet mit wörtlichen Zitaten.",
        arguments: &[
            ("json", "JSON statt Text ausgeben (docs/json.md)"),
            ("lang", "Sprache der Ausgabe; sonst die der Umgebung (LC_ALL, LC_MESSAGES, LANG)"),
            (
                "model",
                "Ordner des Einbettungsmodells, oder eines bei einem Anbieter; sonst das der Konfiguration oder das geholte Standardmodell",
            ),
            ("keys", "Ordner der Schlüssel; sonst `beleg/keys` im Datenordner des Benutzers"),
            ("threads", "Wie viele Dokumente zugleich gelesen und Texte eingebettet werden; sonst alle Kerne"),
            (
                "config",
                "Die Konfiguration (docs/configuration.md); sonst `beleg/config.yaml` im Konfigurationsordner des Benutzers",
            ),
            (
                "any_folder",
                "Einen Korpus auch auf einem Netzlaufwerk oder in einem Ordner anlegen, den ein Programm synchronisiert",
            ),
            ("reason", "Warum etwas geändert wird, für das Protokoll; ein versiegelter Korpus verlangt es"),
        ],
    },
    Help {
        path: &["ingest"],
        about: "Ordner und Dateien in einen Korpus einlesen; ist keiner da, wird er angelegt\n\n\
            Unveränderte Dateien werden übersprungen, geänderte sind neue Versionen. Was nicht lesbar war, steht am Ende; der \
            Exit-Code ist dann 1. Strg-C hält jederzeit an: derselbe Befehl macht dort weiter.",
        arguments: &[
            ("corpus", "Der Korpus: ein Ordner, neu oder leer, um ihn anzulegen"),
            ("paths", "Ordner und Dateien"),
            ("prefix", "Vor jeden Namen setzen, um Dateien gleichen Namens auseinanderzuhalten"),
            ("replace", "Dateien eines anderen Ordners an die Stelle der Dokumente ihres Namens setzen"),
            ("labels", "Alle Dokumente dieses Aufrufs kennzeichnen, auch unveränderte (wiederholbar)"),
            ("password_file", "Datei mit Passwörtern für verschlüsselte Dokumente, eines je Zeile"),
            ("retry", "Noch einmal lesen, was nicht oder nicht ganz lesbar war, auch wenn es unverändert ist"),
        ],
    },
    Help {
        path: &["search"],
        about: "Textstellen finden",
        arguments: &[
            CORPUS,
            ("query", "Wonach gesucht wird"),
            ("k", "Anzahl der Treffer"),
            MODE,
            ("fusion", "Wie Bedeutung und Wörter verbunden werden: signals, rrf"),
            FILTER[0],
            FILTER[1],
            FILTER[2],
            FILTER[3],
            FILTER[4],
        ],
    },
    Help {
        path: &["ask"],
        about: "Eine Frage mit wörtlichen Zitaten beantworten",
        arguments: &[
            CORPUS,
            ("question", "Die Frage"),
            (
                "passages",
                "Höchstens so viele Textstellen: Zitate (sonst 3), mit --chat was das Modell zu sehen bekommt (sonst 8)",
            ),
            (
                "chat",
                "Die Antwort von diesem Sprachmodell formulieren lassen statt von denen der Konfiguration; jede Aussage wird an den Textstellen geprüft\n\n\
                    ANBIETER/MODELL: openai-compatible/NAME, anthropic/NAME, azure/DEPLOYMENT, bedrock/ID. Adressen und Schlüssel kommen \
                    aus der Umgebung (docs/providers.md). Mehrmals angegeben, wird jedes gefragt, wenn das vor ihm versagt; `quotes` als \
                    letztes antwortet nur mit Zitaten.",
            ),
            ("follows", "Von dieser Antwort aus weiterfragen, nach ihrer id: die Frage wird eigenständig gemacht (mit --chat)"),
            ("searches", "Höchstens so viele Suchen, 1 bis 5: eine Frage aus mehreren Teilen wird zerlegt (mit --chat)"),
            ("draft", "Sofort zeigen, was das Modell schreibt, ungeprüft und so bezeichnet (mit --chat)"),
            (
                "policy",
                "Was aus Aussagen wird, die ihre Zitate nicht tragen: strict (zurückgehalten), flag (mit dem Ergebnis gezeigt)",
            ),
            FILTER[0],
            FILTER[1],
            FILTER[2],
            FILTER[3],
            FILTER[4],
        ],
    },
    Help {
        path: &["eval"],
        about: "Die Suche messen, mit Fragen, deren Antworten bekannt sind",
        arguments: &[
            CORPUS,
            ("questions", "Zeilen aus {\"id\", \"question\", \"document\", \"quote\"}"),
            ("k", "Wie viele Treffer angesehen werden"),
            MODE,
        ],
    },
    Help {
        path: &["documents"],
        about: "Die Dokumente auflisten, und was aus ihnen wurde",
        arguments: &[CORPUS, ("deleted", "Die, die aus dem Index genommen und noch nicht gelöscht sind")],
    },
    Help {
        path: &["show"],
        about: "Ein Dokument so zeigen, wie es gelesen wurde",
        arguments: &[
            CORPUS,
            ("document", "Name oder id"),
            ("page", "Nur diese Seite"),
            ("picture", "Das Bild der Seite schreiben (PDF)"),
            ("highlight", "Diese Bytes des Seitentexts hervorheben"),
            ("password_file", "Datei mit Passwörtern für ein verschlüsseltes Dokument, eines je Zeile"),
        ],
    },
    Help {
        path: &["relabel"],
        about: "Dokumenten andere Kennzeichen geben\n\n\
            Teile von Archiven und Mails folgen ihnen. Nichts wird neu eingebettet, und es gilt sofort.",
        arguments: &[
            CORPUS,
            DOCUMENTS,
            ("labels", "Ihre Kennzeichen, an Stelle der bisherigen (wiederholbar)"),
            ("clear", "Alle Kennzeichen entfernen"),
        ],
    },
    Help { path: &["delete"], about: "Dokumente aus dem Index nehmen", arguments: &[CORPUS, DOCUMENTS] },
    Help {
        path: &["rebuild"],
        about: "Den Index neu aufbauen, mit diesem Modell und diesen Einstellungen",
        arguments: &[CORPUS],
    },
    Help {
        path: &["bundle"],
        about: "Eine Antwort als Beweispaket ausgeben, das anderswo und ohne Beleg geprüft wird\n\n\
            Ein ZIP mit der Antwort, ihren Textstellen, den zitierten Blöcken und Bildern davon, den Einträgen des Protokolls und \
            ihren Beweisen. Sonst enthält es nichts von den Dokumenten.",
        arguments: &[
            CORPUS,
            ("answer", "Die Antwort, nach ihrer id"),
            ("output", "In diese Datei schreiben"),
            ("full_pages", "Die zitierten Seiten ganz hinzufügen"),
            ("originals", "Die Originale der zitierten Dokumente hinzufügen"),
            ("checkpoint", "Gegen den Prüfpunkt dieser Größe beweisen; sonst den ersten, der die Antwort erfasst"),
            (
                "around",
                "Die Einträge des Protokolls um die Antwort hinzufügen, damit keiner fehlen kann: day (Tag), epoch (Epoche) oder Plätze \
                 FIRST..END\n\nSie enthalten keinen Inhalt. Sie sagen, wie oft was getan wurde, unter welchen Pseudonymen.",
            ),
            ("password_file", "Datei mit Passwörtern für verschlüsselte Dokumente, eines je Zeile"),
        ],
    },
    Help {
        path: &["verify"],
        about: "Ein Beweispaket prüfen\n\nOhne --key ist es nicht gut: ein Fälscher unterschreibt alles neu.",
        arguments: &[
            ("file", "Das Beweispaket"),
            ("known", "Ein Prüfschlüssel, der von anderswo bekannt ist, wie `beleg audit key` ihn ausgibt (wiederholbar)"),
        ],
    },
    Help {
        path: &["replay"],
        about: "Prüfen, ob eine protokollierte Antwort wieder herauskommt",
        arguments: &[CORPUS, ("answer", "Die Antwort, nach ihrer id")],
    },
    Help {
        path: &["erase"],
        about: "Löschen, was eine Person, ein Dokument oder eine Antwort betrifft; es ist nicht rückgängig zu machen\n\n\
            Schlüssel werden vernichtet, Index, Text und Originale bereinigt, und ein Eintrag sagt es. Jeder Beweis gilt weiter.",
        arguments: &[
            CORPUS,
            (
                "subject",
                "Was eine Person gefragt und bekommen hat, und Dokumente über sie, nach der id des aufrufenden Programms",
            ),
            ("document", "Ein Dokument, nach Name oder id"),
            ("answer", "Eine Antwort, nach ihrer id"),
        ],
    },
    Help {
        path: &["hold"],
        about: "Dokumente, Daten von Personen und Antworten aufbewahren, was auch ihre Frist sagt, bis die Löschsperre freigegeben wird\n\n\
            Solange eine Löschsperre es hält, wird nichts davon gelöscht, aus dem Index genommen oder nach seiner Frist entfernt.",
        arguments: &[
            CORPUS,
            ("documents", "Dieses Dokument mit allen Teilen aufbewahren, nach Name oder id (wiederholbar)"),
            ("subjects", "Aufbewahren, was diese Person betrifft, nach der id des aufrufenden Programms (wiederholbar)"),
            ("answers", "Diese Antwort aufbewahren, nach ihrer id (wiederholbar)"),
            ("list", "Die Löschsperren auflisten"),
            ("release", "Diese Löschsperre freigeben"),
            ("reason", "Warum, für das Protokoll"),
        ],
    },
    Help {
        path: &["retention"],
        about: "Sagen, wie lange etwas aufbewahrt wird, und löschen, was seine Frist überschritten hat",
        arguments: &[],
    },
    Help {
        path: &["retention", "set"],
        about: "Sagen, wie lange eine Klasse aufbewahrt wird\n\n\
            Ein Dokument ist von der Klasse seines Kennzeichens `retention:CLASS`; was keine nennt, von der Vorgabe. Gelöscht wird erst mit \
            `apply`.",
        arguments: &[
            CORPUS,
            ("class", "Die Klasse"),
            ("days", "Ihre Frist in Tagen, ab dem Einlesen eines Dokuments oder der Zeit eines Eintrags: 3653 sind zehn Jahre"),
            ("default", "Sie zur Klasse all dessen machen, was keine nennt"),
        ],
    },
    Help {
        path: &["retention", "remove"],
        about: "Einer Klasse die Frist nehmen: was von ihr ist, bleibt",
        arguments: &[CORPUS, ("class", "Die Klasse")],
    },
    Help { path: &["retention", "show"], about: "Die Fristen zeigen", arguments: &[CORPUS] },
    Help {
        path: &["retention", "apply"],
        about: "Löschen, was seine Frist überschritten hat: Dokumente, und worauf Einträge sich festlegen; es ist nicht rückgängig zu machen\n\n\
            Eine Löschsperre hält länger. Einträge bleiben, und jeder Beweis gilt weiter.",
        arguments: &[CORPUS, ("dry_run", "Nur sagen, was gelöscht würde")],
    },
    Help {
        path: &["seal"],
        about: "Ab hier keine Änderung ohne Grund im Protokoll; es ist nicht rückgängig zu machen\n\n\
            Wer einliest, löscht, kennzeichnet, neu aufbaut oder Fristen anwendet, gibt dann --reason an. Suchen und Fragen gehen weiter.",
        arguments: &[CORPUS, ("reason", "Warum, für das Protokoll")],
    },
    Help {
        path: &["external"],
        about: "Welchen Anbietern von Sprachmodellen außer Haus Text des Korpus geschickt werden darf: anfangs keinem",
        arguments: &[],
    },
    Help {
        path: &["external", "names"],
        about: "Namen von Unternehmen und Personen in den Dokumenten, für die eigene Liste dessen, was vor dem Senden ersetzt wird",
        arguments: &[CORPUS, ("n", "Wie viele, die häufigsten zuerst")],
    },
    Help {
        path: &["external", "allow"],
        about: "Erlauben, mit Eintrag im Protokoll",
        arguments: &[
            CORPUS,
            ("provider", "Der Anbieter: anthropic, aws.bedrock, azure.ai.openai, openai_compatible"),
            (
                "unredacted",
                "Text unverändert dorthin lassen; sonst werden personenbezogene Daten vorher durch Platzhalter ersetzt",
            ),
            ("reason", "Warum es erlaubt ist, für das Protokoll: der Vertrag"),
        ],
    },
    Help {
        path: &["external", "forbid"],
        about: "Die Erlaubnis zurücknehmen",
        arguments: &[CORPUS, ("provider", "Der Anbieter"), ("reason", "Warum, für das Protokoll")],
    },
    Help { path: &["external", "show"], about: "Auflisten, welche dürfen", arguments: &[CORPUS] },
    Help { path: &["audit"], about: "Das Prüfprotokoll lesen, prüfen und beweisen", arguments: &[] },
    Help {
        path: &["audit", "log"],
        about: "Einträge auflisten: wann, was, durch wen, und was daraus wurde",
        arguments: &[
            CORPUS,
            ("from", "Ab diesem Eintrag; sonst die letzten"),
            ("n", "Wie viele Einträge"),
            ("payloads", "Auch zeigen, worauf sie sich festlegen, soweit es nicht gelöscht ist"),
        ],
    },
    Help {
        path: &["audit", "verify"],
        about: "Das ganze Protokoll prüfen: Unterschrift, jeden Eintrag, jede Kachel, frühere Prüfpunkte\n\n\
            Mit --key gegen einen Schlüssel, der von anderswo bekannt ist, wie ein Prüfer es tut; ohne gegen den dieses Rechners.",
        arguments: &[CORPUS, ("known", "Der Prüfschlüssel, wie `beleg audit key` ihn ausgibt (wiederholbar)")],
    },
    Help {
        path: &["audit", "prove"],
        about: "Beweisen, dass ein Eintrag im Protokoll steht: eine Datei, die andere Werkzeuge prüfen (c2sp.org/tlog-proof)",
        arguments: &[
            CORPUS,
            ("index", "Der Eintrag"),
            ("size", "Mit dem Prüfpunkt dieser Größe; sonst dem letzten"),
            ("output", "In diese Datei schreiben"),
        ],
    },
    Help {
        path: &["audit", "checkpoint"],
        about: "Den letzten unterschriebenen Prüfpunkt ausgeben",
        arguments: &[CORPUS, ("size", "Den dieser Größe"), ("new", "Zuerst einen über alle Einträge veröffentlichen")],
    },
    Help {
        path: &["audit", "key"],
        about: "Den Schlüssel ausgeben, mit dem das Protokoll geprüft wird",
        arguments: &[
            CORPUS,
            ("letter", "Als Blatt für die Prüfungsakte, mit dem Fingerabdruck zum Vergleichen"),
            ("rotate", "Ab hier mit einem neuen Schlüssel unterschreiben; den Eintrag darüber unterschreibt der bisherige"),
        ],
    },
    Help {
        path: &["audit", "witness"],
        about: "Den letzten Prüfpunkt von Zeugen mitunterschreiben lassen\n\n\
            Ein Zeuge (c2sp.org/tlog-witness) bemerkt, wenn Ordner und Schlüssel zusammen zurückgesetzt werden oder anders \
            weitergehen. Die Regel (c2sp.org/tlog-policy) nennt Schlüssel und Adressen der Zeugen, und wie viele genügen; \
            unterschreiben weniger, ist der Exit-Code 1.",
        arguments: &[CORPUS, ("policy", "Die Regel"), ("check", "Nur fragen, ob sie mehr gesehen haben, als dieser Ordner hat")],
    },
    Help {
        path: &["audit", "timestamp"],
        about: "Den letzten Prüfpunkt von einem Zeitstempeldienst stempeln lassen (RFC 3161)\n\n\
            Die Unterschrift des Dienstes wird hier nicht geprüft; der Befehl, der es tut, wird ausgegeben.",
        arguments: &[CORPUS, ("tsa", "Die Adresse des Dienstes")],
    },
    Help {
        path: &["audit", "resume"],
        about: "Nach einer Wiederherstellung weitermachen: eine Epoche beginnen, die die Lücke nennt",
        arguments: &[
            CORPUS,
            ("reason", "Warum, für das Protokoll"),
            ("copy", "Der Ordner ist eine Kopie, die getrennt vom Original weitergeht: ihr eine eigene id geben"),
        ],
    },
    Help { path: &["model"], about: "Einbettungsmodelle holen oder auflisten", arguments: &[] },
    Help {
        path: &["model", "fetch"],
        about: "ONNX Runtime und das Standardmodell holen, mit fester Version und Prüfsumme",
        arguments: &[
            (
                "from",
                "Woher: `registry` (die Python-Paketquelle, über pip) oder `hub` (die Autoren des Modells; eine andere Identität)",
            ),
            ("hub", "Ein Spiegel des Hubs"),
        ],
    },
    Help { path: &["model", "list"], about: "Die vorhandenen Modelle auflisten", arguments: &[] },
    Help {
        path: &["doctor"],
        about: "Sagen, was da ist, was fehlt, und wie man es behebt",
        arguments: &[
            (
                "probe",
                "Jedes Modell eines Anbieters einmal kurz aufrufen und in einer Zeile sagen, was nicht stimmt; nichts eines Korpus wird gesendet",
            ),
            ("chat", "Dieses Sprachmodell aufrufen statt derer der Konfiguration (mit --probe)"),
        ],
    },
];

/// The commands with their German help.
pub(crate) fn german(command: Command) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Die Version ausgeben");
    translate(command.disable_version_flag(true).arg(version), &mut Vec::new())
}

fn translate(mut command: Command, path: &mut Vec<String>) -> Command {
    if let Some(help) = GERMAN.iter().find(|help| help.path == path.as_slice()) {
        command = command.about(help.about.lines().next().unwrap_or_default()).long_about(help.about);
        for (id, text) in help.arguments {
            command = command.mut_arg(id, |argument| argument.help(*text).long_help(*text));
        }
    }
    let own = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Diese Hilfe ausgeben");
    command = command.disable_help_flag(true).arg(own).mut_args(|argument| {
        let heading = if argument.is_positional() { "Argumente" } else { "Optionen" };
        argument.help_heading(heading)
    });
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        path.push(name.clone());
        command = command.mut_subcommand(name, |command| translate(command, path));
        path.pop();
    }
    command
        .subcommand_help_heading("Befehle")
        .subcommand_value_name("BEFEHL")
        .help_template("{about-with-newline}\nAufruf: {usage}\n\n{all-args}")
}

/// What of the commands has no German.
#[cfg(test)]
pub(super) fn missing(command: &Command, path: &mut Vec<String>) -> Vec<String> {
    let mut missing = Vec::new();
    let help = GERMAN.iter().find(|help| help.path == path.as_slice());
    if help.is_none() && !command.is_hide_set() {
        missing.push(path.join(" "));
    }
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let id = argument.get_id().as_str();
        if !matches!(id, "help" | "version") && !help.is_some_and(|help| help.arguments.iter().any(|(known, _)| *known == id)) {
            missing.push(format!("{} {id}", path.join(" ")));
        }
    }
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        path.push(command.get_name().to_owned());
        missing.extend(self::missing(command, path));
        path.pop();
    }
    missing
}
