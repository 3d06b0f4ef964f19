use super::Locale;

/// Bytes that a format code may have.
const LONGEST: usize = 2048;

/// A format code, read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Format {
    pub(super) sections: Vec<Section>,
}

/// One of the up to four parts of a format code.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Section {
    pub(super) tokens: Vec<Token>,
    pub(super) condition: Option<(Comparison, f64)>,
    /// The language that the section asks for its names: the low byte of a Windows language identifier.
    pub(super) language: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    /// `E+` (true) or `E-`.
    Exponent(bool),
    General,
    /// The text of a text cell.
    At,
    /// Fills the cell up: one space is enough to us.
    Fill,
    /// Between numerator and denominator.
    Slash,
    /// A run of one letter of a date: `yyyy`, `m`, `hh`; `m` for months, `n` for minutes.
    Date(char, usize),
    /// `[h]`, `[m]`, `[s]`: counts on above the day.
    Elapsed(char, usize),
    /// `AM/PM` (true) or `A/P`.
    HalfDay(bool),
    /// Digits of a second.
    SecondFraction(usize),
}

impl Section {
    pub(super) fn is_date(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Date(..) | Token::Elapsed(..) | Token::HalfDay(_)))
    }

    fn has(&self, wanted: &Token) -> bool {
        self.tokens.contains(wanted)
    }
}

impl Format {
    /// Reads a format code. Every code can be read: what Excel would refuse shows as literals.
    pub(crate) fn parse(code: &str) -> Self {
        // Excel takes 255 characters; what is much longer was made to cost time.
        let code = if code.len() > LONGEST { "General" } else { code };
        // Some writers store what a German user types instead of what the format prescribes.
        let upper = code.to_uppercase();
        let german = upper.contains("JJ") || upper.contains("TT.");
        let code: String = if german { code.chars().map(from_german).collect() } else { code.to_owned() };
        let sections = split(&code).into_iter().map(|section| parse_section(&section)).collect();
        Self { sections }
    }

    /// Whether it shows dates or times.
    pub(crate) fn is_date(&self) -> bool {
        self.sections.first().is_some_and(Section::is_date)
    }

    /// The section for text, if it has one of its own.
    pub(super) fn text_section(&self) -> Option<&Section> {
        self.sections.get(3).or_else(|| self.sections.last().filter(|section| section.has(&Token::At)))
    }

    /// The sections for numbers.
    pub(super) fn number_sections(&self) -> &[Section] {
        let count = self.sections.len().min(3);
        let last_is_text = self.sections[..count].last().is_some_and(|section| section.has(&Token::At));
        &self.sections[..if last_is_text { count - 1 } else { count }]
    }
}

fn from_german(c: char) -> char {
    match c {
        'T' | 't' => 'd',
        'J' | 'j' => 'y',
        'M' => 'm',
        other => other,
    }
}

/// Splits at `;`, but for quoted and escaped ones.
fn split(code: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let mut chars = code.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            ';' if !quoted => {
                sections.push(String::new());
                continue;
            }
            '"' => quoted = !quoted,
            _ => {}
        }
        let Some(section) = sections.last_mut() else { break };
        section.push(c);
        if matches!(c, '\\' | '_' | '*') && !quoted {
            section.extend(chars.next());
        }
    }
    sections.truncate(4);
    sections
}

fn parse_section(code: &str) -> Section {
    let mut section = Section::default();
    let chars: Vec<char> = code.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let rest = &chars[at..];
        at += 1;
        match c {
            '"' => {
                let end = rest[1..].iter().position(|c| *c == '"').map_or(rest.len(), |end| end + 1);
                literal(&mut section, rest[1..end].iter().copied());
                at += end.min(rest.len() - 1);
            }
            '\\' => {
                literal(&mut section, rest.get(1).copied());
                at += 1;
            }
            // Room as wide as a character, to align columns.
            '_' => at += 1,
            '*' => {
                section.tokens.push(Token::Fill);
                at += 1;
            }
            '[' => {
                let Some(end) = rest.iter().position(|c| *c == ']') else {
                    literal(&mut section, Some(c));
                    continue;
                };
                let inner: String = rest[1..end].iter().collect();
                bracket(&mut section, &inner);
                at += end;
            }
            '0' | '#' | '?' => match section.tokens.last_mut() {
                Some(Token::SecondFraction(digits)) if c == '0' => *digits += 1,
                _ => section.tokens.push(Token::Digit(c)),
            },
            '.' | ',' if rest.get(1) == Some(&'0') && is_behind_seconds(&section) => {
                section.tokens.push(Token::SecondFraction(0))
            }
            '.' => section.tokens.push(Token::Point),
            ',' => section.tokens.push(Token::Comma),
            '%' => section.tokens.push(Token::Percent),
            '@' => section.tokens.push(Token::At),
            'E' | 'e'
                if matches!(rest.get(1), Some('+' | '-')) && section.tokens.iter().any(|t| matches!(t, Token::Digit(_))) =>
            {
                section.tokens.push(Token::Exponent(rest[1] == '+'));
                at += 1;
            }
            '/' if section.tokens.iter().any(|token| matches!(token, Token::Digit(_))) => section.tokens.push(Token::Slash),
            'G' | 'g' if starts_with(rest, "general") => {
                section.tokens.push(Token::General);
                at += 6;
            }
            'S' | 's' if starts_with(rest, "standard") => {
                section.tokens.push(Token::General);
                at += 7;
            }
            'A' | 'a' if starts_with(rest, "am/pm") => {
                section.tokens.push(Token::HalfDay(true));
                at += 4;
            }
            'A' | 'a' if starts_with(rest, "a/p") => {
                section.tokens.push(Token::HalfDay(false));
                at += 2;
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => {
                let count = rest.iter().take_while(|other| other.eq_ignore_ascii_case(&c)).count();
                section.tokens.push(Token::Date(c.to_ascii_lowercase(), count));
                at += count - 1;
            }
            c => literal(&mut section, Some(c)),
        }
    }
    tell_minutes(&mut section.tokens);
    if section.is_date() {
        // In a date these are signs between its parts.
        for token in &mut section.tokens {
            match token {
                Token::Point => *token = Token::Literal(".".to_owned()),
                Token::Comma => *token = Token::Literal(",".to_owned()),
                Token::Slash => *token = Token::Literal("/".to_owned()),
                Token::Digit(digit) => *token = Token::Literal(digit.to_string()),
                _ => {}
            }
        }
    }
    section
}

fn starts_with(chars: &[char], word: &str) -> bool {
    chars.len() >= word.len() && chars.iter().zip(word.chars()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
}

fn literal(section: &mut Section, chars: impl IntoIterator<Item = char>) {
    let text: String = chars.into_iter().collect();
    match section.tokens.last_mut() {
        Some(Token::Literal(last)) => last.push_str(&text),
        _ if text.is_empty() => {}
        _ => section.tokens.push(Token::Literal(text)),
    }
}

fn is_behind_seconds(section: &Section) -> bool {
    let last = section.tokens.iter().rev().find(|token| !matches!(token, Token::Literal(_)));
    matches!(last, Some(Token::Date('s', _) | Token::Elapsed('s', _)))
}

/// `[Red]`, `[>=100]`, `[$€-407]`, `[h]`.
fn bracket(section: &mut Section, inner: &str) {
    if let Some(currency) = inner.strip_prefix('$') {
        let (sign, language) = currency.rsplit_once('-').unwrap_or((currency, ""));
        literal(section, sign.chars());
        let language = language.split(',').next().unwrap_or_default();
        section.language = u32::from_str_radix(language, 16).ok().map(|id| id & 0xff).or(match language.get(..2) {
            Some("de") => Some(GERMAN),
            Some("en") => Some(ENGLISH),
            _ => None,
        });
        return;
    }
    let (comparison, limit) = match inner.as_bytes() {
        [b'<', b'=', ..] => (Comparison::LessOrEqual, &inner[2..]),
        [b'<', b'>', ..] => (Comparison::NotEqual, &inner[2..]),
        [b'>', b'=', ..] => (Comparison::GreaterOrEqual, &inner[2..]),
        [b'<', ..] => (Comparison::Less, &inner[1..]),
        [b'>', ..] => (Comparison::Greater, &inner[1..]),
        [b'=', ..] => (Comparison::Equal, &inner[1..]),
        _ => {
            let unit = inner.chars().next().map_or(' ', |c| c.to_ascii_lowercase());
            if matches!(unit, 'h' | 'm' | 's') && inner.chars().all(|c| c.to_ascii_lowercase() == unit) {
                section.tokens.push(Token::Elapsed(unit, inner.len()));
            }
            // Everything else is a colour, or of a calendar that is not ours.
            return;
        }
    };
    section.condition = limit.trim().parse().ok().map(|limit| (comparison, limit));
}

/// Windows language identifiers, low byte.
pub(super) const GERMAN: u32 = 0x07;
pub(super) const ENGLISH: u32 = 0x09;

/// `m` is the month, but behind hours and before seconds it is the minute.
fn tell_minutes(tokens: &mut [Token]) {
    let places: Vec<usize> = (0..tokens.len()).filter(|i| matches!(tokens[*i], Token::Date(..) | Token::Elapsed(..))).collect();
    for (index, place) in places.iter().enumerate() {
        let Token::Date('m', count @ (1 | 2)) = tokens[*place] else { continue };
        let before = index.checked_sub(1).map(|i| &tokens[places[i]]);
        let after = places.get(index + 1).map(|i| &tokens[*i]);
        let is_minute = matches!(before, Some(Token::Date('h', _) | Token::Elapsed('h', _)))
            || matches!(after, Some(Token::Date('s', _) | Token::Elapsed('s', _)));
        if is_minute {
            tokens[*place] = Token::Date('n', count);
        }
    }
}

/// The code of a built-in format. Those that Excel shows by the system's settings follow the locale.
pub(crate) fn builtin(id: u32, locale: Locale) -> &'static str {
    let german = locale == Locale::German;
    match (id, german) {
        (1, _) => "0",
        (2, _) => "0.00",
        (3, _) => "#,##0",
        (4, _) => "#,##0.00",
        (5 | 6, true) => "#,##0 \"€\";-#,##0 \"€\"",
        (7 | 8, true) => "#,##0.00 \"€\";-#,##0.00 \"€\"",
        // Without a currency in the file, none is made up.
        (5 | 6, false) => "#,##0;(#,##0)",
        (7 | 8, false) => "#,##0.00;(#,##0.00)",
        (9, _) => "0%",
        (10, _) => "0.00%",
        (11, _) => "0.00E+00",
        (12, _) => "# ?/?",
        (13, _) => "# ??/??",
        (14 | 27..=36 | 50..=58, true) => "dd.mm.yyyy",
        (14 | 27..=36 | 50..=58, false) => "yyyy-mm-dd",
        (15, true) => "dd. mmm yy",
        (15, false) => "d-mmm-yy",
        (16, true) => "dd. mmm",
        (16, false) => "d-mmm",
        (17, true) => "mmm yy",
        (17, false) => "mmm-yy",
        (18, _) => "h:mm AM/PM",
        (19, _) => "h:mm:ss AM/PM",
        (20, _) => "h:mm",
        (21, _) => "h:mm:ss",
        (22, true) => "dd.mm.yyyy hh:mm",
        (22, false) => "yyyy-mm-dd hh:mm",
        (37 | 38, true) => "#,##0;-#,##0",
        (37 | 38, false) => "#,##0;(#,##0)",
        (39 | 40, true) => "#,##0.00;-#,##0.00",
        (39 | 40, false) => "#,##0.00;(#,##0.00)",
        (41, true) => "#,##0;-#,##0;\"-\";@",
        (41, false) => "#,##0;(#,##0);\"-\";@",
        (42, true) => "#,##0 \"€\";-#,##0 \"€\";\"-\" \"€\";@",
        (42, false) => "#,##0;(#,##0);\"-\";@",
        (43, true) => "#,##0.00;-#,##0.00;\"-\"??;@",
        (43, false) => "#,##0.00;(#,##0.00);\"-\"??;@",
        (44, true) => "#,##0.00 \"€\";-#,##0.00 \"€\";\"-\"?? \"€\";@",
        (44, false) => "#,##0.00;(#,##0.00);\"-\"??;@",
        (45, _) => "mm:ss",
        (46, _) => "[h]:mm:ss",
        (47, _) => "mm:ss.0",
        (48, _) => "##0.0E+0",
        (49, _) => "@",
        _ => "General",
    }
}
