//! Ctrl-C in the middle of an import of real rows.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::crash::kept;
use crate::support::{corpus, json, morgue, run};

#[test]
fn ctrl_c_in_an_import_keeps_what_was_read_and_the_next_one_finishes() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let import = ["import", "--batch", "200", file.to_str().unwrap()];
    let mut child = morgue(&archive, &[&["-v"], &import[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let before = said.by_ref().filter_map(|line| kept(&line)).nth(5).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = said.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    let acknowledged = rest.iter().filter_map(|line| kept(line)).next_back().unwrap_or(before);
    assert!(acknowledged < 30_874, "it was stopped after it was done");
    assert!(rest.iter().any(|line| line.contains("run the same import again")), "{rest:?}");
    assert_eq!(json(&archive, &["stats"])["captures"].as_u64(), Some(acknowledged as u64));
    run(&archive, &["check", "--deep"]);

    let finished = json(&archive, &import);
    assert_eq!(finished["known"].as_u64(), Some(acknowledged as u64));
    assert_eq!(json(&archive, &["stats"])["captures"].as_u64(), Some(30_874));
}
