//! Kinds of files by their first bytes (IANA media types, the formats' own specifications, and file(1)'s database).

use super::super::Format;

/// What the first bytes say.
pub(super) enum Kind {
    Known(Format),
    Unread(&'static str),
    Encrypted,
    MalwareTest,
}

/// The signature that stands at an offset, and what it means.
type Signature = (usize, &'static [u8], &'static str);

const SIGNATURES: &[Signature] = &[
    (0, b"\x89PNG\r\n\x1a\n", "picture (PNG)"),
    (0, b"\xff\xd8\xff", "picture (JPEG)"),
    (0, b"GIF87a", "picture (GIF)"),
    (0, b"GIF89a", "picture (GIF)"),
    (0, b"II*\0", "picture (TIFF)"),
    (0, b"MM\0*", "picture (TIFF)"),
    (0, b"II+\0", "picture (BigTIFF)"),
    (0, b"8BPS", "picture (Photoshop)"),
    (0, b"\0\0\x01\0", "picture (icon)"),
    (0, b"\0\0\0\x0cjP  \r\n", "picture (JPEG 2000)"),
    (0, b"\xff\x0a", "picture (JPEG XL)"),
    (0, b"\xd7\xcd\xc6\x9a", "picture (Windows metafile)"),
    (0, b"AT&TFORM", "DjVu document"),
    (0, b"\x1f\x8b", "archive (gzip)"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive (7-Zip)"),
    (0, b"Rar!\x1a\x07", "archive (RAR)"),
    (0, b"BZh", "archive (bzip2)"),
    (0, b"\xfd7zXZ\0", "archive (xz)"),
    (0, b"\x28\xb5\x2f\xfd", "archive (Zstandard)"),
    (0, b"\x04\x22\x4d\x18", "archive (LZ4)"),
    (0, b"MSCF", "archive (Cabinet)"),
    (257, b"ustar", "archive (tar)"),
    (0, b"!<arch>\n", "archive (ar)"),
    (0, b"\xed\xab\xee\xdb", "software package (RPM)"),
    (0, b"MZ", "program (Windows)"),
    (0, b"\x7fELF", "program (ELF)"),
    (0, b"\xfe\xed\xfa\xce", "program (Mach-O)"),
    (0, b"\xfe\xed\xfa\xcf", "program (Mach-O)"),
    (0, b"\xce\xfa\xed\xfe", "program (Mach-O)"),
    (0, b"\xcf\xfa\xed\xfe", "program (Mach-O)"),
    (0, b"\xca\xfe\xba\xbe", "program (Java or Mach-O)"),
    (0, b"\0asm", "program (WebAssembly)"),
    (0, b"L\0\0\0\x01\x14\x02\0", "shortcut (Windows)"),
    (0, b"ID3", "sound (MP3)"),
    (0, b"\xff\xfb", "sound (MP3)"),
    (0, b"\xff\xf3", "sound (MP3)"),
    (0, b"OggS", "sound or film (Ogg)"),
    (0, b"fLaC", "sound (FLAC)"),
    (0, b"#!AMR", "sound (AMR)"),
    (0, b"\x1a\x45\xdf\xa3", "film (Matroska)"),
    (0, b"FLV\x01", "film (Flash)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "film or sound (Windows Media)"),
    (4, b"ftypheic", "picture (HEIF)"),
    (4, b"ftypmif1", "picture (HEIF)"),
    (4, b"ftypavif", "picture (AVIF)"),
    (4, b"ftypM4A", "sound (MPEG-4)"),
    (4, b"ftyp", "film (MPEG-4)"),
    (0, b"{\\rtf", "RTF document"),
    (0, b"%!PS", "PostScript document"),
    (0, b"%!Adobe", "PostScript document"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript document"),
    (0, b"\x78\x9f\x3e\x22", "mail attachment of Outlook (TNEF, winmail.dat)"),
    (0, b"!BDN", "mailbox of Outlook (PST)"),
    (0, b"SQLite format 3\0", "database (SQLite)"),
    (0, b"\0\x01\0\0Standard Jet DB", "database (Access)"),
    (0, b"\0\x01\0\0Standard ACE DB", "database (Access)"),
    (0, b"PAR1", "table (Parquet)"),
    (0, b"ARROW1\0\0", "table (Arrow)"),
    (0, b"Obj\x01", "table (Avro)"),
    (0, b"\x89HDF\r\n\x1a\n", "table (HDF5)"),
    (0, b"wOFF", "font"),
    (0, b"wOF2", "font"),
    (0, b"OTTO\0", "font"),
    (0, b"\0\x01\0\0\0", "font"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "notebook of OneNote"),
    (0, b"AC10", "drawing (AutoCAD)"),
    (0, b"-----BEGIN PGP MESSAGE", "message encrypted with PGP"),
    (0, b"bplist00", "property list (binary)"),
    (0, b"ITSF", "help file (CHM)"),
];

pub(super) fn tell(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"%PDF-") {
        return Some(Kind::Known(Format::Pdf));
    }
    if [&b"PK\x03\x04"[..], b"PK\x05\x06", b"PK\x07\x08PK"].iter().any(|magic| bytes.starts_with(magic)) {
        return Some(zip(bytes));
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(compound_file(bytes));
    }
    if bytes.starts_with(b"RIFF") {
        return Some(Kind::Unread(match bytes.get(8..12) {
            Some(b"WEBP") => "picture (WebP)",
            Some(b"WAVE") => "sound (WAVE)",
            Some(b"AVI ") => "film (AVI)",
            _ => "media file (RIFF)",
        }));
    }
    // `BM` begins many a text; a bitmap goes on with its own length and two zeros.
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return Some(Kind::Unread("picture (BMP)"));
    }
    // As its specification has it: the string alone, or with white space behind it up to 128 bytes.
    if bytes.starts_with(br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*") && bytes.len() <= 128 {
        return Some(Kind::MalwareTest);
    }
    if let Some((_, _, what)) = SIGNATURES.iter().find(|(at, magic, _)| bytes.get(*at..).is_some_and(|b| b.starts_with(magic))) {
        // Two letters are too few when the rest reads as text.
        let short = matches!(*what, "program (Windows)" | "archive (bzip2)" | "sound (MP3)" | "drawing (AutoCAD)");
        if !(short && is_ascii_text(bytes)) {
            return Some(Kind::Unread(what));
        }
    }
    if bytes.starts_with(b"From ") && mbox_messages(bytes) > 1 {
        return Some(Kind::Unread("mailbox (mbox)"));
    }
    late_pdf(bytes).then_some(Kind::Known(Format::Pdf))
}

fn is_ascii_text(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(512)].iter().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0xa0..))
}

/// A mailbox has a line `From ` before each message, behind a blank one.
fn mbox_messages(bytes: &[u8]) -> usize {
    1 + bytes.windows(7).filter(|w| *w == b"\n\nFrom ").count() + bytes.windows(9).filter(|w| *w == b"\r\n\r\nFrom ").count()
}

/// A PDF whose header stands behind up to 1024 bytes of something else (ISO 32000-1, Annex H, note 13). Text that speaks of
/// `%PDF-` is none: there are objects and a trailer in a PDF.
fn late_pdf(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024 + 8)];
    let Some(at) = find(head, b"%PDF-") else { return false };
    let version = matches!(bytes.get(at + 5..at + 8), Some([b'1' | b'2', b'.', b'0'..=b'9']));
    version
        && find(&bytes[at..], b" obj").is_some()
        && (find(&bytes[at..], b"startxref").is_some() || find(&bytes[at..], b"endobj").is_some())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

/// What a ZIP holds tells what it is: Office Open XML, OpenDocument, EPUB, or an archive of files.
fn zip(bytes: &[u8]) -> Kind {
    // OpenDocument and EPUB store their type first, uncompressed, so that it stands at byte 38.
    if bytes.get(30..38) == Some(b"mimetype") {
        let kind = &bytes[38..bytes.len().min(38 + 80)];
        for (magic, what) in [
            (&b"application/vnd.oasis.opendocument.text"[..], "OpenDocument text"),
            (b"application/vnd.oasis.opendocument.spreadsheet", "OpenDocument spreadsheet"),
            (b"application/vnd.oasis.opendocument.presentation", "OpenDocument presentation"),
            (b"application/vnd.oasis.opendocument", "OpenDocument"),
            (b"application/epub+zip", "book (EPUB)"),
        ] {
            if kind.starts_with(magic) {
                return Kind::Unread(what);
            }
        }
    }
    let names = names(bytes);
    let has = |prefix: &str| names.iter().any(|n| n.starts_with(prefix.as_bytes()));
    if has("[Content_Types].xml") || has("_rels/.rels") {
        for (prefix, kind) in [
            ("xl/workbook.bin", Kind::Unread("Excel workbook in the binary format (XLSB)")),
            ("word/", Kind::Known(Format::Docx)),
            ("xl/", Kind::Known(Format::Xlsx)),
            ("ppt/", Kind::Known(Format::Pptx)),
            ("visio/", Kind::Unread("drawing (Visio)")),
            ("Documents/1/", Kind::Unread("XPS document")),
            ("FixedDocSeq.fdseq", Kind::Unread("XPS document")),
        ] {
            if has(prefix) {
                return kind;
            }
        }
    }
    if has("Index/Document.iwa") || has("Index.zip") && has("Metadata/") {
        return Kind::Unread("iWork document (Pages, Numbers or Keynote)");
    }
    Kind::Known(Format::Zip)
}

/// The names in the central directory of a ZIP, or those of its local headers when it has none. Lies cost nothing here:
/// what is inside is read with all checks later.
fn names(bytes: &[u8]) -> Vec<&[u8]> {
    const MOST: usize = 4096;
    let u16_at = |at: usize| bytes.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])));
    let u32_at = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let mut names = Vec::new();
    let tail = bytes.len().saturating_sub(65_557);
    let end = bytes[tail..].windows(4).rposition(|w| w == b"PK\x05\x06").map(|at| tail + at);
    let mut at = end.and_then(|end| u32_at(end + 16)).unwrap_or(usize::MAX);
    while names.len() < MOST && bytes.get(at..).is_some_and(|b| b.starts_with(b"PK\x01\x02")) {
        let (Some(name), Some(extra), Some(comment)) = (u16_at(at + 28), u16_at(at + 30), u16_at(at + 32)) else { break };
        names.extend(bytes.get(at + 46..at + 46 + name));
        at += 46 + name + extra + comment;
    }
    if names.is_empty() {
        let mut at = 0;
        while names.len() < MOST {
            let Some(next) = bytes.get(at..).and_then(|rest| find(rest, b"PK\x03\x04")) else { break };
            at += next;
            let (Some(size), Some(name), Some(extra)) = (u32_at(at + 18), u16_at(at + 26), u16_at(at + 28)) else { break };
            names.extend(bytes.get(at + 30..at + 30 + name));
            at = (at + 30 + name + extra).saturating_add(size);
        }
    }
    names
}

/// A compound file (MS-CFB) is told by the names of its streams, which its directory has in UTF-16.
fn compound_file(bytes: &[u8]) -> Kind {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(bytes, &wide).is_some()
    };
    if has("EncryptedPackage") {
        return Kind::Encrypted;
    }
    Kind::Unread(if has("__substg1.0_") || has("__properties_version1.0") {
        "mail of Outlook (MSG)"
    } else if has("WordDocument") {
        "Word document in the format before 2007 (DOC)"
    } else if has("Workbook") || has("Book") {
        "Excel workbook in the format before 2007 (XLS)"
    } else if has("PowerPoint Document") {
        "PowerPoint presentation in the format before 2007 (PPT)"
    } else if has("VisioDocument") {
        "drawing (Visio)"
    } else {
        "compound file of Microsoft of no known kind"
    })
}
