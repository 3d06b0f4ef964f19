use crate::{Error, ErrorKind};

/// How a provider fails, the same for every one of them. [`Failure::of`] tells it from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// Too many tokens or requests a minute.
    RateLimited,
    /// The provider or the model has no capacity now.
    Overloaded,
    /// The provider failed.
    ServerError,
    /// It took longer than it may.
    TimedOut,
    /// It cannot be reached: name, network, proxy, certificate.
    Unreachable,
    /// The answer broke off.
    CutOff,
    /// The key or token is missing, wrong or without the right.
    Unauthorized,
    /// A budget or spending limit is used up.
    QuotaExhausted,
    /// There is no such model or deployment, or it is not enabled.
    NoModel,
    /// The provider does not take the request.
    Rejected,
    /// The provider's content filter withheld prompt or answer.
    ContentFiltered,
    /// The prompt is longer than the model's window.
    TooLong,
    /// What came is no answer of this provider.
    Malformed,
}

impl Failure {
    const ALL: [Self; 13] = [
        Self::RateLimited,
        Self::Overloaded,
        Self::ServerError,
        Self::TimedOut,
        Self::Unreachable,
        Self::CutOff,
        Self::Unauthorized,
        Self::QuotaExhausted,
        Self::NoModel,
        Self::Rejected,
        Self::ContentFiltered,
        Self::TooLong,
        Self::Malformed,
    ];

    /// What an error of a provider says.
    pub fn of(error: &Error) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.code() == error.code())
    }

    /// Whether the same request may succeed a moment later.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Overloaded | Self::ServerError | Self::TimedOut | Self::Unreachable | Self::CutOff
        )
    }

    /// Whether there is any use in sending the same request again: what the provider says of it (`retry` in the error), else
    /// whether the failure is transient.
    pub fn may_retry(error: &Error) -> bool {
        match error.context().find(|(key, _)| *key == "retry") {
            Some((_, "yes")) => true,
            Some(_) => false,
            None => Self::of(error).is_some_and(Self::is_transient),
        }
    }

    /// The stable code of its errors.
    pub fn code(self) -> &'static str {
        self.parts().1
    }

    /// An error of this kind. Who makes it adds `provider`, and `reason` where the provider says one.
    pub fn error(self) -> Error {
        let (kind, code, message, hint) = self.parts();
        Error::new(kind, code, message).with_hint(hint)
    }

    #[rustfmt::skip]
    fn parts(self) -> (ErrorKind, &'static str, &'static str, &'static str) {
        match self {
            Self::RateLimited => (ErrorKind::Busy, "provider.rate_limited", "the provider allows no more tokens or requests for now",
                "wait, or have the provider raise the limit"),
            Self::Overloaded => (ErrorKind::Busy, "provider.overloaded", "the provider or the model has no capacity now",
                "wait, or name another model to fall back to"),
            Self::ServerError => (ErrorKind::Environment, "provider.failed", "the provider failed",
                "ask again; the provider's status page may say more"),
            Self::TimedOut => (ErrorKind::Environment, "provider.timed_out", "the provider took longer than it may",
                "ask again, or allow it more time"),
            Self::Unreachable => (ErrorKind::Environment, "provider.unreachable", "the provider cannot be reached",
                "check address, network, proxy and certificates: `beleg doctor --probe`"),
            Self::CutOff => (ErrorKind::Environment, "provider.cut_off", "the answer of the model broke off",
                "ask again; the connection to the provider was lost"),
            Self::Unauthorized => (ErrorKind::Environment, "provider.unauthorized", "the provider does not accept the key or token",
                "check the key, and what it may do"),
            Self::QuotaExhausted => (ErrorKind::Limit, "provider.quota", "a budget or spending limit is used up",
                "raise the budget or the spending limit"),
            Self::NoModel => (ErrorKind::NotFound, "provider.no_model", "the provider has no such model or deployment",
                "check its name, and that it is enabled"),
            Self::Rejected => (ErrorKind::InvalidInput, "provider.rejected", "the provider does not take the request",
                "the reason says what it does not take; capabilities of a model are settings"),
            Self::ContentFiltered => (ErrorKind::Unsupported, "provider.content_filter", "the provider's content filter withheld the prompt or the answer",
                "rephrase the question, or have the provider's filter adjusted"),
            Self::TooLong => (ErrorKind::Limit, "provider.too_long", "the prompt is longer than the model's window",
                "ask for fewer passages, or use a model with a larger window"),
            Self::Malformed => (ErrorKind::Malformed, "provider.malformed", "what came is no answer of this provider",
                "check that the address is that of the provider"),
        }
    }
}
