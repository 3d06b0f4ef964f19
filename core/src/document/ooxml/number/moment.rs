use jiff::{ToSpan, civil::Date};

/// A serial number as a moment: days since the start of the calendar, and the time of the day as the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) year: i16,
    pub(super) month: i8,
    pub(super) day: i8,
    /// 0 is Monday.
    pub(super) weekday: i8,
    /// Milliseconds of the day.
    pub(super) milliseconds: i64,
    /// Milliseconds since the start of the calendar, for formats that count on (`[h]`).
    pub(super) elapsed: i64,
}

const DAY: i64 = 86_400_000;

/// Days between the two calendars that Excel knows: 1 January 1904 is day 0 of the younger one.
pub(super) const DAYS_1904: f64 = 1462.0;

impl Moment {
    /// The moment of a serial number of the calendar of 1900, rounded to `unit` milliseconds; `None` when Excel shows none.
    pub(super) fn of(serial: f64, unit: i64) -> Option<Self> {
        const LAST: f64 = 2_958_466.0;
        if !(0.0..LAST).contains(&serial) {
            return None;
        }
        let exact = (serial * DAY as f64).round() as i64;
        let elapsed = (exact + unit / 2) / unit * unit;
        let (days, milliseconds) = (elapsed / DAY, elapsed % DAY);
        // Excel counts a 29 February 1900, which Lotus 1-2-3 had invented, and calls the day before the first one 0 January.
        let (year, month, day) = match days {
            60 => (1900, 2, 29),
            0 => (1900, 1, 0),
            days => {
                let start = if days < 60 { Date::constant(1899, 12, 31) } else { Date::constant(1899, 12, 30) };
                let date = start.checked_add(days.days()).ok()?;
                (date.year(), date.month(), date.day())
            }
        };
        // Day 1 was a Sunday to Excel.
        let weekday = ((days + 5) % 7) as i8;
        Some(Self { year, month, day, weekday, milliseconds, elapsed })
    }
}
