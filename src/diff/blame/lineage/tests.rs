#![allow(clippy::indexing_slicing, reason = "a test")]

use super::*;
use crate::diff::group::{Field, TokenOp};

/// What happens to a text: in which older and which newer sentence it stands.
type Step<'a> = (Change, usize, usize, &'a str);

use Change::{Del, Eq, Ins};

/// A group and the articles that it is of, each sentence a paragraph.
fn group(steps: &[Step<'_>]) -> (Group, Article, Article) {
    let (mut old, mut new) = (Vec::<String>::new(), Vec::<String>::new());
    let mut tokens = Vec::new();
    for (op, old_span, new_span, text) in steps.iter().copied() {
        old.resize(old.len().max(old_span + 1), String::new());
        new.resize(new.len().max(new_span + 1), String::new());
        let (before, after) = (old[old_span].len(), new[new_span].len());
        if op != Ins {
            old[old_span].push_str(text);
        }
        if op != Del {
            new[new_span].push_str(text);
        }
        let (was, is) = ([before, old[old_span].len()], [after, new[new_span].len()]);
        tokens.push(TokenOp { op, old: was, new: is, old_span, new_span, text: text.to_owned() });
    }
    let spans = |texts: &[String]| {
        let span = |(para, text): (usize, &String)| Span { para, sent: 0, start: 0, end: text.len() };
        texts.iter().enumerate().map(span).collect()
    };
    let group = Group {
        id: 0,
        op: Op::Regroup,
        field: Field::Body,
        old: spans(&old),
        new: spans(&new),
        moved: false,
        move_id: None,
        similarity: 0.0,
        tags: Vec::new(),
        findings: Vec::new(),
        tokens,
    };
    let article = |paragraphs: Vec<String>| Article { paragraphs, ..Article::default() };
    (group, article(old), article(new))
}

/// Where the newer sentences come from, and which older ones live on; the older came in revisions 9, 8, 7 and so on.
fn lineage(steps: &[Step<'_>]) -> (Vec<Option<usize>>, Vec<bool>) {
    let (group, old, new) = group(steps);
    let lineage = Lineage::of(&group, &old, &new, |span| Some(9 - span.para as u64));
    (lineage.from, lineage.lives_on)
}

#[test]
fn half_of_the_words_of_both_are_enough_and_less_is_not() {
    let half = [(Eq, 0, 0, "one two three "), (Del, 0, 0, "four five six"), (Ins, 0, 0, "seven eight nine")];
    assert_eq!(lineage(&half), (vec![Some(0)], vec![true]));
    let less = [(Eq, 0, 0, "one two three "), (Del, 0, 0, "four five six"), (Ins, 0, 0, "seven eight nine ten")];
    assert_eq!(lineage(&less), (vec![None], vec![false]));
}

#[test]
fn a_sentence_that_grew_or_was_cut_down_is_the_same_when_it_had_three_words() {
    let more = " after a long night at sea in the worst storm since the war";
    assert_eq!(lineage(&[(Eq, 0, 0, "The boats came"), (Ins, 0, 0, more)]), (vec![Some(0)], vec![true]));
    assert_eq!(lineage(&[(Eq, 0, 0, "The boats came"), (Del, 0, 0, more)]), (vec![Some(0)], vec![true]));
    assert_eq!(lineage(&[(Eq, 0, 0, "The boats"), (Ins, 0, 0, more)]), (vec![None], vec![false]));
}

#[test]
fn the_parts_of_a_split_come_from_the_whole_and_what_came_with_them_is_new() {
    let steps = [
        (Eq, 0, 0, "The boats came home on Monday"),
        (Del, 0, 0, ", and "),
        (Ins, 0, 1, "All in "),
        (Eq, 0, 1, "the harbour"),
        (Ins, 0, 2, "Nobody had hoped for"),
        (Eq, 0, 2, " it"),
    ];
    assert_eq!(lineage(&steps), (vec![Some(0), Some(0), None], vec![true]));
}

#[test]
fn a_merged_sentence_comes_from_the_larger_part_and_neither_is_gone() {
    let steps =
        [(Eq, 0, 0, "The boats came home"), (Ins, 1, 0, " and "), (Eq, 1, 0, "the harbour was open again by Monday")];
    assert_eq!(lineage(&steps), (vec![Some(1)], vec![true, true]));
    // The second came in the older revision.
    let alike = [(Eq, 0, 0, "The boats came home"), (Eq, 1, 0, "harbours are open again")];
    assert_eq!(lineage(&alike), (vec![Some(1)], vec![true, true]));
}

#[test]
fn what_left_hardly_a_word_in_a_merge_is_gone() {
    let steps = [
        (Eq, 0, 0, "The boats came home on Monday "),
        (Eq, 1, 0, "night"),
        (Del, 1, 0, " fell and nobody in the town could sleep"),
    ];
    assert_eq!(lineage(&steps), (vec![Some(0)], vec![true, false]));
}

#[test]
fn what_a_sentence_comes_from_is_not_gone_however_little_of_it_is_left() {
    let steps = [
        (Eq, 0, 0, "The boats "),
        (Ins, 0, 0, "are safe"),
        (Eq, 0, 1, "at home"),
        (Ins, 0, 1, " people say"),
        (Del, 0, 1, " came late on Monday after a long night at sea in the worst storm since the war"),
    ];
    assert_eq!(lineage(&steps), (vec![Some(0), Some(0)], vec![true]));
}

#[test]
fn a_sentence_of_marks_alone_is_the_same_as_itself() {
    assert_eq!(lineage(&[(Eq, 0, 0, "***"), (Ins, 0, 0, "*")]), (vec![Some(0)], vec![true]));
    assert_eq!(lineage(&[]), (vec![], vec![]));
}
