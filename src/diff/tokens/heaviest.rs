//! The heaviest common subsequence of two short sequences of words.

use super::super::lcs::Budget;
use super::super::side::Token;
use super::super::vocabulary::Vocabulary;

/// Up to so many pairs of tokens the whole table is filled.
const MAX_CELLS: usize = 1 << 16;

/// Returns the places of the common subsequence whose words weigh the most together: rare words hold the texts together
/// before common ones do, and marks hold them least. `None` when the texts are too long for it or the budget is used up.
///
/// Robert Wagner and Michael Fischer, "The string-to-string correction problem" (1974), with weights.
pub(super) fn common(
    old: &[Token],
    new: &[Token],
    vocabulary: &Vocabulary<'_>,
    budget: &mut Budget,
) -> Option<Vec<(usize, usize)>> {
    let cells = old.len().checked_mul(new.len())?;
    if cells > MAX_CELLS || !budget.take(cells as u64) {
        return None;
    }
    let width = new.len() + 1;
    // Row by row from the end, so that the way is read from the start: of equals the first match is taken.
    let mut table = vec![0_u32; (old.len() + 1) * width];
    for (row, token) in old.iter().enumerate().rev() {
        let weight = weigh(*token, vocabulary);
        let (upper, lower) = table.split_at_mut((row + 1) * width);
        let (Some(cells), Some(below)) = (upper.get_mut(row * width..), lower.get(..width)) else { continue };
        let mut right = 0;
        let others = new.iter().zip(below.windows(2)).zip(cells).rev();
        for ((other, below), cell) in others {
            let [straight, diagonal] = below else { continue };
            *cell = if token.id == other.id { diagonal + weight } else { right.max(*straight) };
            right = *cell;
        }
    }
    Some(trace(old, new, &table, width))
}

fn trace(old: &[Token], new: &[Token], table: &[u32], width: usize) -> Vec<(usize, usize)> {
    let cell = |row: usize, column: usize| table.get(row * width + column).copied().unwrap_or(0);
    let mut pairs = Vec::new();
    let (mut row, mut column) = (0, 0);
    while let (Some(token), Some(other)) = (old.get(row), new.get(column)) {
        if token.id == other.id {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if cell(row + 1, column) >= cell(row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// Marks weigh one, so that they decide only between equals.
fn weigh(token: Token, vocabulary: &Vocabulary<'_>) -> u32 {
    let weight = if token.kind.is_word() { 8 * vocabulary.weight(token.id) + 16 } else { 1 };
    u32::try_from(weight).unwrap_or(u32::MAX)
}
