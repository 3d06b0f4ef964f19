//! Profiles of the shared files of AWS.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::{PROVIDER, sign::Keys};
use crate::{
    Error, ErrorKind, Result,
    platform::{Secret, Variables},
};

/// More than any of these files has.
const LONGEST_FILE_BYTES: u64 = 4 << 20;

type Section = BTreeMap<String, String>;

/// A profile: what both files say of it.
pub(super) struct Profile {
    pub(super) name: String,
    /// Whether somebody asked for it by name.
    pub(super) is_named: bool,
    credentials: Section,
    config: Section,
    /// The session of SSO that the configuration names.
    #[cfg(feature = "aws-metadata")]
    pub(super) session: Section,
}

/// The folder of the shared files, unless variables say otherwise.
pub(super) fn folder(variables: Variables<'_>) -> Option<PathBuf> {
    variables("HOME").or_else(|| variables("USERPROFILE")).map(|home| PathBuf::from(home).join(".aws"))
}

/// The profile by this name, or by `AWS_PROFILE`, or `default`. One that nobody named need not be there.
pub(super) fn profile(name: Option<&str>, variables: Variables<'_>) -> Result<Profile> {
    let named = name.map(str::to_owned).or_else(|| variables("AWS_PROFILE"));
    let (is_named, name) = (named.is_some(), named.unwrap_or_else(|| "default".to_owned()));
    let file = |variable: &str, usual: &str| {
        let named = variables(variable).map(PathBuf::from);
        named.or_else(|| Some(folder(variables)?.join(usual)))
    };
    let prefixed = format!("profile {name}");
    let in_config = if name == "default" { ["default", &prefixed] } else { [prefixed.as_str(), ""] };
    let config_text = read(file("AWS_CONFIG_FILE", "config"))?.unwrap_or_default();
    let config = section(&config_text, &in_config);
    #[cfg(feature = "aws-metadata")]
    let session = config.get("sso_session").map(|session| section(&config_text, &[&format!("sso-session {session}")]));
    let credentials = read(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"))?.unwrap_or_default();
    Ok(Profile {
        credentials: section(&credentials, &[&name]),
        #[cfg(feature = "aws-metadata")]
        session: session.unwrap_or_default(),
        name,
        is_named,
        config,
    })
}

impl Profile {
    /// What it says, in the file of credentials before that of the configuration.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.credentials.get(key).or_else(|| self.config.get(key)).map(String::as_str)
    }

    /// Keys that stand in it.
    pub(super) fn keys(&self) -> Option<Keys> {
        let value = |key: &str| self.value(key).map(Secret::from);
        let (id, secret) = (value("aws_access_key_id")?, value("aws_secret_access_key")?);
        Some(Keys { id, secret, session: value("aws_session_token") })
    }

    /// Whether its keys stand in the file of credentials.
    #[cfg(feature = "aws-metadata")]
    pub(super) fn has_own_credentials(&self) -> bool {
        self.credentials.contains_key("aws_access_key_id")
    }

    /// Whether neither file knows it.
    #[cfg(feature = "aws-metadata")]
    pub(super) fn is_missing(&self) -> bool {
        self.credentials.is_empty() && self.config.is_empty()
    }

    /// It gives no keys.
    pub(super) fn refused(&self, reason: &'static str, hint: &'static str) -> Error {
        Error::new(ErrorKind::InvalidInput, "provider.profile", "the profile of AWS gives no keys")
            .with("provider", PROVIDER)
            .with("profile", &self.name)
            .with("reason", reason)
            .with_hint(hint)
    }
}

/// A file that is not there says nothing.
fn read(path: Option<PathBuf>) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let failed = |error| Error::io(error, "read a file of AWS", &path);
    match fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(file) if file.len() > LONGEST_FILE_BYTES => return Ok(None),
        Ok(_) => {}
    }
    fs::read(&path).map(|bytes| Some(String::from_utf8_lossy(&bytes).into_owned())).map_err(failed)
}

/// What stands under the headings `names`: keys in lower case. Indented lines belong to a value of their own and are left out.
fn section(text: &str, names: &[&str]) -> Section {
    let mut values = BTreeMap::new();
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.starts_with(['#', ';', ' ', '\t']) || line.is_empty() {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.split(']').next().unwrap_or_default();
            let words = heading.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect::<Vec<_>>().join(" ");
            inside = !words.is_empty() && names.contains(&words.as_str());
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            let value = value.split(" #").next().and_then(|value| value.split(" ;").next()).unwrap_or_default();
            values.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    values
}
