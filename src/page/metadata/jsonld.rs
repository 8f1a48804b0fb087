//! schema.org in JSON-LD, as pages write it: in arrays, graphs, comments, with commas too many.

use ego_tree::NodeRef;
use scraper::{Html, Node};
use serde_json::{Map, Value};

use crate::page::dom::{attribute, elements};

/// An object of JSON-LD.
pub(super) type Object = Map<String, Value>;

/// The most objects of a page that are looked at, and the deepest that lies in another.
const MAX_OBJECTS: usize = 2000;
const MAX_DEPTH: usize = 8;

/// The types of schema.org that a story can have, the surer first. Subtypes end in one of them.
const STORY_TYPES: [&str; 10] = [
    "NewsArticle",
    "ReportageNewsArticle",
    "LiveBlogPosting",
    "AdvertiserContentArticle",
    "SatiricalArticle",
    "ScholarlyArticle",
    "BlogPosting",
    "SocialMediaPosting",
    "Report",
    "Article",
];

/// Returns all objects of a page, in page order, an object before those within it.
pub(super) fn objects(html: &Html) -> Vec<Object> {
    let mut found = Vec::new();
    for script in elements(html.tree.root(), "script") {
        if is_jsonld(script)
            && let Some(value) = parse(&source(script))
        {
            collect(&value, 0, &mut found);
        }
    }
    found
}

fn is_jsonld(script: NodeRef<'_, Node>) -> bool {
    attribute(script, "type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/ld+json")
    })
}

fn source(script: NodeRef<'_, Node>) -> String {
    script.children().filter_map(|child| child.value().as_text().map(|text| &**text)).collect()
}

fn collect(value: &Value, depth: usize, found: &mut Vec<Object>) {
    if depth > MAX_DEPTH || found.len() >= MAX_OBJECTS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth, found)),
        Value::Object(object) => {
            found.push(object.clone());
            for key in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"] {
                if let Some(inner) = object.get(key) {
                    collect(inner, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

/// Reads JSON, and what is nearly JSON: in an HTML comment or CDATA, with raw control characters in strings, with commas before
/// a closing bracket, with a semicolon at the end.
pub(super) fn parse(source: &str) -> Option<Value> {
    let source = unwrapped(source);
    serde_json::from_str(source).ok().or_else(|| serde_json::from_str(&mended(source)).ok())
}

/// What is left between wrappings.
fn unwrapped(source: &str) -> &str {
    let start = source.find(['{', '[']).unwrap_or(0);
    let start = if source.trim_start_matches(['/', '*', ' ', '\n', '\r', '\t']).starts_with("<![CDATA[") {
        source.find("<![CDATA[").map_or(start, |at| at + "<![CDATA[".len())
    } else {
        start
    };
    let inner = source.get(start..).unwrap_or_default();
    let end = inner.rfind(['}', ']']).map_or(inner.len(), |at| at + 1);
    let inner = inner.get(..end).unwrap_or_default().trim();
    // The brackets that were found last may be those of `]]>`.
    inner
        .strip_suffix("]]")
        .map(|inner| inner.trim_end_matches(['/', '*', ' ', '\n', '\r']))
        .filter(|inner| inner.ends_with('}'))
        .unwrap_or(inner)
}

fn mended(source: &str) -> String {
    let mut mended = String::with_capacity(source.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in source.chars() {
        if in_string {
            match character {
                '"' if !escaped => in_string = false,
                control if control.is_control() => {
                    mended.push(' ');
                    escaped = false;
                    continue;
                }
                _ => {}
            }
            escaped = character == '\\' && !escaped;
        } else {
            match character {
                '"' => (in_string, escaped) = (true, false),
                '}' | ']' => {
                    let kept = mended.trim_end().trim_end_matches(',').len();
                    mended.truncate(kept);
                }
                _ => {}
            }
        }
        mended.push(character);
    }
    mended
}

/// Returns the object that is the page's story: one that says that the page is about it, else the surest type, else the first.
pub(super) fn story(objects: &[Object], is_page: impl Fn(&str) -> bool) -> Option<&Object> {
    let rank = |object: &Object| {
        let kind = types(object).iter().filter_map(|kind| rank_of_type(kind)).min()?;
        let is_ours = addresses(object).iter().any(|address| is_page(address));
        let has_headline = object.contains_key("headline") || object.contains_key("name");
        Some((!is_ours, !has_headline, kind))
    };
    objects
        .iter()
        .filter_map(|object| Some((rank(object)?, object)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, object)| object)
}

fn rank_of_type(kind: &str) -> Option<usize> {
    let kind = kind.rsplit(['/', '#', ':']).next().unwrap_or_default();
    let is = |wanted: &&str| {
        kind.len() >= wanted.len()
            && kind
                .as_bytes()
                .get(kind.len() - wanted.len()..)
                .is_some_and(|end| end.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    STORY_TYPES.iter().position(is)
}

fn types(object: &Object) -> Vec<&str> {
    strings(object.get("@type"))
}

/// What an object says is its own address or that of its page.
pub(super) fn addresses(object: &Object) -> Vec<&str> {
    let mut found = strings(object.get("url"));
    for key in ["mainEntityOfPage", "mainEntityofPage"] {
        for value in values(object.get(key)) {
            match value {
                Value::String(address) => found.push(address),
                Value::Object(page) => {
                    found.extend(strings(page.get("@id")));
                    found.extend(strings(page.get("url")));
                }
                _ => {}
            }
        }
    }
    found.extend(strings(object.get("@id")));
    found.retain(|address| address.starts_with("http") || address.starts_with('/'));
    found
}

/// A value, or those of a list.
pub(super) fn values(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The texts of a value or list; that of an object is its `@value`.
pub(super) fn strings(value: Option<&Value>) -> Vec<&str> {
    values(value).into_iter().filter_map(string).map(str::trim).filter(|text| !text.is_empty()).collect()
}

fn string(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(object) => object.get("@value")?.as_str(),
        _ => None,
    }
}
