//! Data that nests (JSON, XML) as text that reads well and can be quoted.
//!
//! A group of values becomes lines `name: value`, one paragraph a group; a group inside a group gets a heading of its
//! name; several groups of one name with plain values alone become a table. Each block is anchored at its place in the
//! data: a JSON pointer or an XML path.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::builder::Pages;
use crate::{
    Result,
    types::{Anchor, BlockKind},
};

/// A group with more values than this is no row.
const MOST_COLUMNS: usize = 64;

/// One value of the data.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its name among its neighbours; empty for members of a list.
    pub(super) name: String,
    /// Where the data has it.
    pub(super) path: String,
    /// Its own text. A node has a value or children, or neither.
    pub(super) value: Option<String>,
    /// What belongs to it without being a value of its own: the attributes of an XML element.
    pub(super) attributes: Vec<(String, String)>,
    /// What it consists of.
    pub(super) children: Vec<Node>,
}

impl Node {
    fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// Whether it is a row: attributes, and children that are plain values, each name once.
    fn is_flat(&self) -> bool {
        let names = || self.attributes.iter().map(|(name, _)| name.as_str()).chain(self.children.iter().map(|c| c.name.as_str()));
        let fields = names().count();
        (1..=MOST_COLUMNS).contains(&fields)
            && self.children.iter().all(|child| child.is_leaf() && !child.name.is_empty())
            && names().enumerate().all(|(i, name)| names().take(i).all(|before| before != name))
            && !(self.value.is_some() && names().any(|name| name == self.name))
    }

    /// The cells of a row by the names of their columns. Its own text goes by its own name.
    fn fields(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let attributes = self.attributes.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())));
        let own = self.value.as_deref().filter(|v| !v.trim().is_empty()).map(|v| (self.name.as_str(), Cow::Borrowed(v)));
        attributes.chain(own).chain(self.children.iter().map(|child| (child.name.as_str(), child.cell())))
    }

    /// `119.00 (currencyID: EUR)`
    fn cell(&self) -> Cow<'_, str> {
        let value = self.value.as_deref().map(str::trim).unwrap_or_default();
        if self.attributes.is_empty() { value.into() } else { format!("{value} {}", self.bracket()).into() }
    }

    /// `(currencyID: EUR)`
    fn bracket(&self) -> String {
        let attributes: Vec<String> = self.attributes.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("({})", attributes.join(", "))
    }
}

/// Writes `root` and all below it. Its depth is that of the data, which the reader has bounded.
pub(super) fn write(root: &Node, pages: &mut Pages) -> Result<()> {
    if root.is_leaf() {
        let line = line(root);
        return pages.block(BlockKind::Paragraph, &line, &[], Some(Anchor::Part(root.path.clone())));
    }
    group(root, 1, pages)
}

fn group(node: &Node, level: u8, pages: &mut Pages) -> Result<()> {
    let mut lines = String::new();
    for (name, value) in &node.attributes {
        push_line(&mut lines, &format!("{name}: {value}"));
    }
    let flush = |lines: &mut String, pages: &mut Pages| {
        let text = std::mem::take(lines);
        pages.block(BlockKind::Paragraph, &text, &[], Some(Anchor::Part(node.path.clone())))
    };
    let mut at = 0;
    while let Some(child) = node.children.get(at) {
        let alike = node.children[at..].iter().take_while(|other| other.name == child.name).count();
        let rows = &node.children[at..at + alike];
        let is_table = alike > 1 && rows.iter().all(Node::is_flat);
        if child.is_leaf() && child.name.is_empty() {
            flush(&mut lines, pages)?;
            // Text between elements is of the element itself; a member of a list has a place of its own.
            let kind = if child.path == node.path { BlockKind::Paragraph } else { BlockKind::ListItem };
            pages.block(kind, &line(child), &[], Some(Anchor::Part(child.path.clone())))?;
            at += 1;
        } else if child.is_leaf() && !is_table {
            push_line(&mut lines, &line(child));
            at += 1;
        } else {
            flush(&mut lines, pages)?;
            if !child.name.is_empty() {
                let name = Anchor::Part(child.path.clone());
                pages.block(BlockKind::Heading { level: level.min(9) }, &child.name, &[], Some(name))?;
            }
            if is_table {
                table(rows, pages)?;
                at += alike;
            } else {
                group(child, level.saturating_add(u8::from(!child.name.is_empty())), pages)?;
                at += 1;
            }
        }
    }
    flush(&mut lines, pages)
}

/// Rows whose columns are all the names that occur, in the order of their first occurrence.
fn table(rows: &[Node], pages: &mut Pages) -> Result<()> {
    pages.end_table();
    let mut columns: FxHashMap<&str, u32> = FxHashMap::default();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(Node::fields) {
        columns.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() as u32 - 1
        });
    }
    let anchor = |node: &Node| Some(Anchor::Part(node.path.clone()));
    pages.row(true, (0..).zip(names.iter().copied()), anchor(&rows[0]))?;
    for row in rows {
        let mut cells: Vec<Cow<'_, str>> = vec![Cow::Borrowed(""); names.len()];
        for (name, value) in row.fields() {
            if let Some(column) = columns.get(name) {
                cells[*column as usize] = value;
            }
        }
        pages.row(false, (0..).zip(cells.iter().map(AsRef::as_ref)), anchor(row))?;
    }
    pages.end_table();
    Ok(())
}

fn push_line(lines: &mut String, line: &str) {
    if !line.is_empty() {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(line);
    }
}

/// `name (attribute: value): text`, and nothing for a node without any text.
fn line(node: &Node) -> String {
    let value = node.value.as_deref().map(str::trim).unwrap_or_default();
    if value.is_empty() && node.attributes.is_empty() {
        return String::new();
    }
    let mut line = node.name.clone();
    if !node.attributes.is_empty() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&node.bracket());
    }
    if !value.is_empty() {
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(value);
    }
    line
}
