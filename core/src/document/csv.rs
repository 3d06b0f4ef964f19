//! Values with separators, as spreadsheets and bookkeeping software export them.
//!
//! The separator is the one that parts most records into the same number of fields: `;`, tab, `,` or `|`. A first line
//! `sep=;` names it. Each record is a row of one table, anchored at its number; the row that names the columns is told by
//! having no numbers above rows that have some. DATEV's header record (`EXTF`) comes before it.

use csv::ByteRecord;

use super::{Format, Input, Limits, Sink, Summary, builder::Pages, charset};
use crate::{
    Error, ErrorKind, Result,
    types::{Anchor, BlockKind},
};

/// Records that tell the separator and the header.
const SAMPLE_RECORDS: usize = 100;

/// A quoted field with more lines than this was never closed.
const MOST_LINES_OF_A_FIELD: usize = 500;

/// How the records of a text are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    separator: u8,
    /// Fields of most records.
    fields: usize,
    /// Of the sampled records, how many have that many fields, and how many there are.
    alike: usize,
    records: usize,
}

/// Whether the text reads as records. `named` is whether the file's name says so: then less is asked for.
pub(super) fn is_csv(text: &str, named: bool) -> bool {
    if separator_line(text).is_some() {
        return true;
    }
    let Some(shape) = shape(text) else { return false };
    if named {
        return true;
    }
    let prose = shape.separator == b',' || shape.separator == b'|';
    shape.records >= 2
        && if prose {
            // Every sentence has a comma: all records must agree, and more than two of them.
            shape.records >= 3 && shape.alike == shape.records && !has_prose(text, shape)
        } else {
            shape.alike * 10 >= shape.records * 9 && (shape.records >= 3 || shape.fields >= 3) && !has_prose(text, shape)
        }
}

/// Reads a CSV file.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let text = charset::decode(&input.bytes);
    let (named, skip) = separator_line(&text).map_or((None, 0), |(separator, skip)| (Some(separator), skip));
    let text = &text[skip..];
    let shape = shape(text);
    let separator = named.or(shape.map(|s| s.separator)).unwrap_or(b';');
    let fields = shape.map_or(1, |s| s.fields);
    let quoted = !has_open_quote(text, separator)?;
    let header = header(text, separator, quoted, fields)?;
    let mut pages = Pages::new(limits, sink);
    let mut row = 0u32;
    let mut record = ByteRecord::new();
    let mut reader = reader(text, separator, quoted);
    while reader.read_byte_record(&mut record).map_err(damaged)? {
        row += 1;
        let is_header = Some(row) == header;
        let fields: Vec<&str> = record.iter().map(|f| std::str::from_utf8(f).unwrap_or_default()).collect();
        let anchor = Some(Anchor::Row(row));
        if let [alone] = fields[..] {
            // A record of one field is a title or a remark, and the table goes on behind it.
            if shape.is_some_and(|s| s.fields > 1) {
                pages.block(BlockKind::Paragraph, alone, &[], anchor)?;
                continue;
            }
        }
        pages.row(is_header, (0..).zip(fields), anchor)?;
    }
    pages.finish()?;
    Ok(Summary { format: Format::Csv, title: None, date: None, notices: Vec::new() })
}

fn reader(text: &str, separator: u8, quoted: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).quoting(quoted).from_reader(text.as_bytes())
}

/// Reading from memory, any record does: an error here is one of the reader.
fn damaged(error: csv::Error) -> Error {
    Error::new(ErrorKind::Malformed, "csv.malformed", "the records cannot be told apart").with_source(error)
}

/// `sep=;` in the first line, as Excel writes and reads it, and where the records begin.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let line = text.split('\n').next().unwrap_or_default();
    let named = line.trim().trim_matches('"').strip_prefix("sep=")?;
    let separator = if named.is_empty() && line.contains('\t') { b'\t' } else { *named.as_bytes().first()? };
    (named.len() <= 1 && separator.is_ascii()).then_some((separator, (line.len() + 1).min(text.len())))
}

/// The separator that parts the first records best.
fn shape(text: &str) -> Option<Shape> {
    // A record that the end of the sample cuts does not count.
    let head = match text.char_indices().nth(64 * 1024) {
        Some((end, _)) => text[..end].rsplit_once('\n').map_or(&text[..end], |(head, _)| head),
        None => text,
    };
    [b';', b'\t', b',', b'|']
        .into_iter()
        .filter_map(|separator| shape_by(head, separator))
        .max_by_key(|s| (s.alike * 1000 / s.records, s.fields))
}

fn shape_by(text: &str, separator: u8) -> Option<Shape> {
    let counts: Vec<usize> = reader(text, separator, true)
        .into_byte_records()
        .take(SAMPLE_RECORDS)
        .filter_map(|record| record.ok().map(|r| r.len()))
        .filter(|fields| *fields > 0)
        .collect();
    let mut tally = std::collections::BTreeMap::new();
    for fields in &counts {
        *tally.entry(*fields).or_insert(0usize) += 1;
    }
    let (fields, alike) = tally.into_iter().max_by_key(|(fields, times)| (*times, *fields))?;
    (fields > 1 && alike * 2 > counts.len()).then_some(Shape { separator, fields, alike, records: counts.len() })
}

/// Whether the fields are sentences and not values: most are long, or begin with a blank.
fn has_prose(text: &str, shape: Shape) -> bool {
    let (mut fields, mut wordy, mut blank) = (0, 0, 0);
    for record in reader(text, shape.separator, true).into_byte_records().take(SAMPLE_RECORDS).flatten() {
        for (i, field) in record.iter().enumerate() {
            fields += 1;
            wordy += usize::from(field.split(|b| *b == b' ').count() > 6);
            blank += usize::from(i > 0 && field.first() == Some(&b' ') && field.len() > 1 && field[1].is_ascii_lowercase());
        }
    }
    wordy * 2 > fields || blank * 4 > fields
}

/// Whether some quoted field never ends and would swallow the records behind it.
fn has_open_quote(text: &str, separator: u8) -> Result<bool> {
    let mut record = ByteRecord::new();
    let mut reader = reader(text, separator, true);
    while reader.read_byte_record(&mut record).map_err(damaged)? {
        if record.iter().any(|field| field.iter().filter(|b| **b == b'\n').count() > MOST_LINES_OF_A_FIELD) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The number of the record that names the columns.
fn header(text: &str, separator: u8, quoted: bool, fields: usize) -> Result<Option<u32>> {
    let mut records = Vec::new();
    for record in reader(text, separator, quoted).into_byte_records().take(SAMPLE_RECORDS) {
        records.push(record.map_err(damaged)?);
    }
    // DATEV's own header record comes first and has more or fewer fields than the rest.
    let datev = records.first().is_some_and(|r| matches!(r.get(0), Some(b"EXTF" | b"DTVF")));
    let start = usize::from(datev);
    let Some(at) = records.iter().take(20).skip(start).position(|r| r.len() == fields) else { return Ok(None) };
    let at = at + start;
    let names = &records[at];
    let filled = names.iter().filter(|n| !n.trim_ascii().is_empty()).count();
    let named = filled * 2 > names.len() && !names.iter().any(is_value);
    let distinct = names.iter().collect::<std::collections::HashSet<_>>().len() + (names.len() - filled) >= names.len();
    let below = &records[at + 1..];
    let values = below.iter().any(|r| r.iter().any(is_value));
    Ok((named && distinct && !below.is_empty() && (values || datev || below.len() >= 2)).then_some(at as u32 + 1))
}

/// A number, an amount, a day: what stands in a row and in no header.
fn is_value(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let digits = field.iter().filter(|b| b.is_ascii_digit()).count();
    // `2025` and `31.12.2025` name columns of a comparison.
    let year = field.len() == 4 && digits == 4 && (field.starts_with(b"19") || field.starts_with(b"20"));
    !year
        && digits > 0
        && field.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+' | b' ' | b'/' | b':' | b'%' | b'\''))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::*, *};
    use crate::types::Page;

    fn page(bytes: &[u8]) -> Page {
        let mut pages = extract_all(extract, "a.csv", bytes).pages;
        assert_eq!(pages.len(), 1);
        pages.remove(0)
    }

    #[test]
    fn german_exports_are_rows_with_header_and_anchor() {
        let text = "Konto;Bezeichnung;Saldo\r\n1200;\"Bank; Hausbank\";1.234,56\r\n1400;\"Forderungen \"\"LL\"\"\";-0,50\r\n";
        let page = page(&text.chars().map(|c| c as u8).collect::<Vec<_>>());
        assert_eq!(
            outline(&page),
            ["th Konto|Bezeichnung|Saldo", "tr 1200|Bank; Hausbank|1.234,56", "tr 1400|Forderungen \"LL\"|-0,50"]
        );
        assert_eq!(page.blocks[2].anchor, Some(Anchor::Row(3)));
        assert_eq!(page.text, "Konto\tBezeichnung\tSaldo\n1200\tBank; Hausbank\t1.234,56\n1400\tForderungen \"LL\"\t-0,50\n");
    }

    #[test]
    fn decimal_commas_do_not_part_fields() {
        let page = page(b"Datum;Betrag\n01.01.2025;1,00\n02.01.2025;2,50\n");
        assert_eq!(page.blocks[1].cells.len(), 2);
    }

    #[test]
    fn a_line_break_in_a_quoted_field_stays_in_its_row() {
        let page = page(b"a,b,c\n1,\"zwei\nZeilen\",3\n4,5,6\n");
        assert_eq!(outline(&page), ["th a|b|c", "tr 1|zwei Zeilen|3", "tr 4|5|6"]);
        assert_eq!(page.blocks[2].anchor, Some(Anchor::Row(3)));
    }

    #[test]
    fn the_separator_that_excel_names_holds_and_is_no_record() {
        let page = page(b"sep=|\na|b\n1,5|2,5\n");
        assert_eq!(outline(&page), ["th a|b", "tr 1,5|2,5"]);
        assert_eq!(page.blocks[0].anchor, Some(Anchor::Row(1)));
    }

    #[test]
    fn the_header_of_a_datev_export_is_its_second_record() {
        let text = "\"EXTF\";700;21;\"Buchungsstapel\";13;20250131;;\"RE\";\"\";\"\"\nUmsatz;Soll/Haben;Konto;Gegenkonto\n100,00;\"S\";1200;8400\n5,10;\"H\";1200;4980\n";
        let page = page(text.as_bytes());
        assert!(outline(&page)[1].starts_with("th Umsatz|Soll/Haben"));
        assert!(outline(&page)[0].starts_with("tr EXTF|700"));
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_nothing() {
        let mut text = String::from("a;b\n1;\"offen\n");
        (0..1000).for_each(|i| text.push_str(&format!("{i};x\n")));
        let page = page(text.as_bytes());
        assert_eq!(page.blocks.len(), 1002);
    }

    #[test]
    fn many_rows_go_on_the_next_page_under_the_same_header_and_count_on() {
        let mut text = String::from("Konto;Saldo\n");
        (1..=25_000).for_each(|i| text.push_str(&format!("{i};{i},00\n")));
        let out = extract_all(extract, "a.csv", text.as_bytes());
        assert_eq!(out.pages.len(), 3);
        for page in &out.pages {
            assert_eq!(outline(page)[0], "th Konto|Saldo");
            assert_eq!(page.blocks[0].anchor, Some(Anchor::Row(1)));
        }
        let last = out.pages[2].blocks.last().expect("rows");
        assert_eq!(last.anchor, Some(Anchor::Row(25_001)));
    }

    #[test]
    fn prose_is_no_csv() {
        for text in [
            "Sehr geehrte Damen und Herren, wir danken.\nIhr Schreiben, das wir erhielten, liegt vor.\nMit Grüßen, die Bank\n",
            "eins; zwei\n\nund drei\n",
            "Ein Satz, noch einer\nWieder ein Satz, und einer\nDer letzte Satz, und Schluss\n",
        ] {
            assert!(!is_csv(text, false), "{text}");
        }
        assert!(is_csv("a,b,c\n1,2,3\n4,5,6\n", false));
        assert!(is_csv("Konto\tSaldo\n1\t2\n3\t4\n", false));
    }

    proptest! {
        /// Oracle: the writer of the same format.
        #[test]
        fn every_field_that_was_written_is_found_in_its_cell(
            rows in proptest::collection::vec(proptest::collection::vec("[a-zA-Z0-9äöü,\" .|\n]{1,12}", 3), 2..20)
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(b';').quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("a record");
            }
            let bytes = writer.into_inner().expect("memory");
            let input = [b"sep=;\n".as_slice(), &bytes].concat();
            let out = extract_all(extract, "a.csv", &input);
            let found: Vec<String> = out.pages.iter().flat_map(|p| p.blocks.iter().flat_map(|b| b.cells.iter().map(|c| p.reading_text(c.span)))).collect();
            let fold = |s: &String| s.split_whitespace().collect::<Vec<_>>().join(" ");
            let expected: Vec<String> = rows.iter().filter(|r| r.iter().any(|f| !f.trim().is_empty())).flatten().map(fold).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_make_pages_that_keep_their_promises(bytes in "[a-z0-9;,\"\n\t|=]{0,300}") {
            extract_all(extract, "a.csv", bytes.as_bytes());
        }
    }
}
