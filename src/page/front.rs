//! The stories that a front page links to.

use std::collections::BTreeSet;

use ego_tree::iter::Edge;
use url::Url;

use super::dom::{attribute, element, elements, name, text};
use super::{bounds, charset, parse};
use crate::model::canonical_url;

/// So many stories are taken from one page, the first ones.
const MAX_STORIES: usize = 1_000;
/// A link whose text has so many words is likely a headline.
const HEADLINE_WORDS: usize = 4;

/// What a front page, or that of a section, links to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Front {
    /// The title of the page.
    pub title: Option<String>,
    /// Links that look like stories of the same site, absolute, each with the text of its link, in page order, each once; 1,000 at most.
    pub stories: Vec<(String, String)>,
    /// The feeds that the page names for machines (`<link rel="alternate">`), absolute, in page order.
    pub feeds: Vec<String>,
}

/// Finds the links of a page that look like stories, by where they stand and how their URLs are made.
///
/// A link counts when it leads to a page of the same site (the host, `www.` and the like left off, or one below it) and at least two of these hold: its path has a date
/// (`/2026/03/01/`); it ends with a number of five digits or more, or has one as a part; its last part has three hyphens or more, as a
/// slug has; it stands in an `<article>`, a heading or has one in it; its text has four words or more. Links in navigation and footers do not count.
/// A page past the limits of the reader has none.
///
/// ```
/// let html = "<h2><a href='/2026/03/01/old-bridge-closed-for-good'>The old bridge is closed</a></h2> <nav><a href='/sport'>Sport</a></nav>";
/// let front = morgue::page::front("https://news.example/", html.as_bytes(), None);
/// assert_eq!(front.stories[0].0, "https://news.example/2026/03/01/old-bridge-closed-for-good");
/// assert_eq!(front.stories.len(), 1);
/// ```
#[must_use]
pub fn front(url: &str, body: &[u8], content_type: Option<&str>) -> Front {
    let (Ok(here), true) = (Url::parse(url), body.len() <= crate::model::MAX_RAW_BYTES) else {
        return Front::default();
    };
    let html: Result<_, bounds::TooLarge> = parse::parse(&charset::decode(body, content_type));
    let Ok(html) = html else { return Front::default() };
    let root = html.tree.root();
    let base = elements(root, "base").find_map(|node| here.join(attribute(node, "href")?).ok());
    let base = base.unwrap_or_else(|| here.clone());
    let mut found =
        Front { title: elements(root, "title").map(text).find(|title| !title.is_empty()), ..Front::default() };
    let mut seen = BTreeSet::from([canonical_url(here.as_str()).unwrap_or_default()]);
    let mut place = Place::default();
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) => {
                place.enter(node);
                match name(node) {
                    "link" => found.feeds.extend(feed(node, &base)),
                    "a" if place.aside == 0 && found.stories.len() < MAX_STORIES => {
                        let Some(story) = attribute(node, "href").and_then(|href| base.join(href).ok()) else {
                            continue;
                        };
                        let said = text(node);
                        let has_heading = node.descendants().any(|node| is_heading(name(node)));
                        let is_story = is_of_site(&here, &story)
                            && signs(&story) + place.signs(has_heading) + usize::from(words(&said) >= HEADLINE_WORDS)
                                >= 2;
                        if let Some(canonical) = canonical_url(story.as_str()).ok().filter(|_| is_story)
                            && seen.insert(canonical.clone())
                        {
                            found.stories.push((canonical, said));
                        }
                    }
                    _ => {}
                }
            }
            Edge::Close(node) => place.leave(node),
        }
    }
    found
}

/// Where in the page one is: how many elements of a kind are open.
#[derive(Default)]
struct Place {
    /// Navigation and footers.
    aside: usize,
    /// Articles and headings.
    story: usize,
}

impl Place {
    fn enter(&mut self, node: super::dom::Ref<'_>) {
        self.aside += usize::from(is_aside(node));
        self.story += usize::from(is_of_story(node));
    }

    fn leave(&mut self, node: super::dom::Ref<'_>) {
        self.aside = self.aside.saturating_sub(usize::from(is_aside(node)));
        self.story = self.story.saturating_sub(usize::from(is_of_story(node)));
    }

    fn signs(&self, has_heading: bool) -> usize {
        usize::from(self.story > 0 || has_heading)
    }
}

fn is_aside(node: super::dom::Ref<'_>) -> bool {
    let role = element(node).and_then(|element| element.attr("role"));
    matches!(name(node), "nav" | "footer") || matches!(role, Some("navigation" | "contentinfo"))
}

fn is_of_story(node: super::dom::Ref<'_>) -> bool {
    name(node) == "article" || is_heading(name(node))
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4")
}

fn words(text: &str) -> usize {
    // Thai, Chinese and Japanese have no spaces: three of their letters are about a word.
    let dense = text.chars().filter(|letter| matches!(letter, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{9fff}')).count();
    text.split_whitespace().count().max(dense / 3)
}

/// How many things about a URL are as in that of a story, of three.
fn signs(url: &Url) -> usize {
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let last = parts.last().copied().unwrap_or_default();
    let is_number = |part: &str, min: usize| part.len() >= min && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_year =
        |part: &str| is_number(part, 4) && part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    let has_date = parts.windows(2).any(|pair| matches!(pair, [year, month] if is_year(year) && month.len() <= 3))
        || parts.iter().any(|part| part.get(..10).is_some_and(is_day));
    let has_id = parts.iter().flat_map(|part| part.split(['-', '.', '_'])).any(|part| is_number(part, 5))
        || url.query_pairs().any(|(_, value)| is_number(&value, 5));
    usize::from(has_date) + usize::from(has_id) + usize::from(last.matches('-').count() >= 3)
}

/// `2026-03-01`
fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let lengths = [4, 2, 2].map(|length| {
        parts.next().is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    lengths == [true; 3] && parts.next().is_none()
}

fn is_of_site(here: &Url, story: &Url) -> bool {
    let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let (site, host) = (bare(here), bare(story));
    let is_below = host.strip_suffix(&site).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    matches!(story.scheme(), "http" | "https") && !site.is_empty() && is_below && story.path() != "/"
}

fn feed(node: super::dom::Ref<'_>, base: &Url) -> Option<String> {
    let is_alternate = attribute(node, "rel")?.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
    let kind = attribute(node, "type")?.to_ascii_lowercase();
    let is_feed = matches!(kind.as_str(), "application/rss+xml" | "application/atom+xml" | "application/feed+json");
    let url = base.join(attribute(node, "href")?).ok()?;
    (is_alternate && is_feed).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stories(html: &str) -> Vec<String> {
        front("https://www.news.example/", html.as_bytes(), None).stories.into_iter().map(|(url, _)| url).collect()
    }

    #[test]
    fn links_that_look_like_stories_are_found_and_others_are_not() {
        let html = "<title>The News</title><link rel=alternate type=application/rss+xml href=/feed.xml>
            <nav><a href=/2026/03/01/a-story-in-the-navigation-is-none>A story in the navigation</a></nav>
            <article><a href=/bridge><h3>Bridge closed</h3></a> <a href=/news/the-old-bridge-is-closed-123456>More</a></article>
            <a href='/politics/election-2026-what-to-know'>What to know about the election</a>
            <a href=https://sport.news.example/2026/03/ski-jump-12345>Jump</a>
            <a href=https://other.example/2026/03/01/ski-jump-at-the-lake-opened>A jump elsewhere on the web</a>
            <a href=/politics>Politics</a> <a href=/about-us-and-our-work-here>About</a> <a href='javascript:x(12345)'>Do it now or never</a>
            <a href=/2026/03/01/x#comments>31 comments on this story</a> <a href=/2026/03/01/x>A crack was found there</a>
            <footer><a href=/2026/03/01/terms-and-conditions-of-use>Terms and conditions of use</a></footer>";
        assert_eq!(
            stories(html),
            [
                "https://www.news.example/news/the-old-bridge-is-closed-123456",
                "https://www.news.example/politics/election-2026-what-to-know",
                "https://sport.news.example/2026/03/ski-jump-12345",
                "https://www.news.example/2026/03/01/x",
            ]
        );
        let front = front("https://news.example/", html.as_bytes(), None);
        assert_eq!(
            (front.title.as_deref(), front.feeds),
            (Some("The News"), vec!["https://news.example/feed.xml".to_owned()])
        );
    }

    #[test]
    fn headlines_without_spaces_count_as_words() {
        assert_eq!(stories("<h2><a href=/a>\u{53e4}\u{3044}\u{6a4b}\u{304c}\u{9589}\u{9396}\u{3055}\u{308c}\u{305f}\u{3068}\u{5e02}\u{304c}\u{767a}\u{8868}</a></h2>").len(), 1);
    }

    #[test]
    fn a_page_past_the_limits_has_none() {
        let html = "<h2><a href=/a>Four words are enough</a></h2>";
        assert_eq!(stories(html).len(), 1);
        assert_eq!(stories(&format!("{html}{}", "<p><b>".repeat(100_001))), [""; 0]);
    }
}
