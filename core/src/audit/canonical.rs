//! Canonical JSON, RFC 8785, for what entries need: no floats.

use serde_json::{Map, Number, Value};

use crate::{Error, ErrorKind, Result};

/// The largest integer that every reader of JSON has exactly: 2^53 − 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// How deep values may be nested; the same as `serde_json` reads.
const DEPTH_MAX: u32 = 127;

/// The canonical form: no white space, keys in the order of their UTF-16 code units, escapes only where JSON asks for them.
///
/// # Errors
/// `audit.number` for a float or an integer beyond ±(2^53 − 1): such numbers are written as strings. `audit.depth` above 127 levels.
pub fn to_canonical(value: &Value) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    write_value(value, DEPTH_MAX, &mut out)?;
    Ok(out)
}

/// Reads JSON that is its own canonical form: no duplicate keys, no white space, no other spelling of anything.
///
/// # Errors
/// `audit.json` when it is no JSON, `audit.not_canonical` when it is not in that form, `audit.number`.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|source| Error::new(ErrorKind::Malformed, "audit.json", "this is no JSON").with_source(source))?;
    // Of duplicate keys one is left, so that the bytes differ.
    if to_canonical(&value)? != bytes {
        return Err(Error::new(ErrorKind::Malformed, "audit.not_canonical", "this JSON is not in canonical form (RFC 8785)"));
    }
    Ok(value)
}

fn write_value(value: &Value, depth: u32, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_string(text, out),
        Value::Array(values) => {
            let depth = deeper(depth)?;
            out.push(b'[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(value, depth, out)?;
            }
            out.push(b']');
        }
        Value::Object(object) => write_object(object, deeper(depth)?, out)?,
    }
    Ok(())
}

fn deeper(depth: u32) -> Result<u32> {
    depth.checked_sub(1).ok_or_else(|| Error::new(ErrorKind::InvalidInput, "audit.depth", "JSON is nested too deeply"))
}

fn write_object(object: &Map<String, Value>, depth: u32, out: &mut Vec<u8>) -> Result<()> {
    let mut members: Vec<(&String, &Value)> = object.iter().collect();
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push(b'{');
    for (i, (key, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_string(key, out);
        out.push(b':');
        write_value(value, depth, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<()> {
    let small = number.as_i64().is_some_and(|integer| integer.unsigned_abs() <= INTEGER_MAX);
    if !small {
        return Err(Error::new(ErrorKind::InvalidInput, "audit.number", "a number is no integer within ±(2^53 − 1)")
            .with_hint("write it as a string"));
    }
    out.extend_from_slice(number.to_string().as_bytes());
    Ok(())
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(text: &str) -> String {
        String::from_utf8(to_canonical(&serde_json::from_str(text).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn rfc_8785_strings_and_literals() {
        // Section 3.2.2, without its floats.
        let sample = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
        assert_eq!(canonical(sample), r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
    }

    #[test]
    fn rfc_8785_order_of_keys() {
        // Section 3.2.3: sorted by UTF-16 code units, not by code points.
        let sample = r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"#;
        let value: Value = serde_json::from_slice(canonical(sample).as_bytes()).unwrap();
        let values: Vec<&str> = value.as_object().unwrap().values().filter_map(Value::as_str).collect();
        assert_eq!(
            values,
            [
                "Carriage Return",
                "One",
                "Control",
                "Latin Small Letter O With Diaeresis",
                "Euro Sign",
                "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh"
            ]
        );
    }

    #[test]
    fn numbers_are_integers_that_every_reader_has_exactly() {
        assert_eq!(canonical("[0,-1,9007199254740991,-9007199254740991]"), "[0,-1,9007199254740991,-9007199254740991]");
        for wrong in ["9007199254740992", "-9007199254740992", "18446744073709551615", "1.0", "1e3", "-0", "0.5"] {
            let value = serde_json::from_str(wrong).unwrap();
            assert_eq!(to_canonical(&value).unwrap_err().code(), "audit.number", "{wrong}");
        }
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        let fine = r#"{"a":[1,"ä\u0001"],"b":{}}"#;
        assert_eq!(to_canonical(&parse_canonical(fine.as_bytes()).unwrap()).unwrap(), fine.as_bytes());
        for wrong in [
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a": 1}"#,
            r#"{"a":1} "#,
            r#"{"a":01}"#,
            r#"{"a":1.0}"#,
            r#"{"a":-0}"#,
            r#"["\u00e4"]"#,
            r#"["\/"]"#,
            r#"["\u001F"]"#,
            r#"["\u000a"]"#,
            r#"["\ud800"]"#,
            r#"["a"#,
            "\u{feff}{}",
            "",
        ] {
            assert!(parse_canonical(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(parse_canonical(b"[\"\xff\"]").is_err(), "no UTF-8");
    }

    #[test]
    fn deep_values_are_refused_without_exhausting_the_stack() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse_canonical(text.as_bytes()).unwrap_err().code(), "audit.json");
        let deep = (0..200).fold(json!(1), |value, _| json!([value]));
        assert_eq!(to_canonical(&deep).unwrap_err().code(), "audit.depth");
        let fine = (0..127).fold(json!(1), |value, _| json!([value]));
        assert_eq!(parse_canonical(&to_canonical(&fine).unwrap()).unwrap(), fine);
    }
}
