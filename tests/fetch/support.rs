//! What the tests here share.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use morgue::Timestamp;
use morgue::fetch::{Client, Clock, Fetcher, Options};

/// Options with which a server of this machine can be asked, and that no test waits long for.
pub(crate) fn options() -> Options {
    Options { allow_private: true, ..Options::default() }
}

/// A fetcher with a clock that moves by what is slept.
pub(crate) fn fetcher(options: Options) -> (Fetcher, Arc<SimulatedClock>) {
    let clock = Arc::new(SimulatedClock(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap())));
    (Fetcher::new(Client::new(options), Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

/// A clock that moves by what is slept.
#[derive(Debug)]
pub(crate) struct SimulatedClock(Mutex<Timestamp>);

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = Timestamp::from_micros(now.as_micros() + i64::try_from(time.as_micros()).unwrap()).unwrap();
    }
}

/// Runs the command on an archive, with nothing in the environment that could change what it does.
pub(crate) fn morgue(archive: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
    command.env_clear().env("LC_ALL", "C.UTF-8").arg("--archive").arg(archive).args(args).stdin(Stdio::null());
    command.output().unwrap()
}

/// What a command prints that must end with an exit code.
pub(crate) fn ends_with(code: i32, archive: &Path, args: &[&str]) -> (String, String) {
    let output = morgue(archive, args);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{args:?}: {out}{err}");
    (out, err)
}

/// What a command that must succeed prints.
pub(crate) fn run(archive: &Path, args: &[&str]) -> String {
    ends_with(0, archive, args).0
}

/// The lines of JSON of a command that must succeed.
pub(crate) fn rows(archive: &Path, args: &[&str]) -> Vec<serde_json::Value> {
    let text = run(archive, &[args, &["--json"]].concat());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
