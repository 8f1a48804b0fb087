//! Numbers, times and names as people write them.

use std::borrow::Cow;

use morgue::text::safe::for_terminal;
use morgue::{Article, Timestamp};

/// `2150` as `2,150`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 story`, `2,150 stories`.
pub(crate) fn count(many: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(many), if many == 1 { one } else { more })
}

/// `1.2 MB`, in powers of 1000.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return count(bytes, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while value >= 999.95
        && let Some(next) = units.next()
    {
        value /= 1000.0;
        unit = Some(next);
    }
    format!("{value:.1} {}", unit.unwrap_or(&""))
}

/// `2026-03-02 14:05`, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_chrono().format("%Y-%m-%d %H:%M").to_string()
}

/// How long something took, in the largest unit that says it: `45 min`, `3 h 20 min`, `12 days`.
pub(crate) fn length(minutes: u64) -> String {
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2_880 if minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        60..2_880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", number(minutes / 1_440)),
    }
}

/// `66.7%`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// A publisher's date: the day alone when the time is midnight, as it is when only a day was given.
pub(crate) fn claimed(at: Timestamp) -> String {
    if at.as_micros().rem_euclid(86_400_000_000) == 0 { at.date() } else { minute(at) }
}

/// The headline, else how the text begins, fit for a terminal; quoted by nobody.
pub(crate) fn title(article: &Article) -> String {
    let text = [&article.headline, &article.deck].into_iter().chain(&article.paragraphs).find(|text| !text.is_empty());
    let text = text.map_or("", String::as_str);
    if text.is_empty() { "(no text)".to_owned() } else { first_words(text, 80) }
}

/// Whole words up to about `limit` characters, fit for a terminal.
pub(crate) fn first_words(text: &str, limit: usize) -> String {
    let mut short = String::new();
    for word in for_terminal(text).split_whitespace() {
        if !short.is_empty() && short.chars().count() + 1 + word.chars().count() > limit {
            short.push('\u{2026}');
            return short;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.extend(word.chars().take(limit));
    }
    short
}

/// A name as a shell takes it.
pub(crate) fn shell_word(text: &str) -> Cow<'_, str> {
    let plain = |character: char| character.is_alphanumeric() || "-_./:@%+=,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", for_terminal(text).replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(1, "story", "stories"), "1 story");
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(
            [1, 999, 1000, 999_949, 999_951, 1_500_000_000].map(bytes),
            ["1 byte", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "1.5 GB"]
        );
    }

    #[test]
    fn lengths_are_told_in_the_unit_that_says_them() {
        assert_eq!(
            [0, 59, 60, 61, 2_879, 2_880, 1_440_000].map(length),
            ["0 min", "59 min", "1 h", "1 h 1 min", "47 h 59 min", "2 days", "1,000 days"]
        );
        assert_eq!(percent(0.6667), "66.7%");
    }

    #[test]
    fn a_claimed_midnight_is_a_day() {
        assert_eq!(claimed("2022-03-29".parse().unwrap()), "2022-03-29");
        assert_eq!(claimed("2022-03-29T10:30:59Z".parse().unwrap()), "2022-03-29 10:30");
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(first_words("The bridge is closed", 10), "The bridge\u{2026}");
        assert_eq!(first_words("The  bridge", 10), "The bridge");
        assert_eq!(first_words(&"x".repeat(99), 10).chars().count(), 10);
    }

    #[test]
    fn a_name_is_quoted_where_the_shell_needs_it() {
        assert_eq!(shell_word("file:a.txt"), "file:a.txt");
        assert_eq!(shell_word("https://a.example/?b=1&c"), "'https://a.example/?b=1&c'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
