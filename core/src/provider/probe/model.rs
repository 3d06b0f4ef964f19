use super::{
    super::Failure,
    text::{Line, Said, line},
};

/// Models, deployments, inference profiles.
pub(super) fn which_model(said: &Said<'_>) -> Option<Line> {
    let (host, model, status) = (said.get("host"), said.get("model"), said.status());
    Some(match (said.failure, said.get("detail")) {
        (Some(Failure::NoModel), "deployment") => line(
            format!("the resource {host} is there, and has no deployment `{model}`. It is the deployment's name that counts, not the model's; a new one takes five minutes."),
            format!("Die Ressource {host} gibt es, aber kein Deployment `{model}`. Es zählt der Name des Deployments, nicht der des Modells; ein neues braucht fünf Minuten."),
        ),
        (Some(Failure::NoModel), "path") => line(
            format!("{host} is there, and not this path: `endpoint` is https://NAME.openai.azure.com without more; with `api: classic` check `api_version`, without it try `api: classic`."),
            format!("{host} gibt es, diesen Pfad nicht: `endpoint` ist https://NAME.openai.azure.com ohne mehr; mit `api: classic` die `api_version` prüfen, ohne `api: classic` versuchen."),
        ),
        (_, "api_version") => line(
            format!("{host} does not take this `api_version` for this model: leave `api: classic` out, or set a later one."),
            format!("{host} nimmt diese `api_version` für dieses Modell nicht an: `api: classic` weglassen, oder eine spätere setzen."),
        ),
        (_, "inference_profile") => {
            let profiles = said.get("profiles");
            let try_one = |words: &str| if profiles.is_empty() { String::new() } else { format!("{words}{profiles}") };
            line(
                format!("`{model}` is reached by an inference profile alone; set its id as `model`{}. `aws bedrock list-inference-profiles` lists them.", try_one(": ")),
                format!("`{model}` ist nur über ein Inferenzprofil zu erreichen; dessen ID als `model` setzen{}. `aws bedrock list-inference-profiles` nennt sie.", try_one(": ")),
            )
        }
        (_, "model_id") => line(
            format!("Bedrock has no `{model}` in this region. `aws bedrock list-inference-profiles` lists what it has; an id has its version in it."),
            format!("Bedrock hat in dieser Region kein `{model}`. `aws bedrock list-inference-profiles` nennt, was es gibt; zur ID gehört die Version."),
        ),
        (Some(Failure::NoModel), "use_case") => use_case(),
        (Some(Failure::NoModel), "retired") => retired(model),
        (Some(Failure::NoModel), "no_models") => line(
            format!("{host} has no model at all: load one (`ollama pull {model}`)."),
            format!("{host} hat gar kein Modell: eines laden (`ollama pull {model}`)."),
        ),
        (Some(Failure::NoModel), "listed") => line(
            format!("{host} lists `{model}`, and does not chat with it ({status}). Is it an embedding model? Is its path another one?"),
            format!("{host} führt `{model}`, chattet aber nicht damit ({status}). Ist es ein Einbettungsmodell? Ist der Pfad ein anderer?"),
        )
        .quoting(said),
        (Some(Failure::NoModel), _) if !said.get("models").is_empty() => {
            let names = said.get("models");
            let all = said.get("models_in_all").parse().unwrap_or(0_usize);
            let more = all.saturating_sub(names.split(", ").count());
            let (en, de) = match more {
                0 => (String::new(), String::new()),
                more => (format!(", and {more} more"), format!(" und {more} weitere")),
            };
            line(format!("no model `{model}`; there are: {names}{en}."), format!("Kein Modell `{model}`; es gibt: {names}{de}."))
        }
        (Some(Failure::NoModel), _) => line(
            format!("there is no such model or deployment ({status}). Check its name, the address and its path, and that it is enabled for the account."),
            format!("Dieses Modell oder Deployment gibt es nicht ({status}). Namen, Adresse und Pfad prüfen, und ob es für das Konto freigeschaltet ist."),
        )
        .quoting(said),
        _ => return None,
    })
}

pub(super) fn use_case() -> Line {
    line(
        "Anthropic wants the use case form first, once for the account: Bedrock's model catalog shows it with one of its models.",
        "Anthropic will zuerst das Formular zum Verwendungszweck, einmal je Konto: Der Modellkatalog von Bedrock zeigt es bei einem seiner Modelle.",
    )
}

pub(super) fn retired(model: &str) -> Line {
    line(
        format!("`{model}` is on its way out and closed to who has not used it of late: take its successor."),
        format!("`{model}` läuft aus und ist für alle gesperrt, die es zuletzt nicht genutzt haben: den Nachfolger nehmen."),
    )
}
