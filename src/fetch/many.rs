//! Many visits, side by side.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use super::authority;
use super::client;
use super::error::Error;
use super::fetcher::Fetcher;
use super::visit::{Request, Visit};
use crate::page;

/// How to make many visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManyOptions {
    /// How many hosts are visited at the same time.
    pub parallel: usize,
    /// How many requests are taken from the caller before they can be made, so that there are enough hosts to choose from.
    pub ahead: usize,
    /// How pages are read.
    pub page: page::Options,
}

impl Default for ManyOptions {
    /// Eight hosts at the same time, 1,000 requests ahead.
    fn default() -> Self {
        Self { parallel: 8, ahead: 1_000, page: page::Options::default() }
    }
}

/// What came of a visit, with its request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Visited {
    /// What was asked for.
    pub request: Request,
    /// What came of it, as [`Fetcher::visit`] returns it.
    pub result: Result<Visit, Error>,
}

impl Fetcher {
    /// Visits many URLs, hosts side by side and each host one visit at a time, and hands over each visit when it is done.
    ///
    /// Requests are taken from `requests` as there is room, so that there may be any number of them. The visits of one host are in
    /// the order of the requests; otherwise a host whose pause is over comes first. `each` is called in the caller's thread, and may
    /// stop the rest by [`ControlFlow::Break`]: what is under way then is waited for and dropped.
    ///
    /// ```
    /// use std::{ops::ControlFlow, sync::Arc};
    /// use morgue::fetch::{Client, Fetcher, ManyOptions, Options, Request, SystemClock};
    ///
    /// let fetcher = Fetcher::new(Client::new(Options::default()), Arc::new(SystemClock));
    /// let requests = ["http://127.0.0.1/", "http://10.0.0.1/"].map(Request::new);
    /// let mut refused = 0;
    /// fetcher.visit_all(requests, &ManyOptions::default(), |visited| {
    ///     refused += u32::from(visited.result.is_err());
    ///     ControlFlow::Continue(())
    /// });
    /// assert_eq!(refused, 2);
    /// ```
    pub fn visit_all(
        &self,
        requests: impl IntoIterator<Item = Request>,
        options: &ManyOptions,
        mut each: impl FnMut(Visited) -> ControlFlow<()>,
    ) {
        let parallel = options.parallel.max(1);
        let (jobs, work) = mpsc::sync_channel::<Request>(parallel);
        let (done, results) = mpsc::sync_channel::<Visited>(parallel);
        let work = Mutex::new(work);
        thread::scope(|scope| {
            // The workers end when these do.
            let (jobs, results) = (jobs, results);
            for _ in 0..parallel {
                let (done, work) = (done.clone(), &work);
                scope.spawn(move || self.work(work, &done, &options.page));
            }
            drop(done);
            let mut plan = Plan { waiting: BTreeMap::new(), busy: BTreeSet::new(), count: 0 };
            let mut requests = requests.into_iter().fuse();
            loop {
                plan.fill(&mut requests, options.ahead.max(parallel));
                while plan.busy.len() < parallel
                    && let Some(request) = plan.next(self)
                {
                    // The channel has room for as many as there are workers.
                    if jobs.send(request).is_err() {
                        return;
                    }
                }
                if plan.busy.is_empty() {
                    return;
                }
                let Ok(visited) = results.recv() else { return };
                plan.busy.remove(&host(&visited.request));
                if each(visited).is_break() {
                    return;
                }
            }
        });
    }

    /// Makes visits until there are no more.
    fn work(&self, work: &Mutex<mpsc::Receiver<Request>>, done: &mpsc::SyncSender<Visited>, options: &page::Options) {
        loop {
            let job = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(request) = job else { return };
            let result = self.visit(&request, options);
            if done.send(Visited { request, result }).is_err() {
                return;
            }
        }
    }
}

/// What is to be visited, by host.
struct Plan {
    waiting: BTreeMap<String, VecDeque<Request>>,
    busy: BTreeSet<String>,
    count: usize,
}

impl Plan {
    fn fill(&mut self, requests: &mut impl Iterator<Item = Request>, room: usize) {
        while self.count < room
            && let Some(request) = requests.next()
        {
            self.waiting.entry(host(&request)).or_default().push_back(request);
            self.count += 1;
        }
    }

    /// The next request of the host whose pause ends first, of those that nobody visits. A worker may have to wait for that end.
    fn next(&mut self, fetcher: &Fetcher) -> Option<Request> {
        let idle = self.waiting.keys().filter(|host| !self.busy.contains(*host));
        let host = idle.min_by_key(|host| fetcher.not_before(host))?.clone();
        let queue = self.waiting.get_mut(&host)?;
        let request = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&host);
        }
        self.count -= usize::from(request.is_some());
        self.busy.insert(host);
        request
    }
}

/// What is no URL has no host, and waits for nobody for long.
fn host(request: &Request) -> String {
    client::parse(&request.url).map(|url| authority(&url)).unwrap_or_default()
}
