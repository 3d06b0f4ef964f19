use std::{fmt::Write, path::Path};

use beleg::{
    Error, Result,
    corpus::{IngestOptions, IngestReport, IngestedDocument},
    types::DocumentStatus,
};

use crate::{
    args::{Cli, Ingest},
    engine,
    output::{BOLD, DIM, GREEN, Output, RED, YELLOW, styled},
    progress,
};

pub(crate) async fn ingest(cli: &Cli, args: &Ingest, output: &Output) -> Result<bool> {
    // What is wrong with a path is said before a model is loaded or a corpus created for it.
    for path in &args.paths {
        std::fs::metadata(path).map_err(|error| Error::io(error, "ingest", path))?;
    }
    let passwords = super::passwords(args.password_file.as_deref())?;
    let (corpus, created) = engine::open(cli)?.open_or_create(&args.corpus).await?;
    if created {
        output.note(&format!("created the corpus {}", args.corpus.display()));
    }
    let options = IngestOptions {
        prefix: args.prefix.clone(),
        replace: args.replace,
        labels: args.labels.clone(),
        passwords,
        retry: args.retry,
        progress: progress::shown(output),
    };
    let report = corpus.ingest_all(&args.paths, options).await?;
    output.result(&report, || people(&report));
    Ok(report.failed().next().is_none())
}

pub(crate) async fn rebuild(cli: &Cli, corpus: &Path, output: &Output) -> Result<bool> {
    let version = engine::open(cli)?.rebuild(corpus, progress::shown(output)).await?;
    output.result(&serde_json::json!({"index_version": version.as_ref().map(|version| version.n)}), || match &version {
        Some(version) => format!("published index version {}", version.n),
        None => "the corpus is empty: there is nothing to rebuild".to_owned(),
    });
    Ok(true)
}

/// The completeness report.
fn people(report: &IngestReport) -> String {
    let mut text = String::new();
    let interesting = |d: &&IngestedDocument| {
        !matches!(d.status, DocumentStatus::New | DocumentStatus::Unchanged | DocumentStatus::Updated) || !d.notices.is_empty()
    };
    for document in report.documents.iter().filter(interesting) {
        let (style, status) = match document.status {
            DocumentStatus::Failed => (RED, "failed"),
            DocumentStatus::Encrypted => (RED, "encrypted"),
            DocumentStatus::Partial => (YELLOW, "partial"),
            DocumentStatus::Unsupported => (YELLOW, "unsupported"),
            DocumentStatus::Ignored => (DIM, "ignored"),
            _ => (DIM, "notice"),
        };
        let _ = writeln!(text, "{} {}", styled(style, format!("{status:<11}")), document.name);
        if let Some(error) = &document.error {
            let _ = writeln!(text, "            [{}] {}", error.code, error.message);
            if let Some(hint) = &error.hint {
                let _ = writeln!(text, "            {}", styled(DIM, hint));
            }
        }
        for page in document.unread.iter().take(5) {
            let _ = writeln!(text, "            page {}: [{}] {}", page.page, page.code, page.message);
        }
        if document.unread.len() > 5 {
            let _ = writeln!(text, "            and {} more pages", document.unread.len() - 5);
        }
        for notice in &document.notices {
            let _ = writeln!(text, "            {}", styled(DIM, format!("[{}] {}", notice.code, notice.message)));
        }
    }
    let t = &report.totals;
    let counts = [
        (t.new, "new", GREEN),
        (t.updated, "updated", GREEN),
        (t.unchanged, "unchanged", DIM),
        (t.partial, "partial", YELLOW),
        (t.failed, "failed", RED),
        (t.encrypted, "encrypted", RED),
        (t.unsupported, "unsupported", YELLOW),
        (t.ignored, "ignored", DIM),
    ];
    let counts: Vec<_> =
        counts.iter().filter(|(n, ..)| *n > 0).map(|(n, what, style)| styled(*style, format!("{n} {what}"))).collect();
    let _ = writeln!(text, "{} {}", styled(BOLD, format!("{} documents:", t.documents)), counts.join(", "));
    let p = &t.pages;
    let _ =
        writeln!(text, "{} pages: {} read, {} empty, {} scanned, {} failed", p.seen, p.extracted, p.empty, p.scanned, p.failed);
    let _ = writeln!(
        text,
        "{} chunks and {} tokens from {:.1} MB in {:.1} s; index version {}",
        report.chunks,
        report.tokens,
        report.bytes as f64 / 1e6,
        report.seconds,
        report.index_version
    );
    if report.failed().next().is_some() {
        let _ = writeln!(text, "{}", styled(DIM, "what could not be read is tried again with --retry"));
    }
    text
}
