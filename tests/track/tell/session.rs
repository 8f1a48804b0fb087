//! `morgue tell` and `morgue changes --when`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn morgue(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
    command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("MORGUE_ARCHIVE", dir.join("archive"));
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Adds a version of the story; its text is the whole of it.
fn add(dir: &Path, day: u32, text: &str) {
    let row = format!(
        "{{\"url\":\"https://news.example/bridge\",\"captured_at\":\"2026-03-{day:02}T08:00:00Z\",\"headline\":\"Bridge collapse\",\"text\":{text:?}}}\n"
    );
    fs::write(dir.join("rows.jsonl"), row).unwrap();
    let done = morgue(dir, &["-q", "import", "rows.jsonl"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_session_tells_each_change_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let config = "[[tell]]\nname = \"desk\"\nkind = \"command\"\nshell = 'echo \"$MORGUE_SUMMARY\" >> told'\n\
                  [[tell]]\nname = \"feed\"\nkind = \"atom\"\nfile = \"changes.atom\"\nwhen = \"significance > 0.99\"\n";
    fs::write(dir.join("tell.toml"), config).unwrap();
    add(dir, 1, "At least 17 people died, Mayor Lund said.");
    let once = ["tell", "--config", "tell.toml", "--once"];
    let first = morgue(dir, &once);
    assert_eq!((first.status.code(), text(&first.stdout).as_str(), text(&first.stderr).as_str()), (Some(0), "", ""));
    add(dir, 2, "At least 22 people died, Mayor Lund said.");
    let seen = morgue(dir, &["tell", "--config", "tell.toml", "--dry-run"]);
    assert_eq!(text(&seen.stdout), "desk  Bridge collapse: 17 -> 22 people; no notice\n");
    assert!(!dir.join("told").exists());
    let told = morgue(dir, &once);
    assert_eq!(text(&told.stdout), text(&seen.stdout), "{}", text(&told.stderr));
    assert_eq!(text(&morgue(dir, &once).stdout), "");
    assert_eq!(fs::read_to_string(dir.join("told")).unwrap(), "17 -> 22 people; no notice\n");
    assert!(fs::read_to_string(dir.join("changes.atom")).unwrap().contains("<feed"));
    add(dir, 3, "At least 23 people died, Mayor Lund said.");
    let json = morgue(dir, &["tell", "--config", "tell.toml", "--once", "--json"]);
    let row: Value = serde_json::from_str(text(&json.stdout).trim_end()).unwrap();
    assert_eq!((&row["target"], &row["told"][0]["changes"]), (&"desk".into(), &1.into()));
}

#[test]
fn what_cannot_be_told_is_said_and_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let config = "[[tell]]\nname = \"desk\"\nkind = \"command\"\nfrom = \"start\"\nshell = 'echo \"no \\u001B[31m paper\" >&2; exit 3'\n";
    add(dir, 1, "At least 17 people died.");
    add(dir, 2, "At least 22 people died.");
    fs::write(dir.join("archive/track.toml"), config).unwrap();
    let told = morgue(dir, &["tell", "--once"]);
    assert_eq!(told.status.code(), Some(2));
    let said = text(&told.stderr);
    assert!(said.starts_with("warning: desk: not told after 1 try: sh ended with exit status: 3: no "), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_configuration_that_does_not_do_is_an_error_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    add(dir, 1, "At least 17 people died.");
    for (config, expected) in [
        (
            None,
            "error: cannot read tell.toml: No such file or directory\nhint: name the file that describes the targets",
        ),
        (Some(""), "error: tell.toml: it describes no target\nhint: a target is a [[tell]]"),
        (
            Some("[[tell]]\nname = \"x\"\nkind = \"mail\"\n"),
            "error: tell.toml: target \"x\", to: a target of kind \"mail\" needs it\n",
        ),
    ] {
        if let Some(config) = config {
            fs::write(dir.join("tell.toml"), config).unwrap();
        }
        let failed = morgue(dir, &["tell", "--config", "tell.toml", "--once"]);
        assert_eq!(failed.status.code(), Some(2));
        assert!(text(&failed.stderr).starts_with(expected), "{}", text(&failed.stderr));
    }
}

#[test]
fn changes_are_filtered_by_an_expression() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    add(dir, 1, "At least 17 people died.");
    add(dir, 2, "At least 22 people died.");
    add(dir, 3, "At least 22 people died. A crack was found.");
    let of = |when: &str| {
        text(&morgue(dir, &["changes", "--when", when]).stdout)
            .lines()
            .map(|line| line[..7].trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("first"), ["1"]);
    assert_eq!(of("number and host ~ *.example"), ["2", ""]);
    assert_eq!(of("edit and not number"), ["3", ""]);
    assert_eq!(of("text ~ crack"), ["3", ""]);
    let failed = morgue(dir, &["changes", "--when", "number and"]);
    assert_eq!(failed.status.code(), Some(2));
    assert!(
        text(&failed.stderr).contains("column 11: expected `not`, `(`, a kind or class"),
        "{}",
        text(&failed.stderr)
    );
}
