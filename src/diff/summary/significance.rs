//! How much a change matters.

use std::collections::BTreeSet;

use super::{Summary, has_other_number, is_headline_edit};
use crate::diff::class::{Class, NoticeKind};
use crate::diff::tokens::Words;
use crate::diff::{Change, Group, Op};
use crate::text::segment;

/// What weighs, in thousandths.
#[derive(Debug)]
pub(super) struct Weighed {
    weights: Vec<u64>,
    /// The share of words that changed.
    changed: u64,
    /// The most that it can be.
    most: u64,
}

/// Typography and furniture of the page, together, never weigh more.
const MOST_OF_COSMETICS: u64 = 40;

impl Weighed {
    pub(super) fn new(groups: &[Group], words: Words, summary: &Summary) -> Self {
        let mut classes: BTreeSet<Class> = groups.iter().flat_map(|group| group.tags.iter().copied()).collect();
        // A headline of which a typo was mended weighs what the typo does.
        if !groups.iter().any(is_headline_edit) {
            classes.remove(&Class::Headline);
        }
        // Nor is "two" another number than "2".
        if !groups.iter().any(has_other_number) {
            classes.remove(&Class::Number);
        }
        let notices = groups.iter().flat_map(|group| &group.findings).filter_map(|finding| finding.notice);
        let mut weights: Vec<u64> = classes.into_iter().map(weight).collect();
        weights.extend(notices.map(weight_of_notice).max());
        weights.extend(summary.deck_changed.then_some(150));
        weights.extend(summary.byline_changed.then_some(100));
        weights.extend(groups.iter().any(|group| group.moved).then_some(30));
        let cosmetic = summary.cosmetic_only || summary.boilerplate_only;
        Self { weights, changed: changed(groups, words), most: if cosmetic { MOST_OF_COSMETICS } else { 1000 } }
    }

    /// The formula that [`Summary::significance`] tells.
    #[allow(clippy::cast_precision_loss, reason = "at most 1000")]
    pub(super) fn significance(&self) -> f64 {
        // Millionths, so that small weights are not lost in rounding.
        let left = self.weights.iter().fold(1_000_000, |left, weight| left * (1000 - weight) / 1000);
        let left = left * (10_000 - 7 * self.changed) / 10_000;
        let thousandths = (1_000_000 - left) / 1000;
        thousandths.clamp(1, self.most) as f64 / 1000.0
    }
}

fn weight(class: Class) -> u64 {
    match class {
        Class::Headline => 400,
        Class::Number | Class::Name => 350,
        Class::Quote => 300,
        Class::Date | Class::Hedge => 250,
        Class::Attribution => 200,
        Class::Reorder => 30,
        Class::Typo => 20,
        Class::Format => 5,
        // Lines of the page are left out, and notices weigh what their kind does.
        Class::Boilerplate | Class::Notice => 0,
    }
}

/// That something was wrong matters most; that there is more to read, least.
fn weight_of_notice(kind: NoticeKind) -> u64 {
    match kind {
        NoticeKind::Correction | NoticeKind::Retraction => 400,
        NoticeKind::Clarification => 300,
        NoticeKind::EditorsNote => 200,
        NoticeKind::Update => 100,
    }
}

/// The share of words that changed, in thousandths; lines of the page are not counted.
fn changed(groups: &[Group], words: Words) -> u64 {
    let count = |text: &str| segment::tokens(text).into_iter().filter(|token| token.kind.is_word()).count();
    let page = groups.iter().filter(|group| group.op != Op::Unchanged && group.tags == [Class::Boilerplate]);
    let (mut added, mut removed) = (words.added, words.removed);
    for op in page.flat_map(|group| &group.tokens) {
        match op.op {
            Change::Eq => {}
            Change::Del => removed = removed.saturating_sub(count(&op.text)),
            Change::Ins => added = added.saturating_sub(count(&op.text)),
        }
    }
    let all = (2 * words.shared + added + removed) as u64;
    (1000 * (added + removed) as u64).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(classes: &[Class], changed: u64) -> Weighed {
        Weighed { weights: classes.iter().copied().map(weight).collect(), changed, most: 1000 }
    }

    #[test]
    fn more_kinds_of_change_and_more_words_never_weigh_less() {
        let classes = [
            Class::Format,
            Class::Typo,
            Class::Reorder,
            Class::Attribution,
            Class::Hedge,
            Class::Date,
            Class::Quote,
            Class::Notice,
            Class::Name,
            Class::Number,
            Class::Headline,
        ];
        let mut last = 0.0;
        for number in 0..=classes.len() {
            let now = weighed(&classes[..number], 0).significance();
            assert!(now >= last && now <= 1.0, "{number}: {now} after {last}");
            last = now;
        }
        for changed in 0..=1000 {
            let now = weighed(&[Class::Number], changed).significance();
            assert!(now >= weighed(&[Class::Number], changed.saturating_sub(1)).significance());
            assert!(now >= weighed(&[], changed).significance());
        }
        assert_eq!(weighed(&[], 1000).significance(), 0.7);
        assert_eq!(weighed(&[Class::Number], 0).significance(), 0.35);
    }
}
