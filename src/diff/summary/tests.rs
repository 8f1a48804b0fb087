use crate::diff::{Options, Stealth, Summary, compare};
use crate::model::{Article, Timestamp};

fn summary(old: &Article, new: &Article) -> Summary {
    compare(old, new, &Options::default()).summary
}

fn line(old: &Article, new: &Article) -> String {
    summary(old, new).to_string()
}

/// Two articles of the same headline and last paragraph.
fn lines(old: &str, new: &str) -> String {
    line(&text(old), &text(new))
}

fn text(first: &str) -> Article {
    Article::new("Bridge").with_text(&format!("{first}\n\nThe river is as high as it was."))
}

#[test]
fn the_line_says_the_most_important_first_and_counts_in_english() {
    let old = Article::new("Bridge closed")
        .with_byline(["Ada Lund"])
        .with_text("A crack was found.\n\nThe mayor was told of it.");
    let new = Article::new("Bridge open")
        .with_byline(["Bo Ek"])
        .with_text("A crack was found.\n\nIt is mended.\n\nThe mayor was not told of it.\n\nCars may pass.");
    assert_eq!(line(&old, &new), "headline, byline; 2 paragraphs added, 1 edited; +10 -3 words; no notice");
    assert_eq!(line(&old, &old), "no change");
    let longer = old.clone().with_text("A crack was found.\n\nThe mayor was told of it again.");
    assert_eq!(line(&old, &longer), "1 paragraph edited; +1 word");
}

#[test]
fn the_line_tells_facts_and_that_nothing_was_said_about_them() {
    assert_eq!(lines("At least 17 people died there.", "At least 22 people died there."), "17 -> 22 people; no notice");
    assert_eq!(lines("It costs $1.1bn to mend it.", "It costs $11bn to mend it."), "$1.1bn -> $11bn; no notice");
    assert_eq!(lines("They met Mayor Lund there.", "They met Mayor Ek there."), "Lund -> Ek; no notice");
    assert_eq!(
        lines("The mayor said it was safe.", "The mayor claimed it was safe."),
        "attribution: said -> claimed; no notice"
    );
    assert_eq!(lines("It will be shut to lorries.", "It may be shut to lorries."), "hedge: will -> may; no notice");
    assert_eq!(
        lines("It was shut on Monday by force.", "It was shut on Friday by force."),
        "Monday -> Friday; no notice"
    );
    assert_eq!(lines("The bridge was cloesd again.", "The bridge was closed again."), "typo");
    let quote = lines("He said \"it was a very long day\" there.", "He said \"it was a rather short day\" there.");
    assert_eq!(quote, "quote edited; no notice");
    let four = lines(
        "It has 2 arches, 3 piers, 4 lamps, 5 steps and 6 signs.",
        "It has 7 arches, 8 piers, 9 lamps, 6 steps and 5 signs.",
    );
    assert_eq!(four, "2 -> 7 arches; 3 -> 8 piers; 4 -> 9 lamps; and 2 more numbers; no notice");
}

#[test]
fn what_was_exchanged_in_several_places_is_told_once() {
    let toll = |count: u32| {
        Article::new(format!("Flood kills {count}")).with_text(&format!(
            "The flood killed {count} people.\n\nThe mayor said that {count} is too many.\n\nOfficials said little."
        ))
    };
    assert_eq!(line(&toll(17), &toll(22)), "headline; 17 -> 22 people; 2 paragraphs edited; no notice");
}

#[test]
fn words_that_name_nobody_are_no_attribution() {
    assert_eq!(
        lines("Lund said that the bridge is shut.", "Lund said the bridge is shut."),
        "1 paragraph edited; -1 word"
    );
    assert!(
        !lines("The city said 17 ships had to wait.", "The city said 22 ships had to wait.").contains("attribution")
    );
    assert!(!lines("Taxpayers can claim the sum.", "Taxpayers could claim the sum.").contains("attribution"));
    let told = lines("The bridge is shut, the police said.", "The bridge is shut.");
    assert!(told.contains("attribution removed"), "{told}");
}

#[test]
fn a_number_that_is_written_otherwise_is_no_other_number() {
    let changed = summary(&text("At least two ships had to wait."), &text("At least 2 ships had to wait."));
    assert!(changed.numbers.is_empty() && changed.stealth.is_none(), "{changed:?}");
}

#[test]
fn a_name_is_told_once_with_and_without_an_ending() {
    let lines = |name: &str, names: &str| {
        text(&format!("In June {name} was seen in Holm.\n\nA car stood in front of {names} house.\n\nIt rained."))
    };
    assert_eq!(
        line(&lines("Rivers", "Rivers’"), &lines("Celia", "Celia’s")),
        "Rivers -> Celia; 2 paragraphs edited; no notice"
    );
}

#[test]
fn a_correction_matters_more_than_that_there_is_more_to_read() {
    let story = "A crack was found in the pier by a diver.\n\nThe bridge is shut to all lorries for a week.";
    let with = |notice: &str| summary(&text(story), &text(&format!("{story}\n\n{notice}"))).significance;
    let correction = with("Correction: This story has been corrected to say who found the crack.");
    let note = with("Editor's note: This story has a sequel that tells who found the crack.");
    let update = with("This story has been updated with additional information on the crack.");
    assert!(correction > note && note > update, "{correction} {note} {update}");
}

#[test]
fn a_headline_of_which_a_number_is_written_otherwise_says_the_same() {
    let headline = |text: &str| Article::new(text).with_text("It was found in the harbour of Holm.");
    let changed = summary(&headline("The 2000 year old clock of Holm"), &headline("The 2,000 year old clock of Holm"));
    assert_eq!((changed.stealth, changed.significance < 0.2), (None, true), "{changed:?}");
}

#[test]
fn a_number_is_told_without_what_cannot_be_seen() {
    let changed = summary(&text("It fell on May 5\u{feff}."), &text("It fell on May 8."));
    assert!(changed.numbers.iter().all(|number| number.old_text == "5"), "{changed:?}");
}

#[test]
fn words_of_strangers_are_short_and_steer_no_terminal() {
    let long = "Lund-".repeat(30);
    let told = lines("They met Mayor Ek there.", &format!("They met Mayor \u{202e}{long} there."));
    assert!(told.chars().count() < 100 && !told.contains('\u{202e}'), "{told}");
}

#[test]
fn a_move_is_no_change_of_words() {
    let old = Article::new("").with_text("A crack was found in the pier.\n\nThe mayor was told of it.");
    let new = Article::new("").with_text("The mayor was told of it.\n\nA crack was found in the pier.");
    assert_eq!(line(&old, &new), "1 paragraph moved");
}

#[test]
fn typography_or_furniture_alone_is_said_to_be_just_that() {
    let old = Article::new("\"No\"").with_text("One - two...");
    let new = Article::new("“No”").with_text("One – two…");
    assert_eq!(line(&old, &new), "typography only");
    assert_eq!(lines("Last updated 12:30 GMT", "Last updated 14:10 GMT"), "page furniture only");
    let added = text("It is shut.\n\nShare this story");
    assert_eq!(line(&text("It is shut."), &added), "page furniture only");
    assert!(!summary(&old, &old).cosmetic_only && !summary(&old, &old).boilerplate_only);
}

#[test]
fn sentences_are_counted_as_paragraphs_where_all_of_one_came_or_went() {
    let old = Article::new("")
        .with_text("A crack was found. It is deep.\n\nThe mayor was told.\n\nThe river is high. Boats are tied up.");
    let new = Article::new("").with_text("A crack was found. It is deep. Men look at it.\n\nA diver went down. He saw mud.\n\nThe river is high. Boats are tied up.");
    let there = summary(&old, &new);
    assert_eq!((there.paragraphs_added, there.paragraphs_removed, there.paragraphs_edited), (1, 1, 1));
    assert_eq!((there.sentences_added, there.sentences_removed, there.sentences_edited), (3, 1, 0));
    let back = summary(&new, &old);
    assert_eq!((back.paragraphs_added, back.paragraphs_removed, back.paragraphs_edited), (1, 1, 1));
    assert_eq!((there.ops.add, there.ops.delete, there.ops.unchanged), (3, 1, 4));
}

fn stealth(old: &str, new: &str, same_time: bool) -> Option<Stealth> {
    let time = |micros| Timestamp::from_micros(micros);
    let times = if same_time { [time(5), time(5)] } else { [time(5), time(6)] };
    let options = Options { old_modified_at: times[0], new_modified_at: times[1], ..Options::default() };
    compare(&text(old), &text(new), &options).summary.stealth
}

#[test]
fn a_change_of_facts_without_a_word_about_it_is_stealth() {
    let (old, new) = ("At least 17 people died there.", "At least 22 people died there.");
    let owned = format!("{new}\n\nCorrection: An earlier version of this article gave another number.");
    assert_eq!(stealth(old, new, false), Some(Stealth::NoNotice));
    assert_eq!(stealth(old, new, true), Some(Stealth::Both));
    assert_eq!(stealth(old, &owned, true), Some(Stealth::ModifiedUnchanged));
    assert_eq!(stealth(old, &owned, false), None);
    assert_eq!(
        stealth("A crack was found. It is deep.", "A crack was found.", false),
        Some(Stealth::NoNotice),
        "a sentence went"
    );
    assert_eq!(
        stealth("The old bridge is cloesd for good.", "The old bridge is closed for good.", true),
        None,
        "a typo is no fact"
    );
    assert_eq!(stealth("A crack was found.", "A crack was found. It is deep.", true), None, "more is told");
    assert_eq!(stealth("A crack was found.\n\nShare this story", "A crack was found.", true), None);
}

#[test]
fn significance_goes_from_nothing_to_much() {
    let old = text("At least 17 people died there.");
    let of = |new: &Article| summary(&old, new).significance;
    assert_eq!(of(&old), 0.0);
    let cosmetic = of(&text("At least 17 people died there"));
    let furniture = of(&text("At least 17 people died there.\n\nShare this story"));
    assert!(cosmetic > 0.0 && cosmetic < 0.05 && furniture > 0.0 && furniture < 0.05, "{cosmetic} {furniture}");
    let number = of(&text("At least 22 people died there."));
    let headline =
        of(&Article { headline: "Bridge disaster in the old town".into(), ..text("At least 22 people died there.") });
    let other =
        of(&Article::new("Something else").with_text("Nothing of this is as it was before, and no word stays."));
    assert!(furniture < number && number < headline && headline < other && other <= 1.0, "{number} {headline} {other}");
}

#[test]
fn a_text_that_was_not_read_whole_is_suspect() {
    let story = |from: usize, to: usize| {
        let text: Vec<String> =
            (from..to).map(|at| format!("Word{at} came to word{at} of the old bridge on the hill today.")).collect();
        Article::new("Bridge").with_text(&text.join("\n\n"))
    };
    let suspect = |old: &Article, new: &Article| summary(old, new).extraction_suspect;
    assert!(suspect(&story(0, 10), &story(0, 2)) && suspect(&story(0, 2), &story(0, 10)));
    assert!(suspect(&story(0, 10), &Article::new("Bridge")));
    let wall = Article::new("Bridge").with_text("Please accept all cookies.\n\nSign in to go on.");
    assert!(suspect(&story(0, 5), &wall) && suspect(&wall, &story(0, 5)));
    assert!(!suspect(&story(0, 10), &story(0, 7)), "an edit");
    assert!(!suspect(&story(0, 10), &story(0, 10)));
    assert!(!suspect(&Article::new("Bridge"), &story(0, 1)), "a stub that was filled with little");
    assert!(line(&story(0, 10), &story(0, 2)).starts_with("extraction suspect; "));
}
