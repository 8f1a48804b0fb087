//! What happened, in words.

use std::io::{self, Write};

use morgue::report::Event;
use morgue::text::safe::for_terminal;

use crate::cli::output::Paint;
use crate::cli::table::wrap;
use crate::cli::words::{count, first_words, length, minute};

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// `2026-03-02 14:05  #3   edit  0.25  what changed`, or `2026-03-02 14:05       12 visits, unchanged, 3 days`.
pub(super) fn line(out: &mut dyn Write, event: &Event, paint: Paint, width: Option<usize>) -> io::Result<()> {
    let time = minute(event.from);
    let number = event.revision.filter(|_| event.kind.is_revision()).map(|number| format!("#{number}"));
    let number = format!("{:<5}", number.unwrap_or_default());
    let told = for_terminal(&told(event)).into_owned();
    let margin = time.len() + 2 + number.len();
    let start = format!("{}  {}", paint.faint(&time), paint.mark(&number));
    let Some(width) = width.filter(|width| margin + textwrap::core::display_width(&told) > *width) else {
        return writeln!(out, "{start}{told}");
    };
    // What does not fit goes below: under its own beginning, where there is room for it.
    let indent = if width >= 60 { margin } else { 2 };
    let lines = wrap(&told, width, &" ".repeat(indent));
    match (indent == margin, lines.split_first()) {
        (true, Some((first, rest))) => {
            writeln!(out, "{start}{}", first.trim_start())?;
            rest.iter().try_for_each(|line| writeln!(out, "{line}"))
        }
        _ => {
            writeln!(out, "{}", start.trim_end())?;
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        }
    }
}

fn told(event: &Event) -> String {
    let kind = event.kind.as_str();
    if !event.kind.is_revision() {
        let minutes = (event.to.as_micros() - event.from.as_micros()) / MICROS_PER_MINUTE;
        let lasted = u64::try_from(minutes).ok().filter(|_| event.from != event.to);
        let lasted = lasted.map(|minutes| format!(", {}", length(minutes))).unwrap_or_default();
        let detail = event.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        return format!("{}, {kind}{lasted}{detail}", count(event.captures, "visit", "visits"));
    }
    let headline = first_words(event.headline.as_deref().unwrap_or_default(), 80);
    match (&event.summary, event.significance) {
        (Some(summary), Some(weight)) => {
            let is_new = summary.starts_with("headline") && !headline.is_empty();
            let now = if is_new { format!("; now \"{headline}\"") } else { String::new() };
            format!("{kind:<8}  {weight:.2}  {summary}{now}")
        }
        _ => {
            let words = count(event.words.unwrap_or_default(), "word", "words");
            let named = if headline.is_empty() { String::new() } else { format!(", \"{headline}\"") };
            format!("{kind:<8}  {words}{named}")
        }
    }
}
