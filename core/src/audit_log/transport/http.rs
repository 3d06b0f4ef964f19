use std::{error::Error as StdError, fmt, fs, io, sync::Arc, time::Duration};

use rustls::{CertificateError, Error as TlsError};
use ureq::{
    Agent, Proxy,
    http::Uri,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{Answer, Request, Transport, patience::unreachable, proxy::Proxies, shown};
use crate::{
    Error, ErrorKind, Result,
    audit_log::HttpOptions,
    platform::{Variables, variables},
};

/// HTTP, through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY` and their kin) and with the certificates that the
/// operating system or the options trust. It follows no redirection.
pub struct HttpTransport {
    direct: Agent,
    tls: Option<Agent>,
    plain: Option<Agent>,
    proxies: Proxies,
}

impl HttpTransport {
    /// # Errors
    /// `audit.ca_bundle`, `audit.proxy_address`.
    pub fn new(options: &HttpOptions) -> Result<Self> {
        Self::with(options, &variables)
    }

    /// The same with another environment.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(options: &HttpOptions, variables: Variables<'_>) -> Result<Self> {
        let roots = roots(options)?;
        let agent = |proxy: Option<Proxy>| {
            let tls = TlsConfig::builder().root_certs(roots.clone()).build();
            let config =
                Agent::config_builder().proxy(proxy).tls_config(tls).max_redirects(0).http_status_as_error(false).build();
            config.new_agent()
        };
        let proxies = Proxies::of(variables)?;
        let through = |proxy: &Option<Proxy>| proxy.clone().map(|proxy| agent(Some(proxy)));
        Ok(Self { direct: agent(None), tls: through(&proxies.tls), plain: through(&proxies.plain), proxies })
    }

    /// Who carries a request, and whether through a proxy.
    fn agent(&self, url: &Uri) -> (&Agent, Option<&Proxy>) {
        let (agent, proxy) =
            if url.scheme_str() == Some("https") { (&self.tls, &self.proxies.tls) } else { (&self.plain, &self.proxies.plain) };
        match agent {
            Some(agent) if !self.proxies.goes_around(url.host().unwrap_or_default()) => (agent, proxy.as_ref()),
            _ => (&self.direct, None),
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let url: Uri = request.url.parse().map_err(|_| no_address(request.url))?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none_or(str::is_empty) {
            return Err(no_address(request.url));
        }
        let (agent, proxy) = self.agent(&url);
        let failed = |error| told(error, request, proxy);
        let timeout = Some(request.timeout);
        let response = match request.content {
            Some((content_type, body)) => {
                let posting = agent.post(request.url).config().timeout_global(timeout).build();
                posting.content_type(content_type).send(body)
            }
            None => agent.get(request.url).config().timeout_global(timeout).build().call(),
        };
        let mut response = response.map_err(failed)?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, retry_after) = (header("content-type"), header("retry-after"));
        Ok(Answer {
            status: response.status().as_u16(),
            content_type,
            retry_after: retry_after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs),
            body: response.body_mut().with_config().limit(request.answer_bytes).read_to_vec().map_err(failed)?,
        })
    }
}

impl fmt::Debug for HttpTransport {
    /// Without the proxies: their addresses may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// Who is trusted to say which server is which.
fn roots(options: &HttpOptions) -> Result<RootCerts> {
    let Some(path) = &options.ca_bundle else { return Ok(RootCerts::PlatformVerifier) };
    let unusable = |hint: &'static str| {
        Error::new(ErrorKind::InvalidInput, "audit.ca_bundle", "a file of certificates cannot be used")
            .with("file", path.display().to_string())
            .with_hint(hint)
    };
    let pem = fs::read(path).map_err(|error| unusable("check its name and its rights").with_source(error))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item.map_err(|error| unusable("it is no PEM").with_source(error))? {
            PemItem::Certificate(certificate) => certificates.push(certificate),
            _ => return Err(unusable("it holds something else than certificates")),
        }
    }
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in it"));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

/// What went wrong on the way.
fn told(error: ureq::Error, request: &Request<'_>, proxy: Option<&Proxy>) -> Error {
    let url = request.url;
    let with_proxy = |error: Error| match proxy {
        Some(proxy) => error.with("proxy", format!("{}:{}", proxy.host(), proxy.port())),
        None => error,
    };
    if let Some(tls) = tls_error(&error) {
        return with_proxy(
            Error::new(ErrorKind::Environment, "audit.tls", "the other side is not who its address says, as far as is known here")
                .with("url", shown(url))
                .with("detail", tls_detail(tls)),
        )
        .with_hint(
            "for an authority of one's own name a file with its certificate (`ca_bundle`, SSL_CERT_FILE); else check the address and the \
             clock",
        );
    }
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => no_address(url),
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            Error::new(ErrorKind::Malformed, "audit.answer_too_long", "what was answered is longer than any answer needs to be")
                .with("url", shown(url))
                .with("limit", request.answer_bytes.to_string())
                .with_hint("check the address: something else than a witness or time stamp authority may answer there")
        }
        ureq::Error::ConnectProxyFailed(reason) => with_proxy(
            Error::new(ErrorKind::Environment, "audit.proxy", "the proxy does not let a request through")
                .with("url", shown(url))
                .with("reason", reason),
        )
        .with_hint("ask who runs it; name and password stand in HTTPS_PROXY, and NO_PROXY names what is reached without it"),
        ureq::Error::Protocol(error) => with_proxy(
            Error::new(ErrorKind::Malformed, "audit.no_http", "what was answered is no HTTP, or none that is read")
                .with("url", shown(url))
                .with("reason", error.to_string()),
        )
        .with_hint("check the address: something else than a witness or time stamp authority may answer there"),
        error => with_proxy(unreachable(url, error.to_string())),
    }
}

/// The error of TLS behind an error, however deep it lies.
fn tls_error(error: &ureq::Error) -> Option<&TlsError> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => {
            let mut inner: &(dyn StdError + 'static) = error;
            // `source` passes over what an error of input and output holds.
            while let Some(next) = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                inner = next;
            }
            inner.downcast_ref()
        }
        _ => None,
    }
}

fn tls_detail(error: &TlsError) -> &'static str {
    match error {
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => "unknown_issuer",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "not_valid_yet",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "wrong_name",
            CertificateError::Revoked => "revoked",
            _ => "certificate",
        },
        TlsError::InvalidMessage(_) => "no_tls",
        TlsError::AlertReceived(_) => "refused_by_server",
        _ => "handshake",
    }
}

fn no_address(url: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "audit.address", "this is no address of a witness or time stamp authority")
        .with("url", shown(url))
        .with_hint("it begins with https:// or http://")
}
