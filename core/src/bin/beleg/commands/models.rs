use std::time::Instant;

use beleg::{
    Error, ErrorKind, Result,
    error::ErrorRecord,
    model::{self, fetch::Origin},
    platform::variables,
    provider::{ProbeReport, probe},
};

use super::answers::QUOTES;
use crate::{
    args::{Doctor, Model},
    engine::Session,
    output::Output,
    text::models as text,
};

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

pub(crate) async fn doctor(session: &Session<'_>, args: &Doctor, output: &Output) -> Result<bool> {
    let provided = session.provided_model()?;
    let mut status = model::status();
    if provided.is_some() {
        // What embeds on this machine is not asked for.
        status.fix = None;
    }
    let mut probes = Vec::new();
    if args.probe {
        probes.extend(provided.as_deref().map(|name| probe_embedding(session, name)));
        let named: Vec<String> = args.chat.iter().filter(|name| *name != QUOTES).cloned().collect();
        let models = session.config()?.chat_models(&named, &variables)?;
        if models.is_empty() && probes.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "doctor.no_chat", "there is no chat model to call")
                .with_hint("name one with --chat, or in the configuration"));
        }
        for model in models {
            probes.push(probe(model.as_ref()).await);
        }
    }
    let mut json = serde_json::to_value(&status).unwrap_or_default();
    if args.probe {
        json["probes"] = serde_json::to_value(&probes).unwrap_or_default();
    }
    if let Some(name) = &provided {
        json["embedding"] = name.as_str().into();
    }
    output.result(&json, || text::doctor(output.lang(), &status, provided.as_deref()) + &text::probes(output.lang(), &probes));
    Ok(status.fix.is_none() && probes.iter().all(|probe| probe.ok))
}

/// Embeds one word.
fn probe_embedding(session: &Session<'_>, name: &str) -> ProbeReport {
    let (provider, model) = name.split_once('/').unwrap_or_default();
    let begun = Instant::now();
    let error = session.model().and_then(|model| model.embed_query("Beleg")).err();
    ProbeReport {
        provider: provider.to_owned(),
        model: model.to_owned(),
        ok: error.is_none(),
        seconds: begun.elapsed().as_secs_f64(),
        answered: None,
        usage: None,
        error: error.as_ref().map(ErrorRecord::from),
    }
}
