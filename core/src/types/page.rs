use super::Span;

/// One page of a document, as extracted: PDF page, slide, sheet, or 1 for flowing text.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Page {
    /// 1-based.
    pub number: u32,
    /// The sheet's name, the slide's title, the page's printed label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it could be read.
    pub status: PageStatus,
    /// The text in reading order. Lines end with `\n`, cells of a row are parted by `\t`. Never changed after extraction:
    /// spans point into it.
    pub text: String,
    /// What the text consists of, in order and without overlap. Between two blocks stands white space alone.
    pub blocks: Vec<Block>,
    /// Spans that are no part of the words: a hyphen at a line's end with the line break behind it (`"-\n"`), a soft hyphen.
    /// [`Page::reading_text`] leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Span>,
    /// Where the text did not come from the document's own visible text. Elsewhere it is [`Origin::Native`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginRun>,
    /// Where each character stands on the page. PDF only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum PageStatus {
    /// Its text was read.
    #[default]
    Extracted,
    /// It has neither text nor picture.
    Empty,
    /// It shows a picture and has no text.
    Scanned,
    /// It has content that could not be read.
    Failed {
        /// A stable code such as `pdf.page_unreadable`.
        code: String,
        /// A sentence for people.
        message: String,
    },
}

/// A piece of a page's text that its author set as one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Block {
    /// Where.
    pub span: Span,
    /// What it is.
    #[serde(flatten)]
    pub kind: BlockKind,
    /// Where the document's own format has it, for formats without fixed pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// The cells of a table's row, by column. Empty for anything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum BlockKind {
    /// A heading: 1 is the highest level.
    Heading {
        /// 1 to 9.
        level: u8,
    },
    /// Running text.
    Paragraph,
    /// One item of a list, its bullet or number included.
    ListItem,
    /// One row of a table.
    TableRow {
        /// Counts the tables of the page from 0.
        table: u32,
        /// Whether the row names the columns.
        header: bool,
    },
    /// The caption of a table or figure.
    Caption,
    /// A footnote or endnote.
    Footnote,
    /// A line that repeats at the head or foot of the pages.
    RunningHeader,
    /// The printed page number.
    PageNumber,
    /// Text whose white space is meant: source code, JSON, a form in fixed pitch.
    Preformatted,
}

impl BlockKind {
    /// Whether the block is page furniture: it stays in the text, and is neither embedded nor quoted.
    pub fn is_furniture(self) -> bool {
        matches!(self, Self::RunningHeader | Self::PageNumber)
    }
}

/// Where the document's own format has a block.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Row of a sheet or of a CSV file, 1-based.
    Row(u32),
    /// Paragraph of flowing text, counted from 1 over the document.
    Paragraph(u32),
    /// A named part: a mail's `header` or `body`, a JSON pointer, an XML path.
    Part(String),
}

/// One cell of a table's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cell {
    /// Where; empty for an empty cell.
    pub span: Span,
    /// 0-based column: A is 0.
    pub column: u32,
}

/// How text came into the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The document's own visible text.
    #[default]
    Native,
    /// The invisible text layer that a scanner's software laid over a picture.
    OcrLayer,
    /// Read from the picture by Beleg.
    Ocr,
    /// Text that a reader of the page does not see: white on white, off the page, of no size.
    Hidden,
}

/// A run of text with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OriginRun {
    /// Where.
    pub span: Span,
    /// How it came in.
    pub origin: Origin,
}

/// Where each character stands on the page as it is displayed: cropped and rotated, origin top left.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Layout {
    /// In PDF points.
    pub width: f32,
    /// In PDF points.
    pub height: f32,
    /// In the order of the text, without overlap. Characters outside of every run (white space between words) have no box.
    pub runs: Vec<GlyphRun>,
}

/// Characters on one line. Lengths are hundredths of a PDF point, as integers, so that they are the same bytes everywhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GlyphRun {
    /// Where in the text.
    pub span: Span,
    /// Whether the line runs up or down the page; then `across` is x and `along` is y.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vertical: bool,
    /// Least and greatest y of the line.
    pub across: [i32; 2],
    /// Least and greatest x of each character (Unicode scalar value) of the span.
    pub along: Vec<[i32; 2]>,
}

/// Where a reader finds a span in the original.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Place {
    /// A page of a PDF.
    Page {
        /// 1-based.
        page: u32,
        /// The printed page number, when it differs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// A slide.
    Slide {
        /// 1-based.
        slide: u32,
    },
    /// Cells of a sheet: `B7`, `A7:D7`.
    Cell {
        /// The sheet's name.
        sheet: String,
        /// In A1 notation.
        cells: String,
    },
    /// A paragraph of flowing text; the heading path stands beside it.
    Paragraph {
        /// 1-based over the document.
        paragraph: u32,
    },
    /// A record of a CSV file.
    Row {
        /// 1-based line of records, the header is 1.
        row: u32,
        /// 1-based, when the span lies in one cell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<u32>,
    },
    /// A named part: a mail's `header` or `body`, a JSON pointer, an XML path.
    Part {
        /// Its name.
        part: String,
    },
}

impl Page {
    /// The text of `span` as a reader reads it: joins left out, and each run of white space as one space.
    pub fn reading_text(&self, span: Span) -> String {
        let mut out = String::with_capacity(span.len());
        let mut at = span.start;
        let first = self.joins.partition_point(|join| join.end <= span.start);
        for join in &self.joins[first..] {
            if join.start >= span.end {
                break;
            }
            push_folded(&mut out, &self.text[at as usize..join.start.max(at) as usize]);
            at = join.end.min(span.end);
        }
        push_folded(&mut out, &self.text[at as usize..span.end as usize]);
        out.truncate(out.trim_end().len());
        out
    }

    /// The boxes `[x0, y0, x1, y1]` that cover `span`, one a line, in PDF points of the page as displayed.
    pub fn boxes(&self, span: Span) -> Vec<[f32; 4]> {
        let Some(layout) = &self.layout else { return Vec::new() };
        let first = layout.runs.partition_point(|run| run.span.end <= span.start);
        layout.runs[first..]
            .iter()
            .take_while(|run| run.span.start < span.end)
            .filter_map(|run| run.bounds(&self.text, span))
            .fold(Vec::new(), |mut boxes: Vec<[f32; 4]>, next| {
                match boxes.last_mut() {
                    // Two runs of one line that touch are one box to the eye.
                    Some(last)
                        if (last[1] - next[1]).abs() < 0.5
                            && (last[3] - next[3]).abs() < 0.5
                            && next[0] >= last[0]
                            && next[0] - last[2] < last[3] - last[1] =>
                    {
                        last[2] = last[2].max(next[2]);
                    }
                    _ => boxes.push(next),
                }
                boxes
            })
    }

    /// Where a reader finds `span` in the original, whose format is `format`.
    pub fn place(&self, span: Span, format: Option<&str>) -> Place {
        let block = self.blocks.iter().find(|block| block.span.intersection(span).is_some());
        let touched = || block.iter().flat_map(|block| &block.cells).filter(|cell| cell.span.intersection(span).is_some());
        let columns = (touched().map(|cell| cell.column).min(), touched().map(|cell| cell.column).max());
        match (format, block.and_then(|block| block.anchor.as_ref())) {
            (Some("pptx"), None) => Place::Slide { slide: self.number },
            (_, Some(Anchor::Part(part))) => Place::Part { part: part.clone() },
            (_, Some(Anchor::Paragraph(paragraph))) => Place::Paragraph { paragraph: *paragraph },
            (Some("xlsx"), Some(Anchor::Row(row))) => {
                let name = |column| format!("{}{row}", column_name(column));
                let cells = match columns {
                    (Some(first), Some(last)) if first < last => format!("{}:{}", name(first), name(last)),
                    (Some(only), _) => name(only),
                    _ => row.to_string(),
                };
                Place::Cell { sheet: self.name.clone().unwrap_or_default(), cells }
            }
            (_, Some(Anchor::Row(row))) => {
                let column = columns.0.filter(|first| Some(*first) == columns.1).map(|column| column + 1);
                Place::Row { row: *row, column }
            }
            _ => Place::Page { page: self.number, label: self.name.clone() },
        }
    }

    /// How the text of `span` came into the document: the least trustworthy origin that occurs in it.
    pub fn origin(&self, span: Span) -> Origin {
        let rank = |origin| match origin {
            Origin::Native => 0,
            Origin::OcrLayer => 1,
            Origin::Ocr => 2,
            Origin::Hidden => 3,
        };
        self.origins
            .iter()
            .filter(|run| run.span.intersection(span).is_some())
            .map(|run| run.origin)
            .max_by_key(|origin| rank(*origin))
            .unwrap_or_default()
    }
}

/// The letters of a 0-based column: `A`, `Z`, `AA`.
fn column_name(column: u32) -> String {
    let (mut letters, mut rest) = (Vec::new(), u64::from(column) + 1);
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// Appends `text` with each run of white space as one space, none at the start.
fn push_folded(out: &mut String, text: &str) {
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

impl GlyphRun {
    /// The box around the characters of `span` in this run.
    fn bounds(&self, text: &str, span: Span) -> Option<[f32; 4]> {
        let cut = self.span.intersection(span)?;
        let skip = text.get(self.span.start as usize..cut.start as usize)?.chars().count();
        let take = text.get(cut.range())?.chars().count();
        let along = self.along.get(skip..(skip + take).min(self.along.len()))?;
        let (low, high) = along.iter().fold((i32::MAX, i32::MIN), |(low, high), [a, b]| (low.min(*a), high.max(*b)));
        if low > high {
            return None;
        }
        let [low, high, near, far] = [low, high, self.across[0], self.across[1]].map(|hundredths| hundredths as f32 / 100.0);
        Some(if self.vertical { [near, low, far, high] } else { [low, near, high, far] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page { number: 1, text: text.to_owned(), ..Page::default() }
    }

    #[test]
    fn a_hyphen_at_a_lines_end_is_joined_for_reading_and_stays_in_the_text() {
        let mut page = page("Die Rück-\nstellungen\n sind  hoch.");
        page.joins = vec![Span::new(9, 11)];
        assert_eq!(page.reading_text(Span::new(0, page.text.len())), "Die Rückstellungen sind hoch.");
        assert_eq!(page.reading_text(Span::new(4, 10)), "Rück");
        assert_eq!(page.reading_text(Span::new(10, 22)), "stellungen");
    }

    #[test]
    fn columns_are_named_as_a_sheet_names_them() {
        assert_eq!([0, 25, 26, 701, 702, 16383].map(column_name), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn boxes_cover_only_the_characters_of_the_span() {
        let mut page = page("äb cd");
        let run = |start, end, along: &[[i32; 2]]| GlyphRun {
            span: Span::new(start, end),
            vertical: false,
            across: [100, 200],
            along: along.to_vec(),
        };
        page.layout = Some(Layout {
            width: 100.0,
            height: 100.0,
            runs: vec![run(0, 3, &[[0, 100], [100, 200]]), run(4, 6, &[[300, 400], [400, 500]])],
        });
        assert_eq!(page.boxes(Span::new(2, 3)), [[1.0, 1.0, 2.0, 2.0]]);
        assert_eq!(page.boxes(Span::new(0, 5)), [[0.0, 1.0, 2.0, 2.0], [3.0, 1.0, 4.0, 2.0]]);
        assert_eq!(page.boxes(Span::new(3, 4)), [[0.0; 4]; 0]);
    }
}
