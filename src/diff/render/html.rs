//! A diff as an HTML page that stands alone.

use super::super::{ArticleDiff, Change, Field, Group};
use super::Options;
use super::note::{self, Note, Tag};
use super::page::{Kind, Row, groups_of, pieces, rows};
use super::part::{self, Part};
use crate::model::Article;
use crate::text::safe::{for_markup as escape, is_right_to_left};

/// Light and dark by what the reader's system says, and a style for paper.
const STYLE: &str = include_str!("page.css");

/// What the marks mean.
const LEGEND: &str = "<p class=\"legend\"><del>deleted</del> <ins>inserted</ins> <span class=\"moved\">moved</span> \
                      <ins>&para;</ins> <span class=\"what\">end of a paragraph</span></p>\n";

/// Returns a diff as an HTML page with its style, without script and without anything to load.
///
/// The whole article can be read: unchanged paragraphs are folded away and open on a click. Both ends of a move link to each
/// other. Each text finds its own direction of writing, and so does each mark in it. Everything from the articles and the
/// options is escaped. The page follows the reader's choice of light or dark, and can be printed.
///
/// ```
/// use morgue::{Article, diff::{self, render}};
///
/// let (old, new) = (Article::new("Bridge closed"), Article::new("Bridge open"));
/// let diff = diff::compare(&old, &new, &diff::Options::default());
/// let page = render::html(&diff, &old, &new, &render::Options::default());
/// assert!(page.contains("<h1 dir=\"auto\">Bridge <del>closed</del><ins>open</ins></h1>"));
/// ```
#[must_use]
pub fn html(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let title = escape(&options.title);
    // A headline is a better title than any.
    let has_headline = groups_of(diff, Field::Headline).next().is_some();
    let shown = if has_headline { String::new() } else { format!("<p class=\"title\" dir=\"auto\">{title}</p>\n") };
    let mut body = format!(
        "<header>\n{shown}<p class=\"labels\"><bdi>{}</bdi> &rarr; <bdi>{}</bdi></p>\n\
         <p class=\"summary\" dir=\"ltr\">{}</p>\n{}</header>\n<main lang=\"\" dir=\"{}\">\n",
        escape(&options.old_label),
        escape(&options.new_label),
        summary_html(&diff.summary.to_string()),
        if diff.identical { "" } else { LEGEND },
        direction(new)
    );
    for (field, element, end) in [(Field::Headline, "h1", "h1"), (Field::Deck, "p class=\"deck\"", "p")] {
        for group in groups_of(diff, field) {
            let parts = part::of_pieces(&pieces(group, old, new), None);
            // Before and after, if nothing was kept.
            let text = match parts.as_slice() {
                [before @ Part::Text(Change::Del, _), after @ Part::Text(Change::Ins, _)] => {
                    format!("{}<br>{}", marked(std::slice::from_ref(before)), marked(std::slice::from_ref(after)))
                }
                parts => marked(parts),
            };
            body.push_str(&chips(&note::group_tags(&[group], old, new)));
            body.push_str(&format!("<{element} dir=\"auto\">{text}</{end}>\n"));
        }
    }
    body.push_str(&byline(diff, old, new));
    body.push_str(&paragraphs(&rows(diff, old, new)));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Returns the line that a [`Summary`](super::super::Summary) displays as HTML, without an element around it.
///
/// In it words of the article stand between those of ours: each keeps its own direction of writing, and no arrow breaks.
///
/// ```
/// use morgue::diff::render::summary_html;
///
/// let line = "headline; 17 -> 22 dead; no notice";
/// assert_eq!(summary_html(line), "headline; <bdi>17</bdi> &rarr; <bdi>22 dead</bdi>; no notice");
/// ```
#[must_use]
pub fn summary_html(line: &str) -> String {
    let side = |text: &str| format!("<bdi>{}</bdi>", escape(text));
    let fact = |fact: &str| match fact.contains(" -> ") {
        true => fact.split(" -> ").map(side).collect::<Vec<_>>().join(" &rarr; "),
        false => escape(fact),
    };
    line.split("; ").map(fact).collect::<Vec<_>>().join("; ")
}

/// The direction of the page, for what is no text of an article: that of the first letter which has one.
fn direction(article: &Article) -> &'static str {
    let mut texts = [&article.headline, &article.deck].into_iter().chain(&article.paragraphs);
    if texts.find_map(|text| is_right_to_left(text)) == Some(true) { "rtl" } else { "ltr" }
}

fn byline(diff: &ArticleDiff, old: &Article, new: &Article) -> String {
    let author = |group: &Group| format!("<bdi>{}</bdi>", marked(&part::of_pieces(&pieces(group, old, new), None)));
    let authors: Vec<String> = groups_of(diff, Field::Byline).map(author).collect();
    if authors.is_empty() {
        return String::new();
    }
    format!("<p class=\"byline\" dir=\"auto\">{}</p>\n", authors.join(", "))
}

fn paragraphs(rows: &[Row<'_>]) -> String {
    let is_unchanged = |row: &Row<'_>| row.kind == Kind::Unchanged;
    let mut left = rows.len();
    let mut text = String::new();
    for run in rows.chunk_by(|one, next| is_unchanged(one) && is_unchanged(next)) {
        left -= run.len();
        match run {
            [row] if !is_unchanged(row) => text.push_str(&changed(row)),
            run if left == 0 => text.push_str(&folded(run)),
            // The last one before a change says where it is.
            [hidden @ .., context] => {
                text.push_str(&folded(hidden));
                text.push_str(&paragraph(context, "context", &part::woven(context)));
            }
            [] => {}
        }
    }
    text
}

fn folded(run: &[Row<'_>]) -> String {
    let noun = if run.len() == 1 { "paragraph" } else { "paragraphs" };
    let texts: String = run.iter().map(|row| paragraph(row, "same", &part::woven(row))).collect();
    match run.len() {
        0 => String::new(),
        count => {
            format!("<details><summary lang=\"en\">{count} {noun} unchanged</summary>\n{texts}</details>\n")
        }
    }
}

fn changed(row: &Row<'_>) -> String {
    let class = match row.kind {
        Kind::Added => "add",
        Kind::Deleted => "delete",
        Kind::Moved => "move",
        Kind::Away => "away",
        Kind::Unchanged | Kind::Edited | Kind::Replaced | Kind::Broken => "edit",
    };
    let quiet = if row.is_quiet { " quiet" } else { "" };
    let note = row.note.as_ref().map(|note| format!("<p>{}</p>\n", link(note))).unwrap_or_default();
    let parts = part::woven(row);
    let end = match row.kind {
        Kind::Replaced => parts.iter().position(|part| matches!(part, Part::Text(Change::Ins, _))),
        _ => None,
    };
    let texts = match end.and_then(|end| parts.split_at_checked(end)) {
        Some((before, after)) => paragraph(row, "delete", before) + &paragraph(row, "add", after),
        None => paragraph(row, class, &parts),
    };
    format!("<section class=\"{class}{quiet}\">\n{note}{}{texts}</section>\n", chips(&row.tags))
}

/// A paragraph, with its number in the margin: that of the newer article where it has one.
fn paragraph(row: &Row<'_>, class: &str, parts: &[Part<'_>]) -> String {
    let number = if class == "delete" { row.old } else { row.new.or(row.old) };
    let number = number.map(|number| format!(" data-n=\"{number}\"")).unwrap_or_default();
    // What is no text of the article goes with the page.
    let direction = if class == "away" { "" } else { " dir=\"auto\"" };
    format!("<p class=\"{class}\"{number}{direction}>{}</p>\n", marked(parts))
}

fn chips(tags: &[Tag]) -> String {
    let chip = |tag: &Tag| match &tag.change {
        Some((old, new)) => format!(
            "<span class=\"chip\" dir=\"ltr\">{} <bdi>{}</bdi> &rarr; <bdi>{}</bdi></span>",
            tag.name,
            escape(old),
            escape(new)
        ),
        None => format!("<span class=\"chip\" dir=\"ltr\">{}</span>", tag.name),
    };
    let chips: Vec<String> = tags.iter().map(chip).collect();
    match chips.is_empty() {
        true => String::new(),
        false => format!("<p class=\"chips\" lang=\"en\">{}</p>\n", chips.join(" ")),
    }
}

/// A link to the other end of a move.
fn link(note: &Note) -> String {
    let Note { id, words, quote, again } = note;
    let quote = quote.as_ref().map(|quote| format!(": &ldquo;<bdi>{}</bdi>&rdquo;", escape(quote))).unwrap_or_default();
    let (own, other) = match quote.is_empty() {
        true => (format!("m{id}"), format!("m{id}-from")),
        false => (format!("m{id}-from"), format!("m{id}")),
    };
    let own = if *again { String::new() } else { format!(" id=\"{own}\"") };
    // A direction of its own, so that the paragraph does not take it for its first letters.
    format!("<a class=\"note\"{own} href=\"#{other}\" lang=\"en\" dir=\"ltr\">{words}{quote}</a>")
}

fn marked(parts: &[Part<'_>]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(Change::Eq, plain) => text.push_str(&escape(plain)),
            Part::Text(Change::Del, gone) => text.push_str(&format!("<del>{}</del>", escape(gone))),
            Part::Text(Change::Ins, came) => text.push_str(&format!("<ins>{}</ins>", escape(came))),
            Part::Break(Change::Del) => text.push_str("<del class=\"break\">&para;</del>"),
            Part::Break(_) => text.push_str("<ins class=\"break\">&para;</ins>"),
            Part::Here(note) => {
                text.push_str(&note.as_ref().map(|note| link(note) + " ").unwrap_or_default());
                text.push_str("<span class=\"moved\">");
            }
            Part::HereEnd => text.push_str("</span>"),
            Part::Away(note) => text.push_str(&link(note)),
            Part::Cut => text.push_str("[...]"),
        }
    }
    text
}
