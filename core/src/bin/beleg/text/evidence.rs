//! Bundles, replays and erasures.

use std::{fmt::Write, path::Path};

use beleg::{
    audit::bundle::{BundleReport, Integrity, Selection, ShownRange, SignerAssurance},
    corpus::{Bundle, Erasure, Replay, ReplayedBy},
};

use super::{Lang, finding_line, number, plain};
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW, styled};

pub(crate) fn bundled(lang: Lang, file: &Path, bundle: &Bundle) -> String {
    let mut text = format!("{} {}\n", lang.pick("wrote", "geschrieben:"), file.display());
    let entries = lang.count(bundle.entries as u64, ("entry", "entries"), ("Eintrag", "Einträge"));
    let size = lang.megabytes(bundle.bytes.len() as u64, 2);
    let mut details = vec![size, entries, format!("{} {}", lang.pick("checkpoint", "Prüfpunkt"), number(lang, bundle.size))];
    if bundle.erased > 0 {
        let count = lang.count(bundle.erased as u64, ("content", "contents"), ("Inhalt", "Inhalte"));
        details.push(format!("{count} {}", lang.pick("erased", "gelöscht")));
    }
    let _ = writeln!(text, "{}", styled(DIM, details.join("  ·  ")));
    for (document, page) in &bundle.without_picture {
        let said = match lang {
            Lang::En => format!("page {page} of {document} could not be drawn"),
            Lang::De => format!("Seite {page} von {document} konnte nicht gezeichnet werden"),
        };
        let _ = writeln!(text, "{}", styled(YELLOW, said));
    }
    text
}

pub(crate) fn verified(lang: Lang, report: &BundleReport) -> String {
    let mut text = String::new();
    let checked = &report.checked;
    let mark = |good: bool| if good { styled(GREEN, "✓") } else { styled(RED, "✗") };
    let is_intact = report.assurance.integrity == Integrity::Intact;
    let integrity = match (is_intact, lang) {
        (true, Lang::En) => "Everything in it is what the log commits to.",
        (true, Lang::De) => "Alles darin ist das, worauf das Protokoll sich festlegt.",
        (false, Lang::En) => "Not everything in it is what the log commits to.",
        (false, Lang::De) => "Nicht alles darin ist das, worauf das Protokoll sich festlegt.",
    };
    let _ = writeln!(text, "{} {integrity}", mark(is_intact));
    let signer = match report.assurance.signer {
        SignerAssurance::Pinned => lang.pick(
            "The log is signed with the key that you gave.",
            "Das Protokoll ist mit dem Schlüssel unterschrieben, den Sie angegeben haben.",
        ),
        SignerAssurance::Unpinned => lang.pick(
            "Who signed is not known: without a key known beforehand (--key) a forger signs everything anew.",
            "Wer unterschrieben hat, ist nicht bekannt: ohne einen vorher bekannten Schlüssel (--key) unterschreibt ein Fälscher alles neu.",
        ),
        SignerAssurance::Unsigned => lang.pick(
            "The log is not signed with the key that was expected.",
            "Das Protokoll ist nicht mit dem erwarteten Schlüssel unterschrieben.",
        ),
    };
    let _ = writeln!(text, "{} {signer}", mark(report.assurance.signer == SignerAssurance::Pinned));
    let existed = &report.assurance.existed_before;
    let existed = match (existed.by, lang) {
        ("witnesses", Lang::En) => {
            format!("  That it existed then is also attested by: {}.", plain(&existed.witnesses.join(", ")))
        }
        ("witnesses", Lang::De) => format!("  Dass es damals bestand, bezeugen auch: {}.", plain(&existed.witnesses.join(", "))),
        ("timestamps", Lang::En) => format!(
            "  It is time-stamped: {}. Who stamped it is checked with `openssl ts -verify`.",
            plain(&existed.timestamps.join(", "))
        ),
        ("timestamps", Lang::De) => {
            format!(
                "  Zeitgestempelt: {}. Von wem, wird mit `openssl ts -verify` geprüft.",
                plain(&existed.timestamps.join(", "))
            )
        }
        (_, Lang::En) => "  When it existed is asserted by the operator alone.".to_owned(),
        (_, Lang::De) => "  Wann es bestand, sagt allein der Betreiber.".to_owned(),
    };
    let _ = writeln!(text, "{existed}");
    let selection = match &report.assurance.selection {
        Selection::NotShown => lang
            .pick(
                "It is one answer that somebody chose; nothing is said of others.",
                "Es ist eine Antwort, die jemand ausgewählt hat; über andere sagt das nichts.",
            )
            .to_owned(),
        Selection::Shown(range) => selected(lang, range),
    };
    let truth = lang.pick(
        "`verified` means found in the extracted text, not true.",
        "`verified` heißt im gelesenen Text gefunden, nicht wahr.",
    );
    let _ = writeln!(text, "  {selection} {truth}");
    report.findings.iter().for_each(|finding| text.push_str(&finding_line(finding)));
    let count = |n: u64, en, de| lang.count(n, en, de);
    let mut details = vec![
        count(checked.files, ("file", "files"), ("Datei", "Dateien")),
        count(checked.entries, ("entry", "entries"), ("Eintrag", "Einträge")),
        count(checked.payloads, ("content", "contents"), ("Inhalt", "Inhalte")),
        count(checked.blocks, ("cited block", "cited blocks"), ("zitierter Block", "zitierte Blöcke")),
        count(checked.citations, ("citation", "citations"), ("Zitat", "Zitate")),
    ];
    if checked.erased > 0 {
        details.push(format!("{} {}", number(lang, checked.erased), lang.pick("erased", "gelöscht")));
    }
    if checked.withheld > 0 {
        details.push(format!("{} {}", number(lang, checked.withheld), lang.pick("withheld", "zurückgehalten")));
    }
    let _ = writeln!(text, "{}", styled(DIM, details.join("  ·  ")));
    text
}

/// Among how many answers the one of a bundle was chosen.
fn selected(lang: Lang, shown: &ShownRange) -> String {
    let [first, last] = shown.range.map(|place| number(lang, place));
    let answers = lang.count(shown.answers, ("answer", "answers"), ("Antwort", "Antworten"));
    let exported = number(lang, shown.exported);
    let time = |time: &Option<String>| plain(time.as_deref().unwrap_or("?"));
    let (since, until) = (time(&shown.since), time(&shown.until));
    let mut text = match lang {
        Lang::En => {
            format!(
                "Entries {first} to {last} of the log travel along, {since} to {until} by the machine's clock: {answers}, {exported} of them here"
            )
        }
        Lang::De => format!(
            "Die Einträge {first} bis {last} des Protokolls liegen bei, {since} bis {until} nach der Uhr des Rechners: {answers}, davon hier {exported}"
        ),
    };
    if let Some(by_actor) = shown.by_actor {
        let by_actor = number(lang, by_actor);
        text.push_str(&match lang {
            Lang::En => format!("; by the same actor: {by_actor}"),
            Lang::De => format!("; vom selben Akteur: {by_actor}"),
        });
    }
    text.push('.');
    text
}

pub(crate) fn replayed(lang: Lang, replay: &Replay) -> String {
    let mut text = String::new();
    let by = match replay.by {
        ReplayedBy::Index => lang.pick(
            "The search was run again, against the version of the index that it ran against.",
            "Die Suche lief noch einmal, gegen die Version des Index, gegen die sie damals lief.",
        ),
        ReplayedBy::Record => lang.pick(
            "That version of the index is no longer kept: the record was checked against the stored text.",
            "Jene Version des Index wird nicht mehr aufbewahrt: geprüft wurde der Eintrag gegen den gespeicherten Text.",
        ),
    };
    let _ = writeln!(text, "{by}");
    let _ = match replay.identical {
        true => writeln!(text, "{}", styled(GREEN, lang.pick("✓ identical", "✓ gleich"))),
        false => writeln!(text, "{}", styled(RED, lang.pick("✗ it differs:", "✗ es weicht ab:"))),
    };
    for difference in &replay.differences {
        let _ = writeln!(text, "  {difference}");
    }
    let embedding = match (replay.embedding.identical, lang) {
        (true, Lang::En) => "the question embedded again gives the same vector".to_owned(),
        (true, Lang::De) => "die Frage ergibt, noch einmal eingebettet, denselben Vektor".to_owned(),
        (false, Lang::En) => format!("the question embedded again lies {:.2e} away", replay.embedding.distance),
        (false, Lang::De) => format!("die Frage liegt, noch einmal eingebettet, {:.2e} daneben", replay.embedding.distance),
    };
    let passages = lang.count(replay.passages as u64, ("passage", "passages"), ("Textstelle", "Textstellen"));
    let _ = writeln!(text, "{}", styled(DIM, format!("{passages}  ·  {embedding}")));
    text
}

pub(crate) fn erased(lang: Lang, erasure: &Erasure) -> String {
    let documents = lang.count(erasure.documents.len() as u64, ("document", "documents"), ("Dokument", "Dokumente"));
    let keys = lang.count(erasure.keys, ("key", "keys"), ("Schlüssel", "Schlüssel"));
    let entries = lang.count(erasure.entries, ("entry", "entries"), ("Eintrag", "Einträge"));
    let said = match lang {
        Lang::En => format!("erased: {documents}, {keys}, contents of {entries}"),
        Lang::De => format!("gelöscht: {documents}, {keys}, Inhalte von {entries}"),
    };
    format!("{}\n{}\n", styled(BOLD, said), lang.pick("Every proof still verifies.", "Jeder Beweis gilt weiter."))
}
