use std::fmt;

use reqwest::Url;

use super::error::Target;
use crate::{Error, ErrorKind, Result};

/// The address of a provider, or of something below it. Holds no name and no password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

impl Address {
    /// An address with `http` or `https`, and without a question.
    ///
    /// # Errors
    /// `http.address` for anything else. An address with a password in it is shown nowhere, the error included.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &'static str| {
            Error::new(ErrorKind::InvalidInput, "http.address", "this is no address of a provider").with("why", why)
        };
        let url =
            Url::parse(text.trim()).map_err(|_| wrong("it cannot be read").with_hint("it begins with https:// or http://"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it does not begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a name or a password").with_hint("keys are settings of their own"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it holds a question mark or a hash").with_hint("give the base address alone"));
        }
        Ok(Self(url))
    }

    /// A place below it. Each segment stays one: all but letters, digits and `-._~` is encoded.
    pub(crate) fn below(&self, segments: &[&str]) -> Self {
        let mut path = self.0.path().trim_end_matches('/').to_owned();
        for segment in segments {
            path.push('/');
            path.push_str(&encoded(segment));
        }
        let mut url = self.0.clone();
        url.set_path(&path);
        Self(url)
    }

    /// With a question behind it.
    pub(crate) fn with_query(mut self, pairs: &[(&str, &str)]) -> Self {
        self.0.set_query(Some(&Self::form(pairs)));
        self
    }

    /// Pairs in the form in which a question or a form is sent.
    pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
        pairs.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// Its host, for people.
    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Its host with the port, where the address says one.
    pub(crate) fn authority(&self) -> String {
        match self.0.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// The same place, reached by TLS when it is reached without, and the other way round.
    pub(crate) fn otherwise(&self) -> Option<Self> {
        let port = self.0.port_or_known_default();
        let mut url = self.0.clone();
        url.set_scheme(if self.is_plain() { "https" } else { "http" }).ok()?;
        url.set_port(port).ok()?;
        Some(Self(url))
    }

    pub(super) fn target(&self) -> Target {
        let host = self.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Target { host, port: self.0.port_or_known_default() }
    }

    /// Whether it is on this machine, by name or by number.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether it is reached without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Percent-encoded, but for what RFC 3986 calls unreserved.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_an_address_keeps_to_its_segment() {
        let base = Address::parse("https://gateway.example/llm/").unwrap();
        let model = base.below(&["model", "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x:0", "converse"]);
        assert_eq!(
            model.as_str(),
            "https://gateway.example/llm/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.x%3A0/converse"
        );
        assert_eq!(base.below(&["a b", "ü?#"]).as_str(), "https://gateway.example/llm/a%20b/%C3%BC%3F%23");
        let asked = base.below(&["x"]).with_query(&[("api-version", "2024-10-21"), ("resource", "https://a/b")]);
        assert_eq!(asked.as_str(), "https://gateway.example/llm/x?api-version=2024-10-21&resource=https%3A%2F%2Fa%2Fb");
        assert_eq!(Address::parse("http://localhost:8080").unwrap().below(&["v1"]).as_str(), "http://localhost:8080/v1");
    }

    #[test]
    fn the_same_place_reached_otherwise_keeps_its_port() {
        for (text, otherwise, authority) in [
            ("http://models.example:8000/v1", "https://models.example:8000/v1", "models.example:8000"),
            ("http://models.example/v1", "https://models.example:80/v1", "models.example"),
            ("http://[::1]:1234", "https://[::1]:1234/", "[::1]:1234"),
            ("https://models.example", "http://models.example:443/", "models.example"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.otherwise().unwrap().as_str(), address.authority().as_str()), (otherwise, authority));
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused_and_not_shown() {
        for text in [
            "https://me:geheim@x.example",
            "https://geheim@x.example",
            "ftp://geheim",
            "geheim",
            "",
            "http://",
            "https://x/?key=geheim",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.code(), "http.address", "{text}");
            assert!(!error.to_string().contains("geheim"), "{text}");
        }
    }

    #[test]
    fn addresses_of_this_machine_are_told_from_others() {
        for (text, own) in [
            ("http://localhost:11434/v1", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1/v1", true),
            ("http://models.localhost", true),
            ("http://192.168.0.7", false),
            ("http://localhost.example", false),
            ("https://api.example", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().is_loopback(), own, "{text}");
        }
    }
}
