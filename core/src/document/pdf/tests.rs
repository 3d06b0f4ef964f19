use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, process::Command, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::{
    document::{Part, invariants},
    types::{Block, BlockKind, Origin, Page, PageStatus, Span},
};

/// Writes a PDF of the fewest objects: catalog 1, pages 2, fonts 3 (Helvetica) and 4 (Helvetica-Bold), then what is added.
struct Builder {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
    catalog: String,
    trailer: String,
}

const FONTS: &str = "/Font << /F1 3 0 R /F2 4 0 R >>";

impl Builder {
    fn new() -> Self {
        let font = |name| format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>").into_bytes();
        let objects = vec![Vec::new(), Vec::new(), font("Helvetica"), font("Helvetica-Bold")];
        Self { objects, pages: Vec::new(), catalog: String::new(), trailer: String::new() }
    }

    fn object(&mut self, body: impl Into<Vec<u8>>) -> usize {
        self.objects.push(body.into());
        self.objects.len()
    }

    fn stream(&mut self, dict: &str, data: &[u8]) -> usize {
        let mut body = format!("<< {dict} /Length {} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.object(body)
    }

    fn page(self, content: &str) -> Self {
        self.page_with(content, "", "")
    }

    /// `entries` go into the page's dictionary, `resources` beside the fonts.
    fn page_with(mut self, content: &str, entries: &str, resources: &str) -> Self {
        // WinAnsi is Latin-1 where these tests need it.
        let bytes: Vec<u8> = content.chars().map(|ch| u8::try_from(u32::from(ch)).expect("Latin-1")).collect();
        let content = self.stream("", &bytes);
        let page = self.object(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {entries} /Resources << {FONTS} {resources} >> /Contents {content} 0 R >>"
        ));
        self.pages.push(page);
        self
    }

    fn bytes(mut self) -> Vec<u8> {
        let kids: String = self.pages.iter().map(|page| format!("{page} 0 R ")).collect();
        self.objects[0] = format!("<< /Type /Catalog /Pages 2 0 R {} >>", self.catalog).into_bytes();
        if self.objects[1].is_empty() {
            self.objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", self.pages.len()).into_bytes();
        }
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut offsets = Vec::new();
        for (at, object) in self.objects.iter().enumerate() {
            offsets.push(out.len());
            writeln!(out, "{} 0 obj", at + 1).expect("to memory");
            out.extend_from_slice(object);
            out.extend_from_slice(b"\nendobj\n");
        }
        let start = out.len();
        write!(out, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).expect("to memory");
        for offset in &offsets {
            writeln!(out, "{offset:010} 00000 n ").expect("to memory");
        }
        write!(out, "trailer\n<< /Size {} /Root 1 0 R {} >>\nstartxref\n{start}\n%%EOF\n", offsets.len() + 1, self.trailer)
            .expect("to memory");
        out
    }
}

/// Operators that set `text` at a point with the origin at the page's lower left.
fn at(x: f32, y: f32, size: f32, text: &str) -> String {
    set("F1", x, y, size, text)
}

fn set(font: &str, x: f32, y: f32, size: f32, text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    format!("BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET\n")
}

/// Lines below each other from `y` down, 12 points apart.
fn lines(x: f32, y: f32, size: f32, all: &[&str]) -> String {
    all.iter().enumerate().map(|(n, line)| at(x, y - 12.0 * n as f32, size, line)).collect()
}

#[derive(Default)]
struct Collect {
    pages: Vec<Page>,
    parts: Vec<Part>,
}

impl Sink for Collect {
    fn page(&mut self, page: Page) -> Result<()> {
        if let Err(broken) = invariants::check(&page) {
            panic!("{broken}\n{}", page.text);
        }
        assert_eq!(page.number as usize, self.pages.len() + 1);
        self.pages.push(page);
        Ok(())
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.parts.push(part);
        Ok(())
    }
}

fn try_read(bytes: Vec<u8>, password: Option<&str>, limits: &Limits) -> Result<(Collect, Summary)> {
    let mut sink = Collect::default();
    let passwords: Vec<String> = password.into_iter().map(str::to_owned).collect();
    let summary = extract(&Input { name: "a.pdf", bytes: Arc::new(bytes), passwords: &passwords }, limits, &mut sink)?;
    Ok((sink, summary))
}

fn read(bytes: Vec<u8>) -> Vec<Page> {
    try_read(bytes, None, &Limits::default()).expect("a PDF that can be read").0.pages
}

fn kinds(page: &Page) -> Vec<(BlockKind, String)> {
    page.blocks.iter().map(|block| (block.kind, page.reading_text(block.span))).collect()
}

fn find<'p>(page: &'p Page, text: &str) -> &'p Block {
    let found = page.blocks.iter().find(|block| page.reading_text(block.span).contains(text));
    found.unwrap_or_else(|| panic!("no block says {text:?} in {:#?}", kinds(page)))
}

fn cells(page: &Page) -> Vec<(bool, Vec<String>)> {
    let rows = page.blocks.iter().filter_map(|block| match block.kind {
        BlockKind::TableRow { header, .. } => Some((header, block)),
        _ => None,
    });
    rows.map(|(header, block)| (header, block.cells.iter().map(|cell| page.reading_text(cell.span)).collect())).collect()
}

/// A row of a table: its label and amounts that end at the given places.
fn ledger(y: f32, label: &str, amounts: &[(f32, &str)]) -> String {
    at(70.0, y, 10.0, label) + &amounts.iter().map(|(x, text)| amount(*x, y, text)).collect::<String>()
}

fn row(header: bool, cells: &[&str]) -> (bool, Vec<String>) {
    (header, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn a_total_as_wide_as_its_column_keeps_its_cells() {
    // 4.8 points before the total's second amount, fifteen and more in the rows above.
    let content = ledger(700.0, "Deutschland", &[(432.0, "5.414"), (481.3, "5.881")])
        + &ledger(686.0, "Tschechien", &[(432.0, "442"), (481.3, "499")])
        + &ledger(672.0, "Gesamt", &[(432.0, "374.808"), (481.3, "1.363.151")]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(false, &["Deutschland", "5.414", "5.881"]),
            row(false, &["Tschechien", "442", "499"]),
            row(false, &["Gesamt", "374.808", "1.363.151"]),
        ]
    );
}

#[test]
fn columns_hardly_farther_apart_than_words_have_cells_and_a_header() {
    // Helvetica's widths put the end of `Guss` (23.34) and `Service` (33.90) where their amounts end.
    let content = at(70.0, 700.0, 10.0, "in TEUR")
        + &at(300.0 - 23.34, 700.0, 10.0, "Guss")
        + &at(339.0 - 33.90, 700.0, 10.0, "Service")
        + &ledger(686.0, "Umsatz", &[(300.0, "23.950"), (339.0, "63.771")])
        + &ledger(672.0, "Ergebnis", &[(300.0, "21.436"), (339.0, "0")]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(true, &["in TEUR", "Guss", "Service"]),
            row(false, &["Umsatz", "23.950", "63.771"]),
            row(false, &["Ergebnis", "21.436", "0"]),
        ]
    );
}

#[test]
fn a_header_and_one_row_are_a_table() {
    let content = at(70.0, 740.0, 10.0, "Die Erträge gliedern sich so:")
        + &ledger(712.0, "in TEUR", &[(450.0, "2025"), (482.0, "2024")])
        + &ledger(700.0, "Gesamt", &[(450.0, "6.354"), (482.0, "5.54")])
        + &at(70.0, 680.0, 10.0, "Darin ist ein Anspruch gegen einen Lieferanten enthalten.");
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), [row(true, &["in TEUR", "2025", "2024"]), row(false, &["Gesamt", "6.354", "5.54"])]);
}

#[test]
fn words_close_behind_a_column_of_numbers_are_another_cell() {
    let segments = ["Antriebe", "Guss", "Service und Teile"];
    let content: String = (0..3)
        .map(|n| {
            let y = 700.0 - 14.0 * n as f32;
            ledger(y, "Gesellschaft", &[(300.0, ["100", "75", "50"][n])]) + &at(306.0, y, 10.0, segments[n])
        })
        .collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(false, &["Gesellschaft", "100", "Antriebe"]),
            row(false, &["Gesellschaft", "75", "Guss"]),
            row(false, &["Gesellschaft", "50", "Service und Teile"]),
        ]
    );
}

#[test]
fn the_numbers_behind_dot_leaders_are_no_column() {
    let dots = ". ".repeat(20);
    let content: String = (0..4)
        .map(|n| {
            at(70.0, 700.0 - 12.0 * n as f32, 10.0, &format!("Posten {n} {dots}")) + &amount(236.8, 700.0 - 12.0 * n as f32, "17")
        })
        .collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), []);
}

#[test]
fn numbers_below_each_other_in_justified_text_are_no_column() {
    // Words seven points apart, and a year at the same place of every line.
    let text = "Die Umsätze der Gruppe nahmen im Jahr 2025 gegen Ende deutlich zu";
    let line = |n: usize| format!("BT /F1 10 Tf 4 Tw 70 {} Td ({text}) Tj ET\n", 700 - 12 * n);
    let content: String = (0..5).map(line).collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), []);
}

const LEFT: [&str; 6] = [
    "Die Gesellschaft hat im abgelaufenen",
    "Jahr ihre Position am Markt weiter",
    "ausgebaut und die Erlöse erhöht, was",
    "auf die gestiegene Nachfrage der",
    "Kunden nach neuen Produkten und",
    "Leistungen der Gruppe zurückgeht und",
];
const RIGHT: [&str; 6] = [
    "sich auch im Ergebnis zeigt, denn die",
    "Kosten stiegen langsamer als geplant.",
    "Im kommenden Jahr erwartet die",
    "Geschäftsführung eine Entwicklung auf",
    "dem Niveau des Vorjahres, wenn die",
    "Preise für Rohstoffe stabil bleiben.",
];

#[test]
fn columns_are_read_one_after_the_other_and_a_heading_above_them_first() {
    let content =
        set("F2", 70.0, 780.0, 16.0, "1 Lagebericht") + &lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 740.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        kinds(&pages[0]),
        [
            (BlockKind::Heading { level: 1 }, "1 Lagebericht".to_owned()),
            (BlockKind::Paragraph, [LEFT.join(" "), RIGHT.join(" ")].join(" ")),
        ]
    );
}

#[test]
fn columns_whose_lines_stand_at_other_heights_are_columns_too() {
    let content = lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 735.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].reading_text(Span::new(0, pages[0].text.len())), [LEFT.join(" "), RIGHT.join(" ")].join(" "));
}

/// Sets amounts so that they end at `x`: Helvetica's figures are 556, its point and comma 278 thousandths wide.
fn amount(x: f32, y: f32, text: &str) -> String {
    let width: f32 = text.chars().map(|ch| if ch.is_ascii_digit() { 5.56 } else { 2.78 }).sum();
    at(x - width, y, 10.0, text)
}

fn balance() -> String {
    at(70.0, 700.0, 10.0, "Posten")
        + &at(380.0, 700.0, 10.0, "31.12.2025")
        + &at(470.0, 700.0, 10.0, "31.12.2024")
        + &at(70.0, 680.0, 10.0, "Sachanlagen")
        + &amount(432.0, 680.0, "12.345,00")
        + &amount(522.0, 680.0, "987,10")
        + &at(70.0, 660.0, 10.0, "Sonstige Vermögensgegenstände aus dem")
        + &at(70.0, 648.0, 10.0, "laufenden Geschäft der Gruppe")
        + &amount(432.0, 648.0, "5,00")
        + &at(70.0, 628.0, 10.0, "Kasse")
        + &amount(522.0, 628.0, "1.000,00")
}

#[test]
fn a_table_without_rules_has_rows_cells_and_a_header() {
    let content = at(70.0, 740.0, 10.0, "Die Bilanz in TEUR:") + &balance();
    let pages = read(Builder::new().page(&content).bytes());
    let row = |header, cells: [&str; 3]| (header, cells.map(str::to_owned).to_vec());
    assert_eq!(
        cells(&pages[0]),
        [
            row(true, ["Posten", "31.12.2025", "31.12.2024"]),
            row(false, ["Sachanlagen", "12.345,00", "987,10"]),
            row(false, ["Sonstige Vermögensgegenstände aus dem laufenden Geschäft der Gruppe", "5,00", ""]),
            row(false, ["Kasse", "", "1.000,00"]),
        ]
    );
    assert_eq!(find(&pages[0], "Die Bilanz").kind, BlockKind::Paragraph);
    assert!(pages[0].text.contains("Kasse\t\t1.000,00\n"));
}

#[test]
fn rules_tell_which_lines_are_one_row() {
    let mut content = String::new();
    for y in [714.0, 690.0, 664.0, 638.0] {
        writeln!(content, "65 {y} m 530 {y} l S").expect("to memory");
    }
    for (y, first, second) in [
        (702.0, "Risiko", "Maßnahme"),
        (680.0, "Zins", "Absicherung durch Swaps über die"),
        (668.0, "", "gesamte Laufzeit der Darlehen"),
        (654.0, "Währung", "Termingeschäfte für die Hälfte"),
        (642.0, "", "Der Rest bleibt offen"),
    ] {
        content += &at(300.0, y, 10.0, second);
        if !first.is_empty() {
            content += &at(70.0, y, 10.0, first);
        }
    }
    let pages = read(Builder::new().page(&content).bytes());
    let rows: Vec<Vec<String>> = cells(&pages[0]).into_iter().map(|(_, cells)| cells).collect();
    assert_eq!(
        rows,
        [
            ["Risiko", "Maßnahme"],
            ["Zins", "Absicherung durch Swaps über die gesamte Laufzeit der Darlehen"],
            ["Währung", "Termingeschäfte für die Hälfte Der Rest bleibt offen"],
        ]
    );
}

#[test]
fn a_word_broken_at_a_lines_end_stays_in_the_text_and_reads_as_one() {
    let content = lines(70.0, 700.0, 10.0, &["Gebildet wurden die Rück-", "stellungen für Soll- und Ist-", "Abweichungen."]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].text, "Gebildet wurden die Rück-\nstellungen für Soll- und Ist-\nAbweichungen.\n");
    assert_eq!(
        pages[0].reading_text(pages[0].blocks[0].span),
        "Gebildet wurden die Rückstellungen für Soll- und Ist-Abweichungen."
    );
}

/// Words with their boxes as poppler sees them on the page as displayed.
fn poppler(bytes: &[u8]) -> Vec<(String, [f32; 4])> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, bytes).expect("the file is written");
    let run = Command::new("pdftotext").args(["-bbox", "-cropbox"]).arg(&file).arg("-").output();
    let run = run.expect("pdftotext is needed for this test: install the package poppler-utils");
    let html = String::from_utf8(run.stdout).expect("UTF-8");
    let words = html.lines().filter_map(|line| line.trim().strip_prefix("<word "));
    words
        .map(|line| {
            let (attributes, text) = line.split_once('>').expect("a tag");
            let mut values = attributes.split('"').skip(1).step_by(2).map(|value| value.parse().expect("a number"));
            let mut next = || values.next().expect("four numbers");
            (text.trim_end_matches("</word>").to_owned(), [next(), next(), next(), next()])
        })
        .collect()
}

#[test]
fn boxes_are_those_of_poppler_on_cropped_and_rotated_pages() {
    let content = at(150.0, 600.0, 12.0, "Forderungen gegen Kunden") + &set("F2", 150.0, 500.0, 20.0, "Summe");
    for rotate in [0, 90, 180, 270] {
        let entries = format!("/Rotate {rotate} /CropBox [100 200 500 800]");
        let bytes = Builder::new().page_with(&content, &entries, "").bytes();
        let theirs: BTreeMap<String, [f32; 4]> = poppler(&bytes).into_iter().collect();
        assert_eq!(theirs.len(), 4);
        let page = &read(bytes)[0];
        for (word, theirs) in theirs {
            let start = page.text.find(&word).unwrap_or_else(|| panic!("{word} in {:?}", page.text));
            let ours = page.boxes(Span::new(start, start + word.len()));
            assert_eq!(ours.len(), 1);
            // Along the line to the width of a hair; across it fonts leave room for opinions.
            let (along, across) = if rotate % 180 == 0 { ([0, 2], [1, 3]) } else { ([1, 3], [0, 2]) };
            for side in along {
                assert!((ours[0][side] - theirs[side]).abs() < 0.2, "{rotate} {word} {ours:?} {theirs:?}");
            }
            for side in across {
                assert!((ours[0][side] - theirs[side]).abs() < 4.0, "{rotate} {word} {ours:?} {theirs:?}");
            }
        }
    }
}

#[test]
fn what_repeats_at_head_and_foot_is_furniture_and_the_printed_number_names_the_page() {
    let mut builder = Builder::new();
    for n in 0..5 {
        let body =
            [["Die Ertragslage ist gut.", "Das freut alle sehr."], ["Die Finanzlage ist gut.", "Das bleibt auch so."]][n % 2];
        let content = at(70.0, 810.0, 9.0, "Muster AG, Geschäftsbericht 2025")
            + &lines(70.0, 740.0 - 40.0 * n as f32, 10.0, &body)
            + &at(290.0, 30.0, 9.0, &format!("{}", n + 11));
        builder = builder.page(&content);
    }
    let pages = read(builder.bytes());
    for (n, page) in pages.iter().enumerate() {
        assert_eq!(find(page, "Muster AG").kind, BlockKind::RunningHeader);
        assert_eq!(page.blocks.last().map(|block| block.kind), Some(BlockKind::PageNumber));
        assert_eq!(page.name.as_deref(), Some((n + 11).to_string().as_str()));
        assert_eq!(find(page, "lage ist gut").kind, BlockKind::Paragraph);
    }
}

#[test]
fn the_head_of_a_table_that_goes_on_is_no_running_header() {
    let mut builder = Builder::new();
    for n in 0..4 {
        let mut content = at(70.0, 780.0, 10.0, "Konto") + &at(300.0, 780.0, 10.0, "Saldo");
        for row in 0..40 {
            let y = 768.0 - 12.0 * row as f32;
            content += &(at(70.0, y, 10.0, &format!("Konto {}", 1000 + 40 * n + row))
                + &amount(325.0, y, &format!("{},00", 7 * row + n)));
        }
        builder = builder.page(&content);
    }
    for page in read(builder.bytes()) {
        assert_eq!(find(&page, "Saldo").kind, BlockKind::TableRow { table: 0, header: true });
    }
}

#[test]
fn a_page_of_another_format_has_the_same_running_header_elsewhere() {
    let mut builder = Builder::new();
    for n in 0..4 {
        let (y, crop) = if n == 2 { (480.0, "/CropBox [0 0 595 500]") } else { (800.0, "") };
        let content = at(70.0, y, 9.0, "Muster AG, Geschäftsbericht")
            + &lines(70.0, 440.0 - 20.0 * n as f32, 10.0, &LEFT[n..])
            + &at(290.0, if n == 2 { 12.0 } else { 30.0 }, 9.0, &format!("{}", n + 1));
        builder = builder.page_with(&content, crop, "");
    }
    for page in read(builder.bytes()) {
        assert_eq!(find(&page, "Muster AG").kind, BlockKind::RunningHeader, "page {}", page.number);
        assert_eq!(page.blocks.last().map(|block| block.kind), Some(BlockKind::PageNumber), "page {}", page.number);
    }
}

#[test]
fn smaller_type_at_the_foot_with_a_mark_is_a_footnote_and_its_mark_no_part_of_a_number() {
    let content = "BT /F1 10 Tf 70 700 Td (Die Erlöse betrugen im Jahr insgesamt 1.234) Tj /F1 6 Tf 4 Ts (2) Tj ET\n".to_owned()
        + &at(70.0, 688.0, 10.0, "TEUR und lagen damit über dem Plan des Jahres.")
        + &at(70.0, 100.0, 8.0, "2 Ohne Umsatzsteuer und ohne Skonti.");
    let page = &read(Builder::new().page(&content).bytes())[0];
    assert!(page.text.contains("1.234 2"), "{:?}", page.text);
    assert_eq!(find(page, "Ohne Umsatzsteuer").kind, BlockKind::Footnote);
}

const PICTURE: &str = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \u{80} EI Q\n";

#[test]
fn a_picture_without_text_is_scanned_and_nothing_is_empty() {
    let pages = read(Builder::new().page(PICTURE).page("").bytes());
    assert_eq!(pages.iter().map(|page| page.status.clone()).collect::<Vec<_>>(), [PageStatus::Scanned, PageStatus::Empty]);
}

#[test]
fn unpainted_text_is_a_scans_layer_over_a_picture_and_hidden_elsewhere() {
    let unpainted = format!("3 Tr {}", at(70.0, 700.0, 10.0, "Sehr geehrte Damen")).replace("3 Tr BT", "BT 3 Tr");
    let pages = read(Builder::new().page(&format!("{PICTURE}{unpainted}")).page(&unpainted).bytes());
    for (page, origin) in pages.iter().zip([Origin::OcrLayer, Origin::Hidden]) {
        assert_eq!(page.text, "Sehr geehrte Damen\n");
        assert_eq!(page.origin(page.blocks[0].span), origin);
    }
}

#[test]
fn hidden_words_do_not_make_a_scan_a_page_that_was_read() {
    let behind = PICTURE.to_owned() + &at(70.0, 700.0, 0.01, "Text");
    let stamped = PICTURE.to_owned() + &at(20.0, 20.0, 8.0, "AB-0001");
    let (sink, summary) =
        try_read(Builder::new().page(&behind).page(&stamped).bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(
        sink.pages.iter().map(|page| page.status.clone()).collect::<Vec<_>>(),
        [PageStatus::Scanned, PageStatus::Extracted]
    );
    let codes: Vec<&str> = summary.notices.iter().map(|notice| notice.code.as_str()).collect();
    assert_eq!(codes, ["pdf.hidden_text", "pdf.picture_pages"]);
}

#[test]
fn text_that_nobody_sees_is_kept_and_marked() {
    let content = at(70.0, 700.0, 10.0, "Sichtbar")
        + &format!("1 g {} 0 g\n", at(70.0, 650.0, 10.0, "weiss auf weiss"))
        + &at(70.0, 600.0, 0.01, "winzig")
        + &at(-500.0, 600.0, 10.0, "neben der Seite")
        + &at(70.0, 500.0, 10.0, "geschwaerzt")
        + "0 g 60 490 200 30 re f\n"
        + "0 0 1 rg 60 390 200 30 re f 1 g "
        + &at(70.0, 400.0, 10.0, "weiss auf blau");
    let (sink, summary) = try_read(Builder::new().page(&content).bytes(), None, &Limits::default()).expect("it can be read");
    let page = &sink.pages[0];
    for hidden in ["weiss auf weiss", "winzig", "neben der Seite", "geschwaerzt"] {
        assert_eq!(page.origin(find(page, hidden).span), Origin::Hidden, "{hidden}");
    }
    for seen in ["Sichtbar", "weiss auf blau"] {
        assert_eq!(page.origin(find(page, seen).span), Origin::Native, "{seen}");
    }
    assert!(summary.notices.iter().any(|notice| notice.code == "pdf.hidden_text"));
}

#[test]
fn bold_type_and_shadows_made_by_drawing_twice_read_once() {
    for (dx, dy) in [(0.0, 0.0), (0.4, 0.0), (0.9, 0.0), (0.7, 1.0), (-0.6, -0.6)] {
        let twice = at(70.0, 700.0, 10.0, "Allgemeines") + &at(70.0 + dx, 700.0 + dy, 10.0, "Allgemeines");
        assert_eq!(read(Builder::new().page(&twice).bytes())[0].text, "Allgemeines\n", "{dx} {dy}");
        // White first, and black above it: what is seen is what was drawn last.
        let shadow = format!("1 g {} 0 g {}", at(70.0, 700.0, 10.0, "Titel"), at(70.0 + dx, 700.0 + dy, 10.0, "Titel"));
        let page = &read(Builder::new().page(&shadow).bytes())[0];
        assert_eq!((page.text.as_str(), page.origin(page.blocks[0].span)), ("Titel\n", Origin::Native), "{dx} {dy}");
    }
}

#[test]
fn a_ligature_is_its_letters_and_each_has_the_ligatures_box() {
    let mut builder = Builder::new();
    let cmap = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar <41> <FB01> <42> <006E> <43> <0061> endbfchar endcmap end end";
    let cmap = builder.stream("", cmap);
    builder.objects[2] = format!("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {cmap} 0 R >>").into_bytes();
    let page = &read(builder.page("BT /F1 10 Tf 70 700 Td (ABCB) Tj ET").bytes())[0];
    assert_eq!(page.text, "finan\n");
    let runs = &page.layout.as_ref().expect("a layout").runs;
    assert_eq!(runs[0].along[0], runs[0].along[1]);
}

#[test]
fn glyphs_without_characters_fail_the_page_by_name() {
    let mut builder = Builder::new();
    let descriptor = builder.object("<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1 1] /Ascent 1 /Descent 0 >>");
    let cid = builder.object(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R >>"
    ));
    builder.objects[2] =
        format!("<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{cid} 0 R] >>").into_bytes();
    let page = &read(builder.page("BT /F1 10 Tf 70 700 Td <00410042> Tj ET").bytes())[0];
    assert!(matches!(&page.status, PageStatus::Failed { code, .. } if code == "pdf.no_unicode"), "{:?}", page.status);
}

/// The strings O and U of ISO 32000-1, algorithms 3 and 5, for the user password `geheim`, the owner password `besitzer`, the
/// permissions -4 and the identifier below, computed by hand. Streams and strings stay as they are (crypt filter Identity).
const OWNER: &str = "0f66dab3654f8b3e7dc57757b8a3801a638591000915f48d39899ae095e885b7";
const USER: &str = "b11243332ef28c1e05a7db0e6e551f0b00000000000000000000000000000000";

fn encrypted() -> Vec<u8> {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Vertraulich"));
    let dict = builder.object(format!(
        "<< /Filter /Standard /V 4 /R 4 /Length 128 /P -4 /O <{OWNER}> /U <{USER}> /StmF /Identity /StrF /Identity /CF << >> >>"
    ));
    let id = "30313233343536373839616263646566";
    builder.trailer = format!("/Encrypt {dict} 0 R /ID [<{id}> <{id}>]");
    builder.bytes()
}

#[test]
fn an_encrypted_document_needs_its_password() {
    let code = |password| try_read(encrypted(), password, &Limits::default()).map_err(|error| error.code().to_owned()).err();
    assert_eq!(code(None).as_deref(), Some("document.encrypted"));
    assert_eq!(code(Some("falsch")).as_deref(), Some("document.wrong_password"));
    let (sink, _) = try_read(encrypted(), Some("geheim"), &Limits::default()).expect("the password opens it");
    assert_eq!(sink.pages[0].text, "Vertraulich\n");
}

/// Made by qpdf; core/tests/fixtures/encrypted/README.md says how.
#[test]
fn each_cipher_of_pdf_opens_with_its_password_among_others() {
    macro_rules! fixture {
        ($name:literal) => {
            ($name, include_bytes!(concat!("../../../tests/fixtures/encrypted/", $name)).as_slice())
        };
    }
    let passwords = ["falsch", "geheim", "Pru\u{308}f-2025 €"].map(str::to_owned);
    for (name, bytes) in
        [fixture!("rc4-128.pdf"), fixture!("aes-128.pdf"), fixture!("aes-256.pdf"), fixture!("aes-256-umlaut.pdf")]
    {
        let read = |passwords: &[String]| {
            let mut sink = Collect::default();
            extract(&Input { name, bytes: Arc::new(bytes.to_vec()), passwords }, &Limits::default(), &mut sink)
                .map(|_| sink.pages[0].text.clone())
                .map_err(|error| error.code().to_owned())
        };
        assert_eq!(read(&passwords).as_deref(), Ok("Vertraulich\n"), "{name}");
        assert_eq!(read(&[]), Err("document.encrypted".to_owned()), "{name}");
        assert_eq!(read(&passwords[..1]), Err("document.wrong_password".to_owned()), "{name}");
    }
}

#[test]
fn a_damaged_file_that_is_encrypted_opens_with_its_password() {
    let mut bytes = include_bytes!("../../../tests/fixtures/encrypted/rc4-128.pdf").to_vec();
    let start = bytes.windows(9).rposition(|window| window == b"startxref").expect("a start") + 10;
    bytes[start..start + 3].copy_from_slice(b"999");
    let table = bytes.windows(5).position(|window| window == b"xref\n").expect("a table");
    bytes[table..table + 4].copy_from_slice(b"????");
    let (sink, _) = try_read(bytes.clone(), Some("geheim"), &Limits::default()).expect("the password opens it");
    assert_eq!(sink.pages[0].text, "Vertraulich\n");
    let error = try_read(bytes, None, &Limits::default()).err().expect("it is refused");
    assert!(error.code() == "pdf.damaged" && error.hint().is_some_and(|hint| hint.contains("password")), "{error}");
}

#[test]
fn a_cross_reference_table_that_points_at_itself_does_not_hang() {
    let bytes = Builder::new().page(&at(70.0, 700.0, 10.0, "Text")).bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let start: usize =
        text.split("startxref\n").nth(1).and_then(|rest| rest.lines().next()).expect("a start").parse().expect("a number");
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    builder.trailer = format!("/Prev {start}");
    assert_eq!(read(builder.bytes())[0].text, "Text\n");
}

#[test]
fn a_page_tree_that_contains_itself_ends() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    let page = builder.pages[0];
    builder.objects[1] = format!("<< /Type /Pages /Kids [2 0 R {page} 0 R 2 0 R {page} 0 R] /Count 4 >>").into_bytes();
    assert_eq!(read(builder.bytes()).iter().map(|page| page.text.as_str()).collect::<Vec<_>>(), ["Text\n"]);
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(data).and_then(|()| out.finish()).expect("to memory")
}

#[test]
fn streams_that_expand_beyond_the_limits_are_refused_before_they_are_held() {
    let bomb = deflated(&vec![b' '; 40 << 20]);
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    builder.stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &bomb);
    let refused = try_read(builder.bytes(), None, &Limits::default()).err().expect("it is refused");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Limit, "document.too_large_decompressed"));

    let mut builder = Builder::new();
    let content = builder.stream("/Filter /FlateDecode", &bomb);
    let page = builder.object(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R >>"));
    builder.pages.push(page);
    let limits = Limits { page_text_bytes: 1 << 20, ..Limits::default() };
    let (sink, _) =
        try_read(builder.page(&at(70.0, 700.0, 10.0, "Text")).bytes(), None, &limits).expect("the other page is read");
    assert!(matches!(&sink.pages[0].status, PageStatus::Failed { code, .. } if code == "pdf.page_too_large"));
    assert_eq!(sink.pages[1].text, "Text\n");
}

#[test]
fn a_page_that_takes_too_long_is_given_up_alone() {
    let content: String = (0..200).map(|n| at(70.0, 800.0 - 3.0 * n as f32, 2.0, "Zeile")).collect();
    let bytes = Builder::new().page(&content).page(&at(70.0, 700.0, 10.0, "Text")).bytes();
    let limits = Limits { page_time: std::time::Duration::ZERO, ..Limits::default() };
    let (sink, _) = try_read(bytes, None, &limits).expect("the other page is read");
    assert!(matches!(&sink.pages[0].status, PageStatus::Failed { code, .. } if code == "pdf.page_time"));
    assert_eq!(sink.pages[1].text, "Text\n");
}

#[test]
fn more_pages_than_the_limit_are_an_error_that_names_it() {
    let bytes = Builder::new().page("").page("").bytes();
    let error = try_read(bytes, None, &Limits { pages: 1, ..Limits::default() }).err().expect("it is refused");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limit, "document.too_many_pages"));
}

#[test]
fn what_is_no_pdf_is_damaged() {
    for bytes in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"hello", &[0u8; 4096]] {
        let error = try_read(bytes.to_vec(), None, &Limits::default()).err().expect("it is refused");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "pdf.damaged"));
    }
}

#[test]
fn an_attached_invoice_is_handed_over_under_a_safe_name() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Rechnung"));
    let xml = builder.stream("/Type /EmbeddedFile /Filter /FlateDecode", &deflated(b"<rsm:CrossIndustryInvoice/>"));
    let file = builder.object(format!("<< /Type /Filespec /F (../factur-x.xml) /UF (../factur-x.xml) /EF << /F {xml} 0 R >> >>"));
    builder.catalog = format!("/Names << /EmbeddedFiles << /Names [(factur-x.xml) {file} 0 R] >> >> /AF [{file} 0 R]");
    let (sink, summary) = try_read(builder.bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(sink.parts, [Part { name: "factur-x.xml".to_owned(), bytes: Ok(b"<rsm:CrossIndustryInvoice/>".to_vec()) }]);
    assert!(summary.notices.iter().any(|notice| notice.code == "pdf.attachments"));
}

#[test]
fn title_date_and_page_labels_come_from_the_document() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "a")).page(&at(70.0, 700.0, 10.0, "b"));
    let info = builder.object("<< /Title (Pr\\374fungsbericht) /CreationDate (D:20260314120000+01'00') >>");
    builder.trailer = format!("/Info {info} 0 R");
    builder.catalog = "/PageLabels << /Nums [0 << /S /r >> 1 << /S /D /P (A-) /St 5 >>] >>".to_owned();
    let (sink, summary) = try_read(builder.bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(summary.title.as_deref(), Some("Prüfungsbericht"));
    assert_eq!(summary.date, Some(jiff::civil::date(2026, 3, 14)));
    assert_eq!(sink.pages.iter().map(|page| page.name.as_deref()).collect::<Vec<_>>(), [Some("i"), Some("A-5")]);
}

#[test]
fn a_filled_field_reads_as_it_is_shown() {
    let mut builder = Builder::new();
    let shown = builder.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >>",
        b"/Tx BMC BT /F1 10 Tf 2 5 Td (Mustermann) Tj ET EMC",
    );
    let field = builder.object(format!(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Mustermann) /Rect [100 600 300 620] /AP << /N {shown} 0 R >> >>"
    ));
    let page = &read(builder.page_with(&at(70.0, 605.0, 10.0, "Name"), &format!("/Annots [{field} 0 R]"), "").bytes())[0];
    assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["Name", "Mustermann"]);
}

#[test]
fn a_value_that_is_not_drawn_is_read_where_its_field_stands() {
    let mut builder = Builder::new();
    let parent = builder.object("<< /FT /Tx /T (name) /V (M\\374ller) >>");
    let field = builder.object(format!("<< /Type /Annot /Subtype /Widget /Parent {parent} 0 R /Rect [100 600 300 620] >>"));
    let page = &read(builder.page_with(&at(70.0, 605.0, 10.0, "Name"), &format!("/Annots [{field} 0 R]"), "").bytes())[0];
    assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["Name", "Müller"]);
    let start = page.text.find("Müller").expect("it is there");
    let [x0, y0, x1, y1] = page.boxes(Span::new(start, start + "Müller".len()))[0];
    assert!(x0 >= 100.0 && x1 <= 300.0 && y0 >= 842.0 - 620.0 && y1 <= 842.0 - 600.0);
}

#[test]
fn columns_a_narrow_gutter_apart_are_columns() {
    // Eight points at ten point type: hardly more than between two words.
    let content = lines(70.0, 740.0, 10.0, &LEFT) + &lines(70.0 + 181.0, 740.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].reading_text(Span::new(0, pages[0].text.len())), [LEFT.join(" "), RIGHT.join(" ")].join(" "));
}

#[test]
fn a_picture_of_the_page_shows_its_highlights() {
    let bytes = Arc::new(Builder::new().page(&at(70.0, 700.0, 10.0, "Forderungen")).bytes());
    let page = &read(bytes.to_vec())[0];
    let boxes = page.boxes(Span::new(0, 11));
    let plain = picture(Arc::clone(&bytes), &[], 1, &[], 72.0).expect("a picture");
    let marked = picture(Arc::clone(&bytes), &[], 1, &boxes, 72.0).expect("a picture");
    assert!(plain.starts_with(b"\x89PNG\r\n\x1a\n") && marked.starts_with(b"\x89PNG\r\n\x1a\n"));
    // Width and height of the header chunk.
    assert_eq!(plain[16..24], [0, 0, 2, 0x53, 0, 0, 3, 0x4a]);
    assert_ne!(plain, marked);
    assert_eq!(
        picture(bytes, &[], 2, &[], 72.0).err().map(|error| error.code().to_owned()).as_deref(),
        Some("document.page_not_found")
    );
}

/// A document with some of everything.
fn sample() -> Vec<u8> {
    let mut builder = Builder::new();
    let cmap =
        builder.stream("", b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange");
    builder.objects[3] = format!("<< /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /ToUnicode {cmap} 0 R >>").into_bytes();
    let columns = lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 740.0, 10.0, &RIGHT);
    builder.page(&columns).page(&(balance() + PICTURE)).page_with(&columns, "/Rotate 90 /CropBox [50 50 500 800]", "").bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_file_gives_pages_or_an_error(cut in 0.0f64..1.0) {
        let bytes = sample();
        let keep = (bytes.len() as f64 * cut) as usize;
        let _ = try_read(bytes[..keep].to_vec(), None, &Limits::default());
    }

    #[test]
    fn flipped_bytes_give_pages_or_an_error(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24)) {
        let mut bytes = sample();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = try_read(bytes, None, &Limits::default());
    }

    #[test]
    fn text_anywhere_at_any_angle_keeps_the_invariants(
        words in prop::collection::vec((-100i32..700, -100i32..950, 1u8..40, 0u16..360, "[a-zA-Z0-9äöü.,()-]{0,12}"), 1..40)
    ) {
        let content: String = words
            .iter()
            .map(|(x, y, size, angle, text)| {
                let (sin, cos) = f32::from(*angle).to_radians().sin_cos();
                let text = text.replace('(', "\\(").replace(')', "\\)");
                format!("BT /F1 {size} Tf {cos:.4} {sin:.4} {:.4} {cos:.4} {x} {y} Tm ({text}) Tj ET\n", -sin)
            })
            .collect();
        read(Builder::new().page(&content).bytes());
    }
}
