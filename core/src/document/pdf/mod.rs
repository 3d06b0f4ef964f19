//! PDF → pages: text in reading order, blocks, and the place of every character.
//!
//! hayro interprets the page; everything from the positions of its glyphs on is ours: [`glyphs`] collects what is drawn,
//! [`lines`] makes words and lines, [`columns`] finds the reading order, [`tables`] the tables, [`blocks`] the rest of the
//! structure, [`furniture`] what repeats from page to page, and [`compose`] writes the page. Pages are handed on a dozen
//! behind the one being read, because a running header is known by its coming again.

mod blocks;
mod columns;
mod compose;
mod doubles;
mod fields;
mod fonts;
mod furniture;
mod glyphs;
mod guard;
mod lines;
mod pages;
mod parts;
mod picture;
mod properties;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use unicode_normalization::UnicodeNormalization;

use crate::{
    Error, ErrorKind, Result,
    document::{Format, Input, Limits, Sink, Summary, passwords},
};
pub use picture::{picture, picture_of};

/// Extracts a PDF.
///
/// # Errors
/// `document.encrypted`, `document.wrong_password`, `pdf.encryption_unsupported`, `pdf.damaged`, `document.too_many_pages`,
/// `document.too_large_decompressed`, `document.time`, `document.too_much_text`, and what the sink returns. A page that
/// cannot be read is no error: it comes with the status [`PageStatus::Failed`](crate::types::PageStatus::Failed).
pub fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    guard::check_object_streams(&input.bytes, limits)?;
    let pdf = open(&input.bytes, input.passwords)?;
    let count = pdf.pages().len();
    if count > limits.pages as usize {
        return Err(Error::new(ErrorKind::Limit, "document.too_many_pages", "the document has more pages than the limit")
            .with("pages", count.to_string())
            .with("limit", limits.pages.to_string())
            .with_hint("raise the limit `pages` when the document is trusted"));
    }
    let catalog = properties::catalog(&pdf);
    let mut notices = catalog.as_ref().map(properties::notices).unwrap_or_default();
    let read = pages::extract(&pdf, catalog.as_ref(), limits, sink)?;
    notices.extend(read.notices);
    if let Some(catalog) = &catalog {
        notices.extend(parts::extract(&pdf, catalog, limits, sink)?);
    }
    let title = properties::title(&pdf).or(read.first_heading);
    Ok(Summary { format: Format::Pdf, title, date: properties::date(&pdf), notices })
}

/// Opens the file, without a password or with the first that fits; pages are not looked at.
fn open(bytes: &Arc<Vec<u8>>, passwords: &[String]) -> Result<Pdf> {
    let damaged = || Error::new(ErrorKind::Malformed, "pdf.damaged", "the PDF file is damaged: its structure cannot be read");
    let is_encrypted = memchr::memmem::find(bytes, b"/Encrypt").is_some();
    let mut invalid = false;
    for password in std::iter::once("").chain(passwords.iter().map(String::as_str)) {
        // ISO 32000-2, 7.6.4.3.3: passwords are normalized (SASLprep) before they are used.
        let password: String = password.nfkc().collect();
        let opened = guard::guarded(|| Pdf::new_with_password(Arc::clone(bytes), &password)).map_err(|_| damaged())?;
        match opened {
            Ok(pdf) => return Ok(pdf),
            Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {}
            Err(LoadPdfError::Decryption(_)) => {
                return Err(Error::new(
                    ErrorKind::Encrypted,
                    "pdf.encryption_unsupported",
                    "the document is encrypted in a way that is not supported or is damaged",
                ));
            }
            // A file that is encrypted and damaged is put together again only under its password.
            Err(LoadPdfError::Invalid) if is_encrypted => invalid = true,
            Err(LoadPdfError::Invalid) => return Err(damaged()),
        }
    }
    if invalid {
        return Err(damaged().with_hint("it is encrypted as well: give its password, or ask for the file again"));
    }
    Err(passwords::refused(passwords))
}
