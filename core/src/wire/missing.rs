use crate::{Error, ErrorKind};

/// A setting without which a provider cannot be used.
pub(crate) fn missing(provider: &'static str, setting: &'static str, hint: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, "provider.settings", "a setting of a provider is missing")
        .with("provider", provider)
        .with("setting", setting)
        .with_hint(hint)
}
