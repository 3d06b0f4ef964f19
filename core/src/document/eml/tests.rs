use proptest::prelude::*;

use super::{super::testing::*, *};
use crate::types::Anchor;

const MAIL: &str = "Received: from x by y; Tue, 3 Feb 2026 23:10:01 +0100\r\n\
From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <jm@bank.example>\r\n\
To: \"Prüfer, Anna\" <anna@wp.example>, b@wp.example\r\n\
Subject: =?iso-8859-1?Q?Best=E4tigung?=\r\n =?iso-8859-1?Q?_2025?=\r\n\
Date: Tue, 3 Feb 2026 23:10:00 +0100\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"XX\"\r\n\r\n\
--XX\r\nContent-Type: multipart/alternative; boundary=YY\r\n\r\n\
--YY\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGuten Tag,\r\n\r\nder Saldo betr=E4gt 5 EUR.\r\n\
--YY\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Nur HTML</p>\r\n--YY--\r\n\
--XX\r\nContent-Type: text/csv; charset=iso-8859-1; name=\"a.csv\"\r\nContent-Disposition: attachment; filename*0*=utf-8''..%2F..%2FS%C3%A4l; filename*1=den.csv\r\n\
Content-Transfer-Encoding: base64\r\n\r\n5DsxCg==\r\n\
--XX\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.z\r\nSubject: Innen\r\nDate: Mon, 2 Feb 2026 10:00:00 +0100\r\n\r\nInnerer Text\r\n\
--XX\r\nContent-Type: image/png\r\nContent-ID: <i>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--XX--\r\n";

#[test]
fn header_body_and_attachments_are_read() {
    let out = extract_all(extract, "a.eml", MAIL.as_bytes());
    let page = &out.pages[0];
    assert_eq!(
        outline(page),
        [
            "p From: Jörg Müller <jm@bank.example>",
            "p To: Prüfer, Anna <anna@wp.example>, b@wp.example",
            "p Date: Tue, 3 Feb 2026 23:10:00 +0100",
            "h1 Bestätigung 2025",
            "p Guten Tag,",
            "p der Saldo beträgt 5 EUR."
        ]
    );
    assert_eq!(page.blocks[0].anchor, Some(Anchor::Part("header".into())));
    assert_eq!(page.blocks[5].anchor, Some(Anchor::Part("body".into())));
    let summary = out.result.expect("read");
    assert_eq!(summary.title.as_deref(), Some("Bestätigung 2025"));
    assert_eq!(summary.date, Some(jiff::civil::date(2026, 2, 3)));
    let names: Vec<&str> = out.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["Sälden.csv", "Innen.eml", "attachment.png"]);
    // The bytes are those that were attached, not what they mean.
    assert_eq!(out.parts[0].bytes.as_deref().expect("bytes"), b"\xe4;1\n");
    let inner = out.parts[1].bytes.as_deref().expect("bytes");
    assert!(
        inner.starts_with(b"From: x@y.z\r\nSubject: Innen") && inner.ends_with(b"Innerer Text"),
        "{}",
        String::from_utf8_lossy(inner)
    );
    assert_eq!(out.parts[2].bytes.as_deref().expect("bytes"), b"\x89PNG\r\n\x1a\n");
}

#[test]
fn a_mail_of_html_alone_is_read_as_html() {
    let mail = "From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Eins</p><p>Zwei</p>";
    let out = extract_all(extract, "a.eml", mail.as_bytes());
    assert_eq!(outline(&out.pages[0]), ["p From: a@b.c", "h1 x", "p Eins", "p Zwei"]);
}

#[test]
fn an_encrypted_mail_is_said_and_its_message_is_a_part() {
    let mail = "From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\
        Content-Transfer-Encoding: base64\n\nMIIB\n";
    let out = extract_all(extract, "a.eml", mail.as_bytes());
    assert_eq!(out.result.expect("read").notices[0].code, "eml.encrypted");
    assert_eq!(out.parts[0].name, "smime.p7m");
}

#[test]
fn names_of_attachments_lead_nowhere() {
    let mut mail =
        String::from("From: a@b.c\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\nText\n");
    for name in ["../../etc/passwd", "C:\\\\Windows\\\\win.ini", "/etc/shadow", "..", "re\u{202e}fdp.exe", "../../etc/passwd"] {
        mail.push_str(&format!(
            "--X\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"\n\nx\n"
        ));
    }
    mail.push_str("--X--\n");
    let out = extract_all(extract, "a.eml", mail.as_bytes());
    let names: Vec<&str> = out.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["passwd", "win.ini", "shadow", "part-4", "refdp.exe", "passwd (2)"]);
}

proptest! {
    #[test]
    fn any_mail_makes_pages_that_keep_their_promises(parts in proptest::collection::vec(prop_oneof![
        Just("From: a@b\n"), Just("Subject: =?utf-8?B?w6Q=?=\n"), Just("Content-Type: multipart/mixed; boundary=X\n"), Just("Content-Type: message/rfc822\n"),
        Just("Content-Type: text/html\n"), Just("Content-Transfer-Encoding: base64\n"), Just("\n"), Just("--X\n"), Just("--X--\n"), Just("Text ä\n"), Just("<p>x\n"),
        Just("Content-Disposition: attachment; filename=\"../x\"\n"), Just("Date: Tue, 31 Feb 99999 25:61:61 +9999\n"),
    ], 0..30)) {
        extract_all(extract, "a.eml", parts.concat().as_bytes());
    }
}
