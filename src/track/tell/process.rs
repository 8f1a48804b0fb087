//! A program that is given something, and must end.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::channel::Failure;

/// How much is kept of what a program says of its failure.
const MAX_WORDS: u64 = 4 << 10;

/// Runs a program with its input on stdin until it ends, or is ended together with all that it started in its process group.
///
/// What it writes to stdout is thrown away, and of stderr the beginning is a part of the failure.
pub(super) fn run(mut command: Command, input: Vec<u8>, timeout: Duration) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| Failure::later(format!("cannot run {program}: {error}")))?;
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    // In threads of their own, as a program may neither read nor close what it was given.
    thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program need not read it.
            let _ = stdin.write_all(&input);
        }
    });
    let (sender, words) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut stderr) = stderr else { return };
        let mut start = Vec::new();
        let _ = stderr.by_ref().take(MAX_WORDS).read_to_end(&mut start);
        let _ = sender.send(start);
        let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    });
    let status = wait(&mut child, timeout).map_err(|error| Failure::later(format!("{program}: {error}")))?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            // What it started may hold stderr open.
            let words = words.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
            Err(Failure::later(said(&program, status, &words)))
        }
        None => Err(Failure::later(format!("{program} was ended after {} s", timeout.as_secs()))),
    }
}

/// Waits for the end of a program; `None` when it had to be ended.
fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= timeout {
            end(child);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = rustix::process::Pid::from_child(child);
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

fn said(program: &str, status: ExitStatus, words: &[u8]) -> String {
    let words = String::from_utf8_lossy(words);
    let first = words.lines().map(str::trim).find(|line| !line.is_empty());
    match first {
        Some(line) => format!("{program} ended with {status}: {line}"),
        None => format!("{program} ended with {status}"),
    }
}
