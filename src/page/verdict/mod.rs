//! What a page is: the story, or something in its place.
//!
//! The status is asked first. Then a page is taken for something else than a story only where it has no story to show: what it says of
//! robots, cookies or missing pages counts in its title, its headings and, on a short page, in its text; never beside a story of some
//! length, which may be about those very things. The flag that a story is not free says nothing alone: many a page that bears it
//! shows the whole text.

mod words;

use scraper::Html;
use url::Url;

use self::words::{BLOCKED, CHALLENGES, CONSENT, NOT_FOUND, SUBSCRIBE};
use super::dom::{attribute, element, elements, name, text};
use super::metadata::Facts;
use super::text::words as count_words;
use super::{Page, Verdict};

/// A story of so many words is one, whatever else its page says.
const MANY: usize = 200;
/// A story of so few is none, unless the page says that it is one.
const FEW: usize = 25;
/// Fewer words than this of a story that is not free are taken for its beginning.
const FEW_PAID: usize = 150;
/// With a sign that it was cut off, fewer than this are.
const FEW_CUT: usize = 400;
/// A page with no more words than this says little beside what it says first.
const SHORT_PAGE: usize = 400;
/// How much of a page's text is looked at, in characters.
const MAX_CHARS: usize = 60_000;

/// What the HTTP status says, if it says that there is no story here. The cause is the number.
pub(super) fn of_status(status: Option<u16>) -> Option<(Verdict, String)> {
    match status? {
        200..=299 => None,
        status @ (404 | 410) => Some((Verdict::Gone, status.to_string())),
        status => Some((Verdict::Failed, status.to_string())),
    }
}

/// What a page shows beside its story, kept for the verdict.
#[derive(Debug)]
pub(super) struct Signs {
    /// Title and first headings, in lower case.
    titles: Vec<String>,
    /// All text, in lower case.
    text: String,
    words: usize,
    linked_headings: usize,
    scripts: usize,
    has_challenge: bool,
    /// Words under what the page says is the part to be paid for; `None` where it names none.
    paid_words: Option<usize>,
}

impl Signs {
    /// Reads the signs of a page.
    pub(super) fn of(html: &Html, facts: &Facts) -> Self {
        let root = html.tree.root();
        let body = elements(root, "body").next();
        let text: String = body.map(text).unwrap_or_default().chars().take(MAX_CHARS).collect();
        let titles = ["title", "h1", "h2"].iter().flat_map(|name| elements(root, name).take(2)).map(|node| {
            node.descendants()
                .filter_map(|node| node.value().as_text().map(|text| &**text))
                .collect::<String>()
                .trim()
                .to_lowercase()
        });
        let is_linked_heading = |node: &super::dom::Ref<'_>| {
            matches!(name(*node), "h2" | "h3" | "h4")
                && (node.ancestors().take(3).any(|outer| name(outer) == "a") || elements(*node, "a").next().is_some())
        };
        Self {
            titles: titles.filter(|title| !title.is_empty()).collect(),
            words: count_words(&text),
            text: text.to_lowercase(),
            linked_headings: root.descendants().filter(is_linked_heading).count(),
            scripts: elements(root, "script").count(),
            has_challenge: has_challenge(html),
            paid_words: paid_words(html, &facts.paid_selectors),
        }
    }

    fn is_titled(&self, phrases: &[&str]) -> bool {
        self.titles.iter().any(|title| count_words(title) <= 14 && phrases.iter().any(|phrase| title.contains(phrase)))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.text.contains(phrase))
    }
}

/// Forms, frames and scripts of those who keep machines out.
fn has_challenge(html: &Html) -> bool {
    html.tree.root().descendants().filter_map(element).any(|element| {
        ["class", "id", "src", "action"].iter().any(|key| {
            element.attr(key).is_some_and(|value| {
                let value = value.to_ascii_lowercase();
                CHALLENGES.iter().any(|challenge| value.contains(challenge))
            })
        })
    })
}

/// How many words stand under classes or ids, such as `.paywall`.
fn paid_words(html: &Html, selectors: &[String]) -> Option<usize> {
    let names: Vec<(&str, &str)> = selectors
        .iter()
        .flat_map(|selector| selector.split(','))
        .filter_map(|selector| {
            let last = selector.split_whitespace().next_back()?;
            last.strip_prefix('.').map(|class| ("class", class)).or_else(|| last.strip_prefix('#').map(|id| ("id", id)))
        })
        .filter(|(_, name)| !name.is_empty() && !name.contains(['.', '#', '[', ':', '>']))
        .collect();
    if names.is_empty() {
        return None;
    }
    let is_paid = |node: &super::dom::Ref<'_>| {
        names.iter().any(|(key, wanted)| {
            attribute(*node, key).is_some_and(|value| value.split_ascii_whitespace().any(|name| name == *wanted))
        })
    };
    let is_outermost = |node: &super::dom::Ref<'_>| !node.ancestors().any(|outer| is_paid(&outer));
    let paid = html.tree.root().descendants().filter(is_paid).filter(is_outermost);
    Some(paid.map(|node| count_words(&text(node))).sum())
}

/// Says what a page is by its story's text and its signs.
pub(super) fn of_text(page: &Page<'_>, facts: &Facts, signs: &Signs, paragraphs: &[String]) -> (Verdict, String) {
    let story: usize = paragraphs.iter().map(|text| count_words(text)).sum();
    let says_story = facts.is_story;
    let other = |verdict, cause: &str| (verdict, cause.to_owned());
    if !says_story
        && story < MANY
        && let Some(found) = instead(page, signs, story)
    {
        return found;
    }
    if story == 0 && signs.words < FEW && signs.scripts > 0 {
        return other(Verdict::NotAStory, "the page is made by scripts, which are not run");
    }
    if story == 0 {
        return other(Verdict::NotAStory, "no story was found on the page");
    }
    if !says_story && (story < FEW || is_front(page.url) || (signs.linked_headings >= 10 && story < MANY)) {
        return other(Verdict::NotAStory, "the page is a list or a front, not a story");
    }
    match teaser(facts, signs, story, paragraphs) {
        Some(cause) => other(Verdict::Teaser, cause),
        None => (Verdict::Article, String::new()),
    }
}

/// What stands in place of a story.
fn instead(page: &Page<'_>, signs: &Signs, story: usize) -> Option<(Verdict, String)> {
    let is_short = signs.words <= SHORT_PAGE;
    let found = |verdict, cause: &str| Some((verdict, cause.to_owned()));
    if is_front(page.url) && page.redirects.first().is_some_and(|asked| !is_front(asked)) {
        return found(Verdict::SoftNotFound, "redirected to the front page");
    }
    if signs.is_titled(NOT_FOUND)
        || (signs.words <= SHORT_PAGE / 4 && signs.says(NOT_FOUND.get(2..).unwrap_or_default()))
    {
        return found(Verdict::SoftNotFound, "the page says that it was not found");
    }
    if (is_short
        && (signs.is_titled(BLOCKED) || signs.has_challenge || (signs.words <= SHORT_PAGE / 2 && signs.says(BLOCKED))))
        && story < MANY
    {
        return found(Verdict::Blocked, "a check for robots, or no access");
    }
    let asks = CONSENT.iter().filter(|phrase| signs.text.contains(*phrase)).count();
    if is_consent_url(page.url)
        || (signs.is_titled(CONSENT) && signs.words <= 2 * SHORT_PAGE)
        || (asks >= 2 && is_short && story < FEW_PAID)
    {
        return found(Verdict::ConsentWall, "the page asks for consent to cookies");
    }
    None
}

fn is_consent_url(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        host.starts_with("consent.")
            || host.starts_with("cmp.")
            || url
                .path()
                .split('/')
                .any(|part| matches!(part, "consent" | "collectConsent" | "zustimmung" | "privacy-gate"))
    })
}

/// Whether a URL is that of a site's front page.
fn is_front(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        matches!(url.path(), "" | "/" | "/index.html" | "/index.htm" | "/index.php" | "/home")
            && url.query().is_none_or(|query| !query.contains("id=") && !query.contains("p="))
    })
}

/// Why a story is taken for its beginning alone.
fn teaser(facts: &Facts, signs: &Signs, story: usize, paragraphs: &[String]) -> Option<&'static str> {
    let is_cut = paragraphs.last().is_some_and(|last| last.ends_with('…') || last.ends_with("..."));
    let asks = signs.says(SUBSCRIBE);
    if facts.is_free == Some(false) {
        // What is to be paid for stands on the page, so the text is whole.
        if signs.paid_words.is_some_and(|paid| paid * 2 > story.min(FEW_PAID)) && story >= FEW_PAID / 2 && !is_cut {
            return None;
        }
        let few = match signs.paid_words {
            _ if is_cut || asks => FEW_CUT,
            // What is to be paid for is named, and not there.
            Some(0) => MANY,
            _ => FEW_PAID,
        };
        return (story < few).then_some("the story is not free, and only its beginning is shown");
    }
    (facts.is_free.is_none() && story < FEW_PAID && asks && (is_cut || signs.words < 2 * SHORT_PAGE))
        .then_some("only the beginning is shown to those who do not subscribe")
}
