use std::time::{Duration, Instant};

use reqwest::Method;

use super::{
    Address,
    error::{Reason, Target, TransportError},
};

/// A request.
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) url: Address,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) direct: bool,
}

impl Request {
    pub(crate) fn get(url: Address) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None, direct: false }
    }

    /// Without a body.
    #[cfg(feature = "aws-metadata")]
    pub(crate) fn put(url: Address) -> Self {
        Self { method: Method::PUT, ..Self::get(url) }
    }

    pub(crate) fn post(url: Address, content_type: &'static str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { method: Method::POST, url, headers, body: Some(body), direct: false }
    }

    /// With a header more. Its value is never logged.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[cfg(test)]
    pub(crate) fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// Past every proxy: for what answers to this machine alone.
    #[must_use]
    pub(crate) fn direct(mut self) -> Self {
        self.direct = true;
        self
    }

    pub(crate) fn url(&self) -> &Address {
        &self.url
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }
}

/// An answer: its head is there, its body is to come. Dropping it closes the connection, unless all of the body was read.
pub(crate) struct Response {
    pub(super) inner: reqwest::Response,
    pub(super) target: Target,
    pub(super) bytes_left: u64,
    pub(super) began: Instant,
    pub(super) total: Duration,
    pub(super) is_last: bool,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// Whether its connection is closed behind it anyway.
    pub(crate) fn is_last(&self) -> bool {
        self.is_last
    }

    /// A header, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// With a body of so many bytes at most, where that is less than what any body may have.
    pub(crate) fn at_most(mut self, bytes: u64) -> Self {
        self.bytes_left = self.bytes_left.min(bytes);
        self
    }

    /// More of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let next = self.inner.chunk().await.map_err(|error| {
            let out_of_time = self.began.elapsed() >= self.total;
            TransportError { in_body: true, ..TransportError::of(&error, &self.target, out_of_time) }
        })?;
        let Some(bytes) = next else { return Ok(None) };
        self.bytes_left = self
            .bytes_left
            .checked_sub(bytes.len() as u64)
            .ok_or(TransportError { in_body: true, ..TransportError::new(Reason::TooLong) })?;
        Ok(Some(Vec::from(bytes)))
    }

    /// All of the body.
    pub(crate) async fn whole(&mut self) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        while let Some(bytes) = self.chunk().await? {
            body.extend(bytes);
        }
        Ok(body)
    }

    /// The first bytes of the body, as far as they come: what a provider says of a failure is short.
    pub(crate) async fn beginning(&mut self, bytes: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while let Ok(Some(more)) = self.chunk().await
            && body.len() < bytes
        {
            body.extend(more);
        }
        body.truncate(bytes);
        body
    }
}
