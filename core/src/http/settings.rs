use std::{fs, path::PathBuf};

use crate::{Error, ErrorKind, Result, platform::Secret};

/// Settings of the client through which all providers are reached.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// The proxy: `http://`, `https://`, `socks5://` or `socks5h://` (which leaves names to the proxy), with name and password
    /// where it wants them; `none` for none. Without it, the one that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, which is
    /// never asked for addresses of this machine.
    pub proxy: Option<Secret>,
    /// What is reached without the proxy: names, domains and networks with commas between them, or `*`. Without it, `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// A file of certificates (PEM) of authorities that are trusted beside those of the operating system.
    pub ca_bundle: Option<PathBuf>,
    /// A file with this client's own certificate (PEM), the ones between it and its authority after it.
    pub client_certificate: Option<PathBuf>,
    /// A file with the key of that certificate (PEM, not encrypted); without it, the key stands in the certificate's file.
    pub client_key: Option<PathBuf>,
    /// How long a connection may take, name and TLS included.
    pub connect_timeout_ms: u64,
    /// How long nothing may come. A model on a slow machine reads a long prompt for minutes before its first word.
    pub read_timeout_ms: u64,
    /// How long a request may take until the last byte of its answer.
    pub total_timeout_ms: u64,
    /// Bytes of an answer at most.
    pub max_body_bytes: u64,
    /// Bytes of one event of a stream at most.
    pub max_event_bytes: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            proxy: None,
            no_proxy: None,
            ca_bundle: None,
            client_certificate: None,
            client_key: None,
            connect_timeout_ms: 10_000,
            read_timeout_ms: 180_000,
            total_timeout_ms: 600_000,
            max_body_bytes: 64 << 20,
            max_event_bytes: 4 << 20,
        }
    }
}

impl HttpSettings {
    /// The authorities that are trusted beside the operating system's.
    pub(super) fn authorities(&self) -> Result<Vec<reqwest::Certificate>> {
        let Some(path) = &self.ca_bundle else { return Ok(Vec::new()) };
        let certificates = reqwest::Certificate::from_pem_bundle(&read(path)?).unwrap_or_default();
        if certificates.is_empty() { Err(no_certificate(path, "there is no certificate in it")) } else { Ok(certificates) }
    }

    /// This client's own certificate with its key.
    pub(super) fn identity(&self) -> Result<Option<reqwest::Identity>> {
        let Some(path) = &self.client_certificate else { return Ok(None) };
        let mut pem = read(path)?;
        if let Some(key) = &self.client_key {
            pem.push(b'\n');
            pem.extend(read(key)?);
        }
        let hint = "it needs a certificate and its key, in PKCS#8, PKCS#1 or SEC1 and not encrypted";
        reqwest::Identity::from_pem(&pem).map(Some).map_err(|_| no_certificate(path, hint))
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::io(error, "read a certificate", path))
}

/// Says nothing of the content: it may be a key.
pub(super) fn no_certificate(path: &std::path::Path, hint: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, "http.certificate", "a file of certificates cannot be used")
        .with("path", path.display().to_string())
        .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_errors_and_the_rest_has_defaults() {
        let settings: HttpSettings =
            serde_json::from_str(r#"{"connect_timeout_ms": 5, "proxy": "http://me:geheim@p.example"}"#).unwrap();
        assert_eq!((settings.connect_timeout_ms, settings.read_timeout_ms), (5, 180_000));
        assert!(!format!("{settings:?}").contains("geheim"));
        assert!(serde_json::from_str::<HttpSettings>(r#"{"connect_timeout": 5}"#).is_err());
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named_and_its_content_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "geheim").unwrap();
        let path = Some(file.path().to_path_buf());
        let bundle = HttpSettings { ca_bundle: path.clone(), ..HttpSettings::default() }.authorities().unwrap_err();
        let own = HttpSettings { client_certificate: path, ..HttpSettings::default() }.identity().err().unwrap();
        for error in [bundle, own] {
            assert_eq!(error.code(), "http.certificate");
            assert!(error.to_string().contains(&file.path().display().to_string()) && !error.to_string().contains("geheim"));
        }
        let missing = HttpSettings { ca_bundle: Some("/nowhere".into()), ..HttpSettings::default() };
        assert_eq!(missing.authorities().unwrap_err().code(), "io.not_found");
    }
}
