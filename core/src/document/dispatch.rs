//! From bytes to the extractor of their format.

use super::{
    Format, Input, Limits, Sink, Summary, csv, detect, docx, eml,
    guard::{Guard, exceeded},
    html, json, markdown, ooxml, pdf, pptx, text, xlsx, xml, zip,
};
use crate::{ErrorKind, Result};
use std::sync::Arc;

/// Reads a document: tells its format by its content, and hands its pages and parts to `sink` as they are read.
///
/// Limits and promises hold for every format: see [`Limits`], [`Page`](crate::types::Page). What was handed over before an
/// error stays valid. An error names the document.
///
/// # Errors
/// Those of [`detect`](super::detect) but `document.encrypted` when a password fits, those of the format, `limit.*` for a limit that was reached, and what `sink` returned.
pub fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let mut read = || -> Result<Summary> {
        if input.bytes.len() as u64 > limits.file_bytes {
            return Err(exceeded("file_bytes", limits.file_bytes));
        }
        let sink = &mut Guard::new(limits, sink);
        match detect::detect(input.name, &input.bytes) {
            Ok(format) => extract_as(format, input, limits, sink),
            // An Office file under a password is none of the formats before it is opened.
            Err(error) if error.kind() == ErrorKind::Encrypted => {
                let input = Input { bytes: Arc::new(ooxml::encryption::decrypt(&input.bytes, input.passwords)?), ..*input };
                extract_as(detect::detect(input.name, &input.bytes)?, &input, limits, sink)
            }
            Err(error) => Err(error),
        }
    };
    read().map_err(|error| error.with("document", input.name))
}

fn extract_as(format: Format, input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    match format {
        Format::Pdf => pdf::extract(input, limits, sink),
        Format::Docx => docx::extract(input, limits, sink),
        Format::Xlsx => xlsx::extract(input, limits, sink),
        Format::Pptx => pptx::extract(input, limits, sink),
        Format::Html => html::extract(input, limits, sink),
        Format::Markdown => markdown::extract(input, limits, sink),
        Format::Text => text::extract(input, limits, sink),
        Format::Csv => csv::extract(input, limits, sink),
        Format::Eml => eml::extract(input, limits, sink),
        Format::Json => json::extract(input, limits, sink),
        Format::Xml => xml::extract(input, limits, sink),
        Format::Zip => zip::extract(input, limits, sink),
    }
}

#[cfg(test)]
mod tests;
