//! What a reader sees of byline and date.

use scraper::Html;

use crate::page::dom::{Ref, attribute, elements, name, text};

/// The longest line that is a byline, in words.
const MAX_WORDS: usize = 16;
/// How many nodes after the headline are looked at.
const MAX_NODES: usize = 3000;

/// The line near the headline that names the authors: what a link or class says is one.
pub(super) fn byline(html: &Html) -> Vec<String> {
    let near = near_headline(html);
    let links: Vec<String> = near
        .iter()
        .filter(|node| name(**node) == "a" && attribute(**node, "rel").is_some_and(|rel| rel.contains("author")))
        .map(|link| text(*link))
        .collect();
    if !links.is_empty() {
        return links;
    }
    let lines = ["byline", "author-name", "author_name", "authorname", "author"];
    lines
        .iter()
        .find_map(|word| {
            near.iter().filter(|node| is_classed(**node, word)).map(|node| text(*node)).find(|line| {
                (2..=MAX_WORDS).contains(&line.split_whitespace().count())
                    && !line.contains(|digit: char| digit.is_ascii_digit())
            })
        })
        .into_iter()
        .collect()
}

/// The time of the first `<time>` near the headline, or of a `<time>` that says that it is the one.
pub(super) fn time(html: &Html, wanted: &[&str]) -> Option<String> {
    if !wanted.contains(&"datePublished") {
        return None;
    }
    near_headline(html)
        .into_iter()
        .filter(|node| name(*node) == "time")
        .find_map(|node| attribute(node, "datetime").map(str::to_owned))
}

/// The nodes from a little before the headline on.
fn near_headline(html: &Html) -> Vec<Ref<'_>> {
    let root = html.tree.root();
    let Some(heading) = elements(root, "h1").next() else { return Vec::new() };
    // The block two levels up holds what belongs to the headline.
    let start = heading.ancestors().nth(2).filter(|outer| !matches!(name(*outer), "body" | "html")).unwrap_or(heading);
    let start = start.id();
    root.descendants()
        .skip_while(move |node| node.id() != start)
        .take(MAX_NODES)
        .filter(|node| !matches!(name(*node), "" | "label" | "input" | "form"))
        .collect()
}

fn is_classed(node: Ref<'_>, word: &str) -> bool {
    attribute(node, "class").is_some_and(|class| {
        class.split_ascii_whitespace().any(|name| {
            let name = name.to_ascii_lowercase();
            name == word || name.ends_with(&format!("-{word}")) || name.ends_with(&format!("_{word}"))
        })
    })
}
