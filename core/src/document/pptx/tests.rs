use proptest::prelude::*;

use super::*;
use crate::{
    document::ooxml::testing::{Builder, extracted},
    types::{Anchor, BlockKind, Page, PageStatus},
};

const MAIN: &str = "ppt/presentation.xml";

/// A presentation of these slides (content of `p:spTree`, attributes of `p:sld`); the part of slide n is `slide<n>.xml`.
fn presentation(slides: &[(&str, &str)]) -> Builder {
    let ids: String = (1..=slides.len()).map(|n| format!("<p:sldId id='{}' r:id='rId{n}'/>", 255 + n)).collect();
    let mut builder = Builder::new(MAIN).part(MAIN, format!("<p:presentation><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"));
    for (n, (shapes, attributes)) in (1..).zip(slides) {
        let n: u32 = n;
        builder = builder
            .relation(MAIN, &format!("rId{n}"), "slide", &format!("slides/slide{n}.xml"))
            .part(&format!("ppt/slides/slide{n}.xml"), slide(shapes, attributes));
    }
    builder
}

fn slide(shapes: &str, attributes: &str) -> String {
    format!("<p:sld {attributes}><p:cSld><p:spTree><p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:sld>")
}

fn paragraph(text: &str) -> String {
    format!("<a:p><a:r><a:rPr lang='de-DE'/><a:t>{text}</a:t></a:r></a:p>")
}

/// A shape with text; `role` is the inside of `p:nvPr`.
fn shape(role: &str, place: Option<(i64, i64)>, paragraphs: &str) -> String {
    let place = place.map_or(String::new(), |(x, y)| format!("<a:xfrm><a:off x='{x}' y='{y}'/><a:ext cx='1' cy='1'/></a:xfrm>"));
    format!(
        "<p:sp><p:nvSpPr><p:nvPr>{role}</p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )
}

fn read(builder: Builder) -> (Summary, Vec<Page>) {
    extracted(extract, builder.build()).unwrap()
}

fn page(shapes: &str) -> Page {
    read(presentation(&[(shapes, "")])).1.remove(0)
}

fn codes(summary: &Summary) -> Vec<&str> {
    summary.notices.iter().map(|notice| notice.code.as_str()).collect()
}

#[test]
fn slides_come_in_the_order_of_the_presentation_and_hidden_ones_are_said() {
    let builder = Builder::new(MAIN)
        .part(MAIN, "<p:presentation><p:sldIdLst><p:sldId id='300' r:id='rId2'/><p:sldId id='256' r:id='rId1'/><p:sldId id='9' r:id='rId9'/></p:sldIdLst></p:presentation>")
        .relation(MAIN, "rId1", "slide", "slides/slide1.xml")
        .relation(MAIN, "rId2", "slide", "slides/slide2.xml")
        .part("ppt/slides/slide1.xml", slide(&shape("<p:ph type='title'/>", None, &paragraph("Ende")), "show='0'"))
        .part("ppt/slides/slide2.xml", slide(&shape("<p:ph type='ctrTitle'/>", None, &paragraph("Anfang")), ""));
    let (summary, pages) = read(builder);
    let names: Vec<_> = pages.iter().map(|page| (page.number, page.name.as_deref())).collect();
    assert_eq!(names, [(1, Some("Anfang")), (2, Some("Ende")), (3, None)]);
    assert_eq!(pages[0].blocks[0].kind, BlockKind::Heading { level: 1 });
    assert_eq!(summary.title.as_deref(), Some("Anfang"));
    assert_eq!(codes(&summary), ["pptx.hidden_slides", "pptx.missing_slides"]);
}

#[test]
fn shapes_are_read_as_a_reader_goes_over_them() {
    let shapes = [
        shape("", Some((5_000_000, 2_010_000)), &paragraph("rechts")),
        shape("", Some((0, 4_000_000)), &paragraph("unten")),
        shape("", Some((0, 2_000_000)), &paragraph("links")),
        shape("<p:ph type='title'/>", Some((0, 5_000_000)), &(paragraph("Der") + &paragraph("Titel"))),
        shape("<p:ph type='sldNum' idx='12'/>", Some((0, 6_000_000)), &paragraph("7")),
    ];
    let page = page(&shapes.concat());
    assert_eq!(page.text, "Der Titel\nlinks\nrechts\nunten\n7");
    assert_eq!(page.blocks[4].kind, BlockKind::PageNumber);
}

#[test]
fn a_group_stays_together() {
    let group = format!(
        "<p:grpSp><p:grpSpPr><a:xfrm><a:off x='0' y='1000000'/></a:xfrm></p:grpSpPr>{}{}</p:grpSp>",
        shape("", Some((0, 9_000_000)), &paragraph("zwei")),
        shape("", Some((0, 8_000_000)), &paragraph("eins")),
    );
    let page = page(&(shape("", Some((0, 2_000_000)), &paragraph("drei")) + &group));
    assert_eq!(page.text, "eins\nzwei\ndrei");
}

#[test]
fn a_shape_without_a_place_stands_where_its_layout_has_it() {
    let slide_part = "ppt/slides/slide1.xml";
    let shapes =
        shape("<p:ph type='body' idx='2'/>", None, &paragraph("unten")) + &shape("<p:ph idx='1'/>", None, &paragraph("oben"));
    let layout = shape("<p:ph idx='1'/>", Some((0, 1)), "") + &shape("<p:ph type='body' idx='2'/>", Some((0, 3_000_000)), "");
    let builder = presentation(&[(&shapes, "")])
        .relation(slide_part, "rId1", "slideLayout", "../slideLayouts/slideLayout1.xml")
        .part("ppt/slideLayouts/slideLayout1.xml", slide(&layout, ""));
    assert_eq!(read(builder).1[0].text, "oben\nunten");
}

#[test]
fn bullets_and_numbers_are_shown() {
    let item = |properties: &str, text: &str| {
        format!("<a:p><a:pPr>{properties}</a:pPr><a:r><a:t>{text}</a:t></a:r><a:br/><a:fld><a:t>!</a:t></a:fld></a:p>")
    };
    let number = "<a:buAutoNum type='alphaLcParenR'/>";
    let page = page(&shape(
        "",
        None,
        &[item("<a:buChar char='•'/>", "x"), item(number, "y"), item(number, "z"), item("", "w")].concat(),
    ));
    assert_eq!(page.text, "• x\n!\na) y\n!\nb) z\n!\nw\n!");
    assert_eq!(page.blocks[1].kind, BlockKind::ListItem);
    assert_eq!(page.blocks[3].kind, BlockKind::Paragraph);
}

#[test]
fn a_table_has_rows_with_a_header() {
    let cell =
        |attributes: &str, text: &str| format!("<a:tc {attributes}><a:txBody>{}</a:txBody><a:tcPr/></a:tc>", paragraph(text));
    let table = format!(
        "<p:graphicFrame><p:xfrm><a:off x='1' y='1'/></p:xfrm><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow='1'/><a:tblGrid/>
         <a:tr>{}{}{}</a:tr><a:tr>{}{}{}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>",
        cell("gridSpan='2'", "Posten"), cell("hMerge='1'", ""), cell("", "TEUR"), cell("", "a"), cell("", "b"), cell("", "1.234"),
    );
    let page = page(&table);
    assert_eq!(page.text, "Posten\tTEUR\na\tb\t1.234");
    assert_eq!(page.blocks[0].kind, BlockKind::TableRow { table: 0, header: true });
    assert_eq!(page.blocks[0].cells.iter().map(|cell| cell.column).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_chart_gives_its_figures_and_a_diagram_its_text() {
    let slide_part = "ppt/slides/slide1.xml";
    let shapes = "<p:graphicFrame><p:xfrm><a:off x='1' y='1'/></p:xfrm><a:graphic><a:graphicData><c:chart r:id='rId5'/></a:graphicData></a:graphic></p:graphicFrame>
        <p:graphicFrame><p:xfrm><a:off x='1' y='2000000'/></p:xfrm><a:graphic><a:graphicData><dgm:relIds r:dm='rId6' r:lo='rId7'/></a:graphicData></a:graphic></p:graphicFrame>"
        .to_owned() + &shape("", Some((0, 3_000_000)), &paragraph("Ende"));
    let points = |values: &[&str]| -> String {
        values.iter().enumerate().map(|(n, v)| format!("<c:pt idx='{n}'><c:v>{v}</c:v></c:pt>")).collect()
    };
    let series = |name: &str, values: &[&str]| {
        format!(
            "<c:ser><c:tx><c:strRef><c:strCache>{}</c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache>{}</c:strCache></c:strRef></c:cat>
             <c:val><c:numRef><c:numCache><c:formatCode>#,##0.0</c:formatCode>{}</c:numCache></c:numRef></c:val></c:ser>",
            points(&[name]), points(&["Q1", "Q2"]), points(values),
        )
    };
    let chart = format!(
        "<c:chartSpace><c:chart><c:title><c:tx><c:rich>{}</c:rich></c:tx></c:title><c:plotArea><c:barChart>{}{}</c:barChart></c:plotArea></c:chart></c:chartSpace>",
        paragraph("Umsatz"),
        series("Plan", &["1000", "2000.25"]),
        series("Ist", &["1100"]),
    );
    let data = format!(
        "<dgm:dataModel><dgm:ptLst><dgm:pt><dgm:t><a:bodyPr/>{}</dgm:t></dgm:pt><dgm:pt><dgm:t>{}</dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>",
        paragraph("Vorstand"),
        paragraph("Revision")
    );
    let builder = presentation(&[(&shapes, "")])
        .relation(slide_part, "rId5", "chart", "../charts/chart1.xml")
        .relation(slide_part, "rId6", "diagramData", "../diagrams/data1.xml")
        .part("ppt/charts/chart1.xml", chart)
        .part("ppt/diagrams/data1.xml", data);
    let page = read(builder).1.remove(0);
    assert_eq!(page.text, "Umsatz\nPlan\tIst\nQ1\t1.000,0\t1.100,0\nQ2\t2.000,3\nVorstand\nRevision\nEnde");
    assert_eq!(page.blocks[1].kind, BlockKind::TableRow { table: 0, header: true });
}

#[test]
fn notes_and_comments_stand_behind_the_slide() {
    let slide_part = "ppt/slides/slide1.xml";
    let notes = shape("<p:ph type='sldImg'/>", None, &paragraph("Bild"))
        + &shape("<p:ph type='body' idx='1'/>", None, &paragraph("Sagen!"))
        + &shape("<p:ph type='sldNum' idx='2'/>", None, &paragraph("1"));
    let builder = presentation(&[(&shape("", None, &paragraph("Text")), "")])
        .relation(slide_part, "rId5", "notesSlide", "../notesSlides/notesSlide1.xml")
        .relation(slide_part, "rId6", "comments", "../comments/comment1.xml")
        .part("ppt/notesSlides/notesSlide1.xml", slide(&notes, ""))
        .part("ppt/comments/comment1.xml", "<p:cmLst><p:cm><p:pos/><p:text>Quelle?</p:text></p:cm></p:cmLst>");
    let (summary, pages) = read(builder);
    assert_eq!(pages[0].text, "Text\nSagen!\nQuelle?");
    let anchors: Vec<_> = pages[0].blocks.iter().map(|block| block.anchor.clone()).collect();
    assert_eq!(anchors, [None, Some(Anchor::Part("notes".to_owned())), Some(Anchor::Part("comment 1".to_owned()))]);
    assert_eq!(codes(&summary), ["pptx.comments"]);
}

#[test]
fn a_slide_with_a_picture_alone_is_a_scan() {
    assert_eq!(page("<p:pic><p:nvPicPr/><p:blipFill/><p:spPr/></p:pic>").status, PageStatus::Scanned);
    assert_eq!(page("").status, PageStatus::Empty);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shapes_anywhere_keep_the_rules_of_a_page(places in proptest::collection::vec((any::<i64>(), any::<i64>(), "[ -~ä\\n]{0,8}"), 0..12)) {
        let shapes: String = places
            .iter()
            .map(|(x, y, text)| shape("", Some((*x, *y)), &paragraph(&text.replace('&', "&amp;").replace('<', "&lt;"))))
            .collect();
        read(presentation(&[(&shapes, "")]));
    }

    #[test]
    fn what_is_cut_off_or_changed_never_panics(cut in 0usize..900, at in 0usize..1500, byte in any::<u8>()) {
        let mut bytes = presentation(&[(&shape("", None, &paragraph("Text")), "")]).build();
        bytes.truncate(bytes.len().saturating_sub(cut / 3));
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        let _ = extracted(extract, bytes);
    }
}
