//! Makes Office files for tests, and the rules that every page keeps.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    Result,
    document::{Input, Limits, Part, Sink, Summary},
    types::Page,
};

/// A package of the given parts. `_rels/.rels` points at `main`; relations of parts are added as they come.
pub(crate) struct Builder {
    parts: Vec<(String, Vec<u8>)>,
    relations: Vec<(String, String)>,
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

impl Builder {
    pub(crate) fn new(main: &str) -> Self {
        Self { parts: Vec::new(), relations: Vec::new() }
            .part("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>")
            .relation("", "rId1", "officeDocument", &format!("/{main}"))
    }

    pub(crate) fn part(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.parts.push((name.to_owned(), content.as_ref().to_vec()));
        self
    }

    pub(crate) fn relation(mut self, source: &str, id: &str, kind: &str, target: &str) -> Self {
        self.relations
            .push((source.to_owned(), format!("<Relationship Id='{id}' Type='{RELATIONS}/{kind}' Target='{target}'/>")));
        self
    }

    pub(crate) fn external(mut self, source: &str, id: &str, kind: &str, target: &str) -> Self {
        self.relations.push((
            source.to_owned(),
            format!("<Relationship Id='{id}' Type='{RELATIONS}/{kind}' Target='{target}' TargetMode='External'/>"),
        ));
        self
    }

    pub(crate) fn build(mut self) -> Vec<u8> {
        let mut sources: Vec<String> = self.relations.iter().map(|(source, _)| source.clone()).collect();
        sources.dedup();
        for source in sources {
            if self.relations.iter().all(|(other, _)| *other != source) {
                continue;
            }
            let (folder, file) = source.rsplit_once('/').map_or(("", source.as_str()), |(folder, file)| (folder, file));
            let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
            if self.parts.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let lines: String =
                self.relations.iter().filter(|(other, _)| *other == source).map(|(_, line)| line.as_str()).collect();
            self.parts.push((name, format!("<Relationships>{lines}</Relationships>").into_bytes()));
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.parts {
            zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

/// Takes pages and checks each.
#[derive(Default)]
pub(crate) struct Pages(pub(crate) Vec<Page>);

impl Sink for Pages {
    fn page(&mut self, page: Page) -> Result<()> {
        check(&page).unwrap();
        self.0.push(page);
        Ok(())
    }

    fn part(&mut self, _: Part) -> Result<()> {
        Ok(())
    }
}

/// What an extractor makes of the bytes.
pub(crate) fn extracted(
    extract: fn(&Input<'_>, &Limits, &mut dyn Sink) -> Result<Summary>,
    bytes: Vec<u8>,
) -> Result<(Summary, Vec<Page>)> {
    let mut pages = Pages::default();
    let input = Input { name: "test", bytes: Arc::new(bytes), passwords: &[] };
    let summary = extract(&input, &Limits::default(), &mut pages)?;
    Ok((summary, pages.0))
}

/// What holds for every page, whatever its format: spans lie on character boundaries, blocks come in order without
/// overlap and with nothing but white space between them, cells come in order inside of their row.
pub(crate) fn check(page: &Page) -> std::result::Result<(), String> {
    let mut end = 0;
    for (index, block) in page.blocks.iter().enumerate() {
        let text = block.span.of(&page.text).ok_or_else(|| format!("block {index} cuts the text"))?;
        if (block.span.start as usize) < end || text.trim() != text || text.is_empty() {
            let is_row = !block.cells.is_empty();
            if (block.span.start as usize) < end || !is_row {
                return Err(format!("block {index} overlaps, is empty or has white space around it"));
            }
        }
        let between = page.text.get(end..block.span.start as usize).ok_or_else(|| format!("block {index} out of order"))?;
        if !between.trim().is_empty() {
            return Err(format!("text before block {index} belongs to no block"));
        }
        let mut at = block.span.start;
        for cell in &block.cells {
            if cell.span.start < at || !block.span.contains(cell.span) || cell.span.of(&page.text).is_none() {
                return Err(format!("a cell of block {index} is out of place"));
            }
            at = cell.span.end;
        }
        if !block.cells.is_empty() && !block.cells.is_sorted_by_key(|cell| cell.column) {
            return Err(format!("the columns of block {index} are out of order"));
        }
        end = block.span.end as usize;
    }
    if !page.text[end..].trim().is_empty() {
        return Err("text after the last block belongs to no block".to_owned());
    }
    let in_order = |spans: &[crate::types::Span]| {
        spans.iter().all(|span| span.of(&page.text).is_some()) && spans.windows(2).all(|two| two[0].end <= two[1].start)
    };
    if !in_order(&page.joins) || !in_order(&page.origins.iter().map(|run| run.span).collect::<Vec<_>>()) {
        return Err("joins or origins overlap or cut the text".to_owned());
    }
    Ok(())
}
