//! The papers as one tool sees them, and what it was shown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use crate::newspaper::{Request, Response, Server, page, teaser};
use crate::plan::{Fate, PAPERS, State};
use crate::tool::Work;

/// A story: its paper, and its number there.
pub(crate) type Place = (usize, usize);

/// What an answer to a request for a story came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Is(State),
    /// Not modified.
    Same,
    /// An address that leads to another.
    Moved,
}

/// When the papers open for all tools.
pub(crate) type Begin = Arc<OnceLock<Instant>>;

/// Seconds since the papers have opened.
pub(crate) fn time(begin: &Begin) -> f64 {
    begin.get().map_or(0.0, |begin| begin.elapsed().as_secs_f64())
}

struct Desk {
    paper: usize,
    fates: Arc<Vec<Vec<Fate>>>,
    begin: Begin,
    root: OnceLock<String>,
    requests: AtomicUsize,
    shown: Mutex<Vec<(Place, Shown)>>,
}

/// The papers of one tool.
pub(crate) struct Press {
    papers: Vec<(Server, Arc<Desk>)>,
}

impl Press {
    pub(crate) fn open(fates: &Arc<Vec<Vec<Fate>>>, begin: &Begin) -> Self {
        let open = |paper| {
            let desk = Arc::new(Desk {
                paper,
                fates: Arc::clone(fates),
                begin: Arc::clone(begin),
                root: OnceLock::new(),
                requests: AtomicUsize::new(0),
                shown: Mutex::default(),
            });
            let at_work = Arc::clone(&desk);
            let server = Server::start(move |request| at_work.answer(request));
            desk.root.set(server.url("")).unwrap();
            (server, desk)
        };
        Self { papers: (0..PAPERS.len()).map(open).collect() }
    }

    /// One paper by its sitemap, one by its front page, the others by their feeds; and the stories of all that are there already.
    pub(crate) fn work(&self) -> Work {
        let lists = ["/feed.xml", "/feed.xml", "/sitemap.xml", "/local"];
        let sources = self.papers.iter().zip(lists).map(|((server, _), list)| server.url(list));
        let stories = self.papers.iter().flat_map(|(server, desk)| {
            let here = desk.fates().iter().filter(|fate| !fate.is_late());
            here.map(|fate| server.url(&fate.first_path())).collect::<Vec<_>>()
        });
        Work { sources: sources.collect(), stories: stories.collect() }
    }

    /// The story at a URL.
    pub(crate) fn place(&self, url: &str) -> Option<Place> {
        let paper = self.papers.iter().position(|(server, _)| url.starts_with(&server.url("/")))?;
        Some((paper, id(url)?))
    }

    /// What was shown since this was last asked.
    pub(crate) fn take_shown(&self) -> Vec<(Place, Shown)> {
        self.papers.iter().flat_map(|(_, desk)| std::mem::take(&mut *desk.shown.lock().unwrap())).collect()
    }

    /// All requests so far, those for other things than stories too.
    pub(crate) fn requests(&self) -> usize {
        self.papers.iter().map(|(_, desk)| desk.requests.load(Ordering::SeqCst)).sum()
    }
}

fn id(url: &str) -> Option<usize> {
    url.rsplit('-').next()?.parse::<usize>().ok()?.checked_sub(1_000)
}

impl Desk {
    fn fates(&self) -> &[Fate] {
        &self.fates[self.paper]
    }

    fn answer(&self, request: &Request) -> Response {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let now = time(&self.begin);
        let not_found = || Response::new(404, "text/html", "<title>Not found</title><p>There is no such page.</p>");
        match request.path.as_str() {
            "/feed.xml" => Response::new(200, "application/rss+xml", self.list(now, feed)),
            "/sitemap.xml" => Response::new(200, "application/xml", self.list(now, sitemap)),
            "/local" => Response::html(self.list(now, front)),
            path => match id(path).and_then(|id| self.fates().get(id).map(|fate| (id, fate))) {
                Some((id, fate)) => {
                    let (shown, response) = self.story(fate, request, number, now);
                    self.shown.lock().unwrap().push(((self.paper, id), shown));
                    response
                }
                None => not_found(),
            },
        }
    }

    fn story(&self, fate: &Fate, request: &Request, number: usize, now: f64) -> (Shown, Response) {
        let (root, (dress, has_tags)) = (self.root.get().unwrap(), PAPERS[self.paper]);
        let state = fate.state(now);
        let failed =
            |status| Response::new(status, "text/html", format!("<title>{status}</title><p>We are sorry.</p>"));
        let response = match state {
            State::NotYet => failed(404),
            State::Status(status) => failed(status),
            _ if request.path != fate.path(now) => return (Shown::Moved, Response::redirect(301, fate.path(now))),
            State::Teaser => Response::html(teaser(&fate.story_at(now), root, number)),
            State::Page { .. } => {
                let tag = fate.tag(now);
                if has_tags && request.header("if-none-match") == Some(&tag) {
                    return (Shown::Same, Response::new(304, "text/html", "").with("ETag", tag));
                }
                let page = Response::html(page(&fate.story_at(now), root, dress, number));
                if has_tags { page.with("ETag", tag) } else { page }
            }
        };
        (Shown::Is(state), response)
    }

    /// The stories that are there, as a list of links.
    fn list(&self, now: f64, list: fn(&[(String, String)]) -> String) -> String {
        let root = self.root.get().unwrap();
        let here =
            self.fates().iter().filter(|fate| !matches!(fate.state(now), State::NotYet | State::Status(404 | 410)));
        let links: Vec<(String, String)> =
            here.map(|fate| (format!("{root}{}", fate.path(now)), fate.story_at(now).headline)).collect();
        list(&links)
    }
}

fn feed(links: &[(String, String)]) -> String {
    let item =
        |(url, title): &(String, String)| format!("<item><title>{}</title><link>{url}</link></item>\n", xml(title));
    let items: String = links.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>A paper</title>{items}</channel></rss>")
}

fn sitemap(links: &[(String, String)]) -> String {
    let urls: String = links.iter().map(|(url, _)| format!("<url><loc>{url}</loc></url>\n")).collect();
    format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>")
}

fn front(links: &[(String, String)]) -> String {
    let link = |(url, title): &(String, String)| format!("<li><h3><a href=\"{url}\">{}</a></h3></li>\n", xml(title));
    let items: String = links.iter().map(link).collect();
    format!("<!doctype html><html lang=\"en\"><title>A paper</title><body><main><ul>{items}</ul></main></body></html>")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
