//! One command a file. Each returns whether all of its work was done.

mod answers;
mod audit;
mod documents;
mod evidence;
mod ingest;
mod models;
mod retention;

use std::path::Path;

use beleg::{Error, Result};

use crate::{
    args::{Cli, Command},
    engine::Session,
    output::Output,
};

pub(crate) async fn run(cli: &Cli, output: &Output) -> Result<bool> {
    let session = Session::new(cli);
    let result = dispatch(cli, &session, output).await;
    // What failed is on record as well.
    let closed = session.close().await;
    result.and_then(|done| closed.map(|()| done))
}

async fn dispatch(cli: &Cli, session: &Session<'_>, output: &Output) -> Result<bool> {
    match &cli.command {
        Command::Ingest(args) => ingest::ingest(session, args, output).await,
        Command::Search(args) => answers::search(session, args, output).await,
        Command::Ask(args) => answers::ask(session, args, output).await,
        Command::Eval(args) => answers::eval(session, args, output).await,
        Command::Documents { corpus, deleted } => documents::documents(session, corpus, *deleted, output).await,
        Command::Show(args) => documents::show(session, args, output).await,
        Command::Relabel(args) => documents::relabel(session, args, output).await,
        Command::Delete { corpus, documents } => documents::delete(session, corpus, documents, output).await,
        Command::Rebuild { corpus } => ingest::rebuild(session, corpus, output).await,
        Command::Audit { command } => audit::audit(session, command, output).await,
        Command::Bundle(args) => evidence::bundle(session, args, output).await,
        Command::Verify { file, known } => evidence::verify(file, known, output),
        Command::Replay { corpus, answer } => evidence::replay(session, corpus, *answer, output).await,
        Command::Erase(args) => evidence::erase(session, args, output).await,
        Command::Hold(args) => retention::hold(session, args, output).await,
        Command::Retention { command } => retention::retention(session, command, output).await,
        Command::Seal { corpus, reason } => retention::seal(session, corpus, reason, output).await,
        Command::External { command } => retention::external(session, command, output).await,
        Command::Model { command } => models::model(command, output),
        Command::Doctor(args) => models::doctor(session, args, output).await,
        Command::Worker => Ok(true),
    }
}

/// The passwords in a file, one a line. Blanks belong to them, since they may.
fn passwords(file: Option<&Path>) -> Result<Vec<String>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file).map_err(|error| Error::io(error, "read the passwords", file))?;
    Ok(text.trim_start_matches('\u{feff}').lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
