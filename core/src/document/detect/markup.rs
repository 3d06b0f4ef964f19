//! Kinds of text that are told by their marks: HTML, XML, mail, Markdown.

use super::super::Format;

/// HTML or XML, of text that begins with `<`; `None` when it is neither.
pub(super) fn tell(text: &str, extension: &str) -> Option<Format> {
    let mut rest = text;
    // Declaration, comments and the like come before the first element.
    loop {
        rest = rest.trim_start();
        let close = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<?") {
            "?>"
        } else {
            break;
        };
        match rest.find(close) {
            Some(end) => rest = &rest[end + close.len()..],
            None => break,
        }
    }
    let lower: String = rest.chars().take(64).collect::<String>().to_ascii_lowercase();
    if let Some(declared) = lower.strip_prefix("<!doctype") {
        return Some(if declared.trim_start().starts_with("html") { Format::Html } else { Format::Xml });
    }
    let name: String = lower
        .strip_prefix('<')?
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        .collect();
    const HTML: &[&str] = &[
        "html",
        "head",
        "body",
        "title",
        "meta",
        "link",
        "script",
        "style",
        "div",
        "p",
        "table",
        "h1",
        "h2",
        "h3",
        "ul",
        "ol",
        "span",
        "br",
        "center",
        "font",
        "article",
        "section",
        "main",
        "header",
        "nav",
        "pre",
        "blockquote",
        "a",
        "b",
        "form",
        "img",
        "dl",
    ];
    let declared = text.starts_with("<?xml");
    let known = HTML.contains(&name.as_str());
    if name == "html" || known && !declared || matches!(extension, "html" | "htm" | "xhtml") {
        return Some(Format::Html);
    }
    // An element that closes, or a declaration: `<Name> wrote:` is neither.
    let element = !name.is_empty() && (text.contains(&format!("</{}", &rest[1..1 + name.len()])) || rest.contains("/>"));
    (declared || element || extension == "xml").then_some(Format::Xml)
}

/// Whether the text begins with the header of a mail: fields that only mails have, before the first blank line.
pub(super) fn is_mail(text: &str) -> bool {
    const TELLING: &[&str] = &[
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "received",
        "return-path",
        "content-type",
        "delivered-to",
        "cc",
        "reply-to",
        "sender",
        "x-mailer",
        "content-transfer-encoding",
        "in-reply-to",
        "references",
        "dkim-signature",
        "thread-topic",
    ];
    let (mut fields, mut telling) = (0, Vec::new());
    for (i, line) in text.split('\n').enumerate() {
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if i == 0 && line.starts_with("From ") || line.starts_with([' ', '\t']) && fields > 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        fields += 1;
        let name = name.to_ascii_lowercase();
        if let Some(known) = TELLING.iter().find(|t| **t == name)
            && !telling.contains(known)
        {
            telling.push(known);
        }
    }
    let has = |name: &str| telling.contains(&name);
    // A memo in a text file has From, To and Subject too; a mail was stamped by a machine.
    let stamped = has("message-id") || has("mime-version") || has("received") || has("return-path") || has("content-type");
    telling.len() >= 2
        && (stamped && (has("from") || has("date") || has("received") || has("mime-version"))
            || has("from") && has("date") && has("subject") && has("to"))
}

/// Whether the text has at least two kinds of Markdown's marks.
pub(super) fn is_markdown(text: &str) -> bool {
    let mut kinds = [false; 6];
    for line in text.lines() {
        let start = line.trim_start();
        let hashes = start.bytes().take_while(|b| *b == b'#').count();
        kinds[0] |= (1..=6).contains(&hashes) && start[hashes..].starts_with(' ') && line.starts_with('#') && hashes > 1;
        kinds[1] |= start.starts_with("```") || start.starts_with("~~~");
        kinds[2] |= start.contains("](") && start.contains('[');
        kinds[3] |=
            start.starts_with('|') && start.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' ')) && start.contains("--");
        kinds[4] |= start.split("**").count() >= 3;
        kinds[5] |= hashes == 1 && start.starts_with("# ") && start[2..].chars().next().is_some_and(char::is_uppercase);
    }
    kinds.iter().filter(|k| **k).count() >= 2
}
