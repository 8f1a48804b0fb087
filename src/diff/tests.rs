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

/// Panics unless the diff is a diff of the two articles: every sentence in one group, every byte of it in one operation, and
/// each article makes the other.
fn check(diff: &ArticleDiff, old: &Article, new: &Article) {
    for field in Field::ALL {
        let groups: Vec<&Group> = diff.groups.iter().filter(|group| group.field == field).collect();
        let spans = |side: fn(&Group) -> &Vec<Span>| -> Vec<Span> {
            groups.iter().flat_map(|group| side(group).iter().copied()).collect()
        };
        let place = |span: &Span| (span.para, span.sent);
        let firsts: Vec<_> = groups.iter().filter_map(|group| group.new.first().map(place)).collect();
        assert!(firsts.is_sorted(), "groups stand in the order of the newer article");
        check_spans(spans(|group| &group.old), &field.texts(old));
        check_spans(spans(|group| &group.new), &field.texts(new));
    }
    for (id, group) in diff.groups.iter().enumerate() {
        assert_eq!(group.id, id);
        assert_eq!(group.moved, group.move_id.is_some());
        check_tokens(group, old, new);
    }
    let moved: Vec<usize> = diff.moves.iter().flat_map(|one| one.groups.iter().copied()).collect();
    assert_eq!(moved, diff.groups.iter().filter(|group| group.moved).map(|group| group.id).collect::<Vec<_>>());
    assert_eq!(diff.apply(old).as_ref(), Ok(new));
    assert_eq!(diff.revert(new).as_ref(), Ok(old));
}

/// Every sentence is in one group, and what is between them is white space.
fn check_spans(mut spans: Vec<Span>, texts: &[&str]) {
    spans.sort_unstable_by_key(|span| (span.para, span.sent));
    for (para, text) in texts.iter().enumerate() {
        let mut left = String::new();
        let mut at = 0;
        for (sent, span) in spans.iter().filter(|span| span.para == para).enumerate() {
            assert_eq!(span.sent, sent);
            left.push_str(&text[at..span.start]);
            at = span.end;
        }
        left.push_str(&text[at..]);
        assert_eq!(left.trim(), "", "{text:?}");
    }
    assert!(spans.iter().all(|span| span.para < texts.len()));
}

fn check_tokens(group: &Group, old: &Article, new: &Article) {
    let sentences =
        |spans: &[Span], article| spans.iter().map(|span| span.of(group.field, article)).collect::<Vec<_>>();
    let (before, after) = (sentences(&group.old, old), sentences(&group.new, new));
    let is_equal = before == after && before.len() == 1;
    assert_eq!(group.op == Op::Unchanged, is_equal, "{group:?}");
    let (mut was, mut is) = (String::new(), String::new());
    for op in &group.tokens {
        let slice = |spans: &[Span], at: usize, range: [usize; 2], article| {
            let text = spans.get(at).and_then(|span| span.text(group.field, article)).unwrap_or_default();
            text[range[0]..range[1]].to_owned()
        };
        let (gone, came) = (slice(&group.old, op.old_span, op.old, old), slice(&group.new, op.new_span, op.new, new));
        match op.op {
            Change::Eq => assert!(gone == came && !gone.is_empty() && op.text.is_empty()),
            Change::Del => assert!(!gone.is_empty() && came.is_empty() && op.text == gone),
            Change::Ins => assert!(gone.is_empty() && !came.is_empty() && op.text == came),
        }
        was.push_str(&gone);
        is.push_str(&came);
    }
    assert_eq!((was, is), (before.concat(), after.concat()));
    for run in group.tokens.chunk_by(|one, next| one.op != Change::Eq && next.op != Change::Eq) {
        assert!(run.iter().map(|op| op.op == Change::Ins).is_sorted(), "what went stands before what came");
    }
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
fn the_clauses_of_a_sentence_that_moved_count_as_one() {
    let clauses = "The pier is cracked in three places; the mayor was told on Monday; the bridge is closed until May.";
    let (ferry, hurt) = ("Ferries run all night until then.", "Nobody was hurt in the accident.");
    let (old, new) = (article("", &[clauses, ferry, hurt]), article("", &[ferry, hurt, clauses]));
    let diff = diff(&old, &new);
    check(&diff, &old, &new);
    let moved: Vec<&str> =
        diff.groups.iter().filter(|group| group.moved).map(|group| group.old[0].of(Field::Body, &old)).collect();
    assert_eq!(moved, clauses.split_inclusive("; ").map(str::trim).collect::<Vec<_>>());
}

#[test]
fn a_short_sentence_that_grew_a_long_clause_is_edited_wherever_it_is() {
    let (ferry, hurt, mayor) = ("Ferries run all night.", "Nobody was hurt.", "The mayor was told.");
    let long = ", two people who had crossed it minutes earlier told a reporter in the harbour on Friday.";
    let old = article("", &["The bridge collapsed.", ferry, hurt, mayor]);
    for (verb, expected) in [("collapsed", Op::Edit), ("stands", Op::Add)] {
        let new = article("", &[ferry, hurt, mayor, &format!("The bridge {verb}{long}")]);
        let diff = diff(&old, &new);
        check(&diff, &old, &new);
        assert_eq!(diff.groups.last().map(|group| group.op), Some(expected), "{verb}");
    }
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
    let diff = compare_within(old, new, &Options::default(), &mut budget);
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
    // Without a mark it is a single sentence.
    let unmarked = |step: usize| body(vec![long(|at| one_of_two(at, step)).join(" ").replace('.', "")]);
    let max = Options::default().max_steps;
    let diff = counted("two words", &unmarked(3), &unmarked(7), max);
    assert!(diff.degraded, "this needs 10^10 steps");
}

#[test]
fn without_a_budget_the_diff_is_coarse_and_right() {
    let old = article("Bridge closed now", &["A crack was found. It is deep.", "The mayor was told."]);
    let new =
        article("Bridge open now", &["A crack was found. It is mended.", "The council met.", "The mayor was told."]);
    let diff = compare(&old, &new, &Options { max_steps: 0, ..Options::default() });
    check(&diff, &old, &new);
    assert!(diff.degraded);
    let unchanged = diff.groups.iter().filter(|group| group.op == Op::Unchanged);
    let unchanged: Vec<&str> = unchanged.map(|group| group.old[0].of(Field::Body, &old)).collect();
    assert_eq!(unchanged, ["A crack was found.", "The mayor was told."]);
}

/// What a diff tells of a group: its field, both sides, whether it moved, what went and what came.
type Told = (Field, Vec<Span>, Vec<Span>, bool, Vec<String>, Vec<String>);

fn texts(group: &Group, change: Change) -> Vec<String> {
    group.tokens.iter().filter(|op| op.op == change).map(|op| op.text.clone()).collect()
}

fn any_article() -> impl Strategy<Value = Article> {
    // Few words, so that articles share them; and now and then anything at all.
    let word = prop_oneof![20 => "[a-e]|the|of|[.,]|1[0-9],5|橋|は|e\u{301}|न|\u{202e}", 1 => "\\PC{0,3}|\\s"];
    let text = prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "));
    let paragraphs = prop::collection::vec(text.clone(), 0..8);
    (text.clone(), text.clone(), prop::collection::vec(text, 0..3), paragraphs)
        .prop_map(|(headline, deck, byline, paragraphs)| Article { headline, deck, byline, paragraphs })
}

/// Sentences of several scripts, and things that are none.
fn any_sentence() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[A-Z]?[a-z]{1,9}|the|of|Dr.|U.S.|[0-9]{1,4}|\\$[0-9].[0-9]bn|[,;:(\"“”«»-]",
        "[а-яё]{2,8}|[ا-ي]{2,7}|[\u{5d0}-\u{5ea}]{2,6}|[क-ह][ािीु]?|[ก-ฮ]{1,4}[ะาิ]?|[一-鿿]{1,6}|[ぁ-ん]{1,4}|[가-힣]{1,4}",
        "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{2066}-\u{2069}\u{feff}\u{ad}]|e\u{301}|\u{301}{1,3}|👩‍👩‍👧|🇩🇪|\u{0}|\u{fffd}",
        "[a-z]{60,90}|[0-9.,]{40}|[.!?…]{1,9}|[一-龥]{40}|(ab){50}",
    ];
    let space = prop_oneof![12 => Just(" "), 1 => Just("  "), 1 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\u{a0}"), 1 => Just("\u{3000}"), 1 => Just(""), 1 => Just("\t")];
    let end = prop_oneof![8 => Just("."), 1 => Just("?"), 1 => Just("。"), 1 => Just("।"), 1 => Just("؟"), 1 => Just(".”"), 1 => Just("..."), 1 => Just(""), 1 => Just("!\u{200f}")];
    (prop::collection::vec((word, space), 0..9), end).prop_map(|(words, end)| {
        words.into_iter().flat_map(|(word, space)| [word, space.to_owned()]).collect::<String>() + end
    })
}

/// What is done to an article, each at a place that is any number.
#[derive(Debug, Clone)]
enum Edit {
    Remove(usize),
    Insert(usize, String),
    Repeat(usize, usize),
    Swap(usize, usize),
    /// Takes a sentence apart at one of its characters, or puts two together.
    Cut(usize, usize),
    Join(usize),
    /// Puts something in the place of a character.
    Write(usize, usize, String),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let at = || 0..1000usize;
    prop_oneof![
        at().prop_map(Edit::Remove),
        (at(), any_sentence()).prop_map(|(at, text)| Edit::Insert(at, text)),
        (at(), at()).prop_map(|(at, to)| Edit::Repeat(at, to)),
        (at(), at()).prop_map(|(at, to)| Edit::Swap(at, to)),
        (at(), at()).prop_map(|(at, place)| Edit::Cut(at, place)),
        at().prop_map(Edit::Join),
        (at(), at(), "\\PC|[a-z ]{0,6}|\r\n|[.] |\u{202e}|\u{200d}")
            .prop_map(|(at, place, text)| Edit::Write(at, place, text)),
    ]
}

fn edit(sentences: &mut Vec<String>, edit: Edit) {
    let length = sentences.len();
    let within = |at: usize| at % length.max(1);
    match edit {
        Edit::Insert(at, text) => sentences.insert(at % (length + 1), text),
        _ if sentences.is_empty() => {}
        Edit::Remove(at) => drop(sentences.remove(within(at))),
        Edit::Repeat(at, to) => sentences.insert(within(to), sentences[within(at)].clone()),
        Edit::Swap(at, to) => sentences.swap(within(at), within(to)),
        Edit::Cut(at, place) => {
            let (head, tail) = halves(&sentences[within(at)], place);
            sentences.splice(within(at)..=within(at), [head + ".", tail]);
        }
        Edit::Join(at) if within(at) + 1 < length => {
            let next = sentences.remove(within(at) + 1);
            sentences[within(at)].push_str(&next);
        }
        Edit::Join(_) => {}
        Edit::Write(at, place, text) => {
            let (head, tail) = halves(&sentences[within(at)], place);
            let rest = tail.chars().skip(1).collect::<String>();
            sentences[within(at)] = head + &text + &rest;
        }
    }
}

/// Both parts of a text, cut before one of its characters.
fn halves(text: &str, place: usize) -> (String, String) {
    let at = place % (text.chars().count() + 1);
    (text.chars().take(at).collect(), text.chars().skip(at).collect())
}

/// An article of some sentences, so many to a paragraph.
fn of_sentences(sentences: &[String], a_paragraph: usize) -> Article {
    let (headline, body) =
        sentences.split_first().map_or((String::new(), sentences), |(first, rest)| (first.clone(), rest));
    Article {
        headline,
        paragraphs: body.chunks(a_paragraph).map(|some| some.join(" ")).collect(),
        ..Article::default()
    }
}

proptest! {
    #[test]
    fn edits_in_any_script_are_told_rightly(
        sentences in prop::collection::vec(any_sentence(), 0..9),
        edits in prop::collection::vec(any_edit(), 0..7),
        (before, after) in (1..4usize, 1..4usize),
    ) {
        let mut edited = sentences.clone();
        edits.into_iter().for_each(|one| edit(&mut edited, one));
        let (old, new) = (of_sentences(&sentences, before), of_sentences(&edited, after));
        let there = diff(&old, &new);
        check(&there, &old, &new);
        check(&diff(&new, &old), &new, &old);
        prop_assert!(!there.summary.to_string().is_empty() && !there.degraded);
    }

    #[test]
    fn any_diff_covers_both_sides(old in any_article(), new in any_article(), max_steps in prop_oneof![Just(1u64 << 28), 0..2000u64]) {
        check(&compare(&old, &new, &Options { max_steps, ..Options::default() }), &old, &new);
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
        let options = Options { max_steps, ..Options::default() };
        let (there, back) = (compare(&old, &new, &options), compare(&new, &old, &options));
        let mut pairs: Vec<_> = there.groups.iter().map(|group| (group.field, group.old.clone(), group.new.clone(), group.moved, texts(group, Change::Del), texts(group, Change::Ins))).collect();
        let mut swapped: Vec<_> = back.groups.iter().map(|group| (group.field, group.new.clone(), group.old.clone(), group.moved, texts(group, Change::Ins), texts(group, Change::Del))).collect();
        let first = |spans: &[Span]| spans.first().map(|span| (span.para, span.sent));
        let place = |one: &Told| (one.0, first(&one.1), first(&one.2));
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
