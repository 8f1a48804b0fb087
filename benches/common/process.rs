//! CPU time and memory of processes, as Linux tells them; zeros elsewhere.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Linux counts CPU time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Wall and CPU time since [`Clock::start`].
pub(crate) struct Clock {
    wall: Instant,
    own: Duration,
    children: Duration,
}

/// What a clock shows.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    /// User and system time of all threads of this process.
    pub(crate) own: Duration,
    /// The same of its children that have ended.
    pub(crate) children: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let (own, children) = cpu();
        Self { wall: Instant::now(), own, children }
    }

    pub(crate) fn read(&self) -> Spent {
        let (own, children) = cpu();
        Spent { wall: self.wall.elapsed(), own: own - self.own, children: children - self.children }
    }
}

fn cpu() -> (Duration, Duration) {
    cpu_and_children("self")
}

/// User and system time of all threads of another process, while it lives, and of its children that have ended.
pub(crate) fn cpu_of(pid: u32) -> Duration {
    let (own, children) = cpu_and_children(&pid.to_string());
    own + children
}

fn cpu_and_children(process: &str) -> (Duration, Duration) {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces; utime is the twelfth field after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<u32> = fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system, child_user, child_system] => (TICK * (user + system), TICK * (child_user + child_system)),
        _ => Default::default(),
    }
}

/// Tells the system to forget what it holds of the files under a path, after writing out what is not on the disk yet (GNU dd's
/// `nocache`, "advise to drop cache for whole file"); says whether it could be told.
pub(crate) fn forget_files(path: &Path) -> bool {
    fs::read_dir(path).unwrap().map(Result::unwrap).all(|entry| {
        if entry.metadata().unwrap().is_dir() {
            return forget_files(&entry.path());
        }
        fs::File::open(entry.path()).and_then(|file| file.sync_all()).unwrap();
        let mut command = Command::new("dd");
        command.arg(format!("if={}", entry.path().display()));
        command.args(["iflag=nocache", "count=0", "status=none"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// The bytes that a process has in memory now.
pub(crate) fn memory() -> u64 {
    status("self", "VmRSS:")
}

/// The most bytes that this process has had in memory.
pub(crate) fn peak_memory() -> u64 {
    status("self", "VmHWM:")
}

/// The same of another process, while it lives.
pub(crate) fn peak_memory_of(pid: u32) -> u64 {
    status(&pid.to_string(), "VmHWM:")
}

fn status(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    kilobytes * 1024
}
