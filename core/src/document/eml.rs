//! Mail (RFC 5322 and MIME): its header, its body, and its attachments as parts.

use std::borrow::Cow;

use jiff::civil::Date;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType, decoders};

use super::{Format, Input, Limits, Notice, Part, Sink, Summary, builder::Pages, html, names::PartNames, text};
use crate::{Error, ErrorKind, Result, types::BlockKind};

/// Anchors of the two things that a mail shows.
const HEADER: &str = "header";
const BODY: &str = "body";

/// Reads a mail. Its one page has the header's lines, then the body: the plain text, or the HTML where there is none.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    // A mailbox of one message begins with a line of its own.
    let bytes: &[u8] = match input.bytes.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|b| *b == b'\n').map_or(rest, |at| &rest[at + 1..]),
        None => &input.bytes,
    };
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or_else(|| Error::new(ErrorKind::Malformed, "eml.malformed", "the mail has no header that can be read"))?;
    let mut notices = Vec::new();
    let mut pages = Pages::new(limits, sink);
    pages.set_part(Some(HEADER));
    write_header(&message, &mut pages)?;
    pages.set_part(Some(BODY));
    write_body(&message, limits, &mut pages, &mut notices)?;
    pages.finish()?;
    if is_encrypted(&message) {
        notices.push(Notice {
            code: "eml.encrypted".to_owned(),
            message: "the mail is encrypted (S/MIME or PGP): its body could not be read".to_owned(),
        });
    }
    let mut names = PartNames::default();
    for id in &message.attachments {
        if let Some(part) = message.parts.get(*id as usize) {
            sink.part(attachment(part, &message, &mut names))?;
        }
    }
    let title = message.subject().map(|s| s.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|s| !s.is_empty());
    Ok(Summary { format: Format::Eml, title, date: sent(&message), notices })
}

/// The day on which the mail was sent, as its writer's clock had it.
fn sent(message: &Message<'_>) -> Option<Date> {
    let date = message.date()?;
    Date::new(date.year.try_into().ok()?, date.month.try_into().ok()?, date.day.try_into().ok()?).ok()
}

fn write_header(message: &Message<'_>, pages: &mut Pages) -> Result<()> {
    for name in ["From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject"] {
        let addresses = |address: Option<&mail_parser::Address<'_>>| {
            let all: Vec<String> = address.into_iter().flat_map(|a| a.iter()).filter_map(shown).collect();
            all.join(", ")
        };
        let value: Cow<'_, str> = match name {
            "From" => addresses(message.from()).into(),
            "Sender" => addresses(message.sender()).into(),
            "Reply-To" => addresses(message.reply_to()).into(),
            "To" => addresses(message.to()).into(),
            "Cc" => addresses(message.cc()).into(),
            "Bcc" => addresses(message.bcc()).into(),
            // The day and the hour as they were written, with the zone.
            "Date" => message.header_raw("Date").unwrap_or_default().into(),
            _ => message.subject().unwrap_or_default().into(),
        };
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        if !value.is_empty() {
            let kind = if name == "Subject" { BlockKind::Heading { level: 1 } } else { BlockKind::Paragraph };
            let line = if name == "Subject" { value } else { format!("{name}: {value}") };
            pages.block(kind, &line, &[], None)?;
        }
    }
    Ok(())
}

fn shown(address: &mail_parser::Addr<'_>) -> Option<String> {
    Some(match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => return None,
    })
}

fn write_body(message: &Message<'_>, limits: &Limits, pages: &mut Pages, notices: &mut Vec<Notice>) -> Result<()> {
    let blank = |id: &u32| match message.parts.get(*id as usize).map(|p| &p.body) {
        Some(PartType::Text(text)) => text.trim().is_empty(),
        Some(PartType::Html(_)) => false,
        _ => true,
    };
    // Some programs write an empty plain text beside the HTML.
    let plain = !message.text_body.iter().all(blank);
    for id in if plain { &message.text_body } else { &message.html_body } {
        match message.parts.get(*id as usize).map(|part| &part.body) {
            Some(PartType::Text(body)) => {
                let body = super::charset::decode(body.as_bytes()).replace('\u{c}', "\n");
                text::write(&body, pages, &mut None)?;
            }
            Some(PartType::Html(body)) => {
                html::write(&super::charset::decode(body.as_bytes()), limits, pages, notices)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_encrypted(message: &Message<'_>) -> bool {
    message.parts.iter().any(|part| {
        let signed = part.content_type().and_then(|t| t.attribute("smime-type")).is_some_and(|t| t.contains("signed"));
        part.is_content_type("multipart", "encrypted")
            || (part.is_content_type("application", "pkcs7-mime") || part.is_content_type("application", "x-pkcs7-mime"))
                && !signed
    }) || message
        .parts
        .iter()
        .any(|part| matches!(&part.body, PartType::Text(text) if text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----")))
}

/// An attachment with the bytes that were attached: what was text is not decoded.
fn attachment(part: &MessagePart<'_>, message: &Message<'_>, names: &mut PartNames) -> Part {
    let name = match (part.attachment_name(), &part.body) {
        (Some(name), _) if !name.trim().is_empty() => names.file(name),
        (_, PartType::Message(inner)) => {
            names.file(&format!("{}.eml", inner.subject().unwrap_or("message").replace(['/', '\\'], "_")))
        }
        _ => {
            let subtype = part.content_type().and_then(|t| t.subtype()).unwrap_or("bin").to_ascii_lowercase();
            let extension = match subtype.as_str() {
                "plain" => "txt",
                "jpeg" => "jpg",
                "octet-stream" => "bin",
                other => other.rsplit(['+', '.', '-']).next().unwrap_or("bin"),
            };
            names.file(&format!("attachment.{extension}"))
        }
    };
    let raw = message.raw_message.get(part.raw_body_offset() as usize..part.raw_end_offset() as usize).unwrap_or_default();
    let bytes = match (&part.body, part.encoding) {
        (PartType::Message(inner), Encoding::Base64 | Encoding::QuotedPrintable) => inner.raw_message.to_vec(),
        (PartType::Text(_) | PartType::Html(_), Encoding::Base64) => {
            decoders::base64::base64_decode(raw).unwrap_or_else(|| part.contents().to_vec())
        }
        (PartType::Text(_) | PartType::Html(_), Encoding::QuotedPrintable) => {
            decoders::quoted_printable::quoted_printable_decode(raw).unwrap_or_else(|| part.contents().to_vec())
        }
        (PartType::Text(_) | PartType::Html(_) | PartType::Message(_) | PartType::Multipart(_), _) => raw.to_vec(),
        (PartType::Binary(bytes) | PartType::InlineBinary(bytes), _) => bytes.to_vec(),
    };
    Part { name, bytes: Ok(bytes) }
}

#[cfg(test)]
mod tests;
