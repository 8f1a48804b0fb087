//! What is equal on both sides: the fixed points of an alignment.

use rustc_hash::FxHashMap;

use super::links::Links;

/// Pairs equal items of two sequences that are not yet paired, at any place, in linear time.
///
/// First what stands once on either side (the anchors of Paul Heckel's method, 1978), wherever it is. From each pair then the
/// equal neighbours, onwards and back; both ends of the sequences count as a pair. What still has an equal is paired in order.
pub(super) fn pair_equal(old: &[&str], new: &[&str], links: &mut Links) {
    let places = Places::new(old, new, links);
    for (at, to) in places.unique() {
        links.link(at, to);
    }
    extend(old, new, links, |old, new| old == new);
    pair_the_rest(&places, links);
}

/// Pairs what stands once on either side, and the equal neighbours of such pairs.
pub(super) fn pair_near(old: &[&str], new: &[&str], links: &mut Links) {
    for (at, to) in Places::new(old, new, links).unique() {
        links.link(at, to);
    }
    extend(old, new, links, |old, new| old == new);
}

/// The unpaired places of each item, numbered in the order of the older side.
struct Places {
    old: Vec<Vec<usize>>,
    new: Vec<Vec<usize>>,
}

impl Places {
    fn new(old: &[&str], new: &[&str], links: &Links) -> Self {
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let mut places = Self { old: Vec::new(), new: Vec::new() };
        for (at, item) in links.free_old().filter_map(|at| Some((at, *old.get(at)?))) {
            let number = *numbers.entry(item).or_insert(places.old.len());
            match places.old.get_mut(number) {
                Some(list) => list.push(at),
                None => places.old.push(vec![at]),
            }
        }
        places.new.resize(places.old.len(), Vec::new());
        for (at, item) in links.free_new().filter_map(|at| Some((at, *new.get(at)?))) {
            let list = numbers.get(item).and_then(|number| places.new.get_mut(*number));
            list.into_iter().for_each(|list| list.push(at));
        }
        places
    }

    fn both(&self) -> impl Iterator<Item = (&[usize], &[usize])> {
        self.old.iter().map(Vec::as_slice).zip(self.new.iter().map(Vec::as_slice))
    }

    fn unique(&self) -> impl Iterator<Item = (usize, usize)> {
        self.both().filter_map(|both| match both {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        })
    }
}

/// Pairs equal neighbours of pairs, from the start to the end and from the end to the start.
pub(super) fn extend(old: &[&str], new: &[&str], links: &mut Links, are_same: impl Fn(&str, &str) -> bool) {
    let mut next = Some(0);
    for at in 0..old.len() {
        if let Some(to) = next
            && links.are_free(at, to)
            && let (Some(old), Some(new)) = (old.get(at), new.get(to))
            && are_same(old, new)
        {
            links.link(at, to);
        }
        next = links.new_of(at).map(|to| to + 1);
    }
    let mut next = new.len().checked_sub(1);
    for at in (0..old.len()).rev() {
        if let Some(to) = next
            && links.are_free(at, to)
            && let (Some(old), Some(new)) = (old.get(at), new.get(to))
            && are_same(old, new)
        {
            links.link(at, to);
        }
        next = links.new_of(at).and_then(|to| to.checked_sub(1));
    }
}

fn pair_the_rest(places: &Places, links: &mut Links) {
    for (old, new) in places.both().filter(|(old, new)| !old.is_empty() && !new.is_empty()) {
        let free_old: Vec<usize> = old.iter().copied().filter(|at| links.new_of(*at).is_none()).collect();
        let free_new: Vec<usize> = new.iter().copied().filter(|at| links.old_of(*at).is_none()).collect();
        for (at, to) in free_old.into_iter().zip(free_new) {
            links.link(at, to);
        }
    }
}
