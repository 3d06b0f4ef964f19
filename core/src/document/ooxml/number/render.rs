use super::{
    Locale,
    code::{Comparison, ENGLISH, Format, GERMAN, Section, Token},
    decimal::Decimal,
    moment::{DAYS_1904, Moment},
};

/// How a value looks in its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) text: String,
    /// The format shows nothing (`;;;`): the text is the value in the format General.
    pub(crate) hidden: bool,
}

/// Digits that Excel computes with; longer numbers are shown with an exponent.
const DIGITS: i32 = 15;

/// Characters that the format General has for a number with a fraction, its decimal sign among them.
const GENERAL_WIDTH: i32 = 11;

impl Format {
    /// How a number looks. `since_1904` tells the calendar of dates.
    pub(crate) fn number(&self, value: f64, locale: Locale, since_1904: bool) -> Shown {
        let visible = |text: String| Shown { text: text.trim().to_owned(), hidden: false };
        if !value.is_finite() {
            return visible("#NUM!".to_owned());
        }
        let Some((section, signed)) = self.section(value) else { return visible(general(value, locale)) };
        if section.is_date() {
            let serial = if since_1904 { value + DAYS_1904 } else { value };
            return visible(date(section, serial, locale).unwrap_or_else(|| general(value, locale)));
        }
        let shown = number(section, value, signed, locale);
        // Text that nobody sees is for the reader to find nevertheless.
        if shown.trim().is_empty() { Shown { text: general(value, locale), hidden: true } } else { visible(shown) }
    }

    /// How text looks.
    pub(crate) fn text(&self, text: &str) -> Shown {
        let Some(section) = self.text_section() else { return Shown { text: text.to_owned(), hidden: false } };
        let mut out = String::new();
        for token in &section.tokens {
            match token {
                Token::At | Token::General => out.push_str(text),
                Token::Literal(literal) => out.push_str(literal),
                _ => {}
            }
        }
        let hidden = out.trim().is_empty() && !text.trim().is_empty();
        Shown { text: if hidden { text.to_owned() } else { out }, hidden }
    }

    /// The section that shows `value`, and whether a minus of its own goes before it. A code that knows text alone shows
    /// numbers as in General.
    fn section(&self, value: f64) -> Option<(&Section, bool)> {
        let sections = self.number_sections();
        if sections.iter().any(|section| section.condition.is_some()) {
            let matching = sections.iter().find(|section| section.condition.is_none_or(|condition| holds(condition, value)));
            let section = matching.or(sections.last())?;
            // A section for nothing but numbers below zero has its own sign.
            let has_own_sign =
                matches!(section.condition, Some((Comparison::Less | Comparison::LessOrEqual, limit)) if limit <= 0.0);
            return Some((section, !has_own_sign));
        }
        match sections {
            [] => None,
            [all] => Some((all, true)),
            [positive, negative] => Some(if value < 0.0 { (negative, false) } else { (positive, true) }),
            [_, negative, ..] if value < 0.0 => Some((negative, false)),
            [_, _, zero, ..] if value == 0.0 => Some((zero, true)),
            [positive, ..] => Some((positive, true)),
        }
    }
}

fn holds((comparison, limit): (Comparison, f64), value: f64) -> bool {
    match comparison {
        Comparison::Less => value < limit,
        Comparison::LessOrEqual => value <= limit,
        Comparison::Equal => value == limit,
        Comparison::NotEqual => value != limit,
        Comparison::Greater => value > limit,
        Comparison::GreaterOrEqual => value >= limit,
    }
}

/// A number in the format General.
pub(super) fn general(value: f64, locale: Locale) -> String {
    let decimal = Decimal::of(value);
    let minus = if value < 0.0 && !decimal.is_zero() { "-" } else { "" };
    let magnitude = decimal.point();
    if !decimal.is_zero() && !(-3..=DIGITS).contains(&magnitude) {
        let mantissa = decimal.shifted(1 - magnitude).rounded(5);
        // Rounding may have carried: 9.999999 is 10.
        let (mantissa, exponent) =
            if mantissa.point() > 1 { (mantissa.shifted(-1), magnitude) } else { (mantissa, magnitude - 1) };
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{minus}{}E{sign}{:02}", plain(&mantissa, locale), exponent.abs());
    }
    if decimal.is_integer() {
        return format!("{minus}{}", plain(&decimal, locale));
    }
    let places = (GENERAL_WIDTH - 1 - magnitude.max(1)).max(0);
    let places = if magnitude >= GENERAL_WIDTH - 1 { DIGITS - magnitude } else { places };
    let rounded = decimal.rounded(places);
    let minus = if rounded.is_zero() { "" } else { minus };
    format!("{minus}{}", plain(&rounded, locale))
}

fn plain(decimal: &Decimal, locale: Locale) -> String {
    let (whole, behind) = decimal.parts();
    let whole = if whole.is_empty() { "0".to_owned() } else { whole };
    if behind.is_empty() { whole } else { format!("{whole}{}{behind}", locale.decimal_sign()) }
}

fn number(section: &Section, value: f64, signed: bool, locale: Locale) -> String {
    let tokens = &section.tokens;
    if tokens.contains(&Token::Slash) {
        return general(if signed { value } else { value.abs() }, locale);
    }
    if let Some(exponent) = tokens.iter().position(|token| matches!(token, Token::Exponent(_))) {
        return scientific(tokens, exponent, value, signed, locale);
    }
    let layout = Layout::of(tokens);
    let percents = tokens.iter().filter(|token| **token == Token::Percent).count() as i32;
    let decimal = Decimal::of(value).shifted(percents * 2 - layout.thousands * 3).rounded(layout.behind.len() as i32);
    let shows_digits = !(layout.whole.is_empty() && layout.behind.is_empty()) || tokens.contains(&Token::General);
    let is_general = tokens.contains(&Token::General);
    let minus = value < 0.0 && signed && shows_digits && (is_general || !decimal.is_zero());
    let (whole, behind) = decimal.parts();
    let whole = Whole::new(&whole, &layout, locale);
    let mut out = String::new();
    if minus && !is_general {
        out.push('-');
    }
    let (mut whole_at, mut behind_at, mut past_point) = (0, 0, false);
    for token in tokens {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Percent => out.push('%'),
            Token::Fill if out.ends_with(['-', '(']) || out.is_empty() => {}
            Token::Fill => out.push(' '),
            Token::Digit(_) if !past_point => {
                out.push_str(&whole.digits_at(whole_at));
                whole_at += 1;
            }
            Token::Digit(kind) => {
                let rest_is_zero = behind.len() <= behind_at;
                match behind.as_bytes().get(behind_at) {
                    Some(digit) => out.push(char::from(*digit)),
                    None if *kind == '0' || layout.behind[behind_at.min(layout.behind.len() - 1)..].contains(&'0') => {
                        out.push('0')
                    }
                    None => debug_assert!(rest_is_zero),
                }
                behind_at += 1;
            }
            Token::Point if !past_point => {
                past_point = true;
                if layout.whole.is_empty() {
                    out.push_str(&whole.all());
                }
                // `0.##` shows `5,` for five; that sign is kept, as Excel does.
                if !layout.behind.is_empty() {
                    out.push(locale.decimal_sign());
                }
            }
            Token::General => out.push_str(&general(if signed { value } else { value.abs() }, locale)),
            _ => {}
        }
    }
    out
}

/// Where a section has its digits.
struct Layout {
    whole: Vec<char>,
    behind: Vec<char>,
    grouped: bool,
    /// Each comma behind the last digit divides by a thousand.
    thousands: i32,
}

impl Layout {
    fn of(tokens: &[Token]) -> Self {
        let mut layout = Self { whole: Vec::new(), behind: Vec::new(), grouped: false, thousands: 0 };
        let mut past_point = false;
        let mut commas = 0;
        for token in tokens {
            match token {
                Token::Digit(kind) => {
                    if commas > 0 && !past_point && !layout.whole.is_empty() {
                        layout.grouped = true;
                    }
                    commas = 0;
                    if past_point { layout.behind.push(*kind) } else { layout.whole.push(*kind) }
                }
                Token::Point if !past_point => {
                    past_point = true;
                    layout.thousands += commas;
                    commas = 0;
                }
                Token::Comma if !(layout.whole.is_empty() && layout.behind.is_empty()) => commas += 1,
                _ => {}
            }
        }
        layout.thousands += commas;
        layout
    }
}

/// The digits before the decimal sign, dealt out to their placeholders from the right.
struct Whole {
    digits: Vec<String>,
    places: usize,
}

impl Whole {
    fn new(whole: &str, layout: &Layout, locale: Locale) -> Self {
        let required = layout.whole.iter().position(|kind| *kind == '0').map_or(0, |first| layout.whole.len() - first);
        let padded = format!("{}{whole}", "0".repeat(required.saturating_sub(whole.len())));
        let count = padded.len();
        let digits = padded
            .chars()
            .enumerate()
            .map(|(index, digit)| {
                let behind = count - index - 1;
                let group = layout.grouped && behind > 0 && behind % 3 == 0;
                if group { format!("{digit}{}", locale.group_sign()) } else { digit.to_string() }
            })
            .collect();
        Self { digits, places: layout.whole.len() }
    }

    /// What stands at the placeholder `index`; at the first one also all digits for which there is no placeholder.
    fn digits_at(&self, index: usize) -> String {
        let surplus = self.digits.len().saturating_sub(self.places);
        let missing = self.places.saturating_sub(self.digits.len());
        if index == 0 {
            return if missing > 0 { String::new() } else { self.digits[..=surplus.min(self.digits.len() - 1)].concat() };
        }
        index.checked_sub(missing).and_then(|at| self.digits.get(at + surplus)).cloned().unwrap_or_default()
    }

    fn all(&self) -> String {
        self.digits.concat()
    }
}

fn scientific(tokens: &[Token], at: usize, value: f64, signed: bool, locale: Locale) -> String {
    let layout = Layout::of(&tokens[..at]);
    let step = layout.whole.len().max(1) as i32;
    let places = layout.behind.len() as i32;
    let decimal = Decimal::of(value);
    let mut exponent = if decimal.is_zero() { 0 } else { (decimal.point() - 1).div_euclid(step) * step };
    let mut mantissa = decimal.clone().shifted(-exponent).rounded(places);
    if mantissa.point() > step {
        exponent += step;
        mantissa = decimal.shifted(-exponent).rounded(places);
    }
    let (whole, behind) = mantissa.parts();
    let mut out = String::new();
    if value < 0.0 && signed {
        out.push('-');
    }
    out.push_str(if whole.is_empty() { "0" } else { &whole });
    let required = layout.behind.iter().filter(|kind| **kind == '0').count();
    if !behind.is_empty() || required > 0 {
        out.push(locale.decimal_sign());
        out.push_str(&behind);
        out.extend(std::iter::repeat_n('0', required.saturating_sub(behind.len())));
    }
    let width = tokens[at..].iter().filter(|token| matches!(token, Token::Digit('0'))).count();
    out.push('E');
    match (exponent < 0, &tokens[at]) {
        (true, _) => out.push('-'),
        (false, Token::Exponent(true)) => out.push('+'),
        _ => {}
    }
    out.push_str(&format!("{:0width$}", exponent.abs()));
    out
}

fn date(section: &Section, serial: f64, locale: Locale) -> Option<String> {
    let fraction = section.tokens.iter().find_map(|token| match token {
        Token::SecondFraction(digits) => Some((*digits).min(3)),
        _ => None,
    });
    let unit = [1000, 100, 10, 1][fraction.unwrap_or(0)];
    let moment = Moment::of(serial, unit)?;
    let half = section.tokens.iter().any(|token| matches!(token, Token::HalfDay(_)));
    let names = match section.language {
        Some(GERMAN) => Locale::German,
        Some(ENGLISH) => Locale::English,
        _ => locale,
    };
    let (seconds, milliseconds) = (moment.milliseconds / 1000, moment.milliseconds % 1000);
    let hour = seconds / 3600;
    let mut out = String::new();
    for token in &section.tokens {
        match token {
            Token::Literal(text) => out.push_str(text),
            Token::Date('y', 1 | 2) => out.push_str(&format!("{:02}", moment.year % 100)),
            Token::Date('y', _) => out.push_str(&format!("{:04}", moment.year)),
            Token::Date('m', 3) => out.push_str(short_month(names, moment.month)),
            Token::Date('m', 5) => out.extend(month(names, moment.month).chars().next()),
            Token::Date('m', 4..) => out.push_str(month(names, moment.month)),
            Token::Date('m', width) => out.push_str(&format!("{:0width$}", moment.month)),
            Token::Date('d', 3) => out.push_str(short_weekday(names, moment.weekday)),
            Token::Date('d', 4..) => out.push_str(weekday(names, moment.weekday)),
            Token::Date('d', width) => out.push_str(&format!("{:0width$}", moment.day)),
            Token::Date('h', width) => {
                let hour = if half { (hour + 11) % 12 + 1 } else { hour };
                out.push_str(&two(hour, *width));
            }
            Token::Date('n', width) => out.push_str(&two(seconds / 60 % 60, *width)),
            Token::Date('s', width) => out.push_str(&two(seconds % 60, *width)),
            Token::Elapsed('h', width) => out.push_str(&two(moment.elapsed / 3_600_000, *width)),
            Token::Elapsed('m', width) => out.push_str(&two(moment.elapsed / 60_000, *width)),
            Token::Elapsed('s', width) => out.push_str(&two(moment.elapsed / 1000, *width)),
            Token::HalfDay(long) => out.push_str(match (hour < 12, long) {
                (true, true) => "AM",
                (false, true) => "PM",
                (true, false) => "A",
                (false, false) => "P",
            }),
            Token::SecondFraction(digits) => {
                out.push(locale.decimal_sign());
                out.push_str(&format!("{milliseconds:03}")[..(*digits).min(3)]);
            }
            Token::Fill => out.push(' '),
            _ => {}
        }
    }
    Some(out)
}

fn two(number: i64, width: usize) -> String {
    if width >= 2 { format!("{number:02}") } else { number.to_string() }
}

fn month(locale: Locale, month: i8) -> &'static str {
    const GERMAN: [&str; 12] =
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let names = if locale == Locale::German { GERMAN } else { ENGLISH };
    names.get((month - 1).max(0) as usize).copied().unwrap_or_default()
}

/// Three letters, and `Mrz` as German Excel has it.
fn short_month(locale: Locale, number: i8) -> &'static str {
    if locale == Locale::German && number == 3 {
        return "Mrz";
    }
    month(locale, number).get(..3).unwrap_or_default()
}

fn weekday(locale: Locale, day: i8) -> &'static str {
    const GERMAN: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
    const ENGLISH: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let names = if locale == Locale::German { GERMAN } else { ENGLISH };
    names.get(day.max(0) as usize).copied().unwrap_or_default()
}

fn short_weekday(locale: Locale, day: i8) -> &'static str {
    let length = if locale == Locale::German { 2 } else { 3 };
    weekday(locale, day).get(..length).unwrap_or_default()
}
