use std::{borrow::Cow, io::BufRead};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

use crate::{Error, ErrorKind, Result, document::archive::read_error};

/// A pull reader over one part. Elements are known by their local names: producers choose prefixes as they like.
///
/// A function that reads an element is called behind its start and leaves behind its end; every start that it meets
/// must be read the same way, or [skipped](Self::skip).
pub(crate) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    content: String,
    /// Bytes of the name in `content`, when that is the start of an element.
    name_bytes: usize,
    part: String,
    depth: u32,
    nesting: u32,
}

/// What comes next in a part.
pub(crate) enum Token<'a> {
    /// An element begins. An empty element begins and ends.
    Start(Element<'a>),
    /// The element that is being read ends.
    End,
    /// Text, entities resolved. Neighbouring text may come in pieces.
    Text(&'a str),
    /// The part ends.
    Eof,
}

/// The start of an element.
pub(crate) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// Its name without prefix.
    pub(crate) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }

    /// The attribute of this local name that has no prefix or that of the element, or else the first of that name.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let own = prefix(self.0.name().into_inner());
        let mut other = None;
        for attribute in self.0.attributes().with_checks(false).flatten() {
            let key = attribute.key.into_inner();
            if local(key) != name {
                continue;
            }
            let value = || attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned);
            let prefix = prefix(key);
            if prefix.is_empty() || prefix == own {
                return value();
            }
            other = other.or_else(value);
        }
        other
    }

    /// The attribute `r:id` or `r:embed`: it has another prefix than the element.
    pub(crate) fn relation(&self) -> Option<String> {
        let own = prefix(self.0.name().into_inner());
        self.0.attributes().with_checks(false).flatten().find_map(|attribute| {
            let key = attribute.key.into_inner();
            let prefix = prefix(key);
            let matches = matches!(local(key), "id" | "embed" | "dm") && !prefix.is_empty() && prefix != own;
            matches.then(|| attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)).flatten()
        })
    }

    /// A number in an attribute.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// The switch that the element is (`<w:b/>`, `<w:b w:val="0"/>`): on unless its value says off.
    pub(crate) fn is_on(&self) -> bool {
        !matches!(self.attribute("val").as_deref(), Some("0" | "false" | "off" | "none"))
    }

    /// Whether the attribute is there and says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.attribute(name).as_deref(), Some("1" | "true" | "on"))
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

impl<R: BufRead> Xml<R> {
    /// Reads the part named `part`; `nesting` is how deep its elements may lie.
    pub(crate) fn new(reader: R, part: &str, nesting: u32) -> Self {
        let mut reader = Reader::from_reader(reader);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, buffer: Vec::new(), content: String::new(), name_bytes: 0, part: part.to_owned(), depth: 0, nesting }
    }

    /// The next token.
    ///
    /// # Errors
    /// `ooxml.doctype`, `ooxml.xml` when it is not well-formed or ends too soon, `limit.nesting`, and those of
    /// [`Archive::stream`](crate::document::archive::Archive::stream).
    pub(crate) fn next(&mut self) -> Result<Token<'_>> {
        loop {
            self.buffer.clear();
            self.content.clear();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    self.content.push_str(&start);
                    self.name_bytes = start.name().into_inner().len();
                    self.depth += 1;
                    if self.depth > self.nesting {
                        return Err(Error::new(
                            ErrorKind::Limit,
                            "limit.nesting",
                            "elements lie deeper in each other than is allowed",
                        )
                        .with("part", &self.part)
                        .with("setting", "limits.nesting"));
                    }
                    return Ok(Token::Start(self.element()));
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::End);
                }
                Ok(Event::Text(text)) => self.content.push_str(&text.xml10_content()),
                Ok(Event::CData(text)) => self.content.push_str(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => match resolve(&reference) {
                    Some(Resolved::Char(c)) => self.content.push(c),
                    Some(Resolved::Text(text)) => self.content.push_str(text),
                    None => return Err(self.malformed()),
                },
                Ok(Event::DocType(_)) => {
                    return Err(Error::new(
                        ErrorKind::Malformed,
                        "ooxml.doctype",
                        "a part of the file declares a document type, which Office never does",
                    )
                    .with("part", &self.part)
                    .with_hint("the file was made to attack its reader or was damaged: ask its sender for another one"));
                }
                Ok(Event::Eof) if self.depth > 0 => return Err(self.malformed()),
                Ok(Event::Eof) => return Ok(Token::Eof),
                Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => continue,
                Err(quick_xml::Error::Io(error)) => return Err(read_error(&*error).with("part", &self.part)),
                Err(_) => return Err(self.malformed()),
            }
            return Ok(Token::Text(&self.content));
        }
    }

    fn element(&self) -> Element<'_> {
        Element(BytesStart::from_content(self.content.as_str(), self.name_bytes))
    }

    /// The next element inside the one that is being read, past any text; `None` at its end. The element must be read, or
    /// [skipped](Self::skip), before the next one is asked for.
    ///
    /// # Errors
    /// Those of [`Self::next`].
    pub(crate) fn child(&mut self) -> Result<Option<Element<'_>>> {
        loop {
            match self.next()? {
                Token::Start(_) => return Ok(Some(self.element())),
                Token::End | Token::Eof => return Ok(None),
                Token::Text(_) => {}
            }
        }
    }

    /// Reads on to the end of the element that was begun last.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if let Token::Eof = self.next()? {
                break;
            }
        }
        Ok(())
    }

    /// Reads the element that was begun last, and appends the text that stands in it and its descendants.
    pub(crate) fn text_into(&mut self, out: &mut String) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.next()? {
                Token::Text(text) => out.push_str(text),
                Token::Eof => break,
                Token::Start(_) | Token::End => {}
            }
        }
        Ok(())
    }

    /// The text of the element that was begun last.
    pub(crate) fn text(&mut self) -> Result<String> {
        let mut out = String::new();
        self.text_into(&mut out)?;
        Ok(out)
    }

    /// Reads `mc:AlternateContent`, which was begun last: `read` reads the first choice, for text is understood in every
    /// version of a drawing, or else the fallback; the others are skipped.
    pub(crate) fn alternatives(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut read = Some(read);
        while let Some(element) = self.child()? {
            match read.take_if(|_| matches!(element.name(), "Choice" | "Fallback")) {
                Some(read) => read(self)?,
                None => self.skip()?,
            }
        }
        Ok(())
    }

    /// The error for XML that is none.
    pub(crate) fn malformed(&self) -> Error {
        Error::new(ErrorKind::Malformed, "ooxml.xml", "a part of the file is no well-formed XML").with("part", &self.part)
    }
}

enum Resolved {
    Char(char),
    Text(&'static str),
}

/// What a reference stands for; only characters and the five entities that need no declaration.
fn resolve(reference: &BytesRef<'_>) -> Option<Resolved> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => Some(Resolved::Char(c)),
        Ok(None) => resolve_predefined_entity(reference).map(Resolved::Text),
        Err(_) => None,
    }
}
