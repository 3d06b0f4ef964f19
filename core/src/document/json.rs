//! JSON, and lines of JSON, as lines `name: value` anchored at their pointers (RFC 6901).
//!
//! Numbers are the characters that the file has: `100.00` stays so, and no digit of a long number is lost.

use super::{
    Format, Input, Limits, Sink, Summary,
    builder::Pages,
    charset,
    guard::exceeded,
    tree::{self, Node},
};
use crate::{Error, ErrorKind, Result};

/// Reads a JSON file.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let text = charset::decode(&input.bytes);
    let mut pages = Pages::new(limits, sink);
    let mut parser = Parser { text: &text, at: 0, depth: 0, nesting: limits.nesting, keep: true };
    let mut values = Vec::new();
    loop {
        parser.skip_space();
        if parser.at == text.len() {
            break;
        }
        values.push(parser.value(String::new(), String::new())?);
    }
    match values.as_mut_slice() {
        [value] => tree::write(value, &mut pages)?,
        lines => {
            // Lines of JSON: the pointer begins with the number of the line's value.
            let mut children = Vec::with_capacity(lines.len());
            for (i, value) in lines.iter_mut().enumerate() {
                let mut value = std::mem::take(value);
                prefix(&mut value, &format!("/{i}"));
                children.push(value);
            }
            tree::write(&Node { children, ..Node::default() }, &mut pages)?;
        }
    }
    pages.finish()?;
    Ok(Summary { format: Format::Json, title: None, date: None, notices: Vec::new() })
}

fn prefix(node: &mut Node, with: &str) {
    node.path.insert_str(0, with);
    node.children.iter_mut().for_each(|child| prefix(child, with));
}

/// Whether the whole text is JSON: one value, or several in lines. A bare list or name in brackets is not enough.
pub(super) fn is_valid(text: &str) -> bool {
    let mut parser = Parser { text, at: 0, depth: 0, nesting: u32::from(u16::MAX) / 64, keep: false };
    loop {
        parser.skip_space();
        if parser.at == text.len() {
            return true;
        }
        match parser.value(String::new(), String::new()) {
            Ok(_) => {}
            // Too deep to read is still JSON.
            Err(error) => return error.kind() == ErrorKind::Limit,
        }
    }
}

/// RFC 8259, with `NaN` and `Infinity`.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
    nesting: u32,
    /// Whether values are kept, or only looked at.
    keep: bool,
}

impl Parser<'_> {
    fn value(&mut self, name: String, path: String) -> Result<Node> {
        self.skip_space();
        let mut node = Node { name, path, ..Node::default() };
        match self.peek() {
            Some(b'{') => self.object(&mut node)?,
            Some(b'[') => self.list(&mut node)?,
            Some(b'"') => node.value = Some(self.string()?),
            _ => node.value = Some(self.word()?),
        }
        Ok(node)
    }

    fn object(&mut self, node: &mut Node) -> Result<()> {
        self.open()?;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            let path =
                if self.keep { format!("{}/{}", node.path, name.replace('~', "~0").replace('/', "~1")) } else { String::new() };
            let mut child = self.value(name, path)?;
            // The members of a list go by the list's name.
            if self.keep {
                if child.value.is_none()
                    && child.children.iter().any(|c| !c.children.is_empty())
                    && child.children.iter().all(|c| c.name.is_empty())
                {
                    for mut member in std::mem::take(&mut child.children) {
                        member.name.clone_from(&child.name);
                        node.children.push(member);
                    }
                } else {
                    node.children.push(child);
                }
            }
            self.skip_space();
            if self.closes(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self, node: &mut Node) -> Result<()> {
        self.open()?;
        if self.closes(b']') {
            return Ok(());
        }
        for i in 0.. {
            let path = if self.keep { format!("{}/{i}", node.path) } else { String::new() };
            let child = self.value(String::new(), path)?;
            if self.keep {
                node.children.push(child);
            }
            self.skip_space();
            if self.closes(b']') {
                break;
            }
            self.expect(b',')?;
        }
        Ok(())
    }

    fn open(&mut self) -> Result<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > self.nesting {
            return Err(exceeded("nesting", self.nesting));
        }
        Ok(())
    }

    fn closes(&mut self, with: u8) -> bool {
        self.skip_space();
        let closes = self.peek() == Some(with);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    fn string(&mut self) -> Result<String> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\', '\n']).ok_or_else(|| self.malformed())?;
            if self.keep {
                out.push_str(&rest[..plain]);
            }
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Ok(out),
                b'\\' => {
                    let c = self.escape()?;
                    out.push(c);
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let escaped = self.peek().ok_or_else(|| self.malformed())?;
        self.at += 1;
        Ok(match escaped {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' | b'f' => ' ',
            b'n' | b'r' => '\n',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                let low_follows = (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u");
                if low_follows {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xDC00..0xE000).contains(&low) {
                        return Ok(char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                            .unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                match char::from_u32(high) {
                    Some('\0') | None => char::REPLACEMENT_CHARACTER,
                    Some(c) if c.is_control() && c != '\n' && c != '\t' => ' ',
                    Some(c) => c,
                }
            }
            _ => return Err(self.malformed()),
        })
    }

    fn hex(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let value = digits.and_then(|d| u32::from_str_radix(d, 16).ok()).ok_or_else(|| self.malformed())?;
        self.at += 4;
        Ok(value)
    }

    /// A number, or `true`, `false`, `null`; and what Python writes for numbers that JSON does not have.
    fn word(&mut self) -> Result<String> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let word = &rest[..end];
        let number = word.bytes().next().is_some_and(|b| b == b'-' || b.is_ascii_digit()) && word.parse::<f64>().is_ok();
        if !number && !matches!(word, "true" | "false" | "null" | "NaN" | "Infinity") {
            return Err(self.malformed());
        }
        self.at += end;
        Ok(word.to_owned())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.peek() != Some(byte) {
            return Err(self.malformed());
        }
        self.at += 1;
        Ok(())
    }

    fn malformed(&self) -> Error {
        let line = 1 + self.text[..self.at.min(self.text.len())].matches('\n').count();
        Error::new(ErrorKind::Malformed, "json.malformed", "the file is no valid JSON").with("line", line.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::*, *};
    use crate::types::Anchor;

    #[test]
    fn groups_are_paragraphs_lists_of_records_are_tables_and_numbers_stay_as_they_are() {
        let json = r#"{"nr":"RE-1","betrag":100.00,"lang":12345678901234567890,"käufer":{"name":"A \"B\" AG","ort":"K\u00f6ln \ud83d\ude00"},
            "zeilen":[{"pos":1,"text":"Stuhl"},{"pos":2,"text":"Tisch","rabatt":5}],"tags":["x","y"]}"#;
        let out = extract_all(extract, "a.json", json.as_bytes());
        let page = &out.pages[0];
        assert_eq!(
            outline(page),
            [
                "p nr: RE-1 betrag: 100.00 lang: 12345678901234567890",
                "h1 käufer",
                "p name: A \"B\" AG ort: Köln 😀",
                "h1 zeilen",
                "th pos|text|rabatt",
                "tr 1|Stuhl|",
                "tr 2|Tisch|5",
                "h1 tags",
                "li x",
                "li y"
            ]
        );
        let anchors: Vec<_> = page.blocks.iter().map(|b| b.anchor.clone()).collect();
        assert_eq!(anchors[2], Some(Anchor::Part("/käufer".into())));
        assert_eq!(anchors[6], Some(Anchor::Part("/zeilen/1".into())));
        assert_eq!(anchors[9], Some(Anchor::Part("/tags/1".into())));
    }

    #[test]
    fn lines_of_json_are_one_table() {
        let out = extract_all(extract, "a.jsonl", b"{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n");
        assert_eq!(outline(&out.pages[0]), ["th a|b", "tr 1|2", "tr 3|4"]);
        assert_eq!(out.pages[0].blocks[2].anchor, Some(Anchor::Part("/1".into())));
    }

    #[test]
    fn what_is_no_json_is_said_with_its_line() {
        let error = extract_all(extract, "a.json", b"{\"a\": 1,\n \"b\": }").result.expect_err("broken");
        assert_eq!((error.code(), error.context().next()), ("json.malformed", Some(("line", "2"))));
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error_and_not_a_crash() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(extract_all(extract, "a.json", deep.as_bytes()).result.expect_err("deep").code(), "limit.nesting");
        assert!(is_valid(&deep));
    }

    proptest! {
        /// Oracle: serde_json.
        #[test]
        fn what_serde_reads_is_valid_and_nothing_else(text in "[\\[\\]{}:,\"a0-9.eE+\\-\\\\u \ntrufalsn]{0,40}") {
            let serde = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>().all(|v| v.is_ok());
            // Several values in a row need a separator in some implementations; what serde takes, we take.
            if serde {
                prop_assert!(is_valid(&text));
            }
            extract_all(extract, "a.json", text.as_bytes());
        }
    }
}
