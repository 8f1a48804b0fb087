//! Which story a page is of: its key and its other names.
//!
//! A page tells of other addresses: where it was asked for, its canonical link, its AMP page, the publisher's number. Those are
//! believed that name a story as closely as the page's own address does. So a canonical link to the home page, one for a whole
//! section, and a redirect of a story that was taken down to a front join nothing.

use url::Url;

use crate::model::{StoryKey, StoryKeyError};

use super::Page;

/// What a page says of its own and other addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Links {
    /// `<link rel="canonical">`, absolute.
    pub canonical: Option<String>,
    /// `og:url`, or the `url` or `mainEntityOfPage` of its schema.org article, absolute.
    pub own: Option<String>,
    /// `<link rel="amphtml">`, absolute.
    pub amp: Option<String>,
    /// The publisher's own id of the article.
    pub publisher_id: Option<String>,
}

/// The names of a story, known from one page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Names {
    /// The name under which the capture is kept.
    pub key: StoryKey,
    /// Other names of the same story, sorted.
    pub aliases: Vec<StoryKey>,
}

/// Returns the names that a page gives its story.
///
/// The key is the canonical link where it can be believed, else the page's own address; as `https`, and not that of a mobile or
/// AMP page. The other names are the addresses that lead to it: the page's own, those that redirected to it, its AMP page; and
/// the publisher's id, as `HOST#ID`. All of them are names that were seen or told, none is guessed.
///
/// A link is believed when it stays with the publisher (the registrable domain, by the Public Suffix List; or a cache of AMP pages)
/// and has a number or most words of the last part in common with the page's address, or when that address says nothing of a story,
/// or when the page names the same address twice, by its canonical link and by `og:url` or schema.org. A redirect is believed when
/// it leads to an address that is of a story. An id is believed that stands in the address, or has eight characters or more.
///
/// ```
/// use morgue::page::{Links, Page, names};
///
/// let page = Page::new("http://m.news.example/2026/bridge-closed-48210?utm_source=feed", b"");
/// let found = names(&page, &Links::default()).unwrap();
/// assert_eq!(found.key.as_str(), "https://news.example/2026/bridge-closed-48210");
/// assert_eq!(found.aliases[0].as_str(), "http://m.news.example/2026/bridge-closed-48210");
/// ```
///
/// # Errors
/// When the page's URL cannot be the key of a story.
pub fn names(page: &Page<'_>, links: &Links) -> Result<Names, StoryKeyError> {
    let own = Address::of(page.url)?;
    let told = |link: &Option<String>| link.as_deref().and_then(|link| Address::of(link).ok());
    let (canonical, second) = (told(&links.canonical), told(&links.own));
    let is_told_twice = canonical.is_some() && canonical == second;
    let believed = [canonical, second].into_iter().flatten().find(|link| own.may_be(link, is_told_twice));
    let main = believed.clone().unwrap_or_else(|| own.clone());
    let key = StoryKey::url(main.plain().as_str())?;
    let amp = told(&links.amp).filter(|amp| main.may_be(amp, false) && amp.is_story());
    let hops = page.redirects.iter().filter_map(|hop| Address::of(hop).ok());
    let hops = hops.filter(|hop| hop.is_story() && main.is_story());
    let mut aliases: Vec<StoryKey> =
        [Some(own), believed, amp].into_iter().flatten().chain(hops).map(|address| address.key).collect();
    aliases.extend(links.publisher_id.as_deref().and_then(|id| main.id(id)));
    aliases.sort();
    aliases.dedup();
    aliases.retain(|alias| *alias != key);
    Ok(Names { key, aliases })
}

/// An address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    key: StoryKey,
    url: Url,
}

/// Labels of hosts that serve a story in another dress.
const DRESSED_HOSTS: [&str; 4] = ["m.", "mobile.", "amp.", "touch."];
/// Caches that serve AMP pages of others.
const AMP_CACHES: [&str; 3] = [".cdn.ampproject.org", ".ampproject.net", ".bing-amp.com"];
/// Names of query parameters that ask for another dress of a story.
const DRESSED_PARAMETERS: [&str; 3] = ["amp", "outputtype", "output"];
/// A number of so many digits is that of a story and no year, month or page.
const STORY_DIGITS: usize = 5;
/// A last part of so many words is the headline of a story.
const STORY_WORDS: usize = 3;
/// An id that does not stand in the address is believed from so many characters on.
const LONG_ID: usize = 8;

impl Address {
    fn of(text: &str) -> Result<Self, StoryKeyError> {
        let key = StoryKey::url(text)?;
        let malformed =
            |error: url::ParseError| StoryKeyError::Url { text: text.to_owned(), reason: error.to_string() };
        let url = Url::parse(key.as_str()).map_err(malformed)?;
        Ok(Self { key, url })
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The publisher: the registrable domain. A host without one, such as an address in numbers, stands for itself.
    fn publisher(&self) -> &str {
        psl::domain_str(self.host()).unwrap_or_else(|| self.host())
    }

    /// The address in its plain dress: `https`, not mobile, not AMP.
    fn plain(&self) -> Url {
        let mut url = self.url.clone();
        let has_own_port = url.port().is_some();
        if !has_own_port && url.scheme() == "http" {
            let _ = url.set_scheme("https");
        }
        let host = self.host().to_owned();
        let bare = DRESSED_HOSTS.iter().find_map(|label| host.strip_prefix(label)).filter(|bare| bare.contains('.'));
        if let Some(bare) = bare {
            let _ = url.set_host(Some(bare));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/amp").or_else(|| path.strip_suffix(".amp")).unwrap_or(path).to_owned();
        let path = path.strip_prefix("/amp/").map(|rest| format!("/{rest}")).unwrap_or(path);
        url.set_path(&path);
        let pairs: Vec<&str> = self.url.query().into_iter().flat_map(|query| query.split('&')).collect();
        let kept: Vec<&str> = pairs.iter().copied().filter(|pair| !asks_for_dress(pair)).collect();
        url.set_query(Some(kept.join("&")).filter(|query| !query.is_empty()).as_deref());
        url
    }

    /// The last part of the path, in lower case, without the ending of a file.
    fn last_part(&self) -> String {
        let plain = self.plain();
        let last = plain.path().rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_lowercase();
        match last.rsplit_once('.') {
            Some((start, "html" | "htm" | "shtml" | "php" | "aspx" | "asp" | "jsp")) => start.to_owned(),
            _ => last,
        }
    }

    /// The words of the last part, numbers apart.
    fn words(&self) -> Vec<String> {
        let last = self.last_part();
        let words = last.split(|character: char| !character.is_alphanumeric());
        words.filter(|word| word.chars().any(char::is_alphabetic)).map(str::to_owned).collect()
    }

    /// Numbers of stories in path and query.
    fn numbers(&self) -> Vec<String> {
        let text = format!("{}?{}", self.url.path(), self.url.query().unwrap_or_default());
        let runs = text.split(|character: char| !character.is_ascii_alphanumeric());
        let is_number = |run: &&str| run.chars().filter(char::is_ascii_digit).count() >= STORY_DIGITS;
        runs.filter(is_number).map(|run| run.trim_start_matches(char::is_alphabetic).to_owned()).collect()
    }

    /// Says whether the address is that of one story, as far as can be told from it.
    fn is_story(&self) -> bool {
        let has_number_in_query = self.url.query().is_some_and(|query| query.chars().any(|c| c.is_ascii_digit()));
        self.tells_of_story() || has_number_in_query
    }

    /// Says whether the address tells which story it is of, so that another one can be held to it.
    fn tells_of_story(&self) -> bool {
        self.words().len() >= STORY_WORDS || !self.numbers().is_empty()
    }

    /// Says whether a link may be another address of the same story. `is_sure` when the page says it twice.
    fn may_be(&self, link: &Self, is_sure: bool) -> bool {
        let is_cached = AMP_CACHES.iter().any(|cache| self.host().ends_with(cache));
        if !is_cached && self.publisher() != link.publisher() {
            return false;
        }
        if self.plain() == link.plain() {
            return true;
        }
        let (own, other) = (self.numbers(), link.numbers());
        if own.iter().any(|number| other.contains(number)) {
            return true;
        }
        let (own, other) = (self.words(), link.words());
        let common = own.iter().filter(|word| other.contains(word)).count();
        let is_alike = common > 0 && common * 2 >= own.len().max(other.len());
        if is_alike && (link.is_story() || own == other) {
            return true;
        }
        link.is_story() && (is_sure || !self.tells_of_story())
    }

    /// The publisher's id as a name.
    fn id(&self, id: &str) -> Option<StoryKey> {
        let id = id.trim();
        let is_in_address = !id.is_empty() && self.url.as_str().contains(id) && id.len() >= STORY_DIGITS;
        let has_digit = id.chars().any(|character| character.is_ascii_digit());
        let is_believed = has_digit && !id.contains("://") && (is_in_address || id.len() >= LONG_ID);
        is_believed.then(|| StoryKey::id(&format!("{}#{id}", self.publisher())).ok()).flatten()
    }
}

fn asks_for_dress(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, "1"));
    DRESSED_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
        && matches!(value.to_ascii_lowercase().as_str(), "amp" | "1" | "true" | "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(canonical: &str, own: &str) -> Links {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Links { canonical: some(canonical), own: some(own), ..Links::default() }
    }

    fn key(url: &str, links: &Links) -> String {
        names(&Page::new(url, b""), links).unwrap().key.to_string()
    }

    const STORY: &str = "https://www.news.example/region/2026/03/old-bridge-is-closed";

    #[test]
    fn one_story_has_one_key_in_every_dress() {
        let canonical = links(STORY, "");
        for dress in [
            STORY,
            "http://www.news.example/region/2026/03/old-bridge-is-closed/",
            "https://m.news.example/region/2026/03/old-bridge-is-closed",
            "https://amp.news.example/region/2026/03/old-bridge-is-closed",
            "https://www.news.example/amp/region/2026/03/old-bridge-is-closed",
            "https://www.news.example/region/2026/03/old-bridge-is-closed/amp",
            "https://www.news.example/region/2026/03/old-bridge-is-closed.html?outputType=amp",
            "https://www-news-example.cdn.ampproject.org/c/s/www.news.example/region/2026/03/old-bridge-is-closed",
            "https://news.example/?p=77",
        ] {
            assert_eq!(key(dress, &canonical), STORY, "{dress}");
        }
    }

    #[test]
    fn without_a_canonical_link_the_dress_is_taken_off() {
        for (dress, plain) in [
            ("http://m.news.example/a-b-c/amp/", "https://news.example/a-b-c"),
            ("https://news.example/a-b-c?amp=1&page=2", "https://news.example/a-b-c?page=2"),
            ("http://localhost:8080/a-b-c", "http://localhost:8080/a-b-c"),
            ("https://m.example/a", "https://m.example/a"),
        ] {
            assert_eq!(key(dress, &Links::default()), plain, "{dress}");
        }
    }

    #[test]
    fn a_lying_canonical_link_is_caught() {
        for lie in [
            "https://www.news.example/",
            "https://www.news.example/region",
            "https://www.news.example/region/2026/03",
            "https://www.news.example/region/latest",
            "https://other.example/region/2026/03/old-bridge-is-closed",
            "https://www.news.example/region/2026/03/council-votes-on-the-budget",
            "/region",
            "javascript:void(0)",
        ] {
            assert_eq!(key(STORY, &links(lie, "")), STORY, "{lie}");
        }
        assert_eq!(key(STORY, &links("https://www.news.example/", "https://www.news.example/")), STORY, "said twice");
    }

    #[test]
    fn a_new_slug_is_believed_with_the_same_number_or_when_it_is_said_twice() {
        let old = "https://news.example/a/old-bridge-closed-482104";
        let new = "https://news.example/a/crossing-opens-again-482104";
        assert_eq!(key(old, &links(new, "")), new);
        let (old, new) = ("https://news.example/a/old-bridge-closed", "https://news.example/a/crossing-opens-at-last");
        assert_eq!(key(old, &links(new, "")), old);
        assert_eq!(key(old, &links(new, new)), new);
    }

    #[test]
    fn redirects_to_a_story_join_and_to_a_front_do_not() {
        let old = "https://news.example/a/old-bridge-closed".to_owned();
        let hops = [old.clone(), "http://news.example/a/old-bridge-closed".to_owned()];
        let found = |url| names(&Page { redirects: &hops, ..Page::new(url, b"") }, &Links::default()).unwrap();
        let moved = found("https://news.example/a/crossing-opens-at-last");
        assert!(moved.aliases.contains(&StoryKey::url(&old).unwrap()), "{moved:?}");
        for front in ["https://news.example/", "https://news.example/a", "https://news.example/a/latest-news"] {
            assert!(found(front).aliases.is_empty(), "{front}");
        }
    }

    #[test]
    fn an_id_of_the_publisher_is_a_name_when_it_is_one_of_a_story() {
        let id = |url: &str, id: &str| {
            let links = Links { publisher_id: Some(id.to_owned()), ..Links::default() };
            names(&Page::new(url, b""), &links).unwrap().aliases.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(id("https://www.news.example/a-48210", "48210"), ["news.example#48210"]);
        assert_eq!(id(STORY, "0b9d-4c1e-77aa"), ["news.example#0b9d-4c1e-77aa"]);
        for no_story in ["48210", "news.example", "article", "https://news.example/a12345678", "", " "] {
            assert_eq!(id(STORY, no_story), Vec::<String>::new(), "{no_story:?}");
        }
    }
}
