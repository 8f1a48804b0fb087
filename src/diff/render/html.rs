//! A diff as an HTML page that stands alone.

use super::super::{ArticleDiff, Change, Field, Group, Op};
use super::{Block, Options, Piece, blocks, groups_of, is_changed, is_replaced, moved_from, pieces};
use crate::model::Article;

/// Light and dark by what the reader's system says; colours hold a contrast of 4.5 to 1 on either.
const STYLE: &str = "\
:root{color-scheme:light dark}
body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,serif;color:#1b1b1b;background:#fff}
h1{line-height:1.25}
header,.note{font-family:system-ui,sans-serif;font-size:.9rem;color:#595959}
del{background:#ffe3e3;color:#8a1111}
ins{background:#dff5e1;color:#0d5a1e;text-decoration:none}
p.add,p.delete,p.edit,p.moved{padding-inline-start:.8rem;border-inline-start:3px solid #9a6700}
p.add{border-color:#1a7f37}
p.delete{border-color:#c62828}
details p{color:#595959}
summary{cursor:pointer}
@media (prefers-color-scheme:dark){
body{color:#e4e4e4;background:#161616}
header,.note,details p{color:#a8a8a8}
del{background:#4a1b1b;color:#ffb3b3}
ins{background:#123d1c;color:#a6ecb3}
}
";

/// Returns a diff as an HTML page with its style, without script and without anything to load.
///
/// The whole article can be read: unchanged paragraphs are folded away and open on a click. Each text finds its own direction
/// of writing. Everything from the articles and the options is escaped.
#[must_use]
pub fn html(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let page = Page { old, new };
    let title = escape(&options.title);
    let mut body = String::new();
    body.push_str(&format!(
        "<header>{title}<br>{} &rarr; {}: {}</header>\n",
        escape(&options.old_label),
        escape(&options.new_label),
        escape(&diff.summary.to_string())
    ));
    for group in groups_of(diff, Field::Headline) {
        body.push_str(&format!("<h1 dir=\"auto\">{}</h1>\n", marked(&pieces(group, old, new))));
    }
    for field in [Field::Deck, Field::Byline] {
        groups_of(diff, field).for_each(|group| body.push_str(&page.group(group)));
    }
    for block in blocks(diff) {
        match block {
            Block::Changed(group) => body.push_str(&page.group(group)),
            Block::Unchanged(run) => body.push_str(&page.folded(&run)),
        }
    }
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

struct Page<'a> {
    old: &'a Article,
    new: &'a Article,
}

impl Page<'_> {
    fn folded(&self, run: &[&Group]) -> String {
        let noun = if run.len() == 1 { "paragraph" } else { "paragraphs" };
        let texts: String = run.iter().map(|group| self.group(group)).collect();
        format!("<details><summary class=\"note\">{} {noun} unchanged</summary>\n{texts}</details>\n", run.len())
    }

    fn group(&self, group: &Group) -> String {
        let pieces = pieces(group, self.old, self.new);
        let note = moved_from(group).map(|note| format!("<span class=\"note\">{note}</span><br>")).unwrap_or_default();
        let class = match group.op {
            Op::Add => " class=\"add\"",
            Op::Delete => " class=\"delete\"",
            Op::Unchanged if group.moved => " class=\"moved\"",
            _ if is_changed(group) => " class=\"edit\"",
            _ => "",
        };
        match pieces.as_slice() {
            [before, after] if is_replaced(&pieces) => {
                let (before, after) = (marked(&[*before]), marked(&[*after]));
                format!(
                    "<p class=\"delete\" dir=\"auto\">{note}{before}</p>\n<p class=\"add\" dir=\"auto\">{after}</p>\n"
                )
            }
            pieces => format!("<p{class} dir=\"auto\">{note}{}</p>\n", marked(pieces)),
        }
    }
}

fn marked(pieces: &[Piece<'_>]) -> String {
    let tagged = pieces.iter().map(|piece| match piece.change {
        Change::Eq => escape(piece.text),
        Change::Del => format!("<del>{}</del>", escape(piece.text)),
        Change::Ins => format!("<ins>{}</ins>", escape(piece.text)),
    });
    tagged.collect()
}

/// Escapes for text and quoted attributes. Control characters, which HTML forbids, become U+FFFD. Those that turn the direction
/// of writing stay, as right-to-left text needs them: they end with their paragraph.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => escaped.push(' '),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
