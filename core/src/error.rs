//! The one error type at the crate's surface.
//!
//! An error says what went wrong, where, why, and what to do. [`ErrorKind`] is coarse and prescribes an action;
//! [`Error::code`] is finer, stable, and the same in every binding. Neither message nor context ever holds text of a
//! document or a secret.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call is wrong: correct its arguments.
    InvalidInput,
    /// What was named does not exist.
    NotFound,
    /// It exists already, or in another form than the call expects: choose another name or mode.
    Conflict,
    /// Somebody else holds it: wait and try again.
    Busy,
    /// The document is of a kind that Beleg does not read.
    Unsupported,
    /// The document is encrypted and the password is missing or wrong.
    Encrypted,
    /// The bytes are damaged or hostile.
    Malformed,
    /// A limit was reached: raise the setting when the input is trusted.
    Limit,
    /// The environment is at fault: disk, rights, a missing library or model.
    Environment,
    /// What is stored is not what was written: restore it or rebuild.
    Corrupt,
    /// The caller stopped the work.
    Cancelled,
    /// A defect in Beleg: please report it.
    Internal,
}

/// An error of Beleg. See the [module](self) for what it promises.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    code: Cow<'static, str>,
    message: String,
    hint: Option<String>,
    context: Vec<(Cow<'static, str>, String)>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a stable, dotted `code` such as `document.encrypted`, and a sentence for people.
    pub fn new(kind: ErrorKind, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            code: code.into(),
            message: message.into(),
            hint: None,
            context: Vec::new(),
            retry_after: None,
            source: None,
        }))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds where it happened: `document`, `path`, `page`, `model`, ...
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let key = key.into();
        if !self.0.context.iter().any(|(k, _)| *k == key) {
            self.0.context.push((key, value.into()));
        }
        self
    }

    /// Adds how long to wait before the next try, as whoever refused says.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// An operating system's error at a path.
    pub fn io(error: std::io::Error, doing: &str, path: &std::path::Path) -> Self {
        use std::io::ErrorKind as Io;
        let (kind, code, hint) = match error.kind() {
            Io::NotFound => (ErrorKind::NotFound, "io.not_found", None),
            Io::PermissionDenied => {
                (ErrorKind::Environment, "io.permission", Some("check the rights of the file and of its folder"))
            }
            Io::ReadOnlyFilesystem => {
                (ErrorKind::Environment, "io.read_only", Some("the file system is read-only: use a folder that can be written"))
            }
            Io::StorageFull | Io::QuotaExceeded => (
                ErrorKind::Environment,
                "io.disk_full",
                Some("free some space and run the command again: it continues where it stopped"),
            ),
            Io::AlreadyExists => (ErrorKind::Conflict, "io.exists", None),
            _ => (ErrorKind::Environment, "io.failed", None),
        };
        let mut this =
            Self::new(kind, code, format!("cannot {doing}: {error}")).with("path", path.display().to_string()).with_source(error);
        this.0.hint = hint.map(str::to_owned);
        this
    }

    /// The coarse kind, which prescribes what to do.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable, finer code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The sentence for people, without context and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// How long to wait before the next try, when whoever refused said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Where it happened, in the order in which it was added.
    pub fn context(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.context.iter().map(|(k, v)| (k.as_ref(), v.as_str()))
    }

    /// The stable JSON shape: `{"error": {"kind", "code", "message", "context", "hint"}}`.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"error": ErrorRecord::from(self)})
    }
}

/// An error as data: what a report or another process carries of it. The source chain stays behind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ErrorRecord {
    /// See [`ErrorKind`].
    pub kind: ErrorKind,
    /// The stable code.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// Where it happened.
    #[serde(default)]
    pub context: std::collections::BTreeMap<String, String>,
    /// What to do about it.
    #[serde(default)]
    pub hint: Option<String>,
}

impl From<&Error> for ErrorRecord {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            context: error.context().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl From<ErrorRecord> for Error {
    fn from(record: ErrorRecord) -> Self {
        let mut error = Error::new(record.kind, record.code, record.message);
        error.0.hint = record.hint;
        error.0.context = record.context.into_iter().map(|(k, v)| (k.into(), v)).collect();
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for (i, (key, value)) in self.context().enumerate() {
            write!(f, "{}{key}: {value}", if i == 0 { " (" } else { ", " })?;
        }
        if !self.0.context.is_empty() {
            f.write_str(")")?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self, self.0.code)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let error = Error::new(ErrorKind::Encrypted, "document.encrypted", "the document needs a password")
            .with("document", "a.pdf")
            .with_hint("pass --password-file");
        assert_eq!(error.to_string(), "the document needs a password (document: a.pdf); pass --password-file");
        assert_eq!(error.to_json()["error"]["code"], "document.encrypted");
        let back = Error::from(ErrorRecord::from(&error));
        assert_eq!(back.to_json(), error.to_json());
    }
}
