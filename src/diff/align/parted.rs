//! Clauses: what a semicolon, a colon, a dash or an ellipsis parts in both versions is compared part by part.
//!
//! Whether such a mark ends a sentence is a matter of taste: editors put a stop in its place and take it back, and treebanks
//! count both. One version alone cannot tell. Where both have the mark in the same place, the parts stand side by side anyway,
//! and a change in one of them is told of that part; where one version has a stop instead, the sentence is kept whole, so that it
//! is seen to have been split.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::links::Links;
use crate::diff::side::Cuts;
use crate::text::segment;

/// Parts the sentences of both versions. Equal paragraphs have all marks in common.
pub(super) fn part(old: &[&str], new: &[&str], links: &Links, old_cuts: &mut Cuts, new_cuts: &mut Cuts) {
    for (at, _) in links.to_new.iter().enumerate().filter(|(_, to)| to.is_some()) {
        if let (Some(text), Some(cut)) = (old.get(at), old_cuts.get_mut(at))
            && places(text).next().is_some()
        {
            let ranges = cut.take().unwrap_or_else(|| segment::sentences(text));
            *cut = Some(ranges.into_iter().flat_map(|range| parts(text, range, |_| true)).collect());
        }
    }
    let [of_old, of_new] =
        [(old, &*old_cuts, links.free_old().collect()), (new, &*new_cuts, links.free_new().collect())]
            .map(|(texts, cuts, free)| Known::new(texts, cuts, free));
    split(old, old_cuts, &of_old.texts, &of_new);
    split(new, new_cuts, &of_new.texts, &of_old);
}

/// The marks of one version.
struct Known<'a> {
    /// Each mark with the words on one side of it.
    around: FxHashSet<&'a str>,
    /// The texts that have any.
    texts: Vec<usize>,
}

impl<'a> Known<'a> {
    fn new(texts: &[&'a str], cuts: &Cuts, free: Vec<usize>) -> Self {
        let mut known = Self { around: FxHashSet::default(), texts: free };
        known.texts.retain(|at| {
            let (Some(text), Some(Some(ranges))) = (texts.get(*at), cuts.get(*at)) else { return false };
            let sentences = ranges.iter().filter_map(|range| text.get(range.clone()));
            let mut has = false;
            for place in sentences.flat_map(places) {
                known.around.extend(place.around);
                has = true;
            }
            has
        });
        known
    }
}

fn split(texts: &[&str], cuts: &mut Cuts, with_marks: &[usize], other: &Known<'_>) {
    for at in with_marks {
        let (Some(text), Some(Some(ranges))) = (texts.get(*at), cuts.get_mut(*at)) else { continue };
        let parts = ranges.iter().flat_map(|range| parts(text, range.clone(), |around| other.around.contains(around)));
        *ranges = parts.collect();
    }
}

fn parts(text: &str, range: Range<usize>, is_known: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let sentence = text.get(range.clone()).unwrap_or_default();
    let mut parts = Vec::new();
    let mut from = 0;
    for place in places(sentence).filter(|place| place.around.iter().any(|around| is_known(around))) {
        parts.push(range.start + from..range.start + place.end);
        from = place.start;
    }
    parts.push(range.start + from..range.end);
    parts
}

/// By so many bytes on either side a mark is known again; a part is no shorter.
const AROUND: usize = 16;
/// A label before a colon has no more characters: `Related topics:`.
const LABEL_CHARACTERS: usize = 16;

/// Where a sentence may be parted.
struct Place<'a> {
    /// Where the part before it ends, with the mark, and the part after it starts.
    end: usize,
    start: usize,
    /// The mark with what stands before it, and with what stands after it.
    around: [&'a str; 2],
}

fn places(sentence: &str) -> impl Iterator<Item = Place<'_>> {
    let bytes = sentence.as_bytes();
    let (mut from, mut next) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let at =
                next + bytes.get(next..)?.iter().position(|byte| MAY_PART.get(usize::from(*byte)) == Some(&true))?;
            next = at + 1;
            let place = mark(bytes, at).and_then(|length| place(sentence, from, at, length));
            if let Some(place) = place {
                from = place.start;
                return Some(place);
            }
        }
    })
}

/// The bytes that a mark may begin with.
const MAY_PART: [bool; 256] = {
    let mut table = [false; 256];
    let first = b";:.]\xD8\xE2\xEF";
    let mut at = 0;
    #[allow(clippy::indexing_slicing)]
    while at < first.len() {
        table[first[at] as usize] = true;
        at += 1;
    }
    table
};

/// The place at a mark, in a part that begins at `from`, if there is enough of a clause on both sides.
fn place(sentence: &str, from: usize, at: usize, length: usize) -> Option<Place<'_>> {
    let end = at + length;
    let rest = sentence.get(end..)?;
    let start = end + rest.len() - rest.trim_start().len();
    let is_whole = |at: &usize| sentence.is_char_boundary(*at);
    let first = (from..=end.checked_sub(AROUND)?).rev().take(4).find(is_whole)?;
    let last = (start + AROUND..start + AROUND + 4).find(is_whole)?;
    let is_label = || sentence.get(from..at).is_some_and(|words| words.chars().nth(LABEL_CHARACTERS).is_none());
    if sentence.get(at..end) == Some(":") && is_label() || is_between_figures(sentence, at, start) {
        return None;
    }
    Some(Place { end, start, around: [sentence.get(first..start)?, sentence.get(at..last)?] })
}

/// A score, a range or the dates of a life: `won 2 – 1`, `(4 May 1772 — 20 August 1823)`.
fn is_between_figures(sentence: &str, mark: usize, start: usize) -> bool {
    let is_figure = |at: usize| sentence.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    is_figure(start) && mark.checked_sub(2).is_some_and(is_figure)
}

/// The length of a mark that may part clauses, if one begins at a byte.
fn mark(bytes: &[u8], at: usize) -> Option<usize> {
    let spaced = |length: usize| (bytes.get(at + length) == Some(&b' ')).then_some(length);
    let before = |mark: &[u8]| bytes.get(..at).is_some_and(|before| before.ends_with(mark));
    match *bytes.get(at..)? {
        [b';' | b':', ..] => spaced(1),
        [b'.', ..] if before(b"..") => spaced(1),
        [b']', ..] if before(b"...") => spaced(1),
        // ؛
        [0xD8, 0x9B, ..] => spaced(2),
        // – and —, with spaces on both sides
        [0xE2, 0x80, 0x93 | 0x94, ..] if before(b" ") => spaced(3),
        // ……, which Chinese has without a space
        [0xE2, 0x80, 0xA6, ref rest @ ..] if before("…".as_bytes()) && !rest.starts_with("…".as_bytes()) => Some(3),
        // ；
        [0xEF, 0xBC, 0x9B, ..] => Some(3),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::string_slice, clippy::indexing_slicing, reason = "a test")]
mod tests {
    use super::*;

    /// The parts of the only paragraph of each side, split by a bar.
    fn parted(old: &str, new: &str) -> [String; 2] {
        let cut = |text: &str| vec![Some(segment::sentences(text))];
        let (mut old_cuts, mut new_cuts) = (cut(old), cut(new));
        let links = Links::new(1, 1);
        part(&[old], &[new], &links, &mut old_cuts, &mut new_cuts);
        let told = |text: &str, cuts: &Cuts| {
            let ranges = cuts[0].clone().unwrap_or_default();
            ranges.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>().join("|")
        };
        [told(old, &old_cuts), told(new, &new_cuts)]
    }

    #[test]
    fn what_both_versions_part_is_compared_part_by_part() {
        for both in [
            "The old bridge was closed on Monday;|ferries run until midnight.",
            "The old bridge was closed on Monday —|ferries run until midnight.",
            "The old bridge was closed on Monday:|ferries run until midnight.",
            "The old bridge was closed [...]|ferries run until midnight.",
            "أغلق الجسر القديم صباح الاثنين؛|وتعمل العبارات حتى منتصف الليل.",
        ] {
            let text = both.replace('|', " ");
            let edited = text.replace("until", "after");
            assert_eq!(parted(&text, &edited), [both.to_owned(), both.replace("until", "after")]);
        }
        let both = "旧桥于星期一上午关闭……|渡轮一直开到午夜。";
        let text = both.replace('|', "");
        assert_eq!(parted(&text, &text.replace("午夜", "凌晨"))[0], both);
    }

    #[test]
    fn a_sentence_that_one_version_split_is_whole_in_the_other() {
        let whole = "The old bridge was closed on Monday; ferries run until midnight.";
        let [old, new] = parted(whole, "The old bridge was closed on Monday. Ferries run until midnight.");
        assert_eq!(old, whole);
        assert_eq!(new, "The old bridge was closed on Monday.|Ferries run until midnight.");
    }

    #[test]
    fn one_side_of_the_mark_is_enough() {
        let old = "The old bridge was closed on Monday; ferries run until midnight.";
        let [_, new] = parted(old, "The old bridge was closed on Monday; nobody may cross it on foot.");
        assert_eq!(new, "The old bridge was closed on Monday;|nobody may cross it on foot.");
        let [_, new] = parted(old, "The old bridge was closed by the mayor; nobody may cross it on foot.");
        assert_eq!(new, "The old bridge was closed by the mayor; nobody may cross it on foot.");
    }

    #[test]
    fn a_label_belongs_to_what_it_labels_and_a_dash_to_its_figures() {
        for text in [
            "Исправление: The old bridge was closed.",
            "Last ferry at 23:30 from the old harbour.",
            "Northern ferries won the old regatta 12 – 10 against the harbour.",
        ] {
            assert_eq!(parted(text, &text.replace("old", "new")), [text.to_owned(), text.replace("old", "new")]);
        }
    }

    #[test]
    fn equal_paragraphs_are_parted_too() {
        let text = "The old bridge was closed on Monday; ferries run until midnight.";
        let mut links = Links::new(1, 1);
        links.link(0, 0);
        let (mut old_cuts, mut new_cuts) = (vec![None], vec![None]);
        part(&[text], &[text], &links, &mut old_cuts, &mut new_cuts);
        assert_eq!(old_cuts, [Some(vec![0..36, 37..text.len()])]);
    }
}
