//! The deck: the line or two between headline and text.

use scraper::Html;

use super::blocks::{Block, Kind};
use super::lines::is_furniture;
use super::select::{Hints, is_byline};
use crate::page::dom::{Ref, attribute, fold_space};

/// Words of classes for it, in English and as newspapers elsewhere call it.
const WORDS: &[&str] = &[
    "deck",
    "dek",
    "standfirst",
    "subtitle",
    "subheading",
    "subheadline",
    "subhead",
    "subhed",
    "sub-title",
    "sub-heading",
    "sub-headline",
    "sub-head",
    "sub-hed",
    "strapline",
    "subline",
    "sottotitolo",
    "bajada",
    "copete",
    "entradilla",
    "chapo",
    "chapeau",
    "vorspann",
    "ingress",
    "untertitel",
    "excerpt",
    "dropline",
    "article-summary",
    "story-summary",
    "article__summary",
    "alternativeheadline",
    "synopsis",
];
const MAX_WORDS: usize = 80;
/// How far above its text an element may name it.
const MAX_UP: usize = 3;

/// Returns which of the page's paragraphs is the deck: before the text, named so by a class or `itemprop`, or the page's own description
/// that stands apart from the text.
pub(super) fn find(html: &Html, blocks: &[Block], kept: &[bool], hints: Hints<'_>) -> Option<usize> {
    let start = start(blocks, kept)?;
    let heading =
        blocks.iter().take(start + 1).rposition(|block| block.text == hints.headline || block.kind == Kind::Heading);
    let body = blocks.get(start)?.holder;
    let descriptions: Vec<String> =
        hints.descriptions.iter().map(|text| stem(text)).filter(|text| text.len() > 20).collect();
    let from = heading.unwrap_or(start).saturating_sub(3);
    blocks.iter().enumerate().take(start + 1).skip(from).find_map(|(at, block)| {
        let is_fit = block.kind != Kind::Caption
            && (3..=MAX_WORDS).contains(&block.words())
            && block.linked < 50
            && !is_furniture(&block.text)
            && !is_byline(&block.text, hints.byline)
            && block.text != hints.headline;
        let is_named = html.tree.get(block.node).is_some_and(is_named);
        let is_description = block.holder != body && descriptions.contains(&stem(&block.text));
        (is_fit && (is_named || is_description)).then_some(at)
    })
}

/// Where the text begins: the first paragraph whose neighbour in the same holder is kept as well.
fn start(blocks: &[Block], kept: &[bool]) -> Option<usize> {
    let of_text: Vec<usize> = blocks
        .iter()
        .zip(kept)
        .enumerate()
        .filter(|(_, (block, kept))| **kept && block.kind == Kind::Text && block.words() >= 8)
        .map(|(at, _)| at)
        .collect();
    of_text
        .windows(2)
        .find_map(|pair| match pair {
            [a, b] if blocks.get(*a).map(|block| block.holder) == blocks.get(*b).map(|block| block.holder) => Some(*a),
            _ => None,
        })
        .or_else(|| of_text.first().copied())
}

fn is_named(node: Ref<'_>) -> bool {
    std::iter::once(node).chain(node.ancestors()).take(MAX_UP).any(|node| {
        ["class", "id", "itemprop", "data-testid", "data-component"].iter().any(|key| {
            attribute(node, key).is_some_and(|names| {
                let names = names.to_ascii_lowercase();
                names == "description"
                    || names.split([' ', '_', '-', '.']).any(|word| WORDS.contains(&word))
                    || names.split([' ']).any(|name| WORDS.iter().any(|word| name.ends_with(word) && word.len() > 5))
            })
        })
    })
}

/// A description without the dots where it was cut.
fn stem(text: &str) -> String {
    fold_space(text).trim_end_matches(['.', '…', ' ']).to_lowercase()
}
