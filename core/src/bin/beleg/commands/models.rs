use std::fmt::Write;

use beleg::{
    Result,
    model::{
        self, Found,
        fetch::{FetchEvent, Origin},
    },
};

use crate::{
    args::Model,
    output::{BOLD, CYAN, DIM, GREEN, Output, RED, styled},
};

pub(crate) fn model(command: &Model, output: &Output) -> Result<bool> {
    match command {
        Model::Fetch { from, hub } => {
            let origin = if from == "hub" { Origin::Hub { base: hub.clone() } } else { Origin::Registry };
            let mut last = String::new();
            let fetched = model::fetch::fetch(&origin, &mut |event| {
                let line = match event {
                    FetchEvent::Found { what } => format!("{what} is there"),
                    FetchEvent::Downloading { what, total, .. } => format!("downloading {what} ({:.0} MB)", total as f64 / 1e6),
                    FetchEvent::Making { .. } => "making the model".to_owned(),
                    FetchEvent::Ready { what } => format!("{what} is ready"),
                    _ => return,
                };
                if line != last {
                    output.note(&line);
                    last = line;
                }
            })?;
            let value = serde_json::json!({"runtime": fetched.runtime, "model": fetched.model});
            output.result(&value, || {
                format!("model in {}\nONNX Runtime in {}", fetched.model.display(), fetched.runtime.display())
            });
            Ok(true)
        }
        Model::List => {
            let status = model::status();
            output.result(&status.models, || {
                if status.models.is_empty() {
                    return "no model is there: run `beleg model fetch`".to_owned();
                }
                let line = |m: &model::ModelFound| {
                    let default = if m.is_default { " (default)" } else { "" };
                    format!("{}{default}  {:.0} MB  {}\n", styled(BOLD, &m.name), m.bytes as f64 / 1e6, m.path.display())
                };
                status.models.iter().map(line).collect()
            });
            Ok(true)
        }
    }
}

pub(crate) fn doctor(output: &Output) -> Result<bool> {
    let status = model::status();
    output.result(&status, || {
        let mut text = String::new();
        let mut line = |name: &str, found: std::result::Result<String, &beleg::error::ErrorRecord>| {
            let _ = match found {
                Ok(what) => writeln!(text, "{} {name:<18} {what}", styled(GREEN, "✓")),
                Err(error) => writeln!(
                    text,
                    "{} {name:<18} {} {}",
                    styled(RED, "✗"),
                    error.message,
                    styled(DIM, format!("[{}]", error.code))
                ),
            };
        };
        line("beleg", Ok(env!("CARGO_PKG_VERSION").to_owned()));
        match &status.cache {
            Some(cache) => line("cache", Ok(cache.display().to_string())),
            None => line("cache", Ok("none: set BELEG_CACHE".to_owned())),
        }
        match &status.runtime {
            Found::Present(runtime) => line("ONNX Runtime", Ok(format!("{} in {}", runtime.version, runtime.path.display()))),
            Found::Missing(error) => line("ONNX Runtime", Err(error)),
        }
        match &status.default_model {
            Found::Present(model) => line("embedding model", Ok(format!("{} in {}", model.name, model.path.display()))),
            Found::Missing(error) => line("embedding model", Err(error)),
        }
        if let Some(fix) = &status.fix {
            let _ = writeln!(text, "{} {fix}", styled(CYAN, "fix:"));
        }
        text
    });
    Ok(status.fix.is_none())
}
