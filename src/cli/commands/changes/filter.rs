//! Which changes are let through.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
#[cfg(feature = "track")]
use morgue::track::tags_of;
#[cfg(feature = "track")]
use morgue::track::tell::{Item, When};
use morgue::{Archive, Change, ChangeKind, Selector, diff};

use crate::cli::error::Result;
use crate::cli::filter::{Account, Wanted};

/// A kind as it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    Kind(ChangeKind),
    Class(Wanted),
}

static ASKED: LazyLock<Vec<Asked>> = LazyLock::new(|| {
    let kinds = ChangeKind::ALL.into_iter().map(Asked::Kind);
    kinds.chain(Wanted::value_variants().iter().copied().map(Asked::Class)).collect()
});

impl ValueEnum for Asked {
    fn value_variants<'a>() -> &'a [Self] {
        &ASKED
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Kind(kind) => Some(PossibleValue::new(kind.as_str())),
            Self::Class(class) => class.to_possible_value(),
        }
    }
}

/// What is let through.
pub(super) struct Filter {
    kinds: BTreeSet<ChangeKind>,
    classes: Vec<Wanted>,
    min_significance: Option<f64>,
    #[cfg(feature = "track")]
    when: Option<When>,
}

impl Filter {
    pub(super) fn of(asked: &[Asked], min_significance: Option<f64>) -> Self {
        let (mut kinds, mut classes) = (BTreeSet::new(), Vec::new());
        for asked in asked {
            match *asked {
                Asked::Kind(kind) => drop(kinds.insert(kind)),
                Asked::Class(class) => classes.push(class),
            }
        }
        Self {
            kinds,
            classes,
            min_significance,
            #[cfg(feature = "track")]
            when: None,
        }
    }

    /// Lets through only what an expression fits as well.
    #[cfg(feature = "track")]
    pub(super) fn when(self, when: Option<When>) -> Self {
        Self { when, ..self }
    }

    /// Returns whether a change is let through, with what it changed if that had to be known.
    pub(super) fn admit(&self, archive: &Archive, change: &Change) -> Result<Option<Option<Account>>> {
        let of_any_kind = self.kinds.is_empty() && self.classes.is_empty();
        let of_kind = of_any_kind || self.kinds.contains(&ChangeKind::of(change));
        let needs_account = !self.classes.is_empty() || self.min_significance.is_some();
        if !of_kind && self.classes.is_empty() {
            return Ok(None);
        }
        let account = if needs_account { account(archive, change)? } else { None };
        let of_class = of_kind || account.as_ref().is_some_and(|account| account.has_any(&self.classes));
        let matters = match &account {
            Some(account) => account.reaches(self.min_significance),
            None => self.min_significance.is_none(),
        };
        if !of_class || !matters {
            return Ok(None);
        }
        #[cfg(feature = "track")]
        if let Some(when) = &self.when {
            return fitting(archive, change, when, account);
        }
        Ok(Some(account))
    }
}

/// What a change is said to be by a filter of those who are told, and what it changed.
#[cfg(feature = "track")]
fn fitting(
    archive: &Archive,
    change: &Change,
    when: &When,
    account: Option<Account>,
) -> Result<Option<Option<Account>>> {
    let item = Item::read(archive, change, tags_of(archive, &change.story)?)?;
    let Some(item) = item.filter(|item| when.matches(item)) else { return Ok(None) };
    Ok(Some(account.or_else(|| item.diff.map(Account::of))))
}

/// Compares a revision with the one that it is an edit of.
pub(in crate::cli::commands) fn account(archive: &Archive, change: &Change) -> Result<Option<Account>> {
    let Some(revision) = &change.revision else { return Ok(None) };
    let Some(previous) = revision.previous else { return Ok(None) };
    let (old, new) = (Selector::Number(previous), Selector::Number(revision.number));
    let compared = archive.compare(&change.story, &old, &new, &diff::Options::default())?;
    Ok(compared.map(|compared| Account::of(compared.diff)))
}
