//! Programs.

use std::fs;
use std::path::Path;

use morgue::{Archive, NewOutcome};
use serde_json::Value;

use super::support::{Hand, edits, saw, script, see, tell_one, teller};

fn config(command: &str, more: &str) -> String {
    format!("[[tell]]\nname = \"desk\"\nkind = \"command\"\nfrom = \"start\"\n{command}\n{more}\n")
}

fn program(path: &Path) -> String {
    format!("command = [{:?}, \"an argument\"]", path.to_str().unwrap())
}

#[test]
fn a_program_is_given_the_change_as_json_and_in_its_environment() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    saw(&archive, "bridge", 30, NewOutcome::Gone);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let lines = "cd \"$(dirname \"$0\")\"\ncat >> stdin\nprintf '%s|' \"$1\" \"$MORGUE_STORY\" \"$MORGUE_URL\" \"$MORGUE_HOST\" \"$MORGUE_KIND\" \"$MORGUE_SUMMARY\" \"$MORGUE_CLASSES\" \"$MORGUE_TAGS\" \"$MORGUE_REVISION\" \"$MORGUE_SIGNIFICANCE\" >> env\necho >> env";
    script(&path, lines);
    let report = tell_one(&teller(&config(&program(&path), "")), &archive, &Hand::new());
    assert_eq!(report.told.len(), 2, "{report:?}");
    let lines: Vec<Value> = fs::read_to_string(dir.path().join("stdin"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((&lines[0]["kind"], &lines[1]["kind"]), (&Value::from("edit"), &Value::from("gone")));
    assert_eq!(lines[0]["summary"], "17 -> 18 people; no notice");
    let story = "https://news.example/bridge";
    assert_eq!(
        fs::read_to_string(dir.path().join("env")).unwrap(),
        format!(
            "an argument|{story}|{story}|news.example|edit|17 -> 18 people; no notice|number|harbour|2|{}|\n\
             an argument|{story}|{story}|news.example|gone|gone||harbour|||\n",
            lines[0]["significance"]
        )
    );
}

#[test]
fn nothing_of_a_headline_is_run() {
    let archive = Archive::in_memory();
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let hostile = format!("$(touch {0}) `touch {0}` '; touch {0} #", mark.display());
    see(&archive, "bridge", 1, "Bridge", "It is open.");
    see(&archive, "bridge", 2, &hostile, "It is open.");
    let out = dir.path().join("out");
    let shell = format!("shell = '''printf '%s' \"$MORGUE_HEADLINE\" > {}'''", out.display());
    assert_eq!(tell_one(&teller(&config(&shell, "")), &archive, &Hand::new()).told.len(), 1);
    assert_eq!(fs::read_to_string(out).unwrap(), hostile);
    assert!(!mark.exists());
}

#[test]
fn a_program_that_fails_is_run_again_later_and_its_words_are_told() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 3);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    // It fails the second time that it is run.
    script(
        &path,
        "cd \"$(dirname \"$0\")\"\necho \"$MORGUE_DELIVERY $MORGUE_SUMMARY\" >> log\n[ $(wc -l < log) != 2 ] || { echo >&2; echo 'the desk is closed' >&2; exit 7; }",
    );
    let (teller, clock) = (teller(&config(&program(&path), "")), Hand::new());
    let report = tell_one(&teller, &archive, &clock);
    assert_eq!(report.told.len(), 1);
    let reason = report.held.unwrap().reason;
    assert!(reason.ends_with("exit status: 7: the desk is closed"), "{reason}");
    clock.pass(60);
    assert_eq!(tell_one(&teller, &archive, &clock).told.len(), 1);
    let log = fs::read_to_string(dir.path().join("log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_ne!(lines[0], lines[1]);
    assert_eq!(lines[1], lines[2], "the same again, under the same name");
}

#[test]
fn a_program_that_is_not_there_is_said() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let reason =
        tell_one(&teller(&config("command = [\"/nowhere/notify\"]", "")), &archive, &Hand::new()).held.unwrap().reason;
    assert!(reason.starts_with("cannot run /nowhere/notify: No such file"), "{reason}");
}

/// The program itself waits for a child, which holds everything that it was given.
#[test]
fn a_program_that_runs_away_is_ended_with_all_that_it_started() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    script(&path, "cd \"$(dirname \"$0\")\"\nsleep 1000 &\necho $! > child\nwait");
    let reason =
        tell_one(&teller(&config(&program(&path), "timeout = \"1s\"")), &archive, &Hand::new()).held.unwrap().reason;
    assert!(reason.ends_with("notify was ended after 1 s"), "{reason}");
    let child = fs::read_to_string(dir.path().join("child")).unwrap();
    let state = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    // Killed, it is gone as soon as somebody has taken note of it.
    let is_over = || !Path::new("/proc/self").exists() || state().is_empty() || state().contains(") Z ");
    for _ in 0..1_000 {
        if is_over() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it is still there: {}", state());
}

#[test]
fn a_program_may_write_without_end_and_need_not_read() {
    let archive = Archive::in_memory();
    let text = |what: &str| -> Vec<String> { (0..3_000).map(|number| format!("Word {number} was {what}.")).collect() };
    see(&archive, "long", 1, "Long", &text("said").join("\n\n"));
    see(&archive, "long", 2, "Long", &text("told").join("\n\n"));
    let shell = "shell = 'head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2'";
    let report = tell_one(&teller(&config(shell, "")), &archive, &Hand::new());
    assert_eq!((report.told.len(), report.held), (1, None));
}

#[test]
fn the_secrets_of_other_targets_are_none_of_its_business() {
    // Cargo sets this one for every test.
    let config = "[[tell]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://desk.example/\"\nsecret_env = \"CARGO_MANIFEST_DIR\"\n\
                  [[tell]]\nname = \"desk\"\nkind = \"command\"\nfrom = \"start\"\nshell = '[ -z \"${CARGO_MANIFEST_DIR+x}\" ] && [ -n \"$CARGO_PKG_NAME\" ]'\n";
    let targets = morgue::track::tell::Config::parse(config).unwrap().tell;
    let teller = morgue::track::tell::Teller::new(&targets, &|_| Some("a secret of some length".to_owned())).unwrap();
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let report = super::support::tell(&teller, &archive, &Hand::new());
    assert_eq!(report.targets[1].told.len(), 1, "{report:?}");
}
