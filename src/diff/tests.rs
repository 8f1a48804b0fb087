use proptest::prelude::*;

use super::*;

fn article(headline: &str, paragraphs: &[&str]) -> Article {
    Article {
        headline: headline.into(),
        paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
        ..Article::default()
    }
}

fn diff(old: &Article, new: &Article) -> ArticleDiff {
    compare(old, new, &Options::default())
}

/// Panics unless the diff is a diff of the two articles: every text in one group, every byte in one operation.
fn check(diff: &ArticleDiff, old: &Article, new: &Article) {
    for field in Field::ALL {
        let groups: Vec<&Group> = diff.groups.iter().filter(|group| group.field == field).collect();
        let mut in_old: Vec<usize> = groups.iter().flat_map(|group| &group.old).map(|span| span.para).collect();
        let mut in_new: Vec<usize> = groups.iter().flat_map(|group| &group.new).map(|span| span.para).collect();
        in_old.sort_unstable();
        assert!(in_new.is_sorted(), "groups stand in the order of the newer article");
        in_new.sort_unstable();
        assert!(in_old.into_iter().eq(0..field.texts(old).len()));
        assert!(in_new.into_iter().eq(0..field.texts(new).len()));
    }
    for (id, group) in diff.groups.iter().enumerate() {
        assert_eq!(group.id, id);
        check_tokens(group, old, new);
    }
}

fn check_tokens(group: &Group, old: &Article, new: &Article) {
    let before: String = group.old.iter().map(|span| span.of(group.field, old)).collect();
    let after: String = group.new.iter().map(|span| span.of(group.field, new)).collect();
    assert_eq!(group.op == Op::Unchanged, before == after && !group.old.is_empty() && !group.new.is_empty());
    let (mut at_old, mut at_new) = (0, 0);
    for op in &group.tokens {
        assert_eq!((op.old[0], op.new[0]), (at_old, at_new), "{group:?}");
        let (was, is) = (&before[op.old[0]..op.old[1]], &after[op.new[0]..op.new[1]]);
        match op.op {
            Change::Eq => assert!(was == is && !was.is_empty()),
            Change::Del => assert!(!was.is_empty() && is.is_empty()),
            Change::Ins => assert!(was.is_empty() && !is.is_empty()),
        }
        (at_old, at_new) = (op.old[1], op.new[1]);
    }
    assert_eq!((at_old, at_new), (before.len(), after.len()));
    let pairs = group.tokens.windows(2);
    assert!(
        pairs
            .into_iter()
            .all(|pair| pair[0].op != pair[1].op && (pair[0].op, pair[1].op) != (Change::Ins, Change::Del))
    );
}

#[test]
fn each_field_is_a_group_of_its_own() {
    let old = Article::new("Bridge closed")
        .with_deck("A crack")
        .with_byline(["Ada Lund", "Bo Ek"])
        .with_text("One two three.");
    let new = Article::new("Bridge open").with_byline(["Ada Lund", "Cy Vang"]).with_text("One two three.");
    let diff = diff(&old, &new);
    check(&diff, &old, &new);
    let ops: Vec<(Field, Op)> = diff.groups.iter().map(|group| (group.field, group.op)).collect();
    let expected = [
        (Field::Headline, Op::Edit),
        (Field::Deck, Op::Delete),
        (Field::Byline, Op::Unchanged),
        (Field::Byline, Op::Delete),
        (Field::Byline, Op::Add),
        (Field::Body, Op::Unchanged),
    ];
    assert_eq!(ops, expected);
    assert!(!diff.identical && !diff.degraded);
}

#[test]
fn a_rewritten_headline_is_still_the_headline() {
    let (old, new) = (article("Bridge closed", &[]), article("Nobody may cross", &[]));
    let diff = diff(&old, &new);
    assert_eq!(diff.groups.len(), 1);
    assert_eq!((diff.groups[0].op, diff.groups[0].similarity), (Op::Edit, 0.0));
}

#[test]
fn a_moved_paragraph_stands_where_it_is_now_and_says_where_it_was() {
    let (crack, mayor) = ("A crack was found in the northern pier.", "The mayor was told on Monday.");
    let (old, new) = (article("", &[mayor, crack]), article("", &[crack, mayor]));
    let diff = diff(&old, &new);
    check(&diff, &old, &new);
    let moved = &diff.groups[1];
    assert!(moved.moved && moved.op == Op::Unchanged && moved.old[0].para == 0 && moved.new[0].para == 1);
}

#[test]
fn deleted_paragraphs_stand_where_they_were() {
    let old = article("", &["First comes this.", "Gone is that.", "Last comes it all."]);
    let new = article("", &["First comes this.", "Entirely other words now.", "Last comes it all."]);
    let ops: Vec<Op> = diff(&old, &new).groups.iter().map(|group| group.op).collect();
    assert_eq!(ops, [Op::Unchanged, Op::Delete, Op::Add, Op::Unchanged]);
}

/// 500 KB of text in sentences of about 60 bytes, ten to a paragraph, made by `word`.
fn long(word: impl Fn(usize) -> String) -> Vec<String> {
    let sentence = |at: usize| format!("{}.", (0..10).map(|place| word(10 * at + place)).collect::<Vec<_>>().join(" "));
    let sentences: Vec<String> = (0..8_400).map(sentence).collect();
    sentences.chunks(10).map(|ten| ten.join(" ")).collect()
}

fn body(paragraphs: Vec<String>) -> Article {
    Article { paragraphs, ..Article::default() }
}

/// Steps per byte of both articles that an article of many paragraphs may take, however bad.
const MAX_STEPS_A_BYTE: u64 = 10;

fn steps(name: &str, old: &Article, new: &Article) -> ArticleDiff {
    counted(name, old, new, MAX_STEPS_A_BYTE * (old.text().len() + new.text().len()) as u64)
}

fn counted(name: &str, old: &Article, new: &Article, max: u64) -> ArticleDiff {
    let mut budget = Budget::new(Options::default().max_steps);
    let diff = compare_within(old, new, &mut budget);
    check(&diff, old, new);
    let bytes = (old.text().len() + new.text().len()) as u64;
    assert!(bytes > 900_000, "{name}: {bytes} bytes");
    assert!(budget.spent() <= max, "{name}: {} steps for {bytes} bytes", budget.spent());
    diff
}

#[test]
fn half_a_megabyte_takes_a_bounded_number_of_steps() {
    let numbered = || long(|at| format!("word{at:x}"));
    let repeated = || {
        long(|at| {
            ["again", "the", "bridges", "are", "closed", "to", "every", "lorry", "and", "carriage"][at % 10].to_owned()
        })
    };
    let reversed = body(numbered().into_iter().rev().collect());
    let diff = steps("reversed", &body(numbered()), &reversed);
    assert_eq!((diff.summary.paragraphs_moved, diff.summary.words_added), (839, 0));

    let all = numbered();
    let shuffled = body((0..all.len()).map(|at| all[at * 389 % all.len()].clone()).collect());
    assert_eq!(steps("shuffled", &body(numbered()), &shuffled).summary.similarity, 1.0);
    let different = body(long(|at| format!("other{at:x}")));
    assert_eq!(steps("all different", &body(numbered()), &different).summary.similarity, 0.0);

    let mut edited = repeated();
    edited.remove(7);
    edited[400].push_str(" Trains run.");
    assert_eq!(steps("one sentence repeated", &body(repeated()), &body(edited)).summary.words_added, 2);
    let sentence =
        |text: Vec<String>| body(text.join(" ").split_inclusive(". ").map(|text| text.trim().to_owned()).collect());
    let mut fewer = repeated();
    fewer.truncate(820);
    assert!(steps("each a paragraph", &sentence(repeated()), &sentence(fewer)).summary.paragraphs_removed > 100);
}

#[test]
fn half_a_megabyte_in_one_paragraph_takes_a_bounded_number_of_steps() {
    let numbered = || long(|at| format!("word{at:x}"));
    let one = |paragraphs: Vec<String>| body(vec![paragraphs.join(" ")]);
    let mut edited = numbered();
    edited[500] = edited[500].replace("word", "other");
    let diff = steps("edited", &one(numbered()), &one(edited));
    assert_eq!((diff.degraded, diff.summary.words_added), (false, 100));
    steps("reversed", &one(numbered()), &one(numbered().into_iter().rev().collect()));
    let one_of_two = |at: usize, step: usize| ["a", "b"][(at * at / step) % 2].repeat(5);
    let max = Options::default().max_steps;
    let diff = counted("two words", &one(long(|at| one_of_two(at, 3))), &one(long(|at| one_of_two(at, 7))), max);
    assert!(diff.degraded, "this needs 10^10 steps");
}

#[test]
fn without_a_budget_the_diff_is_coarse_and_right() {
    let old = article("Bridge closed now", &["A crack was found. It is deep.", "The mayor was told."]);
    let new =
        article("Bridge open now", &["A crack was found. It is mended.", "The council met.", "The mayor was told."]);
    let diff = compare(&old, &new, &Options { max_steps: 0 });
    check(&diff, &old, &new);
    assert!(diff.degraded);
    let unchanged = diff.groups.iter().find(|group| group.op == Op::Unchanged).unwrap();
    assert_eq!(unchanged.old[0].of(Field::Body, &old), "The mayor was told.");
}

fn any_article() -> impl Strategy<Value = Article> {
    // Few words, so that articles share them; and now and then anything at all.
    let word = prop_oneof![20 => "[a-e]|the|of|[.,]|1[0-9],5|橋|は|e\u{301}|न|\u{202e}", 1 => "\\PC{0,3}|\\s"];
    let text = prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "));
    let paragraphs = prop::collection::vec(text.clone(), 0..8);
    (text.clone(), text.clone(), prop::collection::vec(text, 0..3), paragraphs)
        .prop_map(|(headline, deck, byline, paragraphs)| Article { headline, deck, byline, paragraphs })
}

proptest! {
    #[test]
    fn any_diff_covers_both_sides(old in any_article(), new in any_article(), max_steps in prop_oneof![Just(1u64 << 28), 0..2000u64]) {
        check(&compare(&old, &new, &Options { max_steps }), &old, &new);
    }

    #[test]
    fn an_article_is_identical_to_itself(article in any_article()) {
        let diff = diff(&article, &article);
        prop_assert!(diff.identical && !diff.summary.cosmetic_only);
        prop_assert!(diff.groups.iter().all(|group| group.op == Op::Unchanged && !group.moved && group.similarity == 1.0));
        prop_assert_eq!(diff.summary.to_string(), "no change");
    }

    #[test]
    fn a_diff_is_the_mirror_of_its_reverse(old in any_article(), new in any_article(), max_steps in prop_oneof![Just(1u64 << 28), 0..2000u64]) {
        let options = Options { max_steps };
        let (there, back) = (compare(&old, &new, &options), compare(&new, &old, &options));
        let mirrored = Summary {
            paragraphs_added: back.summary.paragraphs_removed,
            paragraphs_removed: back.summary.paragraphs_added,
            words_added: back.summary.words_removed,
            words_removed: back.summary.words_added,
            ..back.summary.clone()
        };
        prop_assert_eq!(&there.summary, &mirrored);
        let mut pairs: Vec<_> = there.groups.iter().map(|group| (group.field, group.old.clone(), group.new.clone(), group.moved)).collect();
        let mut swapped: Vec<_> = back.groups.iter().map(|group| (group.field, group.new.clone(), group.old.clone(), group.moved)).collect();
        let place = |one: &(Field, Vec<Span>, Vec<Span>, bool)| (one.0, one.1.first().map(|span| span.para), one.2.first().map(|span| span.para));
        pairs.sort_by_key(place);
        swapped.sort_by_key(place);
        prop_assert_eq!(pairs, swapped);
        prop_assert_eq!(there.identical, old == new);
    }

    #[test]
    fn any_text_is_compared_without_a_panic(old in "\\PC*", new in "(?s).*") {
        let (old, new) = (Article::new(&*old).with_text(&old), Article::new(&*new).with_text(&new));
        check(&diff(&old, &new), &old, &new);
    }
}
