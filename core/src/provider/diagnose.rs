//! What a server says of an error when it is asked further. No prompt is sent, and a key only where it goes with every request.

use super::{
    Failure,
    models::{listed, nearest},
    wire::Call,
};
use crate::{
    Error,
    http::{Address, Http, Reason, Request, TransportError},
    wire::WANTS_TLS,
};

/// The server speaks no TLS and was spoken to with it.
const NO_TLS: &str = "no_tls";
/// A list of models is shorter.
const LONGEST_LIST: u64 = 4 << 20;
/// Names that a line holds.
const SHOWN: usize = 5;

/// Whether a server that was spoken to without TLS wants it, or has none where it was spoken to with it. It is asked for nothing, and is
/// shown no key.
pub(super) async fn of_tls(error: Error, http: &Http, address: &Address) -> Error {
    let said = |key: &str| error.context().find(|(its, _)| *its == key).map(|(_, value)| value);
    let may_be = match said("reason") {
        Some("protocol" | "closed") => address.is_plain(),
        // Ended without a word. A proxy would answer a plain request in the server's place.
        Some("tls") => !address.is_plain() && http.proxy_of(address).is_none(),
        _ => false,
    };
    let Some(otherwise) = address.otherwise().filter(|_| may_be && said("detail").is_none()) else { return error };
    match http.send(Request::get(otherwise)).await {
        Ok(_) if address.is_plain() => error.with("detail", WANTS_TLS),
        Ok(_) => error.with("detail", NO_TLS),
        // Whatever is wrong with its certificate, it has one.
        Err(TransportError { reason: Reason::Tls, detail: Some(detail), .. }) if detail != NO_TLS => {
            error.with("detail", WANTS_TLS)
        }
        Err(_) => error,
    }
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
