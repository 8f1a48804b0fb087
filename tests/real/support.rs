//! The corpora, the command, dice.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Returns a corpus, or says on stdout that the test is skipped.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    shared("../shared/corpora", name)
}

/// Returns a file of what is known about diffs, or says on stdout that the test is skipped.
pub(crate) fn truth(name: &str) -> Option<PathBuf> {
    shared("../shared/difftruth", name)
}

fn shared(directory: &str, name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory).join(name);
    if !path.exists() {
        println!("skipped: {directory} not found");
        return None;
    }
    Some(path)
}

/// Whether to take whole corpora where a slice would do.
pub(crate) fn whole() -> bool {
    std::env::var_os("MORGUE_TEST_WHOLE").is_some()
}

/// The lines of a corpus, those of one story side by side.
pub(crate) fn lines(path: &Path) -> Vec<String> {
    let mut text = String::new();
    morgue::exchange::Input::open(path).unwrap().read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The id of a row of a corpus.
pub(crate) fn id(line: &str) -> String {
    let row: serde_json::Value = serde_json::from_str(line).unwrap();
    row["id"].as_str().unwrap().to_owned()
}

/// A slice of a corpus: the rows of every `nth` story.
pub(crate) fn every_nth_story(lines: &[String], nth: usize) -> Vec<String> {
    let (mut last, mut stories, mut slice) = (String::new(), 0, Vec::new());
    for line in lines {
        let id = id(line);
        if id != last {
            stories += 1;
            last = id;
        }
        if stories % nth == 0 {
            slice.push(line.clone());
        }
    }
    slice
}

/// Writes lines to a file.
pub(crate) fn write_lines<'a>(path: &Path, lines: impl IntoIterator<Item = &'a String>) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
}

/// The command on an archive, with nothing in the environment that could change what it does.
pub(crate) fn morgue(archive: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
    command.env_clear().env("LC_ALL", "C.UTF-8").arg("--archive").arg(archive).args(args).stdin(Stdio::null());
    command
}

/// What a command that must succeed prints.
pub(crate) fn run(archive: &Path, args: &[&str]) -> String {
    String::from_utf8(ends_with(0, archive, args).stdout).unwrap()
}

/// Runs a command that must end with an exit code.
pub(crate) fn ends_with(code: i32, archive: &Path, args: &[&str]) -> Output {
    let output = morgue(archive, args).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
    output
}

/// Both streams of a command.
pub(crate) fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text[..text.len().min(4000)]).into_owned()
}

/// Runs a command that must succeed with `--json`, and returns its summary.
pub(crate) fn json(archive: &Path, args: &[&str]) -> serde_json::Value {
    let text = run(archive, &[&["--json", "--quiet"], args].concat());
    serde_json::from_str(&text).unwrap()
}

/// The sum of the lengths of all files under a directory.
pub(crate) fn size(directory: &Path) -> u64 {
    files(directory).iter().map(|file| file.metadata().unwrap().len()).sum()
}

/// All files under a directory, in the order of their paths.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Copies the directory of an archive.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("sled/blobs")).unwrap();
    for file in files(from) {
        fs::copy(&file, to.join(file.strip_prefix(from).unwrap())).unwrap();
    }
}

/// Dice that fall the same way for the same seed (a linear congruential generator, Knuth's constants).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}
