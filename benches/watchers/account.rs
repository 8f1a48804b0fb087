//! What a tool told, held against what it was shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::desk::{Place, Shown};
use crate::newspaper::Dress;
use crate::plan::{Fate, PAPERS, State};
use crate::tool::What;

/// What is told of a story though its text is what it was, by what was there instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum False {
    /// Advertisements, counts and links around the story or in it, and nothing else.
    Around,
    /// Quotes and spaces.
    Typography,
    /// A paywall, or the story after it.
    Paywall,
    /// A server that fails.
    Trouble,
    /// Another address.
    Move,
    /// A page that is gone, told of as an edit.
    Gone,
    /// A page that is there, told of as gone.
    NotGone,
}

/// The account of one tool.
#[derive(Debug, Default)]
pub(crate) struct Account {
    stories: BTreeMap<Place, Story>,
    pub(crate) falses: BTreeMap<False, usize>,
    /// What is false, in words.
    pub(crate) words: Vec<String>,
    pub(crate) not_modified: usize,
    pub(crate) shown: usize,
}

#[derive(Debug, Default)]
struct Story {
    /// The edition that was shown last, and whether its quotes were curly.
    page: Option<(usize, bool)>,
    was_teaser: bool,
    has_moved: bool,
    /// Editions that were in force at a look.
    could: BTreeSet<usize>,
    /// Editions after the first that was shown.
    shown: usize,
    told: usize,
    missed: usize,
    was_gone: bool,
    told_gone: bool,
}

/// Sums over stories.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) could: usize,
    pub(crate) shown: usize,
    pub(crate) told: usize,
    pub(crate) missed: usize,
    pub(crate) gone: usize,
    pub(crate) told_gone: usize,
}

impl Account {
    /// Takes what came of a look that began at a time.
    pub(crate) fn look(&mut self, fates: &[Vec<Fate>], at: f64, shown: &[(Place, Shown)], told: &[(Place, What)]) {
        for (paper, fates) in fates.iter().enumerate() {
            for (id, fate) in fates.iter().enumerate() {
                if let State::Page { edition, .. } = fate.state(at) {
                    self.stories.entry((paper, id)).or_default().could.insert(edition);
                }
            }
        }
        let mut by_story: BTreeMap<Place, Vec<Shown>> = told.iter().map(|(place, _)| (*place, Vec::new())).collect();
        for (place, shown) in shown {
            by_story.entry(*place).or_default().push(*shown);
            self.shown += 1;
            self.not_modified += usize::from(*shown == Shown::Same);
        }
        for (place, shown) in by_story {
            let has_told = |what| told.contains(&(place, what));
            self.story(place, &shown, has_told(What::Changed), has_told(What::Gone), at);
        }
    }

    fn story(&mut self, place: Place, shown: &[Shown], told: bool, told_gone: bool, at: f64) {
        let story = self.stories.entry(place).or_default();
        let page = shown.iter().rev().find_map(|shown| match shown {
            Shown::Is(State::Page { edition, is_polished }) => Some((*edition, *is_polished)),
            _ => None,
        });
        story.could.extend(page.map(|(edition, _)| edition));
        let is_new = matches!((story.page, page), (Some((old, _)), Some((new, _))) if old != new);
        let is_gone = shown.iter().any(|shown| matches!(shown, Shown::Is(State::Status(404 | 410))));
        story.was_gone |= is_gone;
        story.shown += usize::from(is_new);
        story.told += usize::from(is_new && told);
        story.missed += usize::from(is_new && !told);
        let mut wrong = (told && !is_new).then(|| story.cause(place, shown, page));
        if told_gone && !story.was_gone {
            wrong = Some(False::NotGone);
        }
        story.told_gone |= told_gone && story.was_gone;
        let is_teaser = shown.contains(&Shown::Is(State::Teaser));
        story.was_teaser = is_teaser || story.was_teaser && page.is_none();
        story.has_moved |= shown.contains(&Shown::Moved);
        story.page = page.or(story.page);
        if is_new && !told {
            self.words.push(format!("{place:?} at {at:.0} s: shown {shown:?}, told nothing"));
        }
        if let Some(wrong) = wrong {
            *self.falses.entry(wrong).or_default() += 1;
            self.words.push(format!("{place:?} at {at:.0} s: shown {shown:?}, told a change: {wrong:?}"));
        }
    }

    /// Sums up the stories that are meant.
    pub(crate) fn sum(&self, is_meant: impl Fn(Place) -> bool) -> Sum {
        let mut sum = Sum::default();
        for story in self.stories.iter().filter(|(place, _)| is_meant(**place)).map(|(_, story)| story) {
            sum.could += story.could.len().saturating_sub(1);
            sum.shown += story.shown;
            sum.told += story.told;
            sum.missed += story.missed;
            sum.gone += usize::from(story.was_gone);
            sum.told_gone += usize::from(story.told_gone);
        }
        sum
    }
}

impl Story {
    /// What was there when a change was told that was none.
    fn cause(&self, (paper, _): Place, shown: &[Shown], page: Option<(usize, bool)>) -> False {
        let has = |is: fn(&Shown) -> bool| shown.iter().any(is);
        if has(|shown| matches!(shown, Shown::Is(State::Teaser))) || self.was_teaser {
            False::Paywall
        } else if has(|shown| matches!(shown, Shown::Is(State::Status(404 | 410)))) {
            False::Gone
        } else if has(|shown| matches!(shown, Shown::Is(State::Status(_)))) {
            False::Trouble
        } else if page.zip(self.page).is_some_and(|((_, new), (_, old))| new != old) {
            False::Typography
        } else if has(|shown| *shown == Shown::Moved) && !self.has_moved && PAPERS[paper].0 == Dress::Calm {
            // Of the others it cannot be told apart from what is around.
            False::Move
        } else {
            False::Around
        }
    }
}
