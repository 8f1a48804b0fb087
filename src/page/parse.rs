//! From text to a tree, within bounds.

use std::cell::{Cell, RefCell};

use ego_tree::NodeId;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink as _};
use html5ever::{LocalName, local_name};
use rustc_hash::FxHashMap;
use scraper::{Html, HtmlTreeSink};

use super::bounds::{MAX_DEPTH, MAX_NODES, MAX_TAGS, TooLarge, check_attributes};

/// The most formatting elements (`b`, `font`) that are open at once. Each paragraph opens all of them again, as the HTML
/// standard has it, so that a few bytes could become many nodes.
const MAX_FORMATTING: usize = 16;

/// Parses a page as browsers do, with scripts switched on.
///
/// Elements that lie deeper than [`MAX_DEPTH`] lose their tags and keep their text.
///
/// # Errors
/// When the page has more tags, nodes or attributes than a reader can be asked to look at.
pub(super) fn parse(html: &str) -> Result<Html, TooLarge> {
    check_attributes(html)?;
    let tree = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let tokenizer = Tokenizer::new(Guard::new(tree), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // It is done with all of the input: the guard never asks it to stop.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let guard = tokenizer.sink;
    match guard.refused.into_inner() {
        Some(refused) => Err(refused),
        None => Ok(guard.tree.sink.finish()),
    }
}

/// Stands between tokenizer and tree builder, and counts.
///
/// The builder searches its stack of open elements for many tags, so that what is deep is slow: tags that would nest too deep never
/// reach it.
struct Guard {
    tree: TreeBuilder<NodeId, HtmlTreeSink>,
    open: RefCell<Vec<LocalName>>,
    depth: Cell<usize>,
    dropped: RefCell<FxHashMap<LocalName, usize>>,
    formatting: RefCell<FxHashMap<LocalName, usize>>,
    tags: Cell<usize>,
    refused: RefCell<Option<TooLarge>>,
}

impl Guard {
    fn new(tree: TreeBuilder<NodeId, HtmlTreeSink>) -> Self {
        Self {
            tree,
            open: RefCell::default(),
            depth: Cell::default(),
            dropped: RefCell::default(),
            formatting: RefCell::default(),
            tags: Cell::default(),
            refused: RefCell::default(),
        }
    }

    /// Says whether a tag may go to the tree builder.
    fn admits(&self, tag: &Tag) -> bool {
        match tag.kind {
            TagKind::StartTag => self.opens(tag),
            TagKind::EndTag => self.closes(&tag.name),
        }
    }

    fn opens(&self, tag: &Tag) -> bool {
        self.tags.set(self.tags.get() + 1);
        if self.tags.get() > MAX_TAGS {
            self.refuse(TooLarge::Tags);
            return false;
        }
        let weight = weight(&tag.name);
        // In SVG and MathML alone a tag can close itself.
        if weight == 0 || tag.self_closing && self.tree.adjusted_current_node_present_but_not_in_html_namespace() {
            return true;
        }
        let formats = is_formatting(&tag.name);
        let total: usize = if formats { self.formatting.borrow().values().sum() } else { 0 };
        if self.depth.get() + weight > MAX_DEPTH || total >= MAX_FORMATTING {
            *self.dropped.borrow_mut().entry(tag.name.clone()).or_default() += 1;
            return false;
        }
        if formats {
            *self.formatting.borrow_mut().entry(tag.name.clone()).or_default() += 1;
        }
        self.open.borrow_mut().push(tag.name.clone());
        self.depth.set(self.depth.get() + weight);
        true
    }

    fn closes(&self, name: &LocalName) -> bool {
        if let Some(dropped) = self.dropped.borrow_mut().get_mut(name).filter(|dropped| **dropped > 0) {
            *dropped -= 1;
            return false;
        }
        if let Some(formatting) = self.formatting.borrow_mut().get_mut(name) {
            *formatting = formatting.saturating_sub(1);
        }
        let mut open = self.open.borrow_mut();
        if let Some(at) = open.iter().rposition(|each| each == name) {
            let closed: usize = open.drain(at..).map(|name| weight(&name)).sum();
            self.depth.set(self.depth.get().saturating_sub(closed));
        }
        true
    }

    fn refuse(&self, reason: TooLarge) {
        self.refused.borrow_mut().get_or_insert(reason);
    }
}

impl TokenSink for Guard {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<NodeId> {
        if self.refused.borrow().is_some() {
            return TokenSinkResult::Continue;
        }
        if let Token::TagToken(tag) = &token
            && !self.admits(tag)
        {
            return TokenSinkResult::Continue;
        }
        let result = self.tree.process_token(token, line_number);
        if self.tree.sink.0.borrow().tree.values().len() > MAX_NODES {
            self.refuse(TooLarge::Nodes);
        }
        match result {
            // No script is run, and the charset is known.
            TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => TokenSinkResult::Continue,
            other => other,
        }
    }

    fn end(&self) {
        if self.refused.borrow().is_none() {
            self.tree.end();
        }
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.tree.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// How much deeper a tree can become by an element and those which the parser closes by itself: rows and cells in a table, items
/// in a list. Those count with what holds them, since their end tags are often left out.
fn weight(name: &LocalName) -> usize {
    match *name {
        local_name!("area")
        | local_name!("base")
        | local_name!("br")
        | local_name!("col")
        | local_name!("embed")
        | local_name!("hr")
        | local_name!("img")
        | local_name!("input")
        | local_name!("link")
        | local_name!("meta")
        | local_name!("param")
        | local_name!("source")
        | local_name!("track")
        | local_name!("wbr") => 0,
        local_name!("html")
        | local_name!("head")
        | local_name!("body")
        | local_name!("p")
        | local_name!("li")
        | local_name!("dt")
        | local_name!("dd")
        | local_name!("option")
        | local_name!("optgroup")
        | local_name!("tr")
        | local_name!("td")
        | local_name!("th")
        | local_name!("tbody")
        | local_name!("thead")
        | local_name!("tfoot")
        | local_name!("colgroup")
        | local_name!("rb")
        | local_name!("rt")
        | local_name!("rp")
        | local_name!("rtc") => 0,
        local_name!("table") => 4,
        local_name!("ul") | local_name!("ol") | local_name!("dl") | local_name!("select") => 2,
        _ => 1,
    }
}

fn is_formatting(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}
