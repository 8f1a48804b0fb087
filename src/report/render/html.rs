//! A report as an HTML page that stands alone.

use super::chart::{Bar, Chart};
use super::{count, length, minute};
use crate::diff::render::summary_html;
use crate::diff::{NoticeKind, Stealth};
use crate::model::{StoryKey, Timestamp};
use crate::report::{DayEdits, Edited, Figures, MostEdited, Publisher, Report, TakeDown};
use crate::text::safe::for_markup as escape;

use super::table::{Cell, Table};

/// Light and dark by what the reader's system says, and a style for paper.
const STYLE: &str = include_str!("report.css");
/// Sorts a table by the column whose head is pressed; without it the page only cannot be sorted.
const SCRIPT: &str = include_str!("sort.js");

/// The longest diff that is put into the page, in bytes.
const MOST_DIFF: usize = 512 << 10;
/// At most so many days are drawn when those without an edit are, too.
const MOST_DAYS: i64 = 600;
/// The publishers that have a bar.
const MOST_BARS: usize = 20;

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

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn section(title: &str, nothing: &str, inner: String) -> String {
    let inner = if inner.is_empty() { format!("<p class=\"dim\">{nothing}</p>\n") } else { inner };
    format!("<section>\n<h2>{title}</h2>\n{inner}</section>\n")
}

fn charts(report: &Report) -> String {
    if report.total.edits == 0 {
        return String::new();
    }
    format!("<section class=\"charts\">\n{}{}{}</section>\n", by_hour(report), by_day(report), by_publisher(report))
}

fn figure(caption: &str, chart: &str) -> String {
    format!("<figure>\n<figcaption>{caption}</figcaption>\n{chart}</figure>\n")
}

fn by_hour(report: &Report) -> String {
    let edits = |many: u64| count(many, "edit", "edits");
    let mut bars: Vec<Bar> = (0_u64..)
        .zip(&report.edits_by_hour)
        .map(|(hour, many)| Bar {
            label: hour.is_multiple_of(12).then(|| format!("{hour} h")),
            value: *many as f64,
            told: format!("{} {hour} to {} hours after the first capture", edits(*many), hour + 1),
        })
        .collect();
    bars.push(Bar {
        label: None,
        value: report.edits_later as f64,
        told: format!("{} later than 72 hours after it", edits(report.edits_later)),
    });
    let soon: u64 = report.edits_by_hour.iter().take(24).sum();
    let told = format!(
        "{} within a day of the first capture, {} later than 72 hours after it.",
        edits(soon),
        edits(report.edits_later)
    );
    let title = "Edits by hour since the first capture";
    figure(&format!("{title} (the last bar: all later ones)"), &Chart { id: "by-hour", title, told, bars }.columns())
}

fn by_day(report: &Report) -> String {
    let entries = &report.edits_by_day;
    let days = report.days_per_entry;
    let name = |day: &str| if days == 1 { day.to_owned() } else { format!("{days} days from {day}") };
    let filled = filled(report);
    let (bars, left_out) = match &filled {
        Some(filled) => (filled.as_slice(), ""),
        None => (entries.as_slice(), ", those without one left out"),
    };
    let every = bars.len().div_ceil(6).max(1);
    let bar = |(at, entry): (usize, &DayEdits)| Bar {
        label: at.is_multiple_of(every).then(|| entry.day.clone()),
        value: entry.edits as f64,
        told: format!("{}: {}", name(&entry.day), count(entry.edits, "edit", "edits")),
    };
    let bars = bars.iter().enumerate().map(bar).collect();
    let most = entries.iter().max_by_key(|entry| entry.edits);
    let told = most.map(|entry| format!("Most: {} on {}.", count(entry.edits, "edit", "edits"), name(&entry.day)));
    let title = "Edits by day of capture";
    let caption = match days {
        1 => format!("{title}{left_out}"),
        days => format!("{title}, {days} days a bar{left_out}"),
    };
    figure(&caption, &Chart { id: "by-day", title, told: told.unwrap_or_default(), bars }.columns())
}

/// The entries with those between them that have no edit; `None` where they would be more than can be seen.
fn filled(report: &Report) -> Option<Vec<DayEdits>> {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    let step = i64::from(report.days_per_entry).checked_mul(MICROS_PER_DAY)?;
    let at = |entry: &DayEdits| entry.day.parse::<Timestamp>().ok().map(Timestamp::as_micros);
    let (first, last) = (at(report.edits_by_day.first()?)?, at(report.edits_by_day.last()?)?);
    if (last - first) / step >= MOST_DAYS {
        return None;
    }
    let mut entries = report.edits_by_day.iter().peekable();
    let mut filled = Vec::new();
    let mut next = first;
    while next <= last {
        let known = entries.next_if(|entry| at(entry).is_some_and(|at| at <= next));
        let day = Timestamp::from_micros(next)?.date();
        filled.push(known.cloned().unwrap_or(DayEdits { day, edits: 0 }));
        next = next.checked_add(step)?;
    }
    Some(filled)
}

fn by_publisher(report: &Report) -> String {
    let bar = |Publisher { host, figures }: &Publisher| Bar {
        label: Some(name_of(host.as_deref())),
        value: figures.edits_a_story,
        told: format!("{:.2} ({} of stories)", figures.edits_a_story, percent(figures.share_edited)),
    };
    let bars: Vec<Bar> = report.publishers.iter().take(MOST_BARS).map(bar).collect();
    let told = bars.iter().map(|bar| format!("{}: {}.", bar.label.as_deref().unwrap_or_default(), bar.told));
    let told = told.collect::<Vec<_>>().join(" ");
    let title = "Edits a story by publisher";
    figure(&format!("{title} (share of stories edited)"), &Chart { id: "by-publisher", title, told, bars }.rows())
}

fn name_of(host: Option<&str>) -> String {
    host.unwrap_or("(stories with an id)").to_owned()
}

/// The headline as a link to where the story is; what has no URL is named alone.
fn link(story: &StoryKey, headline: &str) -> String {
    let name = if headline.is_empty() { story.as_str() } else { headline };
    match story {
        StoryKey::Url(url) => {
            format!("<a dir=\"auto\" href=\"{}\" rel=\"noreferrer\">{}</a>", escape(url), escape(name))
        }
        StoryKey::Id(_) => format!("<bdi>{}</bdi>", escape(name)),
    }
}

/// A headline in a table, and whose it is.
fn place(story: &StoryKey, headline: &str) -> Cell {
    let whose = escape(story.host().unwrap_or(story.as_str()));
    Cell::html(format!("{}<br><bdi class=\"dim\">{whose}</bdi>", link(story, headline)))
}

fn when(edit: &Edited) -> Cell {
    Cell::sorted(edit.captured_at.as_micros() as f64, minute(edit.captured_at))
}

fn weight(significance: f64) -> Cell {
    Cell::number(significance, format!("{significance:.2}"))
}

fn significant(edits: &[Edited], diffs: &[String]) -> String {
    let none = String::new();
    let shown = edits.iter().zip(diffs.iter().chain(std::iter::repeat(&none)));
    shown.map(|(edit, diff)| one(edit, diff)).collect()
}

fn one(edit: &Edited, diff: &str) -> String {
    let diff = match diff.len() {
        0 => String::new(),
        1..=MOST_DIFF => format!(
            "<details><summary>What changed, word by word</summary>\n\
             <iframe sandbox loading=\"lazy\" title=\"What changed in {}\" srcdoc=\"{}\"></iframe></details>\n",
            escape(&edit.headline),
            srcdoc(diff)
        ),
        _ => "<p class=\"dim\">The diff is too long to be shown here.</p>\n".to_owned(),
    };
    format!(
        "<article>\n<h3 dir=\"auto\">{}</h3>\n<p class=\"dim\"><meter min=\"0\" max=\"1\" value=\"{}\"></meter> {:.2} &middot; {} &middot; \
         <bdi>{}</bdi> &middot; #{} &middot; {} after the first capture</p>\n<p dir=\"ltr\">{}</p>\n{diff}</article>\n",
        link(&edit.story, &edit.headline),
        edit.significance,
        edit.significance,
        minute(edit.captured_at),
        escape(edit.story.host().unwrap_or(edit.story.as_str())),
        edit.revision,
        length(edit.minutes),
        summary_html(&edit.summary)
    )
}

/// A page as an attribute. Its line breaks stay.
fn srcdoc(page: &str) -> String {
    page.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

fn most_edited(stories: &[MostEdited]) -> String {
    let mut table = Table::new(&["Edits", "Story", "Visits", "First edit", "Last edit", "Significance, most"]);
    for story in stories {
        let time = |at: Timestamp| Cell::sorted(at.as_micros() as f64, minute(at));
        table.row(vec![
            Cell::count(story.edits),
            place(&story.story, &story.headline),
            Cell::count(story.visits),
            time(story.first_edit),
            time(story.last_edit),
            weight(story.significance),
        ]);
    }
    table.html("Most edited stories")
}

fn stealth(edits: &[Edited]) -> String {
    let mut table = Table::new(&["Captured", "Story", "What changed", "Readers were told", "Significance"]);
    for edit in edits {
        let told = match edit.stealth {
            Some(Stealth::Both) => "nothing; modified time unchanged",
            Some(Stealth::ModifiedUnchanged) => "by a notice; modified time unchanged",
            _ => "nothing",
        };
        table.row(vec![
            when(edit),
            place(&edit.story, &edit.headline),
            Cell::html(summary_html(&edit.summary)),
            Cell::text(told),
            weight(edit.significance),
        ]);
    }
    table.html("Stealth edits")
}

fn corrections(edits: &[Edited]) -> String {
    let mut table = Table::new(&["Captured", "Notice", "Story", "What changed", "Significance"]);
    for edit in edits {
        let notice = match edit.notice {
            Some(NoticeKind::Retraction) => "retraction",
            Some(NoticeKind::Correction) => "correction",
            Some(NoticeKind::Clarification) => "clarification",
            Some(NoticeKind::EditorsNote) => "editor's note",
            _ => "update",
        };
        table.row(vec![
            when(edit),
            Cell::text(notice),
            place(&edit.story, &edit.headline),
            Cell::html(summary_html(&edit.summary)),
            weight(edit.significance),
        ]);
    }
    table.html("Notices added")
}

fn headlines(edits: &[Edited]) -> String {
    let mut table = Table::new(&["Captured", "Before", "After", "Significance"]);
    for edit in edits {
        table.row(vec![
            when(edit),
            Cell::html(format!("<del dir=\"auto\">{}</del>", escape(&edit.old_headline))),
            place(&edit.story, &edit.headline),
            weight(edit.significance),
        ]);
    }
    table.html("Headlines rewritten")
}

fn take_downs(stories: &[TakeDown]) -> String {
    let mut table = Table::new(&["Captured", "What", "Story", "Last seen", "Came back"]);
    for story in stories {
        let time = |at: Timestamp| Cell::sorted(at.as_micros() as f64, minute(at));
        let to = story.to.as_ref().map(|to| format!(" to <bdi>{}</bdi>", escape(to.as_str()))).unwrap_or_default();
        table.row(vec![
            time(story.captured_at),
            Cell::html(format!("{}{to}", story.outcome.as_str())),
            place(&story.story, &story.headline),
            time(story.last_seen),
            story.back_at.map_or_else(|| Cell::sorted(0.0, "not yet".to_owned()), time),
        ]);
    }
    table.html("Stories taken down or moved")
}

const PUBLISHER: [&str; 14] = [
    "Publisher",
    "Stories",
    "Visits",
    "Edits",
    "Edits a story",
    "Stories edited",
    "To first edit (median)",
    "Stealth",
    "of these unmodified",
    "Notices",
    "Headlines",
    "Gone",
    "Moved",
    "Unreachable",
];

fn publishers(report: &Report) -> String {
    let mut table = Table::new(&PUBLISHER);
    let named = report.publishers.iter().map(|publisher| (name_of(publisher.host.as_deref()), &publisher.figures));
    let others = report.other_publishers.as_ref().map(|figures| ("(all others)".to_owned(), figures));
    for (name, figures) in named.chain(others) {
        table.row(vec![
            Cell::html(format!("<bdi>{}</bdi>", escape(&name))),
            Cell::count(figures.stories),
            Cell::count(figures.visits),
            Cell::count(figures.edits),
            Cell::number(figures.edits_a_story, format!("{:.2}", figures.edits_a_story)),
            Cell::number(figures.share_edited, percent(figures.share_edited)),
            figures.first_edit_minutes.map_or_else(
                || Cell::number(f64::MAX, "-".to_owned()),
                |minutes| Cell::number(minutes as f64, length(minutes)),
            ),
            Cell::count(figures.stealth),
            Cell::count(figures.stealth_unmodified),
            Cell::count(figures.corrections),
            Cell::count(figures.headlines),
            Cell::count(figures.taken_down),
            Cell::count(figures.moved),
            Cell::number(figures.share_unreachable, percent(figures.share_unreachable)),
        ]);
    }
    table.html("Publishers")
}
