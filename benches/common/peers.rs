//! Peers that only pack: git after its garbage collection, and compressors that see everything at once.
//!
//! They take minutes and always come to the same, so what they gave is kept under cargo's target directory, by the input's hash.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use morgue::ArticleHash;
use morgue::text::canonical;

use super::git::{self, Git, Layout};
use super::work::Work;
use super::{Disk, directory};

/// What a peer made of a corpus.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed {
    pub(crate) disk: Disk,
    pub(crate) seconds: f64,
    /// How many versions were read back and compared; a compressor's output is not.
    pub(crate) equal: u64,
    /// It is from an earlier run.
    pub(crate) is_kept: bool,
}

/// A peer that only packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Git(Layout),
    Xz,
    Zstd,
}

impl Peer {
    pub(crate) const ALL: [Self; 4] = [Self::Git(Layout::Folders), Self::Git(Layout::Flat), Self::Xz, Self::Zstd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Git(Layout::Folders) => "git gc --aggressive, pack + idx",
            Self::Git(Layout::Flat) => "the same, all files in one folder",
            Self::Xz => "xz -9e of everything",
            Self::Zstd => "zstd -19 --long of everything",
        }
    }

    fn command(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Git(_) => ("git", &["gc", "--quiet", "--aggressive", "--prune=now"]),
            Self::Xz => ("xz", &["-9e", "-T1", "-c", "-q"]),
            Self::Zstd => ("zstd", &["-19", "--long", "-c", "-q"]),
        }
    }

    /// Packs a corpus, or says what an earlier run came to. `None`, said on stdout, where the tool is missing.
    pub(crate) fn pack(self, work: &Work) -> Option<Packed> {
        let (program, _) = self.command();
        let Ok(version) = Command::new(program).arg("--version").output() else {
            println!("{}: skipped, there is no {program}", self.name());
            return None;
        };
        let kept = self.kept(work, &version.stdout);
        let fresh = std::env::args().any(|word| word == "--fresh");
        if let Some(packed) = fs::read_to_string(&kept).ok().filter(|_| !fresh).and_then(|text| parse(&text)) {
            return Some(packed);
        }
        let begin = Instant::now();
        let (disk, seconds, equal) = match self {
            Self::Git(layout) => collect_garbage(layout, work),
            _ => (self.compress(work), begin.elapsed().as_secs_f64(), 0),
        };
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::write(kept, format!("{} {} {seconds} {equal}", disk.length, disk.allocated)).unwrap();
        Some(Packed { disk, seconds, equal, is_kept: false })
    }

    /// The file for what it comes to: named by all that it depends on.
    fn kept(self, work: &Work, version: &[u8]) -> PathBuf {
        let mut what = format!("{self:?} {:?} {}", self.command(), String::from_utf8_lossy(version));
        match work {
            Work::Corpus(path) => what.push_str(&ArticleHash::of(&fs::read(path).unwrap()).to_string()),
            Work::Generated(crawl) => write!(what, "{crawl:?}").unwrap(),
        }
        let name: String = ArticleHash::of(what.as_bytes()).to_string().chars().take(16).collect();
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers").join(name)
    }

    /// Gives a compressor all that is to be kept: keys, times, texts.
    fn compress(self, work: &Work) -> Disk {
        let (program, arguments) = self.command();
        let mut command = Command::new(program);
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = BufWriter::with_capacity(1 << 20, child.stdin.take().unwrap());
        let mut output = child.stdout.take().unwrap();
        let bytes = thread::scope(|scope| {
            let count = scope.spawn(move || {
                let mut buffer = vec![0; 1 << 16];
                std::iter::from_fn(|| Some(output.read(&mut buffer).unwrap() as u64).filter(|read| *read > 0)).sum()
            });
            for capture in work.captures() {
                let text = canonical(capture.outcome.text().unwrap()).unwrap().text;
                writeln!(input, "{} {}\n{text}", capture.key.as_str(), capture.captured_at).unwrap();
            }
            drop(input);
            count.join().unwrap()
        });
        assert!(child.wait().unwrap().success(), "{program}");
        Disk { length: bytes, allocated: bytes.next_multiple_of(4096) }
    }
}

/// Imports all versions, one commit each, and lets git pack them; reads each back. The time is that of packing alone.
fn collect_garbage(layout: Layout, work: &Work) -> (Disk, f64, u64) {
    let directory = directory();
    let git = Git::import(&directory.path().join("git"), layout, work.captures());
    let begin = Instant::now();
    git.collect_garbage();
    let seconds = begin.elapsed().as_secs_f64();
    let mut reader = git.reader();
    let pairs = work.captures().zip(&git.texts);
    let equal =
        pairs.filter(|(capture, name)| reader.text(name) == git::plain(capture.outcome.text().unwrap())).count();
    (git.packs(), seconds, equal as u64)
}

fn parse(text: &str) -> Option<Packed> {
    let mut words = text.split(' ');
    let mut next = || words.next()?.parse::<f64>().ok();
    let disk = Disk { length: next()? as u64, allocated: next()? as u64 };
    Some(Packed { disk, seconds: next()?, equal: next()? as u64, is_kept: true })
}
