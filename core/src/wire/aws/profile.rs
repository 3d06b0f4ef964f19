//! Profiles of the shared files of AWS, as far as they hold keys: what has to be asked for first (roles, SSO, processes) is not.

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::{
    Error, ErrorKind, Result,
    platform::{Secret, Variables},
};

/// More than any of these files has.
const LONGEST_FILE_BYTES: u64 = 4 << 20;

/// Id, secret and session of a key.
pub(super) type Keys = (Option<Secret>, Option<Secret>, Option<Secret>);

/// A profile: what both files say of it, that of the credentials first.
pub(super) struct Profile {
    name: String,
    /// Whether somebody asked for it by name.
    is_named: bool,
    values: BTreeMap<String, String>,
}

/// The profile by this name, or by `AWS_PROFILE`, or `default`. One that nobody named need not be there.
pub(super) fn profile(name: Option<&str>, variables: Variables<'_>) -> Result<Profile> {
    let named = name.map(str::to_owned).or_else(|| variables("AWS_PROFILE"));
    let (is_named, name) = (named.is_some(), named.unwrap_or_else(|| "default".to_owned()));
    let home = variables("HOME").or_else(|| variables("USERPROFILE")).map(PathBuf::from);
    let file = |variable: &str, usual: &str| {
        let named = variables(variable).map(PathBuf::from);
        named.or_else(|| Some(home.as_ref()?.join(".aws").join(usual)))
    };
    let mut values = BTreeMap::new();
    let prefixed = format!("profile {name}");
    let in_config = if name == "default" { ["default", &prefixed] } else { [prefixed.as_str(), ""] };
    if let Some(text) = read(file("AWS_CONFIG_FILE", "config"))? {
        values.extend(section(&text, &in_config));
    }
    if let Some(text) = read(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"))? {
        values.extend(section(&text, &[&name]));
    }
    Ok(Profile { name, is_named, values })
}

impl Profile {
    pub(super) fn keys(&self) -> Result<Option<Keys>> {
        let value = |key: &str| self.values.get(key).map(Secret::new);
        let keys = (value("aws_access_key_id"), value("aws_secret_access_key"), value("aws_session_token"));
        if keys.0.is_some() && keys.1.is_some() {
            return Ok(Some(keys));
        }
        if !self.is_named {
            return Ok(None);
        }
        let error = Error::new(ErrorKind::InvalidInput, "provider.profile", "the profile of AWS has no keys of its own")
            .with("provider", "aws.bedrock")
            .with("profile", &self.name);
        Err(error.with_hint(
            "roles and SSO are not followed: `eval \"$(aws configure export-credentials --format env)\"` gives keys for a while",
        ))
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.values.get("region").map(String::as_str)
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
fn section(text: &str, names: &[&str]) -> BTreeMap<String, String> {
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
