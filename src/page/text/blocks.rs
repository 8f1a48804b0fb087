//! Paragraphs, as a reader sees them.

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::Node;

use crate::page::dom::{Ref, attribute, fold_space, is_block, is_silent, name};

/// What kind of paragraph one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Heading,
    Item,
    Caption,
    Row,
}

/// A run of text that a reader sees as one paragraph.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// The block element that it is the text of.
    pub(super) node: NodeId,
    /// What holds that element, and so its neighbours.
    pub(super) holder: NodeId,
    /// How many of its letters are links, in hundredths.
    pub(super) linked: usize,
}

impl Block {
    pub(in crate::page) fn words(&self) -> usize {
        words(&self.text)
    }
}

/// How many words a text has; Chinese, Japanese and Thai letters count half, since those scripts put no space between words.
pub(in crate::page) fn words(text: &str) -> usize {
    let dense = text.chars().filter(|letter| is_dense(*letter)).count();
    text.split_whitespace().count() + dense / 2
}

fn is_dense(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns the paragraphs under a node, in page order.
///
/// A block begins a paragraph and ends one; so do two line breaks with nothing between them.
pub(super) fn blocks(root: Ref<'_>) -> Vec<Block> {
    let mut writer = Writer::new(root);
    let mut hidden = 0_usize;
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if is_silent(name(node)) => hidden += 1,
            Edge::Close(node) if is_silent(name(node)) => hidden = hidden.saturating_sub(1),
            Edge::Open(node) if hidden == 0 => writer.open(node),
            Edge::Close(node) if hidden == 0 => writer.close(node),
            _ => {}
        }
    }
    writer.end();
    writer.done
}

struct Writer<'a> {
    done: Vec<Block>,
    line: String,
    linked: usize,
    links: usize,
    breaks: usize,
    /// The block elements that are open, outermost first.
    open: Vec<Ref<'a>>,
    /// The row that was last asked about, and whether it is one of data: it may have many cells.
    row: Option<(NodeId, bool)>,
    root: Ref<'a>,
}

impl<'a> Writer<'a> {
    fn new(root: Ref<'a>) -> Self {
        Self {
            done: Vec::new(),
            line: String::new(),
            linked: 0,
            links: 0,
            breaks: 0,
            open: Vec::new(),
            row: None,
            root,
        }
    }

    fn open(&mut self, node: Ref<'a>) {
        match node.value() {
            Node::Text(text) => self.text(text),
            Node::Element(element) => match element.name() {
                "br" => self.line_break(),
                "a" => self.links += 1,
                name if is_block(name) => {
                    // The cells of a row share a paragraph.
                    if !matches!(name, "td" | "th") || !self.in_row() {
                        self.end();
                    } else if !self.line.trim().is_empty() {
                        self.line.push_str(" | ");
                    }
                    self.open.push(node);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn close(&mut self, node: Ref<'a>) {
        let name = name(node);
        if name == "a" {
            self.links = self.links.saturating_sub(1);
        } else if is_block(name) {
            if !matches!(name, "td" | "th") || !self.in_row() {
                self.end();
            }
            self.open.pop();
        }
    }

    /// Whether the row that is open is one of data: no paragraphs and no tables in its cells.
    fn in_row(&mut self) -> bool {
        let Some(row) = self.open.iter().rev().find(|node| matches!(name(**node), "tr" | "table")).copied() else {
            return false;
        };
        if let Some((known, is_data)) = self.row
            && known == row.id()
        {
            return is_data;
        }
        let is_cell = |inner: Ref<'_>| !is_block(name(inner)) || matches!(name(inner), "td" | "th");
        let is_data = name(row) == "tr" && row.descendants().skip(1).all(is_cell);
        self.row = Some((row.id(), is_data));
        is_data
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.line.push(' ');
            return;
        }
        self.breaks = 0;
        self.line.push_str(text);
        if self.links > 0 {
            self.linked += text.chars().filter(|letter| !letter.is_whitespace()).count();
        }
    }

    fn line_break(&mut self) {
        self.breaks += 1;
        self.line.push(' ');
        if self.breaks > 1 {
            self.end();
        }
    }

    fn end(&mut self) {
        self.breaks = 0;
        let text = fold_space(&self.line);
        let linked = std::mem::take(&mut self.linked);
        self.line.clear();
        if text.is_empty() {
            return;
        }
        let letters = text.chars().filter(|letter| !letter.is_whitespace()).count();
        let node = self.open.last().copied().unwrap_or(self.root);
        self.done.push(Block {
            kind: self.kind(),
            linked: linked * 100 / letters.max(1),
            node: node.id(),
            holder: holder(node),
            text,
        });
    }

    fn kind(&self) -> Kind {
        for node in self.open.iter().rev() {
            match name(*node) {
                "figcaption" | "caption" => return Kind::Caption,
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return Kind::Heading,
                "li" | "dd" | "dt" => return Kind::Item,
                "tr" => return Kind::Row,
                "article" | "section" | "main" | "body" => break,
                _ if is_caption(*node) => return Kind::Caption,
                _ => {}
            }
        }
        Kind::Text
    }
}

/// Whether a class says that it is a caption.
fn is_caption(node: Ref<'_>) -> bool {
    attribute(node, "class").is_some_and(|class| {
        class.split_ascii_whitespace().any(|word| {
            let word = word.to_ascii_lowercase();
            word.ends_with("caption")
                || word.contains("caption-text")
                || word.contains("caption__")
                || word.contains("wp-caption")
        })
    })
}

/// What holds a paragraph: its parent; of an item the parent of its list, of a row that of its table.
fn holder(node: Ref<'_>) -> NodeId {
    let mut outer = node.parent();
    while let Some(list) = outer.filter(|outer| {
        matches!(name(*outer), "ul" | "ol" | "dl" | "li" | "tr" | "tbody" | "thead" | "table" | "blockquote")
    }) {
        outer = list.parent();
    }
    outer.unwrap_or(node).id()
}
