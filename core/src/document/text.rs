//! Plain text: paragraphs, headings, lists and tables by the way their lines stand.

use super::{Format, Input, Limits, Sink, Summary, builder::Pages, charset};
use crate::{
    Result,
    types::{BlockKind, Span},
};

mod columns;

/// A line that may be a heading has at most this many characters.
const HEADING_CHARS: usize = 90;

/// Reads a text file. A form feed begins a page.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let text = charset::decode(&input.bytes);
    let mut pages = Pages::new(limits, sink);
    let mut title = None;
    let mut sheets = text.split('\u{c}').peekable();
    while let Some(sheet) = sheets.next() {
        // A form feed at the end closes the last page, it does not open one.
        if sheets.peek().is_none() && sheet.trim().is_empty() {
            break;
        }
        write(sheet, &mut pages, &mut title)?;
        if sheets.peek().is_some() {
            pages.end_page()?;
        }
    }
    pages.finish()?;
    Ok(Summary { format: Format::Text, title, date: None, notices: Vec::new() })
}

/// Writes the blocks of `text`; `title` becomes the first heading when there is none yet.
pub(super) fn write(text: &str, pages: &mut Pages, title: &mut Option<String>) -> Result<()> {
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].is_empty() {
            at += 1;
            continue;
        }
        let end = lines[at..].iter().position(|line| line.is_empty()).map_or(lines.len(), |n| at + n);
        group(&lines[at..end], pages, title)?;
        at = end;
    }
    Ok(())
}

/// Writes lines without a blank one between them.
fn group(lines: &[&str], pages: &mut Pages, title: &mut Option<String>) -> Result<()> {
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        if let Some(level) = underlined(rest) {
            set_title(title, rest[0]);
            // The underline belongs to the heading's block and not to its words.
            let text = format!("{}\n{}", rest[0].trim_start(), rest[1].trim());
            let words = rest[0].trim_start().len();
            pages.block(BlockKind::Heading { level }, &text, &[Span::new(words, text.len())], None)?;
            at += 2;
        } else if rest.len() == 1
            && at == 0
            && let Some(level) = heading_level(rest[0])
        {
            set_title(title, rest[0]);
            pages.block(BlockKind::Heading { level }, rest[0], &[], None)?;
            at += 1;
        } else if let Some(table) = columns::table(rest) {
            pages.end_table();
            for (i, line) in rest[..table.lines].iter().enumerate() {
                let cells: Vec<(u32, &str)> = table.cells(line).collect();
                pages.row(i == 0 && table.header, cells.iter().copied(), None)?;
            }
            pages.end_table();
            at += table.lines;
        } else if is_item(rest[0]) {
            let indent = indent(rest[0]);
            let more = rest[1..].iter().take_while(|line| !is_item(line) && self::indent(line) > indent).count();
            paragraph(BlockKind::ListItem, &rest[..1 + more], pages)?;
            at += 1 + more;
        } else {
            let end = 1 + (1..rest.len()).take_while(|i| !is_item(rest[*i]) && underlined(&rest[*i..]).is_none()).count();
            let run = &rest[..end];
            if is_preformatted(run) {
                pages.block(BlockKind::Preformatted, &run.join("\n"), &[], None)?;
            } else {
                paragraph(BlockKind::Paragraph, run, pages)?;
            }
            at += end;
        }
    }
    Ok(())
}

fn set_title(title: &mut Option<String>, line: &str) {
    if title.is_none() {
        *title = Some(line.trim().to_owned());
    }
}

/// A block of lines that were wrapped: words that a line's end cut are joined.
fn paragraph(kind: BlockKind, lines: &[&str], pages: &mut Pages) -> Result<()> {
    let text = lines.join("\n");
    pages.block(kind, &text, &joins(&text), None)
}

/// Where words of `text` are cut by a line's end or by soft hyphens.
///
/// A hyphen before a small letter goes with the line break; before a capital or a digit it is the word's own and the
/// break alone goes: `EU-` / `Richtlinie`. `Soll-` / `und Habenseite` stays as it is.
pub(super) fn joins(text: &str) -> Vec<Span> {
    let mut joins: Vec<Span> = Vec::new();
    let mut before = [' ', ' '];
    for (at, c) in text.char_indices() {
        let behind = &text[at + c.len_utf8()..];
        if c == '\u{ad}' {
            let gap = if behind.starts_with('\n') { behind.len() - behind.trim_start().len() } else { 0 };
            joins.push(Span::new(at, at + c.len_utf8() + gap));
        } else if matches!(c, '-' | '\u{2010}') && before[1].is_alphabetic() && behind.starts_with('\n') {
            let next = behind.trim_start();
            let gap = behind.len() - next.len();
            let word: String = next.chars().take_while(|c| c.is_alphabetic()).collect();
            let first = word.chars().next().unwrap_or(' ');
            if matches!(word.as_str(), "und" | "oder" | "bzw" | "sowie" | "bis" | "and" | "or") {
            } else if first.is_lowercase() {
                joins.push(Span::new(at, at + c.len_utf8() + gap));
            } else if first.is_uppercase() {
                joins.push(Span::new(at + c.len_utf8(), at + c.len_utf8() + gap));
            }
        }
        before = [before[1], c];
    }
    joins
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 8 } else { 1 }).sum()
}

/// A heading with a line of `=` (level 1) or `-` (level 2) of about its length below it.
fn underlined(lines: &[&str]) -> Option<u8> {
    let [title, rule, ..] = lines else { return None };
    let (title, rule) = (title.trim(), rule.trim());
    let mark = rule.chars().next()?;
    let length = rule.chars().count();
    let titled = title.chars().count();
    (matches!(mark, '=' | '-' | '~' | '*')
        && rule.chars().all(|c| c == mark)
        && length >= 3
        && titled <= HEADING_CHARS
        && length * 2 >= titled
        && length <= titled + 60
        && title.chars().any(char::is_alphabetic)
        && !title.contains("  "))
    .then_some(if mark == '=' || mark == '*' { 1 } else { 2 })
}

/// The level of a line that stands alone, if it is a heading: numbered (`3.2 Titel`, `§ 5 Kündigung`), or in capitals.
fn heading_level(line: &str) -> Option<u8> {
    let line = line.trim();
    if line.chars().count() > HEADING_CHARS || line.ends_with(['.', ';', ',', ':', '?', '!']) {
        return None;
    }
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let (first, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim_start();
    let titled = rest.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric()) && rest.chars().any(char::is_alphabetic);
    if titled && matches!(first, "§" | "Artikel" | "Article" | "Abschnitt" | "Section" | "Kapitel" | "Chapter" | "Teil" | "Part")
    {
        let number = rest.split([' ', '\t']).next().unwrap_or_default();
        let numbered =
            number.chars().next().is_some_and(char::is_numeric) || number.chars().all(|c| matches!(c, 'I' | 'V' | 'X'));
        return numbered.then_some(2);
    }
    let number = first.strip_suffix('.').unwrap_or(first);
    let parts: Vec<&str> = number.split('.').collect();
    let numbers = parts.iter().all(|p| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit()));
    // `31. Dezember 2025` is a day.
    if numbers && titled && !is_month(rest) && (parts.len() > 1 || first.ends_with('.') || number.len() <= 2 && letters >= 4) {
        return Some(parts.len().min(9) as u8);
    }
    let capitals = letters >= 4 && line.chars().all(|c| !c.is_lowercase() || c == 'ß');
    (capitals && line.chars().filter(|c| c.is_ascii_digit()).count() * 3 <= letters).then_some(1)
}

fn is_month(text: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
    MONTHS.iter().any(|month| text.starts_with(month))
}

/// Whether the line begins with a bullet, or with a number or letter as lists have them.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let (mark, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    if rest.trim().is_empty() {
        return false;
    }
    if matches!(mark, "-" | "*" | "+" | "•" | "–" | "—" | "·" | "◦" | "▪" | "■" | "o" | "\u{f0b7}") {
        return true;
    }
    let core = mark.strip_prefix('(').unwrap_or(mark);
    let Some(core) = core.strip_suffix([')', '.']) else { return false };
    let closed = mark.ends_with(')');
    let digits = !core.is_empty() && core.len() <= 3 && core.bytes().all(|b| b.is_ascii_digit());
    let letter = closed && core.len() <= 2 && !core.is_empty() && core.bytes().all(|b| b.is_ascii_lowercase());
    let roman =
        closed && core.len() <= 4 && !core.is_empty() && core.chars().all(|c| matches!(c, 'i' | 'v' | 'x' | 'I' | 'V' | 'X'));
    digits && !is_month(rest.trim_start()) || letter || roman
}

/// Whether the white space in the lines is meant: most are indented or have gaps.
fn is_preformatted(lines: &[&str]) -> bool {
    let meant =
        lines.iter().filter(|l| indent(l) >= 4 || l.trim_start().contains("   ") || l.trim_start().contains('\t')).count();
    let drawn = lines.iter().filter(|l| l.trim_start().starts_with(['|', '+', '│', '┌', '├', '└', '╔', '║', '╚'])).count();
    meant * 3 > lines.len() * 2 && (lines.len() > 1 || indent(lines[0]) >= 4) || drawn * 2 > lines.len()
}

#[cfg(test)]
mod tests;
