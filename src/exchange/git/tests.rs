use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::exchange::door::read_all;
use crate::model::{Article, NewCapture, NewOutcome, StoryKey, Timestamp};

fn git(path: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(path).args(["-c", "user.name=Test", "-c", "user.email=", "-c", "init.defaultBranch=main"]);
    command.env("GIT_COMMITTER_DATE", "1772352000 +0000").env("GIT_CONFIG_GLOBAL", "/dev/null").args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn commit(path: &Path, files: &[(&str, &[u8])]) {
    for (name, text) in files {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "--allow-empty", "-m", "x"]);
}

fn read(path: &Path, layout: Layout, glob: Option<&str>) -> (Vec<NewCapture>, Vec<String>) {
    read_all(&mut GitReader::open(path, layout, glob).unwrap())
}

fn seen(captures: &[NewCapture]) -> Vec<(&str, String, String)> {
    let text = |capture: &NewCapture| match &capture.outcome {
        NewOutcome::Article(article) => article.text(),
        other => format!("{other:?}"),
    };
    captures.iter().map(|capture| (capture.key.as_str(), capture.captured_at.to_string(), text(capture))).collect()
}

#[test]
fn the_history_of_files_is_that_of_stories() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    git(path, &["init", "-q"]);
    commit(path, &[("a b.txt", b"It rained."), ("news/ö.md", b"---\nurl: https://news.example/o\n---\nOne.\n")]);
    commit(path, &[("a b.txt", b"It snowed."), ("p.png", b"\0PNG")]);
    std::fs::rename(path.join("news/ö.md"), path.join("news/p.md")).unwrap();
    commit(path, &[("latin.txt", b"caf\xe9")]);
    std::fs::remove_file(path.join("a b.txt")).unwrap();
    commit(path, &[]);
    let (captures, told) = read(path, Layout::Text, None);
    let at = |micros: &str| format!("2026-03-01T08:00:00{micros}Z");
    assert_eq!(
        seen(&captures),
        [
            ("a b.txt", at(""), "It rained.".to_owned()),
            ("https://news.example/o", at(""), "One.".to_owned()),
            ("a b.txt", at(".000001"), "It snowed.".to_owned()),
            ("https://news.example/o", at(".000001"), "One.".to_owned()),
            ("a b.txt", at(".000002"), "Gone".to_owned()),
        ]
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("latin.txt in commit") && told[0].contains("not UTF-8"), "{told:?}");
    assert_eq!(told[1], "files that are no text were skipped (1 time)");
    let (captures, _) = read(path, Layout::Text, Some("news/**"));
    assert_eq!(captures.len(), 2);
}

#[test]
fn the_files_of_newsdiffs_are_read_in_their_own_way() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    commit(
        dir.path(),
        &[("www.news.example/2026/bridge", b"2026-02-28\nBridge closed\nBy Ada Lund\n\nA crack.\n\nA detour.\n")],
    );
    let (captures, told) = read(dir.path(), Layout::NewsDiffs, None);
    assert_eq!((captures.len(), told), (1, vec![]));
    assert_eq!(captures[0].key.as_str(), "http://www.news.example/2026/bridge");
    let article = Article::new("Bridge closed").with_byline(["By Ada Lund"]).with_text("A crack.\n\nA detour.");
    assert_eq!(captures[0].outcome, NewOutcome::Article(article));
    assert_eq!(captures[0].observation.published_at.unwrap().date(), "2026-02-28");
}

#[test]
fn what_is_no_repository_is_refused_in_the_words_of_git() {
    let dir = tempfile::tempdir().unwrap();
    let error = GitReader::open(dir.path(), Layout::Text, None).unwrap_err();
    assert!(error.to_string().contains("not a git repository"), "{error}");
    git(dir.path(), &["init", "-q"]);
    assert!(matches!(GitReader::open(dir.path(), Layout::Text, None), Err(GitError::Refused { .. })));
}

#[test]
fn git_takes_what_is_written_and_it_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (StoryKey::url("https://news.example/bridge").unwrap(), StoryKey::id("wire 7").unwrap());
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let article = Article::new("Bridge: \"closed\" 1.10").with_deck("---").with_byline(["Ada <Lund>", "Bo Ek"]);
    let first = article.clone().with_text("A crack.\n\n--- no end\n\ndate 2026-01-01 x");
    let second = article.with_text("A crack.\n\nA detour.");
    let mut writer = GitWriter::new(Vec::new()).unwrap();
    writer.revision(&one, 1, at("2026-03-01"), &first, "Bridge: first seen\n\nrevision #1").unwrap();
    writer.revision(&one, 2, at("2026-03-03"), &second, "Bridge: words +2").unwrap();
    writer.revision(&other, 1, at("2026-03-02"), &Article::new("").with_text("Rain."), "wire 7").unwrap();
    writer.revision(&other, 1, at("1969-01-01"), &Article::default(), "").unwrap();
    let stream = writer.finish().unwrap();
    git(dir.path(), &["init", "-q"]);
    let mut import = Command::new("git");
    import.arg("-C").arg(dir.path()).args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut child = import.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&stream).unwrap();
    assert!(child.wait().unwrap().success());
    let log = git(dir.path(), &["log", "--format=%as %an: %s", "main"]);
    assert_eq!(
        log.lines().collect::<Vec<_>>(),
        [
            "2026-03-03 Ada  Lund , Bo Ek: Bridge: words +2",
            "2026-03-02 unknown: wire 7",
            "2026-03-01 Ada  Lund , Bo Ek: Bridge: first seen",
            "1970-01-01 unknown: "
        ]
    );
    git(dir.path(), &["symbolic-ref", "HEAD", "refs/heads/main"]);
    let (captures, told) = read(dir.path(), Layout::Text, Some("news.example/**"));
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(
        captures,
        [NewCapture::article(one.clone(), at("2026-03-01"), first), NewCapture::article(one, at("2026-03-03"), second),]
    );
}
