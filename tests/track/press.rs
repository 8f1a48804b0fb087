//! The newspaper over days: many papers on one clock, whose stories are published, edited, taken down and moved as they are at real ones.

#[path = "press/fault.rs"]
mod fault;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use morgue::fetch::Clock;
use morgue::{Archive, RevisionKind, StoryKey, Timestamp};

use crate::newspaper::{Dress, Request, Response, Server, Story, page, stories, teaser};
use crate::support::Dice;

pub(crate) use fault::Fault;

/// What becomes of a story, all in hours.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    pub(crate) story: Story,
    /// When it is published.
    born: f64,
    /// When it was edited: the first edition, then one more each time.
    pub(crate) edits: Vec<f64>,
    /// When it is taken down, moved to another address, or put behind a paywall.
    gone: Option<f64>,
    moved: Option<f64>,
    paywall: Option<f64>,
}

impl Fate {
    /// What its desk made of it so far: how many times it was edited.
    fn edition(&self, hour: f64) -> usize {
        self.edits.iter().take_while(|edit| **edit <= hour).count()
    }

    /// The edits before a time that anyone could see: those while it was to be had.
    pub(crate) fn visible(&self, until: f64) -> usize {
        self.edits.iter().filter(|edit| **edit < self.end(until)).count()
    }

    /// Until when it was to be had.
    fn end(&self, until: f64) -> f64 {
        [self.gone, self.paywall].into_iter().flatten().fold(until, f64::min)
    }

    /// The editions, after the first, that were in force for half an hour or more.
    fn lasting(&self, hours: f64) -> Vec<usize> {
        let end = |edition: usize| self.edits.get(edition).copied().unwrap_or(hours).min(self.end(hours));
        let visible = 1..=self.visible(hours);
        visible.filter(|edition| end(*edition) - self.edits[edition - 1] >= 0.5).collect()
    }

    /// A story that is published at the beginning, edited at these hours, and stays where it is.
    fn plain(id: usize, begin: Timestamp, edits: &[f64]) -> Self {
        let mut story = stories()[id].clone();
        (story.published, story.modified) = (begin.to_string(), begin.to_string());
        Self { story, born: 0.0, edits: edits.to_vec(), gone: None, moved: None, paywall: None }
    }

    fn story_at(&self, edition: usize) -> Story {
        let mut story = self.story.clone();
        story.paragraphs.push(marker(edition));
        story
    }

    fn moved_path(&self) -> String {
        Story { slug: format!("{}-renamed", self.story.slug), ..self.story.clone() }.path()
    }
}

/// The sentence that tells one edition from another.
pub(crate) fn marker(edition: usize) -> String {
    format!("The desk has gone over this report {edition} times since it was first printed in the morning paper.")
}

/// One paper, with its own address.
pub(crate) struct Paper {
    /// On the net until the paper is dropped.
    _server: Server,
    root: Arc<OnceLock<String>>,
    pub(crate) fates: Arc<Vec<Fate>>,
    /// When each request for a page came.
    pub(crate) asked: Arc<Mutex<Vec<(Timestamp, String)>>>,
}

/// How a server fails at a request that comes at an hour; `None` where it does not.
type Faults = dyn Fn(&Request, f64) -> Option<Fault> + Send + Sync;

impl Paper {
    /// A paper whose stories are all out at the beginning, each edited at the same hours, and whose server fails as it is told to.
    pub(crate) fn at_hand(
        each: usize,
        edits: &[f64],
        clock: &Arc<dyn Clock>,
        faults: impl Fn(&Request, f64) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::named("127.0.0.1", each, edits, clock, faults)
    }

    /// The same under the name of a host, which is to lead to the loopback address.
    pub(crate) fn named(
        host: &str,
        each: usize,
        edits: &[f64],
        clock: &Arc<dyn Clock>,
        faults: impl Fn(&Request, f64) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let begin = clock.now();
        let fates = (0..each).map(|id| Fate::plain(id, begin, edits)).collect();
        start(host, fates, Box::new(faults), begin, Arc::clone(clock))
    }

    pub(crate) fn feed(&self) -> String {
        format!("{}/feed.xml", self.root())
    }

    /// The address of its server, which every URL of its begins with.
    pub(crate) fn root(&self) -> String {
        self.root.get().unwrap().clone()
    }

    pub(crate) fn story_url(&self, id: usize) -> String {
        format!("{}{}", self.root(), self.fates[id].story.path())
    }

    /// How many requests came between two times.
    pub(crate) fn asked_between(&self, from: Timestamp, to: Timestamp) -> usize {
        self.asked.lock().unwrap().iter().filter(|(at, _)| (from..to).contains(at)).count()
    }
}

/// Papers on one clock, which begin at its present time.
pub(crate) struct Press {
    pub(crate) papers: Vec<Paper>,
}

impl Press {
    /// So many papers with so many stories each, published within so many hours. Of four papers one has an outage of three hours.
    pub(crate) fn open(papers: usize, each: usize, within: f64, clock: &Arc<dyn Clock>) -> Self {
        let mut dice = Dice::new(7);
        let begin = clock.now();
        let papers = (0..papers).map(|paper| {
            let fates: Vec<Fate> = (0..each).map(|id| fate(paper * each + id, id, begin, within, &mut dice)).collect();
            let faults = move |_: &Request, hour: f64| {
                let is_out = paper % 4 == 1 && (30.0..33.0).contains(&hour);
                is_out.then(|| {
                    Fault::Says(Response::new(503, "text/html", "<p>Back soon</p>").with("Retry-After", "600"))
                })
            };
            start("127.0.0.1", fates, Box::new(faults), begin, Arc::clone(clock))
        });
        Self { papers: papers.collect() }
    }
}

/// Rates as published: one in six is edited within the first week, most of these soon after they appear; of a hundred, two or
/// three are taken down and as many move.
fn fate(number: usize, id: usize, begin: Timestamp, within: f64, dice: &mut Dice) -> Fate {
    let base = stories();
    let mut story = base[number % base.len()].clone();
    story.id = id;
    story.slug = format!("{}-{number}", story.slug);
    let born = dice.next() * within;
    let published = Timestamp::from_micros(begin.as_micros() + (born * 3.6e9) as i64).unwrap();
    story.published = published.to_string();
    story.modified = published.to_string();
    // A few stories develop, most stay as they are.
    let rate = if dice.next() < 0.2 { 0.35 } else { 0.01 };
    let (mut edits, mut age) = (Vec::new(), 0.0);
    loop {
        // The age at which an event comes whose rate falls as 1 / (age + 1 hour).
        age = (age + 1.0) * (-(1.0 - dice.next()).ln() / rate).exp() - 1.0;
        if age > 240.0 || edits.len() == 12 {
            break;
        }
        edits.push(born + age);
    }
    let mut chance = |share: f64| {
        let (drawn, at) = (dice.next(), dice.next());
        (drawn < share).then_some(born + 6.0 + at * 40.0)
    };
    let (gone, moved, paywall) = (chance(0.03), chance(0.03), chance(0.04));
    Fate { story, born, edits, gone, moved, paywall }
}

fn start(host: &str, fates: Vec<Fate>, faults: Box<Faults>, begin: Timestamp, clock: Arc<dyn Clock>) -> Paper {
    let (fates, asked) = (Arc::new(fates), Arc::new(Mutex::new(Vec::new())));
    let root = Arc::new(OnceLock::<String>::new());
    let by_path: BTreeMap<String, usize> =
        fates.iter().enumerate().flat_map(|(at, fate)| [(fate.story.path(), at), (fate.moved_path(), at)]).collect();
    let desk = Desk { fates: Arc::clone(&fates), by_path, root: Arc::clone(&root), begin };
    let log = Arc::clone(&asked);
    let server = Server::raw(move |request, stream| {
        let now = clock.now();
        if request.path != "/robots.txt" {
            log.lock().unwrap().push((now, request.path.clone()));
        }
        let hour = (now.as_micros() - begin.as_micros()) as f64 / 3.6e9;
        match faults(request, hour) {
            // Where it is cut off there is something to cut, whatever the visitor has seen before.
            Some(fault) => {
                fault.befall(&desk.answer(&Request { headers: Vec::new(), ..request.clone() }, hour), stream)
            }
            None => desk.answer(request, hour).send(stream),
        }
    });
    root.set(server.url("").replace("127.0.0.1", host)).unwrap();
    Paper { _server: server, root, fates, asked }
}

struct Desk {
    fates: Arc<Vec<Fate>>,
    by_path: BTreeMap<String, usize>,
    root: Arc<OnceLock<String>>,
    begin: Timestamp,
}

impl Desk {
    fn answer(&self, request: &Request, hour: f64) -> Response {
        let root = self.root.get().unwrap();
        let path = request.path.as_str();
        if path == "/feed.xml" {
            return Response::new(200, "application/rss+xml", self.feed(root, hour));
        }
        let Some(fate) = self.by_path.get(path).map(|at| &self.fates[*at]).filter(|fate| fate.born <= hour) else {
            return Response::new(404, "text/html", "<title>Not found</title>");
        };
        let has = |at: Option<f64>| at.is_some_and(|at| at <= hour);
        if has(fate.gone) {
            return Response::new(410, "text/html", "<title>Gone</title>");
        }
        if has(fate.moved) && path == fate.story.path() {
            return Response::redirect(301, fate.moved_path());
        }
        let edition = fate.edition(hour);
        let etag = format!("\"{}-{edition}-{}\"", fate.story.id, has(fate.paywall));
        if request.header("if-none-match") == Some(&etag) {
            return Response::new(304, "text/html", "").with("ETag", etag);
        }
        let mut story = fate.story_at(edition);
        if has(fate.moved) {
            story.slug = format!("{}-renamed", story.slug);
        }
        let minute = (hour * 60.0) as usize + self.begin.as_micros() as usize % 7;
        let html =
            if has(fate.paywall) { teaser(&story, root, minute) } else { page(&story, root, Dress::Noisy, minute) };
        Response::html(html).with("ETag", etag)
    }

    /// The feed lists the last thirty.
    fn feed(&self, root: &str, hour: f64) -> String {
        let mut out: Vec<&Fate> = self.fates.iter().filter(|fate| fate.born <= hour).collect();
        out.sort_by(|a, b| b.born.total_cmp(&a.born));
        let item = |fate: &&Fate| format!("<item><title>x</title><link>{root}{}</link></item>\n", fate.story.path());
        let items: String = out.iter().take(30).map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>A paper</title>{items}</channel></rss>")
    }
}

/// What the archive holds of a paper's stories, against what its desk did.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Edits that could be seen.
    pub(crate) edits: usize,
    /// Those that were.
    pub(crate) seen: usize,
    /// Those of both that were in force for half an hour or more.
    pub(crate) lasting: usize,
    pub(crate) lasting_seen: usize,
    /// Stories that were not found, and revisions that are no edition.
    pub(crate) wrong: Vec<String>,
}

impl Account {
    /// Adds a paper, as it was after so many hours.
    pub(crate) fn add(&mut self, archive: &Archive, paper: &Paper, hours: f64) {
        for fate in paper.fates.iter() {
            let url = StoryKey::url(&format!("{}{}", paper.root(), fate.story.path())).unwrap();
            let path = fate.story.path();
            let Some(story) = archive.story(&url).unwrap() else {
                self.wrong.push(format!("{path}: not found"));
                continue;
            };
            let mut editions = Vec::new();
            for revision in archive.revisions(&url).unwrap() {
                let article = archive.article(&story.story, &revision.hash).unwrap();
                let edition = (0..60).find(|edition| article.paragraphs.contains(&marker(*edition)));
                match edition {
                    Some(edition) if revision.kind != RevisionKind::Cosmetic => editions.push(edition),
                    _ => self.wrong.push(format!("{path}: {:?} {:?}", revision.kind, article.paragraphs)),
                }
            }
            if !editions.is_sorted_by(|a, b| a < b) {
                self.wrong.push(format!("{path}: {editions:?}"));
            }
            self.edits += fate.visible(hours);
            self.seen += editions.len().saturating_sub(1);
            let lasting = fate.lasting(hours);
            self.lasting += lasting.len();
            self.lasting_seen +=
                lasting.iter().filter(|edition| editions.iter().skip(1).any(|seen| seen == *edition)).count();
        }
    }
}
