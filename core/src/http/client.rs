use std::{
    fmt,
    net::ToSocketAddrs,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONNECTION, HeaderName, HeaderValue},
    redirect::Policy,
};

use super::{
    Address, HttpSettings, Request, Response,
    error::{Reason, TransportError, UnknownName},
    proxy::{Named, proxies},
    settings::no_certificate,
};
use crate::{
    Error, ErrorKind, Result,
    env::{Clock, System},
    platform::{Variables, variables},
};

/// How long a connection is kept for the next request: shorter than any provider keeps it.
const IDLE: Duration = Duration::from_secs(30);

/// The client. Cloning it shares its connections.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    /// For what answers to this machine alone: no proxy, no TLS.
    direct: reqwest::Client,
    settings: HttpSettings,
    proxies: Vec<Named>,
    clock: Arc<dyn Clock>,
}

impl Http {
    /// A client with these settings; proxies that they leave open are those of the process's environment.
    ///
    /// # Errors
    /// `http.proxy`, `http.certificate`, and those of reading a file.
    pub fn new(settings: HttpSettings) -> Result<Self> {
        Self::with(settings, &variables, Arc::new(System))
    }

    /// The same with another environment, and with the time that a clock tells: it is part of signatures and of how long a
    /// token lasts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(settings: HttpSettings, variables: Variables<'_>, clock: Arc<dyn Clock>) -> Result<Self> {
        let proxies = proxies(&settings, variables)?;
        Self::made(settings, proxies, clock)
    }

    /// The same with connections of its own. A connection belongs to the runtime in which it was made and stands still with it, so that
    /// whoever has a runtime of its own must not take one from another.
    pub(crate) fn apart(&self) -> Result<Self> {
        let Inner { settings, proxies, clock, .. } = &*self.0;
        Self::made(settings.clone(), proxies.clone(), clock.clone())
    }

    fn made(settings: HttpSettings, proxies: Vec<Named>, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut builder = Self::builder(&settings);
        for proxy in &proxies {
            builder = builder.proxy(proxy.proxy.clone());
        }
        for certificate in settings.authorities()? {
            builder = builder.add_root_certificate(certificate);
        }
        if let Some(identity) = settings.identity()? {
            builder = builder.identity(identity);
        }
        let client = builder.build().map_err(|_| match settings.client_certificate.as_ref().or(settings.ca_bundle.as_ref()) {
            Some(path) => no_certificate(path, "check that certificate and key belong together"),
            None => Error::new(ErrorKind::Environment, "http.client", "TLS cannot be set up on this machine")
                .with_hint("install the certificates of public authorities (Debian: ca-certificates), or name a file of them"),
        })?;
        let direct = Self::builder(&settings).tls_built_in_root_certs(false).build();
        let direct = direct.map_err(|_| Error::new(ErrorKind::Internal, "http.direct", "a client cannot be made"))?;
        Ok(Self(Arc::new(Inner { client, direct, settings, proxies, clock })))
    }

    /// Without redirections, which would carry a key to another host.
    fn builder(settings: &HttpSettings) -> ClientBuilder {
        reqwest::Client::builder()
            .user_agent(concat!("beleg/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Names))
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .read_timeout(Duration::from_millis(settings.read_timeout_ms))
            .timeout(Duration::from_millis(settings.total_timeout_ms))
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    /// The proxy through which an address is reached unless it is left out of those that are: its host and port.
    pub(crate) fn proxy_of(&self, address: &Address) -> Option<&str> {
        let found = self.0.proxies.iter().find(|proxy| proxy.is_for(address.is_plain()));
        found.map(|proxy| proxy.authority.as_str())
    }

    /// Sends a request and waits for the head of its answer, of whatever status.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let began = Instant::now();
        let total = Duration::from_millis(self.0.settings.total_timeout_ms);
        let target = request.url.target();
        let client = if request.direct { &self.0.direct } else { &self.0.client };
        let mut sending = client.request(request.method, request.url.url());
        if let Some(body) = request.body {
            sending = sending.body(body);
        }
        // Without TLS a connection costs next to nothing, and servers such as llama.cpp's close theirs behind an answer without
        // saying so: one that is used again may be gone, and the request with it.
        let is_plain = request.url.is_plain();
        if is_plain {
            sending = sending.header(CONNECTION, HeaderValue::from_static("close"));
        }
        for (name, value) in request.headers {
            let mut value = HeaderValue::from_str(&value).map_err(|_| TransportError::new(Reason::Request))?;
            value.set_sensitive(true);
            sending = sending.header(HeaderName::from_static(name), value);
        }
        match sending.send().await {
            Ok(inner) => {
                let bytes_left = self.0.settings.max_body_bytes;
                Ok(Response { inner, target, bytes_left, began, total, is_last: is_plain })
            }
            Err(error) => Err(TransportError::of(&error, &target, began.elapsed() >= total)),
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

/// The operating system's resolver, with an error that can be told from others.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let asked = name.clone();
            let found = tokio::task::spawn_blocking(move || (asked.as_str(), 0).to_socket_addrs()).await;
            match found {
                Ok(Ok(addresses)) => Ok(Box::new(addresses) as Addrs),
                _ => Err(UnknownName(name).into()),
            }
        })
    }
}
