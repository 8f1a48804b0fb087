//! Paragraphs, as a reader sees them.

use ego_tree::iter::Edge;
use scraper::Node;

use crate::page::dom::{Ref, fold_space, is_block, is_silent, name};

/// Returns the paragraphs under a node, in page order.
///
/// A block begins a paragraph and ends one; so do two line breaks with nothing between them.
pub(in crate::page) fn paragraphs(root: Ref<'_>) -> Vec<String> {
    let mut writer = Writer::default();
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
    writer.finish()
}

#[derive(Default)]
struct Writer {
    done: Vec<String>,
    line: String,
    breaks: usize,
}

impl Writer {
    fn open(&mut self, node: Ref<'_>) {
        match node.value() {
            Node::Text(text) => {
                if !text.trim().is_empty() {
                    self.breaks = 0;
                }
                self.line.push_str(text);
            }
            Node::Element(element) if element.name() == "br" => {
                self.breaks += 1;
                self.line.push('\n');
                if self.breaks > 1 {
                    self.end();
                }
            }
            Node::Element(element) if is_block(element.name()) => self.cell(element.name()),
            _ => {}
        }
    }

    fn close(&mut self, node: Ref<'_>) {
        let name = name(node);
        if is_block(name) && !matches!(name, "td" | "th") {
            self.end();
        }
    }

    /// The cells of a row share a paragraph.
    fn cell(&mut self, name: &str) {
        if !matches!(name, "td" | "th") {
            self.end();
        } else if !self.line.trim().is_empty() {
            self.line.push_str(" | ");
        }
    }

    fn end(&mut self) {
        self.breaks = 0;
        let folded = fold_space(&self.line);
        if !folded.is_empty() {
            self.done.push(folded);
        }
        self.line.clear();
    }

    fn finish(mut self) -> Vec<String> {
        self.end();
        self.done
    }
}
