//! What a filter says, and whether it holds.

use std::collections::BTreeSet;

use crate::track::tell::item::Item;
use crate::track::tell::kind::Name;

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Is(Name),
    Number(Number, Order, f64),
    Text(Texts, Pattern),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Kind,
    Number(Number),
    Texts(Texts),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Significance,
    Revision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    Host,
    Tag,
    Story,
    Url,
    Headline,
    Summary,
    Text,
}

/// What a text must be or hold, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Equal(String),
    Holds(String),
    /// With `*` and `?`, for the whole text.
    Like(Vec<char>),
}

impl Field {
    pub(super) const ALL: [(&'static str, Self); 10] = [
        ("kind", Self::Kind),
        ("host", Self::Texts(Texts::Host)),
        ("tag", Self::Texts(Texts::Tag)),
        ("story", Self::Texts(Texts::Story)),
        ("url", Self::Texts(Texts::Url)),
        ("headline", Self::Texts(Texts::Headline)),
        ("summary", Self::Texts(Texts::Summary)),
        ("text", Self::Texts(Texts::Text)),
        ("significance", Self::Number(Number::Significance)),
        ("revision", Self::Number(Number::Revision)),
    ];

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, field)| field)
    }
}

impl Texts {
    /// Whether a pattern may stand anywhere in it.
    pub(super) const fn is_anywhere(self) -> bool {
        matches!(self, Self::Headline | Self::Summary | Self::Text)
    }

    fn of(self, item: &Item) -> Vec<&str> {
        let headlines = || [Some(item.headline.as_str()), item.old_headline.as_deref()].into_iter().flatten();
        match self {
            Self::Host => item.host.as_deref().into_iter().collect(),
            Self::Tag => item.tags.iter().map(String::as_str).collect(),
            Self::Story => vec![item.story.as_str()],
            Self::Url => item.url.as_deref().into_iter().collect(),
            Self::Headline => headlines().collect(),
            Self::Summary => vec![&item.summary],
            Self::Text => {
                let words = item.added.iter().chain(&item.removed).map(String::as_str);
                headlines().chain([item.summary.as_str()]).chain(words).collect()
            }
        }
    }
}

impl Expr {
    pub(super) fn matches(&self, item: &Item) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.matches(item)),
            Self::All(parts) => parts.iter().all(|part| part.matches(item)),
            Self::Not(inner) => !inner.matches(item),
            Self::Is(name) => item.is(*name),
            Self::Number(field, order, value) => {
                let number = match field {
                    Number::Significance => item.significance,
                    #[allow(clippy::cast_precision_loss, reason = "no story has 2^53 revisions")]
                    Number::Revision => item.revision.map(|number| number as f64),
                };
                number.is_some_and(|number| order.holds(number, *value))
            }
            Self::Text(texts, pattern) => texts.of(item).into_iter().any(|text| pattern.fits(text)),
        }
    }

    /// Collects the kinds and classes that are named.
    pub(super) fn names(&self, into: &mut BTreeSet<Name>) {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().for_each(|part| part.names(into)),
            Self::Not(inner) => inner.names(into),
            Self::Is(name) => drop(into.insert(*name)),
            Self::Number(..) | Self::Text(..) => {}
        }
    }
}

impl Order {
    fn holds(self, number: f64, value: f64) -> bool {
        match self {
            Self::Equal => (number - value).abs() < 1e-9,
            Self::Less => number < value,
            Self::AtMost => number <= value,
            Self::More => number > value,
            Self::AtLeast => number >= value,
        }
    }
}

impl Pattern {
    pub(super) fn like(word: &str, is_anywhere: bool) -> Self {
        let word = word.to_lowercase();
        match (word.contains(['*', '?']), is_anywhere) {
            (false, true) => Self::Holds(word),
            (false, false) => Self::Equal(word),
            (true, true) => Self::Like(format!("*{word}*").chars().collect()),
            (true, false) => Self::Like(word.chars().collect()),
        }
    }

    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Equal(other) => text == *other,
            Self::Holds(part) => text.contains(part),
            Self::Like(pattern) => is_like(pattern, &text.chars().collect::<Vec<_>>()),
        }
    }
}

/// Matches with `*` and `?`, going back to the last `*` alone, which is enough: in steps at most the product of both lengths.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(character) = text.get(place) {
        match pattern.get(at) {
            Some('*') => {
                back = Some((at + 1, place));
                at += 1;
                continue;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                (at, place) = (at + 1, place + 1);
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = back else { return false };
        back = Some((after, from + 1));
        (at, place) = (after, from + 1);
    }
    pattern.iter().skip(at).all(|left| *left == '*')
}
