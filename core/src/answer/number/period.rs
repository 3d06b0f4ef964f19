//! Days, months, quarters and years.

/// A span of time that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Period {
    Day {
        year: u16,
        month: u8,
        day: u8,
    },
    /// A day of any year: `31.12.`
    DayOfYear {
        month: u8,
        day: u8,
    },
    Month {
        year: u16,
        month: u8,
    },
    /// A quarter, of a year or of the one that is spoken of.
    Quarter {
        year: Option<u16>,
        quarter: u8,
    },
    Half {
        year: Option<u16>,
        half: u8,
    },
    Year(u16),
    /// A fiscal year that is no calendar year: `2024/25`.
    Fiscal(u16),
}

impl Period {
    pub(crate) fn day(year: u32, month: u32, day: u32) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let valid = (1000..=2999).contains(&year) && day >= 1 && day <= days(month, leap)?;
        valid.then_some(Self::Day { year: year as u16, month: month as u8, day: day as u8 })
    }

    pub(crate) fn day_of_year(month: u32, day: u32) -> Option<Self> {
        (day >= 1 && day <= days(month, true)?).then_some(Self::DayOfYear { month: month as u8, day: day as u8 })
    }

    /// The calendar year that it lies in, as far as it says.
    pub(crate) fn year(self) -> Option<u16> {
        match self {
            Self::Day { year, .. } | Self::Month { year, .. } | Self::Year(year) => Some(year),
            Self::Quarter { year, .. } | Self::Half { year, .. } => year,
            Self::DayOfYear { .. } | Self::Fiscal(_) => None,
        }
    }

    /// Whether a text that names `self` names `claimed` as well: it is the same, or lies in it.
    pub(crate) fn proves(self, claimed: Self) -> bool {
        if self == claimed {
            return true;
        }
        let month = match self {
            Self::Day { year, month, .. } | Self::Month { year, month } => Some((Some(year), month)),
            Self::DayOfYear { month, .. } => Some((None, month)),
            _ => None,
        };
        match claimed {
            Self::Year(year) => self.year() == Some(year),
            Self::Month { year, month: of } => month == Some((Some(year), of)),
            Self::Quarter { year, quarter } => match self {
                Self::Quarter { quarter: own, .. } => own == quarter && year.is_none(),
                _ => month.is_some_and(|(own, month)| {
                    own.is_some() && (year.is_none() || own == year) && (month - 1) / 3 + 1 == quarter
                }),
            },
            Self::Half { year, half } => match self {
                Self::Half { half: own, .. } => own == half && year.is_none(),
                _ => false,
            },
            Self::DayOfYear { month, day } => matches!(self, Self::Day { month: m, day: d, .. } if m == month && d == day),
            Self::Day { .. } | Self::Fiscal(_) => false,
        }
    }

    /// The same with a year, for one that has none.
    pub(crate) fn of_year(self, year: u16) -> Self {
        match self {
            Self::Quarter { year: None, quarter } => Self::Quarter { year: Some(year), quarter },
            Self::Half { year: None, half } => Self::Half { year: Some(year), half },
            Self::DayOfYear { month, day } => Self::Day { year, month, day },
            other => other,
        }
    }
}

fn days(month: u32, leap: bool) -> Option<u32> {
    Some(match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

/// The month that a word names, German or English, 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    if !(3..=10).contains(&word.len()) || !word.starts_with(char::is_uppercase) {
        return None;
    }
    if !matches!(
        word.as_bytes(),
        [
            b'J' | b'F' | b'M' | b'A' | b'S' | b'O' | b'N' | b'D',
            b'a' | b'e' | b'p' | b'u' | b'k' | b'c' | b'o' | b'r' | b'A'..=b'Z' | 0xc3,
            ..
        ]
    ) {
        return None;
    }
    Some(match word.to_lowercase().as_str() {
        "jan" | "januar" | "january" | "jänner" => 1,
        "feb" | "februar" | "february" | "feber" => 2,
        "mar" | "mär" | "mrz" | "märz" | "maerz" | "march" => 3,
        "apr" | "april" => 4,
        "mai" | "may" => 5,
        "jun" | "juni" | "june" => 6,
        "jul" | "juli" | "july" => 7,
        "aug" | "august" => 8,
        "sep" | "sept" | "september" => 9,
        "okt" | "oct" | "oktober" | "october" => 10,
        "nov" | "november" => 11,
        "dez" | "dec" | "dezember" | "december" => 12,
        _ => return None,
    })
}
