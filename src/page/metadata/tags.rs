//! `<meta>`, `<link>` and microdata.

use ego_tree::NodeRef;
use rustc_hash::FxHashMap;
use scraper::{Html, Node};

use crate::page::dom::{attribute, element, elements, fold_space, name, text};

/// The `<meta>` elements of a page by their `name`, `property` or `itemprop`, in lower case.
#[derive(Debug, Default)]
pub(super) struct Metas(FxHashMap<String, Vec<String>>);

impl Metas {
    pub(super) fn of(html: &Html) -> Self {
        let mut found = Self::default();
        for meta in elements(html.tree.root(), "meta") {
            let Some(content) = attribute(meta, "content") else { continue };
            for key in ["property", "name", "http-equiv"] {
                for word in attribute(meta, key).unwrap_or_default().split_ascii_whitespace() {
                    found.0.entry(word.to_ascii_lowercase()).or_default().push(fold_space(content));
                }
            }
        }
        found
    }

    /// The values under the first of some names that has any.
    pub(super) fn all(&self, names: &[&str]) -> &[String] {
        names.iter().find_map(|name| self.0.get(*name)).map_or(&[], Vec::as_slice)
    }

    /// The first value under the first of some names that has any.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        self.all(names).first().map(String::as_str)
    }
}

/// The `href` of the first `<link>` with a relation.
pub(super) fn link<'a>(html: &'a Html, relation: &str) -> Option<&'a str> {
    elements(html.tree.root(), "link")
        .find(|link| {
            attribute(*link, "rel")
                .is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(relation)))
        })
        .and_then(|link| attribute(link, "href"))
}

/// The values of microdata or RDFa properties of the page's story, in page order.
///
/// A property belongs to the story when the nearest item around it is a story, or when there is no item around it.
pub(super) fn properties(html: &Html, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for node in html.tree.root().descendants().filter(|node| element(*node).is_some()) {
        let names = attribute(node, "itemprop").into_iter().flat_map(str::split_ascii_whitespace);
        if names.into_iter().any(|name| wanted.contains(&name)) && is_of_story(node) {
            let value = value(node);
            if !value.is_empty() && !found.contains(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// How far up an item is looked for.
const MAX_UP: usize = 64;

fn is_of_story(node: NodeRef<'_, Node>) -> bool {
    node.ancestors()
        .take(MAX_UP)
        .find_map(|outer| element(outer).filter(|outer| outer.attr("itemscope").is_some()))
        .is_none_or(|item| {
            let kind = item.attr("itemtype").unwrap_or_default();
            ["Article", "BlogPosting", "Report", "WebPage", "LiveBlogPosting"]
                .iter()
                .any(|end| kind.trim().ends_with(end))
        })
}

fn value(node: NodeRef<'_, Node>) -> String {
    // An author that is an item of its own has a name in it.
    if element(node).is_some_and(|item| item.attr("itemscope").is_some()) {
        let inner = node.descendants().skip(1).find(|inner| attribute(*inner, "itemprop") == Some("name"));
        return inner.map(value).unwrap_or_default();
    }
    let of_attribute = match name(node) {
        "time" => attribute(node, "datetime").or_else(|| attribute(node, "content")),
        "img" | "source" => attribute(node, "src"),
        "a" | "link" if attribute(node, "itemprop") == Some("url") => attribute(node, "href"),
        _ => attribute(node, "content").or_else(|| attribute(node, "datetime")),
    };
    of_attribute.map_or_else(|| text(node), fold_space)
}
