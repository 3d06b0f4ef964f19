//! What the tests of the extractors share.

use std::sync::Arc;

use super::*;
use crate::types::BlockKind;

/// Everything that an extraction handed over.
#[derive(Default, Debug)]
pub(super) struct Collected {
    pub(super) pages: Vec<Page>,
    pub(super) parts: Vec<Part>,
}

impl Sink for Collected {
    fn page(&mut self, page: Page) -> Result<()> {
        assert_eq!(page.number as usize, self.pages.len() + 1, "pages are counted without a gap");
        if let Err(broken) = invariants::check(&page) {
            panic!("{broken} in {page:?}");
        }
        self.pages.push(page);
        Ok(())
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.parts.push(part);
        Ok(())
    }
}

pub(super) struct Extracted {
    pub(super) pages: Vec<Page>,
    pub(super) parts: Vec<Part>,
    pub(super) result: Result<Summary>,
}

/// Runs an extractor over `bytes`, and checks what every page promises.
pub(super) fn extract_all(
    extractor: impl Fn(&Input<'_>, &Limits, &mut dyn Sink) -> Result<Summary>,
    name: &str,
    bytes: &[u8],
) -> Extracted {
    let input = Input { name, bytes: Arc::new(bytes.to_vec()), passwords: &[] };
    let mut sink = Collected::default();
    let result = extractor(&input, &Limits::default(), &mut sink);
    Extracted { pages: sink.pages, parts: sink.parts, result }
}

/// The blocks of a page as lines: `h1 Titel`, `p Text`, `li - Punkt`, `th a|b`, `tr 1|2`, `pre ...`, with the reading text.
pub(super) fn outline(page: &Page) -> Vec<String> {
    page.blocks
        .iter()
        .map(|block| {
            let text = page.reading_text(block.span);
            match block.kind {
                BlockKind::Heading { level } => format!("h{level} {text}"),
                BlockKind::Paragraph => format!("p {text}"),
                BlockKind::ListItem => format!("li {text}"),
                BlockKind::TableRow { header, .. } => {
                    let cells: Vec<String> = block.cells.iter().map(|c| page.reading_text(c.span)).collect();
                    format!("{} {}", if header { "th" } else { "tr" }, cells.join("|"))
                }
                BlockKind::Preformatted => format!("pre {}", block.span.of(&page.text).unwrap_or("?")),
                BlockKind::Caption => format!("cap {text}"),
                BlockKind::Footnote => format!("fn {text}"),
                other => format!("{other:?} {text}"),
            }
        })
        .collect()
}
