//! Which names are of one story, since when, and what people decided about it.

use serde::{Deserialize, Serialize};

use super::story::StoryKey;
use super::time::Timestamp;

/// Since when two keys are known to be of one story, and what was decided of that by hand.
///
/// What different observers know of one pair is [joined](AliasDates::join) field by field, in any order and any number of times (a
/// state-based replicated data type: Shapiro et al., 2011). A decision goes before what pages say, however often they say it again;
/// of two decisions the later one counts.
///
/// ```
/// use morgue::AliasDates;
///
/// let seen = AliasDates::since("2026-03-01".parse().unwrap());
/// let split = AliasDates::split("2026-03-05".parse().unwrap());
/// let again = AliasDates::since("2026-03-09".parse().unwrap());
/// assert!(seen.holds());
/// assert!(!seen.join(split).join(again).holds());
/// assert!(seen.join(split).join(AliasDates::merged("2026-03-10".parse().unwrap())).holds());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AliasDates {
    /// The time of the earliest capture that told of it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When somebody last decided that they are one story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// When somebody last decided that they are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_at: Option<Timestamp>,
}

impl AliasDates {
    /// Returns those of a pair of which a capture told at some time.
    #[must_use]
    pub const fn since(at: Timestamp) -> Self {
        Self { since: Some(at), merged_at: None, split_at: None }
    }

    /// Returns those of a pair that somebody decided to be one story.
    #[must_use]
    pub const fn merged(at: Timestamp) -> Self {
        Self { since: None, merged_at: Some(at), split_at: None }
    }

    /// Returns those of a pair that somebody decided to be two stories.
    #[must_use]
    pub const fn split(at: Timestamp) -> Self {
        Self { since: None, merged_at: None, split_at: Some(at) }
    }

    /// Returns what is known when both are: the earliest observation and the latest decision of either kind.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            since: self.since.into_iter().chain(other.since).min(),
            merged_at: self.merged_at.max(other.merged_at),
            split_at: self.split_at.max(other.split_at),
        }
    }

    /// Says whether the two are one story. Of two decisions at one microsecond, that to split them counts.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.split_at.is_none() || self.merged_at > self.split_at
    }
}

/// The fact that one key names the story of another, or that it does not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alias {
    /// The other name.
    pub alias: StoryKey,
    /// A key of the story that it names.
    pub of: StoryKey,
    /// Since when, and what was decided of it.
    #[serde(flatten)]
    pub dates: AliasDates,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any() -> Vec<AliasDates> {
        let at = |minute: i64| Timestamp::from_micros(minute * 60_000_000);
        let times = [None, at(1), at(2)];
        let mut all = Vec::new();
        for since in times {
            for merged_at in times {
                all.extend(times.map(|split_at| AliasDates { since, merged_at, split_at }));
            }
        }
        all
    }

    #[test]
    fn what_is_known_of_a_pair_does_not_depend_on_order_or_repetition() {
        for a in any() {
            assert_eq!(a.join(a), a);
            for b in any() {
                assert_eq!(a.join(b), b.join(a));
                for c in any() {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)));
                }
            }
        }
    }

    #[test]
    fn the_later_decision_counts_and_at_one_moment_the_one_to_split() {
        let at = |minute: i64| Timestamp::from_micros(minute).unwrap();
        let (merged, split) = (AliasDates::merged(at(5)), AliasDates::split(at(5)));
        assert!(AliasDates::default().holds() && merged.holds());
        assert!(!split.holds() && !merged.join(split).holds());
        assert!(split.join(AliasDates::merged(at(6))).holds());
    }
}
