use proptest::prelude::*;

use super::expr::{Expr, Field, Number, Order, Pattern, Texts};
use super::*;
use crate::archive::ChangeKind;
use crate::diff::{Class, Stealth};
use crate::model::StoryKey;
use crate::track::tell::digest::example;

fn when(text: &str) -> When {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn item() -> Item {
    Item {
        classes: [Class::Number].into(),
        significance: Some(0.3),
        tags: vec!["Politics".into(), "north".into()],
        ..example()
    }
}

#[test]
fn each_way_of_asking_finds_what_it_asks_for_and_nothing_else() {
    for (yes, no) in [
        ("edit", "gone"),
        ("number", "quote"),
        ("kind = edit", "kind != edit"),
        ("KIND = Number", "kind = stealth"),
        ("not stealth", "stealth"),
        ("host = news.example", "host = example"),
        ("host ~ \"*.example\"", "host ~ \"*.test\""),
        ("host ~ news.*", "host ~ news"),
        ("host ~ n?ws.example", "host ~ n?s.example"),
        ("tag = politics", "tag = south"),
        ("tag != south", "tag != north"),
        ("tag !~ \"so*\"", "tag !~ \"*o*\""),
        ("url = https://news.example/bridge", "url = https://news.example/"),
        ("story ~ *bridge", "story = bridge"),
        ("headline ~ bridge", "headline = bridge"),
        ("headline = \"old bridge CLOSED\"", "headline = \"Old bridge\""),
        ("text ~ \"bridge\"", "text ~ ferry"),
        ("text ~ \"br?dge cl*d\"", "text ~ \"br?dge x*d\""),
        ("summary ~ head", "summary !~ head"),
        ("significance >= 0.3", "significance > 0.3"),
        ("significance <= .3", "significance < .3"),
        ("significance = 0.30", "significance != 0.3"),
        ("revision > 1", "revision > 2"),
        ("edit and number", "edit and quote"),
        ("gone or number", "gone or quote"),
        // `and` binds closer than `or`, and `not` closest.
        ("edit or gone and quote", "(edit or gone) and quote"),
        ("not gone and edit", "not (gone or edit)"),
        ("not not edit", "not not not edit"),
    ] {
        assert!(when(yes).matches(&item()), "{yes}");
        assert!(!when(no).matches(&item()), "{no}");
    }
}

#[test]
fn what_is_not_there_is_neither_equal_nor_more_nor_less() {
    let bare = Item { host: None, significance: None, revision: None, tags: Vec::new(), ..item() };
    for text in ["host = x", "host ~ *", "significance < 1", "significance >= 0", "revision = 0", "tag ~ *"] {
        assert!(!when(text).matches(&bare), "{text}");
    }
    assert!(when("host != x and significance != 0.5 and tag !~ *").matches(&bare));
}

#[test]
fn what_is_no_news_is_told_only_to_those_who_name_it() {
    let of = |kind| Item { kind, ..item() };
    let suspect = Item { suspect: true, ..item() };
    let repeated = Item { repeated: true, ..of(ChangeKind::Gone) };
    for (item, name) in [
        (of(ChangeKind::First), "first"),
        (of(ChangeKind::Cosmetic), "cosmetic"),
        (of(ChangeKind::Teaser), "teaser"),
        (of(ChangeKind::Unreachable), "unreachable"),
        (of(ChangeKind::NotModified), "not-modified"),
        (suspect, "suspect"),
    ] {
        assert!(!is_news(&item), "{name}");
        assert!(!when("host = news.example").admits(&item), "{name}");
        assert!(when(name).admits(&item), "{name}");
        assert!(when(&format!("{name} and host = news.example")).admits(&item), "{name}");
        assert!(!when(&format!("not {name}")).admits(&item), "{name}");
    }
    for kind in [ChangeKind::Edit, ChangeKind::Restored, ChangeKind::Back, ChangeKind::Gone, ChangeKind::Moved] {
        assert!(is_news(&of(kind)) && when("host = news.example").admits(&of(kind)), "{kind}");
    }
    assert!(!is_news(&repeated) && !when("gone").admits(&repeated));
}

#[test]
fn an_error_points_at_the_place_and_names_what_was_expected() {
    for (text, column, expected, found) in [
        ("", 1, "`not`, `(`, a kind", "the end"),
        ("edit gone", 6, "`and`, `or` or the end", "\"gone\""),
        ("edit and", 9, "`not`, `(`, a kind", "the end"),
        ("stealth or nubmer", 12, "a kind or class (first, edit", "\"nubmer\""),
        ("(edit or gone", 14, "`and`, `or` or `)`", "the end"),
        ("edit)", 5, "`and`, `or` or the end", "`)`"),
        ("host", 5, "a sign such as `=`", "the end"),
        ("host >= x", 6, "`=`, `!=`, `~` or `!~`", "`>=`"),
        ("hots = x", 1, "a field (kind, host", "\"hots\""),
        ("host =", 7, "a word, or text in double quotes", "the end"),
        ("kind = swan", 8, "a kind or class", "\"swan\""),
        ("kind ~ edit", 6, "`=` or `!=`", "`~`"),
        ("significance >= 2", 17, "a number from 0 to 1", "\"2\""),
        ("significance >= much", 17, "a number from 0 to 1", "\"much\""),
        ("significance ~ 1", 14, "`=`, `!=`, `<`", "`~`"),
        ("text = bridge", 6, "`~` or `!~`", "`=`"),
        ("text ~ \"bridge", 15, "the closing `\"`", "the end"),
        ("headline ~ \"\"", 12, "text to look for", "\"\""),
        ("é and ;", 7, "a word, a sign or text in double quotes", "';'"),
    ] {
        let error = text.parse::<When>().unwrap_err();
        assert_eq!((error.column, error.found.as_str()), (column, found), "{text}: {error}");
        assert!(error.expected.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_and_what_is_just_short_enough_is_not() {
    let nested = |depth: usize| format!("{}edit{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(31).parse::<When>().is_ok());
    for text in [nested(32), nested(1_000), "not ".repeat(40) + "edit"] {
        assert!(text.parse::<When>().unwrap_err().expected.contains("32 levels"));
    }
    let long = |terms: usize| format!("{}edit", "edit or ".repeat(terms));
    assert!(long(511).parse::<When>().is_ok());
    assert!(long(512).parse::<When>().unwrap_err().expected.contains("4096 bytes"));
    assert!(format!("text ~ {}", "x".repeat(257)).parse::<When>().is_err());
}

/// A filter with the text of it and what it ought to say of an item.
#[derive(Debug, Clone)]
enum Said {
    Leaf(String, Expr),
    Not(Box<Said>),
    Both(Box<Said>, Box<Said>),
    Either(Box<Said>, Box<Said>),
}

impl Said {
    /// Written with as many parentheses as are possible, or with as few as are needed.
    fn text(&self, is_full: bool, level: u8) -> String {
        let (text, own) = match self {
            Self::Leaf(text, _) => (text.clone(), 3),
            Self::Not(inner) => (format!("not {}", inner.text(is_full, 2)), 2),
            Self::Both(a, b) => (format!("{} and {}", a.text(is_full, 1), b.text(is_full, 2)), 1),
            Self::Either(a, b) => (format!("{}  OR {}", a.text(is_full, 0), b.text(is_full, 1)), 0),
        };
        if own < level || (is_full && own < 3) { format!("({text})") } else { text }
    }

    /// The answer by the rules of the manual, term by term.
    fn holds(&self, item: &Item) -> bool {
        match self {
            Self::Leaf(_, expr) => direct(expr, item),
            Self::Not(inner) => !inner.holds(item),
            Self::Both(a, b) => a.holds(item) & b.holds(item),
            Self::Either(a, b) => a.holds(item) | b.holds(item),
        }
    }
}

fn direct(leaf: &Expr, item: &Item) -> bool {
    match leaf {
        Expr::Is(Name::Kind(kind)) => item.kind == *kind,
        Expr::Is(Name::Class(class)) => item.classes.contains(class),
        Expr::Is(Name::Stealth) => item.stealth.is_some(),
        Expr::Is(Name::Suspect) => item.suspect,
        Expr::Number(Number::Significance, order, value) => item.significance.is_some_and(|found| match order {
            Order::Equal => (found - value).abs() < 1e-9,
            Order::Less => found < *value,
            Order::AtMost => found <= *value,
            Order::More => found > *value,
            Order::AtLeast => found >= *value,
        }),
        Expr::Text(Texts::Host, Pattern::Equal(host)) => item.host.as_ref() == Some(host),
        Expr::Text(Texts::Tag, Pattern::Equal(tag)) => item.tags.contains(tag),
        Expr::Text(Texts::Text, Pattern::Holds(part)) => {
            item.headline.contains(part) || item.added.iter().any(|words| words.contains(part))
        }
        other => panic!("no leaf: {other:?}"),
    }
}

fn leaf() -> impl Strategy<Value = Said> {
    let names: Vec<(Name, &str)> = Name::all().collect();
    let name = prop::sample::select(names).prop_map(|(name, word)| Said::Leaf(word.to_owned(), Expr::Is(name)));
    let orders =
        [("=", Order::Equal), ("<", Order::Less), ("<=", Order::AtMost), (">", Order::More), (">=", Order::AtLeast)];
    let number = (prop::sample::select(orders.to_vec()), 0_u8..=10).prop_map(|((sign, order), tenths)| {
        let value = f64::from(tenths) / 10.0;
        Said::Leaf(format!("significance {sign} {value}"), Expr::Number(Number::Significance, order, value))
    });
    let word = || prop::sample::select(vec!["a", "b", "and", "not", "x y", "\"", "\\", "(", "host"]);
    let quoted = |word: &str| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
    let equal = (prop::sample::select(vec![("host", Texts::Host), ("tag", Texts::Tag)]), word()).prop_map(
        move |((field, texts), word)| {
            Said::Leaf(format!("{field}={}", quoted(word)), Expr::Text(texts, Pattern::Equal(word.to_owned())))
        },
    );
    let holds = word().prop_map(move |word| {
        Said::Leaf(format!("text ~{}", quoted(word)), Expr::Text(Texts::Text, Pattern::Holds(word.to_owned())))
    });
    prop_oneof![name, number, equal, holds]
}

fn said() -> impl Strategy<Value = Said> {
    leaf().prop_recursive(5, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|inner| Said::Not(Box::new(inner))),
            pair.clone().prop_map(|(a, b)| Said::Both(Box::new(a), Box::new(b))),
            pair.prop_map(|(a, b)| Said::Either(Box::new(a), Box::new(b))),
        ]
    })
}

fn items() -> impl Strategy<Value = Item> {
    let word = || prop::sample::select(vec!["a", "b", "and", "x y", "\"", "(", "z"]).prop_map(str::to_owned);
    let kind = prop::sample::select(ChangeKind::ALL.to_vec());
    let classes =
        prop::collection::btree_set(prop::sample::select(vec![Class::Number, Class::Quote, Class::Headline]), 0..3);
    let parts = (kind, classes, any::<bool>(), any::<bool>(), prop::option::of(0_u8..=10), prop::option::of(word()));
    (parts, prop::collection::vec(word(), 0..3), word(), prop::collection::vec(word(), 0..3)).prop_map(
        |((kind, classes, is_stealth, suspect, tenths, host), tags, headline, added)| Item {
            kind,
            classes,
            stealth: is_stealth.then_some(Stealth::NoNotice),
            suspect,
            significance: tenths.map(|tenths| f64::from(tenths) / 10.0),
            host,
            tags,
            headline,
            added,
            old_headline: None,
            removed: Vec::new(),
            summary: String::new(),
            story: StoryKey::Id("s".to_owned()),
            ..example()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_says_what_its_parts_say(said in said(), item in items()) {
        for is_full in [false, true] {
            let text = said.text(is_full, 0);
            let read: When = text.parse().unwrap();
            prop_assert_eq!(read.matches(&item), said.holds(&item), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise_than_by_an_error(text in "[a-z()\"=~!<> ]{0,60}|.{0,60}") {
        if let Err(error) = text.parse::<When>() {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{}", error);
        }
    }
}

#[test]
fn every_field_has_its_name() {
    for (name, field) in Field::ALL {
        assert_eq!(Field::parse(name), Some(field));
    }
}
