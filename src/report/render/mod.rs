//! Looking back as drawings and pages.
//!
//! The drawings are written by hand and not by a crate for plots: theirs have fixed colours, and these follow the reader's choice of
//! light or dark, name themselves to a screen reader, and are bars alone. Their size is bounded, however much there is to show.

mod chart;
mod charts;
mod html;
mod lists;
mod svg;
mod table;

pub use html::html;
pub use svg::svg;

/// `2026-03-02 14:05`, in UTC.
fn minute(at: crate::model::Timestamp) -> String {
    at.to_chrono().format("%Y-%m-%d %H:%M").to_string()
}

/// `1 story`, `2150 stories`.
fn count(many: u64, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

/// Minutes as people say them: `45 min`, `3 h 20 min`, `12 days`.
fn length(minutes: u64) -> String {
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2_880 if minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        60..2_880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// A text cut to so many columns of a terminal, which is about the room that it takes in any type.
fn fit(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or(0);
        used < columns
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('\u{2026}');
    kept
}

#[cfg(test)]
mod tests;
