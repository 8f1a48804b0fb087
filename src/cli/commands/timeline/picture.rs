//! The head of a timeline, and its lanes.

use std::io::{self, Write};

use morgue::report::{Column, EventKind, Picture, Timeline, ticks};
use morgue::text::safe::for_terminal;
use morgue::{OutcomeKind, Story};

use crate::cli::output::Paint;
use crate::cli::table::{pad, wrap};
use crate::cli::words::{count, minute};

/// Lanes are so wide at the most, whatever the terminal.
const WIDEST: usize = 200;
const NARROWEST: usize = 30;
/// The room that a label of the axis has.
const LABEL: usize = 10;
/// More and more visits.
const BLOCKS: [char; 8] =
    ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];

pub(super) fn head(
    out: &mut dyn Write,
    story: &Story,
    timeline: &Timeline,
    paint: Paint,
    width: Option<usize>,
) -> io::Result<()> {
    for line in wrap(&for_terminal(&timeline.headline), width.unwrap_or(80).clamp(20, 80), "") {
        writeln!(out, "{}", paint.strong(line))?;
    }
    writeln!(out, "{}", for_terminal(story.story.as_str()))?;
    let (first, last) = (minute(timeline.first_captured), minute(timeline.last_captured));
    let many = [
        count(timeline.revisions(), "revision", "revisions"),
        count(timeline.captures(), "capture", "captures"),
        if first == last { first } else { format!("{first} to {last}") },
    ];
    for line in wrap(&many.join(", "), width.unwrap_or(80).clamp(20, 80), "") {
        writeln!(out, "{}", paint.faint(line))?;
    }
    writeln!(out)
}

pub(super) fn lanes(out: &mut dyn Write, timeline: &Timeline, paint: Paint, width: Option<usize>) -> io::Result<()> {
    let width = width.unwrap_or(80).clamp(NARROWEST, WIDEST);
    // The names of outcomes are found on a picture of any width.
    let outcomes = timeline.picture(1).outcomes();
    let names = ["revisions"].into_iter().chain(outcomes.iter().map(|outcome| outcome.as_str()));
    let margin = names.map(str::len).max().unwrap_or(0) + 2;
    let picture = timeline.picture(width - margin);
    let (labels, marks) = axis(&picture);
    let mut lane = |name: &str, cells: &str| match cells.trim_end() {
        "" => Ok(()),
        cells => writeln!(out, "{}{cells}", paint.faint(pad(name, margin))),
    };
    lane("", &labels)?;
    lane("", &marks)?;
    lane("revisions", &revisions(&picture, paint))?;
    lane("visits", &visits(&picture.columns))?;
    for outcome in &outcomes {
        lane(outcome.as_str(), &runs(&picture, *outcome))?;
    }
    for line in wrap(&legend(&picture), width - margin, &" ".repeat(margin)) {
        writeln!(out, "{}", paint.faint(line))?;
    }
    Ok(())
}

/// The labels of the axis, and the marks under them.
fn axis(picture: &Picture) -> (String, String) {
    let columns = picture.columns.len();
    let (mut labels, mut marks) = (String::new(), String::new());
    for tick in ticks(picture.first, picture.last, (columns / LABEL).max(1)) {
        let at = picture.column(tick.at);
        let start = at.min(columns.saturating_sub(tick.label.len()));
        if !labels.is_empty() && start <= labels.len() {
            continue;
        }
        labels = pad(&labels, start) + &tick.label;
        marks = pad(&marks, at) + "|";
    }
    (labels, marks)
}

fn revisions(picture: &Picture, paint: Paint) -> String {
    let cell = |column: &Column| match column.revisions {
        None if column.in_force => "-".to_owned(),
        None => " ".to_owned(),
        Some((first, last)) if first == last => paint.mark(column.kinds.first().map_or('?', |kind| letter(*kind))),
        Some((first, last)) if last - first < 9 => paint.mark(last - first + 1),
        Some(_) => paint.mark('+'),
    };
    picture.columns.iter().map(cell).collect()
}

const fn letter(kind: EventKind) -> char {
    match kind {
        EventKind::First => 'F',
        EventKind::Edit => 'E',
        EventKind::Restored => 'R',
        _ => 'c',
    }
}

fn most_visits(columns: &[Column]) -> u64 {
    columns.iter().map(|column| column.visits).max().unwrap_or(0).max(1)
}

fn visits(columns: &[Column]) -> String {
    let most = most_visits(columns);
    let block = |column: &Column| {
        let height = (column.visits * BLOCKS.len() as u64).div_ceil(most);
        let at = height.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| BLOCKS.get(at)).copied().unwrap_or(' ')
    };
    columns.iter().map(block).collect()
}

/// Runs of the same outcome, each from its first capture to its last.
fn runs(picture: &Picture, outcome: OutcomeKind) -> String {
    let spans = || picture.spans.iter().filter(|span| span.outcome == outcome);
    let mut cells = vec![' '; picture.columns.len()];
    for span in spans() {
        cells.iter_mut().take(span.to).skip(span.from).for_each(|cell| *cell = '-');
    }
    for (cell, column) in cells.iter_mut().zip(&picture.columns) {
        if column.outcomes.of(outcome) > 0 {
            *cell = 'x';
        }
    }
    cells.into_iter().collect()
}

/// What the letters mean that are there to be seen.
fn legend(picture: &Picture) -> String {
    let single = |kind: EventKind| {
        let is_it = |column: &Column| {
            column.revisions.is_some_and(|(first, last)| first == last) && column.kinds.first() == Some(&kind)
        };
        picture.columns.iter().any(is_it)
    };
    let kinds = [EventKind::First, EventKind::Edit, EventKind::Cosmetic, EventKind::Restored];
    let kinds = kinds.into_iter().filter(|kind| single(*kind));
    let mut parts: Vec<String> = kinds.map(|kind| format!("{} {}", letter(kind), kind.as_str())).collect();
    let several = |least: u64| {
        let has = |column: &Column| column.revisions.is_some_and(|(first, last)| last - first >= least);
        picture.columns.iter().any(has)
    };
    if several(1) {
        parts.push(if several(9) { "2-9, + so many or more".to_owned() } else { "2-9 so many".to_owned() });
    }
    parts.push(format!("\u{2588} {}", count(most_visits(&picture.columns), "visit", "visits")));
    parts.join(", ")
}
