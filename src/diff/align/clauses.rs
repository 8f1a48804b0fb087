//! Thai and Lao: where no mark tells the end of a sentence, both versions are cut at the same places.
//!
//! The segmenter counts such sentences off, so that after an edit the cuts of the two versions are out of step for the rest of
//! the paragraph, and what nobody touched looks edited. Here one version keeps its cuts, and the other is cut where the clauses
//! stand that begin those sentences. Which one keeps them is not a question of age: it is the one whose sentences agree better
//! with what was inserted, removed and moved.

use super::super::side::Cuts;
use super::anchors::{extend, pair_near};
use super::links::Links;

mod project;
mod strain;
mod version;

use project::project;
use strain::strain;
use version::Version;

/// More characters than these, on one side alone, may be a sentence; fewer belong to the one beside them.
const OWN_SENTENCE: usize = 45;

/// Returns the sentences of the Thai and Lao paragraphs that have no equal on the other side. Takes time linear in the text.
pub(super) fn cut(old: &[&str], new: &[&str], paragraphs: &Links) -> (Cuts, Cuts) {
    let before = Version::read(old, &paragraphs.to_new);
    if before.is_empty() {
        return (Cuts::new(), Cuts::new());
    }
    let after = Version::read(new, &paragraphs.to_old);
    let links = link(&before, &after);
    let old_strain = strain(&before, &after, &links.to_new, &links.to_old);
    let new_strain = strain(&after, &before, &links.to_old, &links.to_new);
    let (old_cuts, new_cuts) = if old_strain <= new_strain {
        (before.own_cuts(), project(&before, &after, &links.to_old))
    } else {
        (project(&after, &before, &links.to_new), after.own_cuts())
    };
    (before.ranges(&old_cuts, old.len()), after.ranges(&new_cuts, new.len()))
}

/// Links clauses that are equal or nearly so.
fn link(old: &Version<'_>, new: &Version<'_>) -> Links {
    let (olds, news) = (old.texts(), new.texts());
    let mut links = Links::new(olds.len(), news.len());
    pair_near(&olds, &news, &mut links);
    extend(&olds, &news, &mut links, are_close);
    links
}

/// Whether a clause is another one with "and" before it.
fn has_and(clause: &str, other: &str) -> bool {
    ["และ", "ແລະ"].iter().any(|and| clause.strip_prefix(and) == Some(other))
}

/// Whether two clauses are the same at their ends, for at least half of the longer one: a number or a letter differs.
fn are_close(old: &str, new: &str) -> bool {
    let (old_length, new_length) = (old.chars().count(), new.chars().count());
    let head = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    let rest = old_length.min(new_length) - head;
    let tail = old.chars().rev().zip(new.chars().rev()).take(rest).take_while(|(old, new)| old == new).count();
    head + tail >= 3 && (head + tail) * 2 >= old_length.max(new_length)
}

#[cfg(test)]
mod tests;
