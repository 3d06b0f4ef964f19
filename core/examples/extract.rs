//! Prints the pages of a document: `cargo run --example extract --features document -- FILE [--json | --blocks | --quiet]`.

use std::{io::Write, sync::Arc, time::Instant};

use beleg::{
    Error, ErrorKind, Result,
    document::{Input, Limits, Part, Sink, extract},
    types::{Origin, Page},
};

#[derive(PartialEq)]
enum Form {
    Text,
    Json,
    Blocks,
    Quiet,
}

struct Print {
    form: Form,
    pages: u32,
}

impl Sink for Print {
    fn page(&mut self, page: Page) -> Result<()> {
        self.pages += 1;
        let mut out = std::io::stdout().lock();
        let written = match self.form {
            Form::Text => write!(out, "{}\u{c}", page.text),
            Form::Json => serde_json::to_writer(&mut out, &page).map_err(Into::into).and_then(|()| writeln!(out)),
            Form::Blocks => blocks(&mut out, &page),
            Form::Quiet => Ok(()),
        };
        written.map_err(|error| Error::new(ErrorKind::Environment, "io.failed", error.to_string()))
    }

    fn part(&mut self, part: Part) -> Result<()> {
        let size = part.bytes.as_ref().map(Vec::len).unwrap_or_default();
        let _ = writeln!(std::io::stderr().lock(), "part: {} ({size} bytes)", part.name);
        Ok(())
    }
}

fn blocks(out: &mut impl Write, page: &Page) -> std::io::Result<()> {
    writeln!(out, "=== {} {} {:?}", page.number, page.name.as_deref().unwrap_or(""), page.status)?;
    for block in &page.blocks {
        let origin = match page.origin(block.span) {
            Origin::Native => String::new(),
            other => format!(" {other:?}"),
        };
        let text = match block.cells.as_slice() {
            [] => page.reading_text(block.span),
            cells => cells.iter().map(|cell| page.reading_text(cell.span)).collect::<Vec<_>>().join(" | "),
        };
        writeln!(out, "[{:?}{origin}] {text}", block.kind)?;
    }
    Ok(())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("usage: extract FILE [--text | --json | --blocks | --quiet] [PASSWORD...]")?;
    let form = match arguments.next().as_deref() {
        Some("--json") => Form::Json,
        Some("--blocks") => Form::Blocks,
        Some("--quiet") => Form::Quiet,
        _ => Form::Text,
    };
    let passwords: Vec<String> = arguments.collect();
    let bytes = Arc::new(std::fs::read(&name)?);
    let begun = Instant::now();
    let mut print = Print { form, pages: 0 };
    let summary = extract(&Input { name: &name, bytes, passwords: &passwords }, &Limits::default(), &mut print)?;
    let summary = serde_json::to_string(&summary)?;
    writeln!(std::io::stderr().lock(), "{} pages in {:.2} s; {summary}", print.pages, begun.elapsed().as_secs_f32())?;
    Ok(())
}
