//! Which words of a group went and which came.

use super::group::{Change, TokenOp};
use super::lcs::{self, Budget};
use super::part::Part;
use super::side::Token;
use super::vocabulary::Vocabulary;

mod heaviest;
mod places;
mod polish;

pub(super) use places::mirror;

/// The token operations of a pair of texts.
#[derive(Debug)]
pub(super) struct TokenDiff {
    pub(super) ops: Vec<TokenOp>,
    pub(super) words: Words,
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

/// Returns what changed from one text to the other.
pub(super) fn diff(old: &Part<'_>, new: &Part<'_>, vocabulary: &Vocabulary<'_>, budget: &mut Budget) -> TokenDiff {
    if old.text == new.text {
        return unchanged(old, new);
    }
    let mut pairs = matched(old, new, vocabulary, budget);
    polish::slide(&mut pairs, old, new);
    polish::join_islands(&mut pairs, old, new);
    let words = count(&pairs, old, new);
    if words.rewritten() {
        return replaced(old, new, words);
    }
    TokenDiff { ops: places::put(operations(&pairs, old, new), old, new), words }
}

/// Returns the operation of texts that are equal.
fn unchanged(old: &Part<'_>, new: &Part<'_>) -> TokenDiff {
    let mut ops = Vec::new();
    push(&mut ops, Change::Eq, [0, old.text.len()], [0, new.text.len()]);
    TokenDiff { ops: places::put(ops, old, new), words: Words { shared: old.words, removed: 0, added: 0 } }
}

/// Shows the one text replaced by the other.
pub(super) fn whole(old: &Part<'_>, new: &Part<'_>) -> TokenDiff {
    replaced(old, new, Words { shared: 0, removed: old.words, added: new.words })
}

fn replaced(old: &Part<'_>, new: &Part<'_>, words: Words) -> TokenDiff {
    let mut ops = Vec::new();
    push(&mut ops, Change::Del, [0, old.text.len()], [0, 0]);
    push(&mut ops, Change::Ins, [old.text.len(), old.text.len()], [0, new.text.len()]);
    TokenDiff { ops: places::put(ops, old, new), words }
}

/// Returns which tokens are the same, ascending on both sides.
fn matched(old: &Part<'_>, new: &Part<'_>, vocabulary: &Vocabulary<'_>, budget: &mut Budget) -> Vec<(usize, usize)> {
    let (before, after) = (&old.tokens, &new.tokens);
    budget.spend((before.len() + after.len()) as u64);
    let same = |(one, other): &(&Token, &Token)| old.word(one) == new.word(other);
    let head = before.iter().zip(after).take_while(same).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(same).count();
    let middle = |tokens: &[Token]| -> Vec<Token> {
        tokens.get(head..tokens.len() - tail).map(<[Token]>::to_vec).unwrap_or_default()
    };
    let (old_middle, new_middle) = (middle(before), middle(after));
    let found = match heaviest::common(&old_middle, &new_middle, vocabulary, budget) {
        Some(found) => found,
        None => {
            let ids = |tokens: &[Token]| tokens.iter().map(|token| token.id).collect::<Vec<_>>();
            lcs::common(&ids(&old_middle), &ids(&new_middle), budget)
        }
    };
    let ends = (before.len() - tail, after.len() - tail);
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    pairs.extend(found.into_iter().map(|(one, other)| (head + one, head + other)));
    pairs.extend((0..tail).map(|at| (ends.0 + at, ends.1 + at)));
    // Words that differ in case or in the kind of a quotation mark were put side by side; they are not equal.
    pairs.retain(|(one, other)| match (before.get(*one), after.get(*other)) {
        (Some(one), Some(other)) => old.word(one) == new.word(other),
        _ => false,
    });
    pairs
}

fn count(pairs: &[(usize, usize)], old: &Part<'_>, new: &Part<'_>) -> Words {
    let is_word = |at: &usize| old.tokens.get(*at).is_some_and(|token| token.kind.is_word());
    let shared = pairs.iter().filter(|(at, _)| is_word(at)).count();
    Words { shared, removed: old.words - shared.min(old.words), added: new.words - shared.min(new.words) }
}

/// Turns matched tokens into operations that cover both texts.
///
/// What stands between two matches, white space included, is the change; white space that is equal at its ends is not.
fn operations(pairs: &[(usize, usize)], old: &Part<'_>, new: &Part<'_>) -> Vec<TokenOp> {
    let mut ops = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let end = (old.tokens.len(), new.tokens.len());
    for (in_old, in_new) in pairs.iter().copied().chain([end]) {
        let ([old_start, old_end], [new_start, new_end]) = (old.bytes(in_old), new.bytes(in_new));
        push_change(&mut ops, &old.text, [at_old, old_start], &new.text, [at_new, new_start]);
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

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::super::align::align;
    use super::super::build;
    use super::super::group::{Field, Group};
    use super::*;

    /// Compares two texts as headlines, which are one sentence whatever they say.
    fn diff(old: &str, new: &str, budget: &mut Budget) -> Group {
        let alignment = align(Field::Headline, &[old], &[new], budget);
        build::drafts(Field::Headline, &alignment, budget).remove(0).group
    }

    /// Writes a diff as `git diff --word-diff` does.
    fn marked(old: &str, new: &str) -> String {
        let mut text = String::new();
        for op in diff(old, new, &mut Budget::new(1 << 20)).tokens {
            match op.op {
                Change::Eq => text.push_str(&old[op.old[0]..op.old[1]]),
                Change::Del => text.push_str(&format!("[-{}-]", op.text)),
                Change::Ins => text.push_str(&format!("{{+{}+}}", op.text)),
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
        assert_eq!(diff.tokens.len(), 2);
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
        let ops = diff(old, new, &mut budget).tokens;
        assert!(!budget.degraded() || ops.len() == 4);
        let mut budget = Budget::new(0);
        let ops = diff(old, new, &mut budget).tokens;
        assert!(budget.degraded());
        let [del] = ops.iter().filter(|op| op.op == Change::Del).collect::<Vec<_>>()[..] else { panic!("{ops:?}") };
        assert_eq!(&old[del.old[0]..del.old[1]], "is here");
    }
}
