use std::{fs::File, io::Read, path::Path, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Error, ErrorKind, Result,
    http::{Http, Request},
    platform::Secret,
    wire::{Call, Failure, Meaning, Said, aws::PROVIDER, aws::sign::Keys, by_status},
};

/// As long as keys without an end are kept.
const WITHOUT_END: Duration = Duration::from_secs(15 * 60);
/// More than an answer with keys has.
const LONGEST_ANSWER: u64 = 256 << 10;
/// More than a token has.
const LONGEST_TOKEN: u64 = 64 << 10;

/// One who gives keys.
pub(super) fn call() -> Call {
    Call::new(PROVIDER, "", Vec::new(), classify)
}

/// Who refuses keys refuses them for good; who has no time for it does not.
fn classify(said: &Said) -> Meaning {
    let failure = match said.status {
        Some(400..=499) if !matches!(said.status, Some(408 | 429)) => Failure::Unauthorized,
        status => by_status(status.unwrap_or(500)),
    };
    failure.into()
}

/// What a request is answered.
pub(super) async fn asked(call: &mut Call, http: &Http, request: Request) -> Result<Vec<u8>> {
    let mut response = call.send(http, request).await?.at_most(LONGEST_ANSWER);
    response.whole().await.map_err(|error| call.transport(error))
}

/// Keys in the form that containers and machines give them in.
pub(super) fn keys(body: &[u8], call: &Call, now: Timestamp) -> Result<(Keys, Duration)> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| call.malformed("json"))?;
    // A machine says in a body with status 200 that it has none.
    if let Some(code) = answer.get("Code").and_then(Value::as_str).filter(|code| *code != "Success") {
        return Err(call.failed(&Said { status: Some(403), code: Some(code.to_owned()), ..Said::default() }));
    }
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let ends_at = text("Expiration").map(str::parse::<Timestamp>).transpose().map_err(|_| call.malformed("expiration"))?;
    issued(text("AccessKeyId"), text("SecretAccessKey"), text("Token"), ends_at, now).ok_or_else(|| call.malformed("keys"))
}

/// Keys and how long they are good for.
pub(super) fn issued(
    id: Option<&str>,
    secret: Option<&str>,
    session: Option<&str>,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<(Keys, Duration)> {
    let keys = Keys { id: Secret::from(id?), secret: Secret::from(secret?), session: session.map(Secret::from) };
    let left = |ends_at: Timestamp| Duration::try_from(ends_at.duration_since(now)).unwrap_or_default();
    Some((keys, ends_at.map_or(WITHOUT_END, left)))
}

/// A file with a token.
///
/// # Errors
/// `provider.token_file`; what stands in it is in no message.
pub(super) fn token(path: &Path, hint: &'static str) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_TOKEN).read_to_string(&mut text));
    read.map_err(|error| {
        Error::new(ErrorKind::Environment, "provider.token_file", format!("cannot read the file of a token: {error}"))
            .with("provider", PROVIDER)
            .with("path", path.display().to_string())
            .with_hint(hint)
    })?;
    Ok(text.trim().to_owned())
}
