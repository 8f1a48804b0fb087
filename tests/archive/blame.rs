//! In which revision each sentence came, in an archive.

use morgue::diff::Options;
use morgue::{Archive, Article, BlamedStory, NewCapture, Selector};

use crate::support::{add, alias, from, in_memory, key, minute, saw, tell};

fn says(at: i64, text: &str) -> NewCapture {
    NewCapture::article(key("wall"), minute(at), Article::new("").with_text(text))
}

fn blame(archive: &Archive, selector: &str) -> BlamedStory {
    archive.blame(&key("wall"), &selector.parse().unwrap(), &Options::default()).unwrap().unwrap()
}

fn came(found: &BlamedStory) -> Vec<u64> {
    found.blamed.sentences.iter().map(|sentence| sentence.since).collect()
}

/// So many different sentences, as one paragraph each.
fn report(sentences: u64) -> String {
    let word = |number: u64| ["pier", "wall", "quay", "mole", "dock", "lock", "weir", "dam"][number as usize % 8];
    let each = |number: u64| format!("On day {number} the {}s of dike {} were looked at.", word(number), number * 7);
    (1..=sentences).map(each).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_long_story_is_followed_through_all_its_revisions() {
    let (archive, _) = in_memory();
    let days = 150;
    add(&archive, (1..=days).map(|day| says(day as i64, &report(day))));
    assert_eq!(came(&blame(&archive, "@")), (1..=days).collect::<Vec<_>>());
    assert_eq!(came(&blame(&archive, "#70")), (1..=70).collect::<Vec<_>>());
    assert_eq!(blame(&archive, "#70").revisions.len(), 70, "what came later is not looked at");
}

#[test]
fn a_sentence_is_followed_through_the_texts_of_its_extractor_alone() {
    let (archive, _) = in_memory();
    let two = "The wall has held since 1911. Divers looked at it.";
    add(
        &archive,
        [
            from("a 1", says(1, "The wall has held since 1911.")),
            from("b 1", says(2, "The wall has held since 1911. Read more.")),
            from("a 1", says(3, two)),
            from("b 1", says(4, &format!("{two} Read more."))),
        ],
    );
    let of_a = blame(&archive, "#3");
    assert_eq!(came(&of_a), [1, 3]);
    assert!(of_a.revision(2).is_none() && of_a.blamed.removed.is_empty());
    assert_eq!(came(&blame(&archive, "@")), [2, 4, 2]);
}

#[test]
fn a_late_capture_makes_a_sentence_older() {
    let (archive, _) = in_memory();
    add(&archive, [says(5, "The wall fell."), says(6, "The wall fell. Nobody was hurt.")]);
    assert_eq!(came(&blame(&archive, "@")), [1, 2]);
    add(&archive, [says(1, "Nobody was hurt.")]);
    let found = blame(&archive, "@");
    assert_eq!(came(&found), [2, 1]);
    assert_eq!(found.revision(1).unwrap().first_captured, minute(1));
}

#[test]
fn a_name_of_the_story_is_as_good_as_another_and_what_is_not_there_is_none() {
    let (archive, _) = in_memory();
    add(&archive, [says(1, "The wall fell."), saw("gone", 1, morgue::NewOutcome::Gone)]);
    tell(&archive, &[alias(key("old-wall"), key("wall"))]);
    let ask = |story: &str, selector: Selector| archive.blame(&key(story), &selector, &Options::default()).unwrap();
    assert_eq!(ask("old-wall", Selector::Latest).unwrap().story, key("wall"));
    assert!(ask("gone", Selector::Latest).is_none());
    assert!(ask("wall", Selector::Number(2)).is_none());
    assert!(ask("dike", Selector::Latest).is_none());
}
