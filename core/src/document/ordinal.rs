//! Numbers as Word and PDF count with them: letters, Roman numerals.

/// A number in one of the formats of `w:numFmt`; Arabic digits for those that are not known.
pub(super) fn spelled(number: u32, format: &str) -> String {
    match format {
        "none" | "bullet" => String::new(),
        "lowerLetter" => letters(number, b'a'),
        "upperLetter" => letters(number, b'A'),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperRoman" => roman(number),
        "decimalZero" => format!("{number:02}"),
        "decimalEnclosedParen" => format!("({number})"),
        "numberInDash" => format!("- {number} -"),
        _ => number.to_string(),
    }
}

/// From `first` (a or A) to z, then aa, bb: Word and PDF (ISO 32000-1, table 159) repeat the letter.
pub(super) fn letters(number: u32, first: u8) -> String {
    let Some(index) = number.checked_sub(1) else { return number.to_string() };
    let repeat = (index / 26 + 1) as usize;
    if repeat > 30 {
        return number.to_string();
    }
    char::from(first + (index % 26) as u8).to_string().repeat(repeat)
}

/// In capitals.
pub(super) fn roman(number: u32) -> String {
    const STEPS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&number) {
        return number.to_string();
    }
    let mut rest = number;
    let mut out = String::new();
    for (value, sign) in STEPS {
        while rest >= value {
            out.push_str(sign);
            rest -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_word_spells_them() {
        for (number, format, shown) in [
            (1, "lowerLetter", "a"),
            (26, "upperLetter", "Z"),
            (27, "lowerLetter", "aa"),
            (28, "lowerLetter", "bb"),
            (4, "lowerRoman", "iv"),
            (1949, "upperRoman", "MCMXLIX"),
            (7, "decimalZero", "07"),
            (0, "upperRoman", "0"),
            (3, "chineseCounting", "3"),
        ] {
            assert_eq!(spelled(number, format), shown);
        }
    }
}
