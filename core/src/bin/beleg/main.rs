//! The command line of Beleg.

mod args;
mod commands;
mod engine;
mod output;
mod progress;
mod text;

use std::process::ExitCode;

use beleg::{Error, ErrorKind, platform};
use clap::{CommandFactory, FromArgMatches};

use crate::{args::Cli, output::Output, text::Lang};

/// Good; part of the work failed or a check did; wrong use; the environment is at fault.
const GOOD: u8 = 0;
const FAILED: u8 = 1;
const WRONG_USE: u8 = 2;
const ENVIRONMENT: u8 = 3;

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let lang = Lang::of_process(std::env::args_os().skip(1), variable);
    let command = lang.pick(Cli::command as fn() -> clap::Command, || text::help::german(Cli::command()))();
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    if matches!(cli.command, args::Command::Worker) {
        // Before anything else starts a thread or opens a file: the worker gives up what it does not need.
        return ExitCode::from(beleg::document::worker::serve(std::io::stdin(), std::io::stdout()).clamp(0, 255) as u8);
    }
    platform::return_memory_at_once();
    let output = Output::new(cli.json, cli.lang.unwrap_or(lang));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = Error::new(ErrorKind::Environment, "runtime.start", "the runtime cannot be started").with_source(error);
            output.error(&error);
            return ExitCode::from(ENVIRONMENT);
        }
    };
    let result = runtime.block_on(async {
        tokio::select! {
            result = commands::run(&cli, &output) => result,
            _ = tokio::signal::ctrl_c() => Err(Error::new(ErrorKind::Cancelled, "interrupted", "stopped")
                .with_hint("what was published stays; the same command goes on from there")),
        }
    });
    // Threads that still embed are not waited for: they were told to stop, and nothing of theirs is acknowledged.
    runtime.shutdown_background();
    match result {
        Ok(true) => ExitCode::from(GOOD),
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            output.error(&error);
            ExitCode::from(match error.kind() {
                ErrorKind::InvalidInput => WRONG_USE,
                ErrorKind::Environment => ENVIRONMENT,
                _ => FAILED,
            })
        }
    }
}
