//! What is equal on both sides: the fixed points of an alignment.

use rustc_hash::FxHashMap;

/// Where an item went, for each place of one side.
pub(super) type Links = Vec<Option<usize>>;

/// Pairs equal items of two sequences that are not yet paired, at any place, in linear time.
///
/// First what stands once on either side (the anchors of Paul Heckel's method, 1978), wherever it is. From each pair then the
/// equal neighbours, onwards and back; both ends of the sequences count as a pair. What still has an equal is paired in order.
pub(super) fn pair_equal(old: &[&str], new: &[&str], to_new: &mut Links, to_old: &mut Links) {
    let places = Places::new(old, new, to_new, to_old);
    for (at, to) in places.unique() {
        link(to_new, to_old, at, to);
    }
    extend(old, new, to_new, to_old);
    pair_the_rest(&places, to_new, to_old);
}

fn link(to_new: &mut Links, to_old: &mut Links, old: usize, new: usize) {
    if let (Some(there), Some(back)) = (to_new.get_mut(old), to_old.get_mut(new)) {
        (*there, *back) = (Some(new), Some(old));
    }
}

fn is_free(links: &Links, at: usize) -> bool {
    links.get(at).is_some_and(Option::is_none)
}

/// The unpaired places of each item, numbered in the order of the older side.
struct Places {
    old: Vec<Vec<usize>>,
    new: Vec<Vec<usize>>,
}

impl Places {
    fn new(old: &[&str], new: &[&str], to_new: &Links, to_old: &Links) -> Self {
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let mut places = Self { old: Vec::new(), new: Vec::new() };
        for (at, item) in old.iter().enumerate().filter(|(at, _)| is_free(to_new, *at)) {
            let number = *numbers.entry(item).or_insert(places.old.len());
            match places.old.get_mut(number) {
                Some(list) => list.push(at),
                None => places.old.push(vec![at]),
            }
        }
        places.new.resize(places.old.len(), Vec::new());
        for (at, item) in new.iter().enumerate().filter(|(at, _)| is_free(to_old, *at)) {
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
fn extend(old: &[&str], new: &[&str], to_new: &mut Links, to_old: &mut Links) {
    let mut next = Some(0);
    for at in 0..old.len() {
        if let Some(to) = next
            && is_free(to_new, at)
            && is_free(to_old, to)
            && old.get(at) == new.get(to)
        {
            link(to_new, to_old, at, to);
        }
        next = to_new.get(at).copied().flatten().map(|to| to + 1);
    }
    let mut next = new.len().checked_sub(1);
    for at in (0..old.len()).rev() {
        if let Some(to) = next
            && is_free(to_new, at)
            && is_free(to_old, to)
            && old.get(at) == new.get(to)
        {
            link(to_new, to_old, at, to);
        }
        next = to_new.get(at).copied().flatten().and_then(|to| to.checked_sub(1));
    }
}

fn pair_the_rest(places: &Places, to_new: &mut Links, to_old: &mut Links) {
    for (old, new) in places.both().filter(|(old, new)| !old.is_empty() && !new.is_empty()) {
        let free_old: Vec<usize> = old.iter().copied().filter(|at| is_free(to_new, *at)).collect();
        let free_new: Vec<usize> = new.iter().copied().filter(|at| is_free(to_old, *at)).collect();
        for (at, to) in free_old.into_iter().zip(free_new) {
            link(to_new, to_old, at, to);
        }
    }
}
