//! The completeness report, the progress of an ingest, and of a rebuild.

use std::{fmt::Write, path::Path};

use beleg::{
    corpus::{IngestReport, IngestedDocument},
    types::DocumentStatus,
};

use super::{Lang, errors, number};
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW, styled};

/// Unread pages of one document that are named.
const PAGES: usize = 5;

pub(crate) fn created(lang: Lang, corpus: &Path) -> String {
    format!("{} {}", lang.pick("created the corpus", "neuer Korpus"), corpus.display())
}

/// One line of progress.
pub(crate) fn progress(lang: Lang, done: u64, documents: u64, tokens_per_second: f64, searchable: u64) -> String {
    let (done, documents, searchable) = (number(lang, done), number(lang, documents), number(lang, searchable));
    let rate = number(lang, tokens_per_second.max(0.0) as u64);
    match lang {
        Lang::En => format!("{done}/{documents} documents, {rate} tokens/s, {searchable} searchable"),
        Lang::De => format!("{done}/{documents} Dokumente, {rate} Token/s, {searchable} durchsuchbar"),
    }
}

pub(crate) fn settling(lang: Lang) -> &'static str {
    lang.pick("finishing the index", "der Index wird abgeschlossen")
}

/// The time that is left, in a progress bar.
pub(crate) fn left(lang: Lang) -> &'static str {
    lang.pick("left:", "noch:")
}

pub(crate) fn rebuilt(lang: Lang, version: Option<u64>) -> String {
    match version {
        Some(n) => format!("{} {}", lang.pick("published index version", "veröffentlicht als Indexversion"), number(lang, n)),
        None => lang
            .pick("the corpus is empty: there is nothing to rebuild", "der Korpus ist leer: es gibt nichts neu aufzubauen")
            .to_owned(),
    }
}

/// The completeness report.
pub(crate) fn report(lang: Lang, report: &IngestReport) -> String {
    let mut text = String::new();
    for document in report.documents.iter().filter(|document| is_worth_a_line(document)) {
        self::document(lang, document, &mut text);
    }
    totals(lang, report, &mut text);
    text
}

fn is_worth_a_line(document: &IngestedDocument) -> bool {
    let whole = matches!(document.status, DocumentStatus::New | DocumentStatus::Unchanged | DocumentStatus::Updated);
    !whole || !document.notices.is_empty()
}

fn document(lang: Lang, document: &IngestedDocument, text: &mut String) {
    let style = match document.status {
        DocumentStatus::Failed | DocumentStatus::Encrypted => RED,
        DocumentStatus::Partial | DocumentStatus::Unsupported => YELLOW,
        _ => DIM,
    };
    let status = match document.status {
        DocumentStatus::New | DocumentStatus::Unchanged | DocumentStatus::Updated => lang.pick("notice", "Hinweis"),
        status => lang.status(status),
    };
    let _ = writeln!(text, "{} {}", styled(style, format!("{status:<13}")), super::plain(&document.name));
    if let Some(error) = &document.error {
        let _ = writeln!(text, "              [{}] {}", error.code, errors::message(lang, error));
        if let Some(hint) = errors::hint(lang, error) {
            let _ = writeln!(text, "              {}", styled(DIM, hint));
        }
    }
    for page in document.unread.iter().take(PAGES) {
        let message = errors::of_page(lang, &page.code, &page.message);
        let _ = writeln!(text, "              {} {}: [{}] {message}", lang.pick("page", "Seite"), page.page, page.code);
    }
    if let Some(more) = document.unread.len().checked_sub(PAGES).filter(|more| *more > 0) {
        let more = lang.count(more as u64, ("more page", "more pages"), ("weitere Seite", "weitere Seiten"));
        let _ = writeln!(text, "              {} {more}", lang.pick("and", "und"));
    }
    for notice in &document.notices {
        let _ = writeln!(text, "              {}", styled(DIM, format!("[{}] {}", notice.code, errors::notice(lang, notice))));
    }
}

fn totals(lang: Lang, report: &IngestReport, text: &mut String) {
    use DocumentStatus::{Encrypted, Failed, Ignored, New, Partial, Unchanged, Unsupported, Updated};
    let t = &report.totals;
    let counts: Vec<_> = [
        (t.new, New, GREEN),
        (t.updated, Updated, GREEN),
        (t.unchanged, Unchanged, DIM),
        (t.partial, Partial, YELLOW),
        (t.failed, Failed, RED),
        (t.encrypted, Encrypted, RED),
        (t.unsupported, Unsupported, YELLOW),
        (t.ignored, Ignored, DIM),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, status, style)| styled(style, format!("{} {}", number(lang, n), lang.status(status))))
    .collect();
    let documents = lang.count(t.documents, ("document", "documents"), ("Dokument", "Dokumente"));
    let _ = writeln!(text, "{} {}", styled(BOLD, format!("{documents}:")), counts.join(", "));
    if t.relabelled > 0 {
        let of = lang.count(
            t.relabelled,
            ("unchanged document got", "unchanged documents got"),
            ("unverändertes Dokument hat", "unveränderte Dokumente haben"),
        );
        let _ = writeln!(text, "{of} {}", lang.pick("new labels", "neue Kennzeichen"));
    }
    let p = &t.pages;
    let pages = lang.count(p.seen, ("page", "pages"), ("Seite", "Seiten"));
    let [read, empty, scanned, failed] = [p.extracted, p.empty, p.scanned, p.failed].map(|n| number(lang, n));
    let _ = match lang {
        Lang::En => writeln!(text, "{pages}: {read} read, {empty} empty, {scanned} scanned, {failed} failed"),
        Lang::De => writeln!(text, "{pages}: {read} gelesen, {empty} leer, {scanned} nur als Bild, {failed} fehlerhaft"),
    };
    let chunks = lang.count(report.chunks, ("chunk", "chunks"), ("Abschnitt", "Abschnitte"));
    let (tokens, size) = (number(lang, report.tokens), lang.megabytes(report.bytes, 1));
    let (seconds, version) = (lang.decimal(report.seconds, 1), number(lang, report.index_version));
    let _ = match lang {
        Lang::En => writeln!(text, "{chunks} and {tokens} tokens from {size} in {seconds} s; index version {version}"),
        Lang::De => writeln!(text, "{chunks} und {tokens} Token aus {size} in {seconds} s; Indexversion {version}"),
    };
    if report.failed().next().is_some() {
        let retry = lang.pick(
            "what could not be read is tried again with --retry",
            "was nicht lesbar war, wird mit --retry noch einmal versucht",
        );
        let _ = writeln!(text, "{}", styled(DIM, retry));
    }
}
