use serde_json::Value;

use super::{Failure, Hints};

/// Longer messages are no messages.
const LONGEST_MESSAGE: usize = 400;

/// What a provider says of a failure, before it is known how much of it may be shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Said {
    /// The status of HTTP; of a failure within a stream, the one that it would have had.
    pub(crate) status: Option<u16>,
    /// What exactly, by a word of the provider's.
    pub(crate) code: Option<String>,
    /// The kind of failure, by a word of the provider's.
    pub(crate) kind: Option<String>,
    /// The part of the request that it is about.
    pub(crate) param: Option<String>,
    /// The sentence for people. It may repeat the prompt.
    pub(crate) message: Option<String>,
    /// The categories for which a content filter withheld the prompt.
    pub(crate) filtered: Vec<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) hints: Hints,
    /// Whether it came as a page for people.
    pub(crate) is_page: bool,
}

impl Said {
    /// The forms that are in use: an object under `error`, a sentence under `error`, or no `error` around it; codes are words or
    /// numbers, and a number from 400 on is a status.
    pub(crate) fn of(value: &Value) -> Self {
        let error = value.get("error").unwrap_or(value);
        let text = |place: &str| error.pointer(place).and_then(Value::as_str).map(str::to_owned);
        let status = error.get("code").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        // LiteLLM puts what Azure says one level down, and a status in the place of the code.
        let inner = error.get("innererror").or_else(|| error.pointer("/provider_specific_fields/innererror"));
        let filtered = inner.and_then(|inner| inner.get("content_filter_result")).and_then(Value::as_object);
        let filtered = filtered.into_iter().flatten().filter(|(_, found)| found.get("filtered") == Some(&Value::Bool(true)));
        let within = inner.and_then(|inner| inner.get("code")).and_then(Value::as_str).map(str::to_owned);
        // OAuth's form: a word under `error`, the sentence beside it.
        let sentence = value.get("error_description").and_then(Value::as_str).filter(|_| error.is_string());
        let word = sentence.and(error.as_str()).map(str::to_owned);
        Self {
            status: status.and_then(|status| u16::try_from(status).ok()).filter(|status| (400..600).contains(status)),
            code: word
                .or_else(|| text("/details/error_code"))
                .or_else(|| if status.is_some() { within } else { None })
                .or_else(|| text("/code")),
            kind: text("/type").or_else(|| text("/__type").map(|name| exception(&name).to_owned())),
            param: text("/param"),
            message: sentence.or(error.as_str()).map(str::to_owned).or_else(|| text("/message")),
            filtered: filtered.map(|(category, _)| category.clone()).collect(),
            ..Self::default()
        }
    }

    /// From a body of whatever kind. XML is what older services of AWS speak.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(value) => Self::of(&value),
            Err(_) => std::str::from_utf8(body).ok().and_then(Self::of_xml).unwrap_or_default(),
        }
    }

    fn of_xml(text: &str) -> Option<Self> {
        let error = element(text, "Error")?;
        let text = |name: &str| element(error, name).map(str::to_owned);
        Some(Self { code: text("Code"), message: text("Message"), ..Self::default() })
    }

    /// Whether code or kind is one of these words.
    pub(crate) fn is(&self, words: &[&str]) -> bool {
        [&self.code, &self.kind].into_iter().flatten().any(|said| words.contains(&said.as_str()))
    }

    /// Whether the message holds one of these words, for failures that have no code of their own.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        let message = self.message.as_deref().unwrap_or_default().to_lowercase();
        words.iter().any(|word| message.contains(word))
    }

    /// The message in one line, when it is short enough to be one.
    pub(super) fn sentence(&self) -> Option<String> {
        let message = self.message.as_deref().filter(|message| message.len() <= LONGEST_MESSAGE)?;
        let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty() && !line.chars().any(char::is_control)).then_some(line)
    }
}

/// What stands in the first element of this name, for XML whose elements have no attributes.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, inside) = xml.split_once(&format!("<{name}>"))?;
    Some(inside.split_once(&format!("</{name}>"))?.0.trim())
}

/// A word of a machine: a short one, of letters, digits and a few signs. Anything else may be text of somebody.
pub(crate) fn machine_word(word: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.:/[]#".contains(c);
    (!word.is_empty() && word.len() <= 80 && word.chars().all(fits)).then_some(word)
}

/// The name of an exception of AWS, without what may stand around it: `com.amazon.coral.service#Name:http://…`.
pub(crate) fn exception(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default()
}

/// What a status means when nothing else is said.
pub(crate) fn by_status(status: u16) -> Failure {
    match status {
        401 | 403 => Failure::Unauthorized,
        402 => Failure::QuotaExhausted,
        404 => Failure::NoModel,
        407 => Failure::Unreachable,
        408 | 504 => Failure::TimedOut,
        409 | 503 | 529 => Failure::Overloaded,
        413 => Failure::TooLong,
        429 => Failure::RateLimited,
        501 => Failure::Rejected,
        400..=499 => Failure::Rejected,
        500.. => Failure::ServerError,
        _ => Failure::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_error_is_understood() {
        let said = Said::of(&json!({"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}));
        assert_eq!((said.code.as_deref(), said.kind.as_deref(), said.param.as_deref()), (Some("c"), Some("t"), Some("p")));
        assert_eq!(Said::of(&json!({"error": {"code": 503, "message": "Loading model"}})).status, Some(503));
        assert_eq!(Said::of(&json!({"error": {"code": "429"}})).status, Some(429));
        let behind = json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": true}}});
        let behind =
            Said::of(&json!({"error": {"code": "400", "message": "m", "provider_specific_fields": {"innererror": behind}}}));
        assert_eq!((behind.status, behind.code.as_deref()), (Some(400), Some("ResponsibleAIPolicyViolation")));
        assert_eq!(behind.filtered, ["hate"]);
        assert_eq!(Said::of(&json!({"error": "model 'x' not found"})).message.as_deref(), Some("model 'x' not found"));
        let oauth = Said::of(&json!({"error": "invalid_client", "error_description": "AADSTS7000215"}));
        assert_eq!((oauth.code.as_deref(), oauth.message.as_deref()), (Some("invalid_client"), Some("AADSTS7000215")));
        assert_eq!(Said::of(&json!({"object": "error", "message": "m", "code": 400})).status, Some(400));
        assert_eq!(Said::of(&json!({"error": {"code": 7}})).status, None);
        let aws = Said::of(&json!({"__type": "com.amazon.coral.service#AccessDeniedException", "message": "m"}));
        assert_eq!((aws.kind.as_deref(), aws.message.as_deref()), (Some("AccessDeniedException"), Some("m")));
        let spend = json!({"type": "error", "error": {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}});
        assert!(Said::of(&spend).is(&["enforced_spend_limit_reached"]));
        assert_eq!(Said::of_body(b"<html>502</html>"), Said::default());
        assert_eq!(Said::of(&json!(["error"])), Said::default());
    }

    #[test]
    fn an_error_of_an_older_service_of_aws_is_understood() {
        let said = Said::of_body(
            b"<ErrorResponse xmlns=\"https://sts\">\n<Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>",
        );
        assert_eq!((said.code.as_deref(), said.message), (Some("AccessDenied"), None));
        let xml = "<R><Credentials>\n <Id> AK/+= </Id></Credentials><Id>x</Id><Open>y</R>";
        assert_eq!(
            (element(xml, "Id"), element(xml, "Open"), element(xml, "I"), element("", "R")),
            (Some("AK/+="), None, None, None)
        );
    }

    #[test]
    fn only_words_of_machines_are_taken_for_such() {
        for word in ["content_filter", "messages[0].content", "AccessDeniedException", "a-1:b/c"] {
            assert_eq!(machine_word(word), Some(word));
        }
        for word in ["", "two words", "Pensionsrückstellung", &"x".repeat(81), "a\nb"] {
            assert_eq!(machine_word(word), None);
        }
    }
}
