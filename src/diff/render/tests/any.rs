//! What holds of any two articles, and of any diff.

use proptest::prelude::*;

use super::super::super::{
    ArticleDiff, Change, Class, Field, Group, Op, Options as DiffOptions, Span, TokenOp, compare,
};
use super::super::page::rows;
use super::super::part::{Part, Side, column, woven};
use super::ALL;
use crate::diff::render::Options;
use crate::model::Article;

fn any_article() -> impl Strategy<Value = Article> {
    // Few sentences, so that articles share them, in paragraphs that begin and end anywhere.
    let sentence = prop_oneof![
        8 => "(A crack was found in the pier|The mayor was told on Monday|Nobody was hurt|Cars must go by Holm)[.!]",
        4 => "(The mayor|A diver|Nobody) (said|saw) (17|22) (ships|cars)[.]",
        2 => "橋は(閉鎖|再開)。|أُغلِقَ الجسر[.]",
        1 => "\\PC{1,8}",
    ];
    let paragraph = prop::collection::vec(sentence, 1..5).prop_map(|sentences| sentences.join(" "));
    prop::collection::vec(paragraph, 0..6).prop_map(|paragraphs| Article { paragraphs, ..Article::default() })
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn without(parts: &[Part<'_>], gone: Change) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Text(change, text) if *change != gone => squeezed(text),
        _ => String::new(),
    });
    texts.collect()
}

fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = squeezed(text).chars().collect();
    letters.sort_unstable();
    letters
}

fn any_group() -> impl Strategy<Value = Group> {
    let number = || prop_oneof![6 => 0usize..4, 2 => 0usize..30, 1 => Just(usize::MAX)];
    let span = || {
        (number(), number(), number(), number()).prop_map(|(para, sent, start, end)| Span { para, sent, start, end })
    };
    let spans = || prop::collection::vec(span(), 0..3);
    let change = prop_oneof![Just(Change::Eq), Just(Change::Del), Just(Change::Ins)];
    let token = (change, [number(), number()], [number(), number()], 0usize..3, 0usize..3).prop_map(
        |(op, old, new, old_span, new_span)| TokenOp { op, old, new, old_span, new_span, text: String::new() },
    );
    let op = prop_oneof![Just(Op::Unchanged), Just(Op::Edit), Just(Op::Split), Just(Op::Add), Just(Op::Delete)];
    let field = prop_oneof![4 => Just(Field::Body), 1 => Just(Field::Headline), 1 => Just(Field::Byline)];
    let rest = (any::<bool>(), prop::option::of(0usize..3), prop::collection::vec(token, 0..5), number());
    (op, field, spans(), spans(), rest).prop_map(|(op, field, old, new, (moved, move_id, tokens, id))| Group {
        id,
        op,
        field,
        old,
        new,
        moved,
        move_id,
        similarity: 0.0,
        tags: vec![Class::Number, Class::Notice],
        findings: Vec::new(),
        tokens,
    })
}

proptest! {
    #[test]
    fn rows_hold_every_letter_of_both_sides_once(old in any_article(), new in any_article()) {
        let diff = compare(&old, &new, &DiffOptions::default());
        let rows = rows(&diff, &old, &new);
        let mut newer = rows.iter().filter(|row| row.new.is_some());
        for text in new.paragraphs.iter().filter(|text| !text.trim().is_empty()) {
            let row = newer.next().unwrap();
            prop_assert_eq!(without(&woven(row), Change::Del), squeezed(text));
        }
        prop_assert!(newer.next().is_none());
        let older: String = rows.iter().map(|row| without(&woven(row), Change::Ins)).collect();
        prop_assert_eq!(letters(&older), letters(&old.text()));
    }

    #[test]
    fn columns_say_what_the_woven_text_says(old in any_article(), new in any_article()) {
        let diff = compare(&old, &new, &DiffOptions::default());
        for row in rows(&diff, &old, &new).iter().filter(|row| row.new.is_some()) {
            prop_assert_eq!(without(&column(row, Side::New), Change::Del), without(&woven(row), Change::Del));
        }
    }

    #[test]
    fn no_diff_that_one_can_write_down_makes_a_renderer_panic(
        groups in prop::collection::vec(any_group(), 0..8), old in any_article(), new in any_article(), width in 0usize..60,
    ) {
        let diff = ArticleDiff { groups, ..compare(&old, &new, &DiffOptions::default()) };
        for render in ALL {
            for color in [false, true] {
                render(&diff, &old, &new, &Options { width, color, ..Options::default() });
            }
        }
    }

    #[test]
    fn both_ends_of_each_move_link_to_each_other(old in any_article(), new in any_article()) {
        let diff = compare(&old, &new, &DiffOptions::default());
        let page = super::super::html(&diff, &old, &new, &Options::default());
        let values = |name: &str| {
            let values = page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
            values.map(str::to_owned).collect::<Vec<String>>()
        };
        let (mut ids, links) = (values(" id=\""), values(" href=\"#"));
        prop_assert!(links.iter().all(|link| ids.contains(link)), "{}", page);
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
    }

    #[test]
    fn an_exact_unified_diff_of_moved_and_split_paragraphs_is_a_patch(old in any_article(), new in any_article()) {
        let make = |article: &Article| {
            let text = crate::text::canonical(article).unwrap().text;
            (crate::text::parse_canonical(&text).unwrap(), text)
        };
        let ((old, old_text), (new, new_text)) = (make(&old), make(&new));
        let diff = compare(&old, &new, &DiffOptions::default());
        let patch = super::super::unified(&diff, &old, &new, &Options { exact: true, ..Options::default() });
        prop_assert_eq!(super::patched(&old_text, &patch), new_text, "{}", patch);
    }
}
