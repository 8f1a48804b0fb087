//! Sessions with the command: what is typed, what comes out on stdout and stderr, and the exit code.
//!
//! A session is a file `tests/cli/NAME.md`. Its `console` blocks hold commands (`$ `), run by `sh` one after the other in one
//! new directory that holds the files of `tests/cli/fixtures`; then what they printed on stdout, what they printed on stderr
//! (`! `), and the exit code unless it is 0 (`? `). `MORGUE_BLESS=1 cargo test --test cli` writes down what comes out now: read
//! the difference before it is committed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use morgue::engine::{Commit, Engine, Order, SledEngine, SledOptions, prefix_range};
use morgue::{ArticleHash, Durability, Timestamp};

macro_rules! sessions {
    ($($name:ident),* $(,)?) => {
        const SESSIONS: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { play(stringify!($name)); })*
    };
}

sessions! {
    add, add_page, bad_use, blame, changes, check, compact, compare, diff, export, help, import, list, log, migrate, quickstart, report, salvage,
    show, stats, story, terminal, timeline, two_engines,
}

#[test]
fn every_session_is_played() {
    let mut found: Vec<String> = fs::read_dir(sessions_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, SESSIONS);
}

fn sessions_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

/// A directory of its own with the fixtures, and a shell in it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(sessions_dir().join("fixtures")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The environment of a user with nothing set.
    fn prepare(&self, command: &mut Command) {
        let bin = Path::new(env!("CARGO_BIN_EXE_morgue")).parent().unwrap();
        let path = std::env::join_paths([bin, Path::new("/usr/local/bin"), Path::new("/usr/bin"), Path::new("/bin")]);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path.unwrap())
            .env("HOME", self.path().join("home"))
            .env("LC_ALL", "C.UTF-8");
    }

    fn sh(&self, line: &str) -> Output {
        let mut command = Command::new("sh");
        self.prepare(command.args(["-c", line]).stdin(Stdio::null()));
        command.output().unwrap()
    }

    fn morgue(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
        self.prepare(command.args(args));
        command
    }

    /// Everything that differs from run to run is put into words, here and nowhere else.
    fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.path().display().to_string(), "[DIR]");
        let now: Timestamp = chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).into();
        for day in [now, Timestamp::from_micros(now.as_micros() - 86_400_000_000).unwrap()] {
            text = redact_times(&text, &day.date());
        }
        for (before, after, what) in [
            (" in ", " ms\n", "[TIME]"),
            (" in ", " a second)", "[TIME] s ([RATE]"),
            (" rows kept, ", " a second", "[RATE]"),
            ("\"seconds\":", "}", "[TIME]"),
            ("on disk ", "\n", "[SIZE]"),
            ("\"bytes_disk\":", ",", "[SIZE]"),
            ("and up to ", " more disk", "[SIZE]"),
            ("(now ", ")", "[SIZE]"),
        ] {
            text = redact_between(&text, before, after, what);
        }
        text
    }
}

/// Replaces `2026-03-01T12:00:00.123Z`, `2026-03-01 12:00` and `2026-03-01` for one day.
fn redact_times(text: &str, day: &str) -> String {
    let mut parts = text.split(day);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_time = |start: char| {
            part.starts_with(start)
                && part[1..].starts_with(|digit: char| digit.is_ascii_digit())
                && part.get(3..4) == Some(":")
        };
        let (name, rest) = if is_time('T') {
            ("[NOW]", part.split_once('Z').map_or("", |(_, rest)| rest))
        } else if is_time(' ') {
            ("[NOW]", &part[6..])
        } else {
            ("[TODAY]", part)
        };
        redacted.push_str(name);
        redacted.push_str(rest);
    }
    redacted
}

/// Replaces what stands between two marks in one line.
fn redact_between(text: &str, before: &str, after: &str, what: &str) -> String {
    let mut lines = String::new();
    for line in text.split_inclusive('\n') {
        let found = line.find(before).and_then(|at| {
            let start = at + before.len();
            let end = start + line[start..].find(after)?;
            Some((start, end))
        });
        match found {
            Some((start, end)) => lines.push_str(&format!("{}{what}{}", &line[..start], &line[end..])),
            None => lines.push_str(line),
        }
    }
    lines
}

fn play(name: &str) {
    play_file(&sessions_dir().join(format!("{name}.md")));
}

#[test]
fn the_sessions_in_the_readme_are_true() {
    play_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
}

fn play_file(path: &Path) {
    let written = fs::read_to_string(path).unwrap();
    let played = replay(&written);
    if std::env::var_os("MORGUE_BLESS").is_some() {
        fs::write(path, played).unwrap();
        return;
    }
    if written != played {
        let differs = |(old, new): &(&str, &str)| old != new;
        let at = written.lines().zip(played.lines()).take_while(|pair| !differs(pair)).count();
        let part = |text: &str| text.lines().skip(at.saturating_sub(3)).take(12).collect::<Vec<_>>().join("\n");
        panic!(
            "{} does not say what comes out, from line {}.\n--- written\n{}\n--- comes out\n{}\n",
            path.display(),
            at + 1,
            part(&written),
            part(&played)
        );
    }
}

/// The same file with what the commands print now.
fn replay(written: &str) -> String {
    let desk = Desk::new();
    if written.contains("--archive old") {
        write_old_archive(&desk.path().join("old"), |_, _| {});
        // The text of the earliest capture of the story, which nothing hangs on.
        write_old_archive(&desk.path().join("hurt"), |row, value| {
            if row.starts_with(b"\x03\0\0\0\0\0\0\0\x01\xc6") {
                value[40] ^= 1;
            }
        });
    }
    // The server that a session speaks of is at another port here, as that one may be taken.
    let server = written.contains(SERVER).then(|| serve(desk.path().join("site")));
    let port = |text: &str| server.as_ref().map_or_else(|| text.to_owned(), |port| text.replace(SERVER, port));
    let mut played = String::new();
    let mut in_session = false;
    for line in written.lines() {
        match (in_session, line.strip_prefix("$ ")) {
            (_, _) if line.starts_with("```") => {
                in_session = line == "```console";
                writeln!(played, "{line}").unwrap();
            }
            (true, Some(command)) => {
                writeln!(played, "{line}").unwrap();
                let said = said(&desk, &desk.sh(&port(command)));
                played.push_str(&server.as_ref().map_or_else(|| said.clone(), |port| said.replace(port, SERVER)));
            }
            (true, None) => {}
            (false, _) => writeln!(played, "{line}").unwrap(),
        }
    }
    played
}

/// Where the sessions have a web server.
const SERVER: &str = "127.0.0.1:8765";

/// Serves the files of a directory until the process ends; returns the address.
fn serve(directory: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let path = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)).unwrap_or_default();
            lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
            // No path of a session leads out of the directory.
            let (status, body) = match fs::read(directory.join(path.trim_start_matches('/'))) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let kind = if path.ends_with(".xml") { "application/rss+xml" } else { "text/html; charset=utf-8" };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // Who goes away misses it.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    address
}

/// Makes the archive that the program of version 1 made: its rows are in `migrations/v1_to_v2/before.dump`.
fn write_old_archive(path: &Path, hurt: impl Fn(&[u8], &mut Vec<u8>)) {
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/v1_to_v2/before.dump");
    let bytes = |hex: &str| {
        let digits = hex.as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect::<Vec<u8>>()
    };
    let text = fs::read_to_string(dump).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').unwrap());
    let writes = rows.map(|(row, value)| {
        let (row, mut value) = (bytes(row), bytes(value));
        hurt(&row, &mut value);
        (row, Some(value))
    });
    let engine = SledEngine::open(path, &SledOptions::default().create(true)).unwrap();
    let commit = Commit { writes: writes.collect(), ..Commit::default() };
    engine.commit(&commit, Durability::Synced).unwrap();
    fs::write(path.join("MORGUE"), "morgue archive\nengine: sled\n").unwrap();
}

#[test]
fn what_the_program_of_version_1_printed_is_printed_after_the_migration() {
    let desk = Desk::new();
    write_old_archive(&desk.path().join("old"), |_, _| {});
    assert!(desk.sh("morgue --archive old -q migrate").status.success());
    for (command, file) in
        [("export", "golden.jsonl"), ("--json changes", "changes.jsonl"), ("--json list", "list.jsonl")]
    {
        let printed = String::from_utf8(desk.sh(&format!("morgue -q --archive old {command}")).stdout).unwrap();
        let then = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/v1_to_v2").join(file);
        assert_eq!(printed, fs::read_to_string(then).unwrap(), "{command}");
    }
    // A cursor that was noted before goes on behind what it was noted at.
    let changes = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/v1_to_v2/changes.jsonl"));
    let changes = changes.unwrap();
    let (first, rest) = changes.split_at(changes.match_indices('\n').nth(9).unwrap().0 + 1);
    let cursor = first.lines().last().unwrap().split("\"cursor\":\"").nth(1).unwrap().split('"').next().unwrap();
    let printed = desk.sh(&format!("morgue --archive old --json changes --since {cursor}")).stdout;
    assert_eq!(String::from_utf8(printed).unwrap(), rest);
}

fn said(desk: &Desk, output: &Output) -> String {
    let text = |bytes: &[u8]| desk.redact(std::str::from_utf8(bytes).expect("the output is UTF-8"));
    let mut said = String::new();
    // An escape code in a file of the project would harm its readers as well.
    for line in text(&output.stdout).lines() {
        writeln!(said, "{}", line.replace('\u{1b}', "<ESC>")).unwrap();
    }
    for line in text(&output.stderr).lines() {
        writeln!(said, "! {}", line.replace('\u{1b}', "<ESC>")).unwrap();
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(said, "? {code}").unwrap(),
        None => writeln!(said, "? killed").unwrap(),
    }
    said
}

#[test]
fn the_canonical_bytes_hash_to_what_is_shown() {
    let desk = Desk::new();
    assert!(desk.sh("morgue -q add bridge.txt").status.success());
    let canonical = desk.sh("morgue --color always show bridge --canonical").stdout;
    let shown = desk.sh("morgue show bridge --json").stdout;
    let hash = ArticleHash::of(&canonical).to_string();
    assert!(String::from_utf8(shown).unwrap().contains(&format!("\"hash\":\"{hash}\"")));
}

#[test]
fn another_process_is_named_and_the_exit_code_is_3() {
    let desk = Desk::new();
    assert!(desk.sh("morgue -q add bridge.txt").status.success());
    let mut holder = desk
        .morgue(&["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let refused = until(|| {
        // Who only reads is let in.
        let output = desk.sh("morgue add bridge.txt");
        (output.status.code() == Some(3)).then_some(output)
    });
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains(&format!("process {}", holder.id())), "{message}");
    assert!(message.contains("\nhint: "), "{message}");
    assert!(refused.stdout.is_empty());
    // Files are read while the archive is opened: nothing of them is told when that fails.
    fs::write(desk.path().join("rows.jsonl"), "what is this\n".repeat(100_000)).unwrap();
    let refused = desk.sh("morgue import rows.jsonl");
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(3), &b""[..]));
    assert_eq!(String::from_utf8(refused.stderr).unwrap(), message);
    // And a pipe that gives nothing is not waited for.
    let mut waiting = desk.morgue(&["import", "-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(until(|| waiting.try_wait().unwrap()).code(), Some(3));
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert_eq!(desk.sh("morgue stats").status.code(), Some(0));
}

#[test]
fn ctrl_c_ends_an_import_in_good_order_and_it_can_go_on() {
    let desk = Desk::new();
    let rows: String = (0..50)
        .map(|number| format!("{{\"id\":\"s{number}\",\"captured_at\":\"2026-03-01\",\"text\":\"Row {number}.\"}}\n"))
        .collect();
    let mut import = desk
        .morgue(&["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    stdin.write_all(rows.as_bytes()).unwrap();
    stdin.flush().unwrap();
    // The handler is set before the first row is read, and the pipe stays open, so that the import cannot be done.
    until(|| desk.path().join("home/.local/share/morgue/MORGUE").exists().then_some(()));
    sleep(Duration::from_secs(1));
    assert!(Command::new("kill").args(["-INT", &import.id().to_string()]).status().unwrap().success());
    sleep(Duration::from_millis(300));
    // One more row lets the reader look up.
    let _ = stdin.write_all(b"{\"id\":\"late\",\"captured_at\":\"2026-03-01\",\"text\":\"Too late.\"}\n");
    drop(stdin);
    let output = import.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("run the same import again to go on"), "{said}");
    let kept = String::from_utf8(desk.sh("morgue stats --json").stdout).unwrap();
    assert!(kept.contains("\"captures\":50") || kept.contains("\"captures\":51"), "{kept}");
}

#[test]
fn followed_changes_come_while_others_write_and_ctrl_c_ends_it() {
    let desk = Desk::new();
    assert!(desk.sh("morgue -q add bridge.txt").status.success());
    let out = desk.path().join("followed.jsonl");
    let mut follow = desk
        .morgue(&["changes", "--follow", "--json"])
        .stdout(fs::File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || fs::read_to_string(&out).unwrap().matches('\n').count();
    until(|| (lines() == 1).then_some(()));
    assert!(desk.sh("cp bridge-2.txt bridge.txt; morgue -q add bridge.txt").status.success());
    until(|| (lines() == 2).then_some(()));
    assert!(Command::new("kill").args(["-INT", &follow.id().to_string()]).status().unwrap().success());
    assert_eq!(follow.wait().unwrap().code(), Some(130));
    assert_eq!(lines(), 2);
}

/// sled may hang; an import must not. Only another process can open the archive then, so the command becomes one.
#[cfg(unix)]
#[test]
fn an_import_whose_engine_stalls_goes_on_by_itself() {
    let rows: String = (0..300)
        .map(|number| {
            let alias = if number % 50 == 7 { ",\"aliases\":[\"other\"]" } else { "" };
            let bad = if number == 3 || number == 250 { "{\"id\":\n" } else { "" };
            format!(
                "{bad}{{\"id\":\"s{}\",\"captured_at\":\"2026-03-{:02}\",\"text\":\"Row {number}.\"{alias}}}\n",
                number % 40,
                1 + number / 40
            )
        })
        .collect();
    let import = |stall: Option<u32>| {
        let desk = Desk::new();
        fs::write(desk.path().join("rows.jsonl"), &rows).unwrap();
        let mut command = desk.morgue(&["import", "--batch", "20", "rows.jsonl", "--json"]);
        if let Some(calls) = stall {
            command.env("MORGUE_TEST_STALL", calls.to_string());
        }
        let output = command.output().unwrap();
        let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(2), "two rows are bad: {said}");
        let counts = out.split(",\"seconds\"").next().unwrap().to_owned();
        let export = desk.sh("morgue export").stdout;
        assert_eq!(desk.sh("morgue check --deep").status.code(), Some(0));
        (counts, export, said)
    };
    let (counts, export, said) = import(None);
    assert!(counts.contains("\"captures\":300") && !said.contains("stalled"), "{counts}{said}");
    assert_eq!(said.matches("rows.jsonl:").count(), 2, "{said}");
    for calls in [1, 9, 25] {
        let (counts_after, export_after, said) = import(Some(calls));
        assert!(said.contains("warning: the engine stalled; opening the archive again and going on behind"), "{said}");
        assert_eq!(said.matches("rows.jsonl:").count(), 2, "no bad row is told twice: {said}");
        assert_eq!(export_after, export, "after {calls} calls");
        // What a process kept and could not report is known to the next one.
        let stable = |counts: &str| counts.split(",\"").find(|part| part.contains("read")).unwrap().to_owned();
        assert_eq!(stable(&counts_after), stable(&counts));
    }
}

/// Opens the engine of the desk's archive without the archive above it.
fn engine(desk: &Desk) -> SledEngine {
    let options = SledOptions::default().create(false).lock_wait(Duration::from_secs(10));
    SledEngine::open(desk.path().join("home/.local/share/morgue"), &options).unwrap()
}

fn write(desk: &Desk, key: Vec<u8>, value: Option<Vec<u8>>) {
    let commit = Commit { writes: vec![(key, value)], ..Commit::default() };
    engine(desk).commit(&commit, Durability::Synced).unwrap();
}

#[test]
fn a_text_that_is_gone_is_named_and_the_exit_code_is_4() {
    let desk = Desk::new();
    assert!(desk.sh("morgue -q add bridge.txt").status.success());
    // The keyspace of packs, as FORMAT.md has it.
    let (key, _) = engine(&desk).scan(prefix_range(&[0x05]), Order::Ascending).next().unwrap().unwrap();
    write(&desk, key, None);
    for command in ["show bridge", "check"] {
        let output = desk.sh(&format!("morgue {command}"));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(4), "{command}: {said}");
        assert!(said.contains("file:bridge.txt") && said.contains("\nhint: "), "{command}: {said}");
    }
}

#[test]
fn a_newer_archive_is_refused_in_words_and_the_exit_code_is_5() {
    let desk = Desk::new();
    assert!(desk.sh("morgue -q add bridge.txt").status.success());
    let key = b"\0format".to_vec();
    // Version byte, the number 4, and the checksum over key and record.
    let mut record = vec![1, 4];
    let checked = [&(key.len() as u64).to_le_bytes()[..], &key, &record].concat();
    record.extend(&blake3::hash(&checked).as_bytes()[..8]);
    write(&desk, key, Some(record));
    for command in ["list", "add harbour.txt", "migrate", "check"] {
        let output = desk.sh(&format!("morgue {command}"));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{command}: {said}");
        assert!(said.contains("format version 4") && said.contains("hint: use a newer morgue"), "{command}: {said}");
    }
}

/// Waits for an answer, at most a minute.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it did not happen within a minute");
        sleep(Duration::from_millis(50));
    }
}
