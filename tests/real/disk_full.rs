//! A full disk: a clear word, nothing lost, and the import goes on when there is room.
//!
//! The full disk is a limit on the size of files.

use std::process::Command;

use crate::crash::kept;
use crate::support::{corpus, run, said};

#[test]
fn an_import_on_a_full_disk_says_so_and_goes_on_later() {
    let Some(file) = corpus("cnn_lite_multi.jsonl.gz") else { return };
    // In blocks of 512 bytes: the disk is full at once, and after some batches.
    for blocks in ["16", "512", "2048"] {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("archive");
        let output = Command::new("sh")
            .args(["-c", r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#, blocks])
            .args([env!("CARGO_BIN_EXE_morgue"), "-v", "--archive", archive.to_str().unwrap()])
            .args(["import", "--batch", "50", file.to_str().unwrap()])
            .env_clear()
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{blocks}: {}", said(&output));
        let error = told.lines().find(|line| line.starts_with("error: ")).unwrap();
        assert!(error.contains(archive.to_str().unwrap()) && error.contains("too large"), "{error}");
        assert!(told.contains("hint: ") && told.contains("room"), "{told}");
        let acknowledged = told.lines().filter_map(kept).next_back().unwrap_or(0);
        println!("{blocks} blocks: {acknowledged} rows acknowledged, {error}");

        if archive.join("MORGUE").exists() {
            run(&archive, &["check", "--deep"]);
            let there = run(&archive, &["--quiet", "export"]).lines().count();
            assert!(there >= acknowledged, "{acknowledged} rows acknowledged, {there} there");
        } else {
            assert_eq!(acknowledged, 0);
        }
        run(&archive, &["import", file.to_str().unwrap()]);
        run(&archive, &["check", "--deep"]);
        assert_eq!(run(&archive, &["--quiet", "export"]).lines().count(), 797);
    }
}
