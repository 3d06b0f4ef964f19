//! Files that a PDF carries: attachments, the XML of an electronic invoice.

use hayro_syntax::{Pdf, object::Dict};

use crate::{
    Error, ErrorKind, Result,
    document::{Limits, Notice, Part, Sink},
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
    let mut names: Vec<String> = Vec::new();
    let mut left = limits.decompressed_bytes;
    for file in files {
        let name = distinct(safe_name(&file.name), &mut names);
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

/// The name without root, drive, `..` and control characters, parted by `/`.
fn safe_name(name: &str) -> String {
    let parts = name.split(['/', '\\']).map(|part| -> String {
        part.chars().filter(|ch| !ch.is_control() && !matches!(ch, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
    });
    let parts: Vec<String> = parts.filter(|part| !matches!(part.trim(), "" | "." | "..") && !part.ends_with(':')).collect();
    if parts.is_empty() { "attachment".to_owned() } else { parts.join("/") }
}

/// Two files of one name become `a.xml` and `a (2).xml`.
fn distinct(name: String, names: &mut Vec<String>) -> String {
    let mut candidate = name.clone();
    let mut count = 1;
    while names.contains(&candidate) {
        count += 1;
        candidate = match name.rsplit_once('.') {
            Some((stem, kind)) if !stem.is_empty() => format!("{stem} ({count}).{kind}"),
            _ => format!("{name} ({count})"),
        };
    }
    names.push(candidate.clone());
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachments_name_leads_nowhere_else() {
        for (given, safe) in [
            ("factur-x.xml", "factur-x.xml"),
            ("../../etc/passwd", "etc/passwd"),
            ("C:\\Users\\x\\a.pdf", "Users/x/a.pdf"),
            ("/abs/./b\0.txt", "abs/b.txt"),
            ("..", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(safe_name(given), safe, "{given:?}");
        }
        let mut names = Vec::new();
        assert_eq!(distinct("a.xml".into(), &mut names), "a.xml");
        assert_eq!(distinct("a.xml".into(), &mut names), "a (2).xml");
    }
}
