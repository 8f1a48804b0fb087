//! A report as an HTML page that stands alone.

use super::charts::charts;
use super::lists::{corrections, headlines, most_edited, publishers, significant, stealth, take_downs};
use super::{count, length, minute};
use crate::report::{Figures, Report};
use crate::text::safe::for_markup as escape;

/// Light and dark by what the reader's system says, and a style for paper.
const STYLE: &str = include_str!("report.css");
/// Sorts a table by the column whose head is pressed; without it the page only cannot be sorted.
const SCRIPT: &str = include_str!("sort.js");

/// Returns a report as an HTML page with its style and its drawings, without anything to load.
///
/// `diffs` are pages of HTML for the first of [`Report::significant`], as [`Report::diffs`] makes them: each is folded away, in a frame of its
/// own in which nothing runs; one of more than 512 KiB is left out. The tables can be sorted with a few lines of script and read without.
/// Each text finds its own direction of writing. Everything from the stories is escaped. The page follows the reader's choice of
/// light or dark, and can be printed.
///
/// ```
/// use morgue::{Archive, report::{Options, Report, render}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let report = Report::of(&Archive::in_memory(), &Options::default())?;
/// assert!(render::html(&report, &[]).contains("<h1>What changed</h1>"));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn html(report: &Report, diffs: &[String]) -> String {
    let mut body = head(report);
    body.push_str(&charts(report));
    body.push_str(&section("Edits that matter most", "no edits", significant(&report.significant, diffs)));
    let tables = [
        ("Most edited stories", "no edits", most_edited(&report.most_edited)),
        ("Stealth edits", "none: no fact was changed without a word", stealth(&report.stealth)),
        ("Corrections and other notices", "none was added", corrections(&report.corrections)),
        ("Headlines rewritten", "none", headlines(&report.headlines)),
        ("Taken down or moved", "none", take_downs(&report.take_downs)),
        ("Publishers", "none", publishers(report)),
    ];
    for (title, nothing, table) in tables {
        body.push_str(&section(title, nothing, table));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>What changed: {}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n{body}<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape(&scope(report))
    )
}

/// Which stories, and when.
fn scope(report: &Report) -> String {
    let host = report.host.as_deref().unwrap_or("all stories");
    match (report.first_captured, report.last_captured) {
        (Some(first), Some(last)) => format!("{host}, {} to {} UTC", minute(first), minute(last)),
        _ => format!("{host}, nothing captured"),
    }
}

fn head(report: &Report) -> String {
    let Figures { stories, visits, edits, .. } = report.total;
    let total = &report.total;
    let figures = [
        (stories.to_string(), "stories".to_owned()),
        (visits.to_string(), "visits".to_owned()),
        (edits.to_string(), format!("edits, {:.2} a story", total.edits_a_story)),
        (percent(total.share_edited), "of stories edited".to_owned()),
        (total.first_edit_minutes.map_or_else(|| "-".to_owned(), length), "to the first edit (median)".to_owned()),
        (total.stealth.to_string(), "stealth edits".to_owned()),
        (total.corrections.to_string(), "notices added".to_owned()),
        (total.headlines.to_string(), "headlines rewritten".to_owned()),
        ((total.taken_down + total.moved).to_string(), format!("taken down or moved, {} back", total.came_back)),
        (percent(total.share_unreachable), "of visits unreachable".to_owned()),
    ];
    let figures: String =
        figures.map(|(number, name)| format!("<div><dd>{number}</dd><dt>{name}</dt></div>\n")).concat();
    let suspect = match total.suspect {
        0 => String::new(),
        many => format!(
            "<p class=\"dim\">{} as if a page had not been read whole; told in no list.</p>\n",
            count(many, "edit looks", "edits look")
        ),
    };
    format!(
        "<header>\n<h1>What changed</h1>\n<p class=\"dim\"><bdi>{}</bdi></p>\n<dl class=\"figures\">\n{figures}</dl>\n{suspect}</header>\n",
        escape(&scope(report))
    )
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn section(title: &str, nothing: &str, inner: String) -> String {
    let inner = if inner.is_empty() { format!("<p class=\"dim\">{nothing}</p>\n") } else { inner };
    format!("<section>\n<h2>{title}</h2>\n{inner}</section>\n")
}
