//! An answer taken out, checked, replayed, erased.

use std::path::Path;

use beleg::{
    Error, ErrorKind, Result,
    audit::{VerifierKey, bundle::verify_bundle},
    corpus::{BundleOptions, Erase},
};
use uuid::Uuid;

use crate::{
    args::{BundleArgs, EraseArgs},
    engine::Session,
    output::Output,
    text::evidence as text,
};

pub(crate) async fn bundle(session: &Session<'_>, args: &BundleArgs, output: &Output) -> Result<bool> {
    let options = BundleOptions {
        full_pages: args.full_pages,
        originals: args.originals,
        checkpoint: args.checkpoint,
        around: args.around,
        passwords: super::passwords(args.password_file.as_deref())?,
    };
    let bundle = session.corpus(&args.corpus).await?.bundle(args.answer, options).await?;
    std::fs::write(&args.output, &bundle.bytes).map_err(|error| Error::io(error, "write the bundle", &args.output))?;
    let json = serde_json::json!({
        "file": args.output,
        "bytes": bundle.bytes.len(),
        "checkpoint_size": bundle.size,
        "entries": bundle.entries,
        "erased": bundle.erased,
        "without_picture": bundle.without_picture.iter().map(|(document, page)| serde_json::json!({"document": document, "page": page})).collect::<Vec<_>>(),
    });
    output.result(&json, || text::bundled(output.lang(), &args.output, &bundle));
    Ok(true)
}

pub(crate) fn verify(file: &Path, keys: &[String], output: &Output) -> Result<bool> {
    let keys = keys.iter().map(|key| key.parse::<VerifierKey>()).collect::<Result<Vec<_>>>()?;
    let bytes = std::fs::read(file).map_err(|error| Error::io(error, "read the bundle", file))?;
    let report = verify_bundle(&bytes, &keys).map_err(|error| error.with("file", file.display().to_string()))?;
    output.result(&report, || text::verified(output.lang(), &report));
    Ok(report.ok)
}

pub(crate) async fn replay(session: &Session<'_>, corpus: &Path, answer: Uuid, output: &Output) -> Result<bool> {
    let replay = session.corpus(corpus).await?.replay(answer).await?;
    output.result(&replay, || text::replayed(output.lang(), &replay));
    Ok(replay.identical)
}

pub(crate) async fn erase(session: &Session<'_>, args: &EraseArgs, output: &Output) -> Result<bool> {
    let what = match (&args.subject, &args.document, args.answer) {
        (Some(subject), None, None) => Erase::Subject(subject.clone()),
        (None, Some(document), None) => Erase::Document(document.clone()),
        (None, None, Some(answer)) => Erase::Answer(answer),
        _ => {
            return Err(Error::new(ErrorKind::InvalidInput, "erase.what", "it is not said what to erase")
                .with_hint("give one of --subject, --document and --answer"));
        }
    };
    let erasure = session.corpus(&args.corpus).await?.erase(what).await?;
    output.result(&erasure, || text::erased(output.lang(), &erasure));
    Ok(true)
}
