//! Holds, periods, seals.

use std::fmt::Write;

use beleg::{
    corpus::{ExternalGrant, HoldRecord, RetentionReport, RetentionRules, Seal},
    redact::FoundName,
};

use super::{Lang, number, plain};
use crate::output::{BOLD, DIM, YELLOW, styled};

fn kept(lang: Lang, hold: &HoldRecord) -> String {
    let counts = [
        lang.count(hold.documents.len() as u64, ("document", "documents"), ("Dokument", "Dokumente")),
        lang.count(hold.subjects.len() as u64, ("person", "persons"), ("Person", "Personen")),
        lang.count(hold.answers.len() as u64, ("answer", "answers"), ("Antwort", "Antworten")),
    ];
    counts.into_iter().filter(|count| !count.starts_with("0 ")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn held(lang: Lang, hold: &HoldRecord) -> String {
    let said = format!("{} {}", lang.pick("held:", "gesperrt:"), kept(lang, hold));
    format!("{}\n{} {}\n", styled(BOLD, said), lang.pick("hold", "Löschsperre"), hold.id)
}

pub(crate) fn released(lang: Lang, hold: &HoldRecord) -> String {
    let said = format!("{} {}", lang.pick("released:", "freigegeben:"), kept(lang, hold));
    format!("{}\n{} {}\n", styled(BOLD, said), lang.pick("hold", "Löschsperre"), hold.id)
}

pub(crate) fn holds(lang: Lang, holds: &[HoldRecord]) -> String {
    let mut text = String::new();
    for hold in holds {
        let day = lang.date(hold.since.to_zoned(jiff::tz::TimeZone::UTC).date());
        let _ = writeln!(text, "{}  {} {day}  {}", hold.id, lang.pick("since", "seit"), kept(lang, hold));
        let ids = hold.documents.iter().chain(hold.answers.iter().map(|answer| &answer.id));
        for id in ids {
            let _ = writeln!(text, "  {}", styled(DIM, id));
        }
    }
    let count = lang.count(holds.len() as u64, ("hold", "holds"), ("Löschsperre", "Löschsperren"));
    let _ = writeln!(text, "{}", styled(DIM, count));
    text
}

pub(crate) fn rules(lang: Lang, rules: &RetentionRules) -> String {
    let mut text = String::new();
    for (class, period) in &rules.classes {
        let days = lang.count(u64::from(period.days), ("day", "days"), ("Tag", "Tage"));
        let default = if rules.default.as_ref() == Some(class) { lang.pick("  (default)", "  (Vorgabe)") } else { "" };
        let _ = writeln!(text, "{class}: {days}{default}");
    }
    let without = match (rules.classes.is_empty(), &rules.default) {
        (true, _) => no_rules(lang),
        (false, None) => lang.pick("What names no class is kept.", "Was keine Klasse nennt, bleibt."),
        (false, Some(_)) => return text,
    };
    let _ = writeln!(text, "{}", styled(DIM, without));
    text
}

fn no_rules(lang: Lang) -> &'static str {
    lang.pick(
        "No period is set: nothing goes. `beleg retention set CORPUS CLASS DAYS` sets one.",
        "Es ist keine Frist eingestellt: nichts wird gelöscht. `beleg retention set CORPUS CLASS DAYS` stellt eine ein.",
    )
}

pub(crate) fn applied(lang: Lang, report: &RetentionReport) -> String {
    if !report.has_rules {
        return format!("{}\n", no_rules(lang));
    }
    let mut text = String::new();
    for expired in &report.documents {
        let day = lang.date(expired.expired.to_zoned(jiff::tz::TimeZone::UTC).date());
        let (class, name) = (&expired.class, &expired.document.name);
        let _ = writeln!(text, "{day}  {class}  {name}");
    }
    let documents = lang.count(report.documents.len() as u64, ("document", "documents"), ("Dokument", "Dokumente"));
    let entries = lang.count(report.entries, ("log entry", "log entries"), ("Protokolleintrag", "Protokolleinträgen"));
    let said = match (lang, report.dry_run) {
        (Lang::En, true) => format!("would go: {documents}, contents of {entries}"),
        (Lang::En, false) => format!("gone: {documents}, contents of {entries}"),
        (Lang::De, true) => format!("würde gelöscht: {documents}, Inhalte von {entries}"),
        (Lang::De, false) => format!("gelöscht: {documents}, Inhalte von {entries}"),
    };
    let _ = writeln!(text, "{}", styled(BOLD, said));
    for held in &report.held {
        let (name, hold) = (&held.document.name, held.hold);
        let said = match lang {
            Lang::En => format!("held: {name} (hold {hold})"),
            Lang::De => format!("gesperrt: {name} (Löschsperre {hold})"),
        };
        let _ = writeln!(text, "{}", styled(YELLOW, said));
    }
    let mut details = Vec::new();
    if report.held_entries > 0 {
        let n = number(lang, report.held_entries);
        details.push(match lang {
            Lang::En => format!("held contents of log entries: {n}"),
            Lang::De => format!("gesperrte Inhalte von Protokolleinträgen: {n}"),
        });
    }
    if report.without_period > 0 {
        let n = number(lang, report.without_period);
        details.push(match lang {
            Lang::En => format!("documents without a period: {n}"),
            Lang::De => format!("Dokumente ohne Frist: {n}"),
        });
    }
    if !details.is_empty() {
        let _ = writeln!(text, "{}", styled(DIM, details.join("  ·  ")));
    }
    text
}

pub(crate) fn sealed(lang: Lang, seal: &Seal) -> String {
    let day = lang.date(seal.since.to_zoned(jiff::tz::TimeZone::UTC).date());
    let said = match lang {
        Lang::En => format!("sealed on {day}"),
        Lang::De => format!("versiegelt am {day}"),
    };
    let then = lang.pick(
        "Every change now needs --reason. Searching and asking go on.",
        "Jede Änderung braucht jetzt --reason. Suchen und Fragen gehen weiter.",
    );
    format!("{}\n{then}\n", styled(BOLD, said))
}

pub(crate) fn names(lang: Lang, names: &[FoundName]) -> String {
    if names.is_empty() {
        return lang.pick("No names were found.\n", "Es wurden keine Namen gefunden.\n").to_owned();
    }
    let mut text = String::new();
    for name in names {
        text.push_str(&format!("{:>6} ×  {}  {}\n", name.count, styled(BOLD, plain(&name.name)), styled(DIM, name.kind.label())));
    }
    text.push_str(lang.pick(
        "Put those that nobody outside may read into a list of `engine.redaction.settings.lists` (docs/configuration.md).\n",
        "Die niemand außer Haus lesen darf, gehören in eine Liste von `engine.redaction.settings.lists` (docs/configuration.md).\n",
    ));
    text
}

pub(crate) fn external(lang: Lang, grants: &[ExternalGrant]) -> String {
    if grants.is_empty() {
        let none = lang.pick("No text of the corpus leaves the house.", "Kein Text des Korpus verlässt das Haus.");
        return format!("{none}\n");
    }
    let mut text = lang.pick("Text of the corpus may be sent to:", "Text des Korpus darf geschickt werden an:").to_owned() + "\n";
    for grant in grants {
        let day = lang.date(grant.since.to_zoned(jiff::tz::TimeZone::UTC).date());
        let since = lang.pick("since", "seit dem");
        let how = match grant.unredacted {
            true => lang.pick("as it is", "unverändert"),
            false => lang
                .pick("without personal data, as far as it is found", "ohne personenbezogene Daten, soweit sie gefunden werden"),
        };
        text.push_str(&format!("  {}  {since} {day}, {how}\n", styled(BOLD, &grant.provider)));
    }
    text
}
