//! What carries requests to witnesses and time stamp authorities, and with how much patience.

use std::{thread, time::Duration};

use crate::{Error, ErrorKind, Result};

/// Carries a request to a witness or a time stamp authority, and what is answered back. `HttpTransport` does it over HTTP.
///
/// Nothing that comes back is trusted: what it says is verified by those who asked.
pub trait Transport: Send + Sync {
    /// Posts a body, or fetches what lies at an address. Blocks, no longer than the request allows. An answer of any status is an
    /// answer; redirections are not followed.
    ///
    /// # Errors
    /// `audit.unreachable` when nothing came back in time, which is tried again; anything else is not.
    fn send(&self, request: &Request<'_>) -> Result<Answer>;
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where to; may hold a password.
    pub url: &'a str,
    /// What is posted, with its type; without it, what lies there is fetched.
    pub content: Option<(&'static str, &'a [u8])>,
    /// A longer answer is refused.
    pub answer_bytes: u64,
    /// How long it may take until the last byte of the answer is there.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The type of the body.
    pub content_type: Option<String>,
    /// When to come back, if it says so in seconds.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

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
pub(super) fn send_patiently(transport: &dyn Transport, request: &Request<'_>, options: &AnchorOptions) -> Result<Answer> {
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

fn unreachable(url: &str, reason: String) -> Error {
    Error::new(ErrorKind::Environment, "audit.unreachable", "a witness or time stamp authority does not answer")
        .with("url", shown(url))
        .with("reason", reason)
        .with_hint("check the address, the network and HTTPS_PROXY, and run the command again later: nothing is lost")
}

/// An address without the name and the password that it may hold.
pub(super) fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default())
        }
        None => url.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(feature = "http")]
pub use http::HttpTransport;

#[cfg(feature = "http")]
mod http {
    use ureq::{
        Agent, Proxy,
        tls::{RootCerts, TlsConfig},
    };

    use super::{Answer, Request, Transport, shown, unreachable};
    use crate::{Error, ErrorKind, Result};

    /// HTTP, through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY` and their kin) and with the certificates that the
    /// operating system trusts.
    #[derive(Debug)]
    pub struct HttpTransport(Agent);

    impl Default for HttpTransport {
        fn default() -> Self {
            Self::through(Proxy::try_from_env())
        }
    }

    impl HttpTransport {
        pub(in crate::audit_log) fn through(proxy: Option<Proxy>) -> Self {
            let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
            let config =
                Agent::config_builder().proxy(proxy).tls_config(tls).max_redirects(0).http_status_as_error(false).build();
            Self(config.new_agent())
        }
    }

    impl Transport for HttpTransport {
        fn send(&self, request: &Request<'_>) -> Result<Answer> {
            if !["http://", "https://"].iter().any(|scheme| request.url.starts_with(scheme)) {
                return Err(no_address(request.url));
            }
            let failed = |error: ureq::Error| match error {
                ureq::Error::BadUri(_) | ureq::Error::Http(_) => no_address(request.url),
                ureq::Error::BodyExceedsLimit(_) => Error::new(
                    ErrorKind::Malformed,
                    "audit.answer_too_long",
                    "what was answered is longer than any answer needs to be",
                )
                .with("url", shown(request.url))
                .with("limit", request.answer_bytes.to_string())
                .with_hint("check the address: something else than a witness or time stamp authority may answer there"),
                error => unreachable(request.url, error.to_string()),
            };
            let timeout = Some(request.timeout);
            let response = match request.content {
                Some((content_type, body)) => {
                    let posting = self.0.post(request.url).config().timeout_global(timeout).build();
                    posting.content_type(content_type).send(body)
                }
                None => self.0.get(request.url).config().timeout_global(timeout).build().call(),
            };
            let mut response = response.map_err(failed)?;
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (content_type, retry_after) = (header("content-type"), header("retry-after"));
            Ok(Answer {
                status: response.status().as_u16(),
                content_type,
                retry_after: retry_after.and_then(|seconds| seconds.parse().ok()).map(std::time::Duration::from_secs),
                body: response.body_mut().with_config().limit(request.answer_bytes).read_to_vec().map_err(failed)?,
            })
        }
    }

    fn no_address(url: &str) -> Error {
        Error::new(ErrorKind::InvalidInput, "audit.address", "this is no address of a witness or time stamp authority")
            .with("url", shown(url))
            .with_hint("it begins with https:// or http://")
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
