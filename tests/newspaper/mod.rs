//! A newspaper on the loopback address: twenty stories, three rounds, twelve edits, and what trips those who look for them.
//!
//! Its pages look like those of real publishers. The noisy ones have ads, links, counts and boxes inside of the article, the calm
//! ones around it, and all of these are others on every request.

mod article;
mod dress;
mod server;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

#[allow(unused_imports, reason = "not every test that has a newspaper needs all of it")]
pub(crate) use article::{Answer, Story, answer, in_round, stories, visited};
#[allow(unused_imports, reason = "the same")]
pub(crate) use dress::{Dress, page, teaser};
pub(crate) use server::{Request, Response, Server};

/// A newspaper that is on the net until it is dropped.
pub(crate) struct Newspaper {
    server: Server,
    round: Arc<AtomicUsize>,
}

impl Newspaper {
    /// Opens in its first round.
    pub(crate) fn open(dress: Dress) -> Self {
        let (round, root) = (Arc::new(AtomicUsize::new(1)), Arc::new(OnceLock::new()));
        let desk = Desk { dress, round: Arc::clone(&round), root: Arc::clone(&root), requests: AtomicUsize::new(1) };
        let server = Server::start(move |request| desk.answer(request));
        root.set(server.url("")).unwrap();
        Self { server, round }
    }

    /// The desk has done the work of so many rounds.
    pub(crate) fn set_round(&self, round: usize) {
        self.round.store(round, Ordering::SeqCst);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// The URL under which a story was first published.
    pub(crate) fn story_url(&self, id: usize) -> String {
        self.url(&stories()[id].path())
    }
}

struct Desk {
    dress: Dress,
    round: Arc<AtomicUsize>,
    root: Arc<OnceLock<String>>,
    requests: AtomicUsize,
}

impl Desk {
    fn answer(&self, request: &Request) -> Response {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let round = self.round.load(Ordering::SeqCst);
        let stories = in_round(round);
        let root = self.root.get().unwrap();
        // Parameters of tracking change nothing.
        let path = request.path.split('?').next().unwrap();
        match path {
            "/robots.txt" => Response::new(200, "text/plain", "User-agent: *\nDisallow: /search\nDisallow: /drafts/\n"),
            "/feed.xml" => Response::new(200, "application/rss+xml; charset=utf-8", feed(&stories, root)),
            "/sitemap-news.xml" => Response::new(200, "application/xml", sitemap(&stories, root)),
            "/sitemap.xml" => Response::new(200, "application/xml", index(root)),
            path => match path.rsplit('-').next().and_then(|id| id.parse::<usize>().ok()) {
                Some(id @ 1000..1020) => self.story(&stories[id - 1000], path, request, number, round),
                _ => Response::new(404, "text/html", dress::error(404)),
            },
        }
    }

    fn story(&self, story: &Story, path: &str, request: &Request, number: usize, round: usize) -> Response {
        let root = self.root.get().unwrap();
        let is_renamed = path != story.path();
        match answer(story.id, round) {
            Answer::Status(status) => Response::new(status, "text/html", dress::error(status)),
            Answer::Captcha => Response::html(dress::captcha()),
            Answer::Teaser => Response::html(dress::teaser(story, root, number)),
            Answer::Renamed if is_renamed => Response::redirect(301, story.path()),
            Answer::Windows1252 => {
                Response::new(200, "text/html", windows_1252(&dress::page(story, root, self.dress, number)))
            }
            _ => {
                let page = Response::html(dress::page(story, root, self.dress, number));
                if story.id.is_multiple_of(2)
                    && request.header("accept-encoding").is_some_and(|names| names.contains("gzip"))
                {
                    return packed(page);
                }
                page
            }
        }
    }
}

fn packed(mut response: Response) -> Response {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&response.body).unwrap();
    response.body = gzip.finish().unwrap();
    response.with("Content-Encoding", "gzip")
}

/// What is Latin-1 is windows-1252 as well, in the same bytes; the page says so in its head alone.
fn windows_1252(page: &str) -> Vec<u8> {
    let page = page.replace(
        "<meta charset=\"utf-8\">",
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\">",
    );
    page.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

fn feed(stories: &[Story], root: &str) -> String {
    let items: String = stories
        .iter()
        .map(|story| {
            let (title, link) = (dress::html(&story.headline), format!("{root}{}", story.path()));
            format!("<item><title>{title}</title><link>{link}?utm_source=rss</link><guid>{link}</guid></item>\n")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>The Velmar Gazette</title><link>{root}/</link>\
         <description>News</description>\n{items}</channel></rss>\n"
    )
}

fn sitemap(stories: &[Story], root: &str) -> String {
    let urls: String = stories
        .iter()
        .map(|story| format!("<url><loc>{root}{}</loc><lastmod>{}</lastmod></url>\n", story.path(), story.modified))
        .collect();
    format!(
        "<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    )
}

fn index(root: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap>\
         <loc>{root}/sitemap-news.xml</loc></sitemap></sitemapindex>\n"
    )
}
