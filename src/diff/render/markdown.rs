//! A diff as Markdown, for issues, chats and notes.

use super::super::{ArticleDiff, Change, Field, Group};
use super::{Block, Options, Piece, blocks, groups_of, is_changed, is_replaced, moved_from, pieces};
use crate::model::Article;

/// Returns a diff as Markdown: `~~deleted~~` and `**inserted**` words, the headline as a heading.
///
/// The text of the articles is escaped, so that it cannot format, link or hold HTML. Strikethrough is GitHub's, and most
/// others', extension.
#[must_use]
pub fn markdown(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let mut parts: Vec<String> = Vec::new();
    let render = |group: &Group| {
        let text = marked(&pieces(group, old, new));
        moved_from(group).map_or_else(|| text.clone(), |note| format!("*({note})* {text}"))
    };
    parts.extend(groups_of(diff, Field::Headline).map(|group| format!("## {}", one_line(&pieces(group, old, new)))));
    parts.push(format!("*{} → {}: {}*", escape(&options.old_label), escape(&options.new_label), diff.summary));
    for field in [Field::Deck, Field::Byline] {
        parts.extend(groups_of(diff, field).filter(|group| is_changed(group)).map(render));
    }
    let blocks = blocks(diff);
    if blocks.iter().any(|block| matches!(block, Block::Changed(_))) {
        parts.extend(blocks.iter().map(|block| match block {
            Block::Changed(group) => render(group),
            Block::Unchanged(run) if run.len() == 1 => "*... 1 paragraph unchanged ...*".to_owned(),
            Block::Unchanged(run) => format!("*... {} paragraphs unchanged ...*", run.len()),
        }));
    }
    parts.join("\n\n") + "\n"
}

fn marked(pieces: &[Piece<'_>]) -> String {
    match pieces {
        [before, after] if is_replaced(pieces) => format!("{}\n\n{}", one_line(&[*before]), one_line(&[*after])),
        pieces => one_line(pieces),
    }
}

fn one_line(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let mark = match piece.change {
            Change::Eq => "",
            Change::Del => "~~",
            Change::Ins => "**",
        };
        // A mark must touch the word, or it is none.
        let inner = piece.text.trim();
        let lead = piece.text.len() - piece.text.trim_start().len();
        let is_after_mark = text.ends_with("~~") && mark == "**";
        text.push_str(if lead > 0 || is_after_mark { " " } else { "" });
        if !inner.is_empty() {
            text.push_str(&format!("{mark}{}{mark}", escape(inner)));
            text.push_str(if piece.text.trim_end() == piece.text { "" } else { " " });
        }
    }
    text.trim().to_owned()
}

/// Escapes what Markdown could take for its own (CommonMark 0.31, 2.4), and makes control and bidi characters seen.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in crate::text::safe::for_terminal(text).chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '!' | '@') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    at_line_start(escaped)
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
