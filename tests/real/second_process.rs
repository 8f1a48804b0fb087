//! Two processes at one archive.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::crash::kept;
use crate::support::{corpus, ends_with, lines, morgue, run};

#[test]
fn a_second_process_is_told_who_has_the_archive_and_harms_nothing() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    // An import that waits for more input holds the archive for as long as the test likes.
    let mut import = morgue(&archive, &["-v", "import", "--batch", "50", "-"]);
    let mut holder = import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = holder.stdin.take().unwrap();
    for line in lines(&file).iter().take(500) {
        writeln!(input, "{line}").unwrap();
    }
    let mut said = BufReader::new(holder.stderr.take().unwrap()).lines().map_while(Result::ok);
    said.find_map(|line| kept(&line)).unwrap();
    let drained = std::thread::spawn(move || said.count());
    for args in [&["stats"][..], &["import", file.to_str().unwrap()], &["check"]] {
        let refused = ends_with(3, &archive, args);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains(&format!("process {}", holder.id())), "{error}");
    }
    drop(input);
    assert!(holder.wait().unwrap().success());
    drained.join().unwrap();
    run(&archive, &["check"]);
}
