use super::super::Failure;
use crate::{Error, error::ErrorRecord};

/// A line in English and in German.
pub(super) struct Line {
    pub(super) en: String,
    pub(super) de: String,
}

pub(super) fn line(en: impl Into<String>, de: impl Into<String>) -> Line {
    Line { en: en.into(), de: de.into() }
}

impl Line {
    /// With what the provider says itself behind it, where there is room for it.
    pub(super) fn quoting(self, said: &Said<'_>) -> Self {
        match said.get("message") {
            "" => self,
            message => {
                line(format!("{} It says: \"{message}\"", self.en), format!("{} Die Gegenseite sagt: \"{message}\"", self.de))
            }
        }
    }
}

/// What an error says under its keys.
pub(super) struct Said<'a> {
    error: &'a ErrorRecord,
    pub(super) failure: Option<Failure>,
}

impl<'a> Said<'a> {
    pub(super) fn of(error: &'a ErrorRecord) -> Self {
        Self { error, failure: Failure::of(&Error::from(error.clone())) }
    }

    pub(super) fn is(&self, code: &str) -> bool {
        self.error.code == code
    }

    /// Empty where it says nothing.
    pub(super) fn get(&self, key: &str) -> &'a str {
        self.error.context.get(key).map(String::as_str).unwrap_or_default()
    }

    /// Status and reason, as far as they are there; what failed within a stream may have neither.
    pub(super) fn code(&self) -> String {
        let parts = [self.get("status"), self.get("reason")];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if parts.is_empty() { self.error.code.clone() } else { parts }
    }

    /// The status, and what there is in its place where there is none.
    pub(super) fn status(&self) -> String {
        match self.get("status") {
            "" => self.code(),
            status => status.to_owned(),
        }
    }

    pub(super) fn hint(&self) -> &'a str {
        self.error.hint.as_deref().unwrap_or_default()
    }

    pub(super) fn message(&self) -> String {
        let hint = self.error.hint.as_deref().map(|hint| format!(". {hint}")).unwrap_or_default();
        format!("{}{hint}", self.error.message)
    }
}
