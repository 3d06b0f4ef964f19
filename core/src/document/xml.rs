//! XML as lines `name: value` anchored at their paths: e-invoices (ZUGFeRD, XRechnung), account statements (camt), audit files
//! (SAF-T) and whatever else software exports.
//!
//! Elements go by their local names. An element's attributes stand behind its name. A document type may not declare
//! entities: they are what bombs and thefts of files are made with.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    Format, Input, Limits, Sink, Summary,
    builder::Pages,
    charset,
    guard::exceeded,
    tree::{self, Node},
};
use crate::{Error, ErrorKind, Result};

/// Reads an XML file.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let text = charset::decode_labelled(&input.bytes, declared_encoding(&input.bytes).as_deref());
    let mut root = parse(&text, limits)?;
    root.path = format!("/{}", root.name);
    set_paths(&mut root);
    let mut pages = Pages::new(limits, sink);
    tree::write(&root, &mut pages)?;
    pages.finish()?;
    Ok(Summary { format: Format::Xml, title: None, date: None, notices: Vec::new() })
}

/// `/Invoice/Line[2]/Amount`: the number of an element among those of its name, where there are several.
fn set_paths(node: &mut Node) {
    let mut totals = std::collections::HashMap::<String, u32>::new();
    for child in &node.children {
        *totals.entry(child.name.clone()).or_default() += 1;
    }
    let mut seen = std::collections::HashMap::<String, u32>::new();
    for child in &mut node.children {
        let n = seen.entry(child.name.clone()).or_default();
        *n += 1;
        child.path = match (child.name.is_empty(), totals.get(&child.name)) {
            (true, _) => node.path.clone(),
            (false, Some(2..)) => format!("{}/{}[{n}]", node.path, child.name),
            _ => format!("{}/{}", node.path, child.name),
        };
        set_paths(child);
    }
}

fn parse(text: &str, limits: &Limits) -> Result<Node> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    // The element that is open, and those that it lies in.
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|error| malformed(text, reader.error_position()).with_source(error))?;
        match event {
            Event::Start(start) => {
                open.push(element(&start).ok_or_else(|| malformed(text, reader.buffer_position()))?);
                if open.len() as u64 > u64::from(limits.nesting) + 1 {
                    return Err(exceeded("nesting", limits.nesting));
                }
            }
            Event::Empty(start) => {
                let node = element(&start).ok_or_else(|| malformed(text, reader.buffer_position()))?;
                close(&mut open, node);
            }
            Event::End(_) => {
                if open.len() < 2 {
                    return Err(malformed(text, reader.buffer_position()));
                }
                if let Some(node) = open.pop() {
                    close(&mut open, node);
                }
            }
            Event::Text(part) => push(&mut open, &part),
            Event::CData(part) => push(&mut open, &part),
            Event::GeneralRef(name) => {
                let c = match name.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    Ok(None) => match &*name {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    },
                    Err(_) => None,
                };
                let c = c.filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).unwrap_or(char::REPLACEMENT_CHARACTER);
                push(&mut open, c.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(declaration) => {
                if declaration.contains("<!ENTITY") || declaration.contains("%") {
                    return Err(Error::new(
                        ErrorKind::Malformed,
                        "xml.entities",
                        "the file declares entities, which are not expanded",
                    )
                    .with_hint("save it without its document type declaration"));
                }
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    let top = open.pop().filter(|_| open.is_empty());
    match top.map(|top| top.children) {
        Some(mut children) if children.iter().filter(|c| !c.name.is_empty()).count() == 1 => {
            children.retain(|c| !c.name.is_empty());
            Ok(children.remove(0))
        }
        _ => Err(malformed(text, text.len() as u64)),
    }
}

fn element(start: &BytesStart<'_>) -> Option<Node> {
    let mut node = Node { name: local(start.name().0).to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let name = attribute.key.0;
        // Namespaces and the places of schemas are grammar, not content.
        if name == "xmlns" || name.starts_with("xmlns:") || name.ends_with(":schemaLocation") {
            continue;
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        let value: String = value.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
        node.attributes.push((local(name).to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    Some(node)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Text between elements is a child without a name.
fn push(open: &mut [Node], text: &str) {
    let Some(node) = open.last_mut() else { return };
    match node.children.last_mut() {
        Some(last) if last.name.is_empty() => last.value.get_or_insert_default().push_str(text),
        _ => node.children.push(Node { value: Some(text.to_owned()), ..Node::default() }),
    }
}

/// Ends an element: text alone is its value, white space between elements is nothing.
fn close(open: &mut [Node], mut node: Node) {
    if let [only] = node.children.as_slice()
        && only.name.is_empty()
    {
        node.value = node.children.remove(0).value;
    }
    node.children.retain(|c| !c.name.is_empty() || c.value.as_ref().is_some_and(|v| !v.trim().is_empty()));
    let mixed = node.children.iter().any(|c| c.name.is_empty());
    if mixed && node.children.iter().all(|c| c.children.is_empty()) {
        // A sentence with marked words is one text.
        let text: Vec<String> = node.children.drain(..).filter_map(|c| c.value).map(|v| v.trim().to_owned()).collect();
        node.value = Some(text.join(" "));
    }
    if let Some(parent) = open.last_mut() {
        parent.children.push(node);
    }
}

/// The encoding that the XML declaration names.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head.trim_start_matches('\u{feff}').strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next().map(str::to_owned)
}

fn malformed(text: &str, at: u64) -> Error {
    let mut at = (at as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = 1 + text[..at].matches('\n').count();
    Error::new(ErrorKind::Malformed, "xml.malformed", "the file is no well-formed XML").with("line", line.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::*, *};
    use crate::types::Anchor;

    #[test]
    fn an_invoice_reads_as_lines_and_tables() {
        let xml = "<?xml version='1.0' encoding='UTF-8'?><rsm:Invoice xmlns:rsm='urn:x'><ram:ID>RE-1</ram:ID><ram:Total currencyID=\"EUR\">119.00</ram:Total>\
            <ram:Seller><ram:Name>M&#252;ller &amp; S&#xF6;hne</ram:Name></ram:Seller>\
            <ram:Line><ram:Pos>1</ram:Pos><ram:Text><![CDATA[Stuhl <rot>]]></ram:Text></ram:Line>\n <ram:Line><ram:Pos>2</ram:Pos><ram:Text>Tisch</ram:Text></ram:Line></rsm:Invoice>";
        let out = extract_all(extract, "a.xml", xml.as_bytes());
        let page = &out.pages[0];
        assert_eq!(
            outline(page),
            [
                "p ID: RE-1 Total (currencyID: EUR): 119.00",
                "h1 Seller",
                "p Name: Müller & Söhne",
                "h1 Line",
                "th Pos|Text",
                "tr 1|Stuhl <rot>",
                "tr 2|Tisch"
            ]
        );
        assert_eq!(page.blocks[6].anchor, Some(Anchor::Part("/Invoice/Line[2]".into())));
        assert!(page.text.starts_with("ID: RE-1\nTotal (currencyID: EUR): 119.00\n"));
    }

    #[test]
    fn records_in_attributes_and_amounts_with_currency_are_rows() {
        let xml =
            "<a><r id='1' n='x'/><r id='2'>frei</r><l><p>1</p><s c='EUR'>5.00</s></l><l><p>2</p><s c='EUR'>6.00</s></l></a>";
        let out = extract_all(extract, "a.xml", xml.as_bytes());
        assert_eq!(
            outline(&out.pages[0]),
            ["h1 r", "th id|n|r", "tr 1|x|", "tr 2||frei", "h1 l", "th p|s", "tr 1|5.00 (c: EUR)", "tr 2|6.00 (c: EUR)"]
        );
    }

    #[test]
    fn sentences_with_marked_words_are_whole() {
        let out = extract_all(extract, "a.xml", b"<doc><p>Der <b>fette</b> Satz</p></doc>");
        assert_eq!(outline(&out.pages[0]), ["p p: Der fette Satz"]);
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let out = extract_all(extract, "a.xml", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>f\xfcr</a>");
        assert_eq!(out.pages[0].text, "a: für\n");
    }

    #[test]
    fn entities_are_refused() {
        for bomb in [
            "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://h.example/\"> %p;]><a/>",
        ] {
            assert_eq!(extract_all(extract, "a.xml", bomb.as_bytes()).result.expect_err(bomb).code(), "xml.entities");
        }
    }

    #[test]
    fn broken_and_deep_xml_is_an_error() {
        for broken in ["<a><b></a>", "<a>", "<a></a><b></b>", "<?xml version='1.0'?>", "<a b=></a>", "</a>"] {
            assert_eq!(
                extract_all(extract, "a.xml", broken.as_bytes()).result.expect_err(broken).code(),
                "xml.malformed",
                "{broken}"
            );
        }
        assert_eq!(
            extract_all(extract, "a.xml", "<a>".repeat(100_000).as_bytes()).result.expect_err("deep").code(),
            "limit.nesting"
        );
    }

    proptest! {
        #[test]
        fn any_tags_make_pages_that_keep_their_promises(parts in proptest::collection::vec(prop_oneof![
            Just("<a>"), Just("</a>"), Just("<b x='1'>"), Just("</b>"), Just("<c/>"), Just("text"), Just("&amp;"), Just("&x;"), Just("ä"), Just("<![CDATA["), Just("]]>"), Just("<!--"), Just("\n")
        ], 0..40)) {
            extract_all(extract, "a.xml", format!("<r>{}</r>", parts.concat()).as_bytes());
        }
    }
}
