mod contents;
mod furniture;
mod hostile;
mod order;
mod protection;
mod seen;
mod tables;

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, process::Command, sync::Arc};

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

fn row(header: bool, cells: &[&str]) -> (bool, Vec<String>) {
    (header, cells.iter().map(|cell| (*cell).to_owned()).collect())
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

const PICTURE: &str = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \u{80} EI Q\n";

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(data).and_then(|()| out.finish()).expect("to memory")
}
