//! Times in settings: seconds, which need not be whole.

use std::time::Duration;

#[cfg(any(feature = "document", feature = "audit-log"))]
use serde::Serializer;
use serde::{Deserialize, Deserializer, de::Error};

/// No setting is longer: it would be a mistake of units.
const LONGEST: f64 = 7.0 * 24.0 * 60.0 * 60.0;

#[cfg(any(feature = "document", feature = "audit-log"))]
pub(crate) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    checked(f64::deserialize(deserializer)?)
}

fn checked<E: Error>(seconds: f64) -> Result<Duration, E> {
    let fits = (0.0..=LONGEST).contains(&seconds);
    Some(seconds).filter(|_| fits).map(Duration::from_secs_f64).ok_or_else(|| E::custom("seconds: from 0 to a week"))
}

/// The same where there may be none. `serde` wants a default beside it, or an absent key is an error.
#[cfg(feature = "audit-log")]
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_some(&time.as_secs_f64()),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(deserializer)?.map(super::checked).transpose()
    }
}

#[cfg(all(test, feature = "audit-log"))]
mod tests {
    use super::Duration;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Settings {
        #[serde(rename = "wait_seconds", with = "super")]
        wait: Duration,
        #[serde(rename = "beat_seconds", default, with = "super::optional")]
        beat: Option<Duration>,
    }

    #[test]
    fn times_are_seconds_and_come_back() {
        let settings = Settings { wait: Duration::from_millis(1500), beat: Some(Duration::from_secs(60)) };
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json, serde_json::json!({"wait_seconds": 1.5, "beat_seconds": 60.0}));
        assert_eq!(serde_json::from_value::<Settings>(json).unwrap(), settings);
        let none = serde_json::from_str::<Settings>(r#"{"wait_seconds": 2, "beat_seconds": null}"#).unwrap();
        assert_eq!(none, Settings { wait: Duration::from_secs(2), beat: None });
    }

    #[test]
    fn a_time_that_is_none_is_an_error() {
        for seconds in ["-1", "604801", "1e300", "\"5\"", "null"] {
            assert!(serde_json::from_str::<Settings>(&format!("{{\"wait_seconds\": {seconds}}}")).is_err(), "{seconds}");
        }
    }
}
