//! Many changes in one message.

use std::cmp::Ordering;

use serde::Serialize;

use crate::archive::{ChangeKind, Cursor};
use crate::model::{StoryKey, Timestamp};

use super::html;
use super::item::{Item, urn};

/// The most changes that a digest shows: of more, those that matter most.
pub(super) const MAX_ITEMS: usize = 200;
/// The most bytes of HTML of one change in it.
const MAX_HTML: usize = 8 << 10;
/// The size at which the HTML of a digest ends.
const MAX_PAGE: usize = 192 << 10;

/// Changes by host and story, those that matter most first.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Digest {
    #[serde(skip)]
    pub(super) id: String,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    pub(super) count: u64,
    pub(super) stories: usize,
    /// How many changes are not shown.
    pub(super) left_out: u64,
    pub(super) hosts: Vec<Host>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Host {
    pub(super) host: Option<String>,
    pub(super) stories: Vec<StoryPart>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct StoryPart {
    pub(super) story: StoryKey,
    pub(super) url: Option<String>,
    pub(super) headline: String,
    pub(super) items: Vec<Brief>,
}

/// A change without its full diff.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Brief {
    #[serde(flatten)]
    pub(super) item: Item,
    #[serde(skip)]
    pub(super) html: String,
}

impl Brief {
    fn of(mut item: Item) -> Self {
        let html = html::of_item(&item, MAX_HTML);
        (item.diff, item.articles) = (None, None);
        for list in [&mut item.added, &mut item.removed] {
            list.truncate(20);
        }
        Self { item, html }
    }
}

/// Collects changes in bounded memory: when there are twice as many as are shown, the less important half goes.
#[derive(Debug, Default)]
pub(super) struct Collector {
    kept: Vec<Brief>,
    count: u64,
}

impl Collector {
    pub(super) fn add(&mut self, item: Item) {
        self.kept.push(Brief::of(item));
        self.count += 1;
        if self.kept.len() >= 2 * MAX_ITEMS {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        self.kept.sort_by(|a, b| heavier_first(&a.item, &b.item));
        self.kept.truncate(MAX_ITEMS);
    }

    /// Returns the digest; `None` when nothing was collected.
    pub(super) fn digest(
        mut self,
        target: &str,
        from: Cursor,
        to: Cursor,
        times: (Timestamp, Timestamp),
    ) -> Option<Digest> {
        if self.count == 0 {
            return None;
        }
        self.shorten();
        let left_out = self.count - self.kept.len() as u64;
        let mut hosts: Vec<Host> = Vec::new();
        // The first of a host or story is the one that matters most, so that they come to stand in this order.
        for brief in self.kept {
            let host = place(
                &mut hosts,
                |host| host.host == brief.item.host,
                || Host { host: brief.item.host.clone(), stories: Vec::new() },
            );
            let story = host.map(|host| {
                place(
                    &mut host.stories,
                    |part| part.story == brief.item.story,
                    || StoryPart {
                        story: brief.item.story.clone(),
                        url: brief.item.url.clone(),
                        headline: String::new(),
                        items: Vec::new(),
                    },
                )
            });
            story.flatten().into_iter().for_each(|story| story.items.push(brief.clone()));
        }
        for story in hosts.iter_mut().flat_map(|host| &mut host.stories) {
            story.items.sort_by_key(|brief| brief.item.cursor);
            story.headline = story.items.last().map(|brief| brief.item.headline.clone()).unwrap_or_default();
        }
        let stories = hosts.iter().map(|host| host.stories.len()).sum();
        let id = urn(&[b"digest", target.as_bytes(), from.to_string().as_bytes(), to.to_string().as_bytes()]);
        Some(Digest { id, since: times.0, until: times.1, count: self.count, stories, left_out, hosts })
    }
}

fn place<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> Option<&mut T> {
    let at = list.iter().position(is_it).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    });
    list.get_mut(at)
}

fn heavier_first(a: &Item, b: &Item) -> Ordering {
    b.weight().total_cmp(&a.weight()).then_with(|| a.cursor.cmp(&b.cursor))
}

impl Digest {
    /// Returns the digest as HTML, of a bounded length.
    pub(super) fn html(&self) -> String {
        let mut page = String::new();
        let mut left_out = self.left_out;
        for host in &self.hosts {
            if page.len() < MAX_PAGE {
                page.push_str(&format!("<h2>{}</h2>\n", html::escape(host.host.as_deref().unwrap_or("elsewhere"))));
            }
            for story in &host.stories {
                left_out += story.html(&mut page);
            }
        }
        if left_out > 0 {
            page.push_str(&format!("<p>and {left_out} more</p>\n"));
        }
        page
    }

    /// A digest on which templates are tried.
    pub(super) fn example() -> Self {
        let mut collector = Collector::default();
        collector.add(example());
        let times = (Timestamp::MIN, Timestamp::MIN);
        let none = Self {
            id: String::new(),
            since: times.0,
            until: times.1,
            count: 0,
            stories: 0,
            left_out: 0,
            hosts: vec![],
        };
        collector.digest("", Cursor::START, Cursor::START, times).unwrap_or(none)
    }
}

impl StoryPart {
    /// Adds the story to a page while there is room in it. Returns how many changes there was no room for.
    fn html(&self, page: &mut String) -> u64 {
        let name = if self.headline.is_empty() { self.story.as_str() } else { &self.headline };
        if page.len() < MAX_PAGE {
            page.push_str(&format!("<h3>{}</h3>\n", html::link(self.url.as_deref(), name)));
        }
        let mut left_out = 0;
        for brief in &self.items {
            if page.len() >= MAX_PAGE {
                left_out += 1;
                continue;
            }
            let at = brief.item.captured_at;
            page.push_str(&format!("<p><em>{at}, {}</em></p>\n{}", brief.item.kind, brief.html));
        }
        left_out
    }
}

/// A change on which templates are tried.
pub(super) fn example() -> Item {
    Item {
        id: urn(&[]),
        cursor: Cursor::START,
        story: StoryKey::Url("https://news.example/bridge".to_owned()),
        url: Some("https://news.example/bridge".to_owned()),
        host: Some("news.example".to_owned()),
        headline: "Old bridge open".to_owned(),
        old_headline: Some("Old bridge closed".to_owned()),
        kind: ChangeKind::Edit,
        outcome: crate::model::OutcomeKind::Article,
        revision: Some(2),
        previous: Some(1),
        hash: None,
        captured_at: Timestamp::MIN,
        moved_to: None,
        tags: vec!["harbour".to_owned()],
        summary: "headline".to_owned(),
        significance: Some(0.4),
        classes: [crate::diff::Class::Headline].into(),
        stealth: None,
        suspect: false,
        repeated: false,
        added: vec!["open".to_owned()],
        removed: vec!["closed".to_owned()],
        diff: None,
        articles: None,
    }
}
