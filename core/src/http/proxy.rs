use reqwest::{NoProxy, Proxy};

use super::HttpSettings;
use crate::{Error, ErrorKind, Result, platform::Variables};

/// Addresses of this machine: a proxy that the environment names for everyone could not reach them.
const OWN: &str = "localhost,127.0.0.0/8,::1";

/// The proxies that settings or environment name, in the order in which they are tried.
pub(super) fn proxies(settings: &HttpSettings, variables: Variables<'_>) -> Result<Vec<Proxy>> {
    let either = |name: &str| variables(&name.to_lowercase()).or_else(|| variables(name));
    let without = settings.no_proxy.clone().or_else(|| either("NO_PROXY"));
    match settings.proxy.as_ref().map(|proxy| proxy.expose()) {
        Some("none") => Ok(Vec::new()),
        Some(url) => Ok(vec![proxy(Proxy::all, url, "proxy")?.no_proxy(without.as_deref().and_then(NoProxy::from_string))]),
        None => {
            let without = NoProxy::from_string(&without.map_or(OWN.to_owned(), |list| format!("{list},{OWN}")));
            // Where a program answers requests by CGI, `HTTP_PROXY` is a header that anyone can send.
            let plain =
                variables("http_proxy").or_else(|| variables("HTTP_PROXY").filter(|_| variables("REQUEST_METHOD").is_none()));
            let named = [
                (either("HTTPS_PROXY"), Proxy::https as fn(String) -> reqwest::Result<Proxy>, "HTTPS_PROXY"),
                (plain, Proxy::http, "HTTP_PROXY"),
                (either("ALL_PROXY"), Proxy::all, "ALL_PROXY"),
            ];
            let named = named.into_iter().filter_map(|(url, make, name)| Some((url?, make, name)));
            named.map(|(url, make, name)| Ok(proxy(make, &url, name)?.no_proxy(without.clone()))).collect()
        }
    }
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
            let error = proxies(&settings, &|_| None).unwrap_err();
            assert_eq!(error.code(), "http.proxy");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        let wrong = proxies(&HttpSettings::default(), &|name| (name == "HTTPS_PROXY").then(|| "ftp://p".to_owned())).unwrap_err();
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
}
