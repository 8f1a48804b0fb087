//! What is done to the stories of the papers, and when. The same for every tool, and in every run of the same length.

use std::ops::Range;

use crate::newspaper::{Dress, Story, stories};
use crate::press::marker;

/// A paper has one of these looks, and says whether a page has changed or does not.
pub(crate) const PAPERS: [(Dress, bool); 4] =
    [(Dress::Calm, true), (Dress::Noisy, false), (Dress::Obscure, false), (Dress::Noisy, true)];

/// What becomes of a story; times are seconds from the beginning.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate {
    story: Story,
    born: f64,
    /// Edits that a reader sees.
    edits: Vec<f64>,
    /// Quotes become curly, spaces unbreakable.
    polished: Option<f64>,
    /// The page says that the story was changed, and it was not.
    touched: Option<f64>,
    /// It is taken down, with this status.
    gone: Option<(f64, u16)>,
    /// It gets another address, which the old one leads to.
    moved: Option<f64>,
    /// Only its beginning is shown.
    paywall: Option<Range<f64>>,
    /// The server fails.
    trouble: Option<Range<f64>>,
}

/// What is to be had of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    NotYet,
    Status(u16),
    Teaser,
    Page { edition: usize, is_polished: bool },
}

impl Fate {
    /// The story with this number in its paper, over so many seconds. By its number its kind: every twelfth is of one kind.
    fn new(paper: usize, id: usize, seconds: f64) -> Self {
        let base = stories();
        let at = |share: f64| seconds * share;
        // The same kinds of stories are not edited at the same times in all papers.
        let shift = 0.01 * paper as f64;
        let mut fate = Self { story: base[id % base.len()].clone(), ..Self::default() };
        fate.story.id = id;
        fate.story.slug = format!("{}-{paper}", fate.story.slug);
        let edits: &[f64] = match id % 12 {
            0 => &[0.30],
            1 => &[0.12, 0.55],
            2 => &[0.20, 0.40, 0.75],
            3 | 7 => &[],
            4 => &[0.60, 0.80],
            // One that is overtaken at once.
            5 => &[0.25, 0.255, 0.70],
            6 => &[0.65],
            8 => &[0.20],
            9 => &[0.70],
            // Behind the paywall, and after it.
            10 => &[0.45, 0.80],
            _ => &[0.50],
        };
        fate.edits = edits.iter().map(|share| at(share + shift)).collect();
        match id % 12 {
            1 => fate.trouble = Some(at(0.35)..at(0.50)),
            4 => fate.born = at(0.20),
            6 => fate.polished = Some(at(0.35)),
            7 => fate.touched = Some(at(0.35)),
            8 => fate.gone = Some((at(0.60), if paper.is_multiple_of(2) { 410 } else { 404 })),
            9 => fate.moved = Some(at(0.40)),
            10 => fate.paywall = Some(at(0.35)..at(0.60)),
            _ => {}
        }
        fate
    }

    pub(crate) fn is_late(&self) -> bool {
        self.born > 0.0
    }

    pub(crate) fn is_taken_down(&self) -> bool {
        self.gone.is_some()
    }

    pub(crate) fn edits(&self) -> usize {
        self.edits.len()
    }

    pub(crate) fn first_path(&self) -> String {
        self.story.path()
    }

    /// Its address at a time.
    pub(crate) fn path(&self, time: f64) -> String {
        self.story_at(time).path()
    }

    pub(crate) fn state(&self, time: f64) -> State {
        let is_within = |range: &Option<Range<f64>>| range.as_ref().is_some_and(|range| range.contains(&time));
        match self.gone {
            _ if time < self.born => State::NotYet,
            _ if is_within(&self.trouble) => State::Status(503),
            Some((at, status)) if at <= time => State::Status(status),
            _ if is_within(&self.paywall) => State::Teaser,
            _ => State::Page {
                edition: self.edits.iter().filter(|at| **at <= time).count(),
                is_polished: has(self.polished, time),
            },
        }
    }

    /// The story as its desk has it at a time.
    pub(crate) fn story_at(&self, time: f64) -> Story {
        let mut story = self.story.clone();
        if has(self.polished, time) {
            story.polish();
        }
        let edits = self.edits.iter().take_while(|at| **at <= time).count();
        for number in 1..=edits {
            edit(&mut story, number);
        }
        if edits > 0 || has(self.touched, time) {
            story.modified = format!("2026-03-02T1{edits}:30:00+01:00");
        }
        if has(self.moved, time) {
            story.slug.push_str("-renamed");
        }
        story
    }

    /// What tells the page at a time from all its others, but for what is around the story.
    pub(crate) fn tag(&self, time: f64) -> String {
        let edits = self.edits.iter().take_while(|at| **at <= time).count();
        format!("\"{}-{edits}-{}-{}\"", self.story.id, has(self.polished, time), has(self.touched, time))
    }
}

fn has(at: Option<f64>, time: f64) -> bool {
    at.is_some_and(|at| at <= time)
}

/// The work of the desk on a story: another kind of edit each time, and for each story another first.
fn edit(story: &mut Story, number: usize) {
    match (story.id + number) % 6 {
        0 => story.headline = format!("{}, edition {number}", story.headline),
        1 => story.paragraphs.push(marker(number)),
        2 => drop(story.paragraphs.pop()),
        3 => story.paragraphs[1].push_str(&format!(" That was {} years ago.", 10 + number)),
        4 => story.deck = format!("{} What is known after {number} days", story.deck),
        _ => {
            let text =
                format!("Correction: an earlier version of this article had a wrong number; it is {}.", 70 + number);
            story.correction = Some(text);
        }
    }
}

/// All stories, paper by paper.
pub(crate) fn plan(each: usize, seconds: f64) -> Vec<Vec<Fate>> {
    (0..PAPERS.len()).map(|paper| (0..each).map(|id| Fate::new(paper, id, seconds)).collect()).collect()
}
