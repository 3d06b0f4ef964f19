//! Markdown (CommonMark, with GitHub's tables, footnotes and task lists) as it reads when it is rendered.
//!
//! The text is what a reader sees: marks are gone, bullets and numbers of lists are there, targets of links are not. HTML in
//! it is read as HTML.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Format, Input, Limits, Notice, Sink, Summary, builder::Pages, charset, html};
use crate::{Result, types::BlockKind};

/// Reads a Markdown file.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let source = charset::decode(&input.bytes).replace('\u{c}', "\n");
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut writer = Writer::new(limits, sink);
    for event in Parser::new_ext(&source, options) {
        writer.event(event)?;
    }
    writer.flush(BlockKind::Paragraph)?;
    let Writer { pages, title, notices, .. } = writer;
    pages.finish()?;
    Ok(Summary { format: Format::Markdown, title, date: None, notices })
}

struct Writer<'s> {
    limits: Limits,
    pages: Pages<'s>,
    /// The text of the block in progress.
    text: String,
    title: Option<String>,
    notices: Vec<Notice>,
    /// The lists that are open, outermost first, with the number of their next item.
    lists: Vec<Option<u64>>,
    /// Whether the next text begins an item of a list.
    item: bool,
    footnote: bool,
    cells: Option<Vec<String>>,
    html: String,
}

impl<'s> Writer<'s> {
    fn new(limits: &Limits, sink: &'s mut dyn Sink) -> Self {
        Self {
            limits: limits.clone(),
            pages: Pages::new(limits, sink),
            text: String::new(),
            title: None,
            notices: Vec::new(),
            lists: Vec::new(),
            item: false,
            footnote: false,
            cells: None,
            html: String::new(),
        }
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::End(tag) => self.end(tag)?,
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text.push_str(&text)
            }
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(tag) if tag.to_ascii_lowercase().starts_with("<br") => self.text.push('\n'),
            Event::InlineHtml(_) => {}
            Event::FootnoteReference(label) => self.text.push_str(&format!("[{label}]")),
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            Event::Rule => self.flush(BlockKind::Paragraph)?,
            Event::TaskListMarker(done) => self.text.push_str(if done { "☑ " } else { "☐ " }),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<()> {
        match tag {
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::MetadataBlock(_) => {
                self.flush_unless_item()?;
            }
            Tag::List(first) => {
                self.flush(BlockKind::Paragraph)?;
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush(BlockKind::Paragraph)?;
                self.item = true;
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        self.text.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                    _ => self.text.push_str("• "),
                }
            }
            Tag::FootnoteDefinition(label) => {
                self.flush(BlockKind::Paragraph)?;
                self.footnote = true;
                self.text.push_str(&format!("[{label}] "));
            }
            Tag::Table(_) => {
                self.flush(BlockKind::Paragraph)?;
                self.pages.end_table();
            }
            Tag::TableHead | Tag::TableRow => self.cells = Some(Vec::new()),
            Tag::TableCell => self.text.clear(),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) -> Result<()> {
        match tag {
            TagEnd::Heading(level) => {
                let level = match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    HeadingLevel::H3 => 3,
                    HeadingLevel::H4 => 4,
                    HeadingLevel::H5 => 5,
                    HeadingLevel::H6 => 6,
                };
                if self.title.is_none() && !self.text.trim().is_empty() {
                    self.title = Some(self.text.split_whitespace().collect::<Vec<_>>().join(" "));
                }
                self.flush(BlockKind::Heading { level })?;
            }
            TagEnd::Paragraph | TagEnd::Item => self.flush(BlockKind::Paragraph)?,
            TagEnd::CodeBlock | TagEnd::MetadataBlock(_) => self.flush(BlockKind::Preformatted)?,
            TagEnd::HtmlBlock => {
                let source = std::mem::take(&mut self.html);
                html::write(&source, &self.limits, &mut self.pages, &mut self.notices)?;
            }
            TagEnd::List(_) => {
                self.flush(BlockKind::Paragraph)?;
                self.lists.pop();
            }
            TagEnd::FootnoteDefinition => {
                self.flush(BlockKind::Footnote)?;
                self.footnote = false;
            }
            TagEnd::TableCell => {
                let text = std::mem::take(&mut self.text);
                if let Some(cells) = &mut self.cells {
                    cells.push(text);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let cells = self.cells.take().unwrap_or_default();
                let header = tag == TagEnd::TableHead;
                self.pages.row(header, (0..).zip(cells.iter().map(String::as_str)), None)?;
            }
            TagEnd::Table => self.pages.end_table(),
            _ => {}
        }
        Ok(())
    }

    /// The paragraph inside an item goes with the item's bullet.
    fn flush_unless_item(&mut self) -> Result<()> {
        if self.item || self.footnote { Ok(()) } else { self.flush(BlockKind::Paragraph) }
    }

    fn flush(&mut self, kind: BlockKind) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        let kind = match kind {
            BlockKind::Paragraph if self.item => BlockKind::ListItem,
            BlockKind::Paragraph if self.footnote => BlockKind::Footnote,
            other => other,
        };
        if !text.trim().is_empty() {
            self.item = false;
        }
        self.pages.block(kind, &text, &[], None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::*, *};

    fn lines(text: &str) -> Vec<String> {
        let out = extract_all(extract, "a.md", text.as_bytes());
        out.pages.iter().flat_map(outline).collect()
    }

    #[test]
    fn structure_is_kept_and_marks_are_gone() {
        let text = "# Bericht\n\nEin **fetter** Satz mit [Verweis](http://x.example/) und `Code`.\n\n## Liste\n\n- eins\n- zwei\n  - zwei a\n\n3. drei\n4. vier\n\n```rust\nfn main() {}\n```\n";
        assert_eq!(
            lines(text),
            [
                "h1 Bericht",
                "p Ein fetter Satz mit Verweis und Code.",
                "h2 Liste",
                "li • eins",
                "li • zwei",
                "li • zwei a",
                "li 3. drei",
                "li 4. vier",
                "pre fn main() {}"
            ]
        );
    }

    #[test]
    fn tables_are_rows_with_their_header() {
        assert_eq!(
            lines("| Konto | Saldo |\n|---|--:|\n| 1200 | **5** |\n| 1400 | |\n"),
            ["th Konto|Saldo", "tr 1200|5", "tr 1400|"]
        );
    }

    #[test]
    fn footnotes_entities_and_html_are_read() {
        assert_eq!(
            lines("Text[^1] &amp; mehr.\n\n[^1]: Die Note.\n\n<div><p>Im <b>HTML</b></p><script>x()</script></div>\n"),
            ["p Text[1] & mehr.", "fn [1] Die Note.", "p Im HTML"]
        );
    }

    #[test]
    fn a_loose_item_keeps_its_bullet_and_its_further_paragraphs() {
        assert_eq!(lines("- eins\n\n  mehr dazu\n\n- zwei\n"), ["li • eins", "p mehr dazu", "li • zwei"]);
    }

    #[test]
    fn the_title_is_the_first_heading() {
        let out = extract_all(extract, "a.md", b"Text\n\n## Der *Titel*\n");
        assert_eq!(out.result.expect("read").title.as_deref(), Some("Der Titel"));
    }

    proptest! {
        #[test]
        fn any_text_makes_pages_that_keep_their_promises(text in "[a-zä#>*_`|\\[\\]()<!& \n\t0-9.:~-]{0,300}") {
            extract_all(extract, "a.md", text.as_bytes());
        }
    }
}
