//! What stands on a page and is no part of its story: told by tags, roles and the words of classes.

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use rustc_hash::{FxHashMap, FxHashSet};
use scraper::Html;
use scraper::node::Element;

use crate::page::dom::{Ref, attribute, element, is_silent, name};

/// Words of classes and ids that name what is never a story.
const WORDS: &[&str] = &[
    // Advertisements.
    "ad",
    "ads",
    "adbox",
    "adslot",
    "adunit",
    "adv",
    "advert",
    "advertisement",
    "advertising",
    "adverts",
    "adwrapper",
    "dfp",
    "googleads",
    "gpt",
    "outbrain",
    "partnerbox",
    "promo",
    "promobox",
    "promos",
    "promoted",
    "promotion",
    "revcontent",
    "sponsor",
    "sponsored",
    "sponsors",
    "taboola",
    "werbung",
    "anzeige",
    "publicite",
    "publicidad",
    "zergnet",
    // Other stories.
    "recirc",
    "recirculation",
    "recommendation",
    "recommendations",
    "recommended",
    "related",
    "relatedarticles",
    "relatedlinks",
    "relatedposts",
    "relateds",
    "readmore",
    "readnext",
    "trending",
    "upnext",
    "mostread",
    "mostpopular",
    "morestories",
    "jp-relatedposts",
    "rollover",
    "tooltip",
    "hovercard",
    // To be shared, followed, signed up for.
    "addthis",
    "addtoany",
    "follow",
    "newsletter",
    "newsletters",
    "nl-signup",
    "share",
    "sharebar",
    "sharebox",
    "sharedaddy",
    "sharethis",
    "sharing",
    "shares",
    "sharetools",
    "signup",
    "social",
    "socialbar",
    "socials",
    "subscribe",
    "subscription",
    "subscriptions",
    "mailinglist",
    // What readers say.
    "comment",
    "comments",
    "commentlist",
    "commentsection",
    "disqus",
    "respond",
    // The page's own furniture.
    "breadcrumb",
    "breadcrumbs",
    "consent",
    "cookie",
    "cookies",
    "copyright",
    "footer",
    "gdpr",
    "login",
    "menu",
    "modal",
    "nav",
    "navbar",
    "navigation",
    "pagination",
    "pager",
    "popup",
    "sidebar",
    "skiplink",
    "linklist",
    "visuallyhidden",
    "tagcloud",
    "taglist",
    "tags",
    "toolbar",
    "topbar",
];

/// Words of classes and ids of what is no story however long it is.
const SURE: &[&str] = &[
    "comments",
    "commentlist",
    "commentsection",
    "disqus",
    "respond",
    "taboola",
    "outbrain",
    "disqusthread",
    "offscreen",
    "livefyre",
];

/// Two words side by side in one class or id that name what is never a story.
const PAIRS: &[(&str, &str)] = &[
    ("also", "read"),
    ("also", "on"),
    ("author", "bio"),
    ("author", "box"),
    ("author", "info"),
    ("about", "author"),
    ("entry", "utility"),
    ("keep", "reading"),
    ("more", "articles"),
    ("more", "from"),
    ("more", "news"),
    ("more", "on"),
    ("more", "stories"),
    ("more", "in"),
    ("most", "popular"),
    ("most", "read"),
    ("most", "viewed"),
    ("must", "read"),
    ("next", "article"),
    ("other", "stories"),
    ("post", "nav"),
    ("prev", "next"),
    ("read", "also"),
    ("read", "more"),
    ("read", "next"),
    ("screen", "reader"),
    ("off", "screen"),
    ("link", "list"),
    ("bottom", "links"),
    ("playback", "unsupported"),
    ("media", "unavailable"),
    ("see", "also"),
    ("sign", "up"),
    ("site", "header"),
    ("social", "media"),
    ("story", "link"),
    ("story", "links"),
    ("tag", "list"),
    ("top", "stories"),
    ("up", "next"),
    ("visually", "hidden"),
    ("sr", "only"),
    ("you", "may"),
    ("around", "web"),
    ("email", "signup"),
];

/// What may hold the story although a word of its class says otherwise, such as a body of class `has-sidebar`.
const BROAD: &[&str] = &["html", "body", "main", "article"];

/// Nodes that are no part of the story.
///
/// The outermost that bears a sign is taken as a whole, unless half of the page's prose is in it: then the sign is about something
/// else, and its parts are looked at.
pub(super) fn noise(html: &Html) -> Vec<NodeId> {
    let prose = prose(html);
    let root = html.tree.root();
    let all = prose.get(&root.id()).copied().unwrap_or_default();
    let mut found = Vec::new();
    let heads = heads(html);
    let mut inside: Option<NodeId> = None;
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if inside.is_none() => {
                let Some(element) = element(node) else { continue };
                let own = prose.get(&node.id()).copied().unwrap_or_default();
                let sign = sign(element);
                let holds_head = heads.contains(&node.id());
                if !holds_head && (sign == Sign::Sure || (sign == Sign::Likely && own.saturating_mul(2) < all.max(1))) {
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

/// Elements that hold the page's headline, or what it marks as the story's text.
fn heads(html: &Html) -> FxHashSet<NodeId> {
    let root = html.tree.root();
    let is_head = |node: &Ref<'_>| {
        name(*node) == "h1"
            || attribute(*node, "itemprop").is_some_and(|kind| kind == "articleBody" || kind == "headline")
    };
    root.descendants()
        .filter(is_head)
        .flat_map(|head| std::iter::once(head).chain(head.ancestors()))
        .map(|node| node.id())
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    None,
    Likely,
    Sure,
}

fn sign(element: &Element) -> Sign {
    let tag = element.name();
    if tag != "noscript" && is_silent(tag) {
        // Scripts and the like are left to the extractors, which look into some.
        return Sign::None;
    }
    if is_hidden(element) || tag == "nav" || tag == "dialog" {
        return Sign::Likely;
    }
    if BROAD.contains(&tag) {
        return Sign::None;
    }
    if tag == "aside" || tag == "menu" || tag == "noscript" {
        return Sign::Likely;
    }
    let role = element.attr("role").unwrap_or_default();
    if [
        "navigation",
        "complementary",
        "search",
        "dialog",
        "alertdialog",
        "menu",
        "menubar",
        "toolbar",
        "contentinfo",
        "tablist",
    ]
    .contains(&role)
    {
        return Sign::Likely;
    }
    let named =
        [element.attr("class"), element.attr("id"), element.attr("data-component"), element.attr("data-testid")];
    named.into_iter().flatten().map(sign_of_name).max().unwrap_or(Sign::None)
}

fn is_hidden(element: &Element) -> bool {
    let style = element.attr("style").unwrap_or_default();
    element.attr("hidden").is_some() || (style.contains("display") && style.replace(' ', "").contains("display:none"))
}

/// What a class or id says. `storyShareTools` and `story__share-tools` have the same words.
fn sign_of_name(names: &str) -> Sign {
    names.split_ascii_whitespace().map(sign_of_word).max().unwrap_or(Sign::None)
}

fn sign_of_word(name: &str) -> Sign {
    // A state of the element and not what it is, such as `has-ads` or `no-comments`; a topic, such as `tag-ads`.
    const STATES: [&str; 10] =
        ["has-", "no-", "with-", "is-", "hide-", "tag-", "category-", "post-", "single-", "page-"];
    if STATES.iter().any(|state| name.starts_with(state)) {
        return Sign::None;
    }
    let words = words(name);
    if words.iter().any(|word| SURE.contains(&word.as_str())) {
        return Sign::Sure;
    }
    let is_noisy = words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(|pair| matches!(pair, [a, b] if PAIRS.contains(&(a.as_str(), b.as_str()))));
    if is_noisy { Sign::Likely } else { Sign::None }
}

/// The words of a class: split at what is no letter, and before a capital that follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars().take(200) {
        if !letter.is_ascii_alphabetic() || (letter.is_ascii_uppercase() && before.is_ascii_lowercase()) {
            words.push(String::new());
        }
        if letter.is_ascii_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How many words of prose stand under each node: those of paragraphs that are more than a line, and not links alone.
fn prose(html: &Html) -> FxHashMap<NodeId, usize> {
    let mut prose: FxHashMap<NodeId, usize> = FxHashMap::default();
    let (mut links, mut silent) = (0_usize, 0_usize);
    let mut counts = vec![0_usize];
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => {
                let name = name(node);
                silent += usize::from(is_silent(name));
                links += usize::from(name == "a");
                if let Some(text) = node.value().as_text()
                    && silent == 0
                    && links == 0
                {
                    let words = text.split_whitespace().count();
                    // A run of text between tags: a few words are as likely a label.
                    if words >= 5
                        && let Some(count) = counts.last_mut()
                    {
                        *count += words;
                    }
                } else {
                    counts.push(0);
                }
                if node.value().as_text().is_some() && !(silent == 0 && links == 0) {
                    counts.pop();
                }
            }
            Edge::Close(node) => {
                if node.value().as_text().is_some() {
                    continue;
                }
                silent = silent.saturating_sub(usize::from(is_silent(name(node))));
                links = links.saturating_sub(usize::from(name(node) == "a"));
                let count = counts.pop().unwrap_or_default();
                if let Some(outer) = counts.last_mut() {
                    *outer += count;
                }
                prose.insert(node.id(), count);
            }
        }
    }
    prose
}
