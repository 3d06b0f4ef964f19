//! What the document says of itself: title, date, page labels, what else it carries.

use hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream, String as PdfString},
};
use jiff::civil::Date;
use rustc_hash::FxHashSet;

use crate::document::{
    Notice,
    ordinal::{letters, roman},
};

/// Nodes of a name or number tree that are visited at most.
const NODES: usize = 20_000;

/// The title, when it is one: not the name of the file that it was printed from.
pub(super) fn title(pdf: &Pdf) -> Option<String> {
    let title = text(pdf.metadata().title.as_deref()?);
    let title: String = title.chars().map(|ch| if ch.is_control() { ' ' } else { ch }).collect();
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = title.to_lowercase();
    let empty = title.is_empty() || matches!(lower.as_str(), "untitled" | "unbenannt" | "(anonymous)" | "anonymous" | "title");
    let file = lower.starts_with("microsoft word") || lower.starts_with("microsoft powerpoint") || is_file_name(&lower);
    (!empty && !file).then_some(title)
}

fn is_file_name(title: &str) -> bool {
    let kinds =
        [".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".indd", ".qxd", ".dvi", ".tex", ".odt", ".rtf", ".txt"];
    !title.contains(' ') && kinds.iter().any(|kind| title.ends_with(kind))
}

/// The day on which it was created.
pub(super) fn date(pdf: &Pdf) -> Option<Date> {
    let created = pdf.metadata().creation_date?;
    Date::new(i16::try_from(created.year).ok()?, i8::try_from(created.month).ok()?, i8::try_from(created.day).ok()?).ok()
}

/// A text string: UTF-16 or UTF-8 with a mark, else PDFDocEncoding.
pub(super) fn text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| pdf_doc(*byte)).filter(|ch| !ch.is_control() || *ch == '\n').collect(),
    }
}

/// PDFDocEncoding (ISO 32000-1, annex D.2) where it is not Latin-1.
fn pdf_doc(byte: u8) -> char {
    const HIGH: [char; 31] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š',
        'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
    ];
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    match byte {
        0x18..=0x1f => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0x9e => HIGH[usize::from(byte - 0x80)],
        0xa0 => '€',
        _ => char::from(byte),
    }
}

/// The catalog.
pub(super) fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}

/// What a reader of the completeness report should know of the document as a whole.
pub(super) fn notices(catalog: &Dict<'_>) -> Vec<Notice> {
    let mut out = Vec::new();
    let mut say = |code: &str, message: &str| out.push(Notice { code: code.to_owned(), message: message.to_owned() });
    let names = catalog.get::<Dict<'_>>("Names");
    let runs = |action: Option<Dict<'_>>| {
        action.and_then(|action| action.get::<Name<'_>>("S").map(|kind| kind.as_str() == "JavaScript")).unwrap_or(false)
    };
    if names.as_ref().is_some_and(|names| names.contains_key("JavaScript"))
        || runs(catalog.get::<Dict<'_>>("OpenAction"))
        || catalog.contains_key("AA")
    {
        say("pdf.javascript", "the document carries scripts or automatic actions; none was run");
    }
    if let Some(form) = catalog.get::<Dict<'_>>("AcroForm")
        && form.contains_key("XFA")
    {
        say("pdf.xfa", "the document carries an XFA form; only what its pages show was read");
    }
    out
}

/// The printed label of each page, from the catalog's number tree; `None` where there is none.
pub(super) struct Labels {
    /// First page (0-based), style, prefix, first number; sorted.
    ranges: Vec<(u32, Option<char>, String, u32)>,
}

impl Labels {
    pub(super) fn of(catalog: Option<&Dict<'_>>) -> Self {
        let mut ranges = Vec::new();
        if let Some(root) = catalog.and_then(|catalog| catalog.get::<Dict<'_>>("PageLabels")) {
            walk(&root, "Nums", &mut |key, value| {
                let (Object::Number(first), Object::Dict(label)) = (key, value) else { return };
                let style = label.get::<Name<'_>>("S").and_then(|name| name.as_str().chars().next());
                let prefix = label.get::<PdfString<'_>>("P").map(|prefix| text(prefix.as_bytes())).unwrap_or_default();
                let start = label.get::<u32>("St").unwrap_or(1);
                ranges.push((first.as_f32().max(0.0) as u32, style, prefix, start));
            });
        }
        ranges.sort_by_key(|range| range.0);
        Self { ranges }
    }

    /// The label of a page, counted from 1, where it is not that number.
    pub(super) fn get(&self, page: u32) -> Option<String> {
        let at = self.ranges.partition_point(|range| range.0 < page).checked_sub(1)?;
        let (first, style, prefix, start) = &self.ranges[at];
        let number = (page - 1 - first).saturating_add(*start);
        let number = match style {
            Some('D') => number.to_string(),
            Some('R') => roman(number),
            Some('r') => roman(number).to_lowercase(),
            Some('A') => letters(number, b'A'),
            Some('a') => letters(number, b'a'),
            _ => String::new(),
        };
        let label = format!("{prefix}{number}");
        (!label.is_empty() && label != page.to_string()).then_some(label)
    }
}

/// A file inside the document: its name as given, its bytes.
pub(super) struct Attachment<'a> {
    pub(super) name: String,
    pub(super) stream: Option<Stream<'a>>,
}

/// The files that the document carries, at most `limit` and one more.
pub(super) fn attachments<'a>(pdf: &'a Pdf, catalog: &Dict<'a>, limit: usize) -> Vec<Attachment<'a>> {
    let mut out: Vec<Attachment<'a>> = Vec::new();
    let mut seen: FxHashSet<ObjectIdentifier> = FxHashSet::default();
    let mut take = |specification: Dict<'a>, fallback: Option<String>| {
        let files = specification.get::<Dict<'a>>("EF");
        let stream = files.as_ref().and_then(|files| files.get::<Stream<'a>>("UF").or_else(|| files.get::<Stream<'a>>("F")));
        let new = stream.as_ref().is_none_or(|stream| seen.insert(stream.obj_id()));
        if files.is_some() && new && out.len() <= limit {
            let name = specification.get::<PdfString<'_>>("UF").or_else(|| specification.get::<PdfString<'_>>("F"));
            let name = name.map(|name| text(name.as_bytes())).filter(|name| !name.is_empty()).or(fallback);
            out.push(Attachment { name: name.unwrap_or_default(), stream });
        }
    };
    if let Some(root) = catalog.get::<Dict<'a>>("Names").and_then(|names| names.get::<Dict<'a>>("EmbeddedFiles")) {
        walk(&root, "Names", &mut |key, value| {
            let name = key.into_string().map(|name| text(name.as_bytes()));
            if let Some(specification) = value.into_dict() {
                take(specification, name);
            }
        });
    }
    for specification in catalog.get::<Array<'a>>("AF").iter().flat_map(|array| array.iter::<Dict<'a>>()) {
        take(specification, None);
    }
    for page in pdf.pages().iter() {
        let Some(annotations) = page.raw().get::<Array<'a>>("Annots") else { continue };
        for annotation in annotations.iter::<Dict<'a>>() {
            if annotation.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "FileAttachment")
                && let Some(specification) = annotation.get::<Dict<'a>>("FS")
            {
                take(specification, None);
            }
        }
    }
    out
}

/// Visits the pairs of a name or number tree, each node once.
fn walk<'a>(root: &Dict<'a>, leaf: &str, visit: &mut dyn FnMut(Object<'a>, Object<'a>)) {
    let mut seen: FxHashSet<ObjectIdentifier> = root.obj_id().into_iter().collect();
    let mut stack = vec![root.clone()];
    let mut nodes = 0;
    while let Some(node) = stack.pop() {
        nodes += 1;
        if nodes > NODES {
            return;
        }
        if let Some(pairs) = node.get::<Array<'a>>(leaf) {
            let mut items = pairs.iter::<Object<'a>>();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                nodes += 1;
                if nodes > NODES {
                    return;
                }
                visit(key, value);
            }
        }
        if let Some(kids) = node.get::<Array<'a>>("Kids") {
            let refs: Vec<MaybeRef<Object<'a>>> = kids.raw_iter().collect();
            let kids: Vec<Dict<'a>> = kids.iter::<Dict<'a>>().collect();
            let new = refs.iter().all(|kid| match kid {
                MaybeRef::Ref(id) => seen.insert((*id).into()),
                MaybeRef::NotRef(_) => true,
            });
            if new {
                stack.extend(kids.into_iter().rev());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_string_is_read_in_each_of_its_encodings() {
        assert_eq!(text(b"Jahresabschlu\xdf \x84Z\x8d"), "Jahresabschluß —Z“");
        assert_eq!(text(b"\xfe\xff\x00\xc4\x20\xac"), "Ä€");
        assert_eq!(text(b"\xef\xbb\xbf\xc3\xa4"), "ä");
        assert_eq!(text(b"\xfe\xff\xd8"), "");
    }
}
