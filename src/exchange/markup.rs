//! Plain text out of the simple markup that agencies and wikis send: paragraphs, no pages.

use quick_xml::escape::resolve_html5_entity;

/// Elements that stand in a paragraph of their own.
const BLOCKS: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "body.content",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements whose content is no text.
const HIDDEN: [&str; 4] = ["head", "script", "style", "template"];

/// Returns the paragraphs of markup, in one pass. Tags that are not closed or not known do no harm.
pub(super) fn paragraphs(markup: &str) -> Vec<String> {
    let mut paragraphs = Vec::new();
    let mut text = String::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        let (before, tagged) = rest.split_at_checked(at).unwrap_or((rest, ""));
        text.push_str(before);
        let Some(tag) = Tag::parse(tagged) else {
            text.push('<');
            rest = tagged.get(1..).unwrap_or_default();
            continue;
        };
        rest = tag.rest;
        if BLOCKS.contains(&tag.name.as_str()) {
            end(&mut text, &mut paragraphs);
        } else if tag.name == "br" || matches!(tag.name.as_str(), "td" | "th") {
            text.push(' ');
        } else if !tag.closes && HIDDEN.contains(&tag.name.as_str()) {
            rest = behind_end(rest, &tag.name);
        }
    }
    text.push_str(rest);
    end(&mut text, &mut paragraphs);
    paragraphs
}

fn end(text: &mut String, paragraphs: &mut Vec<String>) {
    let plain = unescape(text);
    let words: Vec<&str> = plain.split_whitespace().collect();
    if !words.is_empty() {
        paragraphs.push(words.join(" "));
    }
    text.clear();
}

struct Tag<'a> {
    name: String,
    closes: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads a tag, or a comment, which is a tag without a name; `None` for a sign that begins neither.
    fn parse(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('<')?;
        if let Some(comment) = inner.strip_prefix("!--") {
            let rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            return Some(Self { name: String::new(), closes: false, rest });
        }
        let closes = inner.starts_with('/');
        let named = inner.strip_prefix('/').unwrap_or(inner);
        if !named.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
            return None;
        }
        let (tag, rest) = named.split_once('>')?;
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        // Prefixes of XML namespaces say nothing here.
        let name = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
        Some(Self { name, closes, rest })
    }
}

fn behind_end<'a>(text: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let at = text
        .match_indices("</")
        .find(|(at, _)| text.get(*at..at + end.len()).is_some_and(|found| found.eq_ignore_ascii_case(&end)));
    let behind = at.and_then(|(at, _)| text.get(at..)).and_then(|found| found.split_once('>'));
    behind.map_or("", |(_, rest)| rest)
}

/// Puts characters in the place of references to them. What is no reference stays as it is.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('&');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let reference = part.split_once(';').and_then(|(name, rest)| Some((resolve(name)?, rest)));
        match reference {
            Some((character, rest)) => {
                plain.push_str(&character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}

fn resolve(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else { return resolve_html5_entity(name).map(str::to_owned) };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).map(String::from)
}

/// Puts references in the place of the signs that begin tags and references.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_are_paragraphs_and_the_rest_is_text() {
        for (markup, expected) in [
            ("<p>One <b>bold</b>&nbsp;word.</p><p>Two.</p>", vec!["One bold word.", "Two."]),
            ("A &lt; B &amp; C < D & E&#x2019;s &unknown;", vec!["A < B & C < D & E’s &unknown;"]),
            (
                "<HEAD><title>x</title></HEAD><body><h2>Head</h2>text<br/>more<!-- <p>no --></body>",
                vec!["Head", "text more"],
            ),
            ("<script>if (a < b) {}</script>a<style>p</STYLE>b", vec!["ab"]),
            ("<ul><li>x<li>y</ul> <p>  </p>", vec!["x", "y"]),
            ("<p class='a", vec!["<p class='a"]),
        ] {
            assert_eq!(paragraphs(markup), expected, "{markup}");
        }
    }

    proptest! {
        #[test]
        fn escaped_text_comes_back(text in "[ -~é&<>;#]{0,60}") {
            let words: Vec<&str> = text.split_whitespace().collect();
            let expected = if words.is_empty() { vec![] } else { vec![words.join(" ")] };
            prop_assert_eq!(paragraphs(&format!("<p>{}</p>", escape(&text))), expected);
        }
    }
}
