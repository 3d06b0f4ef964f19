//! Files under a password.

use super::*;

/// The strings O and U of ISO 32000-1, algorithms 3 and 5, for the user password `geheim`, the owner password `besitzer`, the
/// permissions -4 and the identifier below, computed by hand. Streams and strings stay as they are (crypt filter Identity).
const OWNER: &str = "0f66dab3654f8b3e7dc57757b8a3801a638591000915f48d39899ae095e885b7";
const USER: &str = "b11243332ef28c1e05a7db0e6e551f0b00000000000000000000000000000000";

fn encrypted() -> Vec<u8> {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Vertraulich"));
    let dict = builder.object(format!(
        "<< /Filter /Standard /V 4 /R 4 /Length 128 /P -4 /O <{OWNER}> /U <{USER}> /StmF /Identity /StrF /Identity /CF << >> >>"
    ));
    let id = "30313233343536373839616263646566";
    builder.trailer = format!("/Encrypt {dict} 0 R /ID [<{id}> <{id}>]");
    builder.bytes()
}

#[test]
fn an_encrypted_document_needs_its_password() {
    let code = |password| try_read(encrypted(), password, &Limits::default()).map_err(|error| error.code().to_owned()).err();
    assert_eq!(code(None).as_deref(), Some("document.encrypted"));
    assert_eq!(code(Some("falsch")).as_deref(), Some("document.wrong_password"));
    let (sink, _) = try_read(encrypted(), Some("geheim"), &Limits::default()).expect("the password opens it");
    assert_eq!(sink.pages[0].text, "Vertraulich\n");
}

/// Made by qpdf; core/tests/fixtures/encrypted/README.md says how.
#[test]
fn each_cipher_of_pdf_opens_with_its_password_among_others() {
    macro_rules! fixture {
        ($name:literal) => {
            ($name, include_bytes!(concat!("../../../../tests/fixtures/encrypted/", $name)).as_slice())
        };
    }
    let passwords = ["falsch", "geheim", "Pru\u{308}f-2025 €"].map(str::to_owned);
    for (name, bytes) in
        [fixture!("rc4-128.pdf"), fixture!("aes-128.pdf"), fixture!("aes-256.pdf"), fixture!("aes-256-umlaut.pdf")]
    {
        let read = |passwords: &[String]| {
            let mut sink = Collect::default();
            extract(&Input { name, bytes: Arc::new(bytes.to_vec()), passwords }, &Limits::default(), &mut sink)
                .map(|_| sink.pages[0].text.clone())
                .map_err(|error| error.code().to_owned())
        };
        assert_eq!(read(&passwords).as_deref(), Ok("Vertraulich\n"), "{name}");
        assert_eq!(read(&[]), Err("document.encrypted".to_owned()), "{name}");
        assert_eq!(read(&passwords[..1]), Err("document.wrong_password".to_owned()), "{name}");
    }
}

#[test]
fn a_damaged_file_that_is_encrypted_opens_with_its_password() {
    let mut bytes = include_bytes!("../../../../tests/fixtures/encrypted/rc4-128.pdf").to_vec();
    let start = bytes.windows(9).rposition(|window| window == b"startxref").expect("a start") + 10;
    bytes[start..start + 3].copy_from_slice(b"999");
    let table = bytes.windows(5).position(|window| window == b"xref\n").expect("a table");
    bytes[table..table + 4].copy_from_slice(b"????");
    let (sink, _) = try_read(bytes.clone(), Some("geheim"), &Limits::default()).expect("the password opens it");
    assert_eq!(sink.pages[0].text, "Vertraulich\n");
    let error = try_read(bytes, None, &Limits::default()).err().expect("it is refused");
    assert!(error.code() == "pdf.damaged" && error.hint().is_some_and(|hint| hint.contains("password")), "{error}");
}
