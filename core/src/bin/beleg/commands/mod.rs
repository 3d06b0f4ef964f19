//! One command a file. Each returns whether all of its work was done.

mod answers;
mod documents;
mod ingest;
mod models;

use std::path::Path;

use beleg::{Error, Result};

use crate::{
    args::{Cli, Command},
    output::Output,
};

pub(crate) async fn run(cli: &Cli, output: &Output) -> Result<bool> {
    match &cli.command {
        Command::Ingest(args) => ingest::ingest(cli, args, output).await,
        Command::Search(args) => answers::search(cli, args, output).await,
        Command::Ask(args) => answers::ask(cli, args, output).await,
        Command::Eval(args) => answers::eval(cli, args, output).await,
        Command::Documents { corpus } => documents::documents(cli, corpus, output).await,
        Command::Show(args) => documents::show(cli, args, output).await,
        Command::Relabel(args) => documents::relabel(cli, args, output).await,
        Command::Delete { corpus, documents } => documents::delete(cli, corpus, documents, output).await,
        Command::Rebuild { corpus } => ingest::rebuild(cli, corpus, output).await,
        Command::Model { command } => models::model(command, output),
        Command::Doctor => models::doctor(output),
        Command::Worker => Ok(true),
    }
}

/// The passwords in a file, one a line. Blanks belong to them, since they may.
fn passwords(file: Option<&Path>) -> Result<Vec<String>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file).map_err(|error| Error::io(error, "read the passwords", file))?;
    Ok(text.trim_start_matches('\u{feff}').lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
