//! Check digits. All of them over ASCII.

/// Digits of a text of digits.
fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// ISO 7812: payment cards.
pub(super) fn luhn(number: &str) -> bool {
    let Some(digits) = digits(number) else { return false };
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// ISO 7064 mod 97-10, as ISO 13616 uses it: the first four characters move to the end, letters count from 10.
pub(super) fn iban(text: &str) -> bool {
    let (Some(head), Some(tail)) = (text.get(..4), text.get(4..)) else { return false };
    let mut rest = 0;
    for c in tail.chars().chain(head.chars()) {
        let Some(value) = c.to_digit(36) else { return false };
        rest = (if value < 10 { rest * 10 } else { rest * 100 } + value) % 97;
    }
    rest == 1
}

/// ISO 7064 mod 11,10: Steuer-ID, German VAT identification number.
pub(super) fn mod_11_10(number: &str) -> bool {
    let Some(digits) = digits(number) else { return false };
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

/// § 139b AO and its ordinance: eleven digits, no zero in front; of the first ten one digit stands two or three times, the others once at
/// most; three times, but never side by side.
pub(super) fn tax_id(number: &str) -> bool {
    let Some(digits) = digits(number) else { return false };
    if digits.len() != 11 || digits[0] == 0 || !mod_11_10(number) {
        return false;
    }
    let body = &digits[..10];
    let mut counts = [0; 10];
    body.iter().for_each(|digit| counts[*digit as usize] += 1);
    let repeated: Vec<u32> = (0..10).filter(|digit| counts[*digit as usize] > 1).collect();
    match repeated.as_slice() {
        [digit] if counts[*digit as usize] == 2 => true,
        [digit] if counts[*digit as usize] == 3 => !body.windows(3).any(|three| three.iter().all(|d| d == digit)),
        _ => false,
    }
}

/// § 147 SGB VI: area, date of birth, initial, serial number, check digit.
pub(super) fn social_security(text: &str) -> bool {
    if text.len() != 12 || !text.is_ascii() {
        return false;
    }
    let Some(letter) = text.chars().nth(8).filter(char::is_ascii_alphabetic) else { return false };
    let place = letter.to_ascii_uppercase() as u32 - 'A' as u32 + 1;
    let number = format!("{}{place:02}{}", &text[..8], &text[9..]);
    let Some(digits) = digits(&number) else { return false };
    // The day is raised by 50 where a serial number was used up; 00 stands for unknown.
    let (day, month) = (digits[2] * 10 + digits[3], digits[4] * 10 + digits[5]);
    if !(day <= 31 || (51..=81).contains(&day)) || month > 12 {
        return false;
    }
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w / 10 + d * w % 10).sum();
    sum % 10 == digits[12]
}

/// § 290 SGB V: a letter as two digits, eight digits, weights 1 and 2 in turn, sums of digits.
pub(super) fn health_insurance(text: &str) -> bool {
    let Some(letter) = text.chars().next().filter(char::is_ascii_alphabetic) else { return false };
    let number = format!("{:02}{}", letter.to_ascii_uppercase() as u32 - 'A' as u32 + 1, &text[1..]);
    let Some(digits) = digits(&number).filter(|digits| digits.len() == 11) else { return false };
    let sum: u32 = digits[..10].iter().enumerate().map(|(i, d)| d * (1 + i as u32 % 2)).map(|d| d / 10 + d % 10).sum();
    sum % 10 == digits[10]
}

/// ICAO 9303: weights 7, 3, 1; letters count from 10, `<` as 0. The last character is the check digit.
pub(super) fn travel_document(text: &str) -> bool {
    let values: Option<Vec<u32>> = text.chars().map(|c| if c == '<' { Some(0) } else { c.to_digit(36) }).collect();
    let Some(values) = values else { return false };
    let Some((check, body)) = values.split_last() else { return false };
    *check < 10
        && body.iter().zip([7, 3, 1].into_iter().cycle()).map(|(value, weight)| value * weight).sum::<u32>() % 10 == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of the issuers: ECB, Bundesbank, BZSt, Deutsche Rentenversicherung, gematik, ICAO 9303, Bundesdruckerei.
    #[test]
    fn the_issuers_own_examples_hold_and_no_digit_of_them_may_change() {
        let examples: [(fn(&str) -> bool, &[&str]); 7] = [
            (luhn, &["4111111111111111", "378282246310005", "5555555555554444"]),
            (iban, &["de89370400440532013000", "gb29nwbk60161331926819", "fr1420041010050500013m02606", "no9386011117947"]),
            (mod_11_10, &["136695976", "811128135"]),
            (tax_id, &["86095742719", "47036892816", "65929970489"]),
            (social_security, &["15070649c103", "65170839j003"]),
            (health_insurance, &["a123456780", "x110411675"]),
            (travel_document, &["l898902c36", "c01x00t478", "7408122"]),
        ];
        for (check, texts) in examples {
            for text in texts {
                assert!(check(text), "{text}");
                for (i, c) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                    let other = char::from_digit((c.to_digit(10).unwrap() + 1) % 10, 10).unwrap();
                    let changed: String = text.char_indices().map(|(j, c)| if i == j { other } else { c }).collect();
                    assert!(!check(&changed), "{text} → {changed}");
                }
            }
        }
    }

    #[test]
    fn nothing_else_is_taken_and_nothing_panics() {
        for text in ["", "0", "é", "ää", "abc", "12é45678é012", "ß5070649c103", "00000000000", "12345678é12", "1507064éc10"]
        {
            for check in [luhn, iban, mod_11_10, tax_id, social_security, health_insurance, travel_document] {
                let _ = check(text);
            }
            assert!(!tax_id(text) && !social_security(text) && !health_insurance(text));
        }
    }
}
