//! Times as publishers write them.

use chrono::{DateTime, Datelike, NaiveDateTime};

use crate::model::Timestamp;

/// The first year that a story on the web can claim: the Relation of Strasbourg, the first newspaper, is of 1605.
const FIRST_YEAR: i32 = 1605;
/// A year that no page of this format will see.
const LAST_YEAR: i32 = 2199;

/// Returns the time that a publisher's text means.
///
/// Understood: ISO 8601 and its relatives, RFC 2822, `Tue Nov 19 2019 10:00:00 GMT+0100`. A time without zone is taken as UTC, as
/// everywhere in this crate; a date alone as its beginning. Refused: sentinels (the years 1 and 1900, the epoch), years before 1605
/// and after 2199, and numeric dates whose order of day and month is a guess.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = text
        .parse()
        .ok()
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc().into()))
        .or_else(|| worded(text))
        .or_else(|| repaired(text))?;
    is_plausible(time).then_some(time)
}

fn is_plausible(time: Timestamp) -> bool {
    let date = time.to_chrono();
    let is_sentinel = time.as_micros() == 0 || (date.year() == 1900 && date.ordinal() == 1);
    !is_sentinel && (FIRST_YEAR..=LAST_YEAR).contains(&date.year())
}

/// `Tue Nov 19 2019 10:00:00 GMT+0100 (CET)`, as JavaScript prints it; `November 19, 2019`.
fn worded(text: &str) -> Option<Timestamp> {
    let cut = text.split(" (").next().unwrap_or_default();
    if let Ok(time) = DateTime::parse_from_str(cut, "%a %b %d %Y %H:%M:%S GMT%z") {
        return Some(time.to_utc().into());
    }
    NaiveDateTime::parse_from_str(&format!("{text} 00:00"), "%B %d, %Y %H:%M").ok().map(|time| time.and_utc().into())
}

/// A zone twice (`2019-11-19T10:00:00Z EST`): the first counts.
fn repaired(text: &str) -> Option<Timestamp> {
    let (time, rest) = text.rsplit_once(' ')?;
    rest.chars().all(|letter| letter.is_ascii_uppercase()).then(|| time.parse().ok())?
}
