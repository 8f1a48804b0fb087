//! Programs in processes of their own, and what they use.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::process::{Clock, peak_memory_of};

/// How often it is looked how much memory a process has come to.
const LOOK: Duration = Duration::from_millis(5);

/// What processes have used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// The most memory that one of them has had.
    pub(crate) peak: u64,
}

impl Usage {
    /// Runs a program to its end, which must be one of these exit codes; adds what it has used, and returns what it has printed.
    pub(crate) fn run(&mut self, command: &mut Command, codes: &[i32]) -> String {
        // No other child ends meanwhile, so what the children have used since is this one's.
        let clock = Clock::start();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let reader = thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        let status = loop {
            self.peak = self.peak.max(peak_memory_of(child.id()));
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => thread::sleep(LOOK),
            }
        };
        self.cpu += clock.read().children;
        let text = reader.join().unwrap().unwrap();
        assert!(status.code().is_some_and(|code| codes.contains(&code)), "{command:?}: {status}: {text}");
        text
    }
}
