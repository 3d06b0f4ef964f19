use std::sync::Arc;

use super::{
    Asked, Failure, Hints, Said, by_status,
    echo::{repeats, reveals},
    said::{exception, machine_word},
};
use crate::{
    Error, Result,
    http::{Http, Reason, Request, Response, TransportError},
};

/// As much of the body of a failure as is read.
const FAILURE_BYTES: usize = 64 << 10;

/// Headers in which providers say the id of a request: what their support asks for.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "request-id", "apim-request-id", "x-amzn-requestid"];

/// The type of a body that may hold a secret.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Tells failures of one provider apart.
pub(crate) type Classify = fn(&Said) -> Failure;

/// One call of a provider: who is called, and what must not come back in an error.
#[derive(Clone)]
pub(crate) struct Call {
    provider: &'static str,
    model: Arc<str>,
    asked: Arc<dyn Asked>,
    /// Values of headers and forms that were sent.
    secrets: Arc<[String]>,
    classify: Classify,
}

impl Call {
    /// A call of a model; of none when its name is empty. Of `asked` no run of words comes back in an error.
    pub(crate) fn new(provider: &'static str, model: &str, asked: impl Asked + 'static, classify: Classify) -> Self {
        Self { provider, model: model.into(), asked: Arc::new(asked), secrets: Arc::new([]), classify }
    }

    /// Sends a request and waits for an answer with status 200.
    ///
    /// # Errors
    /// Any [`Failure`] but those of a body that breaks off.
    pub(crate) async fn send(&mut self, http: &Http, request: Request) -> Result<Response> {
        let host = request.url().host().to_owned();
        let headers = request.headers().filter(|(name, _)| *name != "content-type");
        // `Bearer` is no secret, and what stands behind it may be short.
        let headers = headers.map(|(_, value)| value.strip_prefix("Bearer ").unwrap_or(value).to_owned());
        let form = request.headers().any(|header| header == ("content-type", FORM));
        let form = form.then(|| String::from_utf8_lossy(request.body()).into_owned()).unwrap_or_default();
        // The names of its fields are none.
        let values = form.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned()));
        self.secrets = headers.chain(values).collect();
        let mut response = http.send(request).await.map_err(|error| self.transport(error).with("host", host.clone()))?;
        if response.status() == 200 {
            // A page for people: a portal, a proxy, another server.
            let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            return if is_page { Err(self.malformed("html")) } else { Ok(response) };
        }
        let hints = Hints::of(&response, http.clock().now());
        let header = |name: &str| response.header(name).map(str::to_owned);
        let request_id = REQUEST_IDS.iter().find_map(|name| header(name));
        // Bedrock's name for it: `ThrottlingException:http://…`.
        let kind = header("x-amzn-errortype").map(|kind| exception(&kind).to_owned());
        let status = response.status();
        let said = Said::of_body(&response.beginning(FAILURE_BYTES).await);
        let said = Said { status: Some(status), hints, request_id, kind: kind.or(said.kind.clone()), ..said };
        Err(self.failed(&said))
    }

    /// What went wrong by what the provider says of it.
    pub(crate) fn failed(&self, said: &Said) -> Error {
        match said.status {
            Some(407) => self.error(Failure::Unreachable, said).with("reason", Reason::Proxy.as_str()),
            // A redirection, or a success that is none of this protocol.
            Some(status) if status < 400 => self.error(by_status(status), said).with("reason", "status"),
            _ => self.error((self.classify)(said), said),
        }
    }

    fn error(&self, failure: Failure, said: &Said) -> Error {
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
