use std::sync::Arc;

use super::{
    Asked, Failure, Hints, Meaning, Said, by_status,
    echo::{repeats, reveals},
    said::{exception, machine_word},
};
use jiff::{Timestamp, fmt::rfc2822};

use crate::{
    Error, Result,
    http::{Http, Reason, Request, Response, TransportError},
};

/// As much of the body of a failure as is read.
const FAILURE_BYTES: usize = 64 << 10;

/// Headers in which providers say the id of a request: what their support asks for.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "request-id", "apim-request-id", "x-amzn-requestid"];

/// Headers that are no secret.
const OPEN: [&str; 4] = ["anthropic-version", "content-type", "metadata", "x-amz-date"];

/// The type of a body that may hold a secret.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The server speaks TLS and was spoken to without.
pub(crate) const WANTS_TLS: &str = "wants_tls";

/// A clock that is this many seconds off is none that signatures and tokens mind.
const CLOCK_OFF: i64 = 60;

/// Tells failures of one provider apart.
pub(crate) type Classify = fn(&Said) -> Meaning;

/// One call of a provider: who is called, and what must not come back in an error.
#[derive(Clone)]
pub(crate) struct Call {
    provider: &'static str,
    model: Arc<str>,
    asked: Arc<dyn Asked>,
    /// Values of headers and forms that were sent.
    secrets: Arc<[String]>,
    /// Where to, when something was sent.
    host: Arc<str>,
    classify: Classify,
}

impl Call {
    /// A call of a model; of none when its name is empty. Of `asked` no run of words comes back in an error.
    pub(crate) fn new(provider: &'static str, model: &str, asked: impl Asked + 'static, classify: Classify) -> Self {
        Self { provider, model: model.into(), asked: Arc::new(asked), secrets: Arc::new([]), host: "".into(), classify }
    }

    /// Sends a request and waits for an answer with status 200.
    ///
    /// # Errors
    /// Any [`Failure`] but those of a body that breaks off.
    pub(crate) async fn send(&mut self, http: &Http, request: Request) -> Result<Response> {
        let address = request.url().clone();
        self.host = address.authority().into();
        let headers = request.headers().filter(|(name, _)| !OPEN.contains(name));
        let headers = headers.flat_map(|(_, value)| secrets_of(value)).map(str::to_owned);
        let form = request.headers().any(|header| header == ("content-type", FORM));
        let form = if form { String::from_utf8_lossy(request.body()).into_owned() } else { String::new() };
        // The names of its fields are none.
        let values = form.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned()));
        self.secrets = headers.chain(values).collect();
        let on_the_way = |error: TransportError| match (error.reason, http.proxy_of(&address)) {
            (Reason::Proxy, Some(proxy)) => self.transport(error).with("proxy", proxy),
            _ => self.transport(error),
        };
        let mut response = http.send(request).await.map_err(on_the_way)?;
        // A page for people: a portal, a proxy, another server.
        let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if response.status() == 200 {
            return if is_page { Err(self.malformed("html")) } else { Ok(response) };
        }
        let clock_off = response.header("date").and_then(|date| clock_off(date, http.clock().now()));
        let hints = Hints::of(&response, http.clock().now());
        let header = |name: &str| response.header(name).map(str::to_owned);
        let request_id = REQUEST_IDS.iter().find_map(|name| header(name));
        // Bedrock's name for it: `ThrottlingException:http://…`.
        let kind = header("x-amzn-errortype").map(|kind| exception(&kind).to_owned());
        let status = response.status();
        let body = response.beginning(FAILURE_BYTES).await;
        let said = Said::of_body(&body);
        let said = Said { status: Some(status), hints, request_id, kind: kind.or(said.kind.clone()), is_page, ..said };
        let mut error = self.failed(&said);
        if status == 407
            && let Some(proxy) = http.proxy_of(&address)
        {
            error = error.with("proxy", proxy);
        }
        if address.is_plain() && wants_tls(&body) {
            error = error.with("detail", WANTS_TLS);
        }
        Err(match (Failure::of(&error), clock_off) {
            (Some(Failure::Unauthorized), Some(seconds)) => error.with("clock_off_seconds", seconds.to_string()),
            _ => error,
        })
    }

    /// What went wrong by what the provider says of it.
    pub(crate) fn failed(&self, said: &Said) -> Error {
        match said.status {
            Some(407) => self.error(Failure::Unreachable.because("login"), said).with("reason", Reason::Proxy.as_str()),
            // A redirection, or a success that is none of this protocol.
            Some(status) if status < 400 => self.error(by_status(status), said).with("reason", "status"),
            _ if said.is_page => self.error((self.classify)(said), said).with("reason", "html"),
            _ => self.error((self.classify)(said), said),
        }
    }

    fn error(&self, meaning: impl Into<Meaning>, said: &Said) -> Error {
        let Meaning { failure, detail } = meaning.into();
        let mut error = failure.error().with("provider", self.provider);
        if !self.model.is_empty() {
            error = error.with("model", &*self.model);
        }
        let may_show = |text: &str| !repeats(text, &*self.asked) && !reveals(text, &self.secrets);
        let shown = |word: &Option<String>| Some(machine_word(word.as_deref()?).filter(|word| may_show(word))?.to_owned());
        if let Some(status) = said.status {
            error = error.with("status", status.to_string());
        }
        if let Some(reason) = shown(&said.code).or_else(|| shown(&said.kind)) {
            error = error.with("reason", reason);
        }
        let filtered = said.filtered.iter().filter_map(|category| shown(&Some(category.clone()))).collect::<Vec<_>>().join(",");
        let filtered = Some(filtered).filter(|filtered| !filtered.is_empty());
        let sentence = said.sentence().filter(|sentence| may_show(sentence));
        let more = [
            ("detail", detail.map(str::to_owned)),
            ("param", shown(&said.param)),
            ("filtered", filtered),
            ("message", sentence),
            ("request_id", shown(&said.request_id)),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                error = error.with(key, value);
            }
        }
        if !self.host.is_empty() {
            error = error.with("host", &*self.host);
        }
        // A budget that is used up does not come back by waiting, whatever the head of the answer says.
        match said.hints.retry.filter(|_| failure != Failure::QuotaExhausted) {
            Some(true) => error = error.with("retry", "yes"),
            Some(false) => error = error.with("retry", "no"),
            None => {}
        }
        match said.hints.wait {
            Some(wait) if failure != Failure::QuotaExhausted => error.with_retry_after(wait),
            _ => error,
        }
    }

    /// What went wrong on the way.
    pub(crate) fn transport(&self, error: TransportError) -> Error {
        let failure = match error.reason {
            Reason::ConnectTimeout | Reason::ReadTimeout | Reason::TotalTimeout => Failure::TimedOut,
            Reason::TooLong | Reason::Protocol => Failure::Malformed,
            Reason::Request => Failure::Rejected,
            _ if error.in_body => Failure::CutOff,
            _ => Failure::Unreachable,
        };
        let told = self.error(failure, &Said::default()).with("reason", error.reason.as_str());
        match error.detail {
            Some(detail) => told.with("detail", detail),
            None => told,
        }
    }

    /// What came is no answer.
    pub(crate) fn malformed(&self, reason: &'static str) -> Error {
        self.error(Failure::Malformed, &Said::default()).with("reason", reason)
    }

    /// The answer ended before it was whole.
    pub(crate) fn cut_off(&self) -> Error {
        self.error(Failure::CutOff, &Said::default()).with("reason", Reason::Closed.as_str())
    }
}

/// What of a header's value must not come back. `Bearer` is no secret, and what stands behind it may be short. Of a signature of AWS
/// region and service are none, and its errors name them.
fn secrets_of(value: &str) -> Vec<&str> {
    let between = |before: &str, after: char| value.split_once(before)?.1.split(after).next();
    match value.strip_prefix("AWS4-HMAC-SHA256 ") {
        Some(_) => between("Credential=", '/').into_iter().chain(between("Signature=", ',')).collect(),
        None => vec![value.strip_prefix("Bearer ").unwrap_or(value)],
    }
}

/// How many seconds the clock of this machine is ahead of a `date` header, when it is more than a minute; behind it below zero.
fn clock_off(date: &str, now: Timestamp) -> Option<i64> {
    let theirs = rfc2822::parse(date.trim()).ok()?.timestamp();
    let ahead = now.duration_since(theirs).as_secs();
    (ahead.abs() > CLOCK_OFF).then_some(ahead)
}

/// What servers say on a port for TLS to who speaks without: those in Go, nginx, Apache.
fn wants_tls(body: &[u8]) -> bool {
    let said = String::from_utf8_lossy(body.get(..4096).unwrap_or(body)).to_lowercase();
    let known =
        ["http request to an https server", "plain http request was sent to https port", "speaking plain http to an ssl-enabled"];
    known.iter().any(|known| said.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_signature_key_and_signature_are_secret_and_the_region_is_not() {
        let signed = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261126/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=abc123";
        assert_eq!(secrets_of(signed), ["AKIDEXAMPLE", "abc123"]);
        assert_eq!((secrets_of("Bearer sk-1"), secrets_of("sk-ant-1")), (vec!["sk-1"], vec!["sk-ant-1"]));
    }

    #[test]
    fn a_clock_is_off_by_what_the_server_says_it_is() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        for (date, off) in [
            ("Thu, 26 Nov 2026 11:45:30 GMT", Some(870)),
            ("Thu, 26 Nov 2026 12:07:00 GMT", Some(-420)),
            ("Thu, 26 Nov 2026 12:00:59 GMT", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(clock_off(date, now), off, "{date}");
        }
    }
}
