//! The audit log: entries, what a verification found, the page with the key.

use std::{fmt::Write, path::Path};

use beleg::{
    audit::{Leaf, VerifierKey},
    audit_log::{
        LogVerification, LoggedEntry, Resumed, StampedCheckpoint, Standing, VaultRecord, WitnessAnswer, WitnessedCheckpoint,
    },
};

use super::{Lang, errors, finding_line, number, plain};
use crate::output::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, styled};

/// Longest payload shown, in characters.
const SHOWN: usize = 400;

pub(crate) fn entries(lang: Lang, entries: &[LoggedEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let leaf = &entry.leaf;
        let what = format!("{} {}", leaf.r#type, phase(lang, leaf));
        let actor = leaf.actor.pseudonym.to_string();
        let actor = if leaf.actor.pseudonym.is_nil() { lang.pick("the log itself", "das Protokoll selbst") } else { &actor[..8] };
        let _ = writeln!(
            text,
            "{:>8}  {}  {}  {}",
            entry.index,
            styled(DIM, &leaf.time),
            styled(BOLD, format!("{what:<26}")),
            styled(CYAN, actor)
        );
        let numbers = leaf.counts.iter().map(|(name, value)| format!("{name} {}", number(lang, *value)));
        let versions = leaf.versions.iter().map(|(name, value)| format!("{name} {value}"));
        let details: Vec<String> = numbers.chain(versions).collect();
        if !details.is_empty() {
            let _ = writeln!(text, "          {}", styled(DIM, details.join("  ·  ")));
        }
        for (payload, record) in leaf.payloads.iter().zip(&entry.payloads) {
            let shown = match record {
                VaultRecord::Kept { payload: bytes, .. } => shortened(&String::from_utf8_lossy(bytes)),
                VaultRecord::Erased => styled(YELLOW, lang.pick("erased", "gelöscht")),
            };
            let _ = writeln!(text, "          {} {shown}", styled(BOLD, format!("{}:", payload.name)));
        }
    }
    let count = lang.count(entries.len() as u64, ("entry", "entries"), ("Eintrag", "Einträge"));
    let _ = writeln!(text, "{}", styled(DIM, count));
    text
}

fn phase(lang: Lang, leaf: &Leaf) -> String {
    let phase = match leaf.phase.as_str() {
        "intent" => lang.pick("intent", "Vorhaben"),
        "release" => lang.pick("release", "Herausgabe"),
        "outcome" => lang.pick("outcome", "Ausgang"),
        "denied" => lang.pick("denied", "verweigert"),
        other => other,
    };
    match leaf.result.as_deref() {
        Some("aborted") => format!("{phase} {}", lang.pick("aborted", "abgebrochen")),
        Some("failed") => format!("{phase} {}", lang.pick("failed", "fehlgeschlagen")),
        _ => phase.to_owned(),
    }
}

fn shortened(text: &str) -> String {
    let folded = plain(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let short: String = folded.chars().take(SHOWN).collect();
    let dots = if short.len() < folded.len() { " …" } else { "" };
    format!("{short}{dots}")
}

pub(crate) fn verified(lang: Lang, done: &LogVerification, is_known: bool) -> String {
    let report = &done.report;
    let mut text = String::new();
    let (entries, size) = (number(lang, report.entries), number(lang, report.size));
    let _ = match (done.is_ok(), lang) {
        (true, Lang::En) => writeln!(text, "{} {entries} entries give the root that is signed for {size}.", styled(GREEN, "✓")),
        (true, Lang::De) => {
            writeln!(text, "{} {entries} Einträge ergeben die Wurzel, die für {size} unterschrieben ist.", styled(GREEN, "✓"))
        }
        (false, Lang::En) => writeln!(text, "{} The log is not what it says.", styled(RED, "✗")),
        (false, Lang::De) => writeln!(text, "{} Das Protokoll ist nicht, was es angibt.", styled(RED, "✗")),
    };
    report.findings.iter().for_each(|finding| text.push_str(&finding_line(finding)));
    let signer = match (is_known, done.is_pinned) {
        (true, _) => {
            lang.pick("Signed with the key that you gave.", "Unterschrieben mit dem Schlüssel, den Sie angegeben haben.")
        }
        (false, true) => lang.pick(
            "Signed with the key of this machine; whoever trusts another gives it with --key.",
            "Unterschrieben mit dem Schlüssel dieses Rechners; wer einem anderen traut, gibt ihn mit --key an.",
        ),
        (false, false) => lang.pick(
            "The key of this log is not known here: a forger signs everything anew. Give it with --key.",
            "Der Schlüssel dieses Protokolls ist hier nicht bekannt: ein Fälscher unterschreibt alles neu. Mit --key angeben.",
        ),
    };
    let _ = writeln!(text, "{signer}");
    let _ = match lang {
        Lang::En => {
            writeln!(text, "It shows that nothing was changed, taken out or put in between; not that everything was logged.")
        }
        Lang::De => writeln!(
            text,
            "Das zeigt, dass nichts geändert, entfernt oder dazwischengesetzt wurde; nicht, dass alles protokolliert wurde."
        ),
    };
    let mut details = vec![
        lang.count(done.boots, ("opening", "openings"), ("Öffnung", "Öffnungen")),
        lang.count(done.checkpoints, ("checkpoint", "checkpoints"), ("Prüfpunkt", "Prüfpunkte")),
    ];
    if done.uncovered > 0 {
        let count = lang.count(done.uncovered, ("entry", "entries"), ("Eintrag", "Einträge"));
        details.push(lang.pick(format!("{count} not covered yet"), format!("{count} noch nicht erfasst")));
    }
    if done.clock_set_back > 0 {
        let count = lang.count(done.clock_set_back, ("time", "times"), ("Mal", "Mal"));
        details.push(lang.pick(format!("the clock was set back {count}"), format!("die Uhr wurde {count} zurückgestellt")));
    }
    let _ = writeln!(text, "{}", styled(DIM, details.join("  ·  ")));
    text
}

/// The page for the engagement file: what has to be known beforehand to check a bundle.
pub(crate) fn letter(lang: Lang, origin: &str, key: &VerifierKey) -> String {
    let fingerprint = key.fingerprint();
    match lang {
        Lang::En => format!(
            "Verifier key of an audit log of Beleg\n\n\
             Log          {origin}\n\
             Key          {key}\n\
             Fingerprint  {fingerprint}\n             (SHA-256 over the key as it stands above)\n\n\
             Keep this page in the engagement file, apart from the system that it is about. Whoever checks the log or an\n\
             evidence bundle later compares the fingerprint with this page, and checks with\n\n\
             \x20   beleg verify BUNDLE.zip --key '{key}'\n\n\
             or with another verifier: examples/verify has two.\n\n\
             Handed over by ____________________   Received by ____________________   Date ______________\n"
        ),
        Lang::De => format!(
            "Prüfschlüssel eines Protokolls von Beleg\n\n\
             Protokoll       {origin}\n\
             Schlüssel       {key}\n\
             Fingerabdruck   {fingerprint}\n                (SHA-256 über den Schlüssel, wie er oben steht)\n\n\
             Dieses Blatt gehört in die Prüfungsakte, getrennt von dem System, um das es geht. Wer das Protokoll oder ein\n\
             Beweispaket später prüft, vergleicht den Fingerabdruck mit diesem Blatt und prüft mit\n\n\
             \x20   beleg verify PAKET.zip --key '{key}'\n\n\
             oder mit einem anderen Prüfprogramm: examples/verify enthält zwei.\n\n\
             Übergeben von ____________________   Erhalten von ____________________   Datum ______________\n"
        ),
    }
}

/// What each witness said.
pub(crate) fn witnesses(lang: Lang, answers: &[WitnessAnswer]) -> String {
    let mut text = String::new();
    for WitnessAnswer { name, standing, .. } in answers {
        let (mark, said) = match standing {
            Standing::Cosigned { time } => {
                let time = i64::try_from(*time).ok().and_then(|time| jiff::Timestamp::from_second(time).ok());
                let time = time.map_or_else(|| "?".to_owned(), |time| time.to_string());
                (styled(GREEN, "✓"), lang.pick(format!("cosigned at {time}"), format!("hat um {time} mitunterschrieben")))
            }
            Standing::Behind { size } => {
                let count = lang.count(*size, ("entry", "entries"), ("Eintrag", "Einträge"));
                (styled(GREEN, "✓"), lang.pick(format!("saw {count} so far"), format!("hat bisher {count} gesehen")))
            }
            Standing::Unknown { error } | Standing::Objects { error, .. } => {
                (styled(YELLOW, "!"), format!("[{}] {}", error.code, errors::message(lang, error)))
            }
            _ => (styled(YELLOW, "?"), String::new()),
        };
        let _ = writeln!(text, "{mark} {}  {said}", styled(BOLD, name));
        if let Standing::Unknown { error } | Standing::Objects { error, .. } = standing
            && let Some(hint) = errors::hint(lang, error)
        {
            let _ = writeln!(text, "    {} {hint}", styled(CYAN, lang.pick("hint:", "Abhilfe:")));
        }
    }
    text
}

pub(crate) fn witnessed(lang: Lang, done: &WitnessedCheckpoint) -> String {
    let mut text = witnesses(lang, &done.witnesses);
    let (size, have) = (number(lang, done.published.checkpoint.size), done.report.witnesses.len());
    let known = done.report.known_witnesses;
    let _ = match lang {
        Lang::En => writeln!(text, "The checkpoint over {size} entries is cosigned by {have} of {known} witnesses."),
        Lang::De => writeln!(text, "Der Prüfpunkt über {size} Einträge ist von {have} von {known} Zeugen mitunterschrieben."),
    };
    let quorum = if done.report.quorum {
        styled(GREEN, lang.pick("That is enough for the policy.", "Das genügt der Regel."))
    } else {
        styled(YELLOW, lang.pick("That is not enough for the policy.", "Das genügt der Regel nicht."))
    };
    let _ = writeln!(text, "{quorum}");
    text
}

pub(crate) fn stamped(lang: Lang, stamped: &StampedCheckpoint, file: &Path, checkpoint: &Path) -> String {
    let (size, time) = (number(lang, stamped.published.checkpoint.size), stamped.timestamp.time);
    let command = format!("openssl ts -verify -in '{}' -data '{}' -CAfile ROOT.pem", file.display(), checkpoint.display());
    match lang {
        Lang::En => format!(
            "{} The checkpoint over {size} entries has a time stamp of {time}.\n\
             Checked: it is over this checkpoint and answers this request. The authority's signature and certificate are not\n\
             checked by Beleg. Whoever relies on it runs this, with the authority's root certificate in ROOT.pem:\n\n\
             \x20   {command}\n",
            styled(GREEN, "✓")
        ),
        Lang::De => format!(
            "{} Der Prüfpunkt über {size} Einträge hat einen Zeitstempel von {time}.\n\
             Geprüft ist: er gilt diesem Prüfpunkt und antwortet auf diese Anfrage. Unterschrift und Zertifikat des Dienstes prüft\n\
             Beleg nicht. Wer sich darauf verlässt, führt dies aus, mit dem Wurzelzertifikat des Dienstes in ROOT.pem:\n\n\
             \x20   {command}\n",
            styled(GREEN, "✓")
        ),
    }
}

pub(crate) fn resumed(lang: Lang, resumed: &Resumed) -> String {
    let missing = resumed.known_size.saturating_sub(resumed.found_size);
    let (known, found) = (number(lang, resumed.known_size), number(lang, resumed.found_size));
    let Resumed { epoch, previous_epoch, .. } = resumed;
    match lang {
        Lang::En => format!(
            "epoch {epoch} goes on after epoch {previous_epoch}: its keys know {known} entries, {found} were found, {} are missing.\n\
             Its key is another one by name: print it with `beleg audit key`.\n",
            number(lang, missing)
        ),
        Lang::De => format!(
            "Epoche {epoch} geht nach Epoche {previous_epoch} weiter: die Schlüssel kennen {known} Einträge, {found} sind da, {} fehlen.\n\
             Ihr Schlüssel hat einen anderen Namen: `beleg audit key` gibt ihn aus.\n",
            number(lang, missing)
        ),
    }
}

pub(crate) fn verifying(lang: Lang) -> &'static str {
    lang.pick("entries", "Einträge")
}
