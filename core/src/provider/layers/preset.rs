use serde::Deserialize;

/// Tokens a minute by the number of people who ask, for those who do not know what their deployment has.
///
/// | people | what such a deployment usually has | the limit |
/// |---|---|---|
/// | 1 to 5 | 30,000 to 50,000 | 30,000 |
/// | 6 to 9 | not told: the next smaller one's most | 50,000 |
/// | 10 to 25 | 80,000 to 120,000 | 80,000 |
/// | 26 to 50 | 150,000 to 250,000 | 150,000 |
/// | more | 300,000 | 300,000 |
///
/// It is the lower end of each: with too low a limit one waits here and is told how long; with too high a one the provider refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TpmPreset {
    /// 1 to 5 people.
    #[serde(rename = "1-5")]
    UpTo5,
    /// 6 to 9 people.
    #[serde(rename = "6-9")]
    UpTo9,
    /// 10 to 25 people.
    #[serde(rename = "10-25")]
    UpTo25,
    /// 26 to 50 people.
    #[serde(rename = "26-50")]
    UpTo50,
    /// More people.
    #[serde(rename = "50+")]
    Over50,
}

impl TpmPreset {
    /// For so many people.
    pub fn for_users(users: u32) -> Self {
        match users {
            0..=5 => Self::UpTo5,
            6..=9 => Self::UpTo9,
            10..=25 => Self::UpTo25,
            26..=50 => Self::UpTo50,
            51.. => Self::Over50,
        }
    }

    /// The limit.
    pub fn tokens_a_minute(self) -> u64 {
        match self {
            Self::UpTo5 => 30_000,
            Self::UpTo9 => 50_000,
            Self::UpTo25 => 80_000,
            Self::UpTo50 => 150_000,
            Self::Over50 => 300_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_users_has_a_limit_that_grows_with_it_and_is_the_lower_end_of_its_row() {
        let limit = |users| TpmPreset::for_users(users).tokens_a_minute();
        for (from, to, lower, upper) in [(1, 5, 30, 50), (10, 25, 80, 120), (26, 50, 150, 250), (51, 100_000, 300, 300)] {
            assert!((limit(from), limit(to)) == (lower * 1000, lower * 1000) && lower <= upper, "{from} to {to}");
        }
        assert!((0..200).all(|users| limit(users) <= limit(users + 1)));
        assert_eq!((limit(6), limit(9)), (50_000, 50_000), "the gap has what the row below has at most");
        for (name, preset) in [("1-5", TpmPreset::UpTo5), ("26-50", TpmPreset::UpTo50), ("50+", TpmPreset::Over50)] {
            assert_eq!(serde_json::from_value::<TpmPreset>(name.into()).unwrap(), preset);
        }
    }
}
