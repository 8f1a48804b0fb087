//! The order in which a diff is read, and what moved in it.

use super::build::Draft;
use super::group::{Group, Move};

/// Orders the groups of a field: pairs that did not move are the spine, in the order of both sides; before each come the
/// deleted texts that preceded it in the older article, then the new and the moved ones that precede it in the newer.
pub(super) fn in_reading_order(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let is_spine = |draft: &&Draft| !draft.group.moved;
    let mut spine: Vec<(usize, usize)> =
        drafts.iter().filter(is_spine).filter_map(|draft| Some((draft.old_at?.0, draft.new_at?.0))).collect();
    spine.sort_unstable();
    drafts.sort_by_cached_key(|draft| match (draft.old_at, draft.new_at) {
        // (place in the spine, deleted before added, place)
        (_, Some((new, _))) => (spine.partition_point(|at| at.1 < new), 1, new),
        (old, None) => {
            let old = old.unwrap_or_default().0;
            (spine.partition_point(|at| at.0 < old), 0, old)
        }
    });
    drafts
}

/// Numbers the moves of a field, whose groups begin at `first`: what went from one place to another side by side is one.
pub(super) fn number_moves(drafts: &mut [Draft], first: usize, moves: &mut Vec<Move>) {
    let mut last: Option<(usize, usize)> = None;
    for (at, draft) in drafts.iter_mut().enumerate().filter(|(_, draft)| draft.group.moved) {
        let (Some(old), Some(new)) = (draft.old_at, draft.new_at) else { continue };
        if last != Some((old.0, new.0)) {
            let para = |spans: &[super::Span]| spans.first().map_or(0, |span| span.para);
            let (from, to) = (para(&draft.group.old), para(&draft.group.new));
            moves.push(Move { id: moves.len(), groups: Vec::new(), from, to });
        }
        if let Some(found) = moves.last_mut() {
            found.groups.push(first + at);
            draft.group.move_id = Some(found.id);
        }
        last = Some((old.1 + 1, new.1 + 1));
    }
}

/// Numbers the groups.
pub(super) fn number(drafts: Vec<Draft>, groups: &mut Vec<Group>) {
    for draft in drafts {
        groups.push(Group { id: groups.len(), ..draft.group });
    }
}
