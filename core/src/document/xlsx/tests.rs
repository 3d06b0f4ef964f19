use proptest::prelude::*;

use super::*;
use crate::{
    document::ooxml::testing::{Builder, extracted},
    types::{Anchor, BlockKind, Origin, Page},
};

const MAIN: &str = "xl/workbook.xml";

/// A workbook of these sheets (`<sheetData>` and its neighbours), with the given attributes of `<sheet>`.
fn workbook(sheets: &[(&str, &str, &str)], rest: &str) -> Builder {
    let list: String = (1..)
        .zip(sheets)
        .map(|(n, (name, attributes, _)): (u32, _)| format!("<sheet name='{name}' sheetId='{n}' {attributes} r:id='rId{n}'/>"))
        .collect();
    let mut builder = Builder::new(MAIN).part(MAIN, format!("<workbook xmlns:r='r'>{rest}<sheets>{list}</sheets></workbook>"));
    for (n, (_, _, content)) in (1..).zip(sheets) {
        let n: u32 = n;
        builder = builder
            .relation(MAIN, &format!("rId{n}"), "worksheet", &format!("worksheets/sheet{n}.xml"))
            .part(&format!("xl/worksheets/sheet{n}.xml"), format!("<worksheet>{content}</worksheet>"));
    }
    builder
}

fn with_styles(builder: Builder, normal: &str) -> Builder {
    builder.relation(MAIN, "rIdS", "styles", "styles.xml").part(
        "xl/styles.xml",
        format!(
            "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='#,##0.00\\ [$EUR]'/></numFmts>
             <fonts><font/><font><b/></font></fonts>
             <cellStyleXfs><xf numFmtId='0'/></cellStyleXfs>
             <cellXfs><xf numFmtId='0' fontId='0'/><xf numFmtId='4' fontId='0'/><xf numFmtId='14' fontId='0'/><xf numFmtId='164'/>
             <xf numFmtId='0' fontId='1'/><xf numFmtId='9'/></cellXfs>
             <cellStyles><cellStyle name='{normal}' xfId='0' builtinId='0'/></cellStyles></styleSheet>"
        ),
    )
}

fn read(builder: Builder) -> (Summary, Vec<Page>) {
    extracted(extract, builder.build()).unwrap()
}

fn sheet(data: &str) -> Page {
    read(workbook(&[("S", "", data)], "")).1.remove(0)
}

/// Cells in inline strings and numbers, from column A on.
fn row(number: u32, cells: &[&str]) -> String {
    let cells: String = cells
        .iter()
        .enumerate()
        .map(|(column, value)| {
            let at = format!("{}{number}", char::from(b'A' + column as u8));
            match value.parse::<f64>() {
                Ok(_) => format!("<c r='{at}'><v>{value}</v></c>"),
                Err(_) => format!("<c r='{at}' t='inlineStr'><is><t>{value}</t></is></c>"),
            }
        })
        .collect();
    format!("<row r='{number}'>{cells}</row>")
}

fn codes(summary: &Summary) -> Vec<&str> {
    summary.notices.iter().map(|notice| notice.code.as_str()).collect()
}

#[test]
fn sheets_are_pages_in_the_order_of_their_tabs_and_hidden_ones_are_said() {
    let (summary, pages) = read(workbook(
        &[("Bilanz", "", &row(1, &["a"])), ("Notizen", "state='veryHidden'", &row(1, &["b"])), ("Leer", "", "<sheetData/>")],
        "",
    ));
    let names: Vec<_> = pages.iter().map(|page| (page.number, page.name.as_deref().unwrap(), page.text.as_str())).collect();
    assert_eq!(names, [(1, "Bilanz", "a"), (2, "Notizen", "b"), (3, "Leer", "")]);
    assert_eq!(codes(&summary), ["xlsx.hidden_sheets"]);
    assert!(summary.notices[0].message.ends_with("pages 2"));
}

#[test]
fn values_are_what_the_cells_show() {
    let data =
        "<sheetData><row r='3'><c r='B3' t='s'><v>1</v></c><c r='C3' s='1'><v>1234.5</v></c><c r='D3' s='2'><v>46022</v></c>
        <c r='E3' t='b'><v>1</v></c><c r='F3' t='e'><v>#DIV/0!</v></c><c r='G3' t='str'><f>A1</f><v>Ergebnis</v></c>
        <c r='H3' s='3'><v>-0.5</v></c><c r='I3' s='5'><v>0.19</v></c></row></sheetData>";
    let strings = "<sst><si><t>null</t></si><si><r><t>Um</t></r><r><rPr><b/></rPr><t>satz</t></r><rPh><t>x</t></rPh></si></sst>";
    let with = |normal| {
        let builder = with_styles(workbook(&[("S", "", data)], ""), normal);
        read(builder.relation(MAIN, "rIdT", "sharedStrings", "sharedStrings.xml").part("xl/sharedStrings.xml", strings))
    };
    let (summary, pages) = with("Standard");
    assert_eq!(pages[0].text, "Umsatz\t1.234,50\t31.12.2025\tWAHR\t#DIV/0!\tErgebnis\t-0,50 EUR\t19%");
    assert_eq!(codes(&summary), ["xlsx.errors"]);
    assert_eq!(with("Normal").1[0].text, "Umsatz\t1,234.50\t2025-12-31\tTRUE\t#DIV/0!\tErgebnis\t-0.50 EUR\t19%");
    let row = &pages[0].blocks[0];
    assert_eq!(row.anchor, Some(Anchor::Row(3)));
    assert_eq!(row.cells[1].column, 2);
    assert_eq!(row.cells[1].span.of(&pages[0].text), Some("1.234,50"));
}

#[test]
fn a_formula_without_a_saved_result_is_said() {
    let (summary, pages) = read(workbook(&[("S", "", "<sheetData><row><c><f>1+1</f></c><c><v>2</v></c></row></sheetData>")], ""));
    assert_eq!(pages[0].text, "2");
    assert_eq!(pages[0].blocks[0].cells[0].column, 1);
    assert_eq!(codes(&summary), ["xlsx.formula_without_value"]);
}

#[test]
fn a_line_break_in_a_cell_does_not_break_its_row() {
    let page = sheet(
        "<sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>a&#10;b_x000D_c</t></is></c><c r='B1' t='inlineStr'><is><t>d</t></is></c></row></sheetData>",
    );
    assert_eq!(page.text, "a b c\td");
}

#[test]
fn tables_have_headers_and_are_parted_by_empty_rows() {
    let data = format!(
        "<sheetData>{}{}{}{}{}</sheetData>",
        row(1, &["Summen- und Saldenliste"]),
        row(2, &["Konto", "Saldo"]),
        row(3, &["8400", "5.5"]),
        row(6, &["Name", "Wert"]),
        row(7, &["x", "1"]),
    );
    let page = sheet(&data);
    let kinds: Vec<_> = page.blocks.iter().map(|block| block.kind).collect();
    let row = |table, header| BlockKind::TableRow { table, header };
    assert_eq!(kinds, [row(0, false), row(0, true), row(0, false), row(1, true), row(1, false)]);
    let anchors: Vec<_> = page.blocks.iter().map(|block| block.anchor.clone().unwrap()).collect();
    assert_eq!(anchors, [1, 2, 3, 6, 7].map(Anchor::Row));
}

#[test]
fn a_table_a_filter_and_print_titles_name_the_header() {
    let texts = format!("<sheetData>{}{}{}</sheetData>", row(4, &["a", "b"]), row(5, &["c", "d"]), row(6, &["e", "f"]));
    let header = |page: &Page| page.blocks.iter().position(|b| matches!(b.kind, BlockKind::TableRow { header: true, .. }));
    let table = workbook(&[("S", "", &texts)], "")
        .relation("xl/worksheets/sheet1.xml", "rId1", "table", "../tables/table1.xml")
        .part("xl/tables/table1.xml", "<table ref='A5:B6'/>");
    assert_eq!(header(&read(table).1[0]), Some(1));
    let names =
        "<definedNames><definedName name='_xlnm.Print_Titles' localSheetId='0'>S!$A:$A,S!$1:$4</definedName></definedNames>";
    assert_eq!(header(&read(workbook(&[("S", "", &texts)], names)).1[0]), Some(0));
    let names = "<definedNames><definedName name='_xlnm._FilterDatabase' localSheetId='0' hidden='1'>S!$A$5:$B$6</definedName></definedNames>";
    assert_eq!(header(&read(workbook(&[("S", "", &texts)], names)).1[0]), Some(1));
    let frozen = format!("<sheetViews><sheetView><pane ySplit='4' state='frozen'/></sheetView></sheetViews>{texts}");
    assert_eq!(header(&sheet(&frozen)), Some(0));
}

#[test]
fn cells_of_hidden_rows_and_columns_are_hidden_text() {
    let data =
        "<cols><col min='2' max='3' hidden='1'/></cols><sheetData><row r='1'><c r='A1'><v>1</v></c><c r='C1'><v>2</v></c></row>
        <row r='2' hidden='1'><c r='A2'><v>3</v></c></row></sheetData>";
    let (summary, pages) = read(workbook(&[("S", "", data)], ""));
    assert_eq!(pages[0].text, "1\t2\n3");
    let hidden: Vec<_> = pages[0].origins.iter().map(|run| (run.span.of(&pages[0].text).unwrap(), run.origin)).collect();
    assert_eq!(hidden, [("2", Origin::Hidden), ("3", Origin::Hidden)]);
    assert_eq!(codes(&summary), ["xlsx.hidden_cells"]);
}

#[test]
fn comments_stand_by_row_and_name_their_cell_and_a_conversation_is_read_once() {
    let sheet_part = "xl/worksheets/sheet1.xml";
    let (summary, pages) = read(
        workbook(&[("S", "", &row(1, &["a"]))], "")
            .relation(sheet_part, "rId1", "comments", "../comments1.xml")
            .relation(sheet_part, "rId2", "threadedComment", "../threadedComments/threadedComment1.xml")
            .part(
                "xl/comments1.xml",
                "<comments><commentList><comment ref='B7'><text><r><t>Beleg </t></r><r><t>fehlt</t></r></text></comment>
                 <comment ref='C1'><text><t>[Threaded comment] Kopie</t></text></comment></commentList></comments>",
            )
            .part(
                "xl/threadedComments/threadedComment1.xml",
                "<ThreadedComments><threadedComment ref='C1'><text>Warum?</text></threadedComment>
                 <threadedComment ref='C1'><text>Darum.</text></threadedComment></ThreadedComments>",
            ),
    );
    assert_eq!(pages[0].text, "a\nWarum?\nDarum.\nBeleg fehlt");
    assert_eq!(pages[0].blocks[3].anchor, Some(Anchor::Part("comment B7".to_owned())));
    assert_eq!(codes(&summary), ["xlsx.comments"]);
}

#[test]
fn the_calendar_of_1904_is_the_workbooks() {
    let builder = with_styles(
        workbook(&[("S", "", "<sheetData><row><c s='2'><v>44560</v></c></row></sheetData>")], "<workbookPr date1904='1'/>"),
        "Standard",
    );
    assert_eq!(read(builder).1[0].text, "31.12.2025");
}

#[test]
fn german_text_is_enough_for_german_numbers() {
    let builder = workbook(&[("Saldenliste", "", "<sheetData><row><c s='1'><v>1234.5</v></c></row></sheetData>")], "");
    let builder = builder.relation(MAIN, "rIdT", "sharedStrings", "sharedStrings.xml").part(
        "xl/sharedStrings.xml",
        "<sst><si><t>Forderungen aus Lieferungen und Leistungen gegen verbundene Unternehmen</t></si><si><t>Rückstellungen für Pensionen und ähnliche Verpflichtungen</t></si></sst>",
    );
    let builder = builder
        .relation(MAIN, "rIdS", "styles", "styles.xml")
        .part("xl/styles.xml", "<styleSheet><cellXfs><xf/><xf numFmtId='4'/></cellXfs></styleSheet>");
    assert_eq!(read(builder).1[0].text, "1.234,50");
}

#[test]
fn a_sheet_as_wide_and_as_long_as_excel_goes_costs_what_its_cells_cost() {
    let rows: String = (0..2000).map(|n| format!("<row r='{0}'><c r='XFD{0}'><v>{0}</v></c></row>", 1 + n * 524)).collect();
    let page = sheet(&format!("<dimension ref='A1:XFD1048576'/><sheetData>{rows}</sheetData>"));
    assert_eq!(page.blocks.len(), 2000);
    assert_eq!(page.text.lines().nth(1), Some("525"));
    assert_eq!(page.blocks[1].cells[0].column, 16_383);
}

#[test]
fn rows_and_cells_out_of_order_keep_the_rules_of_a_page() {
    let page = sheet(
        "<sheetData><row r='5'><c r='C5'><v>3</v></c><c r='A5'><v>1</v></c><c r='A5'><v>2</v></c></row><row r='2'><c r='ZZZZ9'><v>4</v></c></row></sheetData>",
    );
    assert_eq!(page.text, "1\t2\t3\n4");
}

#[test]
fn a_sheet_that_is_missing_is_said() {
    let builder =
        Builder::new(MAIN).part(MAIN, "<workbook xmlns:r='r'><sheets><sheet name='S' r:id='rId9'/></sheets></workbook>");
    let (summary, pages) = read(builder);
    assert_eq!(pages.len(), 1);
    assert_eq!(codes(&summary), ["xlsx.missing_sheets"]);
}

#[test]
fn diagrams_and_the_titles_of_charts_stand_below_the_cells() {
    let text = |text: &str| format!("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>");
    let drawing = "xl/drawings/drawing1.xml";
    let builder = workbook(&[("S", "", &format!("<sheetData>{}</sheetData><drawing r:id='d'/>", row(1, &["Umsatz", "17"])))], "")
        .relation("xl/worksheets/sheet1.xml", "d", "drawing", "../drawings/drawing1.xml")
        .part(drawing, "<xdr:wsDr/>")
        .relation(drawing, "c", "chart", "../charts/chart1.xml")
        .relation(drawing, "g", "diagramData", "../diagrams/data1.xml")
        .part("xl/diagrams/data1.xml", format!("<dgm:dataModel><dgm:pt><dgm:t>{}</dgm:t></dgm:pt></dgm:dataModel>", text("Vorstand")))
        .part(
            "xl/charts/chart1.xml",
            format!(
                "<c:chartSpace><c:title><c:tx><c:rich>{}</c:rich></c:tx></c:title><c:ser><c:val><c:pt idx='0'><c:v>17</c:v></c:pt></c:val></c:ser></c:chartSpace>",
                text("Umsatz je Sparte")
            ),
        );
    let page = read(builder).1.remove(0);
    assert_eq!(page.text, "Umsatz\t17\nVorstand\nUmsatz je Sparte");
    assert_eq!(page.blocks[2].kind, BlockKind::Caption);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_values_keep_the_rules_of_a_page(cells in proptest::collection::vec((0u32..30, 0u32..30, "[ -~äß\\n\\t]{0,12}", 0usize..8, 0usize..8), 0..40)) {
        const KINDS: [&str; 8] = ["", "s", "str", "inlineStr", "b", "e", "d", "n"];
        let mut data = String::new();
        for (row, column, value, kind, style) in cells {
            let value = value.replace('&', "&amp;").replace('<', "&lt;");
            let at = format!("{}{row}", char::from(b'A' + (column % 26) as u8));
            data.push_str(&format!("<row r='{row}'><c r='{at}' t='{}' s='{style}'><v>{value}</v></c></row>", KINDS[kind]));
        }
        read(with_styles(workbook(&[("S", "", &format!("<sheetData>{data}</sheetData>"))], ""), "Standard"));
    }

    #[test]
    fn what_is_cut_off_or_changed_never_panics(cut in 0usize..900, at in 0usize..1500, byte in any::<u8>()) {
        let mut bytes = with_styles(workbook(&[("S", "", &row(1, &["a", "1.5"]))], ""), "Normal").build();
        bytes.truncate(bytes.len().saturating_sub(cut / 3));
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        let _ = extracted(extract, bytes);
    }
}
