use beleg::{
    Result,
    model::{self, fetch::Origin},
};

use crate::{args::Model, output::Output, text::models as text};

pub(crate) fn model(command: &Model, output: &Output) -> Result<bool> {
    match command {
        Model::Fetch { from, hub } => {
            let origin = if from == "hub" { Origin::Hub { base: hub.clone() } } else { Origin::Registry };
            let mut last = String::new();
            let fetched = model::fetch::fetch(&origin, &mut |event| {
                let Some(line) = text::fetching(output.lang(), &event) else { return };
                if line != last {
                    output.note(&line);
                    last = line;
                }
            })?;
            let value = serde_json::json!({"runtime": fetched.runtime, "model": fetched.model});
            output.result(&value, || text::fetched(output.lang(), &fetched.model, &fetched.runtime));
            Ok(true)
        }
        Model::List => {
            let status = model::status();
            output.result(&status.models, || text::list(output.lang(), &status.models));
            Ok(true)
        }
    }
}

pub(crate) fn doctor(output: &Output) -> Result<bool> {
    let status = model::status();
    output.result(&status, || text::doctor(output.lang(), &status));
    Ok(status.fix.is_none())
}
