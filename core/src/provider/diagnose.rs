//! What a server says of an error when it is asked further. No prompt is sent, and a key only where it goes with every request.

use super::{
    Failure,
    models::{listed, nearest},
    wire::Call,
};
use crate::{
    Error,
    http::{Address, Http, Request},
    wire::WANTS_TLS,
};

/// A list of models is shorter.
const LONGEST_LIST: u64 = 4 << 20;
/// Names that a line holds.
const SHOWN: usize = 5;

/// Whether a server that was spoken to without TLS wants it.
pub(super) async fn of_tls(error: Error, http: &Http, address: &Address) -> Error {
    let said = |key: &str| error.context().find(|(its, _)| *its == key).map(|(_, value)| value);
    let may_be_tls = matches!(said("reason"), Some("protocol" | "closed")) && said("detail").is_none();
    let Some(tls) = address.with_tls().filter(|_| may_be_tls && address.is_plain()) else { return error };
    let speaks_tls = match http.send(Request::get(tls)).await {
        Ok(_) => true,
        // Whatever is wrong with its certificate, it has one.
        Err(failed) => failed.reason.as_str() == "tls" && failed.detail != Some("no_tls"),
    };
    if speaks_tls { error.with("detail", WANTS_TLS) } else { error }
}

/// Which models a server offers in place of the one that it does not have. `places` are requests for its list: the first is where it
/// should be, and the others, where it is when the address is wrong, with a word for how.
pub(super) async fn of_models(
    error: Error,
    http: &Http,
    call: &Call,
    model: &str,
    places: Vec<(Request, Option<&'static str>)>,
) -> Error {
    if !matches!(Failure::of(&error), Some(Failure::NoModel | Failure::Malformed)) {
        return error;
    }
    for (request, detail) in places {
        let mut call = call.clone();
        let Ok(response) = call.send(http, request).await else { continue };
        let Ok(body) = response.at_most(LONGEST_LIST).whole().await else { continue };
        let Some(models) = serde_json::from_slice(&body).ok().and_then(|answer| listed(&answer)) else { continue };
        if let Some(detail) = detail {
            return error.with("detail", detail);
        }
        let names: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
        // It is there, so that something else is wrong.
        if names.contains(&model) {
            return error.with("detail", "listed");
        }
        let near = nearest(model, &names, SHOWN);
        return match names.len() {
            0 => error.with("detail", "no_models"),
            all => error.with("models", near.join(", ")).with("models_in_all", all.to_string()),
        };
    }
    error
}
