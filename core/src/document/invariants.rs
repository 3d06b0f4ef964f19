//! What every page of every format keeps to. Tests check it on each page that they extract.

use crate::types::{Origin, Page, PageStatus, Span};

/// Checks a page; the error names what does not hold.
///
/// # Errors
/// The first invariant of [`Page`] that is broken.
pub fn check(page: &Page) -> Result<(), String> {
    let text = page.text.as_str();
    let say = |what: &str, span: Span| Err(format!("page {}: {what} {}..{}", page.number, span.start, span.end));
    if page.number == 0 {
        return Err("pages count from 1".to_owned());
    }
    // A scan may carry text that nobody sees.
    let seen = page.blocks.iter().any(|block| page.origin(block.span) != Origin::Hidden);
    if (page.status == PageStatus::Empty && !text.trim().is_empty()) || (page.status == PageStatus::Scanned && seen) {
        return Err(format!("page {}: {:?} with text", page.number, page.status));
    }
    let mut end = 0;
    for block in &page.blocks {
        let Some(between) = text.get(end..block.span.start as usize) else {
            return say("blocks overlap or are cut at", block.span);
        };
        if !between.trim().is_empty() {
            return say("text outside of blocks before", block.span);
        }
        let Some(inner) = block.span.of(text) else { return say("a block cuts a character or lies outside", block.span) };
        if inner.is_empty() {
            return say("a block is empty", block.span);
        }
        end = block.span.end as usize;
        let mut cell_end = block.span.start as usize;
        for cell in &block.cells {
            let Some(between) = text.get(cell_end..cell.span.start as usize) else { return say("cells overlap", cell.span) };
            if !between.trim().is_empty() {
                return say("text outside of cells before", cell.span);
            }
            if !block.span.contains(cell.span) || cell.span.of(text).is_none() {
                return say("a cell lies outside of its row", cell.span);
            }
            cell_end = cell.span.end as usize;
        }
        if !block.cells.is_empty() && !text.get(cell_end..end).is_some_and(|rest| rest.trim().is_empty()) {
            return say("text behind the last cell of", block.span);
        }
    }
    if !text.get(end..).is_some_and(|rest| rest.trim().is_empty()) {
        return Err(format!("page {}: text behind the last block", page.number));
    }
    ordered(text, page.joins.iter().copied()).or_else(|span| say("joins: bad order or cut character at", span))?;
    ordered(text, page.origins.iter().map(|run| run.span)).or_else(|span| say("origins: bad order or cut character at", span))?;
    let Some(layout) = &page.layout else { return Ok(()) };
    if !(layout.width.is_finite() && layout.height.is_finite() && layout.width > 0.0 && layout.height > 0.0) {
        return Err(format!("page {}: a page of {} × {}", page.number, layout.width, layout.height));
    }
    ordered(text, layout.runs.iter().map(|run| run.span)).or_else(|span| say("runs: bad order or cut character at", span))?;
    for run in &layout.runs {
        let chars = run.span.of(text).map(|inner| inner.chars().count());
        if chars != Some(run.along.len()) {
            return say("a run whose boxes are not one a character", run.span);
        }
        if run.across[0] > run.across[1] || run.along.iter().any(|[low, high]| low > high) {
            return say("a run with a box inside out", run.span);
        }
    }
    Ok(())
}

/// Whether spans follow each other without overlap, none empty, none cutting a character.
fn ordered(text: &str, spans: impl Iterator<Item = Span>) -> Result<(), Span> {
    let mut end = 0;
    for span in spans {
        if span.start < end || span.is_empty() || span.of(text).is_none() {
            return Err(span);
        }
        end = span.end;
    }
    Ok(())
}
