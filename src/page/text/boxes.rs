//! Boxes inside of a story that no tag and no class names: told by what they hold.
//!
//! The measures are those of boilerplate removal (Kohlschütter, Fankhauser, Nejdl, "Boilerplate Detection using Shallow Text
//! Features", WSDM 2010): how much of a block is linked and how long it is; with them, what no sentence of a story brings along: a
//! field for an address, a label of advertising, a button to subscribe.

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use rustc_hash::FxHashMap;
use scraper::Html;

use super::blocks::{Block, Kind, blocks};
use super::lines::{is_correction, is_label, is_offer};
use crate::page::dom::{Ref, attribute, is_silent, name};

/// The most words of an offer or an advertisement.
const MAX_WORDS: usize = 45;
/// The most sentences of one; a story has more.
const MAX_SENTENCES: usize = 2;
/// The most words beside the links of a list of links: its heading.
const MAX_HEADING: usize = 6;
/// A line is a link where so much of it is one, in hundredths of its letters.
const LINKED: usize = 90;

/// Elements that can be such a box. A cell, a caption or a quotation is none, and nothing that holds the whole story.
const BOXES: &[&str] = &["div", "section", "aside", "ul", "ol", "form", "fieldset", "center", "footer", "p"];

/// Returns the boxes that are no part of the story, the outermost of each.
///
/// None holds a caption, a table, a quotation, a headline or a correction, and none half of the page's words.
pub(super) fn boxes(html: &Html) -> Vec<NodeId> {
    let contents = contents(html);
    let root = html.tree.root();
    let all = contents.get(&root.id()).map_or(0, Content::unlinked);
    let mut found = Vec::new();
    let mut inside = None;
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if inside.is_none() && BOXES.contains(&name(node)) => {
                let Some(content) = contents.get(&node.id()) else { continue };
                let is_small = content.unlinked().saturating_mul(2) < all.max(1);
                if is_small && !content.keeps && content.is_foreign(name(node)) {
                    found.push(node.id());
                    inside = Some(node.id());
                }
            }
            Edge::Close(node) if inside == Some(node.id()) => inside = None,
            _ => {}
        }
    }
    found
}

/// What an element holds, all that is in it counted.
#[derive(Debug, Clone, Copy, Default)]
struct Content {
    words: usize,
    linked: usize,
    sentences: usize,
    lines: usize,
    /// Lines that are links from end to end.
    link_lines: usize,
    /// Links that the publisher was paid for, by their `rel`.
    sponsored: usize,
    /// Fields for an address of mail.
    mail_fields: usize,
    /// Links and buttons that stand alone and offer to subscribe, to join, to give.
    calls: usize,
    /// Whether its first run of text, and whether its first line, is a label of advertising; `None` where it has no text.
    first_text: Option<bool>,
    first_line: Option<bool>,
    /// Whether something in it is never dropped.
    keeps: bool,
}

impl Content {
    const fn unlinked(&self) -> usize {
        self.words.saturating_sub(self.linked)
    }

    /// Whether this is an advertisement, an offer, or links to elsewhere.
    fn is_foreign(&self, name: &str) -> bool {
        let is_short = self.words <= MAX_WORDS && self.sentences <= MAX_SENTENCES;
        let is_paid = self.sponsored > 0 && self.unlinked() <= MAX_HEADING;
        // A paragraph may begin with such a word in bold; a label has a line of its own, or a link beside it and no sentence.
        let is_labelled = (self.first_line == Some(true) && self.lines > 1 && is_short)
            || (self.first_text == Some(true) && self.linked > 0 && self.unlinked() <= MAX_HEADING);
        let is_offer = is_short && (self.mail_fields > 0 || (self.calls > 0 && name != "p"));
        is_paid || is_labelled || is_offer || self.is_list_of_links()
    }

    /// Two links and more, each a line of some words, and no more beside them than a heading. Names alone, one word or two each,
    /// may be the story's.
    const fn is_list_of_links(&self) -> bool {
        self.link_lines >= 2
            && self.lines - self.link_lines <= 1
            && self.unlinked() <= MAX_HEADING
            && self.linked >= 3 * self.link_lines
    }

    fn add(&mut self, inner: &Self) {
        self.words += inner.words;
        self.linked += inner.linked;
        self.sentences += inner.sentences;
        self.lines += inner.lines;
        self.link_lines += inner.link_lines;
        self.sponsored += inner.sponsored;
        self.mail_fields += inner.mail_fields;
        self.calls += inner.calls;
        self.first_text = self.first_text.or(inner.first_text);
        self.keeps |= inner.keeps;
    }

    fn add_line(&mut self, block: &Block) {
        let count = block.words();
        let is_link = block.linked >= LINKED;
        self.words += count;
        self.linked += if is_link { count } else { count * block.linked / 100 };
        self.sentences += sentences(&block.text);
        self.lines += 1;
        self.link_lines += usize::from(is_link);
        self.calls += usize::from(is_link && is_offer(&block.text));
        self.keeps |= matches!(block.kind, Kind::Caption | Kind::Row) || is_correction(&block.text);
    }
}

/// What each element holds, in one walk.
fn contents(html: &Html) -> FxHashMap<NodeId, Content> {
    let mut lines: FxHashMap<NodeId, Vec<Block>> = FxHashMap::default();
    let blocks = blocks(html.tree.root());
    let first_lines = first_lines(html, &blocks);
    for block in blocks {
        lines.entry(block.node).or_default().push(block);
    }
    let mut contents: FxHashMap<NodeId, Content> = FxHashMap::default();
    let mut open = vec![Content::default()];
    let mut silent = 0_usize;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => {
                silent += usize::from(is_silent(name(node)));
                open.push(Content::default());
            }
            Edge::Close(node) => {
                let mut content = open.pop().unwrap_or_default();
                lines.get(&node.id()).into_iter().flatten().for_each(|line| content.add_line(line));
                content.look_at(node, silent > 0);
                silent = silent.saturating_sub(usize::from(is_silent(name(node))));
                if let Some(outer) = open.last_mut() {
                    outer.add(&content);
                }
                content.first_line = first_lines.get(&node.id()).copied();
                contents.insert(node.id(), content);
            }
        }
    }
    contents
}

/// Of each element that holds lines, whether the first is a label of advertising.
fn first_lines(html: &Html, blocks: &[Block]) -> FxHashMap<NodeId, bool> {
    let mut first: FxHashMap<NodeId, bool> = FxHashMap::default();
    for block in blocks {
        let Some(node) = html.tree.get(block.node) else { continue };
        let is_label = is_label(&block.text);
        for outer in std::iter::once(node).chain(node.ancestors()) {
            // An element with a line before this one has told all that hold it.
            if first.contains_key(&outer.id()) {
                break;
            }
            first.insert(outer.id(), is_label);
        }
    }
    first
}

impl Content {
    /// Takes in what the node itself is.
    fn look_at(&mut self, node: Ref<'_>, is_silent: bool) {
        if let Some(text) = node.value().as_text().filter(|text| !is_silent && !text.trim().is_empty()) {
            self.first_text = Some(is_label(text));
        }
        match name(node) {
            "a" => {
                let rel = attribute(node, "rel").unwrap_or_default();
                self.sponsored += usize::from(rel.split_ascii_whitespace().any(|word| word == "sponsored"));
            }
            "input" => {
                let is_mail = ["type", "name", "autocomplete"]
                    .iter()
                    .any(|key| attribute(node, key).is_some_and(|value| value.eq_ignore_ascii_case("email")));
                self.mail_fields += usize::from(is_mail);
                let is_button = matches!(attribute(node, "type"), Some("submit" | "button"));
                self.calls += usize::from(is_button && attribute(node, "value").is_some_and(is_offer));
            }
            "button" => {
                let text: String =
                    node.descendants().filter_map(|inner| inner.value().as_text()).map(|t| &**t).collect();
                self.calls += usize::from(is_offer(text.trim()));
            }
            "h1" | "figcaption" | "table" | "blockquote" | "q" | "pre" => self.keeps = true,
            _ => {
                self.keeps |=
                    attribute(node, "itemprop").is_some_and(|kind| kind == "articleBody" || kind == "headline");
            }
        }
    }
}

/// How many sentences end in a text; `4.90` ends none.
fn sentences(text: &str) -> usize {
    let mut letters = text.chars().peekable();
    let mut count = 0;
    while let Some(letter) = letters.next() {
        let is_end = match letter {
            '。' | '！' | '？' | '।' | '۔' => true,
            '.' | '!' | '?' | '؟' | '…' => letters.peek().is_none_or(|next| !next.is_alphanumeric()),
            _ => false,
        };
        // `?!` and `...` end one.
        let goes_on = letters.peek().is_some_and(|next| matches!(next, '.' | '!' | '?' | '！' | '？'));
        count += usize::from(is_end && !goes_on);
    }
    count
}
