use std::sync::Arc;

use beleg::{
    Error, ErrorKind, Result,
    corpus::{Engine, EngineOptions, Extraction},
    embed::onnx::{OnnxModel, OnnxOptions},
    model,
};

use crate::args::Cli;

/// The engine of this process: the model that was asked for, and this program as its own worker.
pub(crate) fn open(cli: &Cli) -> Result<Engine> {
    let folder = match &cli.model {
        Some(folder) => folder.clone(),
        None => model::folder(model::DEFAULT)?,
    };
    let threads = cli.threads.map_or(0, std::num::NonZero::get);
    let model = OnnxModel::open(folder, &OnnxOptions { threads, runtime: None })?;
    let program = std::env::current_exe().map_err(|error| {
        Error::new(ErrorKind::Environment, "worker.start", "this program cannot tell where it lies").with_source(error)
    })?;
    let extraction = Extraction::Worker { program, arguments: vec!["worker".to_owned()] };
    Engine::new(
        Arc::new(model),
        EngineOptions { threads: cli.threads, extraction, any_folder: cli.any_folder, ..EngineOptions::default() },
    )
}
