//! changedetection.io: a server that is told to look by its API, which its answers are read from, with a selector for the story.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::process::{cpu_of, peak_memory_of};
use crate::program::Usage;
use crate::tool::{Told, Watcher, What, Work};

const STARTS_WITHIN: Duration = Duration::from_secs(120);
/// How often it is asked whether it is done.
const ASK: Duration = Duration::from_millis(200);

pub(crate) struct ChangeDetection {
    server: Child,
    root: String,
    key: String,
    /// What is still to be given to it.
    stories: Vec<String>,
    /// Of each watch when it was last visited, and when it last changed.
    seen: HashMap<String, (u64, u64)>,
    gone: Vec<String>,
    /// What it had used before the first look.
    before: Duration,
}

impl ChangeDetection {
    pub(crate) fn start(program: &Path, work: &Work, directory: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(directory.join("log")).unwrap();
        let mut command = Command::new(program);
        command.arg("-C").arg("-d").arg(directory.join("data")).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        command.env("HOME", directory).env("ALLOW_IANA_RESTRICTED_ADDRESSES", "true").env("FETCH_WORKERS", "10");
        command.env("DISABLE_VERSION_CHECK", "yes").env("LOGGER_LEVEL", "ERROR");
        // It comes with watches of sites elsewhere, and may ask for them before they are deleted.
        command.env("https_proxy", "http://127.0.0.1:9");
        let server = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let root = format!("http://127.0.0.1:{port}");
        let (stories, seen, gone) = (work.stories.clone(), HashMap::new(), Vec::new());
        let mut this = Self { server, root, key: String::new(), stories, seen, gone, before: Duration::ZERO };
        this.wait_for_start(&directory.join("data/changedetection.json"));
        for watch in this.watches().keys() {
            let url = format!("{}/api/v1/watch/{watch}", this.root);
            ureq::delete(&url).header("x-api-key", &this.key).call().unwrap();
        }
        this.before = cpu_of(this.server.id());
        this
    }

    /// It writes a key for its API when it starts, and answers some time later.
    fn wait_for_start(&mut self, settings: &Path) {
        let begun = Instant::now();
        loop {
            sleep(ASK);
            assert!(begun.elapsed() < STARTS_WITHIN, "changedetection.io does not answer");
            let settings: Option<Value> = fs::read(settings).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let key = settings.as_ref().and_then(|all| all["settings"]["application"]["api_access_token"].as_str());
            let Some(key) = key else { continue };
            self.key = key.to_owned();
            if self.ask("/api/v1/systeminfo").is_some() {
                return;
            }
        }
    }

    fn ask(&self, path: &str) -> Option<Value> {
        let mut answer = ureq::get(format!("{}{path}", self.root)).header("x-api-key", &self.key).call().ok()?;
        let bytes = answer.body_mut().with_config().limit(1 << 30).read_to_vec().ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn watches(&self) -> HashMap<String, Value> {
        serde_json::from_value(self.ask("/api/v1/watch").unwrap()).unwrap()
    }

    /// Gives it the stories, whereupon it visits them.
    fn import(&self, stories: &[String]) {
        let url = format!("{}/api/v1/import?include_filters=%5B%22article%22%5D", self.root);
        let request = ureq::post(url).header("x-api-key", &self.key).header("content-type", "text/plain");
        request.send(stories.join("\n")).unwrap();
    }

    /// The watches when all of them have been visited since the last look.
    fn all_visited(&self, count: usize) -> HashMap<String, Value> {
        loop {
            sleep(ASK);
            // The list of many is dear to make: only when there is nothing left to do.
            if !self.is_idle(count) {
                continue;
            }
            let watches = self.watches();
            // The time at which the visit began.
            let is_new = |(id, watch): (&String, &Value)| {
                seconds(watch, "last_checked") > self.seen.get(id).map_or(0, |seen| seen.0)
            };
            if watches.iter().all(is_new) {
                return watches;
            }
        }
    }

    fn is_idle(&self, count: usize) -> bool {
        let Some(about) = self.ask("/api/v1/systeminfo") else { return false };
        let is_known = about["watch_count"].as_u64().is_some_and(|known| known >= count as u64);
        if !is_known || about["queue_size"].as_u64() != Some(0) {
            return false;
        }
        let workers = self.ask("/worker-health").unwrap_or_default();
        workers["worker_status"]["running_uuids"].as_array().is_some_and(Vec::is_empty)
    }

    fn told(&mut self, watches: HashMap<String, Value>) -> Vec<Told> {
        let mut told = Vec::new();
        for (id, watch) in watches {
            let url = watch["url"].as_str().unwrap().to_owned();
            let now = (seconds(&watch, "last_checked"), seconds(&watch, "last_changed"));
            let error = watch["last_error"].as_str().unwrap_or_default();
            if (error.contains("404") || error.contains("410")) && !self.gone.contains(&url) {
                self.gone.push(url.clone());
                told.push(Told { url: url.clone(), what: What::Gone });
            }
            // 0 until there is a second version.
            let before = self.seen.insert(id, now).map_or(0, |before| before.1);
            if now.1 > before {
                told.push(Told { url, what: What::Changed });
            }
        }
        told
    }
}

/// A time in seconds since 1970.
fn seconds(watch: &Value, name: &str) -> u64 {
    watch[name].as_u64().unwrap_or_default()
}

impl Watcher for ChangeDetection {
    fn look(&mut self) -> Vec<Told> {
        let new = std::mem::take(&mut self.stories);
        let count = self.seen.len() + new.len();
        if new.is_empty() {
            self.ask("/api/v1/watch?recheck_all=1").unwrap();
        } else {
            self.import(&new);
        }
        let watches = self.all_visited(count);
        self.told(watches)
    }

    fn usage(&self) -> Usage {
        let id = self.server.id();
        Usage { cpu: cpu_of(id).saturating_sub(self.before), peak: peak_memory_of(id) }
    }

    fn end(&mut self) {
        // It writes what it has when it is asked to end.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let begun = Instant::now();
        while begun.elapsed() < STARTS_WITHIN && self.server.try_wait().unwrap().is_none() {
            sleep(ASK);
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for ChangeDetection {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
