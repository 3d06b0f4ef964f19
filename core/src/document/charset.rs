//! Bytes → text: which characters a file without a reliable label was written in.
//!
//! In this order: a byte order mark; UTF-16 without one, told by its zero bytes; UTF-8, if the bytes are valid; the code
//! page of DOS, which old German bookkeeping software still writes; what the statistics of the bytes say, with Windows-1252
//! where they say nothing.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes tell the character set.
const SAMPLE_BYTES: usize = 1 << 20;

/// How the bytes of a text are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Known(&'static Encoding),
    Utf32 { big_endian: bool },
    Cp850,
}

/// The text of `bytes`, whatever they were written in, with `\n` at the ends of lines and without control characters.
/// Bytes that are no character become U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> String {
    clean(&decode_raw(bytes))
}

/// The text of `bytes` in the named encoding (a label of the Encoding Standard, such as `iso-8859-1`), or as [`decode`]
/// reads it when a byte order mark says otherwise or nobody knows the label.
pub(super) fn decode_labelled(bytes: &[u8], label: Option<&str>) -> String {
    let labelled = label.and_then(|l| Encoding::for_label(l.trim().as_bytes()));
    match labelled {
        // A label of UTF-16 that could be read as ASCII to get here is wrong.
        Some(encoding) if bom(bytes).is_none() && encoding != UTF_16LE && encoding != UTF_16BE => {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            clean(&text)
        }
        _ => decode(bytes),
    }
}

/// The text of the first bytes, to tell what kind of text it is; `None` when they are no text.
pub(super) fn sample(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let head = match std::str::from_utf8(head) {
        // A character that the cut goes through is no reason to doubt the rest.
        Err(e) if e.error_len().is_none() && head.len() < bytes.len() => &head[..e.valid_up_to()],
        _ => head,
    };
    let text = decode_raw(head);
    let (mut strange, mut all) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        if c == '\0'
            || c == '\u{fffd}'
            || (c.is_control()
                && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{b}' | '\u{1a}' | '\u{1b}' | '\u{85}' | '\u{feff}'))
        {
            strange += 1;
        }
    }
    // One in a hundred: a log with escape codes or a cut character is still text.
    (strange * 100 <= all).then(|| clean(&text))
}

fn bom(bytes: &[u8]) -> Option<(Charset, usize)> {
    Some(match bytes {
        [0xFF, 0xFE, 0, 0, ..] => (Charset::Utf32 { big_endian: false }, 4),
        [0, 0, 0xFE, 0xFF, ..] => (Charset::Utf32 { big_endian: true }, 4),
        [0xEF, 0xBB, 0xBF, ..] => (Charset::Known(UTF_8), 3),
        [0xFF, 0xFE, ..] => (Charset::Known(UTF_16LE), 2),
        [0xFE, 0xFF, ..] => (Charset::Known(UTF_16BE), 2),
        _ => return None,
    })
}

fn decode_raw(bytes: &[u8]) -> Cow<'_, str> {
    let (charset, skip) = bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let bytes = &bytes[skip..];
    match charset {
        Charset::Known(encoding) => encoding.decode_without_bom_handling(bytes).0,
        Charset::Utf32 { big_endian } => bytes
            .chunks(4)
            .map(|four| match <[u8; 4]>::try_from(four) {
                Ok(four) => char::from_u32(if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
                    .unwrap_or(char::REPLACEMENT_CHARACTER),
                Err(_) => char::REPLACEMENT_CHARACTER,
            })
            .collect::<String>()
            .into(),
        Charset::Cp850 => bytes
            .iter()
            .map(|b| if *b < 0x80 { char::from(*b) } else { CP850[usize::from(*b) - 0x80] })
            .collect::<String>()
            .into(),
    }
}

fn guess(bytes: &[u8]) -> Charset {
    let head = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    if let Some(encoding) = utf16_without_mark(head) {
        return Charset::Known(encoding);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Charset::Known(UTF_8);
    }
    if is_cp850(head) {
        return Charset::Cp850;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, head.len() == bytes.len());
    // Long text that is UTF-8 but for a few damaged bytes is UTF-8.
    let damaged = String::from_utf8_lossy(head);
    let (bad, wide) = damaged.chars().fold((0usize, 0usize), |(bad, wide), c| {
        (
            bad + usize::from(c == char::REPLACEMENT_CHARACTER),
            wide + usize::from(!c.is_ascii() && c != char::REPLACEMENT_CHARACTER),
        )
    });
    if wide > 20 * bad {
        return Charset::Known(UTF_8);
    }
    Charset::Known(detector.guess(Some(b"de"), Utf8Detection::Deny))
}

/// In UTF-16 of European text every other byte is zero.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    if head.len() < 4 {
        return None;
    }
    let pairs = head.len() / 2;
    let (mut even, mut odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    if odd * 10 >= pairs * 7 && even * 50 <= pairs {
        Some(UTF_16LE)
    } else if even * 10 >= pairs * 7 && odd * 50 <= pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether the bytes above ASCII are the German letters of code page 850 (and 437), inside words. In Windows-1252 the
/// same bytes are quotation marks and unassigned, which stand at the edge of words.
fn is_cp850(head: &[u8]) -> bool {
    let (mut letters, mut others) = (0usize, 0usize);
    for (i, byte) in head.iter().enumerate() {
        if *byte < 0x80 {
            continue;
        }
        let german = |byte: &u8| matches!(byte, 0x81 | 0x84 | 0x8E | 0x94 | 0x99 | 0x9A | 0xE1);
        let near = |at: Option<usize>| at.and_then(|at| head.get(at)).is_some_and(|b| b.is_ascii_alphabetic() || german(b));
        let inside = match byte {
            // A capital begins a word; the others stand in one or end it.
            0x8E | 0x99 | 0x9A => near(Some(i + 1)),
            _ => {
                near(i.checked_sub(1)) && (near(Some(i + 1)) || matches!(byte, 0x81 | 0xE1)) || near(Some(i + 1)) && *byte == 0x81
            }
        };
        if german(byte) && inside {
            letters += 1;
        } else {
            others += 1;
        }
    }
    letters >= 1 && letters > 4 * others
}

/// `\n` for every line end, and no control characters but tab, line feed and form feed.
fn clean(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{c}')) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let c = tail.chars().next().unwrap_or(' ');
        rest = &tail[c.len_utf8()..];
        match c {
            '\r' if rest.starts_with('\n') => {}
            '\r' => out.push('\n'),
            '\u{b}' | '\u{85}' => out.push('\n'),
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            _ => {}
        }
    }
    out.push_str(rest);
    out
}

/// The upper half of code page 850 (Unicode Consortium, VENDORS/MICSFT/PC/CP850.TXT).
const CP850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ',
    'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»', '░', '▒',
    '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩',
    '╦', '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀', 'Ó', 'ß', 'Ô', 'Ò',
    'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹',
    '³', '²', '■', '\u{a0}',
];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Die Rückstellung für Pensionen beträgt größere Übergänge, Äpfel über Öl";

    #[test]
    fn german_text_is_read_in_every_encoding_that_german_offices_write() {
        let utf16 =
            |be: bool| TEXT.encode_utf16().flat_map(|u| if be { u.to_be_bytes() } else { u.to_le_bytes() }).collect::<Vec<_>>();
        let with_mark = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
        let utf32 = TEXT.chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<_>>();
        let latin1 = TEXT.chars().map(|c| u8::try_from(c as u32).expect("Latin-1")).collect::<Vec<_>>();
        let dos = TEXT
            .chars()
            .map(|c| if c.is_ascii() { c as u8 } else { 0x80 + CP850.iter().position(|d| *d == c).expect("in CP850") as u8 })
            .collect::<Vec<_>>();
        for (name, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with mark", with_mark(b"\xEF\xBB\xBF", TEXT.into())),
            ("UTF-16LE", utf16(false)),
            ("UTF-16BE", utf16(true)),
            ("UTF-16LE with mark", with_mark(b"\xFF\xFE", utf16(false))),
            ("UTF-16BE with mark", with_mark(b"\xFE\xFF", utf16(true))),
            ("UTF-32LE with mark", with_mark(b"\xFF\xFE\0\0", utf32)),
            ("Latin-1", latin1),
            ("code page 850", dos),
        ] {
            assert_eq!(decode(&bytes), TEXT, "{name}");
        }
    }

    #[test]
    fn typographic_quotes_of_windows_are_no_umlauts_of_dos() {
        let bytes = b"Er sagte \x84Nein\x93 und \x84ging\x93 f\xFCr 5 \x80.";
        assert_eq!(decode(bytes), "Er sagte „Nein“ und „ging“ für 5 €.");
    }

    #[test]
    fn line_ends_are_one_and_control_characters_are_gone() {
        assert_eq!(decode(b"a\r\nb\rc\x0bd\x07e\x00f\tg\x0ch"), "a\nb\nc\nde\u{fffd}f\tg\u{c}h");
    }

    #[test]
    fn the_code_page_table_has_the_letters_at_their_places() {
        for (byte, c) in
            [(0x84u8, 'ä'), (0x94, 'ö'), (0x81, 'ü'), (0xE1, 'ß'), (0x8E, 'Ä'), (0x99, 'Ö'), (0x9A, 'Ü'), (0xF5, '§')]
        {
            assert_eq!(CP850[usize::from(byte) - 0x80], c);
        }
    }

    #[test]
    fn a_picture_is_no_text() {
        let noise: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(sample(&noise), None);
        assert!(sample("Prüfung".as_bytes()).is_some());
    }
}
