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
        Self::from_headers(response.status(), |name| response.header(name).or_else(|| behind(name)), now)
    }

    /// `retry-after-ms` comes before `retry-after`, which holds seconds or a date. Without both, a limit that nothing remains of says when
    /// it is whole again.
    fn from_headers<'a>(status: u16, header: impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Self {
        let seconds = |name: &str, unit: f64| Some(header(name)?.trim().parse::<f64>().ok()? * unit);
        let until = || {
            let date = rfc2822::parse(header("retry-after")?.trim()).ok()?.timestamp();
            Some(date.duration_since(now).as_secs_f64())
        };
        let wait = seconds("retry-after-ms", 0.001).or_else(|| seconds("retry-after", 1.0)).or_else(until);
        let wait = wait.or_else(|| if status == 429 { reset(&header, now) } else { None });
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

/// Limits of OpenAI and Azure (`x-ratelimit-reset-tokens`), and of Anthropic (`anthropic-ratelimit-tokens-reset`).
const LIMITS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];

/// How long until every limit that nothing remains of is whole again.
fn reset<'a>(header: &impl Fn(&str) -> Option<&'a str>, now: Timestamp) -> Option<f64> {
    let spent = |name: &str| header(name).is_some_and(|left| left.trim() == "0");
    let limits = LIMITS.iter().flat_map(|limit| {
        let openai = spent(&format!("x-ratelimit-remaining-{limit}"))
            .then(|| in_words(header(&format!("x-ratelimit-reset-{limit}"))?))
            .flatten();
        let anthropic = spent(&format!("anthropic-ratelimit-{limit}-remaining"))
            .then(|| {
                let at: Timestamp = header(&format!("anthropic-ratelimit-{limit}-reset"))?.trim().parse().ok()?;
                Some(at.duration_since(now).as_secs_f64())
            })
            .flatten();
        openai.into_iter().chain(anthropic)
    });
    // Azure says 0 where it does not count.
    limits.filter(|wait| *wait > 0.0).reduce(f64::max)
}

/// Seconds of `6m0s`, `1m30.951s`, `120ms`, `2h3m`, which OpenAI writes, or of `17`, which Azure does.
fn in_words(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<f64>() {
        return Some(seconds);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at(digits);
        let end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let (unit, after) = unit.split_at(end);
        let factor = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    (!text.trim().is_empty()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wait_is_told_in_milliseconds_in_seconds_or_by_a_date_in_this_order() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let wait = |headers: &[(&str, &'static str)]| {
            Hints::from_headers(429, |name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), now).wait
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
        let retry = |value| Hints::from_headers(429, |name| (name == "x-should-retry").then_some(value), now).retry;
        assert_eq!((retry("true"), retry("false"), retry("maybe")), (Some(true), Some(false), None));
    }

    /// As Anthropic sent it without `retry-after` (anthropic-sdk-typescript#357), as OpenAI's reference has it, and as Azure does.
    #[test]
    fn without_a_wait_the_limit_that_is_spent_says_when_it_is_whole_again() {
        let now: Timestamp = "2024-03-26T19:59:43Z".parse().unwrap();
        let wait = |headers: &[(&str, &'static str)]| {
            Hints::from_headers(429, |name| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), now).wait
        };
        let anthropic = [
            ("anthropic-ratelimit-requests-limit", "5"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2024-03-26T20:00:00Z"),
            ("anthropic-ratelimit-tokens-limit", "25000"),
            ("anthropic-ratelimit-tokens-remaining", "16000"),
            ("anthropic-ratelimit-tokens-reset", "2024-03-26T21:00:00Z"),
            ("x-should-retry", "true"),
        ];
        assert_eq!(wait(&anthropic), Some(Duration::from_secs(17)), "of that which is spent");
        let spoken = [anthropic.as_slice(), &[("retry-after", "3")]].concat();
        assert_eq!(wait(&spoken), Some(Duration::from_secs(3)), "what the provider says comes first");
        let openai = [
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        assert_eq!(wait(&openai), Some(Duration::from_secs(360)), "the longer of two");
        assert_eq!(
            wait(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "17")]),
            Some(Duration::from_secs(17))
        );
        for uncounted in [
            [("x-ratelimit-remaining-tokens", "-1"), ("x-ratelimit-reset-tokens", "0")],
            [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "0")],
            [("x-ratelimit-remaining-tokens", "149984"), ("x-ratelimit-reset-tokens", "6m0s")],
            [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "soon")],
            [("anthropic-ratelimit-tokens-remaining", "0"), ("anthropic-ratelimit-tokens-reset", "2020-01-01T00:00:00Z")],
        ] {
            assert_eq!(wait(&uncounted), None, "{uncounted:?}");
        }
    }

    proptest! {
        #[test]
        fn a_time_in_words_is_the_sum_of_its_parts(hours in 0u32..30, minutes in 0u32..60, seconds in 0u32..60, ms in 0u32..1000) {
            let total = f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + f64::from(seconds) + f64::from(ms) / 1000.0;
            for text in [format!("{hours}h{minutes}m{seconds}s{ms}ms"), format!("{hours}h{minutes}m{seconds}.{ms:03}s")] {
                prop_assert!((in_words(&text).unwrap() - total).abs() < 1e-6, "{}", text);
            }
        }

        #[test]
        fn what_is_no_time_is_none_and_no_panic(text in "\\PC{0,12}") {
            let _ = in_words(&text);
            let longer = format!("{text}x");
            prop_assert!(in_words(&longer).is_none());
        }
    }
}
