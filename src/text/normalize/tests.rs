//! The quick ways give what the definitions say.

use super::*;

fn text_of(article: &Article) -> String {
    canonical(article).unwrap().text
}

/// The definition of the normal form, word by word.
fn slowly(value: &str) -> String {
    value.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The definition of the canonical text.
fn canonical_slowly(article: &Article) -> String {
    let line = |before: &str, value: &String| {
        Some(slowly(value)).filter(|value| !value.is_empty()).map(|value| format!("{before}{value}\n"))
    };
    let head = [("headline: ", &article.headline), ("deck: ", &article.deck)].into_iter();
    let lines = head.chain(article.byline.iter().map(|author| ("byline: ", author)));
    let lines = lines.chain(article.paragraphs.iter().map(|paragraph| ("\n", paragraph)));
    std::iter::once("morgue-article 1\n".to_owned())
        .chain(lines.filter_map(|(before, value)| line(before, value)))
        .collect()
}

/// The definition of the fold.
fn fold_slowly(article: &Article) -> String {
    let fold = |value: &String| {
        let fold = |character| match fold_char(character) {
            Folded::To(to) => to.to_owned(),
            Folded::Same => character.to_string(),
        };
        slowly(value).chars().map(fold).collect::<String>()
    };
    let present = |lines: &[String]| lines.iter().filter(|line| !slowly(line).is_empty()).map(fold).collect::<Vec<_>>();
    let head = [vec![fold(&article.headline), fold(&article.deck)], present(&article.byline)].concat();
    let head: String = head.into_iter().map(|line| line + "\n").collect();
    let body: String = present(&article.paragraphs).into_iter().map(|paragraph| paragraph + " ").collect();
    format!("{head}\n{body}")
}

#[test]
fn what_is_quickly_found_normal_is_normal() {
    let pieces = [
        "",
        " ",
        "  ",
        "a",
        "\u{b}",
        "\u{7f}",
        "\u{1f}",
        "\t",
        "\n",
        "\u{a0}",
        "\u{e9}",
        "e\u{301}",
        "b c",
        "b \u{a0}c",
        "\u{301}",
        "\u{2000}",
        "\u{2028}",
        "\u{85}",
        "\u{2019}",
        "\u{2027}",
        "\u{212b}",
        "\u{1100}\u{1161}",
        "\u{ff}",
    ];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                let value = [first, second, third].concat();
                assert_eq!(normal_line(&value), slowly(&value), "{value:?}");
            }
        }
    }
}

#[test]
fn white_space_is_found_wherever_it_stands_in_a_long_line() {
    // Every letter and the space stand at the end of some run.
    let line = "ab ".repeat(RUN_BYTES * 2);
    for at in 0..=line.len() {
        for space in [" ", "\n", "\t \r\n", "\u{1f}"] {
            let mut value = line.clone();
            value.insert_str(at, space);
            assert_eq!(normal_line(&value), slowly(&value), "{space:?} at {at}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn both_forms_made_together_are_each_as_made_alone_and_as_defined(
        lines in proptest::collection::vec("[ab\\x{a0} \t\u{e9}e\u{301}\u{2019}\u{2026}\u{200b}\u{fb01}\u{2003}]{0,60}", 0..9),
        authors in 0..4_usize,
    ) {
        let mut lines = lines.into_iter();
        let mut next = || lines.next().unwrap_or_default();
        let article =
            Article { headline: next(), deck: next(), byline: (0..authors).map(|_| next()).collect(), paragraphs: lines.collect() };
        let (form, fold) = canonical_and_folded(&article).unwrap();
        proptest::prop_assert_eq!(&form, &canonical(&article).unwrap());
        proptest::prop_assert_eq!(fold, folded(&article));
        proptest::prop_assert_eq!(Ok(fold), folded_canonical(&form.text));
        proptest::prop_assert_eq!(canonical_headline(&form.text).unwrap(), normal_line(&article.headline));
        proptest::prop_assert_eq!(&form.text, &canonical_slowly(&article));
        proptest::prop_assert_eq!(fold, FoldedHash::of(fold_slowly(&article).as_bytes()));
    }

    #[test]
    fn any_line_is_normalised_as_it_is_defined(value in "[ab  \t\n\u{b}\u{1f}\u{a0}\u{e9}\u{2019}]{0,300}", other in "\\PC{0,60}") {
        proptest::prop_assert_eq!(normal_line(&value), slowly(&value));
        let both = [value.as_str(), &other].concat();
        proptest::prop_assert_eq!(normal_line(&both), slowly(&both));
    }
}

#[test]
fn what_never_changes_when_it_is_composed_is_known_as_such() {
    for character in (0..=0x3_FFFF).filter_map(char::from_u32).filter(|character| is_composed(*character)) {
        assert!(!character.is_whitespace());
        assert_eq!(is_nfc_quick(std::iter::once(character)), IsNormalized::Yes, "{character:?}");
        assert_eq!(unicode_normalization::char::canonical_combining_class(character), 0, "{character:?}");
        // Nothing before it changes either.
        for before in ['a', 'e', '\u{e9}', '\u{1100}'] {
            let pair: String = [before, character].into_iter().collect();
            assert_eq!(pair.nfc().collect::<String>(), pair, "{pair:?}");
        }
    }
}

#[test]
fn the_canonical_text_keeps_everything_but_white_space_and_composition() {
    let decomposed = Article::new("Cafe\u{301}").with_text("A  “quote” – 1,000\tkm²…\u{2003}Ende.");
    assert_eq!(text_of(&decomposed), "morgue-article 1\nheadline: Café\n\nA “quote” – 1,000 km²… Ende.\n");
}

#[test]
fn empty_fields_and_paragraphs_leave_no_trace() {
    let article = Article {
        headline: " ".into(),
        byline: vec![String::new(), "A".into()],
        paragraphs: vec!["\u{a0}".into(), "x".into()],
        deck: "\n".into(),
    };
    assert_eq!(text_of(&article), "morgue-article 1\nbyline: A\n\nx\n");
    assert_eq!(text_of(&Article::default()), "morgue-article 1\n");
}

#[test]
fn a_paragraph_that_looks_like_a_field_stays_a_paragraph() {
    let article = Article::default().with_text("headline: not one\n\nmorgue-article 1");
    assert_eq!(parse_canonical(&text_of(&article)).unwrap(), article);
}

#[test]
fn what_is_no_canonical_text_is_refused() {
    for bad in [
        "",
        "morgue-article 2\n",
        "morgue-article 1",
        "morgue-article 1\n\n",
        "morgue-article 1\nx\n",
        "morgue-article 1\nfoo: x\n",
    ] {
        assert!(parse_canonical(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn an_article_over_the_limit_is_refused_with_its_size() {
    let article = Article::new("").with_text(&"x".repeat(MAX_CANONICAL_BYTES));
    assert_eq!(canonical(&article), Err(CanonicalError::TooLong { bytes: MAX_CANONICAL_BYTES + 19 }));
}

#[test]
fn typography_and_paragraph_breaks_fold_and_meaning_does_not() {
    let one = Article::new("“A”").with_text("ﬁrst – one…\n\nsecond");
    let same = Article::new("\"A\"").with_text("first - one... second");
    assert_eq!(folded(&one), folded(&same));
    for other in ["First - one... second", "first - on... second", "first - one... 2nd"] {
        assert_ne!(folded(&same), folded(&Article::new("\"A\"").with_text(other)));
    }
}

#[test]
fn an_article_folds_to_the_same_before_and_after_it_is_canonical() {
    let raw = Article {
        headline: " A ".into(),
        deck: "\t".into(),
        byline: vec![String::new(), "B\u{a0} C".into()],
        paragraphs: vec!["x".into(), " \u{2003}".into(), "\u{200b}".into(), "y\nz".into()],
    };
    assert_eq!(folded(&raw), folded(&parse_canonical(&text_of(&raw)).unwrap()));
}

#[test]
fn a_text_that_moves_from_deck_to_headline_is_no_cosmetic_change() {
    assert_ne!(folded(&Article::new("A")), folded(&Article::new("").with_deck("A")));
}
