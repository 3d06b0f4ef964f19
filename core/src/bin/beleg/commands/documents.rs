use std::{fmt::Write, path::Path, sync::Arc};

use beleg::{
    Error, ErrorKind, Result,
    corpus::ShowOptions,
    document::pdf,
    types::{DocumentRecord, Page, PageStatus, Span},
};

use crate::{
    args::{Cli, Show},
    engine,
    output::{BOLD, CYAN, DIM, Output, styled},
};

/// Resolution of pictures.
const DPI: f32 = 144.0;

pub(crate) async fn documents(cli: &Cli, corpus: &Path, output: &Output) -> Result<bool> {
    let records = engine::open(cli)?.open(corpus).await?.documents().await?;
    output.result(&serde_json::json!({"documents": records}), || {
        let mut text = String::new();
        for record in &records {
            let pages = &record.pages;
            let _ = writeln!(
                text,
                "{:<11} {:>5} pages  {:<8} v{:<3} {}",
                status(record),
                pages.seen,
                record.format.as_deref().unwrap_or("-"),
                record.document.version,
                record.document.name
            );
        }
        let _ = writeln!(text, "{}", styled(DIM, format!("{} documents", records.len())));
        text
    });
    Ok(true)
}

fn status(record: &DocumentRecord) -> String {
    serde_json::to_value(record.status).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) async fn show(cli: &Cli, args: &Show, output: &Output) -> Result<bool> {
    let passwords = super::passwords(args.password_file.as_deref())?;
    let corpus = engine::open(cli)?.open(&args.corpus).await?;
    let shown = corpus.show(&args.document, ShowOptions { page: args.page }).await?;
    let highlight = args.highlight.as_deref().map(|range| span(range, &shown.pages[0])).transpose()?;
    if let (Some(file), Some(page)) = (&args.picture, args.page) {
        if shown.record.format.as_deref() != Some("pdf") {
            return Err(Error::new(ErrorKind::Unsupported, "show.no_picture", "only PDF documents have pictures of their pages")
                .with("document", shown.record.document.name)
                .with_hint("leave --picture out to see the text"));
        }
        let boxes = highlight.map(|span| shown.pages[0].boxes(span)).unwrap_or_default();
        let png = pdf::picture(Arc::new(corpus.original(&args.document).await?), &passwords, page, &boxes, DPI)?;
        std::fs::write(file, png).map_err(|error| Error::io(error, "write the picture", file))?;
        output.note(&format!("wrote {}", file.display()));
    }
    output.result(&serde_json::json!({"document": shown.record, "pages": shown.pages}), || {
        let mut text = format!("{}\n", styled(BOLD, &shown.record.document.name));
        for page in &shown.pages {
            let name = page.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            let _ = writeln!(text, "{}", styled(CYAN, format!("── page {}{name}", page.number)));
            match &page.status {
                PageStatus::Extracted => {}
                PageStatus::Empty => text.push_str("(empty)\n"),
                PageStatus::Scanned => text.push_str("(a picture without text)\n"),
                PageStatus::Failed { code, message } => {
                    let _ = writeln!(text, "([{code}] {message})");
                }
            }
            match highlight {
                Some(span) => {
                    let (before, rest) = page.text.split_at(span.start as usize);
                    let (marked, after) = rest.split_at(span.len());
                    let _ = writeln!(text, "{before}{}{after}", styled(anstyle::Style::new().invert(), marked));
                }
                None => {
                    let _ = writeln!(text, "{}", page.text);
                }
            }
        }
        text
    });
    Ok(true)
}

fn span(range: &str, page: &Page) -> Result<Span> {
    let parsed = range.split_once("..").and_then(|(start, end)| Some((start.parse::<usize>().ok()?, end.parse::<usize>().ok()?)));
    parsed
        .filter(|(start, end)| start <= end && page.text.get(*start..*end).is_some())
        .map(|(start, end)| Span::new(start, end))
        .ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "show.highlight", "the range is not in the page's text")
                .with("range", range)
                .with("page_bytes", page.text.len().to_string())
                .with_hint("write it as START..END, in bytes, as a citation has it")
        })
}

pub(crate) async fn delete(cli: &Cli, corpus: &Path, documents: &[String], output: &Output) -> Result<bool> {
    let deleted = engine::open(cli)?.open(corpus).await?.delete(documents).await?;
    output.result(&serde_json::json!({"deleted": deleted}), || {
        deleted.iter().map(|document| format!("deleted {}\n", document.name)).collect()
    });
    Ok(true)
}
