use super::{strings::Strings, styles::Written, workbook::Workbook};
use crate::{
    Result,
    document::ooxml::{Package, Token, number::Locale, package::Properties},
};

/// Text that is enough to tell its language.
const SAMPLE_BYTES: usize = 8 * 1024;

/// With which separators the workbook's readers see its numbers. The file does not say it, so it is told by who made and
/// who reads it, the surest sign first:
///
/// 1. the language in its properties;
/// 2. the names that Excel gives in its own language: the style `Standard`, the heading `Arbeitsblätter` of its list of
///    sheets;
/// 3. formats for Germany or Austria (`[$€-407]`, `[$-de-DE]`), or with the euro sign behind the number;
/// 4. the language of its text.
pub(super) fn decide(
    package: &mut Package,
    properties: &Properties,
    workbook: &Workbook,
    styles: &Written,
    strings: &Strings,
) -> Result<Locale> {
    if let Some(language) = &properties.language {
        let language = language.to_lowercase();
        if language.starts_with("de") || language.starts_with("en") {
            return Ok(if language.starts_with("de") { Locale::German } else { Locale::English });
        }
    }
    let by_name = styles.normal.as_deref() == Some("Standard") || lists_sheets_in_german(package)?;
    let by_format = styles.codes.values().any(|code| is_german(code));
    if by_name || by_format {
        return Ok(Locale::German);
    }
    let mut sample = strings.sample(SAMPLE_BYTES);
    for sheet in &workbook.sheets {
        sample.push_str(&sheet.name);
        sample.push(' ');
    }
    Ok(if is_german_text(&sample) { Locale::German } else { Locale::English })
}

fn lists_sheets_in_german(package: &mut Package) -> Result<bool> {
    let Some(part) = package.targets("", "extended-properties").into_iter().next() else { return Ok(false) };
    let mut xml = package.xml(&part)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "lpstr" => {
                if matches!(xml.text()?.trim(), "Arbeitsblätter" | "Tabellenblätter") {
                    return Ok(true);
                }
            }
            Token::Eof => return Ok(false),
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
}

/// Whether a format code is one for German readers. Language identifiers: 407 Germany, C07 Austria.
fn is_german(code: &str) -> bool {
    let lower = code.to_lowercase();
    ["-407]", "-0407]", "-c07]", "-0c07]", "-de-de]", "-de-at]", "-407,", "tt.mm.", "jjjj"]
        .iter()
        .any(|sign| lower.contains(sign))
        || (lower.contains("0 \"€\"") || lower.contains("0\\ \"€\"") || lower.contains("0 €") || lower.contains("0\\ €"))
}

fn is_german_text(sample: &str) -> bool {
    const ENOUGH: f64 = 0.5;
    whatlang::detect(sample).is_some_and(|found| found.lang() == whatlang::Lang::Deu && found.confidence() > ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_for_german_readers_are_known() {
        for code in [
            "#,##0.00\\ [$€-407]",
            "[$-407]d. mmmm yyyy",
            "[$-de-DE]dd.mm.yyyy",
            "#,##0.00 \"€\"",
            "TT.MM.JJJJ",
            "#,##0.00\\ \"€\";-0",
        ] {
            assert!(is_german(code), "{code}");
        }
        for code in ["[$€-2] #,##0.00", "#,##0.00", "[$-409]mmmm d, yyyy", "\"$\"#,##0.00", "dd.mm.yyyy"] {
            assert!(!is_german(code), "{code}");
        }
    }

    #[test]
    fn the_words_of_a_trial_balance_are_german() {
        assert!(is_german_text(
            "Konto Bezeichnung Anfangsbestand Soll Haben Saldo Grundstücke und Bauten Forderungen aus Lieferungen und Leistungen \
             Verbindlichkeiten gegenüber Kreditinstituten Löhne und Gehälter Rückstellungen für Pensionen"
        ));
        assert!(!is_german_text(
            "Account Description Opening balance Debit Credit Trade receivables Wages and salaries Provisions"
        ));
        assert!(!is_german_text(""));
    }
}
