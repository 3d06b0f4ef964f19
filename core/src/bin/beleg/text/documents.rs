//! Lists of documents, a document as it was extracted, and what was done to documents.

use std::{fmt::Write, path::Path};

use beleg::{
    corpus::{Relabelled, Shown},
    types::{DocumentRecord, DocumentRef, PageStatus, Span},
};

use super::{Lang, errors, number, plain};
use crate::output::{BOLD, CYAN, DIM, styled};

pub(crate) fn list(lang: Lang, records: &[DocumentRecord]) -> String {
    let mut text = String::new();
    for record in records {
        let pages = format!("{:>6} {:<7}", number(lang, record.pages.seen), lang.pick("pages", "Seiten"));
        let date = record.date.map_or_else(|| "-".to_owned(), |date| lang.date(date));
        let format = record.format.as_deref().unwrap_or("-");
        let labels = match record.labels.as_slice() {
            [] => String::new(),
            labels => styled(DIM, format!("  [{}]", labels.join(", "))),
        };
        let (status, document) = (lang.status(record.status), &record.document);
        let _ = writeln!(
            text,
            "{status:<13} {pages} {format:<8} {date:<10} v{:<3} {}{labels}",
            document.version,
            plain(&document.name)
        );
    }
    let count = lang.count(records.len() as u64, ("document", "documents"), ("Dokument", "Dokumente"));
    let _ = writeln!(text, "{}", styled(DIM, count));
    text
}

pub(crate) fn shown(lang: Lang, shown: &Shown, highlight: Option<Span>) -> String {
    let mut text = format!("{}\n", styled(BOLD, plain(&shown.record.document.name)));
    for page in &shown.pages {
        let name = page.name.as_ref().map(|name| format!(" ({})", plain(name))).unwrap_or_default();
        let _ = writeln!(text, "{}", styled(CYAN, format!("── {} {}{name}", lang.pick("page", "Seite"), page.number)));
        let _ = match &page.status {
            PageStatus::Extracted => Ok(()),
            PageStatus::Empty => writeln!(text, "({})", lang.pick("empty", "leer")),
            PageStatus::Scanned => writeln!(text, "({})", lang.pick("a picture without text", "ein Bild ohne Text")),
            PageStatus::Failed { code, message } => writeln!(text, "([{code}] {})", errors::of_page(lang, code, message)),
        };
        let _ = match highlight {
            Some(span) => {
                let (before, rest) = page.text.split_at(span.start as usize);
                let (marked, after) = rest.split_at(span.len());
                writeln!(text, "{before}{}{after}", styled(anstyle::Style::new().invert(), marked))
            }
            None => writeln!(text, "{}", page.text),
        };
    }
    text
}

pub(crate) fn wrote(lang: Lang, file: &Path) -> String {
    format!("{} {}", lang.pick("wrote", "geschrieben:"), file.display())
}

pub(crate) fn deleted(lang: Lang, documents: &[DocumentRef]) -> String {
    documents.iter().map(|document| format!("{} {}\n", lang.pick("deleted", "gelöscht:"), plain(&document.name))).collect()
}

pub(crate) fn relabelled(lang: Lang, done: &Relabelled) -> String {
    let labels = match done.labels.as_slice() {
        [] => lang.pick("none", "keine").to_owned(),
        labels => labels.join(", "),
    };
    let mut text = format!("{} {labels}\n", lang.pick("labels:", "Kennzeichen:"));
    done.relabelled.iter().for_each(|document| text.push_str(&format!("  {}\n", plain(&document.name))));
    text
}
