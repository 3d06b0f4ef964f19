use std::{fmt, path::Path};

use serde::Deserialize;

use crate::{Error, ErrorKind, Result};

/// A key, a token or a password. Nothing prints it: `Debug` shows that there is one, and it has neither `Display` nor `Serialize`.
///
/// White space around it is dropped, as a file of a secret often ends with a line break.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Box<str>);

impl Secret {
    /// Keeps `value` from being printed.
    pub fn new(value: impl AsRef<str>) -> Self {
        Self(value.as_ref().trim().into())
    }

    /// The secret itself, for where it is used.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a variable of the environment holds; `None` when it is not set. Injected, so that settings can be made from any source.
pub type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// The variables of this process; one that is empty is not set.
pub fn variables(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A secret from the environment: the variable `name`, or the content of the file that `name_FILE` names.
///
/// # Errors
/// `config.secret_file` when that file cannot be read. The secret itself is in no message.
pub fn secret(name: &str) -> Result<Option<Secret>> {
    secret_by(name, &variables)
}

/// The same from other variables than this process's own.
///
/// # Errors
/// As [`secret`].
pub fn secret_by(name: &str, variables: Variables<'_>) -> Result<Option<Secret>> {
    if let Some(value) = variables(name) {
        return Ok(Some(Secret::new(value)));
    }
    let file = format!("{name}_FILE");
    let Some(path) = variables(&file) else { return Ok(None) };
    let value = std::fs::read_to_string(Path::new(&path)).map_err(|error| {
        Error::new(ErrorKind::Environment, "config.secret_file", format!("cannot read the file of a secret: {error}"))
            .with("variable", file)
            .with("path", path)
    })?;
    Ok(Some(Secret::new(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_by_nothing_and_is_read_from_a_file_without_its_line_break() {
        let secret: Secret = serde_json::from_str("\" key-1\\n\"").unwrap();
        assert_eq!((secret.expose(), format!("{secret:?}").as_str()), ("key-1", "Secret(..)"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "key-2\n").unwrap();
        let path = file.path().display().to_string();
        let by_file = |name: &str| (name == "API_KEY_FILE").then(|| path.clone());
        assert_eq!(secret_by("API_KEY", &by_file).unwrap().unwrap().expose(), "key-2");
        let both = |name: &str| if name == "API_KEY" { Some("key-3".to_owned()) } else { Some(path.clone()) };
        assert_eq!(secret_by("API_KEY", &both).unwrap().unwrap().expose(), "key-3");
        assert!(secret_by("API_KEY", &|_| None).unwrap().is_none());
        let missing = secret_by("API_KEY", &|name| (name == "API_KEY_FILE").then(|| "/nowhere".to_owned())).unwrap_err();
        assert_eq!(missing.code(), "config.secret_file");
    }
}
