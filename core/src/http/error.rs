use std::{error::Error as StdError, fmt, io};

/// Why nothing came, or no more of it. Holds no address and nothing of the request, so that it can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The name of the host is not known.
    Dns,
    /// Nobody listens there, or there is no way to it.
    Refused,
    /// TLS: what exactly stands beside it.
    Tls,
    /// The proxy: it cannot be reached, or does not let through.
    Proxy,
    /// The connection took longer than it may.
    ConnectTimeout,
    /// Nothing came for longer than that may be.
    ReadTimeout,
    /// The whole of it took longer than it may.
    TotalTimeout,
    /// The connection was closed before all was there.
    Closed,
    /// The answer is longer than it may be.
    TooLong,
    /// What came is no HTTP.
    Protocol,
    /// The request cannot be sent as it is: a key with a line break in it.
    Request,
}

impl Reason {
    /// A word for it that stays.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::ConnectTimeout => "connect_timeout",
            Self::ReadTimeout => "read_timeout",
            Self::TotalTimeout => "total_timeout",
            Self::Closed => "closed",
            Self::TooLong => "too_long",
            Self::Protocol => "protocol",
            Self::Request => "request",
        }
    }
}

/// A request that went wrong on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TransportError {
    pub(crate) reason: Reason,
    /// More about it, in a word that stays: `unknown_issuer`.
    pub(crate) detail: Option<&'static str>,
    /// Whether the head of the answer had come already.
    pub(crate) in_body: bool,
}

impl TransportError {
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, detail: None, in_body: false }
    }

    /// What the client's own error says. `asked` is where the request was to go: another name that is not known, or another port that
    /// is closed, is the proxy's.
    pub(super) fn of(error: &reqwest::Error, asked: &Target, out_of_time: bool) -> Self {
        let mut found = Self::new(if error.is_connect() { Reason::Refused } else { Reason::Closed });
        // What is wrong with the proxy, if it is the proxy.
        let mut proxy = None;
        let mut next: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(cause) = next {
            let inner = innermost(cause);
            if let Some(unknown) = inner.downcast_ref::<UnknownName>() {
                if unknown.0 != asked.host {
                    proxy = Some("dns");
                }
                found = Self::new(Reason::Dns);
            } else if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
                found = Self { detail: Some(tls_detail(tls)), ..Self::new(Reason::Tls) };
            } else {
                // The types of these two are private to the client's crates.
                let said = cause.to_string();
                let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
                if has(&["tunnel error", "SOCKS error", "connecting to socks proxy"]) {
                    // Of a SOCKS proxy that is not found only `Debug` says so.
                    let is_unknown = format!("{cause:?}").contains("UnknownName");
                    proxy = Some(if is_unknown { "dns" } else { proxy_detail(&said) });
                } else if said == "tcp connect error" && is_elsewhere(&format!("{cause:?}"), asked.port) {
                    proxy = proxy.or(Some("unreachable"));
                } else if has(&["tls handshake eof"]) {
                    found.reason = Reason::Tls;
                } else if has(&["invalid HTTP", "unexpected message"]) {
                    found.reason = Reason::Protocol;
                } else if has(&["resolving for socks proxy"]) {
                    found.reason = Reason::Dns;
                }
            }
            next = cause.source();
        }
        if proxy.is_some() {
            found = Self { detail: proxy, ..Self::new(Reason::Proxy) };
        } else if error.is_timeout() {
            found = Self::new(match (error.is_connect(), out_of_time) {
                (_, true) => Reason::TotalTimeout,
                (true, false) => Reason::ConnectTimeout,
                (false, false) => Reason::ReadTimeout,
            });
        } else if error.is_builder() {
            found = Self::new(Reason::Request);
        }
        found
    }
}

/// Where a request is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

/// What a tunnel or a SOCKS proxy did not do.
fn proxy_detail(said: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if has(&["proxy authorization required", "credentials not accepted", "user/pass authentication", "implements authentication"])
    {
        "login"
    } else if has(&["failed to create underlying connection", "connecting to socks proxy"]) {
        "unreachable"
    } else {
        // Of a tunnel the client does not say the status: 403 and 502 are the same here.
        "refused"
    }
}

/// Whether a connection was tried to another port than the target's. The type of the error is private to the client's crates, and
/// only its `Debug` has the address: `ConnectError("tcp connect error", 127.0.0.1:3128, …)`.
fn is_elsewhere(error: &str, port: Option<u16>) -> bool {
    let address = error.split(", ").find_map(|part| part.parse::<std::net::SocketAddr>().ok());
    address.is_some_and(|address| port.is_some_and(|port| address.port() != port))
}

/// What an error of input and output holds, which `source` passes over.
fn innermost<'a>(mut error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error
}

fn tls_detail(error: &rustls::Error) -> &'static str {
    use rustls::{CertificateError as Certificate, Error};
    match error {
        Error::InvalidCertificate(Certificate::UnknownIssuer) => "unknown_issuer",
        Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => "expired",
        Error::InvalidCertificate(Certificate::NotValidYet | Certificate::NotValidYetContext { .. }) => "not_valid_yet",
        Error::InvalidCertificate(Certificate::NotValidForName | Certificate::NotValidForNameContext { .. }) => "wrong_name",
        Error::InvalidCertificate(_) => "certificate",
        Error::AlertReceived(_) => "refused_by_server",
        Error::InvalidMessage(_) => "no_tls",
        _ => "handshake",
    }
}

/// A name that is not known: how the resolver of the client says so.
#[derive(Debug)]
pub(super) struct UnknownName(pub(super) String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of the host is not known")
    }
}

impl StdError for UnknownName {}
