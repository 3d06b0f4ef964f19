//! One command a file. Each returns whether all of its work was done.

mod answers;
mod documents;
mod ingest;
mod models;

use beleg::Result;

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
