//! The lists of a page.

use super::charts::name_of;
use super::html::percent;
use super::table::{Cell, Table};
use super::{length, minute};
use crate::diff::render::summary_html;
use crate::diff::{NoticeKind, Stealth};
use crate::model::{StoryKey, Timestamp};
use crate::report::{Edited, MostEdited, Report, TakeDown};
use crate::text::safe::for_markup as escape;

/// The longest diff that is put into the page, in bytes.
const MOST_DIFF: usize = 512 << 10;

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

pub(super) fn significant(edits: &[Edited], diffs: &[String]) -> String {
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

pub(super) fn most_edited(stories: &[MostEdited]) -> String {
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

pub(super) fn stealth(edits: &[Edited]) -> String {
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

pub(super) fn corrections(edits: &[Edited]) -> String {
    let mut table = Table::new(&["Captured", "Notice", "Story", "What changed", "Significance"]);
    for edit in edits {
        let notice = edit.notice.unwrap_or(NoticeKind::Update).as_str();
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

pub(super) fn headlines(edits: &[Edited]) -> String {
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

pub(super) fn take_downs(stories: &[TakeDown]) -> String {
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

pub(super) fn publishers(report: &Report) -> String {
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
