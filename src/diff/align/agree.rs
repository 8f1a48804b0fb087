//! Sentences of one version are sentences of the other one too.
//!
//! A headline, a caption or a line of the page without a mark runs into the sentence behind it when a page is scraped differently,
//! or when paragraphs are joined. Where the other version has one of the two as a sentence, or begins one with the same words,
//! they are told apart here.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::links::Links;
use crate::diff::side::Cuts;
use crate::diff::stop_words::is_stop_word;
use crate::text::segment;

/// Splits the texts that have no equal, both sides with a view to the other. Texts that have cuts already keep them.
pub(super) fn agree(old: &[&str], new: &[&str], links: &Links, old_cuts: &mut Cuts, new_cuts: &mut Cuts) {
    old_cuts.resize(old.len(), None);
    new_cuts.resize(new.len(), None);
    let own = |texts: &[&str], cuts: &mut Cuts, mut free: Vec<usize>| {
        free.retain(|at| match (texts.get(*at), cuts.get_mut(*at)) {
            (Some(text), Some(cut @ None)) => {
                *cut = Some(segment::sentences(text));
                true
            }
            _ => false,
        });
        free
    };
    let old_free = own(old, old_cuts, links.free_old().collect());
    let new_free = own(new, new_cuts, links.free_new().collect());
    let (of_old, of_new) = (Known::new(old, old_cuts), Known::new(new, new_cuts));
    split(old, old_cuts, &old_free, &of_new);
    split(new, new_cuts, &new_free, &of_old);
}

/// By so many bytes of its beginning a sentence is known again; shorter ones are not.
const BEGINNING: usize = 24;
/// By so many bytes of either end a whole sentence is looked up.
const END: usize = 10;
/// Of so many sentences with the same end each is tried.
const MAX_TRIED: usize = 4;

/// The sentences of one version.
#[derive(Default)]
struct Known<'a> {
    /// How they begin, those with a capital.
    beginnings: FxHashSet<&'a str>,
    by_start: FxHashMap<&'a str, Vec<&'a str>>,
    by_end: FxHashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Known<'a> {
    fn new(texts: &[&'a str], cuts: &Cuts) -> Self {
        let mut known = Self::default();
        for (text, cut) in texts.iter().zip(cuts) {
            for range in cut.iter().flatten() {
                known.add(text.get(range.clone()).unwrap_or_default());
            }
        }
        known
    }

    fn add(&mut self, sentence: &'a str) {
        self.beginnings.extend(start(sentence, BEGINNING).filter(|start| begins_with_a_capital(start)));
        let ends = [(start(sentence, END), &mut self.by_start), (end(sentence, END), &mut self.by_end)];
        for (end, map) in ends {
            let list = end.map(|end| map.entry(end).or_default());
            list.into_iter().filter(|list| list.len() < MAX_TRIED).for_each(|list| list.push(sentence));
        }
    }

    /// Returns where the first of two sentences ends that this one is made of, and where the second begins.
    fn parts(&self, sentence: &str) -> Option<(usize, usize)> {
        let before = start(sentence, END).and_then(|start| self.by_start.get(start)).into_iter().flatten();
        let ends = before.filter(|whole| sentence.starts_with(**whole)).map(|whole| whole.len());
        let after = end(sentence, END).and_then(|end| self.by_end.get(end)).into_iter().flatten();
        let starts = after.filter(|whole| sentence.ends_with(**whole)).map(|whole| sentence.len() - whole.len());
        ends.chain(starts).find_map(|at| parts_at(sentence, at))
    }

    fn begins(&self, rest: &str) -> bool {
        start(rest, BEGINNING).is_some_and(|start| self.beginnings.contains(start))
    }
}

/// The first bytes of a text, with the whole of the last character; `None` when it is no longer than that.
fn start(text: &str, bytes: usize) -> Option<&str> {
    (bytes..bytes + 4).find_map(|end| text.get(..end)).filter(|start| start.len() < text.len())
}

fn end(text: &str, bytes: usize) -> Option<&str> {
    let from = text.len().checked_sub(bytes)?;
    (from.saturating_sub(3)..=from).rev().find_map(|from| text.get(from..)).filter(|end| end.len() < text.len())
}

/// The parts on both sides of a place, if the second may follow the first as a sentence of its own.
fn parts_at(sentence: &str, at: usize) -> Option<(usize, usize)> {
    let (before, after) = sentence.split_at_checked(at)?;
    let is_apart = before.ends_with(' ') || after.starts_with(' ') || !begins_in_a_spaced_script(after);
    let (before, rest) = (before.trim_end(), after.trim_start());
    let first = rest.chars().next()?;
    let may_begin = first.is_alphanumeric() && !first.is_lowercase() || OPENING.contains(first);
    let may_part = is_apart && may_begin && may_end(before) && rest.chars().nth(MIN_PART).is_some();
    may_part.then(|| (before.len(), sentence.len() - rest.len()))
}

/// Quotation marks and brackets that a sentence may begin with.
const OPENING: &str = "\"'“„«‘‚»「『（(¿¡";
/// A sentence of fewer characters is none by itself.
const MIN_PART: usize = 4;

/// Whether the script has spaces between sentences: not Han and kana.
fn begins_in_a_spaced_script(text: &str) -> bool {
    text.chars().next().is_none_or(|first| !('\u{3000}'..='\u{9FFF}').contains(&first))
}

/// A capital. Without one, the words may as well go on with the sentence before them.
fn begins_with_a_capital(start: &str) -> bool {
    start.chars().next().is_some_and(char::is_uppercase)
}

fn split(texts: &[&str], cuts: &mut Cuts, free: &[usize], known: &Known<'_>) {
    for at in free {
        let (Some(text), Some(Some(ranges))) = (texts.get(*at), cuts.get_mut(*at)) else { continue };
        let wholes = ranges.iter().flat_map(|range| wholes(text, range.clone(), known));
        *ranges = wholes.flat_map(|range| pieces(text, range, known)).collect();
    }
}

/// A sentence, or the two that it is made of, of which one is a sentence of the other version.
fn wholes(text: &str, range: Range<usize>, known: &Known<'_>) -> Vec<Range<usize>> {
    match text.get(range.clone()).and_then(|sentence| known.parts(sentence)) {
        Some((end, start)) => vec![range.start..range.start + end, range.start + start..range.end],
        None => vec![range],
    }
}

/// A sentence, or the parts of it of which each but the first begins a sentence in the other version.
fn pieces(text: &str, range: Range<usize>, known: &Known<'_>) -> Vec<Range<usize>> {
    let sentence = text.get(range.clone()).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut from = 0;
    for (space, _) in sentence.match_indices(' ') {
        let at = space + 1;
        if known.begins(sentence.get(at..).unwrap_or_default())
            && may_end(sentence.get(from..space).unwrap_or_default())
        {
            pieces.push(range.start + from..range.start + space);
            from = at;
        }
    }
    pieces.push(range.start + from..range.end);
    pieces
}

/// Whether a sentence may end with these words: after a comma or a conjunction it goes on.
fn may_end(before: &str) -> bool {
    let before = before.trim_end();
    let last = before.rsplit(' ').next().unwrap_or_default();
    before.chars().nth(MIN_PART).is_some()
        && !before.ends_with([',', '،', '、', '，', ';', '；'])
        && !is_stop_word(&last.to_lowercase())
        && !CONJUNCTIONS.contains(&last)
}

/// Hindi; in the other languages of the list of stop words they are among those.
const CONJUNCTIONS: &[&str] = &["और", "एवं", "तथा", "या", "लेकिन", "पर", "कि"];

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;

    /// The sentences of the only paragraph of each side, split by a bar.
    fn agreed(old: &str, new: &str) -> [String; 2] {
        let (mut old_cuts, mut new_cuts) = (Cuts::new(), Cuts::new());
        agree(&[old], &[new], &Links::new(1, 1), &mut old_cuts, &mut new_cuts);
        let told = |text: &str, cuts: &Cuts| {
            let ranges = cuts[0].clone().unwrap();
            ranges.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>().join("|")
        };
        [told(old, &old_cuts), told(new, &new_cuts)]
    }

    #[test]
    fn a_headline_that_ran_into_a_sentence_is_told_from_it_by_the_other_version() {
        let [old, new] = agreed(
            "Harbour wall cracks Divers of the port found a crack on Monday.",
            "Divers of the port found a crack on Tuesday. Nobody was hurt.",
        );
        assert_eq!(old, "Harbour wall cracks|Divers of the port found a crack on Monday.");
        assert_eq!(new, "Divers of the port found a crack on Tuesday.|Nobody was hurt.");
    }

    #[test]
    fn a_line_that_is_a_sentence_in_the_other_version_is_one_here_in_any_script() {
        let [old, _] = agreed("شارك هذا المقال أغلق الجسر صباح الاثنين.", "أغلق الجسر صباح الاثنين. شارك هذا المقال");
        assert_eq!(old, "شارك هذا المقال|أغلق الجسر صباح الاثنين.");
        let [old, _] = agreed("最終更新 08:13橋は月曜日に閉鎖された。", "橋は月曜日に閉鎖された。最終更新 08:13");
        assert_eq!(old, "最終更新 08:13|橋は月曜日に閉鎖された。");
        let [old, _] = agreed("पुल सोमवार को बंद हुआ और मेयर ने यह बताया।", "पुल सोमवार को बंद हुआ। मेयर ने यह बताया।");
        assert_eq!(old, "पुल सोमवार को बंद हुआ और मेयर ने यह बताया।");
    }

    #[test]
    fn sentences_that_were_joined_stay_joined() {
        for joined in [
            "The mayor was told and Divers of the port found a crack on Monday.",
            "The mayor was told, Divers of the port found a crack on Monday.",
            "The mayor was told while divers of the port found a crack on Monday.",
        ] {
            let [_, new] = agreed("The mayor was told. Divers of the port found a crack on Monday.", joined);
            assert_eq!(new, joined);
        }
    }

    #[test]
    fn a_short_beginning_proves_nothing() {
        let [old, _] = agreed("Reports say The Guardian asked first.", "The Guardian asks.");
        assert_eq!(old, "Reports say The Guardian asked first.");
    }
}
