//! Files that a PDF carries: attachments, the XML of an electronic invoice.

use hayro_syntax::{Pdf, object::Dict};

use crate::{
    Error, ErrorKind, Result,
    document::{Limits, Notice, Part, Sink, names::PartNames},
    error::ErrorRecord,
};

use super::{guard, properties};

/// Hands the document's files to the sink and says that there are some.
pub(super) fn extract(pdf: &Pdf, catalog: &Dict<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Option<Notice>> {
    let files = guard::guarded(|| properties::attachments(pdf, catalog, limits.parts as usize)).unwrap_or_default();
    if files.is_empty() {
        return Ok(None);
    }
    if files.len() > limits.parts as usize {
        return Err(Error::new(ErrorKind::Limit, "document.too_many_parts", "the document carries more files than the limit")
            .with("limit", limits.parts.to_string())
            .with_hint("raise the limit `parts` when the document is trusted"));
    }
    let count = files.len();
    let mut names = PartNames::default();
    let mut left = limits.decompressed_bytes;
    for file in files {
        let name = names.path(&file.name);
        let failed = |kind, code, message: &str| Err(ErrorRecord::from(&Error::new(kind, code, message)));
        let bytes = match &file.stream {
            None => failed(ErrorKind::Malformed, "pdf.attachment_missing", "the attached file is not in the document"),
            Some(stream) if guard::decoded_exceeds(std::iter::once(stream), left.min(limits.file_bytes)) => {
                failed(ErrorKind::Limit, "document.too_large_decompressed", "the attached file is larger than the limit")
            }
            Some(stream) => match guard::guarded(|| stream.decoded_data().map(|data| data.into_owned())) {
                Ok(Ok(bytes)) => Ok(bytes),
                _ => failed(ErrorKind::Malformed, "pdf.attachment_damaged", "the attached file cannot be read"),
            },
        };
        left = left.saturating_sub(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64));
        sink.part(Part { name, bytes })?;
    }
    Ok(Some(Notice {
        code: "pdf.attachments".to_owned(),
        message: format!("the document carries {count} files; each is read as a document of its own"),
    }))
}
