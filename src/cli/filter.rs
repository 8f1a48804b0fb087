//! Which edits are wanted: by what kind of change they are, and by how much they matter.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use morgue::diff::{ArticleDiff, Class, Summary};

/// What kind of change can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Class(Class),
    /// A fact of the whole diff.
    Stealth,
}

static WANTED: LazyLock<Vec<Wanted>> =
    LazyLock::new(|| Class::ALL.into_iter().map(Wanted::Class).chain([Wanted::Stealth]).collect());

impl ValueEnum for Wanted {
    fn value_variants<'a>() -> &'a [Self] {
        &WANTED
    }

    // Without descriptions, which would stretch the help.
    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Class(class) => class.as_str(),
            Self::Stealth => "stealth",
        }))
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
        wanted.iter().any(|wanted| match wanted {
            Wanted::Class(class) => self.classes.contains(class),
            Wanted::Stealth => self.summary.stealth.is_some(),
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
            let class = match wanted {
                Wanted::Class(class) => serde_json::to_string(class).unwrap(),
                Wanted::Stealth => "\"stealth\"".to_owned(),
            };
            assert_eq!(class, format!("{name:?}"));
        }
    }

    #[test]
    fn a_significance_is_a_share() {
        assert_eq!(["0", ".25", "1"].map(significance), [Ok(0.0), Ok(0.25), Ok(1.0)]);
        assert!(["", "-0.1", "1.01", "NaN", "20%"].iter().all(|text| significance(text).is_err()));
    }
}
