use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead, BufReader, Cursor, Read},
};

use jiff::{Timestamp, civil::Date};

use super::{Token, Xml};
use crate::{
    Error, ErrorKind, Result,
    document::{
        Format, Input, Limits, Notice,
        archive::{Archive, read_error, safe_name},
    },
};

/// How one part points at another, or out of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation {
    /// Unique among the relations of one part.
    pub(crate) id: String,
    /// The last step of its type: `hyperlink`, `footnotes`, `worksheet`, ...
    pub(crate) kind: String,
    /// The name of the part, or an address when it is external.
    pub(crate) target: String,
    /// Whether it points out of the package.
    pub(crate) is_external: bool,
}

/// An Office file, opened.
pub(crate) struct Package {
    archive: Archive,
    relations: HashMap<String, Vec<Relation>>,
    /// Where the relation of a part and an identifier lies in its list.
    by_id: HashMap<String, HashMap<String, usize>>,
    nesting: u32,
    /// What its reader should know.
    pub(crate) notices: Notices,
}

/// What a package says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    /// `dc:title`.
    pub(crate) title: Option<String>,
    /// The day on which it was last saved, or else made.
    pub(crate) date: Option<Date>,
    /// `dc:language`.
    pub(crate) language: Option<String>,
}

/// Notices, each code once.
#[derive(Debug, Default)]
pub(crate) struct Notices(BTreeMap<&'static str, String>);

impl Notices {
    /// Adds a notice unless there is one with this code.
    pub(crate) fn add(&mut self, code: &'static str, message: impl Into<String>) {
        self.0.entry(code).or_insert_with(|| message.into());
    }

    /// As they go into the summary, by code.
    pub(crate) fn into_vec(self) -> Vec<Notice> {
        self.0.into_iter().map(|(code, message)| Notice { code: code.to_owned(), message }).collect()
    }
}

/// Which kind of Office file the archive is, by its main part; `None` when it is none.
#[allow(dead_code, reason = "called by the dispatch of formats")]
pub(crate) fn detect(archive: &Archive) -> Option<Format> {
    archive.index_of("[Content_Types].xml")?;
    let has = |name| archive.index_of(name).is_some();
    let below = |folder: &str| archive.names().any(|name| name.to_ascii_lowercase().starts_with(folder));
    match () {
        () if has("word/document.xml") => Some(Format::Docx),
        () if has("xl/workbook.xml") => Some(Format::Xlsx),
        () if has("ppt/presentation.xml") => Some(Format::Pptx),
        // Some writers name the main part otherwise (`word/document2.xml`), the folder stays.
        () if below("word/") => Some(Format::Docx),
        () if below("xl/") => Some(Format::Xlsx),
        () if below("ppt/") => Some(Format::Pptx),
        () => None,
    }
}

impl Package {
    /// Opens the file and reads all relations.
    ///
    /// # Errors
    /// Those of [`Archive::open`] and of [`Xml::next`].
    pub(crate) fn open(input: &Input<'_>, limits: &Limits) -> Result<Self> {
        let archive = Archive::open(input.bytes.clone(), limits)?;
        let mut this = Self {
            archive,
            relations: HashMap::new(),
            by_id: HashMap::new(),
            nesting: limits.nesting,
            notices: Notices::default(),
        };
        let names: Vec<String> = this.archive.names().map(str::to_owned).collect();
        for name in &names {
            if let Some(source) = source_of_relations(name) {
                let relations = this.read_relations(name, &source)?;
                let source = source.to_ascii_lowercase();
                let by_id = relations.iter().enumerate().map(|(index, relation)| (relation.id.clone(), index)).collect();
                this.by_id.insert(source.clone(), by_id);
                this.relations.insert(source, relations);
            }
        }
        this.notice_what_is_not_read(&names);
        Ok(this)
    }

    /// The main part: where the package points with `officeDocument`.
    pub(crate) fn main_part(&self, usual: &str) -> Result<String> {
        let named = self.relations("").iter().find(|relation| relation.kind == "officeDocument" && !relation.is_external);
        let name = named.map_or(usual, |relation| relation.target.as_str());
        let name = if self.has(name) { name } else { usual };
        if self.has(name) {
            return Ok(name.to_owned());
        }
        Err(Error::new(ErrorKind::Malformed, "ooxml.no_main_part", "the Office file lacks its main part").with("part", usual))
    }

    /// The relations of a part; of the package itself when `part` is empty.
    pub(crate) fn relations(&self, part: &str) -> &[Relation] {
        self.relations.get(&part.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The name of the part at which `part` points with the relation `id`.
    pub(crate) fn target(&self, part: &str, id: &str) -> Option<String> {
        self.relation(part, id).filter(|relation| !relation.is_external).map(|relation| relation.target.clone())
    }

    /// The relation `id` of `part`.
    pub(crate) fn relation(&self, part: &str, id: &str) -> Option<&Relation> {
        let index = *self.by_id.get(&part.to_ascii_lowercase())?.get(id)?;
        self.relations(part).get(index)
    }

    /// The names of the parts at which `part` points with relations of this kind.
    pub(crate) fn targets(&self, part: &str, kind: &str) -> Vec<String> {
        let matching = self.relations(part).iter().filter(|relation| relation.kind == kind && !relation.is_external);
        matching.map(|relation| relation.target.clone()).filter(|target| self.has(target)).collect()
    }

    /// Whether the package has this part.
    pub(crate) fn has(&self, part: &str) -> bool {
        self.archive.index_of(part).is_some()
    }

    /// Reads a part while it is inflated.
    pub(crate) fn xml(&mut self, part: &str) -> Result<Xml<Box<dyn BufRead + '_>>> {
        let Some(index) = self.archive.index_of(part) else {
            return Err(Error::new(ErrorKind::Malformed, "ooxml.no_part", "the Office file lacks a part that it names")
                .with("part", part));
        };
        let mut reader = BufReader::with_capacity(64 * 1024, self.archive.stream(index)?);
        let head = reader.fill_buf().map_err(read_error)?;
        let reader: Box<dyn BufRead + '_> = match head {
            [0xff, 0xfe, ..] | [b'<', 0, ..] => Box::new(Cursor::new(utf16(reader, encoding_rs::UTF_16LE)?)),
            [0xfe, 0xff, ..] | [0, b'<', ..] => Box::new(Cursor::new(utf16(reader, encoding_rs::UTF_16BE)?)),
            [0xef, 0xbb, 0xbf, ..] => {
                reader.consume(3);
                Box::new(reader)
            }
            _ => Box::new(reader),
        };
        Ok(Xml::new(reader, part, self.nesting))
    }

    /// Title, date and language, as far as the package says them.
    pub(crate) fn properties(&mut self) -> Result<Properties> {
        let mut found = Properties::default();
        let Some(part) = self.targets("", "core-properties").into_iter().next() else { return Ok(found) };
        let (mut created, mut modified) = (None, None);
        let mut xml = self.xml(&part)?;
        loop {
            match xml.next()? {
                Token::Start(element) => match element.name() {
                    "title" => found.title = said(xml.text()?),
                    "language" => found.language = said(xml.text()?),
                    "created" => created = day(&xml.text()?),
                    "modified" => modified = day(&xml.text()?),
                    _ => {}
                },
                Token::Eof => break,
                Token::End | Token::Text(_) => {}
            }
        }
        found.date = modified.or(created);
        Ok(found)
    }

    fn read_relations(&mut self, name: &str, source: &str) -> Result<Vec<Relation>> {
        let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut relations = Vec::new();
        let mut xml = self.xml(name)?;
        loop {
            match xml.next()? {
                Token::Start(element) if element.name() == "Relationship" => {
                    let kind = element.attribute("Type").unwrap_or_default();
                    let target = element.attribute("Target").unwrap_or_default();
                    let is_external = element.attribute("TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
                    relations.push(Relation {
                        id: element.attribute("Id").unwrap_or_default(),
                        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                        target: if is_external { target } else { resolve(folder, &target) },
                        is_external,
                    });
                }
                Token::Eof => return Ok(relations),
                _ => {}
            }
        }
    }

    fn notice_what_is_not_read(&mut self, names: &[String]) {
        let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        if lower.iter().any(|name| name.ends_with("vbaproject.bin") || name.contains("/macrosheets/")) {
            self.notices.add("ooxml.macros", "the file holds macros, which were not run and not read");
        }
        if lower.iter().any(|name| name.contains("/activex/")) {
            self.notices.add("ooxml.active_content", "the file holds ActiveX controls, which were not run");
        }
        let embedded = lower.iter().filter(|name| name.contains("/embeddings/")).count();
        if embedded > 0 {
            self.notices
                .add("ooxml.embedded", format!("{embedded} embedded files were not read: extract them and ingest them too"));
        }
        // Every link to a web page is external; what counts is content that would have to be fetched.
        let external = self.relations.values().flatten().filter(|r| r.is_external && r.kind != "hyperlink").count();
        if external > 0 {
            self.notices.add(
                "ooxml.external_relation",
                format!("{external} parts of the document lie outside of the file (templates, pictures, other workbooks) and were not fetched"),
            );
        }
        if self.archive.hides_entries() {
            self.notices.add("archive.duplicate_names", "the file holds two parts of one name, of which only one was read");
        }
    }
}

/// `word/_rels/document.xml.rels` holds the relations of `word/document.xml`, `_rels/.rels` those of the package (``).
fn source_of_relations(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".rels")?;
    match stem.rsplit_once('/') {
        Some(("_rels", file)) => Some(file.to_owned()),
        Some((folder, file)) => Some(format!("{}/{file}", folder.strip_suffix("/_rels")?)),
        None => None,
    }
}

/// The part at which `target` points from a part in `folder`. It cannot leave the package: steps above its root are dropped.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    if target.starts_with(['/', '\\']) {
        return safe_name(target);
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    safe_name(&steps.join("/"))
}

fn utf16(mut reader: impl Read, encoding: &'static encoding_rs::Encoding) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(read_error)?;
    Ok(encoding.decode_with_bom_removal(&bytes).0.into_owned().into_bytes())
}

fn said(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The day of a W3C date and time, as it is written there.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    text.get(..10).and_then(|day| day.parse().ok()).or_else(|| {
        let timestamp: Timestamp = text.parse().ok()?;
        Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC).date())
    })
}
