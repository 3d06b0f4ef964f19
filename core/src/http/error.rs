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

    /// What the client's own error says. `host` is the one that was asked for; another name that is not known is the proxy's.
    pub(super) fn of(error: &reqwest::Error, host: &str, out_of_time: bool) -> Self {
        let mut found = Self::new(if error.is_connect() { Reason::Refused } else { Reason::Closed });
        let mut proxied = false;
        let mut next: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(cause) = next {
            let inner = innermost(cause);
            if let Some(unknown) = inner.downcast_ref::<UnknownName>() {
                proxied |= unknown.0 != host;
                found = Self::new(Reason::Dns);
            } else if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
                found = Self { detail: Some(tls_detail(tls)), ..Self::new(Reason::Tls) };
            } else {
                // The types of these two are private to the client's crates.
                let said = cause.to_string();
                let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
                proxied |= has(&["tunnel error", "SOCKS error", "connecting to socks proxy"]);
                if has(&["invalid HTTP", "unexpected message"]) {
                    found.reason = Reason::Protocol;
                } else if has(&["resolving for socks proxy"]) {
                    found.reason = Reason::Dns;
                }
            }
            next = cause.source();
        }
        if proxied {
            found = Self::new(Reason::Proxy);
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
