//! Parts of a bench in processes of their own, so that the memory and the CPU time that are told are those of one store alone.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// What a part begins a line with that is a figure, not for people.
const MARK: &str = "= ";

/// The figures that a part told.
pub(crate) struct Figures(HashMap<String, f64>);

impl Figures {
    /// Returns a figure that the part must have told.
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.maybe(name).unwrap_or_else(|| panic!("the part told no {name}"))
    }

    pub(crate) fn maybe(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// Tells a figure, from within a part.
pub(crate) fn tell(name: &str, figure: f64) {
    println!("{MARK}{name} {figure}");
}

/// Returns the part that this process is asked for, if it is not the whole bench.
pub(crate) fn part() -> Option<String> {
    super::option("--part")
}

/// Runs a part of this bench with these options before those of this process, so that they win; what it tells people is passed on.
pub(crate) fn run(part: &str, options: &[(&str, &str)]) -> Figures {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--part", part]);
    for (name, value) in options {
        command.args([name, value]);
    }
    let mut child = command.args(std::env::args().skip(1)).stdout(Stdio::piped()).spawn().unwrap();
    let mut figures = HashMap::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix(MARK).and_then(|line| line.split_once(' ')) {
            Some((name, figure)) => drop(figures.insert(name.to_owned(), figure.parse().unwrap())),
            None => println!("{line}"),
        }
    }
    assert!(child.wait().unwrap().success(), "the part {part} of the bench failed");
    Figures(figures)
}
