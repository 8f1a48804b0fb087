//! The drawings of a page.

use super::chart::{Bar, Chart};
use super::count;
use super::html::percent;
use crate::model::Timestamp;
use crate::report::{DayEdits, Publisher, Report};

/// At most so many days are drawn when those without an edit are, too.
const MOST_DAYS: i64 = 600;
/// The publishers that have a bar.
const MOST_BARS: usize = 20;

pub(super) fn charts(report: &Report) -> String {
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

pub(super) fn name_of(host: Option<&str>) -> String {
    host.unwrap_or("(stories with an id)").to_owned()
}
