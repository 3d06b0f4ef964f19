//! Questions over all rows of a table: a few of them are no answer.

use super::super::{
    Corpus,
    search::{PageCache, Retrieved},
};
use crate::{
    Result,
    answer::aggregation::needs_aggregation,
    types::{BlockKind, Language, Page, Segment},
};

/// The best passages that say where an answer would come from.
const LOOKED_AT: usize = 3;

impl Corpus {
    /// Why a question is not answered, with the table named: it asks for something of all rows of the table that its best passages are
    /// rows of.
    pub(super) async fn aggregation(&self, retrieved: &Retrieved) -> Result<Option<String>> {
        let mut pages = PageCache::new(self);
        let mut tables: Vec<(String, u32, Option<String>, u32, u32)> = Vec::new();
        let looked_at = retrieved.ranked.iter().take(LOOKED_AT);
        let needed = looked_at.len() / 2 + 1;
        for ranked in looked_at {
            let record = retrieved.catalog.by_key(&ranked.candidate.document);
            let (Some(record), Some(first)) = (record, ranked.candidate.core.first()) else { continue };
            let page = pages.page(record, first.page).await?;
            if let Some((table, rows)) = table_of(page, first) {
                tables.push((record.document.name.clone(), first.page, page.name.clone(), table, rows));
            }
        }
        let is_most =
            |table: &&(String, u32, Option<String>, u32, u32)| tables.iter().filter(|other| other == table).count() >= needed;
        let Some((name, page, sheet, _, rows)) = tables.iter().find(is_most) else { return Ok(None) };
        if needs_aggregation(&retrieved.question.text, Some(*rows)).is_none() {
            return Ok(None);
        }
        let is_english = retrieved.question.language == Language::En;
        let place = sheet.clone().unwrap_or_else(|| if is_english { format!("p. {page}") } else { format!("S. {page}") });
        Ok(Some(if is_english {
            format!(
                "The question is about all rows of a table ({name}, {place}, {rows} rows). Single passages do not answer it: evaluate the table itself."
            )
        } else {
            format!(
                "Die Frage betrifft alle Zeilen einer Tabelle ({name}, {place}, {rows} Zeilen). Einzelne Textstellen beantworten sie nicht: werten Sie die Tabelle selbst aus."
            )
        }))
    }
}

/// The table that a segment begins in, by its number on the page, and how many rows of it do not name columns.
fn table_of(page: &Page, segment: &Segment) -> Option<(u32, u32)> {
    let begins = page.blocks.iter().find(|block| block.span.end > segment.span.start)?;
    let BlockKind::TableRow { table, .. } = begins.kind else { return None };
    let is_row = |kind| matches!(kind, BlockKind::TableRow { table: its, header: false } if its == table);
    Some((table, page.blocks.iter().filter(|block| is_row(block.kind)).count() as u32))
}
