//! A change as HTML that is read anywhere: without a style, a script or anything to load.

use unicode_width::UnicodeWidthChar;

use crate::diff::{Change, Field, Group, Op};
use crate::model::Article;

use super::item::Item;

/// The most bytes of one change.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// Returns the change as HTML: a line of what it is, then what changed in `<ins>` and `<del>`, sentences far from it left out.
/// Everything of the item is escaped. About `max_bytes` at most; what is cut off is told as `...`.
pub(super) fn of_item(item: &Item, max_bytes: usize) -> String {
    let mut html = format!("<p>{}</p>\n", escape(&item.summary));
    if let (Some(diff), Some(articles)) = (&item.diff, &item.articles) {
        let (old, new) = &**articles;
        html.push_str(&changed(&diff.groups, old, new, max_bytes));
    }
    html
}

/// Returns a link, or the text alone where the URL is none of the web.
pub(super) fn link(url: Option<&str>, text: &str) -> String {
    match url.filter(|url| is_web(url)) {
        Some(url) => format!("<a href=\"{}\">{}</a>", escape(url), escape(text)),
        None => escape(text),
    }
}

/// Says whether a URL is one that a reader may follow.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Escapes text for HTML, between tags and in quoted attributes. What HTML and XML cannot hold becomes U+FFFD, and so do the signs
/// that turn the direction of what follows.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{FFFD}'),
            character if character.is_control() || is_no_xml(character) => escaped.push('\u{FFFD}'),
            character => escaped.push(character),
        }
    }
    escaped
}

/// What XML 1.0 cannot hold, not even escaped (section 2.2), beside control characters.
pub(super) fn is_no_xml(character: char) -> bool {
    matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

fn changed(groups: &[Group], old: &Article, new: &Article, max_bytes: usize) -> String {
    let is_changed = |group: &&Group| group.op != Op::Unchanged || group.moved;
    let mut html = String::new();
    let mut was_left_out = false;
    for paragraph in groups.chunk_by(|one, next| paragraph_of(one) == paragraph_of(next)) {
        if !paragraph.iter().any(|group| is_changed(&group)) {
            was_left_out = true;
            continue;
        }
        if html.len() >= max_bytes {
            html.push_str("<p>...</p>\n");
            return html;
        }
        if std::mem::take(&mut was_left_out) && !html.is_empty() {
            html.push_str("<p>...</p>\n");
        }
        let text = sentences(paragraph, old, new, max_bytes.saturating_sub(html.len()));
        html.push_str(&match paragraph.first().map(|group| group.field) {
            Some(Field::Headline) => format!("<p><strong>{text}</strong></p>\n"),
            Some(Field::Deck) => format!("<p><em>{text}</em></p>\n"),
            _ => format!("<p>{text}</p>\n"),
        });
    }
    html
}

/// The paragraph in which a group is shown: that of the newer text, or of the older one where it is gone.
fn paragraph_of(group: &Group) -> (Field, bool, usize) {
    let span = group.new.first().or(group.old.first());
    (group.field, group.new.is_empty(), span.map_or(0, |span| span.para))
}

fn sentences(groups: &[Group], old: &Article, new: &Article, max_bytes: usize) -> String {
    let mut html = String::new();
    for group in groups {
        if html.len() > max_bytes {
            html.push_str(" ...");
            break;
        }
        if html.chars().next_back().is_some_and(|last| UnicodeWidthChar::width(last) != Some(2)) {
            html.push(' ');
        }
        if group.moved {
            html.push_str("<em>[moved]</em> ");
        }
        words(group, old, new, &mut html, max_bytes);
    }
    html
}

fn words(group: &Group, old: &Article, new: &Article, html: &mut String, max_bytes: usize) {
    for token in &group.tokens {
        let left = max_bytes.saturating_sub(html.len());
        let span = group.new.get(token.new_span).and_then(|span| span.text(group.field, new));
        let text = match token.op {
            Change::Eq => span.and_then(|text| text.get(token.new[0]..token.new[1])).unwrap_or_default(),
            Change::Ins | Change::Del => &token.text,
        };
        let start = text.get(..text.floor_char_boundary(left)).unwrap_or_default();
        let text = escape(start) + if start.len() < text.len() { "..." } else { "" };
        match token.op {
            Change::Eq => html.push_str(&text),
            Change::Ins => html.push_str(&format!("<ins>{text}</ins>")),
            Change::Del => html.push_str(&format!("<del>{text}</del>")),
        }
        if html.len() >= max_bytes {
            return;
        }
    }
    if group.tokens.is_empty() {
        let whole = |spans: &[crate::diff::Span], article| {
            spans.iter().map(|span| escape(span.of(group.field, article))).collect::<Vec<_>>().join(" ")
        };
        html.push_str(&if group.new.is_empty() { whole(&group.old, old) } else { whole(&group.new, new) });
    }
}
