//! Small questions to the tree of a page.

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::Node;
use scraper::node::Element;

/// A node of a page.
pub(super) type Ref<'a> = NodeRef<'a, Node>;

/// The element that a node is.
pub(super) fn element<'a>(node: Ref<'a>) -> Option<&'a Element> {
    node.value().as_element()
}

/// The name of the element that a node is; empty where it is none.
pub(super) fn name(node: Ref<'_>) -> &str {
    element(node).map_or("", Element::name)
}

/// An attribute without the white space around it; `None` where it is missing or empty.
pub(super) fn attribute<'a>(node: Ref<'a>, name: &str) -> Option<&'a str> {
    element(node)?.attr(name).map(str::trim).filter(|value| !value.is_empty())
}

/// The elements of a name under a node, in page order.
pub(super) fn elements<'a>(root: Ref<'a>, wanted: &str) -> impl Iterator<Item = Ref<'a>> {
    root.descendants().filter(move |node| name(*node) == wanted)
}

/// All text under a node as a browser shows it in one line: no scripts and styles, white space folded.
pub(super) fn text(node: Ref<'_>) -> String {
    let mut found = String::new();
    let mut hidden = 0_usize;
    for edge in node.traverse() {
        match edge {
            Edge::Open(node) if is_silent(name(node)) => hidden += 1,
            Edge::Close(node) if is_silent(name(node)) => hidden = hidden.saturating_sub(1),
            Edge::Open(node) if hidden == 0 => match node.value() {
                Node::Text(text) => found.push_str(text),
                Node::Element(element) if is_block(element.name()) || element.name() == "br" => found.push(' '),
                _ => {}
            },
            Edge::Close(node) if hidden == 0 && is_block(name(node)) => found.push(' '),
            _ => {}
        }
    }
    fold_space(&found)
}

/// Folds white space as HTML does, and no-break spaces with it.
pub(super) fn fold_space(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// Elements whose text is never shown.
pub(super) fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "svg"
            | "math"
            | "head"
            | "iframe"
            | "object"
            | "canvas"
            | "audio"
            | "video"
            | "select"
            | "textarea"
            | "button"
            | "datalist"
            | "map"
    )
}

/// Elements that begin and end a line.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "caption"
    )
}
