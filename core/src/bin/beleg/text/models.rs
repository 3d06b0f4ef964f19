//! Models, and what the doctor says.

use std::{fmt::Write, path::Path};

use beleg::{
    error::ErrorRecord,
    model::{Found, ModelFound, Status, fetch::FetchEvent},
    provider::{ProbeReport, explained},
    types::Language,
};

use super::{Lang, errors};
use crate::output::{BOLD, CYAN, DIM, GREEN, RED, styled};

/// What a fetch is at; nothing for what goes on too often to be said.
pub(crate) fn fetching(lang: Lang, event: &FetchEvent) -> Option<String> {
    Some(match event {
        FetchEvent::Found { what } => format!("{what} {}", lang.pick("is there", "ist da")),
        FetchEvent::Downloading { what, total, .. } => {
            format!("{} {what} ({})", lang.pick("downloading", "Herunterladen:"), lang.megabytes(*total, 0))
        }
        FetchEvent::Making { .. } => lang.pick("making the model", "das Modell wird erzeugt").to_owned(),
        FetchEvent::Ready { what } => format!("{what} {}", lang.pick("is ready", "ist bereit")),
        _ => return None,
    })
}

pub(crate) fn fetched(lang: Lang, model: &Path, runtime: &Path) -> String {
    let (model, runtime) = (model.display(), runtime.display());
    match lang {
        Lang::En => format!("model in {model}\nONNX Runtime in {runtime}"),
        Lang::De => format!("Modell in {model}\nONNX Runtime in {runtime}"),
    }
}

pub(crate) fn list(lang: Lang, models: &[ModelFound]) -> String {
    if models.is_empty() {
        let none = lang.pick("no model is there: run `beleg model fetch`", "kein Modell ist da: `beleg model fetch` holt es");
        return none.to_owned();
    }
    let line = |m: &ModelFound| {
        let default = if m.is_default { lang.pick(" (default)", " (Vorgabe)") } else { "" };
        format!("{}{default}  {}  {}\n", styled(BOLD, &m.name), lang.megabytes(m.bytes, 0), m.path.display())
    };
    models.iter().map(line).collect()
}

/// What each chat model answered.
pub(crate) fn probes(lang: Lang, probes: &[ProbeReport]) -> String {
    let language = if lang == Lang::De { Language::De } else { Language::En };
    let mut text = String::new();
    for probe in probes {
        let name = format!("{} {}", probe.provider, probe.model);
        let seconds = format!("{} s", lang.decimal(probe.seconds, 1));
        let _ = match &probe.error {
            None => {
                let answered = probe.answered.as_deref().unwrap_or(&probe.model);
                let said = lang.pick("answered after", "antwortet nach");
                writeln!(text, "{} {name}: {} {said} {seconds}", styled(GREEN, "✓"), super::plain(answered))
            }
            Some(error) => {
                let code = styled(DIM, format!("[{}]", error.code));
                writeln!(text, "{} {name}: {} {code}", styled(RED, "✗"), super::plain(&explained(error, language)))
            }
        };
    }
    text
}

/// `provided` is the embedding model of a provider, when one is used in place of those of this machine.
pub(crate) fn doctor(lang: Lang, status: &Status, provided: Option<&str>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, found: Result<String, &ErrorRecord>| {
        let _ = match found {
            Ok(what) => writeln!(text, "{} {name:<18} {what}", styled(GREEN, "✓")),
            Err(error) => {
                let code = styled(DIM, format!("[{}]", error.code));
                writeln!(text, "{} {name:<18} {} {code}", styled(RED, "✗"), errors::message(lang, error))
            }
        };
    };
    line("beleg", Ok(env!("CARGO_PKG_VERSION").to_owned()));
    let cache = match &status.cache {
        Some(cache) => cache.display().to_string(),
        None => lang.pick("none: set BELEG_CACHE", "keiner: BELEG_CACHE setzen").to_owned(),
    };
    line(lang.pick("cache", "Zwischenspeicher"), Ok(cache));
    let model = lang.pick("embedding model", "Einbettungsmodell");
    if let Some(name) = provided {
        line(model, Ok(format!("{} {}", super::plain(name), lang.pick("(of a provider)", "(bei einem Anbieter)"))));
        return text;
    }
    match &status.runtime {
        Found::Present(runtime) => line("ONNX Runtime", Ok(format!("{} in {}", runtime.version, runtime.path.display()))),
        Found::Missing(error) => line("ONNX Runtime", Err(error)),
    }
    match &status.default_model {
        Found::Present(found) => line(model, Ok(format!("{} in {}", found.name, found.path.display()))),
        Found::Missing(error) => line(model, Err(error)),
    }
    if let Some(fix) = &status.fix {
        let _ = writeln!(text, "{} {fix}", styled(CYAN, lang.pick("fix:", "Abhilfe:")));
    }
    text
}
