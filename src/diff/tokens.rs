//! Which words of a paragraph went and which came.

use super::lcs::{self, Budget};
use super::{Change, TokenOp};

use crate::text::segment::{self, Token, TokenKind};

/// The token operations of a pair of texts.
#[derive(Debug)]
pub(super) struct TokenDiff {
    pub(super) ops: Vec<TokenOp>,
    pub(super) words: Words,
    pub(super) similarity: f64,
}

/// Words counted by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) shared: usize,
    pub(super) removed: usize,
    pub(super) added: usize,
}

impl Words {
    pub(super) fn add(&mut self, other: Self) {
        self.shared += other.shared;
        self.removed += other.removed;
        self.added += other.added;
    }

    /// The share of words in common, 0 to 1, rounded down to four places; 1 where there are no words at all.
    pub(super) fn similarity(self) -> f64 {
        let all = 2 * self.shared + self.removed + self.added;
        (20_000 * self.shared).checked_div(all).unwrap_or(10_000) as f64 / 10_000.0
    }

    /// Whether so little is left that before and after are read more easily one after the other: below .34 in common. A text
    /// that stands nearly whole inside the other one is not rewritten.
    fn rewritten(self) -> bool {
        let shorter = self.shared + self.removed.min(self.added);
        self.similarity() < 0.34 && 4 * self.shared < 3 * shorter.max(1)
    }
}

/// One side: its text and the tokens that are seen; white space follows from what stands between them.
struct Side<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Side<'a> {
    fn new(text: &'a str) -> Self {
        let tokens = segment::tokens(text).into_iter().filter(|token| token.kind != TokenKind::Space).collect();
        Self { text, tokens }
    }

    fn strings(&self) -> Vec<&'a str> {
        self.tokens.iter().map(|token| token.of(self.text)).collect()
    }

    fn string(&self, at: usize) -> &'a str {
        self.tokens.get(at).map(|token| token.of(self.text)).unwrap_or_default()
    }

    fn words(&self) -> usize {
        self.tokens.iter().filter(|token| token.kind.is_word()).count()
    }

    /// The bytes of a token; the empty end of the text after the last.
    fn bytes(&self, at: usize) -> [usize; 2] {
        self.tokens.get(at).map_or([self.text.len(); 2], |token| [token.start, token.end])
    }
}

/// Returns what changed from one text to the other.
pub(super) fn diff(old: &str, new: &str, budget: &mut Budget) -> TokenDiff {
    if old == new {
        return equal(old);
    }
    let (old, new) = (Side::new(old), Side::new(new));
    budget.spend((old.tokens.len() + new.tokens.len()) as u64);
    let mut pairs = lcs::common(&old.strings(), &new.strings(), budget);
    slide(&mut pairs, &old, &new);
    join_islands(&mut pairs, &old, &new);
    let words = count(&pairs, &old, &new);
    if words.rewritten() {
        return TokenDiff { similarity: words.similarity(), ..whole(old.text, new.text) };
    }
    TokenDiff { ops: operations(&pairs, &old, &new), words, similarity: words.similarity() }
}

fn equal(text: &str) -> TokenDiff {
    let span = [0, text.len()];
    let ops = if text.is_empty() { Vec::new() } else { vec![token_op(Change::Eq, span, span)] };
    let words = Words { shared: Side::new(text).words(), ..Words::default() };
    TokenDiff { ops, words, similarity: 1.0 }
}

/// Shows the one text replaced by the other.
pub(super) fn whole(old: &str, new: &str) -> TokenDiff {
    let mut ops = Vec::new();
    push(&mut ops, Change::Del, [0, old.len()], [0, 0]);
    push(&mut ops, Change::Ins, [old.len(), old.len()], [0, new.len()]);
    let words = Words { shared: 0, removed: Side::new(old).words(), added: Side::new(new).words() };
    TokenDiff { ops, words, similarity: words.similarity() }
}

fn count(pairs: &[(usize, usize)], old: &Side<'_>, new: &Side<'_>) -> Words {
    let is_word = |at: &usize| old.tokens.get(*at).is_some_and(|token| token.kind.is_word());
    let shared = pairs.iter().filter(|(at, _)| is_word(at)).count();
    Words { shared, removed: old.words() - shared, added: new.words() - shared }
}

/// The farthest that a change is moved to a better place, in tokens.
const MAX_SLIDE: usize = 48;

/// Moves insertions and deletions that could stand at several places to where a sentence or clause begins:
/// `It rained. {+It rained.+}` and not `It {+rained. It+} rained.`.
fn slide(pairs: &mut [(usize, usize)], old: &Side<'_>, new: &Side<'_>) {
    slide_side(pairs, new, |pair| (pair.0, &mut pair.1));
    slide_side(pairs, old, |pair| (pair.1, &mut pair.0));
}

/// Slides what is only on one side. `of` tells the other side's index and gives this side's.
fn slide_side(pairs: &mut [(usize, usize)], side: &Side<'_>, of: impl Fn(&mut (usize, usize)) -> (usize, &mut usize)) {
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
                    && side.string(start - 1 - back) == side.string(end - 1 - back)
            })
            .count();
        let down = (0..MAX_SLIDE)
            .take_while(|on| {
                get(pairs, at + on) == Some((after.0 + on, after.1 + on))
                    && side.string(start + on) == side.string(end + on)
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
fn boundary(side: &Side<'_>, at: usize) -> u8 {
    let before = at.checked_sub(1).map(|before| side.string(before));
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
fn join_islands(pairs: &mut Vec<(usize, usize)>, old: &Side<'_>, new: &Side<'_>) {
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

fn is_weak(side: &Side<'_>, at: usize) -> bool {
    side.tokens.get(at).is_none_or(|token| match token.kind {
        TokenKind::Word => super::stop_words::is_stop_word(&token.of(side.text).to_lowercase()),
        TokenKind::Number => false,
        _ => true,
    })
}

/// Turns matched tokens into operations that cover both texts.
///
/// What stands between two matches, white space included, is the change; white space that is equal at its ends is not.
fn operations(pairs: &[(usize, usize)], old: &Side<'_>, new: &Side<'_>) -> Vec<TokenOp> {
    let mut ops = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let end = (old.tokens.len(), new.tokens.len());
    for (in_old, in_new) in pairs.iter().copied().chain([end]) {
        let ([old_start, old_end], [new_start, new_end]) = (old.bytes(in_old), new.bytes(in_new));
        push_change(&mut ops, old.text, [at_old, old_start], new.text, [at_new, new_start]);
        push(&mut ops, Change::Eq, [old_start, old_end], [new_start, new_end]);
        (at_old, at_new) = (old_end, new_end);
    }
    ops
}

fn push_change(
    ops: &mut Vec<TokenOp>,
    old: &str,
    [old_start, old_end]: [usize; 2],
    new: &str,
    [new_start, new_end]: [usize; 2],
) {
    let (before, after) =
        (old.get(old_start..old_end).unwrap_or_default(), new.get(new_start..new_end).unwrap_or_default());
    let head = common_space(before.chars(), after.chars());
    let (before, after) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail = common_space(before.chars().rev(), after.chars().rev());
    let (old_mid, new_mid) = ([old_start + head, old_end - tail], [new_start + head, new_end - tail]);
    push(ops, Change::Eq, [old_start, old_mid[0]], [new_start, new_mid[0]]);
    push(ops, Change::Del, old_mid, [new_mid[0]; 2]);
    push(ops, Change::Ins, [old_mid[1]; 2], new_mid);
    push(ops, Change::Eq, [old_mid[1], old_end], [new_mid[1], new_end]);
}

/// The bytes of the white space that two texts begin with alike.
fn common_space(old: impl Iterator<Item = char>, new: impl Iterator<Item = char>) -> usize {
    old.zip(new).take_while(|(old, new)| old == new && old.is_whitespace()).map(|(old, _)| old.len_utf8()).sum()
}

/// Appends an operation unless it is empty; runs of the same kind become one.
fn push(ops: &mut Vec<TokenOp>, op: Change, old: [usize; 2], new: [usize; 2]) {
    if old[0] == old[1] && new[0] == new[1] {
        return;
    }
    match ops.last_mut() {
        Some(last) if last.op == op => (last.old[1], last.new[1]) = (old[1], new[1]),
        _ => ops.push(token_op(op, old, new)),
    }
}

fn token_op(op: Change, old: [usize; 2], new: [usize; 2]) -> TokenOp {
    TokenOp { op, old, new, old_span: 0, new_span: 0, text: String::new() }
}

/// Turns operations round. Deletions still come before insertions.
pub(super) fn mirror(ops: &mut [TokenOp]) {
    for op in ops.iter_mut() {
        std::mem::swap(&mut op.old, &mut op.new);
        op.op = match op.op {
            Change::Eq => Change::Eq,
            Change::Del => Change::Ins,
            Change::Ins => Change::Del,
        };
    }
    for at in 1..ops.len() {
        if let Some([ins, del]) = ops.get_mut(at - 1..=at)
            && (ins.op, del.op) == (Change::Ins, Change::Del)
        {
            std::mem::swap(ins, del);
            let (del, ins) = (ins, del);
            del.new = [ins.new[0]; 2];
            ins.old = [del.old[1]; 2];
        }
    }
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;

    /// Writes a diff as `git diff --word-diff` does.
    fn marked(old: &str, new: &str) -> String {
        let diff = diff(old, new, &mut Budget::new(1 << 20));
        let mut text = String::new();
        for op in diff.ops {
            match op.op {
                Change::Eq => text.push_str(&old[op.old[0]..op.old[1]]),
                Change::Del => text.push_str(&format!("[-{}-]", &old[op.old[0]..op.old[1]])),
                Change::Ins => text.push_str(&format!("{{+{}+}}", &new[op.new[0]..op.new[1]])),
            }
        }
        text
    }

    #[test]
    fn words_and_numbers_change_as_a_whole() {
        assert_eq!(marked("The toll is $1.1bn now.", "The toll is $11bn now."), "The toll is [-$1.1bn-]{+$11bn+} now.");
        assert_eq!(
            marked("It shut in January last year.", "It shut in March last year."),
            "It shut in [-January-]{+March+} last year."
        );
        assert_eq!(marked("सभी पुल बंद", "सभी पुलों बंद"), "सभी [-पुल-]{+पुलों+} बंद");
    }

    #[test]
    fn white_space_follows_the_word_that_came_or_went() {
        assert_eq!(marked("A bridge fell.", "A bridge nearly fell."), "A bridge {+nearly +}fell.");
        assert_eq!(marked("A bridge", "A bridge fell"), "A bridge{+ fell+}");
        assert_eq!(marked("Lund said", "Lund, mayor, said"), "Lund{+, mayor,+} said");
        assert_eq!(marked("one two", "one  two"), "one {+ +}two");
    }

    #[test]
    fn islands_of_weak_words_are_joined_and_strong_ones_are_not() {
        let old = "The council will meet in January in Berlin about the old bridge.";
        let new = "The council will meet by March, in Paris about the old bridge.";
        assert_eq!(
            marked(old, new),
            "The council will meet [-in January in Berlin-]{+by March, in Paris+} about the old bridge."
        );
        assert_eq!(
            marked("one red car and two cats", "six red car and ten cats"),
            "[-one-]{+six+} red car and [-two-]{+ten+} cats"
        );
        assert_eq!(marked("He came and left", "He came early and then left"), "He came {+early +}and {+then +}left");
    }

    #[test]
    fn a_new_sentence_is_shown_from_its_beginning() {
        let old = "The road is shut. The mayor spoke. It will stay so.";
        let new = "The road is shut. The mayor was told. The mayor spoke. It will stay so.";
        assert_eq!(marked(old, new), "The road is shut. {+The mayor was told. +}The mayor spoke. It will stay so.");
        let back = "The road is shut. [-The mayor was told. -]The mayor spoke. It will stay so.";
        assert_eq!(marked(new, old), back);
    }

    #[test]
    fn what_is_mostly_rewritten_is_shown_whole() {
        let diff = diff("The bridge is closed to cars", "Nobody may walk over the river", &mut Budget::new(1 << 20));
        assert_eq!(diff.ops.len(), 2);
        assert!(diff.similarity < 0.34);
        let longer = "A crack was found. It runs through two of the nine piers on the northern bank and will take a year to mend.";
        assert!(
            marked("A crack was found.", longer).starts_with("A crack was found.{+ It runs"),
            "an appended text is no rewrite"
        );
    }

    #[test]
    fn over_the_budget_only_the_equal_ends_are_told_from_the_rest() {
        let (old, new) = ("One is here. Two is here now. Six.", "One is here. Two was there now. Six.");
        let mut budget = Budget::new(20);
        let ops = diff(old, new, &mut budget).ops;
        assert!(!budget.degraded() || ops.len() == 4);
        let mut budget = Budget::new(0);
        let ops = diff(old, new, &mut budget).ops;
        assert!(budget.degraded());
        let [del] = ops.iter().filter(|op| op.op == Change::Del).collect::<Vec<_>>()[..] else { panic!("{ops:?}") };
        assert_eq!(&old[del.old[0]..del.old[1]], "is here");
    }
}
