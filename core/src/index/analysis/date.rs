//! Dates in German, English and ISO notation → one form.

/// A date, a month or a year that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u16,
    pub(super) month: u8,
    /// 0 for a whole month.
    pub(super) day: u8,
}

impl Date {
    pub(super) fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let valid = (1000..=2999).contains(&year) && day <= days;
        valid.then_some(Self { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// Its terms, the most exact first.
    pub(super) fn terms(self) -> impl Iterator<Item = String> {
        let Self { year, month, day } = self;
        (day > 0)
            .then(|| format!("d{year}-{month:02}-{day:02}"))
            .into_iter()
            .chain([format!("m{year}-{month:02}"), year.to_string()])
    }
}

/// A date in digits at the beginning of `text` and the bytes that it takes: `31.12.2025`, `2025-12-31`, `31/12/2025`. Two
/// dates where day and month may be either, as in `03/04/2025`.
pub(super) fn in_digits(text: &str) -> Option<(Vec<Date>, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut fields = [(0u32, 0usize); 3];
    let mut separator = 0u8;
    for (i, (value, length)) in fields.iter_mut().enumerate() {
        if i > 0 {
            let found = *bytes.get(at)?;
            if !matches!(found, b'.' | b'-' | b'/') || (i == 2 && found != separator) {
                return None;
            }
            separator = found;
            at += 1;
            // 31. 12. 2025
            if found == b'.' && bytes.get(at) == Some(&b' ') {
                at += 1;
            }
        }
        let start = at;
        while at - start < 5 && bytes.get(at).is_some_and(u8::is_ascii_digit) {
            *value = *value * 10 + u32::from(bytes[at] - b'0');
            at += 1;
        }
        *length = at - start;
    }
    let follows = bytes.get(at).copied().unwrap_or(b' ');
    let more = matches!(follows, b'.' | b'-' | b'/' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if follows.is_ascii_alphanumeric() || more {
        return None;
    }
    let [(a, a_len), (b, b_len), (c, c_len)] = fields;
    let short = |y: u32| if y < 70 { 2000 + y } else { 1900 + y };
    let mut dates = Vec::new();
    if a_len == 4 && b_len == 2 && c_len == 2 && separator != b'.' {
        dates.extend(Date::new(a, b, c));
    } else if (1..=2).contains(&a_len) && (1..=2).contains(&b_len) && (c_len == 4 || (c_len == 2 && separator != b'-')) {
        let year = if c_len == 2 { short(c) } else { c };
        dates.extend(Date::new(year, b, a));
        if separator == b'/' && a != b {
            dates.extend(Date::new(year, a, b));
        }
    }
    dates.retain(|d| d.day > 0);
    (!dates.is_empty()).then_some((dates, at))
}

/// The month that a word names, in German or English, 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"];
    if !(3..=10).contains(&word.len()) {
        return None;
    }
    let mut folded = String::new();
    super::fold::plain(word, &mut folded);
    super::fold::digraphs(&mut folded, 0);
    let month = match folded.as_str() {
        "januar" | "january" | "janner" => "jan",
        "februar" | "february" => "feb",
        "marz" | "march" | "mrz" => "mar",
        "april" => "apr",
        "may" => "mai",
        "juni" | "june" => "jun",
        "juli" | "july" => "jul",
        "august" => "aug",
        "september" | "sept" => "sep",
        "oktober" | "october" | "oct" => "okt",
        "november" => "nov",
        "dezember" | "december" | "dec" => "dez",
        other => other,
    };
    NAMES.iter().position(|n| *n == month).map(|i| i as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_day_is_a_day_in_leap_years_alone() {
        assert!(Date::new(2024, 2, 29).is_some() && Date::new(2000, 2, 29).is_some());
        assert!(Date::new(2025, 2, 29).is_none() && Date::new(1900, 2, 29).is_none());
    }

    #[test]
    fn day_and_month_may_be_either_with_slashes() {
        let found = in_digits("03/04/2025").map(|(d, n)| (d.len(), n));
        assert_eq!(found, Some((2, 10)));
        assert_eq!(in_digits("31/12/2025"), Some((vec![Date { year: 2025, month: 12, day: 31 }], 10)));
    }

    #[test]
    fn a_version_or_a_long_number_is_no_date() {
        for text in ["1.2.3.4", "31.12.20255", "2025-13-01", "12.345.678", "31.12", "31.12.2025b"] {
            assert_eq!(in_digits(text), None, "{text}");
        }
    }
}
