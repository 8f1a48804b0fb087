//! Many stories, visited once and once more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{directory, mb, number};
use crate::newspaper::{Dress, Request, Response, Server, Story, page, stories};
use crate::press::marker;
use crate::tool::{Tool, What, Work, kept};

/// So many servers share the stories.
const HOSTS: usize = 20;

pub(crate) fn run(tools: &[Tool]) {
    let count = number("--stories", 10_000) as usize;
    println!("\n{count} stories of {HOSTS} hosts, ten visits at a time, each tool alone\n");
    println!(
        "| | stories | first: visits/s | CPU ms a visit | again, one in ten changed: visits/s | CPU ms a visit | changes told | wrong ones | peak MB | disk MB |"
    );
    println!("|{}", "---|".repeat(10));
    for tool in tools {
        let count =
            if matches!(tool, Tool::ChangeDetection(_)) { count.min(number("--fewer", 2_000) as usize) } else { count };
        visit(tool, count);
    }
}

/// Has a tool visit all twice.
fn visit(tool: &Tool, count: usize) {
    let site = Arc::new(Site { count, round: AtomicUsize::new(0), visits: AtomicUsize::new(0), base: stories() });
    let servers: Vec<Server> = (0..HOSTS).map(|host| site.open(host)).collect();
    let work = Work {
        sources: servers.iter().map(|server| server.url("/sitemap.xml")).collect(),
        stories: (0..count).map(|number| servers[number % HOSTS].url(&path(number))).collect(),
    };
    let directory = directory();
    let mut watcher = tool.start(&work, directory.path());
    let mut row = format!("| {} | {count} ", tool.name());
    let mut told = Vec::new();
    for round in 0..2 {
        // Some tools know times by the second, and would not tell one look from the other.
        sleep(Duration::from_millis(1_100));
        site.round.store(round, Ordering::SeqCst);
        let (visits, used, begun) = (site.visits.load(Ordering::SeqCst), watcher.usage(), Instant::now());
        told = watcher.look();
        let (wall, cpu) = (begun.elapsed(), watcher.usage().cpu - used.cpu);
        let visits = site.visits.load(Ordering::SeqCst) - visits;
        assert!(visits >= count, "{}: {visits} visits of {count}", tool.name());
        let a_visit = cpu.as_secs_f64() * 1e3 / visits as f64;
        row += &format!("| {:.0} | {a_visit:.2} ", visits as f64 / wall.as_secs_f64());
    }
    let changed = told.iter().filter(|told| told.what == What::Changed);
    let (right, wrong): (Vec<_>, Vec<_>) = changed.partition(|told| number_of(&told.url).is_some_and(changes));
    let peak = watcher.usage().peak;
    watcher.end();
    let (right, all, wrong) = (right.len(), (0..count).filter(|number| changes(*number)).count(), wrong.len());
    println!("{row}| {right} of {all} | {wrong} | {:.0} | {} |", mb(peak), kept(&mut *watcher, directory.path()));
}

/// Stories of which one in ten changes from one round to the next.
struct Site {
    count: usize,
    round: AtomicUsize,
    visits: AtomicUsize,
    base: Vec<Story>,
}

/// Which stories change: of every host some.
const fn changes(number: usize) -> bool {
    (number / HOSTS).is_multiple_of(10)
}

fn path(number: usize) -> String {
    format!("/news/report-{number}-{}", 100_000 + number)
}

fn number_of(url: &str) -> Option<usize> {
    url.rsplit('-').next()?.parse::<usize>().ok()?.checked_sub(100_000)
}

impl Site {
    fn open(self: &Arc<Self>, host: usize) -> Server {
        let site = Arc::clone(self);
        Server::start(move |request| site.answer(host, request))
    }

    fn answer(&self, host: usize, request: &Request) -> Response {
        let root = format!("http://{}", request.header("host").unwrap_or_default());
        if request.path == "/sitemap.xml" {
            let numbers = (host..self.count).step_by(HOSTS);
            let urls: String =
                numbers.map(|number| format!("<url><loc>{root}{}</loc></url>\n", path(number))).collect();
            return Response::new(200, "application/xml", format!("<urlset>{urls}</urlset>"));
        }
        let Some(number) = number_of(&request.path) else {
            return Response::new(404, "text/html", "<title>Not found</title>");
        };
        self.visits.fetch_add(1, Ordering::SeqCst);
        let edition = if changes(number) { self.round.load(Ordering::SeqCst) } else { 0 };
        let etag = format!("\"{number}-{edition}\"");
        if request.header("if-none-match") == Some(&etag) {
            return Response::new(304, "text/html", "").with("ETag", etag);
        }
        let mut story = self.base[number % self.base.len()].clone();
        // The number at the end of its path is its id and 1,000.
        story.id = 99_000 + number;
        (story.section, story.slug) = ("news".to_owned(), format!("report-{number}"));
        story.headline = format!("{} ({number})", story.headline);
        story.paragraphs.push(marker(edition));
        Response::html(page(&story, &root, Dress::Calm, number)).with("ETag", etag)
    }
}
