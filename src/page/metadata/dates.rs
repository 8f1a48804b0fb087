//! Times as publishers write them.

use chrono::{DateTime, Datelike};

use crate::model::Timestamp;

/// The first year that a story on the web can claim: the Relation of Strasbourg, the first newspaper, is of 1605.
const FIRST_YEAR: i32 = 1605;
/// A year that no page of this format will see.
const LAST_YEAR: i32 = 2199;

/// Abbreviations of zones and their hours and minutes east of Greenwich, as newspapers of the zone use them.
const ZONES: [(&str, &str); 27] = [
    ("UTC", "+0000"),
    ("GMT", "+0000"),
    ("Z", "+0000"),
    ("EST", "-0500"),
    ("EDT", "-0400"),
    ("ET", "-0500"),
    ("CST", "-0600"),
    ("CDT", "-0500"),
    ("MST", "-0700"),
    ("MDT", "-0600"),
    ("PST", "-0800"),
    ("PDT", "-0700"),
    ("PT", "-0800"),
    ("BST", "+0100"),
    ("WET", "+0000"),
    ("CET", "+0100"),
    ("CEST", "+0200"),
    ("MEZ", "+0100"),
    ("MESZ", "+0200"),
    ("EET", "+0200"),
    ("EEST", "+0300"),
    ("MSK", "+0300"),
    ("IST", "+0530"),
    ("JST", "+0900"),
    ("HKT", "+0800"),
    ("AEST", "+1000"),
    ("AEDT", "+1100"),
];

/// Returns the time that a publisher's text means.
///
/// Understood: ISO 8601 and its relatives; RFC 2822; `Tue Nov 19 2019 10:00:00 GMT+0100`; `Fri Apr 12 10:00:00 CEST 2019`; months by
/// their English names; numbers with slashes where a half of the day or a number above twelve tells day from month. A time without zone
/// is taken as UTC, as everywhere in this crate; a date alone as its beginning. Refused: sentinels (the years 1 and 1900, the epoch), years
/// before 1605 and after 2199, and what does not say which number is the day.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = text
        .parse()
        .ok()
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc().into()))
        .or_else(|| repaired(text))
        .or_else(|| worded(text))?;
    is_plausible(time).then_some(time)
}

fn is_plausible(time: Timestamp) -> bool {
    let date = time.to_chrono();
    let is_sentinel = time.as_micros() == 0 || (date.year() == 1900 && date.ordinal() == 1);
    !is_sentinel && (FIRST_YEAR..=LAST_YEAR).contains(&date.year())
}

/// A zone twice (`2019-11-19T10:00:00Z EST`): the first counts.
fn repaired(text: &str) -> Option<Timestamp> {
    let (time, rest) = text.rsplit_once(' ')?;
    (time.contains('T') && time.ends_with('Z') && ZONES.iter().any(|(zone, _)| *zone == rest))
        .then(|| time.parse().ok())?
}

/// Forms with words or slashes in them.
fn worded(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 18] = [
        "%Y%m%dT%H%M%S%z",
        "%Y-%m-%dT%H:%M:%S %z",
        "%a %b %d %Y %H:%M:%S %z",
        "%a %b %d %H:%M:%S %z %Y",
        "%a, %d %b %Y %H:%M:%S %z",
        "%d %b %Y %H:%M:%S %z",
        "%d %b %Y %H:%M %z",
        "%b %d, %Y %H:%M:%S %z",
        "%b %d, %Y %H:%M %z",
        "%b %d, %Y %I:%M %p %z",
        "%B %d, %Y at %I:%M %p %z",
        "%I:%M:%S %p %z %b %d, %Y",
        "%I:%M %p %z %b %d, %Y",
        "%m/%d/%Y %I:%M:%S %p %z",
        "%m/%d/%Y %I:%M %p %z",
        "%d %B %Y %H:%M %z",
        "%B %d, %Y %z",
        "%d %b %Y %z",
    ];
    let text = with_offset(text.split(" (").next().unwrap_or_default());
    let naive = format!("{text} +0000");
    let parsed = FORMS.iter().find_map(|form| {
        let is_day = !form.contains("%H") && !form.contains("%I");
        [text.as_str(), naive.as_str()].into_iter().find_map(|text| {
            if is_day {
                let (text, form) = (format!("{text} 00:00"), format!("{form} %H:%M"));
                return DateTime::parse_from_str(&text, &form).ok();
            }
            DateTime::parse_from_str(text, form).ok()
        })
    });
    parsed.map(|time| time.to_utc().into()).or_else(|| slashes(&text))
}

/// The text with the abbreviation of its zone as hours and minutes; it may follow the clock without a space.
fn with_offset(text: &str) -> String {
    let clock = text.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
    let text = match text.strip_prefix(clock) {
        Some(zone) if clock.ends_with(|digit: char| digit.is_ascii_digit()) && zone.len() >= 3 => {
            format!("{clock} {zone}")
        }
        _ => text.to_owned(),
    };
    let words = text.split_whitespace().map(|word| {
        let word = word
            .strip_prefix("GMT")
            .or(word.strip_prefix("UTC"))
            .filter(|rest| rest.starts_with(['+', '-']))
            .unwrap_or(word);
        ZONES.iter().find(|(zone, _)| *zone == word).map_or(word, |(_, offset)| offset)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `20/11/2019 10:30:00`: one number is above twelve, and so the day.
fn slashes(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace().filter(|word| word.starts_with(|digit: char| digit.is_ascii_digit()));
    let mut numbers = words.next()?.split('/').map(str::parse::<u32>);
    let (first, second, year) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    let (day, month) = match (first, second) {
        (13.., 1..=12) => (first, second),
        (1..=12, 13..) => (second, first),
        _ => return None,
    };
    let clock = words.next().unwrap_or("00:00");
    format!("{year:04}-{month:02}-{day:02}T{clock}Z").parse().ok()
}
