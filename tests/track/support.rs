//! What the tests here share.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use morgue::Timestamp;
use morgue::fetch::Clock;

/// A clock that moves by what is slept.
#[derive(Debug)]
pub(crate) struct SimulatedClock(Mutex<Timestamp>);

impl SimulatedClock {
    pub(crate) fn at(time: &str) -> Self {
        Self(Mutex::new(time.parse().unwrap()))
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = Timestamp::from_micros(now.as_micros() + i64::try_from(time.as_micros()).unwrap()).unwrap();
    }
}

/// Random numbers from 0 to 1, the same in every run (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The command on an archive, with nothing in the environment that could change what it does.
pub(crate) fn command(archive: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
    command.env_clear().env("LC_ALL", "C.UTF-8").arg("--archive").arg(archive).args(args).stdin(Stdio::null());
    command
}

/// What a command prints that must end with an exit code: stdout and stderr.
pub(crate) fn ends_with(code: i32, archive: &Path, args: &[&str]) -> (String, String) {
    let Output { status, stdout, stderr } = command(archive, args).output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(code), "{args:?}: {out}{err}");
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
