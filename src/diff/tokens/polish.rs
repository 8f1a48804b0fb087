//! What makes a diff of words read well: changes that begin where sentences and clauses begin, and no confetti.

use super::super::part::Part;
use super::super::stop_words::is_stop_word;
use crate::text::segment::TokenKind;

/// The farthest that a change is moved to a better place, in tokens.
const MAX_SLIDE: usize = 48;

/// Moves insertions and deletions that could stand at several places to where a sentence or clause begins:
/// `It rained. {+It rained.+}` and not `It {+rained. It+} rained.`.
pub(super) fn slide(pairs: &mut [(usize, usize)], old: &Part<'_>, new: &Part<'_>) {
    slide_side(pairs, new, |pair| (pair.0, &mut pair.1));
    slide_side(pairs, old, |pair| (pair.1, &mut pair.0));
}

/// Slides what is only on one side. `of` tells the other side's index and gives this side's.
fn slide_side(pairs: &mut [(usize, usize)], side: &Part<'_>, of: impl Fn(&mut (usize, usize)) -> (usize, &mut usize)) {
    let get = |pairs: &mut [(usize, usize)], at: usize| {
        pairs.get_mut(at).map(|pair| {
            let (other, own) = of(pair);
            (other, *own)
        })
    };
    for at in 1..pairs.len() {
        let (Some(before), Some(after)) = (get(pairs, at - 1), get(pairs, at)) else { continue };
        let (start, end) = (before.1 + 1, after.1);
        if start >= end || before.0 + 1 != after.0 {
            continue;
        }
        // How far the change can go up: the matched tokens before it must be neighbours and equal its own last ones.
        let up = (0..MAX_SLIDE.min(at))
            .take_while(|back| {
                get(pairs, at - 1 - back) == Some((before.0.wrapping_sub(*back), before.1.wrapping_sub(*back)))
                    && side.token(start - 1 - back) == side.token(end - 1 - back)
            })
            .count();
        let down = (0..MAX_SLIDE)
            .take_while(|on| {
                get(pairs, at + on) == Some((after.0 + on, after.1 + on))
                    && side.token(start + on) == side.token(end + on)
            })
            .count();
        let best = (start - up..=start + down)
            .max_by_key(|place| (boundary(side, *place), std::cmp::Reverse(place.abs_diff(start))));
        let place = best.unwrap_or(start);
        let shift = place.abs_diff(start);
        let moved = if place < start { at - shift..at } else { at..at + shift };
        for pair in pairs.get_mut(moved).unwrap_or_default() {
            let (_, own) = of(pair);
            *own = if place < start { *own + (end - start) } else { *own - (end - start) };
        }
    }
}

/// How well a change begins at a token: after the end of a sentence best, after that of a clause well.
fn boundary(side: &Part<'_>, at: usize) -> u8 {
    let before = at.checked_sub(1).map(|before| side.token(before));
    match before {
        None | Some("." | "!" | "?" | "。" | "؟" | "।" | "！" | "？") => 3,
        Some("\u{201d}" | "\"" | "」") => 2,
        Some("," | ";" | ":" | "、" | "،" | "\u{2013}" | "\u{2014}") => 1,
        Some(_) => 0,
    }
}

/// The longest island, in tokens.
const MAX_ISLAND: usize = 2;

/// Lets go of matches that only break up a change: stop words and punctuation, at most two tokens, between two changes.
///
/// `[-in January-]{+by March+}` reads better than every word by itself. Between two insertions, or two deletions, the island
/// stays: there is nothing to be joined into one replacement.
pub(super) fn join_islands(pairs: &mut Vec<(usize, usize)>, old: &Part<'_>, new: &Part<'_>) {
    let mut kept: Vec<(usize, usize)> = Vec::with_capacity(pairs.len());
    let runs: Vec<&[(usize, usize)]> = pairs.chunk_by(|one, next| one.0 + 1 == next.0 && one.1 + 1 == next.1).collect();
    let end = (old.tokens.len(), new.tokens.len());
    let mut upcoming = runs.iter().skip(1).map(|run| run.first().copied().unwrap_or(end)).chain([end]);
    for run in &runs {
        let (Some(first), Some(last), Some(next)) = (run.first(), run.last(), upcoming.next()) else { continue };
        let previous = kept.last().map_or((0, 0), |pair| (pair.0 + 1, pair.1 + 1));
        let before = (first.0 - previous.0, first.1 - previous.1);
        let after = (next.0 - last.0 - 1, next.1 - last.1 - 1);
        let replaces = before.0 + after.0 > 0 && before.1 + after.1 > 0;
        let between = before != (0, 0) && after != (0, 0);
        if !(between && replaces && run.len() <= MAX_ISLAND && run.iter().all(|pair| is_weak(old, pair.0))) {
            kept.extend_from_slice(run);
        }
    }
    *pairs = kept;
}

fn is_weak(side: &Part<'_>, at: usize) -> bool {
    side.tokens.get(at).is_none_or(|token| match token.kind {
        TokenKind::Word => is_stop_word(&side.word(token).to_lowercase()),
        TokenKind::Number => false,
        _ => true,
    })
}
