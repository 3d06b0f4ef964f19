use std::path::Path;

use beleg::{Error, Result, corpus::IngestOptions};

use crate::{args::Ingest, engine::Session, output::Output, progress, text::ingest as text};

pub(crate) async fn ingest(session: &Session<'_>, args: &Ingest, output: &Output) -> Result<bool> {
    // What is wrong with a path is said before a model is loaded or a corpus created for it.
    for path in &args.paths {
        std::fs::metadata(path).map_err(|error| Error::io(error, "ingest", path))?;
    }
    let passwords = super::passwords(args.password_file.as_deref())?;
    let (corpus, created) = session.corpus_or_new(&args.corpus).await?;
    if created {
        output.note(&text::created(output.lang(), &args.corpus));
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
    output.result(&report, || text::report(output.lang(), &report));
    Ok(report.failed().next().is_none())
}

pub(crate) async fn rebuild(session: &Session<'_>, corpus: &Path, output: &Output) -> Result<bool> {
    let version = session.engine()?.rebuild_as(corpus, session.context(), progress::shown(output)).await?;
    let version = version.map(|version| version.n);
    output.result(&serde_json::json!({"index_version": version}), || text::rebuilt(output.lang(), version));
    Ok(true)
}
