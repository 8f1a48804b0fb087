//! A timeline as a drawing.

use std::fmt::Write;

use super::{count, fit, minute};
use crate::report::{Column, EventKind, Picture, Span, Timeline, ticks};
use crate::text::safe::{for_markup as escape, is_right_to_left};

const STYLE: &str = include_str!("timeline.css");

/// The size of the drawing, in pixels; its height depends on the lanes.
const WIDTH: usize = 960;
/// Where the lanes begin and end.
const LEFT: usize = 110;
const RIGHT: usize = 940;
/// The lanes are drawn on so many columns: marks that are nearer would hide each other.
const COLUMNS: usize = 166;
const COLUMN: usize = (RIGHT - LEFT) / COLUMNS;
/// Where the first lane begins.
const TOP: usize = 84;
const REVISIONS: usize = 44;
const VISITS: usize = 52;
const LANE: usize = 24;

/// Returns a timeline as an SVG image that stands alone.
///
/// It follows the reader's choice of light or dark, says what it shows in `title` and `desc`, and marks kinds by shape and not by colour
/// alone. It has at most 166 columns, so that it stays below 200 kB, however many captures there are. Text of the
/// story is escaped.
///
/// ```
/// use morgue::{Archive, Article, Durability, NewCapture, StoryKey, report::{Timeline, render}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let archive = Archive::in_memory();
/// let story = StoryKey::id("bridge")?;
/// for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge <open>")] {
///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
/// }
/// let timeline = Timeline::of(&archive, &story, None, None)?.expect("there are captures");
/// let drawing = render::svg(&timeline);
/// assert!(drawing.starts_with("<svg ") && drawing.contains("Bridge &lt;open&gt;"));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn svg(timeline: &Timeline) -> String {
    let picture = timeline.picture(COLUMNS);
    let outcomes = picture.outcomes();
    let axis = TOP + REVISIONS + VISITS + LANE * outcomes.len() + 6;
    let height = axis + 58;
    let mut out = String::new();
    out.push_str(&head(timeline, height));
    out.push_str(&grid(&picture, axis));
    lane_name(&mut out, "revisions", TOP + 26);
    revisions(&mut out, &picture.columns);
    lane_name(&mut out, "visits", TOP + REVISIONS + 38);
    visits(&mut out, &picture.columns);
    for (at, outcome) in outcomes.iter().enumerate() {
        let top = TOP + REVISIONS + VISITS + LANE * at;
        lane_name(&mut out, outcome.as_str(), top + 17);
        let spans = picture.spans.iter().filter(|span| span.outcome == *outcome);
        spans.for_each(|span| run(&mut out, span, top));
    }
    out.push_str(&legend(&picture, axis + 42));
    out.push_str("</svg>\n");
    out
}

fn head(timeline: &Timeline, height: usize) -> String {
    let name = if timeline.headline.is_empty() { timeline.story.as_str() } else { &timeline.headline };
    let range = format!("{} to {} UTC", minute(timeline.first_captured), minute(timeline.last_captured));
    let many =
        |kind: EventKind| timeline.events.iter().filter(move |event| event.kind == kind).map(|event| event.captures);
    let seen: Vec<String> = [EventKind::Teaser, EventKind::Gone, EventKind::Moved, EventKind::Unreachable]
        .into_iter()
        .filter_map(|kind| {
            Some(many(kind).sum::<u64>()).filter(|sum| *sum > 0).map(|sum| format!("{sum} {}", kind.as_str()))
        })
        .collect();
    let told =
        [count(timeline.revisions(), "revision", "revisions"), count(timeline.captures(), "capture", "captures")];
    let told = told.into_iter().chain(seen).collect::<Vec<_>>().join(", ");
    let mut head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">Timeline: {}</title>\n<desc id=\"desc\">{} \
         {told}, {range}.</desc>\n<style>\n{STYLE}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
        escape(&fit(name, 200)),
        escape(&format!("{}:", fit(timeline.story.as_str(), 200))),
    );
    head.push_str(&line("headline", 34, name, 84));
    head.push_str(&line("dim", 56, timeline.story.as_str(), 140));
    head.push_str(&line("dim", 73, &format!("{told}; {range}"), 140));
    head
}

/// A line of text at the left, in the direction in which it is written.
fn line(class: &str, y: usize, text: &str, columns: usize) -> String {
    let text = escape(&fit(text, columns));
    let direction = match is_right_to_left(&text) {
        Some(true) => " direction=\"rtl\" text-anchor=\"end\"",
        _ => "",
    };
    format!("<text class=\"{class}\" x=\"20\" y=\"{y}\"{direction}>{text}</text>\n")
}

fn lane_name(out: &mut String, name: &str, y: usize) {
    let _ = writeln!(out, "<text class=\"lane\" x=\"{}\" y=\"{y}\">{name}</text>", LEFT - 12);
}

const fn left(column: usize) -> usize {
    LEFT + column * COLUMN
}

fn grid(picture: &Picture, axis: usize) -> String {
    let mut grid = format!("<path class=\"axis\" d=\"M{LEFT} {axis}H{RIGHT}\"/>\n");
    for tick in ticks(picture.first, picture.last, (RIGHT - LEFT) / 70) {
        let x = left(picture.column(tick.at));
        let _ = writeln!(grid, "<path class=\"grid\" d=\"M{x} {TOP}V{axis}\"/>");
        let _ = writeln!(grid, "<text class=\"tick\" x=\"{x}\" y=\"{}\">{}</text>", axis + 16, tick.label);
    }
    grid
}

fn revisions(out: &mut String, columns: &[Column]) {
    let y = TOP + 22;
    let start = columns.iter().position(|column| column.in_force);
    if let Some(start) = start {
        let _ = writeln!(out, "<path class=\"force\" d=\"M{} {y}H{RIGHT}\"/>", left(start) + COLUMN / 2);
    }
    for (at, column) in columns.iter().enumerate() {
        let Some((first, last)) = column.revisions else { continue };
        let x = left(at) + COLUMN / 2;
        let kinds = column.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let numbers = if first == last { format!("#{first}") } else { format!("#{first} to #{last}") };
        let kind = weightiest(column);
        let _ =
            writeln!(out, "<g class=\"{}\"><title>{numbers}: {kinds}</title>{}</g>", kind.as_str(), mark(kind, x, y));
    }
}

/// The kind that a mark for several shows.
fn weightiest(column: &Column) -> EventKind {
    let order = [EventKind::Edit, EventKind::Restored, EventKind::First];
    order.into_iter().find(|kind| column.kinds.contains(kind)).unwrap_or(EventKind::Cosmetic)
}

/// A shape for each kind, so that it can be told without colour.
fn mark(kind: EventKind, x: usize, y: usize) -> String {
    match kind {
        EventKind::First => format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"),
        EventKind::Edit => format!("<path d=\"M{x} {}l8 8l-8 8l-8-8z\"/>", y - 8),
        EventKind::Restored => format!("<path d=\"M{x} {}l8 14h-16z\"/>", y - 9),
        _ => format!("<path class=\"thin\" d=\"M{x} {}v12\"/>", y - 6),
    }
}

fn visits(out: &mut String, columns: &[Column]) {
    let base = TOP + REVISIONS + VISITS - 6;
    let room = (VISITS - 12) as u64;
    let most = columns.iter().map(|column| column.visits).max().unwrap_or(0).max(1);
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.visits > 0) {
        let height = (column.visits * room).div_ceil(most);
        let _ = writeln!(
            out,
            "<rect class=\"visits\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\"><title>{}</title></rect>",
            left(at),
            base as u64 - height,
            COLUMN - 1,
            count(column.visits, "visit", "visits"),
        );
    }
}

fn run(out: &mut String, span: &Span, top: usize) {
    let _ = writeln!(
        out,
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"12\" rx=\"2\"><title>{}, {}</title></rect>",
        span.outcome.as_str(),
        left(span.from),
        top + 7,
        (span.to - span.from + 1) * COLUMN - 1,
        span.outcome.as_str(),
        count(span.visits, "visit", "visits"),
    );
}

fn legend(picture: &Picture, y: usize) -> String {
    let kinds = [EventKind::First, EventKind::Edit, EventKind::Restored, EventKind::Cosmetic];
    let seen = kinds.into_iter().filter(|kind| picture.columns.iter().any(|column| column.kinds.contains(kind)));
    let mut x = LEFT + 8;
    let mut legend = String::new();
    for kind in seen {
        let name = kind.as_str();
        let _ = writeln!(
            legend,
            "<g class=\"{name}\">{}</g><text class=\"key\" x=\"{}\" y=\"{y}\">{name}</text>",
            mark(kind, x, y - 4),
            x + 14
        );
        x += 34 + name.len() * 8;
    }
    let most = picture.columns.iter().map(|column| column.visits).max().unwrap_or(0);
    let _ = writeln!(
        legend,
        "<text class=\"tick end\" x=\"{RIGHT}\" y=\"{y}\">tallest bar: {}</text>",
        count(most, "visit", "visits")
    );
    legend
}
