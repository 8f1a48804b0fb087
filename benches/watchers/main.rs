//! Following beside other tools: what each sees of one newspaper, and what visits cost each when there are many.
//!
//! ```text
//! cargo bench --bench watchers -- [--python VENV,...] [--minutes N] [--every SECONDS] [--each N] [--stories N] [--fewer N] [--only paper|many] [--words N]
//! ```
//!
//! urlwatch and changedetection.io are taken from the virtual environments of `--python`, else from `PATH`; those that are missing are
//! skipped, and it is said how to install them. Each tool has its own copy of every site, on the loopback address, in a process of its own;
//! the sites are in the process of the bench, whose time does not count.
//!
//! First a newspaper of four papers with `--each` (12) stories each, in real time for `--minutes` (3): what is done to the stories, and when,
//! is known (see `plan.rs`). All tools look at all that they follow every `--every` (15) seconds, one tool after the other. What each of them
//! tells is held against what it was shown at that look: so a change that it told is right when the story's text was another than the last
//! that it was shown, and an edit was missed when the tool was shown it and told nothing. Edits that could be seen are those that were in force at one of the looks.
//! CPU time is that of the tool's processes from the first look to the last; those that run at each look are started at each look, which counts;
//! what sets a tool up does not, nor does the start of changedetection.io's server.
//!
//! diffengine is not run: its newest release on PyPI asks for htmldiff 0.2, which is not there, and it starts Firefox to tell anything.
//! `--words N` prints what was wrong of each tool, the first N.
//!
//! Then `--stories` (10,000) stories of twenty hosts, all visited once, and again when one in ten has changed; ten visits at a time, no pauses.
//! changedetection.io gets `--fewer` (2,000). The time is that from telling the tool to look until its answer is there, the CPU time that of the tool's processes in it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod account;
mod changedetection;
#[path = "../common/mod.rs"]
mod common;
mod desk;
mod many;
#[path = "../../tests/newspaper/mod.rs"]
#[allow(dead_code, clippy::string_slice)]
mod newspaper;
mod ours;
mod paper;
mod plan;
#[path = "../../tests/track/press.rs"]
#[allow(dead_code)]
mod press;
mod program;
#[path = "../../tests/track/support.rs"]
#[allow(dead_code)]
mod support;
mod tool;
mod urlwatch;

use common::option;
use tool::Tool;

fn main() {
    let tools = Tool::found();
    for tool in &tools {
        println!("{}: {}", tool.name(), tool.version());
    }
    match option("--only").as_deref() {
        Some("paper") => paper::run(&tools),
        Some("many") => many::run(&tools),
        Some(other) => panic!("--only {other}: expected paper or many"),
        None => {
            paper::run(&tools);
            many::run(&tools);
        }
    }
}
