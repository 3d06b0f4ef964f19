use std::{path::Path, sync::Arc};

use beleg::{
    Error, ErrorKind, Result,
    corpus::ShowOptions,
    document::pdf,
    types::{Page, Span},
};

use crate::{
    args::{Relabel, Show},
    engine::Session,
    output::Output,
    text::documents as text,
};

/// Resolution of pictures.
const DPI: f32 = 144.0;

pub(crate) async fn documents(session: &Session<'_>, corpus: &Path, deleted: bool, output: &Output) -> Result<bool> {
    let corpus = session.corpus(corpus).await?;
    let records = if deleted { corpus.deleted().await? } else { corpus.documents().await? };
    output.result(&serde_json::json!({"documents": records}), || text::list(output.lang(), &records));
    Ok(true)
}

pub(crate) async fn show(session: &Session<'_>, args: &Show, output: &Output) -> Result<bool> {
    let passwords = super::passwords(args.password_file.as_deref())?;
    let corpus = session.corpus(&args.corpus).await?;
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
        output.note(&text::wrote(output.lang(), file));
    }
    output.result(&serde_json::json!({"document": shown.record, "pages": shown.pages}), || {
        text::shown(output.lang(), &shown, highlight)
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

pub(crate) async fn delete(session: &Session<'_>, corpus: &Path, documents: &[String], output: &Output) -> Result<bool> {
    let deleted = session.corpus(corpus).await?.delete(documents).await?;
    output.result(&serde_json::json!({"deleted": deleted}), || text::deleted(output.lang(), &deleted));
    Ok(true)
}

pub(crate) async fn relabel(session: &Session<'_>, args: &Relabel, output: &Output) -> Result<bool> {
    let done = session.corpus(&args.corpus).await?.relabel(&args.documents, &args.labels).await?;
    output.result(&done, || text::relabelled(output.lang(), &done));
    Ok(true)
}
