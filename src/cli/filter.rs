//! Which edits are wanted: by what kind of change they are, and by how much they matter.

use std::collections::BTreeSet;

use clap::ValueEnum;
use morgue::diff::{ArticleDiff, Class, Summary};

/// What kind of change can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    // Plain comments: described values would stretch the help. `Stealth` is a fact of the whole diff, the others are its classes.
    Headline,
    Notice,
    Number,
    Date,
    Name,
    Quote,
    Attribution,
    Hedge,
    Typo,
    Format,
    Boilerplate,
    Reorder,
    Stealth,
}

impl Wanted {
    const fn class(self) -> Option<Class> {
        Some(match self {
            Self::Headline => Class::Headline,
            Self::Notice => Class::Notice,
            Self::Number => Class::Number,
            Self::Date => Class::Date,
            Self::Name => Class::Name,
            Self::Quote => Class::Quote,
            Self::Attribution => Class::Attribution,
            Self::Hedge => Class::Hedge,
            Self::Typo => Class::Typo,
            Self::Format => Class::Format,
            Self::Boilerplate => Class::Boilerplate,
            Self::Reorder => Class::Reorder,
            Self::Stealth => return None,
        })
    }
}

/// What a diff says on the whole.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) summary: Summary,
    /// The classes of its groups, each once.
    pub(crate) classes: BTreeSet<Class>,
}

impl Account {
    pub(crate) fn of(diff: ArticleDiff) -> Self {
        let classes = diff.groups.iter().flat_map(|group| group.tags.iter().copied()).collect();
        Self { summary: diff.summary, classes }
    }

    pub(crate) fn has_any(&self, wanted: &[Wanted]) -> bool {
        wanted.iter().any(|wanted| match wanted.class() {
            Some(class) => self.classes.contains(&class),
            None => self.summary.stealth.is_some(),
        })
    }

    pub(crate) fn reaches(&self, significance: Option<f64>) -> bool {
        significance.is_none_or(|least| self.summary.significance >= least)
    }
}

/// Reads a significance from the command line.
pub(crate) fn significance(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or("expected a number from 0 to 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_asked_for_by_the_name_that_it_has_in_json() {
        for wanted in Wanted::value_variants() {
            let name = wanted.to_possible_value().expect("none is hidden").get_name().to_owned();
            let class =
                wanted.class().map_or_else(|| "\"stealth\"".to_owned(), |class| serde_json::to_string(&class).unwrap());
            assert_eq!(class, format!("{name:?}"));
        }
    }

    #[test]
    fn a_significance_is_a_share() {
        assert_eq!(["0", ".25", "1"].map(significance), [Ok(0.0), Ok(0.25), Ok(1.0)]);
        assert!(["", "-0.1", "1.01", "NaN", "20%"].iter().all(|text| significance(text).is_err()));
    }
}
