//! Two processes at one archive.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::crash::kept;
use crate::support::{corpus, ends_with, morgue, run};

#[test]
fn a_second_process_is_told_who_has_the_archive_and_harms_nothing() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let import = ["-v", "import", "--batch", "50", file.to_str().unwrap()];
    let mut holder = morgue(&archive, &import).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(holder.stderr.take().unwrap()).lines().map_while(Result::ok);
    said.find_map(|line| kept(&line)).unwrap();
    let drained = std::thread::spawn(move || said.count());
    for args in [&["stats"][..], &["import", file.to_str().unwrap()], &["check"]] {
        let refused = ends_with(3, &archive, args);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains(&format!("process {}", holder.id())), "{error}");
    }
    assert!(holder.wait().unwrap().success());
    drained.join().unwrap();
    run(&archive, &["check"]);
}
