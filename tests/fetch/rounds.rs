//! The newspaper in three rounds, as someone sees it who fetches its stories and has configured nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::newspaper::{Answer, Dress, Newspaper, answer, visited};
use crate::support::{ends_with, rows, run};

/// What was found in a round.
#[derive(Debug, Default)]
struct Found {
    /// Ids of stories with an edit.
    edits: Vec<usize>,
    cosmetic: Vec<usize>,
}

/// Fetches what is visited in a round by the command, and asks the feed of changes what is new since the last.
fn round(paper: &Newspaper, archive: &Path, round: usize, since: &mut u64) -> Found {
    paper.set_round(round);
    let urls: Vec<String> = visited(round).into_iter().map(|(id, _)| paper.story_url(id)).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    run(archive, &[&["add", "--allow-private", "--delay", "0"], urls.as_slice()].concat());
    let mut found = Found::default();
    for row in rows(archive, &["changes", "--since", &since.to_string()]) {
        *since = row["cursor"].to_string().trim_matches('"').parse().unwrap();
        let story = row["story"].as_str().unwrap();
        let id = story.rsplit('-').next().unwrap().parse::<usize>().unwrap() - 1000;
        match row["kind"].as_str().unwrap() {
            "edit" | "restored" => found.edits.push(id),
            "cosmetic" => found.cosmetic.push(id),
            _ => {}
        }
    }
    found.edits.sort_unstable();
    found.cosmetic.sort_unstable();
    found
}

fn all_rounds(dress: Dress) {
    let paper = Newspaper::open(dress);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive");
    let mut since = 0;
    let first = round(&paper, &archive, 1, &mut since);
    assert!(first.edits.is_empty() && first.cosmetic.is_empty(), "{first:?}");
    let mut report = BTreeMap::new();
    let (mut edits, mut others) = (0, 0);
    for number in [2, 3] {
        let found = round(&paper, &archive, number, &mut since);
        let expected: Vec<usize> =
            visited(number).into_iter().filter_map(|(id, is_edit)| is_edit.then_some(id)).collect();
        edits += expected.len();
        others += visited(number).len() - expected.len();
        report.insert(number, (found, expected));
    }
    assert_eq!((edits, others), (12, 26));
    let wrong: Vec<String> = report
        .iter()
        .flat_map(|(number, (found, expected))| {
            let missed =
                expected.iter().filter(|id| !found.edits.contains(id)).map(move |id| format!("{number}: {id} missed"));
            let false_ones =
                found.edits.iter().filter(|id| !expected.contains(id)).map(move |id| format!("{number}: {id} false"));
            missed.chain(false_ones)
        })
        .collect();
    assert!(wrong.is_empty(), "{dress:?}: {wrong:?}\n{}", accounts(&archive, &wrong));
    assert_eq!((&report[&2].0.cosmetic, &report[&3].0.cosmetic), (&vec![6], &vec![15]), "changes of typography alone");
    the_log_tells(&paper, &archive);
}

/// What differs in the stories that went wrong.
fn accounts(archive: &Path, wrong: &[String]) -> String {
    let mut told = String::new();
    for line in wrong {
        let id: usize = line.split(' ').nth(1).unwrap().parse().unwrap();
        let story = (1000 + id).to_string();
        let output = crate::support::morgue(archive, &["log", "--all", &story]);
        told.push_str(&String::from_utf8_lossy(&output.stdout));
        let output = crate::support::morgue(archive, &["diff", &story]);
        told.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    told
}

/// Every fetch is in the log, and those that saw no story say why.
fn the_log_tells(paper: &Newspaper, archive: &Path) {
    assert_eq!(rows(archive, &["list"]).len(), 20, "twenty stories, each under one name");
    for number in [2, 3] {
        for (id, _) in visited(number) {
            let log = run(archive, &["log", "--all", &paper.story_url(id)]);
            let word = match answer(id, number) {
                Answer::Status(404 | 410) => "gone",
                Answer::Status(_) | Answer::Captcha => "unreachable",
                Answer::Renamed => "moved",
                Answer::Teaser => "teaser",
                Answer::Page | Answer::Windows1252 => continue,
            };
            assert!(log.contains(word), "{id}: {word} in {log}");
            // What was seen of it before is still there.
            ends_with(0, archive, &["show", &paper.story_url(id)]);
        }
    }
    let moved = run(archive, &["log", "--all", &paper.story_url(10)]);
    assert!(moved.contains("sleeping-cars-to-tromsund"), "{moved}");
}

#[test]
fn twelve_edits_and_no_false_one_on_noisy_pages() {
    all_rounds(Dress::Noisy);
}

#[test]
fn twelve_edits_and_no_false_one_on_calm_pages() {
    all_rounds(Dress::Calm);
}

#[test]
fn twelve_edits_and_no_false_one_where_no_name_of_a_box_says_what_it_is() {
    all_rounds(Dress::Obscure);
}
