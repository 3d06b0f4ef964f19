//! Which proxy a request goes through, by what the environment says.

use std::net::IpAddr;

use ureq::Proxy;

use crate::{Error, ErrorKind, Result, platform::Variables};

/// The proxies that the environment names.
pub(super) struct Proxies {
    /// For `https://`.
    pub(super) tls: Option<Proxy>,
    /// For `http://`.
    pub(super) plain: Option<Proxy>,
    /// What is reached without them.
    around: Vec<String>,
}

impl Proxies {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in capitals or not.
    ///
    /// # Errors
    /// `audit.proxy_address` for what is no address of a proxy; the address may hold a password and is shown nowhere.
    pub(super) fn of(variables: Variables<'_>) -> Result<Self> {
        let either = |name: &str| variables(&name.to_lowercase()).or_else(|| variables(name));
        // Where a program answers requests by CGI, `HTTP_PROXY` is a header that anyone can send.
        let plain =
            || variables("http_proxy").or_else(|| variables("HTTP_PROXY").filter(|_| variables("REQUEST_METHOD").is_none()));
        let all =
            |url: Option<String>| url.map_or_else(|| either("ALL_PROXY").map(|url| (url, "ALL_PROXY")), |url| Some((url, "")));
        let proxy = |named: Option<(String, &'static str)>, own: &'static str| {
            let Some((url, name)) = named else { return Ok(None) };
            Proxy::new(&url).map(Some).map_err(|_| {
                Error::new(ErrorKind::InvalidInput, "audit.proxy_address", "this is no address of a proxy")
                    .with("variable", if name.is_empty() { own } else { name })
                    .with_hint("it begins with http://, https://, socks5:// or socks5h://")
            })
        };
        let around = either("NO_PROXY").unwrap_or_default();
        let around = around.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty());
        Ok(Self {
            tls: proxy(all(either("HTTPS_PROXY")), "HTTPS_PROXY")?,
            plain: proxy(all(plain()), "HTTP_PROXY")?,
            around: around.collect(),
        })
    }

    /// Whether a host is reached without them: what is on this machine always is, since a proxy that is named for everyone could
    /// not reach it.
    pub(super) fn goes_around(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        if host == "localhost" || host.ends_with(".localhost") || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        self.around.iter().any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => is_within(address, entry),
            None => {
                let domain = entry.trim_start_matches('*').trim_start_matches('.');
                !domain.is_empty() && (host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
            }
        })
    }
}

/// Whether an address is this one, or in this network, written as `10.0.0.0/8`.
fn is_within(address: IpAddr, entry: &str) -> bool {
    let (network, length) =
        entry.split_once('/').map_or((entry, None), |(network, length)| (network, length.parse::<u32>().ok()));
    let Ok(network) = network.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else { return false };
    let (a, b, bits) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()) << 96, u128::from(b.to_bits()) << 96, 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let length = length.unwrap_or(if entry.contains('/') { u32::MAX } else { bits });
    length <= bits && (length == 0 || (a ^ b) >> (128 - length) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(pairs: &[(&str, &str)]) -> Result<Proxies> {
        Proxies::of(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn each_scheme_has_its_proxy_and_a_header_of_cgi_is_none() {
        let hosts = |pairs: &[(&str, &str)]| {
            let proxies = proxies(pairs).unwrap();
            let host = |proxy: &Option<Proxy>| proxy.as_ref().map(|proxy| proxy.host().to_owned());
            (host(&proxies.tls), host(&proxies.plain))
        };
        let of = |tls: Option<&str>, plain: Option<&str>| (tls.map(str::to_owned), plain.map(str::to_owned));
        assert_eq!(hosts(&[("HTTPS_PROXY", "http://a"), ("http_proxy", "b:3128")]), of(Some("a"), Some("b")));
        assert_eq!(hosts(&[("https_proxy", "http://c"), ("HTTPS_PROXY", "http://a")]), of(Some("c"), None));
        assert_eq!(hosts(&[("ALL_PROXY", "socks5h://a"), ("HTTP_PROXY", "http://b")]), of(Some("a"), Some("b")));
        assert_eq!(hosts(&[("HTTP_PROXY", "http://b"), ("REQUEST_METHOD", "GET")]), of(None, None));
        assert_eq!(hosts(&[]), of(None, None));
        for wrong in ["ftp://me:geheim@p", "http://me:geheim@", "http://"] {
            let error = proxies(&[("ALL_PROXY", wrong)]).err().unwrap();
            assert_eq!(error.code(), "audit.proxy_address");
            assert!(!error.to_string().contains("geheim") && error.to_string().contains("ALL_PROXY"));
        }
    }

    #[test]
    fn what_the_environment_excepts_goes_around_the_proxy_and_so_does_this_machine() {
        let proxies = proxies(&[(
            "NO_PROXY",
            "one.example, .two.example,*.three.example,10.0.0.0/8,192.168.1.7,fd00::/8,::,1.2.3.4/x,/,.",
        )]);
        let proxies = proxies.unwrap();
        for (host, expected) in [
            ("one.example", true),
            ("a.one.example", true),
            ("ONE.example.", true),
            ("none.example", false),
            ("two.example", true),
            ("a.two.example", true),
            ("a.three.example", true),
            ("four.example", false),
            ("10.200.0.1", true),
            ("11.0.0.1", false),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("1.2.3.4", false),
            ("[fd12::1]", true),
            ("[fe80::1]", false),
            ("localhost", true),
            ("a.localhost", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost.example", false),
        ] {
            assert_eq!(proxies.goes_around(host), expected, "{host}");
        }
        assert!(self::proxies(&[("no_proxy", "*")]).unwrap().goes_around("any.example"));
    }
}
