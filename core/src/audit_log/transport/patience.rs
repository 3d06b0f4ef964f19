use std::{thread, time::Duration};

use super::{Answer, Request, Transport};
use crate::{Error, ErrorKind, Result};

/// Settings of what asks witnesses and time stamp authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnchorOptions {
    /// How long one request may take.
    pub timeout: Duration,
    /// How often it is made when the other side does not answer, is busy or fails.
    pub tries: u32,
    /// Between the first two tries; twice as long between the next two.
    pub pause: Duration,
}

impl Default for AnchorOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(15), tries: 4, pause: Duration::from_millis(500) }
    }
}

/// Between two tries, whatever the other side asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Sends until there is an answer that is neither "busy" nor "failed", as often as the options allow. Blocks.
pub(in crate::audit_log) fn send_patiently(
    transport: &dyn Transport,
    request: &Request<'_>,
    options: &AnchorOptions,
) -> Result<Answer> {
    let mut pause = options.pause;
    for tried in 1u32.. {
        let (error, wanted) = match transport.send(request) {
            Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                (unreachable(request.url, format!("it answered with status {}", answer.status)), answer.retry_after)
            }
            Ok(answer) => return Ok(answer),
            Err(error) if error.code() == "audit.unreachable" => (error, None),
            Err(error) => return Err(error),
        };
        if tried >= options.tries {
            return Err(error.with("tries", tried.to_string()));
        }
        tracing::debug!(code = error.code(), tried, "trying again");
        thread::sleep(wanted.unwrap_or_default().max(pause).min(LONGEST_PAUSE));
        pause = pause.saturating_mul(2);
    }
    Err(unreachable(request.url, "it was not asked".to_owned()))
}

pub(super) fn unreachable(url: &str, reason: String) -> Error {
    Error::new(ErrorKind::Environment, "audit.unreachable", "a witness or time stamp authority does not answer")
        .with("url", shown(url))
        .with("reason", reason)
        .with_hint("check the address, the network and HTTPS_PROXY, and run the command again later: nothing is lost")
}

/// An address without the name and the password that it may hold.
pub(in crate::audit_log) fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default())
        }
        None => url.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_never_shown() {
        for (url, is_shown) in [
            ("https://name:secret@tsa.example/tsr?a=b@c", "https://tsa.example/tsr?a=b@c"),
            ("https://tsa.example", "https://tsa.example"),
            ("https://a:b@c@tsa.example/", "https://tsa.example/"),
            ("name:secret@tsa.example", "tsa.example"),
        ] {
            assert_eq!(shown(url), is_shown);
        }
        let options = AnchorOptions { tries: 0, ..AnchorOptions::default() };
        assert!(!unreachable("http://a:secret@b", String::new()).to_string().contains("secret"));
        assert_eq!(options.timeout, Duration::from_secs(15));
    }
}
