use super::body::Reader;
use crate::{
    Result,
    document::ooxml::{Package, Piece, chart, drawing, number::Locale},
    types::{Anchor, BlockKind},
};

/// Reads what the charts and diagrams of the text show, which stands in parts of their own. They come behind the text, in
/// its order; their place in it would have to be looked up while it is streamed.
pub(super) fn read(package: &mut Package, main: &str, reader: &mut Reader<'_>) -> Result<()> {
    let locale = if reader.is_german { Locale::German } else { Locale::English };
    for id in std::mem::take(&mut reader.graphics) {
        let Some(relation) = package.relation(main, &id).filter(|relation| !relation.is_external).cloned() else { continue };
        if !package.has(&relation.target) {
            continue;
        }
        match relation.kind.as_str() {
            "chart" => {
                let chart = chart::read(package, &relation.target, reader.tables, locale)?;
                reader.tables += 1;
                let anchor = || Some(Anchor::Part("chart".to_owned()));
                for title in &chart.titles {
                    reader.writer.block(&Piece::of(title), BlockKind::Caption, anchor())?;
                }
                for row in &chart.rows {
                    reader.writer.row(row, anchor())?;
                }
            }
            "diagramData" => {
                for text in drawing::diagram(package, &relation.target)? {
                    reader.writer.block(&text.piece, BlockKind::Paragraph, Some(Anchor::Part("diagram".to_owned())))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
