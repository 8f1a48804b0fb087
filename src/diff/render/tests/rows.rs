use super::super::super::{ArticleDiff, Class, Direction, Finding, NoticeKind, NumberChange, Span};
use super::super::*;
use super::hand::{DEL, EQ, Hand, INS};
use crate::model::Article;

/// What the terminal shows of the body, in lines that never wrap.
fn body((diff, old, new): &(ArticleDiff, Article, Article)) -> String {
    let text = ansi(diff, old, new, &Options { width: 1000, ..Options::default() });
    text.strip_prefix("  Bridge\n\n").unwrap().to_owned()
}

fn page((diff, old, new): &(ArticleDiff, Article, Article)) -> String {
    html(diff, old, new, &Options::default())
}

#[test]
fn a_sentence_that_went_or_came_is_shown_inside_the_paragraph_that_stands() {
    let diff = Hand::new(&[&["One.", "Two.", "Three."]], &[&["One.", "Three.", "Four."]])
        .same((0, 0), (0, 0))
        .gone((0, 1))
        .same((0, 2), (0, 1))
        .came((0, 2))
        .done();
    assert_eq!(body(&diff), "~ One. [-Two.-] Three. {+Four.+}\n");
    let first = Hand::new(&[&["One.", "Two."]], &[&["Two."]]).gone((0, 0)).same((0, 1), (0, 0)).done();
    assert_eq!(body(&first), "~ [-One.-] Two.\n");
}

#[test]
fn a_paragraph_of_which_nothing_is_left_is_a_deleted_one_where_it_stood() {
    let diff = Hand::new(&[&["A."], &["One.", "Two."], &["B."]], &[&["A."], &["New.", "Newer."], &["B."]])
        .same((0, 0), (0, 0))
        .came((1, 0))
        .came((1, 1))
        .gone((1, 0))
        .gone((1, 1))
        .same((2, 0), (2, 0))
        .done();
    assert_eq!(body(&diff), "  A.\n\n- One. Two.\n\n+ New. Newer.\n\n  ... 1 paragraph unchanged ...\n");
}

#[test]
fn a_moved_sentence_is_marked_at_both_places_and_neither_deleted_nor_added() {
    let diff =
        Hand::new(&[&["One.", "He said 17.", "Two."], &["Three."]], &[&["One.", "Two."], &["Three.", "He said 22."]])
            .same((0, 0), (0, 0))
            .same((0, 2), (0, 1))
            .same((1, 0), (1, 0))
            .group(&[(0, 1)], &[(1, 1)], &[(EQ, "He said "), (DEL, "17"), (INS, "22"), (EQ, ".")])
            .moved(0)
            .done();
    let expected = "~ One. (moved to paragraph 2: \"He said 22.\") Two.\n\n\
                    ~ Three. (moved down from paragraph 1) {>He said [-17-]{+22+}.<}\n";
    assert_eq!(body(&diff), expected);
    let page = page(&diff);
    assert!(
        page.contains("<a class=\"note\" id=\"m1-from\" href=\"#m1\"") && page.contains("id=\"m1\" href=\"#m1-from\"")
    );
    let text = markdown(&diff.0, &diff.1, &diff.2, &Options::default());
    assert!(text.contains("*(moved down from paragraph 1)* <em>He said ~~17~~ **22**.</em>"), "{text}");
}

#[test]
fn a_paragraph_that_moved_is_one_row_and_a_run_has_one_note() {
    let old: &[&[&str]] = &[&["A."], &["One.", "Two."], &["Three."], &["B."]];
    let diff = Hand::new(old, &[&["A."], &["B."], &["One.", "Two."], &["Three."]])
        .same((0, 0), (0, 0))
        .same((3, 0), (1, 0))
        .same((1, 0), (2, 0))
        .moved(0)
        .same((1, 1), (2, 1))
        .moved(0)
        .same((2, 0), (3, 0))
        .moved(0)
        .done();
    let expected = "  A.\n\n< (moved to paragraphs 3 to 4: \"One.\")\n\n  B.\n\n\
                    > (moved down from paragraphs 2 to 3)\n> One. Two.\n\n> Three.\n";
    assert_eq!(body(&diff), expected);
}

#[test]
fn a_sentence_that_came_into_a_moved_paragraph_does_not_make_two_moves_of_one() {
    let diff = Hand::new(&[&["One.", "Two."], &["B."]], &[&["B."], &["One.", "New.", "Two."]])
        .same((1, 0), (0, 0))
        .same((0, 0), (1, 0))
        .moved(0)
        .came((1, 1))
        .same((0, 1), (1, 2))
        .moved(1)
        .done();
    let expected =
        "< (moved to paragraph 2: \"One.\")\n\n  B.\n\n> (moved down from paragraph 1)\n> One. {+New.+} Two.\n";
    assert_eq!(body(&diff), expected);
}

#[test]
fn what_was_deleted_from_a_moved_paragraph_is_struck_inside_it() {
    let diff = Hand::new(&[&["One.", "Gone.", "Two."], &["B."]], &[&["B."], &["One.", "Two."]])
        .same((1, 0), (0, 0))
        .same((0, 0), (1, 0))
        .moved(0)
        .gone((0, 1))
        .same((0, 2), (1, 1))
        .moved(0)
        .done();
    let expected =
        "< (moved to paragraph 2: \"One.\")\n\n  B.\n\n> (moved down from paragraph 1)\n> One. [-Gone.-] Two.\n";
    assert_eq!(body(&diff), expected);
}

#[test]
fn a_sentence_that_moved_within_its_paragraph_says_so() {
    let diff = Hand::new(&[&["One.", "Two.", "Three."]], &[&["Three.", "One.", "Two."]])
        .same((0, 2), (0, 0))
        .moved(0)
        .same((0, 0), (0, 1))
        .same((0, 1), (0, 2))
        .done();
    let expected = "~ (moved up in the paragraph) {>Three.<} One. Two. (moved up in the paragraph: \"Three.\")\n";
    assert_eq!(body(&diff), expected);
}

#[test]
fn ends_of_paragraphs_that_came_or_went_are_small_marks() {
    let joined =
        Hand::new(&[&["One."], &["Two."]], &[&["One.", "Two."]]).same((0, 0), (0, 0)).same((1, 0), (0, 1)).done();
    assert_eq!(body(&joined), "~ One.[-¶-] Two.\n");
    let split =
        Hand::new(&[&["One.", "Two."]], &[&["One."], &["Two."]]).same((0, 0), (0, 0)).same((0, 1), (1, 0)).done();
    assert_eq!(body(&split), "~ One.{+¶+}\n\n~ Two.\n");
    assert!(page(&split).contains("<section class=\"edit quiet\">"));
    let parted = Hand::new(&[&["One.", "Two."]], &[&["One."], &["New."], &["Two."]]);
    let parted = parted.same((0, 0), (0, 0)).came((1, 0)).same((0, 1), (2, 0)).done();
    assert_eq!(body(&parted), "  One.\n\n+ New.\n\n  ... 1 paragraph unchanged ...\n", "what lies between says it");
    let longer = Hand::new(&[&["One.", "Two."]], &[&["One.", "New."], &["Two."]]);
    let longer = longer.same((0, 0), (0, 0)).came((0, 1)).same((0, 1), (1, 0)).done();
    assert_eq!(body(&longer), "~ One. {+New.¶+}\n\n~ Two.\n", "two marks of a kind are one");
    let merged = Hand::new(&[&["One."], &["Two."]], &[&["One and two."]])
        .group(
            &[(0, 0), (1, 0)],
            &[(0, 0)],
            &[(EQ, "One"), (DEL, "."), (INS, " and "), (DEL, "T"), (INS, "t"), (EQ, "wo.")],
        )
        .done();
    assert_eq!(body(&merged), "~ One[-.-]{+ and +}[-¶T-]{+t+}wo.\n");
}

#[test]
fn a_sentence_that_stood_between_two_which_were_merged_is_shown_once() {
    let diff = Hand::new(&[&["One.", "Gone.", "Two."]], &[&["One and two."]])
        .group(&[(0, 0), (0, 2)], &[(0, 0)], &[(EQ, "One"), (DEL, "."), (DEL, "Two"), (INS, " and two"), (EQ, ".")])
        .gone((0, 1))
        .done();
    assert_eq!(body(&diff), "~ One[-. Two-]{+ and two+}. [-Gone.-]\n");
}

#[test]
fn a_split_and_a_merge_read_on_with_the_space_that_stands() {
    let split = Hand::new(&[&["It fell, and it broke."]], &[&["It fell.", "It broke."]])
        .group(
            &[(0, 0)],
            &[(0, 0), (0, 1)],
            &[(EQ, "It fell"), (DEL, ", and it"), (INS, "."), (INS, "It"), (EQ, " broke.")],
        )
        .done();
    assert_eq!(body(&split), "~ It fell[-, and it-]{+. It+} broke.\n");
    let merge = Hand::new(&[&["It fell.", "It", "broke."]], &[&["It fell at once."]])
        .group(
            &[(0, 0), (0, 1), (0, 2)],
            &[(0, 0)],
            &[(EQ, "It fell"), (DEL, "."), (DEL, "It"), (DEL, "broke"), (INS, " at once"), (EQ, ".")],
        )
        .done();
    assert_eq!(body(&merge), "~ It fell[-. It broke-]{+ at once+}.\n");
}

#[test]
fn what_has_nothing_in_common_stands_before_and_after_and_is_not_woven() {
    let whole = |hand: Hand, at| hand.group(&[at], &[at], &[(DEL, "Cat."), (INS, "Dog.")]);
    let hand = Hand::new(&[&["Cat.", "Cat."]], &[&["Dog.", "Dog."]]);
    let diff = whole(whole(hand, (0, 0)), (0, 1)).done();
    assert_eq!(body(&diff), "- Cat. Cat.\n+ Dog. Dog.\n");
    let inside = Hand::new(&[&["One.", "Cat.", "Cat."]], &[&["One.", "Dog.", "Dog."]]).same((0, 0), (0, 0));
    let inside = whole(whole(inside, (0, 1)), (0, 2)).done();
    assert_eq!(body(&inside), "~ One. [-Cat. Cat.-]{+ Dog. Dog.+}\n".replace("]{+ ", "] {+"));
}

fn number() -> Finding {
    let span = |start| Some(Span { para: 0, sent: 0, start, end: start + 2 });
    let number = NumberChange {
        old: 17.0,
        new: 22.0,
        old_text: "17".into(),
        new_text: "22".into(),
        unit: None,
        direction: Direction::Up,
    };
    Finding { class: Class::Number, old: span(8), new: span(8), number: Some(number), notice: None }
}

#[test]
fn a_row_says_what_kind_of_change_it_is_where_that_is_more_than_the_marks() {
    let notice =
        Finding { class: Class::Notice, old: None, new: None, number: None, notice: Some(NoticeKind::Correction) };
    let diff = Hand::new(&[&["He said 17."]], &[&["He said 22."], &["Correction: <b>."]])
        .group(&[(0, 0)], &[(0, 0)], &[(EQ, "He said "), (DEL, "17"), (INS, "22"), (EQ, ".")])
        .tagged(Class::Number, Some(number()))
        .tagged(Class::Reorder, None)
        .tagged(Class::Hedge, None)
        .came((1, 0))
        .tagged(Class::Notice, Some(notice))
        .done();
    let expected = "~ (hedge)\n~ He said [-17-]{+22+}.\n\n+ (correction)\n+ Correction: <b>.\n";
    assert_eq!(body(&diff), expected);
    let page = page(&diff);
    assert!(page.contains("<span class=\"chip\" dir=\"ltr\">number <bdi>17</bdi> &rarr; <bdi>22</bdi></span>"));
    assert!(markdown(&diff.0, &diff.1, &diff.2, &Options::default()).contains("*(hedge)* He said"));
}

#[test]
fn typography_and_boilerplate_are_dim_and_still_there() {
    let diff = Hand::new(&[&["Share."], &["One."]], &[&["Share this."], &["One!"]])
        .group(&[(0, 0)], &[(0, 0)], &[(EQ, "Share"), (INS, " this"), (EQ, ".")])
        .tagged(Class::Boilerplate, None)
        .group(&[(1, 0)], &[(1, 0)], &[(EQ, "One"), (DEL, "."), (INS, "!")])
        .tagged(Class::Format, None)
        .done();
    assert!(body(&diff).contains("~ (boilerplate)\n~ Share{+ this+}.\n\n~ (typography)\n~ One[-.-]{+!+}\n"));
    let color = ansi(&diff.0, &diff.1, &diff.2, &Options { color: true, ..Options::default() });
    assert!(color.contains("\u{1b}[2mOne\u{1b}[0m\u{1b}[2;9;31m.\u{1b}[0m\u{1b}[2;32m!\u{1b}[0m"), "{color:?}");
    assert_eq!(page(&diff).matches("<section class=\"edit quiet\">").count(), 2);
}

#[test]
fn what_nobody_sees_is_shown_where_it_came_or_went() {
    let diff = Hand::new(&[&["A crack\u{200b} in it."]], &[&["A crack in it."]])
        .group(&[(0, 0)], &[(0, 0)], &[(EQ, "A crack"), (DEL, "\u{200b}"), (EQ, " in it.")])
        .tagged(Class::Format, None)
        .done();
    assert_eq!(body(&diff), "~ (typography)\n~ A crack[-\u{fffd}-] in it.\n");
    let (old, new) = (
        Article::new("Bridge").with_text("A crack\u{200b} in it."),
        Article::new("Bridge").with_text("A crack in it."),
    );
    let diff = (crate::diff::compare(&old, &new, &crate::diff::Options::default()), old, new);
    assert_eq!(body(&diff), "~ (invisible characters)\n~ A crack[-\u{fffd}-] in it.\n");
    assert!(page(&diff).contains("A crack<del>\u{fffd}</del> in it."));
}

#[test]
fn white_space_alone_is_said_to_be_just_that() {
    let diff =
        Hand::new(&[&["One.", "\u{1}Two."]], &[&["One.", "Two."]]).same((0, 0), (0, 0)).same((0, 1), (0, 1)).done();
    assert_eq!(body(&diff), "~ (white space)\n~ One.{+ +}Two.\n");
}

#[test]
fn far_sentences_of_a_long_paragraph_are_left_out_at_a_terminal_only() {
    let long = "A sentence of some length that nobody touched in this edit.";
    let old: Vec<&str> = std::iter::repeat_n(long, 12).chain(["Gone."]).collect();
    let mut hand = Hand::new(&[&old], &[&old[..12]]);
    for at in 0..12 {
        hand = hand.same((0, at), (0, at));
    }
    let diff = hand.gone((0, 12)).done();
    let text = ansi(&diff.0, &diff.1, &diff.2, &Options::default());
    assert!(
        text.ends_with("~ [...] A sentence of some length that nobody touched in this edit. [-Gone.-]\n"),
        "{text}"
    );
    assert!(!page(&diff).contains("[...]"));
    assert_eq!(body(&diff).matches(long).count(), 12, "two lines are not long");
}

#[test]
fn columns_hold_each_side_and_a_move_is_read_once() {
    let diff = Hand::new(&[&["One.", "Moved.", "Gone."], &["Two."]], &[&["One."], &["Two.", "Moved.", "New."]])
        .same((0, 0), (0, 0))
        .gone((0, 2))
        .same((1, 0), (1, 0))
        .same((0, 1), (1, 1))
        .moved(0)
        .came((1, 2))
        .done();
    let text = side_by_side(&diff.0, &diff.1, &diff.2, &Options { width: 203, ..Options::default() });
    let cells: Vec<Vec<&str>> = text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    assert!(cells.contains(&vec!["One. (moved to paragraph 2: \"Moved.\") [-Gone.-]", "One."]), "{text}");
    assert!(cells.contains(&vec!["Two.", "Two. (moved down from paragraph 1) {>Moved.<} {+New.+}"]), "{text}");
}

#[test]
fn scripts_without_spaces_get_none_and_their_marks_are_marks() {
    let diff = Hand::new(&[&["橋は閉鎖。", "市長。"]], &[&["橋は「再開」。", "市長。", "終わり。"]])
        .group(&[(0, 0)], &[(0, 0)], &[(EQ, "橋は"), (DEL, "閉鎖"), (INS, "「再開」"), (EQ, "。")])
        .same((0, 1), (0, 1))
        .came((0, 2))
        .done();
    assert_eq!(body(&diff), "~ 橋は[-閉鎖-]{+「再開」+}。市長。{+終わり。+}\n");
    let text = markdown(&diff.0, &diff.1, &diff.2, &Options::default());
    assert!(text.contains("橋は~~閉鎖~~**「再開」**。市長。**終わり。**"), "{text}");
}
