//! What a file is, by its content.
//!
//! The magic at the first byte wins: a file that is both PDF and ZIP is what it begins with. Only a PDF may stand behind
//! other bytes (up to 1024 of them, as its readers have it), and only when the first bytes are no magic of their own. The
//! name decides nothing but between Markdown and text, and which of two readings of the same characters was meant.

mod magic;
mod markup;

use super::{Format, charset, csv, json};
use crate::{Error, ErrorKind, Result};

/// What the file `name` of these bytes is.
///
/// # Errors
/// `document.empty` for no bytes, `document.encrypted` for an Office file under a password, `document.malware_test` for the
/// EICAR file, and `document.unsupported` for every other kind that is not read; it says which in the context `type`.
pub fn detect(name: &str, bytes: &[u8]) -> Result<Format> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Malformed, "document.empty", "the file has no bytes")
            .with_hint("ask for the file again: it was probably cut off on its way"));
    }
    match magic::tell(bytes) {
        Some(magic::Kind::Known(format)) => return Ok(format),
        Some(magic::Kind::Unread(what)) => return Err(unsupported(what)),
        Some(magic::Kind::Encrypted) => {
            return Err(super::passwords::refused(&[]));
        }
        Some(magic::Kind::MalwareTest) => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "document.malware_test",
                "the file is the EICAR test file, which virus scanners are tested with",
            ));
        }
        None => {}
    }
    let Some(text) = charset::sample(bytes) else { return Err(unsupported("binary data of no known kind")) };
    Ok(tell_text(name, &text, bytes))
}

/// The error for a kind of file that is known and not read.
fn unsupported(what: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, "document.unsupported", format!("files of this kind are not read: {what}"))
        .with("type", what)
}

/// What kind of text it is, by its beginning. `bytes` are read on where only the whole tells.
fn tell_text(name: &str, text: &str, bytes: &[u8]) -> Format {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let start = text.trim_start();
    if start.starts_with('<')
        && let Some(format) = markup::tell(start, &extension)
    {
        return format;
    }
    if start.starts_with(['{', '[']) && (json::is_valid(&charset::decode(bytes)) || extension == "json") {
        return Format::Json;
    }
    if markup::is_mail(text) {
        return Format::Eml;
    }
    let markdown_by_name = matches!(extension.as_str(), "md" | "markdown" | "mdown" | "mkd");
    if markdown_by_name {
        return Format::Markdown;
    }
    if csv::is_csv(text, matches!(extension.as_str(), "csv" | "tsv" | "tab")) {
        return Format::Csv;
    }
    if markup::is_markdown(text) {
        return Format::Markdown;
    }
    Format::Text
}

#[cfg(test)]
mod tests;
