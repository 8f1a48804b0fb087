//! `morgue compare`: what changed between two files.

use std::io::BufRead;
use std::ops::Range;
use std::path::{Path, PathBuf};

use morgue::diff::{self, Group, Op, Span};
use morgue::exchange::TextFile;
use morgue::text::segment;
use morgue::{Article, diff::ArticleDiff};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Run;
use super::diff::{Format, Sides, print};
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::input;
use crate::cli::session::Session;
use crate::cli::words::{count, title};

const AFTER_HELP: &str = "\
No archive is needed. Exit code 1 says that the files differ. With --pairs the input is JSON Lines \
{\"id\",\"old\",\"new\"}; each answer lists groups with the byte offsets of what belongs together.

Example:
  morgue compare draft.txt final.txt --format side-by-side";

/// Show what changed between two files
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The older text file; `-` is standard input
    #[arg(required_unless_present = "pairs")]
    old: Option<PathBuf>,
    /// The newer text file
    #[arg(required_unless_present = "pairs")]
    new: Option<PathBuf>,
    /// Compare the pairs of texts in a file of JSON Lines
    #[arg(long, value_name = "FILE", conflicts_with_all = ["old", "new", "format"])]
    pairs: Option<PathBuf>,
    /// How to show it; --json is --format json
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        match (self.pairs, self.old, self.new) {
            (Some(pairs), ..) => compare_pairs(session, &pairs),
            (None, Some(old), Some(new)) => compare_files(session, &old, &new, self.format),
            // The parser of the arguments sees to it.
            _ => Err(Failure::new("two files are needed")),
        }
    }
}

fn compare_files(session: &Session, old_path: &Path, new_path: &Path, format: Option<Format>) -> Result<Exit> {
    if input::is_stdin(old_path) && input::is_stdin(new_path) {
        return Err(Failure::new("standard input can be one of the two, not both"));
    }
    let (old, new) = (article(old_path)?, article(new_path)?);
    let diff = diff::compare(&old, &new, &diff::Options::default());
    match Format::chosen(format, session) {
        Format::Json => {
            let mut out = session.out();
            out.json(&diff)?;
            out.finish()?;
        }
        format => {
            let (old_label, new_label) = (old_path.display().to_string(), new_path.display().to_string());
            print(session, &diff, &Sides { old: &old, new: &new, old_label, new_label, title: title(&new) }, format)?;
        }
    }
    Ok(if diff.identical { Exit::Done } else { Exit::Differs })
}

/// The article in a file, in canonical form, as an archive would keep it.
fn article(path: &Path) -> Result<Article> {
    let in_file = |error: &(dyn std::error::Error + 'static)| {
        let failure = Failure::of(error);
        Failure { message: format!("{}: {}", path.display(), failure.message), ..failure }
    };
    let file = TextFile::parse(&input::read_text(path)?).map_err(|error| in_file(&error))?;
    let canonical = morgue::text::canonical(&file.article).map_err(|error| in_file(&error))?;
    morgue::text::parse_canonical(&canonical.text).map_err(|error| in_file(&error))
}

#[derive(Deserialize)]
struct Pair {
    id: Value,
    old: String,
    new: String,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    unit: &'static str,
    groups: Vec<AnswerGroup>,
}

#[derive(Serialize)]
struct AnswerGroup {
    old: Vec<[usize; 2]>,
    new: Vec<[usize; 2]>,
    op: Op,
    moved: bool,
    tags: Vec<diff::Class>,
}

/// So many pairs are compared at once, on all cores.
const PAIRS_AT_ONCE: usize = 256;

fn compare_pairs(session: &Session, path: &Path) -> Result<Exit> {
    let mut lines = (1_u64..).zip(input::open(path)?.lines());
    let mut out = session.out();
    let mut bad: u64 = 0;
    loop {
        let mut batch = Vec::new();
        for (number, line) in lines.by_ref().take(PAIRS_AT_ONCE) {
            batch.push((number, line.map_err(|error| Failure::new(format!("cannot read {error}")))?));
        }
        if batch.is_empty() {
            break;
        }
        batch.retain(|(_, line)| !line.trim().is_empty());
        let answers: Vec<_> = batch.par_iter().map(|(number, line)| (*number, answer(line))).collect();
        for (number, answer) in answers {
            match answer {
                Ok(answer) => out.json(&answer)?,
                Err(reason) => {
                    session.report(&Failure::new(format!("{}:{number}: {reason}", path.display())));
                    bad += 1;
                }
            }
        }
    }
    out.finish()?;
    if bad > 0 {
        session.note(&format!("{} left out", count(bad, "row was", "rows were")));
    }
    Ok(if bad > 0 { Exit::Error } else { Exit::Done })
}

fn answer(line: &str) -> Result<Answer, String> {
    let pair: Pair = serde_json::from_str(line).map_err(|error| format!("not a pair: {error}"))?;
    let (old, new) = (Placed::new(&pair.old), Placed::new(&pair.new));
    let diff: ArticleDiff = diff::compare(&old.article, &new.article, &diff::Options::default());
    let group = |group: &Group| AnswerGroup {
        old: old.offsets(&group.old),
        new: new.offsets(&group.new),
        op: group.op,
        moved: group.moved,
        tags: group.tags.clone(),
    };
    Ok(Answer { id: pair.id, unit: "byte", groups: diff.groups.iter().map(group).collect() })
}

/// A plain text as an article of paragraphs only, and where in the text each of them begins.
struct Placed {
    article: Article,
    starts: Vec<usize>,
}

impl Placed {
    fn new(text: &str) -> Self {
        let ranges = paragraphs(text);
        let paragraphs = ranges.iter().filter_map(|range| text.get(range.clone())).map(str::to_owned).collect();
        Self {
            article: Article { paragraphs, ..Article::default() },
            starts: ranges.into_iter().map(|range| range.start).collect(),
        }
    }

    fn offsets(&self, spans: &[Span]) -> Vec<[usize; 2]> {
        let place = |span: &Span| self.starts.get(span.para).map(|start| [start + span.start, start + span.end]);
        spans.iter().filter_map(place).collect()
    }
}

/// Where the paragraphs of a text are, without the white space around them.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let trimmed = |range: Range<usize>| {
        let paragraph = text.get(range.clone())?;
        let start = range.start + paragraph.len() - paragraph.trim_start().len();
        Some(start..start + paragraph.trim().len())
    };
    segment::paragraphs(text).into_iter().filter_map(trimmed).collect()
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_found_where_they_stand() {
        let text = "\n  One\r\nline. \r\n \t\n\nZw\u{f6}lf\n\n";
        let found: Vec<&str> = paragraphs(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["One\r\nline.", "Zw\u{f6}lf"]);
        assert!(paragraphs(" \n\n").is_empty());
    }

    #[test]
    fn offsets_count_bytes_of_the_text_as_it_was_given() {
        let line = r#"{"id":7,"old":"Fähre.\n\nThe bridge is closed.","new":"Fähre.\n\n\n  The bridge is open.\n"}"#;
        let answer = answer(line).unwrap();
        assert_eq!(answer.id, 7);
        let new = "Fähre.\n\n\n  The bridge is open.\n";
        let last = answer.groups.last().unwrap();
        assert_eq!((last.op, last.old.as_slice()), (Op::Edit, &[[9, 30]][..]));
        assert_eq!(&new[last.new[0][0]..last.new[0][1]], "The bridge is open.");
    }

    #[test]
    fn a_row_that_is_no_pair_says_why() {
        assert!(answer(r#"{"id":1,"old":"x"}"#).err().unwrap().contains("new"));
    }
}
