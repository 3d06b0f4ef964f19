use reqwest::{NoProxy, Proxy, Url};

use super::HttpSettings;
use crate::{Error, ErrorKind, Result, platform::Variables};

/// Addresses of this machine: a proxy that the environment names for everyone could not reach them.
const OWN: &str = "localhost,127.0.0.0/8,::1";

/// A proxy, and what an error may say of it.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) proxy: Proxy,
    /// Host and port, without name and password.
    pub(super) authority: String,
    /// Whether it is asked for plain addresses alone, or for those with TLS; `None` for both.
    only_plain: Option<bool>,
}

impl Named {
    pub(super) fn is_for(&self, is_plain: bool) -> bool {
        self.only_plain.is_none_or(|only_plain| only_plain == is_plain)
    }
}

/// The proxies that settings or environment name, in the order in which they are tried.
pub(super) fn proxies(settings: &HttpSettings, variables: Variables<'_>) -> Result<Vec<Named>> {
    let either = |name: &str| variables(&name.to_lowercase()).or_else(|| variables(name));
    let without = settings.no_proxy.clone().or_else(|| either("NO_PROXY"));
    match settings.proxy.as_ref().map(|proxy| proxy.expose()) {
        Some("none") => Ok(Vec::new()),
        Some(url) => {
            let without = without.as_deref().and_then(NoProxy::from_string);
            Ok(vec![Named {
                proxy: proxy(Proxy::all, url, "proxy")?.no_proxy(without),
                authority: authority(url),
                only_plain: None,
            }])
        }
        None => {
            let without = NoProxy::from_string(&without.map_or(OWN.to_owned(), |list| format!("{list},{OWN}")));
            // Where a program answers requests by CGI, `HTTP_PROXY` is a header that anyone can send.
            let plain =
                variables("http_proxy").or_else(|| variables("HTTP_PROXY").filter(|_| variables("REQUEST_METHOD").is_none()));
            let named = [
                (either("HTTPS_PROXY"), Proxy::https as fn(String) -> reqwest::Result<Proxy>, "HTTPS_PROXY", Some(false)),
                (plain, Proxy::http, "HTTP_PROXY", Some(true)),
                (either("ALL_PROXY"), Proxy::all, "ALL_PROXY", None),
            ];
            let named = named.into_iter().filter_map(|(url, make, name, only)| Some((url?, make, name, only)));
            let made = |(url, make, name, only_plain): (String, _, _, _)| {
                Ok(Named { proxy: proxy(make, &url, name)?.no_proxy(without.clone()), authority: authority(&url), only_plain })
            };
            named.map(made).collect()
        }
    }
}

fn authority(url: &str) -> String {
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let Ok(url) = Url::parse(&url) else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn proxy(make: fn(String) -> reqwest::Result<Proxy>, url: &str, setting: &'static str) -> Result<Proxy> {
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    let wrong = || {
        Error::new(ErrorKind::InvalidInput, "http.proxy", "this is no address of a proxy")
            .with("setting", setting)
            .with_hint("it begins with http://, https://, socks5:// or socks5h://; `none` stands for none")
    };
    if !["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&scheme) {
        return Err(wrong());
    }
    make(url.to_owned()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_cannot_be_one_is_named_by_its_setting_and_its_password_is_not_shown() {
        for url in ["ftp://me:geheim@p.example", "http://me:geheim@", "http://"] {
            let settings = HttpSettings { proxy: Some(url.into()), ..HttpSettings::default() };
            let error = proxies(&settings, &|_| None).err().unwrap();
            assert_eq!(error.code(), "http.proxy");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        let wrong = proxies(&HttpSettings::default(), &|name| (name == "HTTPS_PROXY").then(|| "ftp://p".to_owned()));
        let wrong = wrong.err().unwrap();
        assert!(wrong.to_string().contains("HTTPS_PROXY"));
    }

    #[test]
    fn settings_come_before_the_environment_and_a_header_of_cgi_is_no_proxy() {
        let all = |name: &str| name.ends_with("_PROXY").then(|| "http://p.example:3128".to_owned());
        let count = |settings: &HttpSettings, variables: Variables<'_>| proxies(settings, variables).unwrap().len();
        assert_eq!(count(&HttpSettings::default(), &all), 3);
        assert_eq!(
            count(&HttpSettings::default(), &|name| all(name).or((name == "REQUEST_METHOD").then(|| "GET".to_owned()))),
            2
        );
        assert_eq!(count(&HttpSettings { proxy: Some("none".into()), ..HttpSettings::default() }, &all), 0);
        assert_eq!(count(&HttpSettings { proxy: Some("socks5h://p.example".into()), ..HttpSettings::default() }, &all), 1);
        assert_eq!(count(&HttpSettings::default(), &|_| None), 0);
    }

    #[test]
    fn what_is_told_of_a_proxy_is_where_it_is_and_no_password() {
        for (url, told) in [
            ("http://me:geheim@proxy.example:3128", "proxy.example:3128"),
            ("socks5h://me:geheim@[::1]:1080", "[::1]:1080"),
            ("proxy.example:8080", "proxy.example:8080"),
            ("http://proxy.example", "proxy.example"),
        ] {
            let settings = HttpSettings { proxy: Some(url.into()), ..HttpSettings::default() };
            let found = proxies(&settings, &|_| None).unwrap();
            assert_eq!(found.iter().map(|proxy| proxy.authority.as_str()).collect::<Vec<_>>(), [told]);
            assert!(found[0].is_for(true) && found[0].is_for(false));
        }
        let two = proxies(&HttpSettings::default(), &|name| match name {
            "HTTPS_PROXY" => Some("http://tls.example".to_owned()),
            "HTTP_PROXY" => Some("http://plain.example".to_owned()),
            _ => None,
        });
        let of = |is_plain: bool| two.as_ref().unwrap().iter().find(|proxy| proxy.is_for(is_plain)).unwrap().authority.clone();
        assert_eq!((of(false), of(true)), ("tls.example".to_owned(), "plain.example".to_owned()));
    }
}
