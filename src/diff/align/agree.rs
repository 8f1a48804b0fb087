//! Sentences that begin in one version begin in the other one too.
//!
//! A headline or a caption without a mark runs into the sentence behind it when a page is scraped differently, or when paragraphs
//! are joined. Where the other version begins a sentence with the same words, they begin one here.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::links::Links;
use crate::diff::stop_words::is_stop_word;
use crate::text::segment;

/// The sentences of each text, where they are not those that [`segment::sentences`] finds by itself.
pub(super) type Cuts = Vec<Option<Vec<Range<usize>>>>;

/// By so many bytes of its beginning a sentence is known again; shorter ones are not.
const KNOWN_BY: usize = 24;

/// Splits the texts that have no equal, both sides with a view to the other. Texts that have cuts already keep them.
pub(super) fn agree(old: &[&str], new: &[&str], links: &Links, old_cuts: &mut Cuts, new_cuts: &mut Cuts) {
    old_cuts.resize(old.len(), None);
    new_cuts.resize(new.len(), None);
    let own = |texts: &[&str], cuts: &mut Cuts, free: Vec<usize>| {
        for at in free {
            if let (Some(text), Some(cut @ None)) = (texts.get(at), cuts.get_mut(at)) {
                *cut = Some(segment::sentences(text));
            }
        }
    };
    own(old, old_cuts, links.free_old().collect());
    own(new, new_cuts, links.free_new().collect());
    let (old_starts, new_starts) = (starts(old, old_cuts), starts(new, new_cuts));
    split(old, old_cuts, &new_starts);
    split(new, new_cuts, &old_starts);
}

/// The beginnings of sentences.
fn starts<'a>(texts: &[&'a str], cuts: &Cuts) -> FxHashSet<&'a str> {
    let of_text = |(text, cut): (&&'a str, &Option<Vec<Range<usize>>>)| {
        let text: &'a str = text;
        let cut = cut.clone().unwrap_or_default();
        cut.into_iter().filter_map(move |range| beginning(text.get(range)?)).collect::<Vec<_>>()
    };
    texts.iter().zip(cuts).flat_map(of_text).collect()
}

fn beginning(text: &str) -> Option<&str> {
    (KNOWN_BY..KNOWN_BY + 4).find_map(|end| text.get(..end)).filter(|start| begins_a_sentence(start))
}

/// A capital. Without one, the words may as well go on with the sentence before them.
fn begins_a_sentence(start: &str) -> bool {
    start.chars().next().is_some_and(char::is_uppercase)
}

fn split(texts: &[&str], cuts: &mut Cuts, starts: &FxHashSet<&str>) {
    for (text, cut) in texts.iter().zip(cuts) {
        let Some(ranges) = cut else { continue };
        let found = ranges.iter().flat_map(|range| pieces(text, range.clone(), starts)).collect();
        *cut = Some(found);
    }
}

/// A sentence, or the parts of it of which each but the first begins a sentence in the other version.
fn pieces(text: &str, range: Range<usize>, starts: &FxHashSet<&str>) -> Vec<Range<usize>> {
    let sentence = text.get(range.clone()).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut from = 0;
    for (space, _) in sentence.match_indices(' ') {
        let at = space + 1;
        let rest = sentence.get(at..).unwrap_or_default();
        let is_start = beginning(rest).is_some_and(|start| starts.contains(start));
        if is_start && may_end(sentence.get(from..space).unwrap_or_default()) {
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
    !before.is_empty() && !before.ends_with([',', '،', '、', '，']) && !is_stop_word(&last.to_lowercase())
}

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
