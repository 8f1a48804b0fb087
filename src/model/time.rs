//! Points in time, to the microsecond, in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Finer fractions are cut off. The years 0 to 9999 can be written and read; nothing else can be made.
///
/// ```
/// use morgue::Timestamp;
///
/// let at: Timestamp = "2022-03-29T14:30:00+02:00".parse().unwrap();
/// assert_eq!(at.to_string(), "2022-03-29T12:30:00Z");
/// assert!("tomorrow".parse::<Timestamp>().is_err());
/// ```
///
/// # Example: what is understood
/// ```
/// # use morgue::Timestamp;
/// let forms = ["2022-03-29", "2022-03-29T00:00Z", "2022-03-29 00:00:00", "2022-03-29T02:00:00+0200"];
/// for form in forms {
///     assert_eq!(form.parse::<Timestamp>().unwrap().to_string(), "2022-03-29T00:00:00Z");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The earliest time there is: 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// The latest time there is: 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// Returns the time `micros` microseconds after 1970, or `None` outside the years 0 to 9999.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 {
            return None;
        }
        Some(Self(micros))
    }

    /// Returns the microseconds since 1970; negative before it.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the last microsecond of this time's day in UTC: a bare date means all of that day.
    #[must_use]
    pub const fn end_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MICROS_PER_DAY) + MICROS_PER_DAY - 1)
    }

    /// Returns the day alone, as `2022-03-29`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_chrono().format("%Y-%m-%d").to_string()
    }

    /// Returns the same time as chrono has it.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).expect("because a Timestamp is within chrono's range")
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Cuts off what is finer than a microsecond; times outside the years 0 to 9999 become the nearest end.
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros().clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// Text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time: expected RFC 3339 such as 2022-03-29T12:00:00Z, or a date such as 2022-03-29")]
pub struct ParseTimestampError(String);

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        zoned(trimmed)
            .or_else(|| naive(trimmed))
            .map(|time| time.timestamp_micros())
            .and_then(Self::from_micros)
            .ok_or_else(|| ParseTimestampError(text.to_owned()))
    }
}

fn zoned(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 6] = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
        "%Y-%m-%d %H:%M %#z",
    ];
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let numeric = match text.strip_suffix(['Z', 'z']) {
        Some(rest) => format!("{rest}+00:00"),
        None => text.to_owned(),
    };
    FORMS.iter().find_map(|form| DateTime::parse_from_str(&numeric, form).ok()).map(|time| time.to_utc())
}

/// A time without a zone is taken as UTC; a date alone as its first microsecond.
fn naive(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN)))
        .map(|time| time.and_utc())
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_in_range_is_read_back_as_it_was_written() {
        for micros in [Timestamp::MIN.0, -1, 0, 1, 1_648_512_000_000_000, 1_648_512_000_123_456, Timestamp::MAX.0] {
            let time = Timestamp::from_micros(micros).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time), "{time}");
        }
    }

    #[test]
    fn a_time_past_the_year_9999_is_refused() {
        assert_eq!(Timestamp::from_micros(Timestamp::MAX.0 + 1), None);
        assert!("+10000-01-01T00:00:00Z".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_bare_date_reaches_to_the_end_of_its_day() {
        let day: Timestamp = "1969-12-31".parse().unwrap();
        assert_eq!(day.end_of_day().to_string(), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn finer_fractions_are_cut_off() {
        let time: Timestamp = "2022-03-29T12:00:00.1234569Z".parse().unwrap();
        assert_eq!(time.to_string(), "2022-03-29T12:00:00.123456Z");
    }
}
