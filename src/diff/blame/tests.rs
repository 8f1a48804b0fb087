#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::panic, reason = "a test")]

use proptest::prelude::*;

use super::*;

fn blame(articles: impl IntoIterator<Item = Article>) -> Blamed {
    let mut blame = Blame::new(&Options::default());
    (1..).zip(articles).for_each(|(revision, article)| blame.push(revision, article));
    blame.finish()
}

fn texts(texts: &[&str]) -> Blamed {
    blame(texts.iter().map(|text| Article::new("").with_text(text)))
}

/// Each sentence of the latest article: what it says, since when, and when it was edited.
fn told(blamed: &Blamed) -> Vec<(&str, u64, Option<u64>)> {
    blamed
        .sentences
        .iter()
        .map(|found| (found.span.of(found.field, &blamed.article), found.since, found.edited))
        .collect()
}

fn gone(blamed: &Blamed) -> Vec<(&str, u64, u64)> {
    blamed.removed.iter().map(|gone| (gone.text.as_str(), gone.since, gone.removed_in)).collect()
}

const PIER: &str = "Divers found a crack of two metres in the pier.";
const MAYOR: &str = "The mayor was told on Monday morning.";
const FERRY: &str = "A ferry runs every ten minutes until then.";

#[test]
fn where_nothing_changes_everything_came_in_the_first_revision() {
    let article = Article::new("Bridge closed").with_deck("Until May").with_byline(["Ada Lund"]).with_text(PIER);
    let blamed = blame([article.clone(), article.clone(), article.clone()]);
    assert_eq!(
        told(&blamed),
        [("Bridge closed", 1, None), ("Until May", 1, None), ("Ada Lund", 1, None), (PIER, 1, None)]
    );
    assert!(blamed.removed.is_empty());
    assert_eq!(blame([]), Blamed::default());
}

#[test]
fn a_mended_slip_keeps_the_origin_and_is_an_edit() {
    let slip = PIER.replace("metres", "meters");
    let blamed = texts(&[&slip, &format!("{slip}\n\n{FERRY}"), &format!("{PIER}\n\n{FERRY}")]);
    assert_eq!(told(&blamed), [(PIER, 1, Some(3)), (FERRY, 2, None)]);
    assert!(blamed.removed.is_empty(), "an edited sentence is not removed");
}

#[test]
fn edit_after_edit_leads_back_to_the_first() {
    let words = ["two", "three", "nearly four", "five"];
    let versions: Vec<String> = words.iter().map(|word| PIER.replace("two", word)).collect();
    let blamed = texts(&versions.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told(&blamed), [(versions[3].as_str(), 1, Some(4))]);
}

#[test]
fn a_moved_paragraph_keeps_its_origin() {
    let before = [PIER, MAYOR, FERRY].join("\n\n");
    let blamed = texts(&[&before, &[FERRY, PIER, MAYOR].join("\n\n")]);
    assert_eq!(told(&blamed), [(FERRY, 1, None), (PIER, 1, None), (MAYOR, 1, None)]);
}

#[test]
fn a_removed_sentence_is_told_with_its_history() {
    let edited = MAYOR.replace("Monday", "Tuesday");
    let blamed = texts(&[PIER, &format!("{PIER} {MAYOR}"), &format!("{PIER} {edited}"), PIER]);
    assert_eq!(told(&blamed), [(PIER, 1, None)]);
    let [gone] = blamed.removed.as_slice() else { panic!("{:?}", blamed.removed) };
    assert_eq!((gone.text.as_str(), gone.since, gone.edited, gone.last, gone.removed_in), (&*edited, 2, Some(3), 3, 4));
    assert_eq!((gone.span.para, gone.span.sent), (0, 1), "it stood there");
}

#[test]
fn what_comes_back_has_its_old_origin() {
    let both = format!("{PIER}\n\n{MAYOR}");
    let blamed = texts(&[&both, PIER, FERRY, &format!("{FERRY}\n\n{both}")]);
    assert_eq!(told(&blamed), [(FERRY, 3, None), (PIER, 1, None), (MAYOR, 1, None)]);
    assert!(blamed.removed.is_empty());
    // Twice there and once back: one of them is still gone.
    let twice = [MAYOR, PIER, MAYOR].join("\n\n");
    assert_eq!(gone(&texts(&[&twice, PIER, &both])), [(MAYOR, 1, 2)]);
}

#[test]
fn a_headline_that_comes_back_as_a_paragraph_is_new_there() {
    let blamed =
        blame([Article::new(MAYOR).with_text(PIER), Article::new(FERRY).with_text(&format!("{PIER}\n\n{MAYOR}"))]);
    assert_eq!(told(&blamed), [(FERRY, 2, None), (PIER, 1, None), (MAYOR, 2, None)]);
    assert_eq!(gone(&blamed), [(MAYOR, 1, 2)]);
}

#[test]
fn a_rewritten_headline_is_new_and_a_mended_one_is_not() {
    let headlines = ["Old bridge closed", "Old bridge closed until May", "Ferries to run all night"];
    let blamed = blame(headlines[..2].iter().map(|headline| Article::new(*headline)));
    assert_eq!(told(&blamed), [(headlines[1], 1, Some(2))]);
    let blamed = blame(headlines.map(Article::new));
    assert_eq!(told(&blamed), [(headlines[2], 3, None)]);
    assert_eq!(gone(&blamed), [(headlines[1], 1, 3)]);
}

#[test]
fn each_author_has_a_history() {
    let by = |authors: &[&str]| Article::new("Bridge closed").with_byline(authors.iter().copied());
    let blamed = blame([by(&["Ada Lund"]), by(&["Bo Ek", "Ada Lund"]), by(&["Bo Ek"])]);
    assert_eq!(told(&blamed), [("Bridge closed", 1, None), ("Bo Ek", 2, None)]);
    assert_eq!(gone(&blamed), [("Ada Lund", 1, 3)]);
}

#[test]
fn a_sentence_that_was_compared_by_its_clauses_is_told_as_one() {
    let (closed, mayor) = ("The old bridge was closed on Monday;", "the mayor was told by a diver.");
    let first = format!("{closed} {mayor} {FERRY}");
    let second = format!("{closed} the mayor was told by two divers. {FERRY}");
    let third = format!("{second} {PIER}");
    let blamed = texts(&[&first, &first]);
    assert_eq!(told(&blamed), [(&*format!("{closed} {mayor}"), 1, None), (FERRY, 1, None)]);
    let blamed = texts(&[&first, &second, &third]);
    let edited = "the mayor was told by two divers.";
    assert_eq!(told(&blamed), [(closed, 1, None), (edited, 1, Some(2)), (FERRY, 1, None), (PIER, 3, None)]);
}

#[test]
fn typography_alone_is_no_edit() {
    let blamed = texts(&["\"No,\" she said - twice.", "“No,” she said – twice.", "“No,” she said – thrice."]);
    assert_eq!(told(&blamed), [("“No,” she said – thrice.", 1, Some(3))]);
    let blamed = texts(&["\"No,\" she said - twice.", "“No,” she said – twice."]);
    assert_eq!(told(&blamed), [("“No,” she said – twice.", 1, None)]);
}

fn units(field: Field, article: &Article) -> impl Iterator<Item = &str> {
    field.texts(article).into_iter().flat_map(move |text| match field {
        Field::Body => crate::text::segment::sentences(text).into_iter().map(|range| &text[range]).collect(),
        _ => vec![text],
    })
}

proptest! {
    #[test]
    fn the_sentences_are_those_of_the_article_and_none_is_older_than_the_story(
        versions in prop::collection::vec(prop::collection::vec(0usize..9, 0..7), 1..6),
    ) {
        const SENTENCES: [&str; 9] = [
            PIER, MAYOR, FERRY, "Nobody was hurt.", "No one was hurt.", "It is “old”.", "It is \"old\".", "***", "橋は閉まった。",
        ];
        let articles: Vec<Article> = versions
            .iter()
            .map(|version| {
                let each = |(at, sentence): (usize, &usize)| SENTENCES[*sentence].to_owned() + [" ", "\n\n"][at % 2];
                let text: String = version.iter().enumerate().map(each).collect();
                Article::new(SENTENCES[version.len()]).with_text(text.trim())
            })
            .collect();
        let latest = &articles[articles.len() - 1];
        let revisions = articles.len() as u64;
        let blamed = blame(articles.iter().cloned());
        let expected: Vec<&str> = Field::ALL.into_iter().flat_map(|field| units(field, latest)).collect();
        let found: Vec<&str> = told(&blamed).into_iter().map(|told| told.0).collect();
        prop_assert_eq!(found, expected);
        for Sentence { field, span, since, edited } in blamed.sentences.iter().copied() {
            prop_assert!((1..=revisions).contains(&since));
            prop_assert!(edited.is_none_or(|edited| (since + 1..=revisions).contains(&edited)));
            let text = span.of(field, latest);
            let said_so = |revision: u64| units(field, &articles[revision as usize - 1]).any(|was| says_the_same(was, text));
            prop_assert!(said_so(edited.unwrap_or(since)), "{text} did not say so then");
        }
        for gone in &blamed.removed {
            prop_assert!(gone.since <= gone.last && gone.last < gone.removed_in && gone.removed_in <= revisions);
            prop_assert_eq!(gone.span.of(gone.field, &articles[gone.last as usize - 1]), &gone.text);
        }
    }
}
