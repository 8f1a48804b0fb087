//! A diff as Markdown, for issues, chats and notes.

use super::super::{ArticleDiff, Change, Field, Group};
use super::Options;
use super::note::{self, Note, Tag};
use super::page::{Kind, Row, groups_of, is_changed, pieces, rows};
use super::part::{self, Part};
use crate::model::Article;

/// Returns a diff as Markdown: `~~deleted~~` and `**inserted**` words, the headline as a heading.
///
/// The text of the articles is escaped, so that it cannot format, link or hold HTML. Strikethrough is GitHub's, and most
/// others', extension. Where those marks would not be taken for marks, as between characters of a script without spaces,
/// `<del>` and `<ins>` stand for them.
///
/// ```
/// use morgue::{Article, diff::{self, render}};
///
/// let (old, new) = (Article::new("Bridge closed"), Article::new("Bridge open"));
/// let diff = diff::compare(&old, &new, &diff::Options::default());
/// let text = render::markdown(&diff, &old, &new, &render::Options::default());
/// assert!(text.starts_with("## Bridge ~~closed~~ **open**\n"));
/// ```
#[must_use]
pub fn markdown(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let group = |group| one_line(&part::of_pieces(&pieces(group, old, new), None));
    blocks.extend(groups_of(diff, Field::Headline).map(|headline| format!("## {}", group(headline))));
    let labels = (escape(&options.old_label), escape(&options.new_label));
    blocks.push(format!("*{} → {}: {}*", labels.0, labels.1, escape(&diff.summary.to_string())));
    let headline: Vec<&Group> = groups_of(diff, Field::Headline).collect();
    blocks.extend(tags(&note::group_tags(&headline, old, new)));
    blocks.extend(groups_of(diff, Field::Deck).filter(|group| is_changed(group)).map(group));
    let byline: Vec<&Group> = groups_of(diff, Field::Byline).collect();
    if byline.iter().any(|group| is_changed(group)) {
        let authors: Vec<String> = byline.into_iter().map(group).collect();
        blocks.push(format!("By {}", authors.join(", ")));
    }
    let rows = rows(diff, old, new);
    let is_unchanged = |row: &Row<'_>| row.kind == Kind::Unchanged;
    if !rows.iter().all(is_unchanged) {
        for run in rows.chunk_by(|one, next| is_unchanged(one) && is_unchanged(next)) {
            match run {
                [row] if !is_unchanged(row) => blocks.extend(changed(row)),
                [_] => blocks.push("*... 1 paragraph unchanged ...*".to_owned()),
                run => blocks.push(format!("*... {} paragraphs unchanged ...*", run.len())),
            }
        }
    }
    blocks.join("\n\n") + "\n"
}

/// A row, its notes at its head; a paragraph that was replaced as two.
fn changed(row: &Row<'_>) -> Vec<String> {
    let notes: Vec<String> = row.note.iter().map(told).chain(tags(&row.tags)).collect();
    let head = if notes.is_empty() { String::new() } else { format!("{} ", notes.join(" ")) };
    let parts = part::woven(row);
    let end = match row.kind {
        Kind::Replaced => parts.iter().position(|part| matches!(part, Part::Text(Change::Ins, _))),
        _ => None,
    };
    let (before, after) = end.and_then(|end| parts.split_at_checked(end)).unwrap_or((&parts, &[]));
    let texts = [before, after].map(one_line);
    let mut blocks: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    if let Some(first) = blocks.first_mut() {
        first.insert_str(0, &head);
    }
    blocks
}

fn told(note: &Note) -> String {
    match &note.quote {
        Some(quote) => format!("*({}: \"{}\")*", note.words, escape(quote)),
        None => format!("*({})*", note.words),
    }
}

fn tags(tags: &[Tag]) -> Option<String> {
    note::told(tags, "→").map(|told| format!("*{}*", escape(&told)))
}

fn one_line(parts: &[Part<'_>]) -> String {
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(Change::Eq, plain) => text.push_str(&escape_within(plain, text.is_empty())),
            Part::Text(change, marked) => {
                let next = at.checked_add(1).and_then(|next| parts.get(next));
                push_marked(&mut text, *change, marked, next);
            }
            Part::Break(change) => push_marked(&mut text, *change, "\u{b6}", None),
            Part::Here(note) => {
                text.push_str(&note.as_ref().map(|note| told(note) + " ").unwrap_or_default());
                text.push_str("<em>");
            }
            Part::HereEnd => text.push_str("</em>"),
            Part::Away(note) => text.push_str(&told(note)),
            Part::Cut => text.push_str("\\[...\\]"),
        }
    }
    text.trim().to_owned()
}

/// Appends a text in marks that touch its words, white space outside of them.
fn push_marked(text: &mut String, change: Change, marked: &str, next: Option<&Part<'_>>) {
    let inner = marked.trim();
    let lead = marked.len() - marked.trim_start().len();
    let is_replacing = change == Change::Ins && (text.ends_with("~~") || text.ends_with("</del>"));
    let after_wide = inner.chars().next().is_some_and(is_spaceless);
    if lead > 0 || is_replacing && !after_wide {
        text.push(' ');
    }
    if inner.is_empty() {
        return;
    }
    let after = match next {
        _ if marked.trim_end() != marked => Some(' '),
        Some(Part::Text(_, next)) => next.chars().next(),
        _ => None,
    };
    let (mark, tag) = if change == Change::Del { ("~~", "del") } else { ("**", "ins") };
    let inner = escape_within(inner, text.is_empty());
    if is_mark(text.chars().next_back(), &inner, after) {
        text.push_str(&format!("{mark}{inner}{mark}"));
    } else {
        text.push_str(&format!("<{tag}>{inner}</{tag}>"));
    }
    if marked.trim_end() != marked {
        text.push(' ');
    }
}

/// Whether marks around a text would be marks: left- and right-flanking (CommonMark 0.31, 6.2). What touches it and is
/// neither white space nor punctuation must not meet punctuation inside.
fn is_mark(before: Option<char>, inner: &str, after: Option<char>) -> bool {
    let is_word = |character: Option<char>| {
        character.is_some_and(|character| !character.is_whitespace() && !is_punctuation(character))
    };
    let begins = inner.chars().next().is_some_and(is_punctuation);
    let ends = inner.chars().next_back().is_some_and(is_punctuation);
    !(begins && is_word(before) || ends && is_word(after))
}

/// Whether a character may be punctuation; rather one too many.
fn is_punctuation(character: char) -> bool {
    !character.is_alphanumeric() && !character.is_whitespace()
}

fn is_spaceless(character: char) -> bool {
    unicode_width::UnicodeWidthChar::width(character) == Some(2)
}

/// Escapes a text that may begin a line.
fn escape(text: &str) -> String {
    escape_within(text, true)
}

/// Escapes what Markdown could take for its own (CommonMark 0.31, 2.4), and makes control and bidi characters seen.
fn escape_within(text: &str, is_first: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in crate::text::safe::for_terminal(text).chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '!' | '@' | '$')
        {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    if is_first { at_line_start(escaped) } else { escaped }
}

/// `1.`, `-` and `+` at the start of a line would be a list, `===` a heading.
fn at_line_start(escaped: String) -> String {
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let place = match escaped.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => digits,
        Some(b'-' | b'+' | b'=') if digits == 0 => 0,
        _ => return escaped,
    };
    let (head, tail) = escaped.split_at_checked(place).unwrap_or_default();
    format!("{head}\\{tail}")
}
