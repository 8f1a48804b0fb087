//! What keeps its order, and so what moved.

/// Says of each item, in the order of the older side, whether it keeps its place: the heaviest sequence that ascends on the
/// newer side. An item is its place on the newer side and its weight.
///
/// A Fenwick tree (Peter Fenwick, 1994) holds the best weight up to each place, so that the cost is n log n.
pub(super) fn stays(items: &[(usize, u64)]) -> Vec<bool> {
    let places = items.iter().map(|item| item.0 + 1).max().unwrap_or(0);
    let mut tree: Vec<(u64, Option<usize>)> = vec![(0, None); places + 1];
    let mut previous = Vec::with_capacity(items.len());
    for (at, (place, weight)) in items.iter().enumerate() {
        let (best, before) = best_below(&tree, *place);
        previous.push(before);
        let mut node = place + 1;
        while let Some(slot) = tree.get_mut(node) {
            if best + weight > slot.0 {
                *slot = (best + weight, Some(at));
            }
            node += node & node.wrapping_neg();
        }
    }
    let mut stays = vec![false; items.len()];
    let mut next = best_below(&tree, places).1;
    while let Some(at) = next {
        stays.get_mut(at).into_iter().for_each(|stays| *stays = true);
        next = previous.get(at).copied().flatten();
    }
    stays
}

/// The best of the places before `end`.
fn best_below(tree: &[(u64, Option<usize>)], end: usize) -> (u64, Option<usize>) {
    let mut best = (0, None);
    let mut node = end;
    while node > 0 {
        if let Some(slot) = tree.get(node)
            && slot.0 > best.0
        {
            best = *slot;
        }
        node -= node & node.wrapping_neg();
    }
    best
}
