use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};

use crate::http::Response;

/// A wait longer than this is none that a program sits out.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the head of an answer says of another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hints {
    /// How long to wait.
    pub(crate) wait: Option<Duration>,
    /// Whether there is any use in it.
    pub(crate) retry: Option<bool>,
}

impl Hints {
    pub(crate) fn of(response: &Response, now: Timestamp) -> Self {
        // LiteLLM hands on what the provider behind it says.
        let behind = |name: &str| response.header(&format!("llm_provider-{name}"));
        Self::from_headers(|name| response.header(name).or_else(|| behind(name)), now)
    }

    /// `retry-after-ms` comes before `retry-after`, which holds seconds or a date.
    fn from_headers<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Self {
        let seconds = |name: &str, unit: f64| Some(header(name)?.trim().parse::<f64>().ok()? * unit);
        let until = || {
            let date = rfc2822::parse(header("retry-after")?.trim()).ok()?.timestamp();
            Some(date.duration_since(now).as_secs_f64())
        };
        let wait = seconds("retry-after-ms", 0.001).or_else(|| seconds("retry-after", 1.0)).or_else(until);
        let wait = wait.filter(|wait| wait.is_finite());
        let wait = wait.map(|wait| Duration::from_secs_f64(wait.clamp(0.0, LONGEST_WAIT.as_secs_f64())));
        let retry = match header("x-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        Self { wait, retry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_milliseconds_in_seconds_or_by_a_date_in_this_order() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let wait = |headers: &[(&str, &'static str)]| {
            Hints::from_headers(|name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), now).wait
        };
        assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "7")]), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", "0.25")]), Some(Duration::from_millis(250)));
        assert_eq!(wait(&[("retry-after", "Thu, 26 Nov 2026 12:01:30 GMT")]), Some(Duration::from_secs(90)));
        assert_eq!(wait(&[("retry-after", "Thu, 26 Nov 2026 11:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "-3")]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "1e300")]), Some(LONGEST_WAIT));
        assert_eq!(wait(&[("retry-after", "NaN")]), None);
        assert_eq!(wait(&[("retry-after", "whenever")]), None);
        assert_eq!(wait(&[]), None);
        let retry = |value| Hints::from_headers(|name| (name == "x-should-retry").then_some(value), now).retry;
        assert_eq!((retry("true"), retry("false"), retry("maybe")), (Some(true), Some(false), None));
    }
}
