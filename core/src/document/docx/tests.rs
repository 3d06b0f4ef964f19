use super::*;
use crate::{
    document::ooxml::testing::{Builder, extracted},
    types::{Anchor, BlockKind, Origin, Page},
};

/// A document of this body, with styles, lists, notes and comments to refer to.
fn package(body: &str) -> Builder {
    Builder::new("word/document.xml")
        .relation("word/document.xml", "rId1", "styles", "styles.xml")
        .relation("word/document.xml", "rId2", "numbering", "numbering.xml")
        .part("word/document.xml", format!("<w:document xmlns:w='w' xmlns:r='r'><w:body>{body}</w:body></w:document>"))
        .part(
            "word/styles.xml",
            "<w:styles>
            <w:style w:type='paragraph' w:default='1' w:styleId='Standard'><w:name w:val='Normal'/></w:style>
            <w:style w:type='paragraph' w:styleId='berschrift1'><w:name w:val='heading 1'/><w:basedOn w:val='Standard'/></w:style>
            <w:style w:type='paragraph' w:styleId='Kapitel'><w:name w:val='Kapitel'/><w:basedOn w:val='berschrift1'/>
              <w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:style>
            <w:style w:type='paragraph' w:styleId='Unterkapitel'><w:name w:val='Unterkapitel'/><w:basedOn w:val='Kapitel'/></w:style>
            <w:style w:type='paragraph' w:styleId='Beschriftung'><w:name w:val='caption'/></w:style>
            <w:style w:type='character' w:styleId='Geheim'><w:name w:val='Geheim'/><w:rPr><w:vanish/></w:rPr></w:style>
            </w:styles>",
        )
        .part(
            "word/numbering.xml",
            "<w:numbering><w:abstractNum w:abstractNumId='0'>
            <w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl>
            <w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%2)'/></w:lvl>
            <w:lvl w:ilvl='2'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.%2.%3'/></w:lvl></w:abstractNum>
            <w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/><w:lvlText w:val='&#xF0B7;'/>
            <w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr></w:lvl></w:abstractNum>
            <w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>
            <w:num w:numId='2'><w:abstractNumId w:val='1'/></w:num>
            <w:num w:numId='3'><w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride></w:num>
            </w:numbering>",
        )
}

fn read(package: Builder) -> (Summary, Page) {
    let (summary, mut pages) = extracted(extract, package.build()).unwrap();
    assert_eq!(pages.len(), 1);
    (summary, pages.remove(0))
}

fn page(body: &str) -> Page {
    read(package(body)).1
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")
}

fn styled(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn item(list: u8, level: u8, text: &str) -> String {
    format!(
        "<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{list}'/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
    )
}

fn kinds(page: &Page) -> Vec<(BlockKind, &str)> {
    page.blocks.iter().map(|block| (block.kind, block.span.of(&page.text).unwrap())).collect()
}

fn codes(summary: &Summary) -> Vec<&str> {
    summary.notices.iter().map(|notice| notice.code.as_str()).collect()
}

fn cells(page: &Page, block: usize) -> Vec<(u32, &str)> {
    page.blocks[block].cells.iter().map(|cell| (cell.column, cell.span.of(&page.text).unwrap())).collect()
}

#[test]
fn headings_are_known_by_style_name_outline_and_what_they_are_based_on() {
    use BlockKind::{Caption, Heading, Paragraph};
    let page = page(
        &[
            styled("berschrift1", "Bericht"),
            styled("Kapitel", "Anlagen"),
            styled("Unterkapitel", "Sachanlagen"),
            styled("Beschriftung", "Abbildung 1"),
            p("Text"),
            "<w:p><w:pPr><w:outlineLvl w:val='3'/></w:pPr><w:r><w:t>Direkt</w:t></w:r></w:p>".to_owned(),
        ]
        .concat(),
    );
    assert_eq!(
        kinds(&page),
        [
            (Heading { level: 1 }, "Bericht"),
            (Heading { level: 2 }, "Anlagen"),
            (Heading { level: 2 }, "Sachanlagen"),
            (Caption, "Abbildung 1"),
            (Paragraph, "Text"),
            (Heading { level: 4 }, "Direkt"),
        ]
    );
    assert_eq!(page.blocks[4].anchor, Some(Anchor::Paragraph(5)));
}

#[test]
fn lists_are_numbered_as_word_shows_them() {
    let page = page(
        &[
            item(1, 0, "eins"),
            item(1, 1, "eins a"),
            item(1, 1, "eins b"),
            item(1, 2, "tief"),
            item(2, 0, "Punkt"),
            p("dazwischen"),
            item(1, 0, "zwei"),
            item(1, 1, "zwei a"),
            item(3, 0, "von vorn"),
        ]
        .concat(),
    );
    let lines: Vec<&str> = page.text.lines().collect();
    assert_eq!(
        lines,
        ["1. eins", "a) eins a", "b) eins b", "1.b.1 tief", "• Punkt", "dazwischen", "2. zwei", "a) zwei a", "1. von vorn"]
    );
    assert_eq!(page.blocks[0].kind, BlockKind::ListItem);
}

#[test]
fn deleted_text_is_out_inserted_text_is_in_and_it_is_said() {
    let (summary, page) = read(package(
        "<w:p><w:r><w:t xml:space='preserve'>Der Wert ist </w:t></w:r><w:del><w:r><w:delText>alt</w:delText></w:r></w:del>
         <w:ins><w:r><w:t>neu</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>weg</w:t></w:r></w:moveFrom></w:p>",
    ));
    assert_eq!(page.text, "Der Wert ist neu");
    assert_eq!(codes(&summary), ["docx.tracked_changes"]);
}

#[test]
fn hidden_text_is_kept_and_marked() {
    let (summary, page) = read(package(
        "<w:p><w:r><w:t xml:space='preserve'>offen </w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>versteckt</w:t></w:r>
         <w:r><w:rPr><w:rStyle w:val='Geheim'/></w:rPr><w:t>!</w:t></w:r>
         <w:r><w:rPr><w:rStyle w:val='Geheim'/><w:vanish w:val='0'/></w:rPr><w:t xml:space='preserve'> offen</w:t></w:r>
         <w:r><w:rPr><w:sz w:val='1'/></w:rPr><w:t>winzig</w:t></w:r></w:p>",
    ));
    assert_eq!(page.text, "offen versteckt! offenwinzig");
    let hidden: Vec<&str> = page.origins.iter().map(|run| run.span.of(&page.text).unwrap()).collect();
    assert_eq!(hidden, ["versteckt!", "winzig"]);
    assert!(page.origins.iter().all(|run| run.origin == Origin::Hidden));
    assert_eq!(codes(&summary), ["docx.hidden_text"]);
}

#[test]
fn tag_characters_are_hidden_text() {
    let page = page(&p("a\u{e0041}\u{e0042}b"));
    assert_eq!(page.origins.len(), 1);
    assert_eq!(page.origins[0].span.of(&page.text), Some("\u{e0041}\u{e0042}"));
}

#[test]
fn a_field_gives_its_result_and_not_its_instruction() {
    let field = "<w:p><w:r><w:t xml:space='preserve'>Seite </w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText><w:t>PAGE</w:t></w:r>
        <w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>7</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>
        <w:fldSimple w:instr='DATE'><w:r><w:t xml:space='preserve'> vom 31.12.2025</w:t></w:r></w:fldSimple></w:p>";
    assert_eq!(page(field).text, "Seite 7 vom 31.12.2025");
}

#[test]
fn a_field_that_is_never_ended_swallows_no_more_than_its_paragraph() {
    let broken = "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:t>weg</w:t></w:r></w:p>";
    assert_eq!(page(&(broken.to_owned() + &p("bleibt"))).text, "bleibt");
}

#[test]
fn boxes_of_a_check_list_show_whether_they_are_ticked() {
    let tick = |state: &str| {
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:checkBox>{state}</w:checkBox></w:ffData></w:fldChar></w:r>
             <w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>
             <w:r><w:t xml:space='preserve'> geprüft</w:t></w:r><w:r><w:sym w:font='Wingdings' w:char='F0FC'/></w:r></w:p>"
        )
    };
    let page = page(&[tick("<w:checked/>"), tick("<w:default w:val='0'/>")].concat());
    assert_eq!(page.text, "☒ geprüft✓\n☐ geprüft✓");
}

#[test]
fn breaks_tabs_and_hyphens_are_what_a_reader_sees() {
    let page = page(
        "<w:p><w:r><w:t>Rück</w:t><w:softHyphen/><w:t>stellung</w:t><w:tab/><w:t>1</w:t><w:br/><w:t>E</w:t><w:noBreakHyphen/><w:t>Mail</w:t></w:r></w:p>",
    );
    assert_eq!(page.text, "Rück\u{ad}stellung\t1\nE-Mail");
    assert_eq!(page.reading_text(page.blocks[0].span), "Rückstellung 1 E-Mail");
}

#[test]
fn footnotes_stand_behind_the_text_with_their_marks() {
    let reference = |kind: &str, id: u8| format!("<w:r><w:{kind}Reference w:id='{id}'/></w:r>");
    let body = format!(
        "<w:p><w:r><w:t>Umsatz</w:t></w:r>{}<w:r><w:t xml:space='preserve'> stieg</w:t></w:r>{}</w:p><w:p><w:r><w:t>Ende</w:t></w:r>{}</w:p>",
        reference("footnote", 5),
        reference("endnote", 2),
        reference("footnote", 4),
    );
    let note = |kind: &str, id: u8, text: &str| {
        format!("<w:{kind} w:id='{id}'><w:p><w:r><w:{kind}Ref/><w:t>{text}</w:t></w:r></w:p></w:{kind}>")
    };
    let (_, page) = read(
        package(&body)
            .relation("word/document.xml", "rId7", "footnotes", "footnotes.xml")
            .relation("word/document.xml", "rId8", "endnotes", "endnotes.xml")
            .part(
                "word/footnotes.xml",
                format!(
                    "<w:footnotes><w:footnote w:type='separator' w:id='-1'>{}</w:footnote>{}{}{}</w:footnotes>",
                    p("Strich"),
                    note("footnote", 4, "zweite"),
                    note("footnote", 5, "ohne USt."),
                    note("footnote", 6, "ohne Verweis"),
                ),
            )
            .part("word/endnotes.xml", format!("<w:endnotes>{}</w:endnotes>", note("endnote", 2, "am Ende"))),
    );
    assert_eq!(page.text, "Umsatz[1] stieg[i]\nEnde[2]\n[1] ohne USt.\n[2] zweite\n[i] am Ende");
    assert_eq!(page.reading_text(page.blocks[0].span), "Umsatz stieg");
    assert_eq!(page.blocks[2].kind, BlockKind::Footnote);
    assert_eq!(page.blocks[4].anchor, Some(Anchor::Part("endnote i".to_owned())));
}

#[test]
fn comments_can_be_found_and_are_said() {
    let (summary, page) = read(package(&p("Text")).relation("word/document.xml", "rId9", "comments", "comments.xml").part(
        "word/comments.xml",
        format!("<w:comments><w:comment w:id='0' w:author='Müller'>{}</w:comment></w:comments>", p("Bitte belegen.")),
    ));
    assert_eq!(page.text, "Text\nMüller: Bitte belegen.");
    assert_eq!(page.blocks[1].anchor, Some(Anchor::Part("comment 1".to_owned())));
    assert_eq!(codes(&summary), ["docx.comments"]);
}

#[test]
fn headers_and_footers_are_there_once() {
    let (_, page) = read(
        package(&p("Text"))
            .relation("word/document.xml", "rIdA", "header", "header1.xml")
            .relation("word/document.xml", "rIdB", "header", "header2.xml")
            .relation("word/document.xml", "rIdC", "footer", "footer1.xml")
            .part("word/header1.xml", format!("<w:hdr>{}</w:hdr>", p("Muster GmbH")))
            .part("word/header2.xml", format!("<w:hdr>{}</w:hdr>", p("Muster GmbH")))
            .part("word/footer1.xml", format!("<w:ftr>{}</w:ftr>", p("vertraulich"))),
    );
    assert_eq!(
        kinds(&page),
        [(BlockKind::RunningHeader, "Muster GmbH"), (BlockKind::Paragraph, "Text"), (BlockKind::RunningHeader, "vertraulich"),]
    );
    assert_eq!(page.blocks[1].anchor, Some(Anchor::Paragraph(1)));
}

fn cell(properties: &str, content: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>")
}

fn row(cells: &[String]) -> String {
    format!("<w:tr>{}</w:tr>", cells.concat())
}

#[test]
fn a_table_has_rows_with_columns_and_a_header() {
    let table = format!(
        "<w:tbl><w:tblPr><w:tblLook w:val='04A0'/></w:tblPr><w:tblGrid><w:gridCol/><w:gridCol/><w:gridCol/></w:tblGrid>{}{}{}</w:tbl>",
        row(&[cell("", &p("Posten")), cell("<w:gridSpan w:val='2'/>", &p("TEUR"))]),
        row(&[cell("<w:vMerge w:val='restart'/>", &(p("Umsatz") + &p("erlöse"))), cell("", &p("1.234,5")), cell("", &p("9"))]),
        row(&[cell("<w:vMerge/>", &p("")), cell("", &p("")), cell("", &p("8"))]),
    );
    let page = page(&(p("Vor") + &table));
    assert_eq!(page.text, "Vor\nPosten\tTEUR\nUmsatz erlöse\t1.234,5\t9\n8");
    assert_eq!(page.blocks[1].kind, BlockKind::TableRow { table: 0, header: true });
    assert_eq!(page.blocks[2].kind, BlockKind::TableRow { table: 0, header: false });
    assert_eq!(cells(&page, 1), [(0, "Posten"), (1, "TEUR")]);
    assert_eq!(cells(&page, 2), [(0, "Umsatz erlöse"), (1, "1.234,5"), (2, "9")]);
    assert_eq!(cells(&page, 3), [(0, ""), (1, ""), (2, "8")]);
}

#[test]
fn a_row_that_repeats_on_every_page_is_a_header_and_figures_are_none() {
    let grid = "<w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid>";
    let table = |first: &str| {
        format!(
            "<w:tbl><w:tblPr><w:tblLook w:firstRow='1'/></w:tblPr>{grid}<w:tr>{first}{}</w:tr></w:tbl>",
            [cell("", &p("Umsatz")), cell("", &p("1.234,5"))].concat()
        )
    };
    assert_eq!(page(&table("")).blocks[0].kind, BlockKind::TableRow { table: 0, header: false });
    let header = page(&table("<w:trPr><w:tblHeader/></w:trPr>"));
    assert_eq!(header.blocks[0].kind, BlockKind::TableRow { table: 0, header: true });
}

#[test]
fn a_table_in_a_cell_follows_its_row_and_a_frame_is_text() {
    let grid = "<w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid>";
    let inner = format!("<w:tbl>{grid}{}</w:tbl>", row(&[cell("", &p("x")), cell("", &p("y"))]));
    let outer =
        format!("<w:tbl>{grid}{}{}</w:tbl>", row(&[cell("", &p("a")), cell("", &(inner + &p("b")))]), row(&[cell("", &p("c"))]));
    let page_of_outer = page(&outer);
    assert_eq!(page_of_outer.text, "a\tb\nx\ty\nc");
    let tables: Vec<_> = page_of_outer.blocks.iter().map(|block| block.kind).collect();
    let row_of = |table| BlockKind::TableRow { table, header: false };
    assert_eq!(tables, [row_of(0), row_of(1), row_of(0)]);

    let frame =
        format!("<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid>{}</w:tbl>", row(&[cell("", &styled("berschrift1", "Kasten"))]));
    assert_eq!(page(&frame).blocks[0].kind, BlockKind::Heading { level: 1 });
}

#[test]
fn the_title_on_a_cover_is_read_where_its_cell_is_a_control() {
    // As the covers that Word offers are made: a table of one column, with a control around each cell.
    let control =
        |cell: &str| format!("<w:sdt><w:sdtPr><w:alias w:val='Title'/></w:sdtPr><w:sdtContent>{cell}</w:sdtContent></w:sdt>");
    let rows = row(&[control(&cell("", &p("Bericht")))]) + &row(&[control(&control(&cell("", &p("des Aufsichtsrats"))))]);
    assert_eq!(page(&format!("<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid>{rows}</w:tbl>")).text, "Bericht\ndes Aufsichtsrats");
}

#[test]
fn a_text_box_is_read_once_behind_its_paragraph() {
    let content = format!("<w:txbxContent>{}</w:txbxContent>", p("Kasten"));
    let body = format!(
        "<w:p><w:r><w:t>Absatz</w:t></w:r><w:r><mc:AlternateContent xmlns:mc='m'>
         <mc:Choice Requires='wps'><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing></mc:Choice>
         <mc:Fallback><w:pict><v:textbox>{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>
         <w:r><w:t xml:space='preserve'> geht weiter</w:t></w:r></w:p>"
    );
    assert_eq!(page(&body).text, "Absatz geht weiter\nKasten");
}

#[test]
fn controls_and_links_give_what_they_show() {
    let body = format!(
        "<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>
         <w:p><w:hyperlink r:id='rId1'><w:r><w:t>Link</w:t></w:r></w:hyperlink>
         <w:sdt><w:sdtPr><w:placeholder/></w:sdtPr><w:sdtContent><w:r><w:t>Feld</w:t></w:r></w:sdtContent></w:sdt></w:p>",
        p("Block")
    );
    assert_eq!(page(&body).text, "Block\nLinkFeld");
}

#[test]
fn title_and_day_come_from_the_properties_or_the_first_heading() {
    let core = "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:title>Prüfungsbericht</dc:title>
        <dcterms:created>2025-01-02T10:00:00Z</dcterms:created><dcterms:modified>2026-02-03T23:30:00Z</dcterms:modified></cp:coreProperties>";
    let (summary, _) = read(
        package(&styled("berschrift1", "Überschrift"))
            .relation("", "rId2", "core-properties", "docProps/core.xml")
            .part("docProps/core.xml", core),
    );
    assert_eq!(summary.title.as_deref(), Some("Prüfungsbericht"));
    assert_eq!(summary.date, Some(jiff::civil::date(2026, 2, 3)));
    let (summary, _) = read(package(&styled("berschrift1", "Überschrift")));
    assert_eq!((summary.title.as_deref(), summary.date), (Some("Überschrift"), None));
}

#[test]
fn a_document_without_text_is_an_empty_page() {
    assert_eq!(page("<w:p/>").status, crate::types::PageStatus::Empty);
}

#[test]
fn charts_and_diagrams_stand_behind_the_text() {
    let graphic = |inner: &str| {
        format!("<w:p><w:r><w:drawing><a:graphic><a:graphicData>{inner}</a:graphicData></a:graphic></w:drawing></w:r></w:p>")
    };
    let body = [graphic("<dgm:relIds r:dm='rId6'/>"), graphic("<c:chart r:id='rId5'/>"), p("Text")].concat();
    let series = "<c:ser><c:cat><c:strCache><c:pt idx='0'><c:v>2025</c:v></c:pt></c:strCache></c:cat>
        <c:val><c:numCache><c:pt idx='0'><c:v>7.5</c:v></c:pt></c:numCache></c:val></c:ser>";
    let (_, page) = read(
        package(&body)
            .relation("word/document.xml", "rId5", "chart", "charts/chart1.xml")
            .relation("word/document.xml", "rId6", "diagramData", "diagrams/data1.xml")
            .part("word/charts/chart1.xml", format!("<c:chartSpace>{series}</c:chartSpace>"))
            .part("word/diagrams/data1.xml", "<dgm:pt><dgm:t><a:p><a:r><a:t>Vorstand</a:t></a:r></a:p></dgm:t></dgm:pt>"),
    );
    assert_eq!(page.text, "Text\nVorstand\n2025\t7.5");
    assert_eq!(page.blocks[2].anchor, Some(Anchor::Part("chart".to_owned())));
}
