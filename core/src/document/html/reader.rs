//! The tree of an HTML document → blocks.

use std::collections::HashSet;

use super::dom::{Kind, Node, NodeId, attribute};
use crate::{
    Result,
    document::{Notice, builder::Pages},
    types::BlockKind,
};

/// Columns that a cell may span at most, as browsers have it.
const MOST_COLUMNS: u32 = 1000;

/// Writes what the tree shows. Returns its title, or else its first heading.
pub(super) fn read(nodes: &[Node], pages: &mut Pages, notices: &mut Vec<Notice>) -> Result<Option<String>> {
    let mut reader = Reader {
        nodes,
        pages,
        text: String::new(),
        kind: None,
        pre: 0,
        hides: super::style::hidden(nodes),
        hidden: false,
        saw_hidden: false,
        lists: Vec::new(),
        title: None,
        heading: None,
    };
    reader.walk(0)?;
    reader.flush()?;
    let Reader { saw_hidden, title, heading, .. } = reader;
    if saw_hidden {
        notices.push(Notice {
            code: "html.hidden_text".to_owned(),
            message: "the document has text that a reader of it does not see".to_owned(),
        });
    }
    Ok(title.or(heading))
}

struct Reader<'t, 'p, 's> {
    nodes: &'t [Node],
    pages: &'p mut Pages<'s>,
    /// The text of the block in progress.
    text: String,
    /// What the block in progress is, when it is no paragraph.
    kind: Option<BlockKind>,
    /// How many elements that keep white space are open.
    pre: u32,
    /// For each node whether its text is hidden; and whether that of the block in progress is.
    hides: Vec<bool>,
    hidden: bool,
    saw_hidden: bool,
    /// The lists that are open, with the number of their next item.
    lists: Vec<Option<i64>>,
    title: Option<String>,
    heading: Option<String>,
}

/// What is left to do: the walk keeps its own stack.
enum Step {
    Enter(NodeId),
    /// With whether the text behind it is hidden.
    Leave(NodeId, bool),
}

impl<'t> Reader<'t, '_, '_> {
    fn walk(&mut self, root: NodeId) -> Result<()> {
        let mut steps = vec![Step::Enter(root)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(id) => {
                    let hidden = self.hidden;
                    if self.enter(id)? {
                        steps.push(Step::Leave(id, hidden));
                        steps.extend(self.nodes[id].children.iter().rev().map(|child| Step::Enter(*child)));
                    }
                }
                Step::Leave(id, hidden) => self.leave(id, hidden)?,
            }
        }
        Ok(())
    }

    /// Whether the children of the node are to be read, too.
    fn enter(&mut self, id: NodeId) -> Result<bool> {
        let name = match &self.nodes[id].kind {
            Kind::Text(text) => {
                self.push_text(text);
                return Ok(false);
            }
            Kind::Other => return Ok(true),
            Kind::Element { .. } => self.name(id),
        };
        match name {
            "script" | "style" | "template" | "iframe" | "object" | "noembed" | "noframes" | "canvas" | "audio" | "video"
            | "datalist" => {
                return Ok(false);
            }
            "title" => {
                // A picture in SVG has a title of its own.
                if self.title.is_none() && self.attribute(id, "xmlns").is_none() {
                    self.title = fold(&self.text_of(id));
                }
                return Ok(false);
            }
            "br" => self.text.push('\n'),
            "wbr" => {}
            "hr" => self.flush()?,
            "input" => {
                let shown = !matches!(self.attribute(id, "type"), Some("hidden" | "password" | "checkbox" | "radio" | "file"));
                if let Some(value) = self.attribute(id, "value").filter(|_| shown) {
                    self.push_text(value);
                }
            }
            _ => {}
        }
        let outside = self.hidden;
        self.hide(self.hides[id])?;
        if is_block(name) {
            self.flush()?;
        }
        match name {
            "pre" | "textarea" | "listing" | "xmp" => {
                self.pre += 1;
                self.kind = Some(BlockKind::Preformatted);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.kind = Some(BlockKind::Heading { level: name.as_bytes()[1] - b'0' }),
            "ul" | "menu" | "dir" => self.lists.push(None),
            "ol" => self.lists.push(Some(self.attribute(id, "start").and_then(|s| s.trim().parse().ok()).unwrap_or(1))),
            "li" => {
                self.kind = Some(BlockKind::ListItem);
                if let Some(Some(number)) = self.lists.last_mut() {
                    let bullet = format!("{number}. ");
                    *number = number.saturating_add(1);
                    self.text.push_str(&bullet);
                } else {
                    self.text.push_str("• ");
                }
            }
            "caption" | "figcaption" => self.kind = Some(BlockKind::Caption),
            "table" if self.is_data(id) => {
                self.table(id)?;
                self.hide(outside)?;
                return Ok(false);
            }
            _ => {}
        }
        Ok(true)
    }

    fn leave(&mut self, id: NodeId, outside: bool) -> Result<()> {
        if !matches!(self.nodes[id].kind, Kind::Element { .. }) {
            return Ok(());
        }
        let name = self.name(id);
        if is_block(name) {
            self.flush()?;
        }
        match name {
            "pre" | "textarea" | "listing" | "xmp" => self.pre -= 1,
            "ul" | "menu" | "dir" | "ol" => {
                self.lists.pop();
            }
            "td" | "th" | "dt" | "option" | "button" => self.text.push(' '),
            _ => {}
        }
        self.hide(outside)
    }

    /// Text that follows is hidden, or seen.
    fn hide(&mut self, hidden: bool) -> Result<()> {
        if self.hidden != hidden {
            self.flush()?;
            self.hidden = hidden;
            self.pages.set_hidden(hidden);
        }
        Ok(())
    }

    /// Ends the block in progress.
    fn flush(&mut self) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        let bare = text.trim();
        // The bullet of an item waits for the paragraph inside it.
        if self.kind == Some(BlockKind::ListItem)
            && (bare == "•" || bare.strip_suffix('.').is_some_and(|n| n.parse::<i64>().is_ok()))
        {
            self.text = text;
            return Ok(());
        }
        let kind = self.kind.take().unwrap_or(if self.pre > 0 { BlockKind::Preformatted } else { BlockKind::Paragraph });
        if bare.is_empty() {
            return Ok(());
        }
        if self.heading.is_none() && matches!(kind, BlockKind::Heading { .. }) && !self.hidden {
            self.heading = fold(bare);
        }
        self.saw_hidden |= self.hidden;
        let tidy = if self.pre > 0 { text } else { tidy_lines(&text) };
        self.pages.block(kind, &tidy, &super::super::text::joins(&tidy), None)
    }

    /// Appends text as the element shows it: white space folded, but in `pre`.
    fn push_text(&mut self, text: &str) {
        if self.pre > 0 {
            self.text.push_str(text);
            return;
        }
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                    self.text.push(' ');
                }
            } else {
                self.text.push(c);
            }
        }
    }

    fn name(&self, id: NodeId) -> &'t str {
        match &self.nodes[id].kind {
            Kind::Element { name, .. } => &name.local,
            _ => "",
        }
    }

    fn attribute(&self, id: NodeId, name: &str) -> Option<&'t str> {
        attribute(&self.nodes[id], name)
    }

    /// All text below a node.
    fn text_of(&self, id: NodeId) -> String {
        let mut out = String::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            match &self.nodes[id].kind {
                Kind::Text(text) => out.push_str(text),
                Kind::Element { .. } if matches!(self.name(id), "script" | "style" | "template") => continue,
                Kind::Element { .. } if matches!(self.name(id), "br" | "p" | "div" | "li" | "td") => out.push(' '),
                _ => {}
            }
            open.extend(self.nodes[id].children.iter().rev());
        }
        out
    }

    /// Whether a table holds data: rows of cells with plain text, and more than one column.
    fn is_data(&self, table: NodeId) -> bool {
        if matches!(self.attribute(table, "role"), Some("presentation" | "none")) {
            return false;
        }
        let mut most_cells = 0;
        for row in self.rows(table) {
            let cells = self.cells(row);
            most_cells = most_cells.max(cells.len());
            for cell in cells {
                let mut paragraphs = 0;
                let mut open = self.nodes[cell].children.clone();
                while let Some(id) = open.pop() {
                    match self.name(id) {
                        "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "dl" => return false,
                        "p" | "div" if !self.text_of(id).trim().is_empty() => paragraphs += 1,
                        _ => {}
                    }
                    if paragraphs > 3 || self.hides[id] != self.hides[table] {
                        return false;
                    }
                    open.extend(&self.nodes[id].children);
                }
            }
        }
        most_cells > 1
    }

    fn rows(&self, table: NodeId) -> Vec<NodeId> {
        let mut rows = Vec::new();
        for child in &self.nodes[table].children {
            match self.name(*child) {
                "tr" => rows.push(*child),
                "thead" | "tbody" | "tfoot" => rows.extend(self.nodes[*child].children.iter().filter(|r| self.name(**r) == "tr")),
                _ => {}
            }
        }
        rows
    }

    fn cells(&self, row: NodeId) -> Vec<NodeId> {
        self.nodes[row].children.iter().copied().filter(|cell| matches!(self.name(*cell), "td" | "th")).collect()
    }

    fn table(&mut self, table: NodeId) -> Result<()> {
        for child in &self.nodes[table].children {
            if self.name(*child) == "caption" {
                let text = fold(&self.text_of(*child)).unwrap_or_default();
                self.pages.block(BlockKind::Caption, &text, &[], None)?;
            }
        }
        self.pages.end_table();
        let in_head: HashSet<NodeId> = (self.nodes[table].children.iter())
            .filter(|child| self.name(**child) == "thead")
            .flat_map(|head| self.nodes[*head].children.iter().copied())
            .collect();
        // For each column, how many more rows a cell from above reaches down.
        let mut taken: Vec<u32> = Vec::new();
        let mut seen_data = false;
        for row in self.rows(table) {
            let cells = self.cells(row);
            let names = !cells.is_empty() && cells.iter().all(|c| self.name(*c) == "th");
            let header = in_head.contains(&row) || names && !seen_data;
            seen_data |= !header;
            let mut texts: Vec<(u32, String)> = Vec::with_capacity(cells.len());
            let mut column = 0u32;
            let mut next: Vec<u32> = taken.iter().map(|rows| rows.saturating_sub(1)).collect();
            for cell in cells {
                while taken.get(column as usize).is_some_and(|rows| *rows > 0) {
                    column += 1;
                }
                let span = |name| {
                    self.attribute(cell, name).and_then(|s| s.trim().parse::<u32>().ok()).unwrap_or(1).clamp(1, MOST_COLUMNS)
                };
                let (columns, rows) = (span("colspan"), span("rowspan"));
                texts.push((column, fold(&self.text_of(cell)).unwrap_or_default()));
                if rows > 1 && column < MOST_COLUMNS * 10 {
                    let end = (column + columns) as usize;
                    next.resize(next.len().max(end), 0);
                    next[column as usize..end].fill(rows - 1);
                }
                column = column.saturating_add(columns);
            }
            taken = next;
            self.saw_hidden |= self.hidden;
            self.pages.row(header, texts.iter().map(|(column, text)| (*column, text.as_str())), None)?;
        }
        self.pages.end_table();
        Ok(())
    }
}

/// Elements that begin and end a block.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "html"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "optgroup"
            | "option"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "select"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "textarea"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "xmp"
    )
}

fn fold(text: &str) -> Option<String> {
    let folded = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (!folded.trim().is_empty()).then_some(folded)
}

/// No blanks at the ends of lines, which `br` leaves.
fn tidy_lines(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    text.split('\n').map(|line| line.trim_matches(' ')).collect::<Vec<_>>().join("\n")
}
